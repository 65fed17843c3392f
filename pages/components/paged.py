"""Long tables (长表): what does not fit into one message is searched and ordered as a whole and shown page by page.

A thousand areas with their twelve months would be some hundred kilobytes at every click. Short tables are left as they
are: the grid itself sorts and searches them.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from portal.words import count, t

PAGE = 100
"""Rows that are sent at once."""


def one_page(rows: pd.DataFrame, heads: Mapping[str, str], key: str) -> pd.DataFrame:
    """The rows to show now; choosers stand above them when there are more than PAGE.

    heads : column → its heading, for those that may be ordered by; columns of lists cannot.
    """
    if len(rows) <= PAGE:
        return rows
    number = 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"wg_paged_{key}"):
        text = st.text_input(t("筛选", "Filter"), key=f"filter_{key}", label_visibility="collapsed", width=220,
                             max_chars=40, placeholder=t("筛选：名称里有…", "Filter: words in the row…"))  # fmt: skip
        by = st.selectbox(t("排序", "Order"), ["", *heads], key=f"order_{key}", label_visibility="collapsed", width=190,
                          format_func=lambda name: t(f"按{heads[name]}排", f"By {heads[name].lower()}") if name else
                          t("原来的顺序", "As ranked"))  # fmt: skip
        is_falling = bool(by) and st.toggle(t("从大到小", "Largest first"), value=True, key=f"falling_{key}")
        found = ordered(matching(rows, text), by, is_falling)
        pages = max(-(-len(found) // PAGE), 1)
        if pages > 1:
            # Another key for other rows: what was turned to is no page of them.
            turned = f"page_{key}_{pages}_{by}_{text}"
            number = int(st.number_input(t("第几页", "Page"), 1, pages, key=turned, width=110,
                                         label_visibility="collapsed"))  # fmt: skip
        first, last = (number - 1) * PAGE + min(1, len(found)), min(number * PAGE, len(found))
        st.caption(t(f"{count(first)}–{count(last)}，共 {count(len(found))} 行",
                     f"{count(first)}–{count(last)} of {count(len(found))} rows"), width="content")  # fmt: skip
    return found.iloc[first - 1 if len(found) else 0 : last]


def matching(rows: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows with every word of a text somewhere in their own texts, capital letters or not."""
    words = text.casefold().split()
    if not words:
        return rows
    texts = rows.select_dtypes(include=["object", "string"])
    whole = texts.map(lambda value: value.casefold() if isinstance(value, str) else "").agg(" ".join, axis=1)
    good = pd.Series(True, index=rows.index)
    for word in words:
        good &= whole.str.contains(word, regex=False)
    return rows[good]


def ordered(rows: pd.DataFrame, by: str, is_falling: bool) -> pd.DataFrame:
    """The rows in the order of a column; texts that are numbers ("91.4 %", "1,024 / 2,000") by their number, what has
    none at the end."""
    if not by or by not in rows:
        return rows
    column: Any = rows[by]
    if not pd.api.types.is_numeric_dtype(column):
        numbers = pd.to_numeric(column.astype(str).str.extract(r"^\s*([+\-−]?[\d,]+\.?\d*)")[0]
                                .str.replace(",", "").str.replace("−", "-"), errors="coerce")  # fmt: skip
        column = numbers if numbers.notna().any() else column.astype(str)
    order = column.sort_values(ascending=not is_falling, kind="stable", na_position="last").index
    return rows.loc[order]
