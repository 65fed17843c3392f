"""What waits for the first map of a session (首张地图): charts and tables keep their places till its areas stand."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.paged import one_page
from portal import stage
from portal.words import UNKNOWN, esc, t


def draw_chart(options: dict[str, Any], *, height: int, key: str) -> None:
    """An ECharts chart in our own colours; its place alone, as high, while the first map is awaited."""
    if stage.is_waiting():
        _keep_place(height)
    else:
        st.echarts_chart(options, height=height, key=key, theme=None)


ROW = 31
"""Pixels of a row of a table and of its head, in the type size of .streamlit/config.toml."""


def draw_table(rows: pd.DataFrame, *, height: int, key: str, **look: Any) -> None:
    """A table without its index, "—" for what is missing; its place alone, as high, while the first map is awaited.

    height : at most so many pixels; a table of few rows is as high as they are, one of many is shown page by page.
    """
    if stage.is_waiting():
        _keep_place(min(height, ROW * (max(len(rows), 1) + 1) + 2))
        return
    rows = one_page(rows, _heads(rows, look), key)
    if rows.empty:
        st.html(f'<div class="wg-panel wg-note">{esc(t("没有记录", "No rows"))}</div>')
        return
    if look.get("column_order"):
        # What is not shown would be offered, by its inner name, in the table's own list of columns.
        rows = rows[[name for name in look["column_order"] if name in rows]]
    height = min(height, ROW * (max(len(rows), 1) + 1) + 2)
    st.dataframe(rows, hide_index=True, height=height, key=key, placeholder=UNKNOWN, **look)


def _heads(rows: pd.DataFrame, look: dict[str, Any]) -> dict[str, str]:
    """The headings of the columns shown whose values can be put in order."""
    config = look.get("column_config") or {}
    found = {}
    for name in look.get("column_order") or rows.columns:
        own = config.get(name, name)
        label = own if isinstance(own, str) else (own or {}).get("label")
        first = next(iter(rows[name].dropna()), None) if label and name in rows else ()
        if not isinstance(first, tuple) and not str(first).startswith("data:image/"):
            found[name] = str(label).strip()
    return found


def _keep_place(height: int) -> None:
    st.html(f'<div style="height:{height}px"></div>')
