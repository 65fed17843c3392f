"""A list of named rows under its count (名单), as pages have them under a map."""

import pandas as pd
import streamlit as st

from pages.components.first_map import draw_table
from pages.components.page import section
from portal.words import count, esc, t

HEIGHT = 388


def listing(title: tuple[str, str], rows: pd.DataFrame, heads: dict[str, str], none: tuple[str, str]) -> None:
    """The rows with their count; a sentence where there are none. heads : column → its heading, in their order."""
    section(*title, count(len(rows)))
    if rows.empty:
        st.html(f'<div class="wg-note">{esc(t(*none))}</div>')
        return
    draw_table(rows, key=f"list_{title[1]}", height=HEIGHT, column_config=dict(heads), column_order=list(heads))
