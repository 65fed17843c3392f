"""A table of a page as a file (表格导出): a button that opens Excel and CSV; each is made, and noted, when pressed."""

from functools import partial

import pandas as pd
import streamlit as st

from portal import audit, rules
from portal.choice import Choice
from portal.exports import KINDS, as_csv, as_xlsx
from portal.identity import Viewer
from portal.watermark import Mark, mark_of
from portal.words import t

WORDS = {"xlsx": ("Excel 工作簿", "Excel workbook"), "csv": ("CSV 表格", "CSV table")}


def table_menu(
    viewer: Viewer, choice: Choice, page: str, title: str, rows: pd.DataFrame, heads: dict[str, str], *, key: str
) -> None:
    """Draw the button for the rows as the page shows them; nothing for a role without the exports of the page.

    heads : column → its heading, in their order.
    """
    if viewer.role not in rules.EXPORTS[page]:
        return
    mark = mark_of(viewer)
    name = f"{choice.area.name}_{title}_{choice.period.replace(':', '_')}"
    makers = {"xlsx": partial(_xlsx, title, rows, heads, mark), "csv": partial(_csv, rows, heads, mark)}
    with st.popover(t("导出", "Export"), key=f"wg_export_{key}"):
        for kind, words in WORDS.items():
            st.download_button(
                t(*words), mime=KINDS[kind], key=f"export_{key}_{kind}", on_click="ignore", type="tertiary",
                file_name=f"{name}.{kind}",
                data=audit.exporting(viewer, f"{page}:{choice.area.code}:{key}", makers[kind], rows=len(rows),
                                     kind=kind, period=choice.period),
            )  # fmt: skip


def _xlsx(title: str, rows: pd.DataFrame, heads: dict[str, str], mark: Mark) -> bytes:
    return as_xlsx(title, list(heads.values()), _lines(rows, heads), mark)


def _csv(rows: pd.DataFrame, heads: dict[str, str], mark: Mark) -> bytes:
    return as_csv(list(heads.values()), _lines(rows, heads), mark)


def _lines(rows: pd.DataFrame, heads: dict[str, str]) -> list[list[object]]:
    """Plain cells, None where nothing is known."""
    cells = rows[list(heads)].astype(object)
    return cells.where(cells.notna(), None).to_numpy().tolist()
