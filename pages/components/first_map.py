"""The first map of a session (首张地图): its areas alone, and the watcher that says when they are on screen."""

from collections.abc import Sequence
from copy import copy
from typing import Any

import pandas as pd
import pydeck as pdk
import streamlit as st

from pages.components.paged import one_page
from portal import stage
from portal.words import UNKNOWN, esc, t

# Two frames after its data came, a layer is drawn: its shaders are compiled inside the first of them. Without a map
# (no WebGL, no data) the page goes on after a while all the same.
_WATCH = """export default function ({ setTriggerValue }) {
  let done = false;
  const goOn = () => { if (!done) { done = true; watcher.disconnect(); setTriggerValue("drawn", true); } };
  const soon = () => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(goOn, 0)));
  const watcher = new PerformanceObserver((list) => {
    if (list.getEntries().some((entry) => entry.name.includes("/map/"))) soon();
  });
  watcher.observe({ type: "resource", buffered: true });
  const late = setTimeout(goOn, 8000);
  return () => { clearTimeout(late); watcher.disconnect(); };
}"""
_watcher = st.components.v2.component("first_map", js=_WATCH)


def first_layers(layers: Sequence[pdk.Layer]) -> list[pdk.Layer]:
    """Of the layers of a map what its first picture needs: the areas with a number, filled; all, when it has none such.

    Every kind of drawing has its shader: without the lines between the areas there is one to compile instead of two.
    """
    found = [copy(layer) for layer in layers if str(layer.id).startswith("areas-")]
    for layer in found:
        layer.stroked = False
    return found or list(layers)


def watch() -> None:
    """Run the page again, whole, as soon as the areas are drawn."""
    with st.container(key="wg_watch", height=1, border=False):
        _watcher(key="first_map", on_drawn_change=stage.go_on)


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
        if label and name in rows and not isinstance(next(iter(rows[name].dropna()), None), list):
            found[name] = str(label).strip()
    return found


def _keep_place(height: int) -> None:
    st.html(f'<div style="height:{height}px"></div>')
