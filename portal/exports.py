"""Tables as files to download (导出): CSV and workbook, every cell of them neutral.

There is no other way out: the tables on the pages have no export of their own (`client.disableDataExport`).
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from data.cells import neutral

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_000
KINDS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


def _cell(value: Any) -> Any:
    """Numbers as they are, everything else as neutral text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else neutral(value)


def as_csv(headings: Sequence[str], lines: Sequence[Sequence[Any]]) -> bytes:
    """A table as CSV: UTF-8 with a mark at its start, so that Excel reads the Chinese."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for line in [headings, *lines]:
        writer.writerow([_cell(value) for value in line])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, headings: Sequence[str], lines: Sequence[Sequence[Any]], *, strong: int = 0) -> bytes:
    """A table as a workbook of one sheet; every cell is text but numbers. strong : headings in a warm colour."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
    cells = [[_cell(value) for value in line] for line in [headings, *lines]]
    for number, line in enumerate(cells, start=1):
        for position, value in enumerate(line, start=1):
            if value == "":
                continue
            cell = sheet.cell(number, position)
            if isinstance(value, int | float):
                cell.value = value
                continue
            cell.value = _CONTROL.sub("", value)[:_LONGEST]
            # Said outright, or openpyxl would guess from the text; "@" keeps Excel from guessing at it as well.
            cell.data_type, cell.number_format = "s", "@"
    for position, width in enumerate(_widths(cells), start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
        head = sheet.cell(1, position)
        head.font, head.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
        head.fill = PatternFill("solid", fgColor="FDE8DC" if position <= strong else "F5F7F9")
    sheet.freeze_panes = "A2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _widths(cells: Sequence[Sequence[Any]]) -> list[float]:
    """Column widths in characters: a Chinese one counts for two; never narrower than 8, never wider than 60."""

    def size(value: Any) -> int:
        return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value))

    return [float(min(60, max(8, 2 + max(size(line[i]) for line in cells[:201])))) for i in range(len(cells[0]))]
