"""What a row must satisfy before it is linked (检查): no key twice, no future date, dates in order, a sound shape."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from etl.clean import Ledger
from etl.problems import Reason
from etl.totals import Notice
from geo.checks import polygon_problems
from geo.repair import Repair, propose_repair

SHAPE_COLUMN = "图形"
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)


def check_ledger(ledger: Ledger, today: date, *, may_repair: bool = False) -> None:
    """Add a reason for every fault of the rows among themselves; what they refer to is looked at later (etl.link).

    may_repair : a faulty outline is repaired where its area stays the same, and a notice says so.
    """
    _check_future(ledger, today)
    _check_order(ledger)
    if ledger.source.geometry:
        _check_shapes(ledger, may_repair)
    _check_duplicates(ledger)


def _check_future(ledger: Ledger, today: date) -> None:
    for column in ledger.source.columns.values():
        if column.type != "date" or column.future:
            continue
        late = {day for day in set(ledger.frame[column.name].tolist()) if day is not None and day > today}
        for row, day in ledger.frame[column.name].items() if late else ():
            if day in late:
                heading = ledger.heading(row, column.name)
                ledger.refuse(
                    row,
                    Reason(
                        heading,
                        "FUTURE",
                        f"“{heading}”为{day},晚于今天;请更正",
                        f"{heading} is {day}, later than today",
                    ),
                )


def _check_order(ledger: Ledger) -> None:
    for names in ledger.source.dates_in_order:
        for row, *days in ledger.frame[list(names)].itertuples():
            known = [(name, day) for name, day in zip(names, days, strict=True) if day is not None]
            for (before, first), (after, second) in pairwise(known):
                if second < first:
                    ledger.refuse(row, _order(ledger.heading(row, before), first, ledger.heading(row, after), second))


def _order(before: str, first: date, after: str, second: date) -> Reason:
    return Reason(
        after,
        "ORDER",
        f"“{after}”{second}早于“{before}”{first};请核对两个日期",
        f"{after} {second} is before {before} {first}; check both dates",
    )


def _check_shapes(ledger: Ledger, may_repair: bool) -> None:
    shapes = gpd.GeoSeries(shapely.from_wkb(ledger.frame["geom"].to_numpy(object), on_invalid="ignore"))
    if ledger.source.geometry != "line":
        problems = polygon_problems(shapes)
    else:
        is_line = np.isin(shapely.get_type_id(shapes.to_numpy()), _LINES) & (shapely.length(shapes.to_numpy()) > 0)
        problems = pd.DataFrame({"is_good": is_line, "reason_zh": "没有线图形", "reason_en": "there is no line"})
    problems = problems.set_index(ledger.frame.index)
    if ledger.source.may_be_points:
        is_table = np.array([sheet.layout.at.get("source_lon") is not None for sheet in ledger.sheets], dtype=bool)
        _check_points(ledger, shapes.to_numpy(), is_table[ledger.sheet_of], problems)
    for row in np.flatnonzero(~problems["is_good"].to_numpy(bool)).tolist():
        repair = propose_repair(shapes[row], ledger.crs[row] or "") if ledger.source.geometry != "line" else None
        zh, en = (str(problems.at[row, name]) for name in ("reason_zh", "reason_en"))
        if repair and repair.is_close and may_repair:
            ledger.frame.at[row, "geom"] = shapely.to_wkb(repair.shape)
            sheet = ledger.sheets[ledger.sheet_of[row]]
            areas_zh, areas_en = _areas(repair)
            ledger.notices.append(
                Notice(
                    sheet.file.name, sheet.name, ledger.row_of[row], SHAPE_COLUMN,
                    f"{zh};已修复,{areas_zh}", f"{en}; repaired, {areas_en}",
                )
            )  # fmt: skip
            continue
        next_zh, next_en = _what_to_do(repair)
        ledger.refuse(row, Reason(SHAPE_COLUMN, "BAD_GEOMETRY", f"{zh};{next_zh}", f"{en}; {next_en}"))


def _what_to_do(repair: Repair | None) -> tuple[str, str]:
    """The next step for a faulty outline: take the repair that is proposed, or draw it anew."""
    if repair is None:
        return "请在制图软件中修复后再载入", "repair it and load again"
    zh, en = _areas(repair)
    if repair.is_close:
        return (
            f"可自动修复({zh}):载入时加 --repair,或在制图软件中修复",
            f"it can be repaired ({en}): load with --repair",
        )
    return (
        f"自动修复会改变面积({zh}),不采用;请在制图软件中修复后再载入",
        f"a repair would change its area ({en}) and is not taken; repair it and load again",
    )


def _areas(repair: Repair) -> tuple[str, str]:
    before, after = f"{repair.before_m2:,.1f}", f"{repair.after_m2:,.1f}"
    return f"面积由 {before} ㎡ 变为 {after} ㎡", f"area {before} m² before, {after} m² after"


def _check_points(ledger: Ledger, shapes: Any, has_columns: NDArray[np.bool_], problems: pd.DataFrame) -> None:
    """Points are as good as outlines; coordinates in columns do where there is no shape, and are missed otherwise."""
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    has_point = ledger.frame[["source_lon", "source_lat"]].notna().all(axis=1).to_numpy(bool)
    asked = shapely.is_missing(shapes) & has_columns
    problems.loc[is_point | asked, "is_good"] = True
    for row in ledger.frame.index[asked & ~has_point]:
        told = {reason.column for reason in ledger.reasons.get(row, ())}
        heading = ledger.heading(row, "source_lon")
        if told.isdisjoint((heading, ledger.heading(row, "source_lat"))):
            zh, en = "没有图形也没有经纬度,不知道楼栋在哪里", "there is neither a shape nor a position"
            ledger.refuse(row, Reason(heading, "MISSING", zh, en))


def _check_duplicates(ledger: Ledger) -> None:
    """The first sound row of a key is kept, every later one refused: which is right is for the reader to say."""
    key = list(ledger.source.key)
    good = ledger.good()
    repeated = good[good.duplicated(key, keep="first")]
    if repeated.empty:
        return
    first = {values: row for row, values in _keys(good.drop_duplicates(key), key)}
    for row, values in _keys(repeated, key):
        ledger.refuse(row, duplicate(ledger, row, first[values]))


def _keys(frame: pd.DataFrame, key: list[str]) -> Iterator[tuple[int, tuple[object, ...]]]:
    return zip(frame.index, zip(*(frame[name] for name in key), strict=True), strict=True)


def duplicate(ledger: Ledger, row: int, first: int) -> Reason:
    """Refused because another row of this load has the same key."""
    heading = ledger.heading(row, ledger.source.key[-1])
    value = "、".join(str(ledger.frame.at[row, name]) for name in ledger.source.key)
    sheet = ledger.sheets[ledger.sheet_of[first]]
    same = ledger.sheet_of[first] == ledger.sheet_of[row]
    where = f"第{ledger.row_of[first]}行" if same else f"“{sheet.file.name}”第{ledger.row_of[first]}行"
    where_en = f"row {ledger.row_of[first]}" if same else f"row {ledger.row_of[first]} of {sheet.file.name}"
    return Reason(
        heading, "DUPLICATE", f"“{value}”与{where}重复;请只保留正确的一行", f"{value} is also in {where_en}; keep one"
    )
