"""The quality of each source, and where faults of place lie (台账质量), for the data intake and its map.

Shares are of the whole county and for stewards, as the loads are; faults of place are buildings, facilities and areas
inside the viewer's own, for *internal* viewers and more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.quality import JUDGED, Doubt, Judged, Kept, kept
from geo import quality
from geo.checks import points_inside
from geo.quality import Share
from geo.simplify import encode_features
from portal import colours, loading, reads
from portal.colours import rgba
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import Snapshot, current
from portal.words import count, t

PARTS: dict[str, tuple[str, str, str, str]] = {
    "completeness": ("完整性", "Completeness", "有内容的格子 / 一行该有的格子",
                     "filled cells of those a full row has"),
    "validity": ("有效性", "Validity", "没有读不懂或缺必填格子的行 / 收下的行加仍被拒的行",
                 "rows without unreadable or missing cells, of those kept and those refused still"),
    "timeliness": ("及时性", "Timeliness", "工作台账：近12个月里有记录的月份；名册：366天内重新读过的行",
                   "ledgers of work: months of the last twelve with a row; registers: rows read anew within 366 days"),
    "consistency": ("一致性", "Consistency", "引用的对象都在、日期先后不矛盾、不在将来、不在县外的行 / 同上",
                    "rows that refer to what is there, dates in order and not in the future, inside the county"),
    "uniqueness": ("唯一性", "Uniqueness", "没有重复编号的行 / 同上", "rows whose number stands once"),
}  # fmt: skip
"""Each part: its name and its rule, in both languages."""


@dataclass(frozen=True)
class Score:
    """One source: its shares by part, the column that is empty most often (words zh, en, and filled of rows), and what
    rows that were taken contradict.
    """

    code: str
    zh: str
    en: str
    shares: dict[str, Share]
    emptiest: tuple[str, str, Share] | None
    doubts: tuple[Doubt, ...] = ()


def today() -> date:
    """The day by which the age of a register is told; tests replace it."""
    return datetime.now(UTC).date()


def scores(viewer: Viewer) -> list[Score]:
    """The quality of every source that was ever loaded. Stewards of the county only."""
    if not loading.may(viewer, "load"):
        raise NotAllowedError("只有数据员可以查看台账质量。", "Only a data steward may see the quality of ledgers.")
    snapshot = current()

    def make() -> list[Score]:
        data_on = snapshot.status["data_on"]
        since = date(data_on.year - 1, data_on.month, 1)
        found = [(one, snapshot.read(partial(kept, one=one, since=since))) for one in JUDGED]
        return [_score(one, held, data_on) for one, held in found if held.rows or len(held.refused)]

    # Refused rows count here, also those of a load that changed nothing.
    return snapshot.keep(("quality", today(), snapshot.loads), make)


def _score(one: Judged, held: Kept, data_on: date) -> Score:
    refused = held.refused["codes"].tolist()
    last = held.last_read.date() if held.last_read else None
    shares = {
        "completeness": quality.completeness(held.rows, held.filled),
        "validity": quality.without(held.rows, refused, quality.UNREADABLE),
        "timeliness": quality.months_with(held.days, data_on) if one.day
        else quality.read_lately(held.rows, last, today()),
        "consistency": quality.without(held.rows, refused, quality.CONTRADICTING),
        "uniqueness": quality.without(held.rows, refused, quality.TWICE),
    }  # fmt: skip
    name = min(held.filled, key=lambda column: held.filled[column])
    emptiest = (*one.columns[name], (held.filled[name], held.rows)) if held.filled[name] < held.rows else None
    return Score(one.code, one.zh, one.en, shares, emptiest, held.doubts)


# --- faults of place --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Faults:
    """What lies wrong inside an area. points : one row per building or facility without a position, or outside its
    community: `kind`, `fault` (no_position | outside), `code`, `name`, `community_name`, `lon`, `lat`. overlaps : one
    row per pair of areas of a level that overlap: `level`, `one`, `other` (names), `overlap_m2`, `geometry`. of : how
    many buildings and facilities there are.
    """

    points: pd.DataFrame
    overlaps: gpd.GeoDataFrame
    of: dict[str, int]


def faults(viewer: Viewer, code: str) -> Faults:
    """The faults of place inside an area; none for public viewers."""
    snapshot = current()
    inside = reads.ids_inside(snapshot, viewer, code) if viewer.may_see("internal") else frozenset()
    key = ("faults", inside)
    return snapshot.keep(key, lambda: _faults(snapshot, viewer, code, inside))


def _faults(snapshot: Snapshot, viewer: Viewer, code: str, inside: frozenset[int]) -> Faults:
    buildings = reads.buildings(viewer, code) if inside else pd.DataFrame()
    facilities = reads.facilities(viewer, code) if inside else pd.DataFrame()
    parts = [
        _misplaced(snapshot, rows.rename(columns={"building_code": "code", "building_name": "name",
                                                  "facility_no": "code", "facility_name": "name"}), kind)
        for kind, rows in (("building", buildings), ("facility", facilities)) if len(rows)
    ]  # fmt: skip
    columns = ["kind", "fault", "code", "name", "community_name", "lon", "lat"]
    points = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    overlaps = [_overlaps(snapshot, inside, level) for level in ("community", "grid")]
    return Faults(
        points, pd.concat(overlaps, ignore_index=True), {"building": len(buildings), "facility": len(facilities)}
    )


def _misplaced(snapshot: Snapshot, rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    own = snapshot.shapes.geometry.reindex(rows["community_id"])
    lon, lat = (pd.to_numeric(rows[axis]).to_numpy(float) for axis in ("lon", "lat"))
    nowhere = ~(np.isfinite(lon) & np.isfinite(lat))
    # Without a boundary of its community nothing can be said.
    outside = ~nowhere & own.notna().to_numpy() & ~points_inside(lon, lat, np.asarray(own.array, dtype=object))
    found = rows.assign(kind=kind, fault=np.where(nowhere, "no_position", "outside"), lon=lon, lat=lat)
    return found[nowhere | outside]


def _overlaps(snapshot: Snapshot, inside: frozenset[int], level: str) -> gpd.GeoDataFrame:
    areas = snapshot.places.by_id
    own = [i for i in snapshot.shapes.index if i in inside and areas[i].level == level and not areas[i].is_context]
    shapes = snapshot.shapes.loc[own].reset_index()[["area_id", "geometry"]]
    found = quality.common_areas(shapes)
    names = {"one": [areas[i].name for i in found["one_id"]], "other": [areas[i].name for i in found["other_id"]]}
    return found.assign(level=level, **names)


def layer(viewer: Viewer, code: str, lang: str) -> bytes:
    """A map layer: what lies outside its community as points, what areas have in common as areas."""
    found = faults(viewer, code)
    out = found.points[found.points["fault"] == "outside"]
    words = {
        "building": t("楼栋在所属社区之外", "Building outside its community", lang),
        "facility": t("设施在所属社区之外", "Facility outside its community", lang),
    }
    points = gpd.points_from_xy(out["lon"].astype(float), out["lat"].astype(float))
    properties: list[dict[str, Any]] = [
        {"n": row["name"] or row["code"], "v": words[row["kind"]], "x": row["community_name"] or "",
         "f": rgba(colours.UNPLACED[row["kind"]])}
        for row in out.to_dict("records")
    ]  # fmt: skip
    properties += [
        {"n": f"{row['one']} ∩ {row['other']}", "v": t("重叠", "overlap", lang), "x": f"{count(row['overlap_m2'])} m²",
         "f": rgba(colours.NO, 200)}
        for row in found.overlaps.drop(columns="geometry").to_dict("records")
    ]  # fmt: skip
    shapes = np.array([*points, *found.overlaps.geometry], dtype=object)
    return encode_features(shapes, properties)


LAYERS: dict[str, Callable[[Viewer, dict[str, Any]], bytes]] = {
    "quality": lambda viewer, p: layer(viewer, p["area"], p["lang"]),
}
