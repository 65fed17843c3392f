"""Total rows of a ledger beside their parts (合计核对): a sum that its rows do not give is said."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from etl.cells import CLEANERS, BadCell
from etl.headings import plain

if TYPE_CHECKING:
    from etl.clean import Ledger, Sheet

_TOTAL = re.compile(r".{0,12}(合计|小计|总计|共计|累计)[::]?")


@dataclass(frozen=True)
class Total:
    """A total row: the row as a reader counts it, how many rows of data stand above it in the sheet, its cells."""

    number: int
    above: int
    cells: list[Any]
    is_part: bool


@dataclass(frozen=True)
class Notice:
    """Something about a file that refuses nothing but ought to be looked at."""

    file: str
    sheet: str
    row: int
    column: str
    zh: str
    en: str


def total_word(row: list[Any]) -> str | None:
    """The word that makes a row one of totals, in its first three filled cells; None for a row of data.

    >>> total_word(["东门社区小计", 3]), total_word([1, "H1"])
    ('小计', None)
    """
    filled = 0
    for cell in row:
        if cell is None:
            continue
        filled += 1
        # Asked of every row, so the plain question comes before the exact one.
        if isinstance(cell, str) and "计" in cell and (found := _TOTAL.fullmatch(plain(cell))):
            return found[1]
        if filled == 3:
            return None
    return None


def check_totals(ledger: "Ledger") -> list[Notice]:
    """Every count in a total row that is the sum neither of all rows nor of those next to it; unknown counts as 0.

    A column in which some cell could not be read is left out: its sum is not known.
    """
    if not any(sheet.totals for sheet in ledger.sheets):
        return []
    notices = []
    rows_of: dict[int, list[int]] = {}
    for row, number in enumerate(ledger.sheet_of):
        rows_of.setdefault(number, []).append(row)
    for number, sheet in enumerate(ledger.sheets):
        for column in ledger.source.columns.values():
            if column.type == "count" and column.name in sheet.layout.at and column.name not in ledger.source.key:
                notices += _check_column(ledger, sheet, rows_of.get(number, []), column.name)
    return sorted(notices, key=lambda notice: (notice.file, notice.sheet, notice.row))


def _check_column(ledger: "Ledger", sheet: "Sheet", rows: list[int], name: str) -> list[Notice]:
    column = ledger.source.columns[name]
    heading = sheet.heading(column)
    values = ledger.frame[name]
    if any(
        reason.column == heading and reason.code != "MISSING" for row in rows for reason in ledger.reasons.get(row, ())
    ):
        return []
    if all(values[row] is None for row in rows):
        return []
    found = []
    edges = [0, *(total.above for total in sheet.totals), len(rows)]
    for place, total in enumerate(sheet.totals, 1):
        stated = _stated(total, sheet.layout.at[name], column)
        if stated is None:
            continue
        before = max((edge for edge in edges[:place] if edge < total.above), default=total.above)
        after = min((edge for edge in edges[place + 1 :] if edge > total.above), default=total.above)
        near = [(before, total.above), (total.above, after)]
        spans = near if total.is_part else [(0, len(rows)), (0, total.above), *near]
        sums = [sum(values[row] or 0 for row in rows[start:end]) for start, end in spans if end > start]
        if sums and stated not in sums:
            zh = f"“{heading}”合计写的是{stated:,},各行相加为{sums[0]:,};请核对是否缺行"
            en = f"the total of {heading} says {stated:,}, its rows sum to {sums[0]:,}; check whether rows are missing"
            found.append(Notice(sheet.file.name, sheet.name, total.number, heading, zh, en))
    return found


def _stated(total: Total, position: int, column: Any) -> int | None:
    cell = total.cells[position] if position < len(total.cells) else None
    if cell is None:
        return None
    try:
        stated: Any = CLEANERS["count"](cell, column)
    except BadCell:
        return None
    return int(stated)
