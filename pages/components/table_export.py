"""The button under a table (表格导出): Excel and CSV; each is made, and noted, when it is pressed."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from pages.components.export import WORDS
from portal import audit
from portal.choice import Choice
from portal.identity import Viewer
from portal.table_export import KINDS, may_export, table_file
from portal.watermark import mark_of
from portal.words import t


def table_menu(
    viewer: Viewer, choice: Choice, page: str, title: str, rows: pd.DataFrame, heads: Mapping[str, str], *, key: str
) -> None:
    """Draw the button for the rows as the page shows them; nothing for a role without the exports of the page.

    heads : column → its heading, in their order.
    """
    if not may_export(viewer, page):
        return
    code, mark = choice.area.code, mark_of(viewer)
    name = f"{choice.area.name}_{title}_{choice.period.replace(':', '_')}"
    with st.popover(t("导出", "Export"), key=f"wg_export_{key}"):
        for kind, mime in KINDS.items():
            make = partial(table_file, viewer, page, code, title, rows, heads, mark, kind)
            st.download_button(
                t(*WORDS[kind]), mime=mime, key=f"export_{key}_{kind}", on_click="ignore", type="tertiary",
                file_name=f"{name}.{kind}",
                data=audit.exporting(viewer, f"{page}:{code}:{key}", make, rows=len(rows), kind=kind,
                                     period=choice.period),
            )  # fmt: skip
