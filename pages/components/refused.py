"""Refused rows (拒绝行) as a table and as files to download, that can be opened without anything in them being run.

A spreadsheet runs a cell that begins like a formula. Text that begins so gets an apostrophe in front; plain numbers
such as -5 stay what they are.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from data import terms

_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_000
HEADINGS = {
    "zh": ("文件", "工作表", "行号", "列", "问题", "原因"),
    "en": ("File", "Sheet", "Row", "Column", "Problem", "Reason"),
}


def neutral(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula; missing is empty.

    >>> neutral("=1+1"), neutral("-5"), neutral("－A1"), neutral(" @x"), neutral("3栋"), neutral(None)
    ("'=1+1", '-5', "'－A1", "' @x", '3栋', '')
    """
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = str(value)
    if _NUMBER.fullmatch(text):
        return text
    # Some programs strip blanks before they look at the first character; tab and line break are dangerous themselves.
    return f"'{text}" if text.startswith(_STARTS) or text.strip().startswith(_STARTS) else text


def reasons_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """One line per refused row for the screen, in the order given.

    rows : as `reads.refused_rows`. Columns `file_name`, `sheet`, `row`, `column`, `problem`, `reason` (of several
    reasons all, joined), `cells` (the original cells in one line), `codes` (list of terms.PROBLEMS), in `lang`.
    """
    joint = "；" if lang == "zh" else "; "
    lines = []
    for row in rows.to_dict("records"):
        reasons = list(row["reasons"] or [])
        codes = [reason["code"] for reason in reasons]
        lines.append(
            {
                "file_name": row["file_name"],
                "sheet": row["sheet"],
                "row": int(row["row"]),
                "column": joint.join(dict.fromkeys(reason["column"] for reason in reasons if reason["column"])),
                "problem": joint.join(dict.fromkeys(_problem(code, lang) for code in codes)),
                "reason": joint.join(reason[f"message_{lang}"] for reason in reasons),
                "cells": joint.join(f"{heading}={value}" for heading, value in (row["cells"] or {}).items()),
                "codes": codes,
            }
        )
    return pd.DataFrame(lines, columns=["file_name", "sheet", "row", "column", "problem", "reason", "cells", "codes"])


def _problem(code: str, lang: str) -> str:
    return terms.PROBLEMS.label(code, lang) if code in terms.PROBLEMS else code


def export_rows(rows: pd.DataFrame, lang: str) -> tuple[list[str], list[list[Any]]]:
    """Headings and lines of a download: where and why first, then the original cells, all text but the row number."""
    table = reasons_table(rows, lang)
    cells = [dict(row or {}) for row in rows["cells"]]
    headings = list(dict.fromkeys(heading for row in cells for heading in row))
    lines = []
    for line, own in zip(table.to_dict("records"), cells, strict=True):
        why = [neutral(line[name]) for name in ("column", "problem", "reason")]
        where = [neutral(line["file_name"]), neutral(line["sheet"]), int(line["row"])]
        lines.append([*where, *why, *(neutral(own.get(heading)) for heading in headings)])
    return [*HEADINGS[lang], *(neutral(heading) for heading in headings)], lines


def as_csv(rows: pd.DataFrame, lang: str) -> bytes:
    """The refused rows as CSV: UTF-8 with a mark at its start, so that Excel reads the Chinese."""
    headings, lines = export_rows(rows, lang)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(headings)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: pd.DataFrame, lang: str) -> bytes:
    """The refused rows as a workbook of one sheet; every cell is text but the row number."""
    headings, lines = export_rows(rows, lang)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "拒绝行" if lang == "zh" else "Refused rows"
    for number, line in enumerate([headings, *lines], start=1):
        for position, value in enumerate(line, start=1):
            if value == "":
                continue
            cell = sheet.cell(number, position)
            if isinstance(value, int):
                cell.value = value
                continue
            cell.value = _CONTROL.sub("", value)[:_LONGEST]
            # Said outright, or openpyxl would guess from the text; "@" keeps Excel from guessing at it as well.
            cell.data_type, cell.number_format = "s", "@"
    for position, width in enumerate(_widths(headings, lines), start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
        head = sheet.cell(1, position)
        head.font, head.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
        head.fill = PatternFill("solid", fgColor="FDE8DC" if position <= len(HEADINGS[lang]) else "F5F7F9")
    sheet.freeze_panes = "A2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _widths(headings: Sequence[str], lines: Sequence[Sequence[Any]]) -> list[float]:
    """Column widths in characters: a Chinese one counts for two; never narrower than 8, never wider than 60."""

    def size(value: Any) -> int:
        return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value))

    return [
        float(min(60, max(8, 2 + max(size(line[i]) for line in [headings, *lines[:200]]))))
        for i in range(len(headings))
    ]
