"""What leaves the screen (导出与分享): the numbers as a file of four kinds, and the address of the view."""

import streamlit as st

from portal import address, audit, rules
from portal.area_export import KINDS, Asked, maker
from portal.choice import Choice
from portal.identity import Viewer
from portal.watermark import mark_of
from portal.words import t

WORDS = {
    "xlsx": ("Excel 工作簿", "Excel workbook"),
    "csv": ("CSV 表格", "CSV table"),
    "geojson": ("GeoJSON(含边界)", "GeoJSON with outlines"),
    "gpkg": ("GeoPackage(含边界)", "GeoPackage with outlines"),
}


def export_menu(viewer: Viewer, choice: Choice, many: int) -> None:
    """A button that opens the four kinds of file; each is made, and noted, when it is pressed.

    many : rows on screen, for the note of the export.
    """
    with st.popover(t("分享", "Share"), key="wg_share"):
        st.caption(t("这个网址打开就是现在的画面；对方看到的以其权限为准。",
                     "This address opens what is on screen; others see what they may."))  # fmt: skip
        st.code(address.here(choice.area.code), language=None, wrap_lines=True)
    if viewer.role not in rules.EXPORTS["areas"]:
        return
    asked = Asked(choice.area.code, choice.level, choice.indicator.code, choice.period)
    mark = mark_of(viewer)
    name = f"{choice.area.name}_{choice.indicator.name(choice.lang)}_{choice.period.replace(':', '_')}"
    with st.popover(t("导出", "Export"), key="wg_export"):
        for kind in WORDS:
            st.download_button(
                t(*WORDS[kind]), mime=KINDS[kind], key=f"export_{kind}", on_click="ignore", type="tertiary",
                file_name=f"{name}.{kind}",
                data=audit.exporting(viewer, f"areas:{asked.area}:{asked.indicator}", maker(viewer, asked, mark, kind),
                                     rows=many, kind=kind, period=asked.period),
            )  # fmt: skip
