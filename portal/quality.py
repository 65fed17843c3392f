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
import shapely

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


EDGE = [255, 255, 255]
"""The line round a point or an area."""


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
    """What lies wrong inside an area. points : one row per building or facility without a position, outside its
    community, or in another than its ledger states: `kind`, `fault` (no_position | outside | elsewhere), `code`,
    `name`, `community_name`, `stated_name`, `lon`, `lat`. moved : one row per pair of communities between which cases
    are stated in one and lie in the other: `stated_id`, `lies_id`, `stated`, `lies` (names), `cases` (how many).
    overlaps : one row per pair of areas of a level that overlap: `level`, `one`, `other` (names), `overlap_m2`,
    `geometry`. of : how many buildings and facilities there are; stating : how many buildings, facilities and cases
    are known to state a community.
    """

    points: pd.DataFrame
    moved: pd.DataFrame
    overlaps: gpd.GeoDataFrame
    of: dict[str, int]
    stating: dict[str, int]


def faults(viewer: Viewer, code: str) -> Faults:
    """The faults of place inside an area; none for public viewers."""
    snapshot = current()
    inside = reads.ids_inside(snapshot, viewer, code) if viewer.may_see("internal") else frozenset()
    key = ("faults", inside)
    return snapshot.keep(key, lambda: _faults(snapshot, viewer, code, inside))


def _faults(snapshot: Snapshot, viewer: Viewer, code: str, inside: frozenset[int]) -> Faults:
    buildings = reads.buildings(viewer, code) if inside else pd.DataFrame()
    facilities = reads.facilities(viewer, code) if inside else pd.DataFrame()
    cases = snapshot.cases[reads.lie_in(snapshot.cases, inside)] if inside else snapshot.cases.iloc[:0]
    both = [
        (kind, rows.rename(columns={"building_code": "code", "building_name": "name",
                                    "facility_no": "code", "facility_name": "name"}))
        for kind, rows in (("building", buildings), ("facility", facilities)) if len(rows)
    ]  # fmt: skip
    parts = [part for kind, rows in both for part in (_misplaced(snapshot, rows, kind), _elsewhere(rows, kind))]
    columns = ["kind", "fault", "code", "name", "community_name", "stated_id", "lon", "lat"]
    points = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    points = points.assign(stated_name=_names(snapshot, points.pop("stated_id")))
    overlaps = [_overlaps(snapshot, inside, level) for level in ("community", "grid")]
    of = {"building": len(buildings), "facility": len(facilities)}
    # The ledger of facilities must state a community, and before it was kept apart it was the one they had.
    stating = {**of, "case": int(cases["stated_community_id"].notna().sum())}
    if len(buildings):
        stating["building"] = int(buildings["stated_community_id"].notna().sum())
    return Faults(points, _moved(snapshot, cases), pd.concat(overlaps, ignore_index=True), of, stating)


def _elsewhere(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows that lie in another community than their ledger states."""
    found = rows[_differs(rows)]
    return found.assign(
        kind=kind, fault="elsewhere", stated_id=found["stated_community_id"],
        **{axis: pd.to_numeric(found[axis]) for axis in ("lon", "lat")},
    )  # fmt: skip


def _differs(rows: pd.DataFrame) -> pd.Series:
    stated = pd.to_numeric(rows["stated_community_id"])
    return stated.notna() & (stated != pd.to_numeric(rows["community_id"]))


def _names(snapshot: Snapshot, ids: pd.Series) -> list[str]:
    areas = snapshot.places.by_id
    return [areas[int(i)].name if pd.notna(i) and int(i) in areas else "" for i in ids]


def _moved(snapshot: Snapshot, cases: pd.DataFrame) -> pd.DataFrame:
    """Cases by the community they state and the one they lie in, most first; sums, of no category."""
    found = cases[_differs(cases)]
    pairs = found.groupby(["stated_community_id", "community_id"]).size().reset_index(name="cases")
    pairs = pairs.rename(columns={"stated_community_id": "stated_id", "community_id": "lies_id"})
    pairs = pairs.sort_values(["cases", "stated_id", "lies_id"], ascending=[False, True, True], ignore_index=True)
    return pairs.assign(stated=_names(snapshot, pairs["stated_id"]), lies=_names(snapshot, pairs["lies_id"]))


def _misplaced(snapshot: Snapshot, rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    own = snapshot.shapes.geometry.reindex(rows["community_id"])
    lon, lat = (pd.to_numeric(rows[axis]).to_numpy(float) for axis in ("lon", "lat"))
    nowhere = ~(np.isfinite(lon) & np.isfinite(lat))
    # Without a boundary of its community nothing can be said.
    outside = ~nowhere & own.notna().to_numpy() & ~points_inside(lon, lat, np.asarray(own.array, dtype=object))
    fault = np.where(nowhere, "no_position", "outside")
    return rows.assign(kind=kind, fault=fault, stated_id=np.nan, lon=lon, lat=lat)[nowhere | outside]


def _overlaps(snapshot: Snapshot, inside: frozenset[int], level: str) -> gpd.GeoDataFrame:
    areas = snapshot.places.by_id
    own = [i for i in snapshot.shapes.index if i in inside and areas[i].level == level and not areas[i].is_context]
    shapes = snapshot.shapes.loc[own].reset_index()[["area_id", "geometry"]]
    found = quality.common_areas(shapes)
    names = {"one": [areas[i].name for i in found["one_id"]], "other": [areas[i].name for i in found["other_id"]]}
    return found.assign(level=level, **names)


def layer(viewer: Viewer, code: str, lang: str) -> bytes:
    """A map layer: what lies outside its community, or in another than stated, as points; cases that do as lines from
    the community stated to the one they lie in; what areas have in common as areas."""
    found = faults(viewer, code)
    out = found.points[found.points["fault"].isin(["outside", "elsewhere"]) & found.points["lon"].notna()]
    words = {
        "building": t("楼栋在所属社区之外", "Building outside its community", lang),
        "facility": t("设施在所属社区之外", "Facility outside its community", lang),
    }
    points = gpd.points_from_xy(out["lon"].astype(float), out["lat"].astype(float))
    properties: list[dict[str, Any]] = [
        {"n": row["name"] or row["code"],
         "v": words[row["kind"]] if row["fault"] == "outside"
         else t(f"写明的是{row['stated_name']}", f"stated in {row['stated_name']}", lang),
         "x": row["community_name"] or "", "f": rgba(colours.UNPLACED[row["kind"]]), "l": EDGE, "w": 1}
        for row in out.to_dict("records")
    ]  # fmt: skip
    lines, said = _lines(found.moved, lang)
    properties += [
        {"n": f"{row['one']} ∩ {row['other']}", "v": t("重叠", "overlap", lang), "x": f"{count(row['overlap_m2'])} m²",
         "f": rgba(colours.NO, 200), "l": EDGE, "w": 1}
        for row in found.overlaps.drop(columns="geometry").to_dict("records")
    ]  # fmt: skip
    shapes = np.array([*points, *found.overlaps.geometry, *lines], dtype=object)
    return encode_features(shapes, [*properties, *said])


def _lines(moved: pd.DataFrame, lang: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """A line for each pair of communities that are drawn, wider for more cases, and what is said of it."""
    shapes = current().shapes.geometry
    lines, said = [], []
    for row in moved.to_dict("records"):
        ends = [shapes.get(int(row[name])) for name in ("stated_id", "lies_id")]
        if any(end is None or end.is_empty for end in ends):
            continue
        lines.append(shapely.LineString([end.representative_point() for end in ends]))
        many = count(row["cases"])
        words = t(f"{many} 件事项写明前者，位置在后者", f"{many} cases state the first and lie in the second", lang)
        width = min(1 + row["cases"] / 5, 6)
        said.append({"n": f"{row['stated']} → {row['lies']}", "v": words, "x": "", "f": [0, 0, 0, 0],
                     "l": rgba(colours.SIGNAL), "w": width})  # fmt: skip
    return lines, said


LAYERS: dict[str, Callable[[Viewer, dict[str, Any]], bytes]] = {
    "quality": lambda viewer, p: layer(viewer, p["area"], p["lang"]),
}
