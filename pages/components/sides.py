"""并排 Side by side: two periods of an indicator, or two indicators, on maps that move together, and in one table."""

from collections.abc import Sequence

import streamlit as st

from pages.components.first_map import draw_table
from pages.components.map import drill, shown_areas
from pages.components.page import heading, is_phone, section
from pages.components.question import ask
from pages.components.twin_map import draw_twins
from portal import address, reads
from portal.choice import Choice, indicators, period_label
from portal.compared import with_words
from portal.identity import Viewer
from portal.sides import Sides, right_periods, sides, table
from portal.words import lang, t

TABLE = 420


def draw_sides(viewer: Viewer, choice: Choice, among: Sequence[str]) -> None:
    """The whole view under the page's head; a click on either map opens the area."""
    both = sides(viewer, choice, among)
    words = [name_of(one) for one in (both.left, both.right)]
    where = reads.full_name(choice.area)
    heading(f"{where}：{name_of(both.left, 'zh')}与{name_of(both.right, 'zh')}",
            f"{where}: {name_of(both.left, 'en')} beside {name_of(both.right, 'en')}")  # fmt: skip
    if is_phone():
        ask(viewer, choice, among)
        _ask_right(viewer, both, among)
    else:
        left, right = st.columns(2, gap="small")
        with left:
            ask(viewer, choice, among)
        with right:
            _ask_right(viewer, both, among)
    draw_twins(viewer, both, words, lambda code: drill("areas", code))
    if choice.level != choice.area.level:
        note = ""
        if both.is_one_indicator:
            said = "相差大的在前", "largest differences first"
            note = t(*with_words(viewer, both.left.indicator, said))
        section("各区域", "By area", note)
        _draw_table(viewer, both, words)


def name_of(one: Choice, language: str | None = None) -> str:
    """What a map shows: the period and the indicator."""
    language = language or lang()
    when = period_label(one.period, language)
    return f"{when}{one.indicator.zh}" if language == "zh" else f"{one.indicator.en}, {when}"


def _ask_right(viewer: Viewer, both: Sides, among: Sequence[str]) -> None:
    """The choosers of the right map: its indicator and its period."""
    right = both.right
    wide = (160, 180) if is_phone() else (210, 190)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wg_ask_right"):
        key = address.chooser_key("ind2", right.indicator.code)
        st.selectbox(t("右图指标", "Indicator on the right"), among, key=key, width=wide[0],
                     label_visibility="collapsed", format_func=lambda code: indicators()[code].name(lang()),
                     on_change=address.write_choice, args=("ind2", key))  # fmt: skip
        options = right_periods(viewer)
        if right.period not in options:
            options = [right.period, *options]
        key = address.chooser_key("period2", right.period)
        st.selectbox(t("右图期间", "Period on the right"), options, key=key, width=wide[1],
                     label_visibility="collapsed", format_func=lambda text: period_label(text, lang()),
                     on_change=address.write_choice, args=("period2", key))  # fmt: skip


def _draw_table(viewer: Viewer, both: Sides, words: Sequence[str]) -> None:
    rows = table(viewer, both, shown_areas(viewer, both.left))
    heads = {
        "name": t("区域", "Area"), "left": words[0], "left_of": t("完成/总数", "Done / all"),
        "left_units": t("有台账的社区", "Reported"), "right": words[1], "right_of": t("完成/总数 ", "Done / all "),
        "right_units": t("有台账的社区 ", "Reported "), "step": t("左减右", "Left − right"),
    }  # fmt: skip
    shown = [name for name in heads if name != "step" or both.is_one_indicator]
    if is_phone():
        shown = [name for name in shown if not name.endswith(("_of", "_units"))]
    config = {name: st.column_config.TextColumn(heads[name]) for name in shown}
    draw_table(rows, key="table_sides", height=TABLE, column_order=shown, column_config=config)
