"""前后对比 Since the last briefing: what is new in the area since a day, in sentences, on a map and row by row; or two
maps side by side."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from data import terms
from pages.components.change_map import draw_changes
from pages.components.first_map import draw_table
from pages.components.listing import listing
from pages.components.map import shown_areas
from pages.components.page import heading, is_phone, section
from pages.components.question import ask
from pages.components.sides import draw_sides
from pages.components.table_export import table_menu
from portal import address, completeness, put_right, reads
from portal.change_layers import both, step_words
from portal.changes import Happened, Pair, Rows, Span, as_of_days, happened, pairs, rows_of, span
from portal.choice import Choice, choose, indicators
from portal.compared import with_words
from portal.identity import Viewer, require_page
from portal.snapshot import Area
from portal.told import Sentence, told
from portal.words import UNKNOWN, count, day, door_name, esc, lang, t

INDICATORS = ("VIS-01", "ORG-03", "DIS-03", "DIS-07", "ORG-01", "ORG-04", "APP-01", "REL-02")
TABLE = 420


def ask_since(viewer: Viewer, over: Span) -> None:
    """The chooser of the earlier day; the later one is the end of the period above every page."""
    days = [one for one in as_of_days(viewer) if one < over.until]
    key = address.chooser_key("since", over.since)
    st.selectbox(
        t("从哪天起", "Since"), days, key=key, width=230, label_visibility="collapsed",
        format_func=lambda one: t(f"与{day(one)}相比", f"Compared with {day(one)}"),
        on_change=address.write_choice, args=("since", key),
    )  # fmt: skip


def sentences(found: Sequence[Sentence]) -> None:
    """What happened, a sentence each, with the way to its rows."""
    rows = "".join(
        f'<div class="wg-told"><b>{esc(one.title)}</b><span>{esc(one.words)}</span>'
        + (f'<a class="wg-why" href="{esc(one.href)}" target="_self">{esc(one.link)}</a>' if one.href else "")
        + "</div>"
        for one in found
    )
    st.html(f'<div class="wg-panel">{rows}</div>')


def table(
    viewer: Viewer, choice: Choice, areas: Sequence[Area], found: dict[str, Pair], events: dict[str, Happened]
) -> None:
    """One row per area shown: the indicator on both days, and what happened; the largest changes first."""
    rule = choice.indicator
    units = completeness.fractions(viewer, rule.code, choice.period, [a.code for a in areas])
    rows = pd.DataFrame(
        [
            {
                "name": a.name,
                "units": units[a.code],
                "both": both(rule, found[a.code]),
                "step": step_words(rule, found[a.code]),
                "covered": signed(events[a.code].covered),
                "lapsed": signed(events[a.code].lapsed),
                "accepted": said(events[a.code].accepted),
                "closed": said(events[a.code].closed),
                "reopened": said(events[a.code].reopened),
                "still": arrow(*events[a.code].still),
                "late": arrow(*events[a.code].late),
                "built": count(events[a.code].built),
                "order": -abs(found[a.code].step or 0) if found[a.code].step is not None else 1,
            }
            for a in areas
        ]
    ).sort_values("order", kind="stable")
    heads = {
        "name": t("区域", "Area"), "both": t(*with_words(viewer, rule, (rule.zh, rule.en))),
        "step": t("变化", "Change"), "units": t("有台账的社区", "Reported"),
        "covered": t("新覆盖楼栋", "Newly covered"), "lapsed": t("失去覆盖", "No longer"),
        "accepted": t("新受理纠纷", "Accepted"), "closed": t("办结", "Closed"), "reopened": t("又反复", "Reopened"),
        "still": t("在办", "Open"), "late": t("其中超期", "Past due"), "built": t("新投用设施", "New facilities"),
    }  # fmt: skip
    shown = [name for name in heads if not is_phone() or name not in ("reopened", "late", "lapsed", "units")]
    config = {name: st.column_config.TextColumn(words) for name, words in heads.items()}
    config["both"] = st.column_config.TextColumn(heads["both"], width=330)
    rows = rows.drop(columns="order")
    draw_table(rows, key="table_compare", height=TABLE, column_order=shown, column_config=config)
    table_menu(viewer, choice, "compare", t("前后对比", "Changes"), rows, heads, key="compare")


def said(number: int | None) -> str:
    return UNKNOWN if number is None else count(number)


def signed(number: int | None) -> str:
    return UNKNOWN if number is None else f"+{count(number)}" if number else "0"


def arrow(before: int | None, after: int | None) -> str:
    """A stock on the two days."""
    return UNKNOWN if before is None and after is None else f"{said(before)} → {said(after)}"


def buildings(rows: pd.DataFrame) -> pd.DataFrame:
    """Buildings as they are listed: community, grid, name, group."""
    if rows.empty:
        return pd.DataFrame(columns=["community", "grid", "building", "group"])
    rows = rows.sort_values(["community_code", "grid_code", "building_code"], na_position="last")
    return pd.DataFrame({
        "community": rows["community_name"], "grid": rows["grid_name"].fillna(t("未落格", "in no grid")),
        "building": [door_name(*pair) for pair in rows[["estate_name", "building_name"]].itertuples(index=False)],
        "group": rows["group_name"].fillna(UNKNOWN),
    })  # fmt: skip


def lists(rows: Rows) -> None:
    """The rows: buildings newly covered, buildings that lost their group, facilities that came into use."""
    new, gone, built = buildings(rows.new), buildings(rows.gone), rows.built
    sites = pd.DataFrame({
        "community": built["community_name"],
        "kind": [terms.FACILITY_KINDS.label(kind, lang()) for kind in built["facility_kind"]],
        "on": [day(one) for one in built["built_on"]],
    })  # fmt: skip
    place = {"community": t("社区", "Community"), "grid": t("网格", "Grid"), "building": t("楼栋", "Building")}
    first, second, third = st.columns([0.42, 0.3, 0.28], gap="small")
    with first:
        listing(("新覆盖的楼栋", "Buildings newly covered"), new, {**place, "group": t("党小组", "Group")},
                ("没有新覆盖的楼栋。", "No building was newly covered."))  # fmt: skip
    with second:
        listing(("失去覆盖的楼栋", "Buildings no longer covered"), gone, place,
                ("没有失去覆盖的楼栋。", "No building lost its group."))  # fmt: skip
    with third:
        heads = {"community": place["community"], "kind": t("设施", "Facility"), "on": t("投用日期", "In use since")}
        listing(("新投用的设施", "Facilities that came into use"), sites, heads,
                ("没有新投用的设施。", "No facility came into use."))  # fmt: skip


def question(area: Area, since: date, until: date) -> tuple[str, str]:
    """The question of the page as a sentence."""
    where = reads.full_name(area)
    return (
        f"{where}：{day(since, 'zh')}以来有哪些变化",
        f"{where}: what changed from {day(since, 'en')} to {day(until, 'en')}",
    )


def ask_view(shown: str) -> None:
    """What changed since a day, or two maps side by side."""
    words = {"": t("有哪些变化", "What changed"), "sides": t("两图并排", "Side by side")}
    key = address.chooser_key("show", shown)
    st.segmented_control(t("看法", "View"), list(words), key=key, format_func=words.__getitem__, required=True,
                         label_visibility="collapsed", on_change=address.write_choice, args=("show", key))  # fmt: skip


def draw_span(viewer: Viewer, choice: Choice, over: Span) -> None:
    """The whole view of what changed between two days."""
    areas = shown_areas(viewer, choice)
    codes = [a.code for a in areas]
    rows = rows_of(viewer, over, choice.area.code)
    heading(*question(choice.area, over.since, over.until), t(f"至{day(over.until)}", ""))
    left, right = st.columns([0.6, 0.4], gap="small")
    with left:
        with st.container(horizontal=not is_phone(), vertical_alignment="center", gap="small", key="wg_since"):
            ask_since(viewer, over)
            ask(viewer, choice, INDICATORS, is_classed=False)
        draw_changes(viewer, choice, over, share=0.6)
    with right:
        section(
            "这段时间",
            "In this time",
            t(f"{day(over.since)}之后，到{day(over.until)}", f"after {day(over.since)}, up to {day(over.until)}"),
        )
        sentences(told(viewer, choice, over, rows, areas))
    section("各区域", "By area", t("变化大的在前", "largest changes first"))
    table(viewer, choice, areas, pairs(viewer, choice.indicator.code, over, codes), happened(viewer, over, rows, areas))
    lists(rows)


def no_span(area: Area) -> None:
    """The page where there is only one day."""
    heading(f"{reads.full_name(area)}：前后对比", f"{reads.full_name(area)}: since the last briefing")
    st.caption(t("还没有两个可以对比的日期；再装载一个月的台账后就有了，或换一个较晚的统计期。",
                 "There are no two days to compare yet: load one more month, or choose a later period."))  # fmt: skip


viewer = require_page("compare")
shown = "sides" if address.view().show == "sides" else ""
offered = tuple(dict.fromkeys((*INDICATORS, *indicators()))) if shown else INDICATORS
choice = choose(viewer, offered)
ask_view(shown)
if shown:
    draw_sides(viewer, choice, offered)
elif over := span(viewer, choice.period, address.view().since):
    if str(over.since) != address.view().since:
        why = ("不是可以对比的日期", "is no day to compare with")
        put_right.wrong("since", ("起始日期", "first day"), (day(over.since), day(over.since, "en")), why)
    draw_span(viewer, choice, over)
else:
    no_span(choice.area)
