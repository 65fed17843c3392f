"""Ledgers as offices keep them in Excel: title, filling note, merged headings, totals, notes below.

The same rows always give the same bytes: the workbook's date of creation is fixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

_CREATED = datetime(2020, 12, 31, 18)  # noqa: DTZ001  (Excel keeps no zone)


@dataclass(frozen=True)
class Table:
    """One sheet. `headings`: (group, heading) of each column, the group "" where nothing is merged over it.

    `rows` holds str, int, float, date or None by row; `totals` and `notes` stand below.
    """

    name: str
    title: str
    note: str
    headings: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any] = ()
    notes: Sequence[str] = field(default_factory=list)


def rows_of(frame: pd.DataFrame) -> list[list[Any]]:
    """A frame as rows of plain values: missing ones None, days as dates."""
    columns = []
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            values: list[Any] = [None if pd.isna(v) else v.date() for v in column]
        else:
            values = [None if v is None or v is pd.NA or v != v or v == "" else v for v in column.tolist()]
        columns.append(values)
    return [list(row) for row in zip(*columns, strict=True)]


def write_workbook(path: Path, tables: Sequence[Table]) -> Path:
    """Writes a workbook with one sheet per table; the same tables always give the same bytes."""
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _CREATED})
        formats = {
            "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
            "note": book.add_format({"align": "left"}),
            "head": book.add_format({"bold": True, "align": "center", "valign": "vcenter"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for table in tables:
            _fill(book.add_worksheet(table.name), table, formats)
    return path


def _fill(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    width = len(table.headings)
    sheet.set_column(0, width - 1, 16)
    sheet.merge_range(0, 0, 0, width - 1, table.title, formats["title"])
    sheet.merge_range(1, 0, 1, width - 1, table.note, formats["note"])
    at = _write_headings(sheet, table.headings, formats["head"])
    for values in table.rows:
        _write_row(sheet, at, values, formats["date"])
        at += 1
    if table.totals:
        for column, value in enumerate(table.totals):
            if value is not None:
                sheet.write(at, column, value, formats["head"])
        at += 1
    for note in table.notes:
        sheet.merge_range(at, 0, at, width - 1, note, formats["note"])
        at += 1


def _write_headings(sheet: Any, headings: Sequence[tuple[str, str]], form: Any) -> int:
    """One line, or two where a group stands over its columns; returns the number of the first data row."""
    groups = [group for group, _ in headings]
    if not any(groups):
        sheet.write_row(2, 0, [heading for _, heading in headings], form)
        return 3
    for i, (group, heading) in enumerate(headings):
        if not group:
            sheet.merge_range(2, i, 3, i, heading, form)
            continue
        sheet.write(3, i, heading, form)
        if i == 0 or groups[i - 1] != group:
            last = next((j for j in range(i, len(groups)) if groups[j] != group), len(groups)) - 1
            if last > i:
                sheet.merge_range(2, i, 2, last, group, form)
            else:
                sheet.write(2, i, group, form)
    return 4


def _write_row(sheet: Any, at: int, values: Sequence[Any], date_form: Any) -> None:
    # By type and not through write(), which would guess; half a million cells make the difference felt.
    for column, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, str):
            sheet.write_string(at, column, value)
        elif isinstance(value, date):
            sheet.write_datetime(at, column, value, date_form)
        else:
            sheet.write_number(at, column, value)
