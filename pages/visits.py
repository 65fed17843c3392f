"""入户走访 Visits: where have people been called on, where not yet, and what came of what they said.

Under the map what the calls of the period found and how long ago homes were met, by area and day: never by person.
"""

from dataclasses import replace
from typing import NamedTuple

import pandas as pd
import pydeck as pdk
import streamlit as st

from data import terms
from pages.components.bars import Bar, draw_bars, draw_months
from pages.components.cards import card, draw_cards, indicator_card
from pages.components.first_map import draw_table
from pages.components.legend import class_legend
from pages.components.map import (
    area_layers,
    context_layer,
    draw_map,
    drill,
    first_bounds,
    label_layer,
    shown_areas,
)
from pages.components.months import month_slider
from pages.components.page import heading, section
from pages.components.question import ask, question, trend_height
from pages.components.states import state_bars, state_layers, state_legend
from pages.components.table import ranked_table
from pages.components.trend import months_title, no_trend, trend_chart
from pages.components.visit_charts import (
    draw_calendar,
    draw_due,
    draw_missed,
    draw_quality,
    draw_recency,
    draw_results,
    draw_workload,
)
from portal import cases, colours, completeness, reads, visits, work
from portal.choice import Choice, choose, indicators
from portal.identity import Viewer, require_page
from portal.ranking import ranked_rows
from portal.snapshot import Area
from portal.words import UNKNOWN, count, day, lang, t

CARDS = ("VIS-01", "VIS-02", "VIS-06", "APP-01")
INDICATORS = (*CARDS, "APP-02", "VIS-03", "VIS-04", "VIS-05", "VIS-07", "WIS-01", "WIS-02")
LAYERS = {"buildings": ("楼栋走访状态", "Buildings by visits")}
MOST = 8
TO_DO = ("not_visited", "absent", "partly", "unknown", "visited")


class Left(NamedTuple):
    """How the rest of an indicator is called: the n that is still missing from its d."""

    zh: str
    en: str


LEFT = {
    "VIS-01": Left("还没走访到的户最多", "Most households still to visit"),
    "VIS-02": Left("还没走访到的人最多", "Most residents still to reach"),
    "VIS-06": Left("没见到人的走访最多", "Most calls that met nobody"),
    "APP-01": Left("还没办结的意见建议最多", "Most suggestions still open"),
    "APP-02": Left("没按期办结的意见建议最多", "Most suggestions not closed in time"),
    "VIS-03": Left("没按周期走到的走访最多", "Most visits not paid in time"),
    "VIS-04": Left("不算有效走访的最多", "Most visits that are not sound"),
    "VIS-05": Left("没有定位的走访最多", "Most visits without a place"),
    "VIS-07": Left("没有照片的走访最多", "Most visits without a photo"),
    "WIS-01": Left("还没实现的微心愿最多", "Most wishes not come true yet"),
    "WIS-02": Left("还没人认领的微心愿最多", "Most wishes nobody has taken on"),
}


def shows_buildings(choice: Choice) -> bool:
    """Whether the map shows buildings by state: always in a grid, in a community when that layer is on."""
    return choice.area.level == "grid" or (choice.area.level == "community" and "buildings" in choice.layers)


def draw(viewer: Viewer, choice: Choice) -> None:
    """The map: areas by class, or the buildings by state."""
    layers: list[pdk.Layer] = [context_layer(viewer, choice.area.code)]
    if shows_buildings(choice):
        layers += state_layers(viewer, choice)
        legend = state_legend(viewer, choice)
    else:
        layers += area_layers(viewer, choice)
        legend = class_legend(viewer, choice)
    if choice.area.level != "grid":
        layers.append(label_layer(viewer, choice))
    draw_map(layers, first_bounds(viewer, choice), key="visits", legend=legend, on_click=click)


def click(layer: str, code: str) -> None:
    """An area clicked becomes the area shown; a building stays where it is."""
    if layer != "buildings":
        drill(layer, code)


def figures(viewer: Viewer, choice: Choice) -> None:
    """The main figure, the others of the page, and the twelve months."""
    section(choice.area.name, choice.area.name)
    others = [code for code in CARDS if code != choice.indicator.code]
    draw_cards(
        indicator_card(viewer, choice, is_headline=True),
        *(indicator_card(viewer, choice, code) for code in others),
        buildings_card(viewer, choice.area.code),
    )
    if not no_trend(viewer, choice):
        section("近12个月", "Twelve months", months_title(viewer, choice))
        trend_chart(viewer, choice, key="visits", height=trend_height())


def buildings_card(viewer: Viewer, code: str) -> str:
    """The buildings where nobody has called this year, of those with dwellings."""
    found = work.building_states(viewer, code)
    homes = sum(many for state, many in found.items() if state != "not_applicable")
    title = t("本年一户没走的楼栋", "Buildings not called on this year")
    if homes == found.get("unknown", 0):
        return card(title, UNKNOWN, t("还没有户登记，无法判断", "No household register yet"))
    return card(title, t(f"{count(found['not_visited'])} 栋", count(found["not_visited"])),
                t(f"住宅楼栋共 {count(homes)} 栋", f"of {count(homes)} with dwellings"))  # fmt: skip


def states(viewer: Viewer, choice: Choice) -> None:
    """How many buildings are in each state. It is of the data date and its year, whatever the period."""
    rows, data_on = state_bars(viewer, choice.area.code), day(reads.status().data_on)
    if rows:
        section("楼栋走访状态", "Buildings by visits", t(f"本年，截至{data_on}", f"this year up to {data_on}"))
        draw_bars(rows, key="states")


def most_left(viewer: Viewer, choice: Choice, areas: list[Area]) -> None:
    """The areas shown with the most still to do for the chosen indicator."""
    areas = completeness.ranked(viewer, choice.indicator.code, choice.period, areas).areas
    rows = ranked_rows(viewer, choice, areas)
    rows = (
        rows[rows["rest"].notna() & (rows["rest"] > 0)].sort_values("rest", ascending=False, kind="stable").head(MOST)
    )
    section(*LEFT[choice.indicator.code])
    if rows.empty:
        st.caption(t("没有剩下的，或还没有数据。", "Nothing is left to do, or there is no data yet."))
        return
    # Grids of different communities may bear the same name.
    names = {a.code: a.name if choice.area.level == "community" else reads.full_name(a) for a in areas}
    unit = choice.indicator.unit(lang())
    everything = reads.measures(viewer, choice.indicator.code, choice.period, rows["code"])
    totals = [count(everything[code].denominator) for code in rows["code"]]
    words = [
        t(f"{count(n)} {unit}，共 {total} {unit}", f"{count(n)} of {total}")
        for n, total in zip(rows["rest"], totals, strict=True)
    ]
    draw_bars(
        [Bar(names[code], rest, text, colour=colours.SIGNAL)
         for code, rest, text in zip(rows["code"], rows["rest"], words, strict=True)],
        key="left",
    )  # fmt: skip


def building_list(viewer: Viewer, code: str) -> None:
    """The buildings of a grid, those where nobody was met first: state, group and building lead, and no count."""
    rows = reads.buildings(viewer, code)
    rows = rows.assign(order=rows["building_state"].map({state: i for i, state in enumerate(TO_DO)}).fillna(len(TO_DO)))
    rows = rows.sort_values(["order", "building_code"])
    section("楼栋清单", "Buildings", t("没走访的在前", "not visited first"))
    states = rows["building_state"]
    listed = pd.DataFrame(
        {
            "building": rows["building_name"],
            "estate": rows["estate_name"],
            "state": [f"{colours.BUILDING_MARKS[s]} {terms.BUILDING_STATES.label(s, lang())}" for s in states],
            "group": rows["group_name"],
            "lead": [t("有", "yes") if has else t("没有", "no") for has in rows["has_lead"]],
        }
    )
    names = {"building": ("楼栋", "Building"), "estate": ("小区", "Estate"), "state": ("走访状态", "Visits"),
             "group": ("楼栋党小组", "Building group"), "lead": ("楼栋长", "Building lead")}  # fmt: skip
    heads = {name: t(*words) for name, words in names.items()}
    draw_table(listed, height=420, key="table_buildings", column_config=heads)


def found_by_calls(viewer: Viewer, choice: Choice) -> None:
    """What calls found and how well they are recorded, what was due, and how long ago homes were met."""
    code = choice.area.code
    called, homes = visits.calls(viewer, choice.period, code), visits.recency(viewer, code)
    if homes is None and reads.measure(viewer, "VIS-01", choice.period, code).part == "known":
        st.caption(t("走访结果、间隔和逐日走访在下一次装载之后显示。",
                     "What calls found, intervals and days are shown after the next load."))  # fmt: skip
        return
    left, middle, right = st.columns(3, gap="medium")
    with left:
        draw_results(called)
    with middle:
        draw_quality(called)
    with right:
        draw_due(visits.due(viewer, choice.period, code), visits.due_of_all(viewer, choice.period, code))
    left, right = st.columns(2, gap="medium")
    with left:
        draw_recency(homes)
    with right:
        draw_missed(homes)


def suggestions(viewer: Viewer, choice: Choice) -> None:
    """What people suggested: by month, and by what it is about."""
    asked = replace(choice, indicator=indicators()["APP-01"])
    if no_trend(viewer, asked):
        return
    left, right = st.columns(2, gap="medium")
    with left:
        section("意见建议", "Suggestions", t("每月受理的，其中已办结", "accepted in each month, of these closed"))
        draw_months(
            viewer, asked, part=t("已办结", "Closed"), rest=t("还没办结", "Open"), key="suggestions", height=190
        )
    with right:
        sums = cases.sums(viewer, "suggestion", "category", choice.period, choice.area.code)
        section("说的是什么", "What they are about", t("本期受理：已办结 / 受理", "in the period: closed of accepted"))
        if sums.empty:
            st.caption(t("这一期没有受理的意见建议。", "No suggestion was accepted in this period."))
            return
        rows = []
        for _, row in sums.iterrows():
            closed, accepted = int(row["closed"]), int(row["accepted"])
            name = terms.SUGGESTION_CATEGORIES.label(row["category"], lang())
            rows.append(Bar(name, closed, f"{count(closed)} / {count(accepted)}", rest=accepted - closed))
        draw_bars(rows, key="suggestion_kinds", names=(t("已办结", "Closed"), t("还没办结", "Open")))


viewer = require_page("visits")
choice = choose(viewer, INDICATORS)
areas = shown_areas(viewer, choice)
heading(*question(viewer, choice, areas))
left, right = st.columns([0.67, 0.33], gap="small")
with left:
    ask(viewer, choice, INDICATORS, LAYERS if choice.area.level == "community" else None)
    draw(viewer, choice)
    month_slider(viewer, choice)
with right:
    figures(viewer, choice)
is_grid = choice.area.level == "grid"
left, right = st.columns([0.4, 0.6] if is_grid else 2, gap="medium")
with left:
    states(viewer, choice)
with right:
    if is_grid:
        building_list(viewer, choice.area.code)
    elif choice.level != choice.area.level:
        most_left(viewer, choice, areas)
if not is_grid:
    section("排名", "Ranking", t("低的在前，没有数据的列在最后", "lowest first; areas without data at the end"))
    ranked_table(viewer, choice, areas, key="visits", height=420)
if viewer.may_see("internal"):
    found_by_calls(viewer, choice)
    draw_calendar(viewer, choice)
    if not is_grid:
        draw_workload(viewer, choice, visits.workload(viewer, choice.period, areas))
    suggestions(viewer, choice)
