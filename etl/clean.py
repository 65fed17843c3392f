"""Raw sheets → a tidy frame per kind of ledger (清洗), with a reason for every cell that could not be read."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from etl.cells import CLEANERS, LATER_EPOCH_DAYS, LONGEST, SERIALS, BadCell, is_stroke, written
from etl.errors import LoadError
from etl.extract import RawSheet
from etl.files import InputFile
from etl.headings import Layout
from etl.problems import MASK, Reason, missing, shorten
from etl.sources import Column, Source
from etl.totals import Total, total_word

LOADED, UPDATED, UNCHANGED, REFUSED = "loaded", "updated", "unchanged", "refused"
KEPT = 2 * LONGEST
"""Letters of a cell that are kept; one that is longer than LONGEST is refused for it."""

_NOTE = re.compile(r"^\W*(注|备注|说明|填表|制表|审核|填报|单位负责|数据来源|统计口径)|(注|说明|来源|口径):")


@dataclass
class Sheet:
    """One sheet of one file and what becomes of its rows."""

    file: InputFile
    name: str
    layout: Layout
    is_1904: bool = False
    is_layer: bool = False
    read: int = 0
    not_data: int = 0
    totals: list[Total] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((LOADED, UPDATED, UNCHANGED, REFUSED), 0))

    def heading(self, column: Column) -> str:
        """The file's own word for a column; ours when the file lacks it."""
        position = self.layout.at.get(column.name)
        return column.heading if position is None else " ".join(self.layout.headings[position].split()).strip("*＊ ")


@dataclass
class Ledger:
    """All rows of one kind in a load.

    frame : one row per row read; the columns of the source as Python values, None where empty; `geom` (WKB in the
    file's `crs`) for layers; `row_hash` of the cleaned cells. reasons : row label → why it is refused.
    outcome : row label → loaded, updated or unchanged, set when the rows are planned.
    """

    source: Source
    sheets: list[Sheet]
    frame: pd.DataFrame
    sheet_of: list[int]
    row_of: list[int]
    cells: list[list[Any]]
    crs: list[str | None]
    reasons: dict[int, list[Reason]] = field(default_factory=dict)
    outcome: dict[int, str] = field(default_factory=dict)

    def good(self) -> pd.DataFrame:
        """The rows with nothing wrong so far."""
        return self.frame.drop(index=list(self.reasons)) if self.reasons else self.frame

    def refuse(self, row: Any, reason: Reason) -> None:
        self.reasons.setdefault(row, []).append(reason)

    def heading(self, row: Any, column: str) -> str:
        """What the file of a row calls a column."""
        return self.sheets[self.sheet_of[row]].heading(self.source.columns[column])

    def kept_cells(self, row: int) -> dict[str, Any]:
        """The original cells of a refused row by heading; what may be personal is masked.

        That is what we have no use for, and what stands for a person's number and cannot be read as one: it may be a
        name. A number that can be read is kept, or everybody would have to be typed again to mend another cell.
        """
        layout = self.sheets[self.sheet_of[row]].layout
        columns = self.source.columns
        own = {name: layout.own_positions(name) for name in layout.at}
        people = {name for name in own if columns[name].type == "pseudonym" and self.frame.at[row, name] is None}
        safe = {position for name, of in own.items() if name not in people for position in of}
        safe -= {position for name in people for position in own[name]}
        return {
            name: kept(cell) if position in safe else MASK
            for position, (name, cell) in enumerate(zip(layout.names(), self.cells[row][: layout.width], strict=False))
            if cell is not None
        }


def kept(cell: Any) -> str:
    """A cell as it is kept with a refused row: as a reader would type it, so that it can be mended and read again."""
    return shorten(written(cell), KEPT)


def clean_ledger(source: Source, parts: list[tuple[InputFile, RawSheet, Layout]]) -> Ledger:
    """The rows of all sheets of one kind. Title, note and total rows are counted as not_data, empty ones not at all."""
    sheets, kept = [], []
    sheet_of: list[int] = []
    row_of: list[int] = []
    crs: list[str | None] = []
    shapes: list[bytes | None] = []
    for number, (file, raw, layout) in enumerate(parts):
        sheet = Sheet(file, raw.sheet, layout, raw.is_1904, layout.is_layer)
        own = raw.rows if layout.width is None else [row[: layout.width] for row in raw.rows]
        sheet.not_data = sum(any(cell is not None for cell in row) for row in own[: _heading_starts(layout)])
        titles = {heading.strip() for heading in layout.headings[: layout.width]}
        for position in range(layout.first, len(raw.rows)):
            row = raw.rows[position]
            shape = raw.shapes[position] if raw.shapes is not None else None
            if shape is None and own[position].count(None) == len(own[position]):
                continue
            if raw.shapes is None and is_no_data(own[position], titles):
                sheet.not_data += 1
                if word := total_word(own[position]):
                    sheet.totals.append(Total(raw.numbers[position], sheet.read, row, word == "小计"))
                continue
            sheet.read += 1
            kept.append(row)
            sheet_of.append(number)
            row_of.append(raw.numbers[position])
            crs.append(raw.crs)
            shapes.append(shape)
        sheets.append(sheet)
    ledger = Ledger(source, sheets, pd.DataFrame(index=range(len(kept))), sheet_of, row_of, kept, crs)
    columns: dict[str, Any] = {name: _clean_column(ledger, column) for name, column in source.columns.items()}
    if source.geometry:
        columns["geom"] = shapes
    columns["row_hash"] = _hashes(source, columns, crs)
    ledger.frame = pd.DataFrame(columns, index=range(len(kept)), dtype=object)
    return ledger


def _heading_starts(layout: Layout) -> int:
    return layout.heading_rows[0] if layout.heading_rows else layout.first


def is_no_data(row: list[Any], titles: set[str]) -> bool:
    """A total, a note below the table, or the heading once more on a new page."""
    filled = [cell for cell in row if cell is not None]
    if total_word(row):
        return True
    if len(filled) <= 2 and isinstance(filled[0], str) and _NOTE.search(unicodedata.normalize("NFKC", filled[0])):
        return True
    return len(filled) > 2 and all(isinstance(cell, str) and cell.strip() in titles for cell in filled)


def _clean_column(ledger: Ledger, column: Column) -> list[Any]:
    """One column cleaned. A ledger repeats itself, so each different cell is cleaned once."""
    known: dict[tuple[type, Any], Any] = {}
    cleaner = CLEANERS[column.type]
    positions = [sheet.layout.at.get(column.name) for sheet in ledger.sheets]
    is_date = column.type == "date"
    values: list[Any] = []
    for row, (number, cells) in enumerate(zip(ledger.sheet_of, ledger.cells, strict=True)):
        position = positions[number]
        cell = cells[position] if position is not None and position < len(cells) else None
        if cell is not None and is_stroke(cell):
            cell = None
        if is_date and isinstance(cell, int | float) and ledger.sheets[number].is_1904 and cell < SERIALS[1]:
            cell += LATER_EPOCH_DAYS
        if cell is None:
            if column.required and not _does_instead(ledger.sheets[number].layout, column.instead, cells):
                ledger.refuse(row, missing(ledger.sheets[number].heading(column)))
            values.append(None)
            continue
        key = (type(cell), cell)
        if key not in known:
            try:
                known[key] = cleaner(cell, column)
            except BadCell as bad:
                known[key] = bad
        value = known[key]
        if isinstance(value, BadCell):
            ledger.refuse(row, _unreadable(ledger.sheets[number].heading(column), column, cell, value))
            value = None
        values.append(value)
    return values


def _does_instead(layout: Layout, name: str, cells: list[Any]) -> bool:
    """Whether another column says what a required one leaves open."""
    position = layout.at.get(name)
    return position is not None and position < len(cells) and cells[position] is not None


def _unreadable(heading: str, column: Column, cell: Any, bad: BadCell) -> Reason:
    # What stands where a person's number should be may be a name: it is not repeated.
    shown = MASK if column.type == "pseudonym" else shorten(cell)
    return Reason(heading, bad.code, f"“{heading}”为“{shown}”:{bad.zh}", f"{heading} is {shown!r}: it {bad.en}")


def _hashes(source: Source, columns: dict[str, Any], crs: Iterable[str | None]) -> list[str]:
    """Of the cleaned cells, so that a file saved anew in another form is still the same."""
    names = sorted(columns)
    hashes = []
    for system, *values in zip(crs, *(columns[name] for name in names), strict=True):
        text = "\x1f".join(
            [source.kind, system or "", *(f"{n}={v!r}" for n, v in zip(names, values, strict=True) if v is not None)]
        )
        hashes.append(hashlib.blake2b(text.encode(), digest_size=16).hexdigest())
    return hashes


def no_rows(file: str) -> LoadError:
    """The error for a file of the right form without a row of data."""
    return LoadError(
        "NO_ROWS",
        f"文件“{file}”里没有数据行;请确认导出是否完整。",
        f"The file {file!r} holds no rows of data; check that it was exported completely.",
    )
