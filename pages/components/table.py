"""The ranked table (排名表): the areas shown, the worst first; those of too few and without data last."""

import pandas as pd
import streamlit as st

from pages.components.export import export_menu
from pages.components.first_map import draw_table
from pages.components.page import is_phone
from pages.components.sparkline import sparkline
from portal import completeness
from portal.choice import Choice, compared_words
from portal.compared import with_words
from portal.identity import Viewer
from portal.ranking import ranked_rows
from portal.snapshot import Area
from portal.spans import months_word
from portal.words import esc, inert, lang, t


def ranked_table(viewer: Viewer, choice: Choice, areas: list[Area], *, key: str, height: int = 320) -> pd.DataFrame:
    """Draw the table and return it: name, parent, value, n of d, left to do, change, twelve months.

    Lowest first where more is better, so that what needs attention stands on top; too few, none, hidden and unknown at
    the end. The order is that of the shrunk rates, the numbers shown are the actual ones.
    """
    rows = ranked_rows(viewer, choice, ranking_of(viewer, choice, areas).listed)
    unit = choice.indicator.unit(lang())
    how = t(*with_words(viewer, choice.indicator, ("", ""))) or None
    lines = [None if months is None else sparkline(months, choice.indicator) for months in rows["months"]]
    shown = rows.assign(months=pd.Series(lines, index=rows.index, dtype=object))
    draw_table(
        shown,
        height=height,
        key=f"table_{key}",
        # A phone has room for the name and the numbers.
        column_order=[
            "name",
            *([] if is_phone() else ["parent", "rate"]),
            "value",
            "of",
            "units",
            *(["left"] if choice.indicator.is_share else []),
            "change",
            "months",
        ],
        column_config={
            "name": st.column_config.TextColumn(t("区域", "Area"), width=125),
            "parent": st.column_config.TextColumn(t("所属", "Part of"), width=105),
            "rate": st.column_config.ProgressColumn(
                choice.indicator.name(lang()), min_value=0, max_value=rate_top(choice, rows), format=" ", width=90
            ),
            "value": st.column_config.TextColumn(t("数值", "Value"), width=75),
            "of": st.column_config.TextColumn(t(f"完成/总数({unit})", "Done / all"), width=105),
            "units": st.column_config.TextColumn(t("有台账的社区", "Reported"), width=95),
            "left": st.column_config.NumberColumn(left_head(choice), format="localized", width=85),
            "change": st.column_config.TextColumn(
                t(f"{compared_words(choice)[0]}(点)", f"Change {compared_words(choice)[1]}"), width=90, help=how
            ),
            "months": st.column_config.ImageColumn(
                f"{t('近12个月', '12 months')} · {months_word(choice.indicator)}", width=150, help=how
            ),
        },
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key=f"wg_under_{key}"):
        rank_note(choice, rows)
        export_menu(viewer, choice, len(rows))
    return rows


def ranking_of(viewer: Viewer, choice: Choice, areas: list[Area]) -> completeness.Ranked:
    """What a ranking of the areas shown holds; says over it which are left out and what stands instead."""
    chosen = completeness.ranked(viewer, choice.indicator.code, choice.period, areas)
    if note := completeness.left_out_words(chosen):
        st.html(f'<div class="wg-note">{esc(note)}</div>')
    return chosen


def left_head(choice: Choice) -> str:
    """What the column `left` counts: to the goal of each area, or above it."""
    return t("距目标还差", "To the goal") if choice.indicator.direction == "up" else t("超出目标", "Above the goal")


def rate_top(choice: Choice, rows: pd.DataFrame) -> float:
    """The rate of a full bar: 1, or the highest there is where a rate is no share."""
    known = rows["rate"].dropna().astype(float)
    return 1.0 if choice.indicator.scale == 100 or known.empty else float(known.max()) or 1.0


def rank_note(choice: Choice, rows: pd.DataFrame) -> None:
    """Under every ranking: why one with a lower rate may stand behind one with a higher, and which are not ranked."""
    words = t(
        "排名考虑了区域大小：数少的区域，比率先向各区域的总体比率靠拢再排，免得一两户之差就排到头尾；表中显示的都是实际数。",
        "The order allows for size: rates of small areas are drawn towards the overall rate before ranking, so "
        "that one or two cases put nobody first or last. The numbers shown are the actual ones.",
    )
    if few := int((rows["standing"] == "small").sum()):
        rule = choice.indicator
        unit = rule.of_unit(lang()) or rule.unit(lang())
        words += t(
            f"有{few}个区域不到{rule.min_sample}{unit}，只写 n / d，列在有比率的区域之后。",
            f" {few} areas have fewer than {rule.min_sample} {unit}: they show n / d alone, behind those with a rate.",
        )
    st.caption(inert(words))
