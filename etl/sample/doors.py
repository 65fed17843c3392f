"""What a building ledger says of each footprint: code, name, use, floors, entrances, dwellings, year."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from etl.sample.buildings import ESTATE_WORDS, PUBLIC_WORDS, RESIDENTIAL, overlaps, rectangle
from etl.sample.county import County
from etl.sample.outline import PLANE_CRS
from etl.sample.relocation import Sites
from etl.sample.streets import Town

ROOM = 18_600
"""Dwellings wanted in the urban grids, about a tenth more than households."""

LOST = (("水厂泵房", 90.0), ("茶叶加工厂", 260.0), ("林业检查站", 420.0))
"""Public buildings beyond the urban grids: the ledger places them in a village of the town that has no grid yet."""


def building_ledger(
    county: County, town: Town, homes: gpd.GeoDataFrame, sites: Sites, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """All buildings of the sample, sorted by `code` (unique).

    One row per building in PLANE_CRS; `name`, `estate` ("" for none), `community` (code), `community_name`, `grid_code`
    ("" where it lies in no grid), `is_urban` (in one of the thirty grids), `use`, `style`, `floors`, `entrances`,
    `dwellings`, `year` (NA where the ledger does not know), `is_home`.
    """
    grids = town.grids
    urban = homes.assign(
        community=grids["community"].to_numpy()[homes["grid"]],
        grid_code=grids["code"].to_numpy()[homes["grid"]],
        is_urban=True,
    )
    units = county.units
    moved = sites.buildings.assign(
        community=units["code"].to_numpy()[sites.buildings["unit"]],
        grid_code=units["code"].to_numpy()[sites.buildings["unit"]] + "001",
        is_urban=False,
        block=-1,
    )
    lost = _beyond(county, town)
    frame = gpd.GeoDataFrame(pd.concat([urban, moved, lost], ignore_index=True), geometry="geometry", crs=PLANE_CRS)
    middle = shapely.centroid(frame.geometry.values)
    frame["x"], frame["y"] = shapely.get_x(middle).round(-1), -shapely.get_y(middle)
    frame = frame.sort_values(["community", "grid_code", "block", "x", "y"], ignore_index=True)
    serial = frame.groupby("community").cumcount() + 1
    frame["code"] = frame["community"] + serial.astype("str").str.zfill(5)
    frame["community_name"] = frame["community"].map(units.set_index("code")["name"])
    frame["is_home"] = frame["use"].isin(RESIDENTIAL)
    _measure(frame, rng)
    _name(frame, rng)
    return frame.drop(columns=["x", "y", "grid", "unit", "straddles", "given"])


def _beyond(county: County, town: Town) -> gpd.GeoDataFrame:
    """The few footprints outside every grid, along a ray out of town."""
    records = []
    exit_point, way = town.valley.place(np.array([0.0, -60.0]), np.array([150.0, 150.0]))
    way = (way - exit_point) / np.hypot(*(way - exit_point))
    shape = county.units.geometry
    for name, far in LOST:
        spot = exit_point + way * far
        while shapely.distance(shapely.Point(spot), town.shape) < 60:
            spot = spot + way * 40
        (unit,) = np.flatnonzero(shapely.contains_xy(shape.values, *spot))
        corners = rectangle(spot[None, :], np.array([24.0]), np.array([14.0]), np.array([0.3]))
        body = shapely.set_precision(shapely.polygons(corners)[0], 0.01)
        records.append((county.units["code"][unit], name, body))
    return gpd.GeoDataFrame(
        {"community": [r[0] for r in records], "given": [r[1] for r in records]},
        geometry=[r[2] for r in records],
        crs=PLANE_CRS,
    ).assign(grid_code="", is_urban=False, style="public", use="公建", block=-1)


def _measure(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> None:
    """Floors, entrances and dwellings by the kind of building."""
    n = len(frame)
    style, long = frame["style"].to_numpy(), _length(frame)
    moved = frame["is_home"].to_numpy() & ~frame["is_urban"].to_numpy()
    by_style: dict[str, tuple[list[int], list[float]]] = {
        "house": ([3, 4, 5, 6], [0.18, 0.32, 0.32, 0.18]),
        "slab": ([5, 6, 7], [0.25, 0.5, 0.25]),
        "tower": ([11, 12, 15, 17, 18], [0.3, 0.2, 0.2, 0.1, 0.2]),
        "public": ([1, 2, 3, 4, 5, 6], [0.1, 0.15, 0.25, 0.2, 0.2, 0.1]),
    }
    floors = np.zeros(n, dtype=int)
    for name, (values, odds) in by_style.items():
        floors = np.where(style == name, rng.choice(values, n, p=odds), floors)
    floors = np.where(moved, rng.choice([5, 6], n, p=[0.6, 0.4]), floors)
    entrances = np.where(style == "slab", np.clip(np.round(long / 15), 2, 4), 1).astype(int)
    entrances = np.where(moved, 2, entrances)
    flats = np.where(style == "house", rng.choice([1, 2], n, p=[0.55, 0.45]), np.where(style == "tower", 4, 2))
    shops = (frame["use"] == "商住").to_numpy()
    homes = (frame["is_home"] & frame["is_urban"]).to_numpy()
    small = rng.permutation(np.flatnonzero(homes & (flats == 1)))
    gain = np.cumsum((floors - shops)[small])
    short = ROOM - int(((floors - shops) * entrances * flats)[homes].sum())
    flats[small[: np.searchsorted(gain, max(short, 0))]] = 2  # room enough for the register and some to stand empty
    frame["floors"], frame["entrances"] = floors, entrances
    frame["flats"] = flats  # on each floor of an entrance
    frame["dwellings"] = np.where(frame["is_home"], (floors - shops) * entrances * flats, 0)
    year = np.where(style == "tower", rng.integers(2011, 2020, n), rng.integers(1986, 2017, n))
    year = np.where(moved, rng.integers(2016, 2020, n), year)
    frame["year"] = pd.array(year, dtype="Int64")
    frame.loc[rng.random(n) < 0.08, "year"] = pd.NA


def _length(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(frame.geometry.values)).reshape(-1, 5, 2)
    return np.hypot(*np.moveaxis(np.diff(corners[:, :3], axis=1), 2, 0)).max(axis=1)


def _name(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> None:
    """Estates number their blocks, old streets their doors; public buildings bear a word for what they are."""
    words = list(rng.permutation(ESTATE_WORDS))
    estate, name = [""] * len(frame), [""] * len(frame)
    style, is_home, given = (frame[column].tolist() for column in ("style", "is_home", "given"))
    grouped = frame.groupby(["is_urban", "community", "block"], sort=True)
    used = 0
    for (is_urban, _, _), rows in grouped.groups.items():
        big = [i for i in rows if style[i] in ("slab", "tower") and is_home[i]]
        label = ""
        if big:
            round_ = used // len(words)
            label = words[used % len(words)] + ("" if round_ == 0 else f"{'二三四'[round_ - 1]}期")
            if not is_urban:
                label = f"{frame['community_name'][big[0]].removesuffix('社区')}安置小区"
            else:
                used += 1
        for number, i in enumerate(big, start=1):
            estate[i], name[i] = label, f"{number}栋"
    by_grid = frame.groupby("grid_code", sort=True).cumcount().tolist()
    for i in range(len(frame)):
        if name[i]:
            continue
        if is_home[i]:
            name[i] = f"{by_grid[i] + 1}号"
        else:
            own = given[i]
            name[i] = own if isinstance(own, str) else PUBLIC_WORDS[i % len(PUBLIC_WORDS)]
    frame["estate"], frame["name"] = estate, name


__all__ = ["building_ledger", "overlaps"]
