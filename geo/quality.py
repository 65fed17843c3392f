"""How good a ledger is (台账质量): five shares, each n of d, never one bare mark; and where areas overlap."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import geodesic_area_m2

Share = tuple[int, int]
"""Numerator and denominator."""

UNREADABLE = ("MISSING", "BAD_DATE", "BAD_NUMBER", "BAD_CODE", "UNKNOWN_VALUE", "BAD_GEOMETRY")
CONTRADICTING = ("NOT_FOUND", "ORDER", "FUTURE", "OUTSIDE")
TWICE = ("DUPLICATE",)
MONTHS = 12
REGISTER_DAYS = 366
LEAST_M2 = 1.0
"""A smaller common area is the rounding of a shared boundary."""


def completeness(rows: int, filled: Mapping[str, int]) -> Share:
    """Filled cells of all cells that a full row has (完整性).

    >>> completeness(10, {"name": 10, "lon": 7})
    (17, 20)
    """
    return sum(filled.values()), rows * len(filled)


def without(rows: int, refused: Iterable[Collection[str]], problems: Sequence[str]) -> Share:
    """Rows without certain problems, of those kept and those refused still: validity (有效性) for UNREADABLE cells,
    consistency (一致性) for CONTRADICTING ones, uniqueness (唯一性) for those there TWICE.

    rows : kept, which have none. refused : the problems of each refused row.

    >>> without(8, [("BAD_DATE", "FUTURE"), ("DUPLICATE",)], UNREADABLE)
    (9, 10)
    """
    found = [bool(set(codes) & set(problems)) for codes in refused]
    return rows + found.count(False), rows + len(found)


def months_with(days: Iterable[date], data_on: date) -> Share:
    """Of the last twelve months up to the data date those in which something happened: timeliness (及时性) of a ledger
    of work.

    >>> months_with([date(2020, 12, 3), date(2020, 12, 9), date(2020, 1, 1), date(2019, 12, 31)], date(2020, 12, 31))
    (2, 12)
    """
    end = data_on.year * 12 + data_on.month
    found = {day.year * 12 + day.month for day in days if day <= data_on}
    return sum(1 for month in found if end - MONTHS < month <= end), MONTHS


def read_lately(rows: int, last_read: date | None, today: date) -> Share:
    """Rows whose ledger was read within REGISTER_DAYS days, all or none: timeliness of a register.

    >>> read_lately(7, date(2020, 1, 1), date(2020, 12, 31)), read_lately(7, date(2019, 1, 1), date(2020, 12, 31))
    ((7, 7), (0, 7))
    """
    is_late = last_read is None or (today - last_read).days > REGISTER_DAYS
    return 0 if is_late else rows, rows


def common_areas(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Where areas that should lie side by side overlap.

    areas : one row per area in STORE_CRS; `area_id` (unique), `geometry` (valid areas).

    Returns one row per pair that has more than LEAST_M2 in common, the largest first: `one_id`, `other_id`,
    `overlap_m2` (geodesic), `geometry` (what they have in common).

    >>> boxes = [shapely.box(109, 30, 109.02, 30.01), shapely.box(109.01, 30, 109.03, 30.01)]
    >>> found = common_areas(gpd.GeoDataFrame({"area_id": [1, 2]}, geometry=boxes, crs="EPSG:4490"))
    >>> found[["one_id", "other_id"]].values.tolist(), round(float(found["overlap_m2"].iloc[0]) / 1e6, 2)
    ([[1, 2]], 1.07)
    """
    shapes = np.asarray(areas.geometry.array, dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    common = shapely.intersection(shapes[first], shapes[second])
    sizes = geodesic_area_m2(common) if len(common) else np.zeros(0)
    keep = np.flatnonzero(sizes > LEAST_M2)
    keep = keep[np.argsort(-sizes[keep], kind="stable")]
    ids: Any = areas["area_id"].to_numpy()
    rows = pd.DataFrame(
        {"one_id": ids[first[keep]], "other_id": ids[second[keep]], "overlap_m2": sizes[keep]},
    )
    return gpd.GeoDataFrame(rows, geometry=common[keep], crs=areas.crs)
