"""指标口径 Indicator book: what every number means, how it is made, and what it is here."""

import streamlit as st

from pages.components.cards import where_from
from pages.components.page import heading, section
from portal import address, book, figures, reads
from portal.book import Entry
from portal.choice import Choice, choose, indicators
from portal.identity import Viewer, require_page
from portal.words import esc, lang, t

ALL = "all"
HARD_SPACE = "\u00a0"


def choose_topic() -> str:
    """The topic in the address, else all of them."""
    found = {ALL: len(indicators()), **book.topics()}
    asked = st.query_params.get("topic", "")
    current = asked if asked in found else ALL
    names = {topic: t("全部", "All") if topic == ALL else book.topic_name(topic, lang()) for topic in found}
    key = address.chooser_key("topic", current)
    st.segmented_control(
        t("主题", "Topic"), list(found), key=key, format_func=lambda topic: f"{names[topic]} {found[topic]}",
        required=True, label_visibility="collapsed", on_change=address.write_choice, args=("topic", key),
    )  # fmt: skip
    return current


def value(viewer: Viewer, choice: Choice, entry: Entry) -> str:
    """What the indicator is here, n of d, with the way to its rows, as HTML."""
    indicator, measure = entry.indicator, entry.measure
    number, of = figures.shown(indicator, measure), figures.why(indicator, measure)
    if measure.part == "hidden":
        of = t("为保护隐私不显示", "hidden for privacy")
    elif measure.part == "unknown":
        of = t("这里还没有数据", "no data here yet")
    why = ""
    if measure.rate is not None and (href := where_from(viewer, choice, indicator.code)):
        why = f'<a class="wg-why" href="{esc(href)}" target="_self">{esc(t("数从哪来", "where from"))}</a>'
    return f'<div class="wg-book-value"><b>{esc(number)}</b><span>{esc(of)}</span>{why}</div>'


def draw(viewer: Viewer, choice: Choice, entry: Entry) -> str:
    """One indicator as HTML: name, value here, what it means line by line."""
    indicator, aim = entry.indicator, entry.goal
    told = list(entry.lines)
    if aim.is_own:
        own = figures.goal(indicator, aim.value)
        words = t(f"{aim.area_name} {own}：{aim.reason}", f"{own} in {aim.area_name}: {aim.reason}")
        told.append((t("这里的目标", "Goal here"), words))
    # A number and its % stay on one line.
    rows = "".join(f"<dt>{esc(label)}</dt><dd>{esc(text.replace(' %', HARD_SPACE + '%'))}</dd>" for label, text in told)
    return (
        f'<section class="wg-panel wg-book" id="{esc(indicator.code)}"><h3>{esc(indicator.name(lang()))}'
        f"<small>{esc(indicator.code)}</small></h3>{value(viewer, choice, entry)}<dl>{rows}</dl></section>"
    )


def page(viewer: Viewer) -> None:
    choice = choose(viewer)
    where, when = reads.full_name(choice.area), choice.period_words
    many = len(indicators())
    heading(f"{many}个指标怎么算，{when}{where}是多少",
            f"How {many} indicators are made, and what they are in {where}, {when}")  # fmt: skip
    chosen = choose_topic()
    for topic in book.topics():
        if chosen not in (ALL, topic):
            continue
        found = book.entries(viewer, topic, choice.period, choice.area.code, lang())
        section(book.topic_name(topic, "zh"), book.topic_name(topic, "en"),
                t(f"{len(found)} 个指标", f"{len(found)} indicator{'s' if len(found) > 1 else ''}"))  # fmt: skip
        st.html(f'<div class="wg-book-grid">{"".join(draw(viewer, choice, entry) for entry in found)}</div>')


page(require_page("book"))
