"""What ought to be looked at in boundaries and footprints (图形提醒): gaps, overlaps, doubles, a community misstated.

Nothing is refused for it: each is said with its square metres or its number of rows, and both shapes are in the store.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import schema
from data.shape_type import STORE_CRS
from etl.clean import LOADED, UPDATED, Ledger
from etl.places import Places
from etl.plan import Plan
from etl.totals import Notice
from geo.checks import check_coverage

LEAST_WIDTH_M = 0.05
"""Gaps and overlaps of less than a strip so wide round a square of the area's size come of converting coordinates."""
SAME_SHARE = 0.5
"""Two footprints of which the smaller lies in the other by more than this may be one building."""
SHOWN = 20


def shape_notices(ledger: Ledger, plan: Plan, edition: str) -> list[Notice]:
    """Notices for the boundaries or buildings that this load brought or changed."""
    rows = np.flatnonzero(np.isin(ledger.outcome, (LOADED, UPDATED))).tolist()
    if not rows:
        return []
    if ledger.source.kind in ("grid", "area_shape"):
        return _boundaries(ledger, rows, plan, Places(plan, edition))
    if ledger.source.kind == "building":
        return _doubles(ledger, rows, plan)
    return []


def _boundaries(ledger: Ledger, rows: list[Any], plan: Plan, places: Places) -> list[Notice]:
    """For each area that contains changed ones, or was changed itself: whether those inside fill it without overlap."""
    column = "grid_code" if ledger.source.kind == "grid" else "code"
    area_of = {row: places.by_code.get(str(ledger.frame.at[row, column])) for row in rows}
    touched: dict[int, Any] = {}
    for row, area in area_of.items():
        if area is not None and area not in places.context:
            touched.setdefault(area, row)
            if (above := places.parent[area]) is not None:
                touched.setdefault(above, row)
    found = _coverage(plan, places, set(touched))
    notices = []
    for area, entry in zip(found.index.tolist(), found.to_dict("records"), strict=True):
        least = LEAST_WIDTH_M * 4 * np.sqrt(entry["area_m2"])
        said_zh, said_en = [], []
        for name, zh, en in _FAULTS:
            if entry[name] > least:
                said_zh.append(f"{zh} {entry[name]:,.0f} ㎡")
                said_en.append(f"{entry[name]:,.0f} m² {en}")
        if said_zh:
            row = touched[area]
            sheet = ledger.sheets[ledger.sheet_of[row]]
            code, count = places.code[area], entry["grids_count"]
            zh = f"{code} 内 {count} 个区域的边界:{'、'.join(said_zh)};已照常载入,请核对"
            en = f"boundaries of the {count} areas in {code}: {', '.join(said_en)}; loaded all the same, check them"
            notices.append(Notice(sheet.file.name, sheet.name, ledger.row_of[row], "图形", zh, en))
    return _cut(notices)


_FAULTS = (
    ("overlap_m2", "互相重叠", "in more than one of them"),
    ("gap_m2", "没有盖住", "in none of them"),
    ("outside_m2", "超出上级", "outside it"),
)


def _coverage(plan: Plan, places: Places, parents: set[int]) -> pd.DataFrame:
    """`geo.checks.check_coverage` of the areas that have others with boundaries inside, with `area_m2` of their own."""
    shapes = plan.in_force(schema.area_shape)
    shapes = shapes[[area not in places.context for area in shapes["area_id"]]] if len(shapes) else shapes
    above = pd.Series([places.parent[area] for area in shapes["area_id"]], shapes.index, dtype=object)
    inner = shapes[above.isin(parents).to_numpy(bool)]
    outer = shapes[shapes["area_id"].isin(set(above[inner.index]))]
    children = gpd.GeoDataFrame(
        {"grid_id": inner["area_id"], "community_id": above[inner.index]},
        geometry=shapely.from_wkb(inner["geom"].to_numpy(object)), crs=STORE_CRS,
    )  # fmt: skip
    whole = gpd.GeoDataFrame(
        {"community_id": outer["area_id"]}, geometry=shapely.from_wkb(outer["geom"].to_numpy(object)), crs=STORE_CRS
    )
    found = check_coverage(children, whole)
    return found.assign(area_m2=outer.set_index("area_id")["area_m2"].astype(float))


def _cut(notices: list[Notice]) -> list[Notice]:
    """The first ones, and how many there are beyond."""
    more = len(notices) - SHOWN
    if more <= 0:
        return notices
    last = notices[SHOWN]
    zh, en = f"另有 {more} 处边界有缝隙、重叠或超出", f"{more} more areas have gaps, overlaps or parts outside"
    return [*notices[:SHOWN], Notice(last.file, last.sheet, last.row, last.column, zh, en)]


def _doubles(ledger: Ledger, rows: list[Any], plan: Plan) -> list[Notice]:
    """Footprints that lie for the most part in that of another code."""
    known = plan.columns(schema.building, "building_code", "geom")
    known = known[known["geom"].notna()].reset_index(drop=True)
    shapes = shapely.from_wkb(known["geom"].to_numpy(object))
    at = {code: position for position, code in enumerate(known["building_code"])}
    asked = np.array([at[code] for code in ledger.frame.loc[rows, "building_code"] if code in at], dtype=np.int64)
    if not len(asked):
        return []
    one, other = shapely.STRtree(shapes).query(shapes[asked], predicate="intersects")
    one = asked[one]
    # A pair that this load brought whole is told once.
    is_pair = (one != other) & ~(np.isin(other, asked) & (one < other))
    one, other = one[is_pair], other[is_pair]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    smaller = np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other]))
    is_double = shared > SAME_SHARE * smaller
    codes = known["building_code"].to_numpy(object)
    twins = dict(zip(codes[one[is_double]], codes[other[is_double]], strict=True))
    found = [row for row in rows if ledger.frame.at[row, "building_code"] in twins]
    if not found:
        return []
    own = str(ledger.frame.at[found[0], "building_code"])
    zh = f"有{len(found)}栋楼的轮廓与另一编码的大半重叠,如“{own}”与“{twins[own]}”;已照常载入,请核对是否同一栋"
    en = f"{len(found)} footprints lie mostly in that of another code, e.g. {own} and {twins[own]}; check them"
    return [_about(ledger, found[0], "building_code", zh, en)]


def _about(ledger: Ledger, row: Any, column: str, zh: str, en: str) -> Notice:
    sheet = ledger.sheets[ledger.sheet_of[row]]
    return Notice(sheet.file.name, sheet.name, ledger.row_of[row], ledger.heading(row, column), zh, en)
