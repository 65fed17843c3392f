"""Refused rows (拒绝行) as a table and as files to download."""

from typing import Any

import pandas as pd

from data import terms
from portal import exports
from portal.watermark import Mark

HEADINGS = {
    "zh": ("文件", "工作表", "行号", "列", "问题", "原因"),
    "en": ("File", "Sheet", "Row", "Column", "Problem", "Reason"),
}


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
    """Headings and lines of a download: where and why first, then the original cells."""
    table = reasons_table(rows, lang)
    cells = [dict(row or {}) for row in rows["cells"]]
    headings = list(dict.fromkeys(heading for row in cells for heading in row))
    lines = []
    for line, own in zip(table.to_dict("records"), cells, strict=True):
        where = [line["file_name"], line["sheet"], int(line["row"]), line["column"], line["problem"], line["reason"]]
        # What was read is text, whatever it looks like.
        lines.append([*where, *("" if (cell := own.get(heading)) is None else str(cell) for heading in headings)])
    return [*HEADINGS[lang], *headings], lines


def as_csv(rows: pd.DataFrame, mark: Mark) -> bytes:
    """The refused rows as CSV, in the language of the mark."""
    return exports.as_csv(*export_rows(rows, mark.language), mark)


def as_xlsx(rows: pd.DataFrame, mark: Mark) -> bytes:
    """The refused rows as a workbook, in the language of the mark."""
    title = "拒绝行" if mark.language == "zh" else "Refused rows"
    return exports.as_xlsx(title, *export_rows(rows, mark.language), mark, strong=len(HEADINGS[mark.language]))
