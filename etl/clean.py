"""Raw sheets → a tidy frame per kind of ledger (清洗), with a reason for every cell that could not be read."""

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from numpy.typing import NDArray
from pyarrow import compute

from etl.cells import CLEANERS, LARGEST, LATER_EPOCH_DAYS, LONGEST, LONGEST_ID, SERIALS, BadCell, is_stroke, written
from etl.columns import Block, Coded, Positions, Rows, coded, column_of, constant, joined
from etl.errors import LoadError
from etl.extract import RawSheet
from etl.files import InputFile
from etl.headings import Layout
from etl.personal import masked, personal_headings
from etl.problems import MASK, Reason, missing, shorten
from etl.sources import Column, Source
from etl.stated_day import row_text, stated_day
from etl.totals import Notice, Total, total_word

LOADED, UPDATED, UNCHANGED, REFUSED = "loaded", "updated", "unchanged", "refused"
KEPT = 2 * LONGEST
"""Letters of a cell that are kept; one that is longer than LONGEST is refused for it."""

_NOTE = re.compile(r"^\W*(注|备注|说明|填表|制表|审核|填报|单位负责|数据来源|统计口径)|(注|说明|来源|口径):")


@dataclass
class Sheet:
    """One sheet of one file and what becomes of its rows.

    masked : cells in which numbers of persons were masked. stated_on : the day it says it goes up to.
    """

    file: InputFile
    name: str
    layout: Layout
    is_1904: bool = False
    is_layer: bool = False
    read: int = 0
    not_data: int = 0
    masked: int = 0
    stated_on: date | None = None
    totals: list[Total] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((LOADED, UPDATED, UNCHANGED, REFUSED), 0))

    def heading(self, column: Column) -> str:
        """The file's own word for a column; ours when the file lacks it."""
        position = self.layout.at.get(column.name)
        return column.heading if position is None else " ".join(self.layout.headings[position].split()).strip("*＊ ")


class Originals:
    """The cells of all rows of a ledger as they stand in its sheets, by the label of the row."""

    def __init__(self, parts: list[tuple[Rows, Positions]]) -> None:
        self._parts = parts

    def __getitem__(self, row: int) -> list[Any]:
        for rows, found in self._parts:
            if row < len(found):
                return rows[int(found[row])]
            row -= len(found)
        raise IndexError(row)


@dataclass
class Ledger:
    """All rows of one kind in a load.

    frame : one row per row read; the columns of the source as Python values, None where empty; `geom` (WKB in the
    file's `crs`) for layers; `row_hash` of the cleaned cells. cells : row label → its cells as they stand in the file.
    columns : the columns as they were cleaned, each different value once. reasons : row label → why it is refused.
    outcome : for each row loaded, updated or unchanged, None until it is planned. notices : what was done to rows
    that the reader must hear of.
    """

    source: Source
    sheets: list[Sheet]
    frame: pd.DataFrame
    sheet_of: list[int]
    row_of: Sequence[int]
    cells: "Originals | dict[int, list[Any]]"
    crs: Coded
    columns: dict[str, Coded] = field(default_factory=dict)
    reasons: dict[int, list[Reason]] = field(default_factory=dict)
    outcome: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    notices: list[Notice] = field(default_factory=list)

    def good(self) -> pd.DataFrame:
        """The rows with nothing wrong so far."""
        return self.frame.drop(index=list(self.reasons)) if self.reasons else self.frame

    def keep_refused_cells(self) -> None:
        """Let go of the original cells of all rows but the refused ones, which alone are told."""
        self.cells = {row: self.cells[row] for row in self.reasons}

    def keep_refused_rows(self) -> None:
        """Let go of all rows but the refused ones: once everything is decided the others are in the plan."""
        self.frame, self.columns = self.frame.loc[sorted(self.reasons)].copy(), {}

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
    sheets: list[Sheet] = []
    sheet_of: list[int] = []
    row_of = array("q")
    crs: list[Coded] = []
    shapes: list[bytes | None] = []
    kept = []
    for number, (file, raw, layout) in enumerate(parts):
        sheet = Sheet(file, raw.sheet, layout, raw.is_1904, layout.is_layer)
        found = _data_rows(sheet, raw)
        positions = found.tolist()
        sheet.read = len(positions)
        kept.append((raw.rows, found))
        sheet_of += [number] * len(positions)
        row_of.frombytes(np.asarray(raw.numbers, dtype=np.int64)[found].tobytes())
        crs.append(constant(raw.crs, len(positions)))
        if source.geometry:
            shapes += [None] * len(positions) if raw.shapes is None else [raw.shapes[n] for n in positions]
        sheets.append(sheet)
    ledger = Ledger(source, sheets, pd.DataFrame(), sheet_of, row_of, Originals(kept), joined(crs))
    ledger.outcome = np.full(len(sheet_of), None, dtype=object)
    ledger.columns = {name: _clean_column(ledger, column, kept) for name, column in source.columns.items()}
    hashed = dict(ledger.columns)
    if source.geometry:
        hashed["geom"] = coded(shapes)
    columns: dict[str, Any] = {name: column.cells() for name, column in hashed.items()}
    columns["row_hash"] = _hashes(source, hashed, ledger.crs)
    ledger.frame = pd.DataFrame(columns, index=range(len(sheet_of)), dtype=object, copy=False)
    ledger.notices = [notice for number in range(len(sheets)) if (notice := _personal(ledger, number))]
    return ledger


def _data_rows(sheet: Sheet, raw: RawSheet) -> Positions:
    """The positions of the rows of data; the sheet notes what else it holds."""
    layout, width = sheet.layout, sheet.layout.width
    titles = {heading.strip() for heading in layout.headings[:width]}
    starts = layout.heading_rows[0] if layout.heading_rows else layout.first
    above = raw.rows[:starts]
    sheet.not_data = sum(any(cell is not None for cell in row[:width]) for row in above)
    said = [sheet.file.name, sheet.name, *map(row_text, above)]
    skipped: list[int] = []
    for position in _doubtful(raw, layout, titles):
        row = raw.rows[position][:width]
        if row.count(None) == len(row):
            skipped.append(position)
        elif raw.shapes is None and is_no_data(row, titles):
            sheet.not_data += 1
            if word := total_word(row):
                rows_above = position - layout.first - len(skipped)
                sheet.totals.append(Total(raw.numbers[position], rows_above, raw.rows[position], word == "小计"))
            else:
                said.append(row_text(row))
            skipped.append(position)
    as_of = layout.snapshot and layout.snapshot.as_of
    sheet.stated_on = max((day for day in (as_of, stated_day(said)) if day), default=None)
    return np.delete(np.arange(layout.first, len(raw.rows)), np.array(skipped, dtype=np.int64) - layout.first)


def _doubtful(raw: RawSheet, layout: Layout, titles: set[str]) -> list[int]:
    """The positions of rows that may be none of data: of a layer those without a shape, else the unusual ones."""
    rows, first = raw.rows, layout.first
    if raw.shapes is not None:
        return [position for position in range(first, len(rows)) if raw.shapes[position] is None]
    if not isinstance(rows, Block):
        return [p for p in range(first, len(rows)) if not _is_usual(rows[p][: layout.width], titles)]
    if min(rows.width, layout.width or rows.width) < GLANCE:
        return list(range(first, len(rows)))
    is_usual = np.ones(len(rows), dtype=bool)
    for number, column in enumerate(rows.columns[:GLANCE]):
        says = [_says(cell, set() if number else titles) for cell in column.values]
        is_usual &= np.array(says, dtype=bool)[column.codes]
    return (np.flatnonzero(~is_usual[first:]) + first).tolist()


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


def is_no_data(row: list[Any], titles: set[str]) -> bool:
    """A total, a note below the table, or the heading once more on a new page."""
    filled = [cell for cell in row if cell is not None]
    if total_word(row):
        return True
    if len(filled) <= 2 and isinstance(filled[0], str) and _NOTE.search(unicodedata.normalize("NFKC", filled[0])):
        return True
    return len(filled) > 2 and all(isinstance(cell, str) and cell.strip() in titles for cell in filled)


GLANCE = 3
"""Cells at the beginning of a row that tell whether it is one of totals."""


def _is_usual(row: list[Any], titles: set[str]) -> bool:
    """Whether a row is one of data at a glance, as most are: its first three cells say something, but of no total."""
    return len(row) >= GLANCE and _says(row[0], titles) and all(_says(cell, set()) for cell in row[1:GLANCE])


def _says(cell: Any, titles: set[str]) -> bool:
    """Whether a cell says something that is neither of a total nor a heading."""
    return cell is not None and (type(cell) is not str or ("计" not in cell and cell.strip() not in titles))


def _clean_column(ledger: Ledger, column: Column, kept: list[tuple[Rows, Positions]]) -> Coded:
    """One column cleaned, and its faults noted."""
    cleaned, first = [], 0
    for sheet, (rows, found) in zip(ledger.sheets, kept, strict=True):
        position = sheet.layout.at.get(column.name)
        if position is not None:
            cleaned.append(_clean_cells(ledger, sheet, column, column_of(rows, position).take(found), first))
        elif column.required:
            cleaned.append(_clean_cells(ledger, sheet, column, constant(None, len(found)), first))
        else:
            cleaned.append(constant(None, len(found)))
        first += len(found)
    return joined(cleaned)


def _clean_cells(ledger: Ledger, sheet: Sheet, column: Column, cells: Coded, first: int) -> Coded:
    """The cells of one sheet, each different one once; the label of its first row is `first`."""
    later = LATER_EPOCH_DAYS if column.type == "date" and sheet.is_1904 else 0
    found = _plain_cells(cells.values, column)
    if found is None:
        found = [_clean_cell(cell, column, later) for cell in cells.values]
    kinds = set(map(type, found))
    if BadCell in kinds or (_NONE in kinds and column.required):
        faulty = [n for n, value in enumerate(found) if type(value) is BadCell or (value is None and column.required)]
        for row in np.flatnonzero(np.isin(cells.codes, faulty)).tolist():
            value = found[cells.codes[row]]
            if value is not None:
                ledger.refuse(first + row, _unreadable(sheet.heading(column), column, cells[row], value))
            elif not _does_instead(sheet.layout, column.instead, ledger.cells[first + row]):
                ledger.refuse(first + row, missing(sheet.heading(column)))
        found = [None if type(value) is BadCell else value for value in found]
    if column.type == "text":
        hidden = [n for n, v in enumerate(found) if v and MASK in v and MASK not in str(cells.values[n])]
        sheet.masked += int(np.isin(cells.codes, hidden).sum())
    return cells.told(found)


_NONE = type(None)


def _plain_cells(cells: list[Any], column: Column) -> list[Any] | None:
    """Numbers and decimals as nearly all are written, cleaned at one go to the same values; None where one is not."""
    texts = [cell for cell in cells if cell is not None]
    kinds = set(map(type, texts))
    if column.type == "number_id" and kinds == {str}:
        whole = "".join(texts)
        is_plain = whole.isascii() and whole.isalnum() and not _E.search(whole) and max(map(len, texts)) <= LONGEST_ID
        return cells if is_plain and not _PERSON.search("\n".join(texts)) else None
    if column.type == "number" and (kinds <= {int, float} or (kinds == {str} and "".join(texts).isascii())):
        try:
            numbers = [cell if cell is None else float(cell) for cell in cells]
        except ValueError:
            return None
        sizes = np.abs(np.array([number for number in numbers if number is not None], dtype=np.float64))
        return numbers if bool((sizes < LARGEST).all()) else None
    return None


_E = re.compile("[eE]")
_PERSON = re.compile(r"^(1\d{10}|\d{15}|\d{17}[\dXx])$", re.MULTILINE)
"""As long as a person's number: looked at one by one."""


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


HASHED = 100_000
"""Rows whose texts are put together at once."""


def _hashes(source: Source, columns: dict[str, Coded], crs: Coded) -> NDArray[np.object_]:
    """Of the cleaned cells, so that a file saved anew in another form is still the same."""
    spelled = [([f"{source.kind}\x1f{system or ''}" for system in crs.values], crs.codes)]
    said = {name: column for name, column in sorted(columns.items()) if any(v is not None for v in column.values)}
    spelled += [(_spelled(name, column.values), column.codes) for name, column in said.items()]
    parts = [(pyarrow.array(words, pyarrow.string()), codes) for words, codes in spelled]
    digest = hashlib.blake2b
    hashes = np.empty(len(crs), dtype=object)
    for start in range(0, len(crs), HASHED):
        texts = compute.binary_join_element_wise(
            *(words.take(codes[start : start + HASHED]) for words, codes in parts), ""
        )
        texts = texts.to_numpy(zero_copy_only=False)
        hashes[start : start + HASHED] = [digest(text.encode(), digest_size=16).hexdigest() for text in texts]
    return hashes


def _spelled(name: str, values: list[Any]) -> list[str]:
    """A part of the text to hash for each value: the name with it, nothing where there is none."""
    return ["" if value is None else f"\x1f{name}={value!r}" for value in values]


def no_rows(file: str) -> LoadError:
    """The error for a file of the right form without a row of data."""
    return LoadError(
        "NO_ROWS",
        f"文件“{file}”里没有数据行;请确认导出是否完整。",
        f"The file {file!r} holds no rows of data; check that it was exported completely.",
    )
