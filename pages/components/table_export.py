"""A table of a page as a file (表格导出): a button that opens Excel and CSV; each is made, and noted, when pressed."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from portal import audit, rules
from portal.choice import Choice
from portal.exports import KINDS, as_csv, as_xlsx
from portal.identity import Viewer
from portal.watermark import mark_of
from portal.words import t

WORDS = {"xlsx": ("Excel 工作簿", "Excel workbook"), "csv": ("CSV 表格", "CSV table")}


def table_menu(
    viewer: Viewer, choice: Choice, page: str, title: str, headings: Sequence[str], lines: Sequence[Sequence[Any]],
    *, key: str,
) -> None:  # fmt: skip
    """Draw the button for a table with these headings; nothing for a role without the exports of the page."""
    if viewer.role not in rules.EXPORTS[page]:
        return
    mark = mark_of(viewer)
    name = f"{choice.area.name}_{title}_{choice.period.replace(':', '_')}"
    makers = {
        "xlsx": partial(as_xlsx, title, headings, lines, mark),
        "csv": partial(as_csv, headings, lines, mark),
    }  # fmt: skip
    with st.popover(t("导出", "Export"), key=f"wg_export_{key}"):
        for kind, words in WORDS.items():
            st.download_button(
                t(*words), mime=KINDS[kind], key=f"export_{key}_{kind}", on_click="ignore", type="tertiary",
                file_name=f"{name}.{kind}",
                data=audit.exporting(viewer, f"{page}:{choice.area.code}:{key}", makers[kind], rows=len(lines),
                                     kind=kind, period=choice.period),
            )  # fmt: skip
