"""总览 Overview: how well is the area covered, where is it stuck, what changed."""

import streamlit as st

from data import terms
from pages.components.cards import draw_cards, indicator_card
from pages.components.legend import away_legend, class_legend, mark_legend
from pages.components.map import (
    area_layers,
    building_layer,
    context_layer,
    draw_map,
    drill,
    facility_layer,
    first_bounds,
    label_layer,
    org_layer,
    shown_areas,
)
from pages.components.months import month_slider
from pages.components.page import heading, is_phone, section
from pages.components.question import ask, question
from pages.components.table import ranked_table
from pages.components.trend import months_title, no_trend, trend_chart
from portal import colours, figures, reads, rules, work
from portal.address import link
from portal.attention import Notice, notices
from portal.choice import Choice, Indicator, choose, period_label
from portal.compared import with_words
from portal.identity import Viewer, require_page
from portal.movers import Mover, movers
from portal.snapshot import Area
from portal.words import area_km2, count, esc, lang, t

INDICATORS = (
    "VIS-01", "VIS-02", "VIS-06", "APP-01", "ORG-01", "ORG-02", "ORG-03", "ORG-04", "DIS-03", "DIS-04", "DIS-07",
    "VIS-03", "VIS-04", "VIS-05", "VIS-07", "APP-02", "WIS-01", "WIS-02", "DIS-01", "DIS-02", "DIS-05", "DIS-06",
    "CAS-01", "CAS-02", "CAS-03", "CAS-04", "CAS-05", "SAT-01", "SAT-02",
)  # fmt: skip
CARDS = ("VIS-01", "ORG-01", "ORG-03", "DIS-03", "APP-01")
LAYERS = {
    "branches": ("网格党支部", "Branches"),
    "groups": ("楼栋党小组", "Groups"),
    "facilities": ("配套设施", "Facilities"),
    "buildings": ("楼栋", "Buildings"),
    "whole": ("全部范围", "Whole area"),
}


def draw(viewer: Viewer, choice: Choice) -> None:
    """The map with the layers that are switched on."""
    code, on = choice.area.code, choice.layers
    marks: list[tuple[str, str]] = []
    has_buildings = ("buildings" in on or choice.area.level == "grid") and viewer.may_see("internal")
    layers = [context_layer(viewer, code), *area_layers(viewer, choice, opacity=0.35 if has_buildings else 1)]
    if has_buildings:
        layers.append(building_layer(viewer, code))
        states = ("visited", "partly", "not_visited", "absent")
        marks += [(colours.BUILDING_STATES[s], terms.BUILDING_STATES.label(s, lang())) for s in states]
    for name, kind in (("groups", "building_group"), ("branches", "grid_branch")):
        if name in on:
            layers.append(org_layer(viewer, code, kind))
            marks.append((colours.ORG_COLOURS[kind], terms.ORG_KINDS.label(kind, lang())))
    if "facilities" in on:
        layers.append(facility_layer(viewer, code))
        for state in ("present", "planned"):
            words = terms.FACILITY_STATES.label(state, lang())
            marks.append((colours.FACILITY_STATES[state], t(f"设施{words}", f"Facility {words.lower()}")))
    bounds = first_bounds(viewer, choice, whole="whole" in on)
    layers.append(label_layer(viewer, choice))
    away = away_legend(viewer, code) if marks else ""
    legend = class_legend(viewer, choice) + mark_legend(marks) + away
    draw_map(layers, bounds, key="overview", legend=legend, on_click=click)


def click(layer: str, code: str) -> None:
    """An area clicked becomes the area shown; a building stays where it is."""
    if layer != "buildings":
        drill(layer, code)


def profile(viewer: Viewer, area: Area) -> str:
    """What the area is, in one line of HTML."""
    parts = []
    for level in ("township", "community", "grid"):
        inside = reads.below(viewer, area.code, level)
        if area.level != level and inside:
            parts.append(f"<span><b>{count(len(inside))}</b> {esc(t(*_UNITS[level]))}</span>")
    if viewer.may_see("internal"):
        many = sum(work.building_states(viewer, area.code).values())
        parts.append(f"<span><b>{count(many)}</b> {esc(t('栋楼', 'buildings'))}</span>")
    parts.append(f"<span><b>{esc(area_km2(area.area_m2))}</b></span>")
    if area.geom_status:
        parts.append(
            f"<span>{esc(t('边界：', 'outline: ') + terms.GEOM_STATUSES.label(area.geom_status, lang()))}</span>"
        )
    if area.is_relocation:
        parts.append(f"<span>{esc(t('易迁社区', 'relocation community'))}</span>")
    return f'<div class="wg-facts">{"".join(parts)}</div>'


_UNITS = {
    "township": ("个乡镇", "townships"),
    "community": ("个社区(村)", "communities"),
    "grid": ("个网格", "grids"),
}


def attention(viewer: Viewer, choice: Choice, areas: list[Area]) -> None:
    """What the rules found among the areas shown, each a click from its rows."""
    found = notices(viewer, choice, areas)
    if not found:
        return
    section("需要关注", "Needs attention", t("超期、停走、变差、还差", "past due, silent, worse, left to do"))
    items = "".join(
        f'<div><span class="wg-name">{_named(one)}</span><span class="wg-left">{esc(one.words)}</span></div>'
        for one in found
    )
    st.html(f'<div class="wg-panel"><div class="wg-list">{items}</div></div>')


def moved(viewer: Viewer, choice: Choice, areas: list[Area]) -> None:
    """The areas whose rate changed most, with the way to both maps side by side."""
    earlier, found = movers(viewer, choice, areas)
    if not found:
        return
    rule = choice.indicator
    since = f"比{period_label(earlier)}", f"on {period_label(earlier, 'en')}"
    section("变化最大", "Moved most", t(*with_words(viewer, rule, since)))
    items = "".join(_moved_line(one, rule) for one in found)
    more = ""
    if viewer.role in rules.PAGES["compare"]:
        href = link("compare", show="sides", area=choice.area.code, level=choice.level, ind=rule.code,
                    period=choice.period, period2=earlier)  # fmt: skip
        words = esc(t("两图并排", "Side by side"))
        more = f'<div><span></span><a class="wg-why" href="{esc(href)}" target="_self">{words}</a></div>'
    st.html(f'<div class="wg-panel"><div class="wg-list">{items}{more}</div></div>')


def _moved_line(one: Mover, rule: Indicator) -> str:
    kind, mark = "wg-better" if one.is_better else "wg-left", "▲" if one.step > 0 else "▼"
    words = f"{mark} {' '.join(figures.change(rule, one.step)).strip()} · {figures.shown(rule, one.measure)}"
    name = esc(reads.full_name(one.area))
    return f'<div><span class="wg-name">{name}</span><span class="{kind}">{esc(words)}</span></div>'


def _named(one: Notice) -> str:
    name = esc(reads.full_name(one.area))
    return f'<a class="wg-why" href="{esc(one.href)}" target="_self">{name}</a>' if one.href else name


viewer = require_page("overview")
choice = choose(viewer, INDICATORS)
areas = shown_areas(viewer, choice)
heading(*question(viewer, choice, areas))
left, right = st.columns([0.67, 0.33], gap="small")


def ranking() -> None:
    """The table of the areas shown, under the map; on a phone under the cards."""
    section("排名", "Ranking", t("最低的在前，数太少的、没有数据的在最后", "lowest first; too few and no data last"))
    ranked_table(viewer, choice, areas, key="overview", height=420)


with left:
    offered = {name: LAYERS[name] for name in LAYERS if name != "buildings" or viewer.may_see("internal")}
    ask(viewer, choice, INDICATORS, offered)
    draw(viewer, choice)
    month_slider(viewer, choice)
    if not is_phone():
        ranking()
with right:
    section(reads.full_name(choice.area), reads.full_name(choice.area))
    st.html(profile(viewer, choice.area))
    others = [code for code in CARDS if code != choice.indicator.code][:4]
    draw_cards(
        indicator_card(viewer, choice, is_headline=True), *(indicator_card(viewer, choice, code) for code in others)
    )
    if not no_trend(viewer, choice):
        section("近12个月", "Twelve months", months_title(viewer, choice))
        trend_chart(viewer, choice, key="overview", height=150)
    attention(viewer, choice, areas)
    moved(viewer, choice, areas)
    if is_phone():
        ranking()
