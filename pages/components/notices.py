"""What a load said of its files beside refused rows (警告与说明): while it is fresh, and among the loads afterwards."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.page import section
from portal import reads
from portal.identity import Viewer
from portal.words import count, lang, t

SHOWN = 200
ERRORS = ("错误：拒收的行", "Errors: rows refused")
WARNINGS = ("警告：已收，请看一看", "Warnings: taken, but look")
NOTES = ("说明", "Notes")
LISTS = (ERRORS, WARNINGS, NOTES)


def draw_list(title: tuple[str, str], rows: list[dict[str, Any]], *, key: str, is_open: bool) -> None:
    """A list that opens: its title with how many there are, then the first of them as a table; nothing without rows."""
    if not rows:
        return
    with st.expander(f"{t(*title)} · {count(len(rows))}", expanded=is_open):
        table = pd.DataFrame(rows[:SHOWN]).dropna(axis="columns", how="all")
        wide = st.column_config.TextColumn(width=420)
        st.dataframe(
            table, hide_index=True, key=key, height="content" if len(table) <= 8 else 320,
            column_config={t("原因", "Reason"): wide, t("内容", "What"): wide},
        )  # fmt: skip
        if len(rows) > SHOWN:
            more = len(rows) - SHOWN
            st.caption(t(f"另有 {count(more)} 行", f"{count(more)} more rows"))


def line(row: int | None, message: str, sheet: str, file: str) -> dict[str, Any]:
    """One line of a list of warnings or notes."""
    return {
        t("行号", "Row"): row, t("内容", "What"): message, t("工作表", "Sheet"): sheet or None, t("文件", "File"): file,
    }  # fmt: skip


def draw_notices(viewer: Viewer, batch: int) -> None:
    """The warnings and notes of a load that was written; nothing where it had none."""
    found = reads.load_notices(viewer, batch)
    if found.empty:
        return
    section("警告和说明", "Warnings and notes", t("这些行已收；没有读的文件列在说明里",
                                              "these rows were taken; files not read are among the notes"))  # fmt: skip
    lines = [
        line(None if pd.isna(row) else int(row), message, sheet, file)
        for row, message, sheet, file in zip(
            found["row"], found[f"message_{lang()}"], found["sheet"], found["file_name"], strict=True
        )
    ]
    many = int(found["is_warning"].astype(bool).sum())
    draw_list(WARNINGS, lines[:many], key=f"warnings_{batch}", is_open=True)
    draw_list(NOTES, lines[many:], key=f"notes_{batch}", is_open=False)
