"""Tables as files to download (导出): CSV and workbook, every cell of them neutral, every file with its watermark.

The table itself is read as before (portal.watermark has the words): in a CSV the mark is one last line that begins with
`#`, no row for who reads with `comment="#"`; in a workbook a second sheet, the properties and the print header. There
is no other way out: the tables on the pages have no export of their own (`client.disableDataExport`).
"""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from data.cells import neutral
from portal.watermark import Mark

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_000
_CHOICES = "选项"
KINDS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


def _cell(value: Any) -> Any:
    """Numbers as they are, everything else as neutral text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else neutral(value)


def as_csv(headings: Sequence[str], lines: Sequence[Sequence[Any]], mark: Mark) -> bytes:
    """A table as CSV: UTF-8 with a byte order mark, so that Excel reads the Chinese; last the line that says whose."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for line in [headings, *lines]:
        writer.writerow([_cell(value) for value in line])
    text.write(f"# {_one_line(mark)}\r\n")
    return text.getvalue().encode("utf-8-sig")


def _one_line(mark: Mark) -> str:
    """The mark without anything that would part a line or a cell of a CSV."""
    return re.sub(r"[,\"'\s]+", " ", "；".join(f"{heading}：{text}" for heading, text in mark.lines())).strip()


def as_xlsx(
    title: str, headings: Sequence[str], lines: Sequence[Sequence[Any]], mark: Mark, *, strong: int = 0
) -> bytes:
    """A table as a workbook: the table, then a sheet that says whose it is; every cell is text but numbers.

    strong : headings in a warm colour.
    """
    return as_book(title, [Table(title, headings, lines, strong=strong)], mark)


@dataclass(frozen=True)
class Table:
    """One sheet of a workbook. strong : headings in a warm colour. lists : position → what may be chosen there."""

    title: str
    headings: Sequence[str]
    lines: Sequence[Sequence[Any]]
    strong: int = 0
    lists: Mapping[int, Sequence[str]] = field(default_factory=dict)


def as_book(title: str, tables: Sequence[Table], mark: Mark) -> bytes:
    """Tables as the sheets of one workbook, then a sheet that says whose it is."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    titles: set[str] = set()
    for number, table in enumerate(tables, start=1):
        name = re.sub(r"[\[\]:*?/\\]", " ", table.title)[:31]
        sheet = book.create_sheet(name if name not in titles else f"{name[:27]} {number}")
        titles.add(sheet.title)
        _fill(sheet, table.headings, table.lines, table.strong)
        _sign(book, sheet, mark)
        _offer(book, sheet, table)
    _say_whose(book, title, mark)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _offer(book: Workbook, sheet: Worksheet, table: Table) -> None:
    """Lists to choose from in coded columns; the words stand in a hidden sheet, as a list in a rule itself is short."""
    for position, choices in table.lists.items():
        hidden = book[_CHOICES] if _CHOICES in book.sheetnames else book.create_sheet(_CHOICES)
        hidden.sheet_state = "hidden"
        column = hidden.max_column + 1 if hidden.max_row > 1 or hidden["A1"].value else 1
        for row, choice in enumerate(choices, start=1):
            _write(hidden.cell(row, column), neutral(choice))
        letter, own = get_column_letter(column), get_column_letter(position + 1)
        rule = DataValidation("list", f"'{_CHOICES}'!${letter}$1:${letter}${len(choices)}", allow_blank=True)
        # Words of the ledger that its column map knows are as good, so another word is no error.
        rule.showErrorMessage = False
        rule.add(f"{own}2:{own}{max(2, len(table.lines) + 1)}")
        sheet.add_data_validation(rule)


def _sign(book: Workbook, sheet: Worksheet, mark: Mark) -> None:
    """The mark on paper."""
    said = _CONTROL.sub("", _one_line(mark))
    # In a print header "&" begins a code, and all of it has 255 characters.
    sheet.oddHeader.left.text, sheet.oddFooter.right.text = said.replace("&", "&&")[:200], "&P / &N"


def _say_whose(book: Workbook, title: str, mark: Mark) -> None:
    """The mark in the properties and on a sheet of its own."""
    said = _CONTROL.sub("", _one_line(mark))
    book.properties.creator = book.properties.lastModifiedBy = _CONTROL.sub("", mark.by)[:255]
    book.properties.title, book.properties.description = _CONTROL.sub("", title), said
    notes = book.create_sheet("导出说明" if mark.language == "zh" else "About this export")
    for number, line in enumerate(mark.lines(), start=1):
        for position, text in enumerate(line, start=1):
            _write(notes.cell(number, position), neutral(text))
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 16, 60


def _fill(sheet: Worksheet, headings: Sequence[str], lines: Sequence[Sequence[Any]], strong: int) -> None:
    cells = [[_cell(value) for value in line] for line in [headings, *lines]]
    for number, line in enumerate(cells, start=1):
        for position, value in enumerate(line, start=1):
            if value != "":
                _write(sheet.cell(number, position), value)
    for position, width in enumerate(_widths(cells), start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
        head = sheet.cell(1, position)
        head.font, head.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
        head.fill = PatternFill("solid", fgColor="FDE8DC" if position <= strong else "F5F7F9")
    sheet.freeze_panes = "A2"


def _write(cell: Any, value: Any) -> None:
    if isinstance(value, int | float):
        cell.value = value
        return
    cell.value = _CONTROL.sub("", value)[:_LONGEST]
    # Said outright, or openpyxl would guess from the text; "@" keeps Excel from guessing at it as well.
    cell.data_type, cell.number_format = "s", "@"


def _widths(cells: Sequence[Sequence[Any]]) -> list[float]:
    """Column widths in characters: a Chinese one counts for two; never narrower than 8, never wider than 60."""

    def size(value: Any) -> int:
        return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value))

    return [float(min(60, max(8, 2 + max(size(line[i]) for line in cells[:201])))) for i in range(len(cells[0]))]
