"""What a row must satisfy before it is linked (检查): no key twice, no future date, dates in order, a sound shape."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from etl.clean import Ledger
from etl.problems import Reason
from geo.checks import polygon_problems

SHAPE_COLUMN = "图形"
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)


def check_ledger(ledger: Ledger, today: date) -> None:
    """Add a reason for every fault of the rows among themselves; what they refer to is looked at later (etl.link)."""
    _check_future(ledger, today)
    _check_order(ledger)
    if ledger.source.geometry:
        _check_shapes(ledger)
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


def _check_shapes(ledger: Ledger) -> None:
    shapes = gpd.GeoSeries(shapely.from_wkb(ledger.frame["geom"].to_numpy(object), on_invalid="ignore"))
    if ledger.source.geometry == "polygon":
        problems = polygon_problems(shapes)
    else:
        is_line = np.isin(shapely.get_type_id(shapes.to_numpy()), _LINES) & (shapely.length(shapes.to_numpy()) > 0)
        problems = pd.DataFrame({"is_good": is_line, "reason_zh": "没有线图形", "reason_en": "there is no line"})
    problems = problems.set_index(ledger.frame.index)
    for row, problem in problems[~problems["is_good"]].iterrows():
        zh, en = (
            f"{problem['reason_zh']};请在制图软件中修复后再载入",
            f"{problem['reason_en']}; repair it and load again",
        )
        ledger.refuse(row, Reason(SHAPE_COLUMN, "BAD_GEOMETRY", zh, en))


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
