"""Raw sheets → a tidy frame per kind of ledger (清洗), with a reason for every cell that could not be read."""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from etl.cells import CLEANERS, LARGEST, LATER_EPOCH_DAYS, LONGEST, LONGEST_ID, SERIALS, BadCell, is_stroke, written
from etl.errors import LoadError
from etl.extract import RawSheet
from etl.files import InputFile
from etl.headings import Layout
from etl.personal import masked, personal_headings
from etl.problems import MASK, Reason, missing, shorten
from etl.sources import Column, Source
from etl.totals import Notice, Total, total_word

LOADED, UPDATED, UNCHANGED, REFUSED = "loaded", "updated", "unchanged", "refused"
KEPT = 2 * LONGEST
"""Letters of a cell that are kept; one that is longer than LONGEST is refused for it."""

_NOTE = re.compile(r"^\W*(注|备注|说明|填表|制表|审核|填报|单位负责|数据来源|统计口径)|(注|说明|来源|口径):")


@dataclass
class Sheet:
    """One sheet of one file and what becomes of its rows. masked : cells in which numbers of persons were masked."""

    file: InputFile
    name: str
    layout: Layout
    is_1904: bool = False
    is_layer: bool = False
    read: int = 0
    not_data: int = 0
    masked: int = 0
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
    outcome : row label → loaded, updated or unchanged, set when the rows are planned. notices : what was done to rows
    that the reader must hear of.
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
    notices: list[Notice] = field(default_factory=list)

    def good(self) -> pd.DataFrame:
        """The rows with nothing wrong so far."""
        return self.frame.drop(index=list(self.reasons)) if self.reasons else self.frame

    def keep_refused_cells(self) -> None:
        """Let go of the original cells of all rows but the refused ones, which alone are told."""
        self.cells = [cells if row in self.reasons else [] for row, cells in enumerate(self.cells)]

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
        personal = people | ({"address"} & own.keys())
        safe = {position for name, of in own.items() if name not in personal for position in of}
        safe -= {position for name in personal for position in own[name]}
        return {
            name: (masked(kept(cell))[0] if position in safe else MASK)
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
        found: list[int] = []
        for position in range(layout.first, len(raw.rows)):
            row = own[position]
            if raw.shapes is None and not _is_usual(row, titles):
                if row.count(None) == len(row):
                    continue
                if is_no_data(row, titles):
                    sheet.not_data += 1
                    if word := total_word(row):
                        total = Total(raw.numbers[position], len(found), raw.rows[position], word == "小计")
                        sheet.totals.append(total)
                    continue
            elif raw.shapes is not None and raw.shapes[position] is None and row.count(None) == len(row):
                continue
            found.append(position)
        sheet.read = len(found)
        kept += [raw.rows[position] for position in found]
        sheet_of += [number] * len(found)
        row_of += [raw.numbers[position] for position in found]
        crs += [raw.crs] * len(found)
        shapes += [None] * len(found) if raw.shapes is None else [raw.shapes[position] for position in found]
        sheets.append(sheet)
    ledger = Ledger(source, sheets, pd.DataFrame(index=range(len(kept))), sheet_of, row_of, kept, crs)
    columns: dict[str, Any] = {name: _clean_column(ledger, column) for name, column in source.columns.items()}
    if source.geometry:
        columns["geom"] = shapes
    columns["row_hash"] = _hashes(source, columns, crs)
    ledger.frame = pd.DataFrame(columns, index=range(len(kept)), dtype=object)
    ledger.notices = [notice for number in range(len(sheets)) if (notice := _personal(ledger, number))]
    return ledger


def _personal(ledger: Ledger, number: int) -> Notice | None:
    """What a sheet holds of persons: columns that were not read, cells that were masked."""
    sheet = ledger.sheets[number]
    own = {position for name in sheet.layout.at for position in sheet.layout.own_positions(name)}
    unread = [
        heading for n, heading in enumerate(sheet.layout.headings[: sheet.layout.width]) if n not in own and heading
    ]
    dropped = personal_headings(unread)
    if not dropped and not sheet.masked:
        return None
    zh = [f"个人信息{len(dropped)}列({'、'.join(dropped)})没有读取"] if dropped else []
    zh += [f"{sheet.masked}格文字里的身份证号、手机号已遮盖"] if sheet.masked else []
    en = [f"{len(dropped)} columns about persons were not read"] if dropped else []
    en += [f"identity or mobile numbers were masked in {sheet.masked} cells"] if sheet.masked else []
    row = next((row for row, of in zip(ledger.row_of, ledger.sheet_of, strict=True) if of == number), 1)
    return Notice(sheet.file.name, sheet.name, row, "", ";".join(zh), "; ".join(en))


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


def _is_usual(row: list[Any], titles: set[str]) -> bool:
    """Whether a row is one of data at a glance, as most are: its first three cells say something, but of no total."""
    if len(row) < 3:
        return False
    first, second, third = row[0], row[1], row[2]
    return (
        type(first) is str and type(second) is str and type(third) is str and "计" not in first
        and "计" not in second and "计" not in third and first.strip() not in titles
    )  # fmt: skip


def _clean_column(ledger: Ledger, column: Column) -> list[Any]:
    """One column cleaned. A ledger repeats itself, so each different cell is cleaned once."""
    values: list[Any] = []
    for number, first, end in _runs(ledger.sheet_of):
        sheet, rows = ledger.sheets[number], ledger.cells[first:end]
        if column.name not in sheet.layout.at and not column.required:
            values += [None] * len(rows)
            continue
        cells = _cells_at(rows, sheet.layout.at.get(column.name))
        later = LATER_EPOCH_DAYS if column.type == "date" and sheet.is_1904 else 0
        kinds = set(map(type, cells)) - {_NONE}
        # 1, 1.0 and True are equal, and may mean different things.
        keys: list[Any] = cells if len(kinds) <= 1 else list(zip(map(type, cells), cells, strict=True))
        different = set(keys)
        found = _plain_cells(different - {None}, column) if kinds == {str} else None
        if found is None:
            found = {key: _clean_cell(key if keys is cells else key[1], column, later) for key in different}
        elif None in different:
            found[None] = None
        outcomes = set(map(type, found.values()))
        if BadCell in outcomes or (_NONE in outcomes and column.required):
            for row, key in enumerate(keys, first):
                value = found[key]
                if value is None and column.required:
                    if not _does_instead(sheet.layout, column.instead, ledger.cells[row]):
                        ledger.refuse(row, missing(sheet.heading(column)))
                elif isinstance(value, BadCell):
                    ledger.refuse(row, _unreadable(sheet.heading(column), column, cells[row - first], value))
            found = {key: None if isinstance(value, BadCell) else value for key, value in found.items()}
        if column.type == "text":
            hidden = {key for key, value in found.items() if value and MASK in value and MASK not in str(key)}
            sheet.masked += sum(key in hidden for key in keys) if hidden else 0
        values += map(found.__getitem__, keys)
    return values


_NONE = type(None)


def _plain_cells(texts: set[str], column: Column) -> dict[Any, Any] | None:
    """Numbers and decimals as nearly all are written, cleaned at one go to the same values; None where one is not."""
    whole = "".join(texts)
    if not whole.isascii():
        return None
    if column.type == "number_id" and whole.isalnum() and not _E.search(whole) and max(map(len, texts)) <= LONGEST_ID:
        return None if _PERSON.search("\n".join(texts)) else {text: text for text in texts}
    if column.type == "number":
        try:
            numbers = {text: float(text) for text in texts}
        except ValueError:
            return None
        sizes = np.abs(np.fromiter(numbers.values(), dtype=np.float64, count=len(numbers)))
        return numbers if bool((sizes < LARGEST).all()) else None
    return None


_E = re.compile("[eE]")
_PERSON = re.compile(r"^(1\d{10}|\d{15}|\d{17}[\dXx])$", re.MULTILINE)
"""As long as a person's number: looked at one by one."""


def _runs(numbers: list[int]) -> list[tuple[int, int, int]]:
    """Stretches of one number: (number, first position, position after the last).

    >>> _runs([0, 0, 2])
    [(0, 0, 2), (2, 2, 3)]
    """
    found = []
    first = 0
    while first < len(numbers):
        number = numbers[first]
        # The rows of a sheet follow each other, and sheets come in their order.
        end = bisect_right(numbers, number, lo=first)
        found.append((number, first, end))
        first = end
    return found


def _cells_at(rows: list[list[Any]], position: int | None) -> list[Any]:
    """The cells of a column; None where a row is too short, or the sheet has no such column."""
    if position is None:
        return [None] * len(rows)
    try:
        return [row[position] for row in rows]
    except IndexError:
        return [row[position] if position < len(row) else None for row in rows]


def _clean_cell(cell: Any, column: Column, later: int) -> Any:
    """A cell as its column's value, None where nothing is said, the BadCell where it cannot be read."""
    if cell is None or is_stroke(cell):
        return None
    is_serial = later and isinstance(cell, int | float) and cell < SERIALS[1]
    try:
        return CLEANERS[column.type](cell + later if is_serial else cell, column)
    except BadCell as bad:
        return bad


def _does_instead(layout: Layout, names: tuple[str, ...], cells: list[Any]) -> bool:
    """Whether another column says what a required one leaves open."""
    positions = [layout.at[name] for name in names if name in layout.at]
    return any(position < len(cells) and cells[position] is not None for position in positions)


def _unreadable(heading: str, column: Column, cell: Any, bad: BadCell) -> Reason:
    # What stands where a person's number should be may be a name: it is not repeated.
    shown = MASK if column.type == "pseudonym" else masked(shorten(cell))[0]
    return Reason(heading, bad.code, f"“{heading}”为“{shown}”:{bad.zh}", f"{heading} is {shown!r}: it {bad.en}")


def _hashes(source: Source, columns: dict[str, Any], crs: Iterable[str | None]) -> list[str]:
    """Of the cleaned cells, so that a file saved anew in another form is still the same."""
    parts = [_spelled(name, values) for name, values in sorted(columns.items()) if values.count(None) < len(values)]
    heads = {system: f"{source.kind}\x1f{system or ''}" for system in set(crs)}
    digest = hashlib.blake2b
    return [
        digest(text.encode(), digest_size=16).hexdigest()
        for text in map("".join, zip(map(heads.__getitem__, crs), *parts, strict=True))
    ]


def _spelled(name: str, values: list[Any]) -> list[str]:
    """A part of the text to hash for each value: the name with it, nothing where there is none."""
    if len(set(map(type, values)) - {_NONE}) > 1:
        # Equal values of different types are spelled differently.
        return ["" if value is None else f"\x1f{name}={value!r}" for value in values]
    different = set(values)
    if len(different) > len(values) // 2:
        return ["" if value is None else f"\x1f{name}={value!r}" for value in values]
    spelled = {value: "" if value is None else f"\x1f{name}={value!r}" for value in different}
    return [spelled[value] for value in values]


def no_rows(file: str) -> LoadError:
    """The error for a file of the right form without a row of data."""
    return LoadError(
        "NO_ROWS",
        f"文件“{file}”里没有数据行;请确认导出是否完整。",
        f"The file {file!r} holds no rows of data; check that it was exported completely.",
    )
