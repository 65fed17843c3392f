"""组织覆盖 Coverage: which grids have their own branch, which buildings a group and a lead, and what is missing."""

from dataclasses import replace

import pandas as pd
import pydeck as pdk
import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards, indicator_card
from pages.components.legend import away_legend, class_legend, key_legend, mark_legend
from pages.components.listing import listing
from pages.components.map import (
    FONT,
    area_layers,
    building_layer,
    context_layer,
    draw_map,
    drill,
    first_bounds,
    label_layer,
    layer_url,
    org_layer,
    shown_areas,
)
from pages.components.org_tree import draw_tree
from pages.components.page import heading, section
from pages.components.question import ask, question
from pages.components.table import ranked_table
from portal import address, colours, reads
from portal.choice import Choice, choose
from portal.colours import rgba
from portal.coverage import (
    MISSING_MARK,
    branches_outside,
    buildings_without_group,
    grids_without_branch,
    groups_without_lead,
    leads_with_many,
    most_households,
)
from portal.identity import Viewer, require_page
from portal.org_tree import tree, with_something
from portal.words import UNKNOWN, count, day, esc, lang, t

INDICATORS = ("ORG-03", "ORG-01", "ORG-02", "ORG-04")
KINDS = {"branches": "grid_branch", "relocation": "relocation_org", "groups": "building_group"}
LAYERS = {name: (terms.ORG_KINDS[kind].zh, terms.ORG_KINDS[kind].en) for name, kind in KINDS.items()}
LAYERS["relocation"] = (LAYERS["relocation"][0], "Relocation organisations")
NEAR = ("community", "grid")


def draw(viewer: Viewer, choice: Choice, houses: pd.DataFrame) -> None:
    """The areas by class; inside a grid its buildings, those without a group (or without a lead) in the warm colour."""
    code, is_leaf = choice.area.code, choice.area.level == "grid"
    layers = [context_layer(viewer, code)]
    if is_leaf:
        by = "lead" if choice.indicator.code == "ORG-04" else "group"
        layers += [building_layer(viewer, code, by=by), marks_layer(viewer, code, by)]
        legend = building_legend(houses, by)
    else:
        layers += area_layers(viewer, choice)
        legend = class_legend(viewer, choice)
    dots = []
    for name, kind in KINDS.items():
        if name in choice.layers:
            layers.append(org_layer(viewer, code, kind))
            dots.append((colours.ORG_COLOURS[kind], t(*LAYERS[name])))
    if not is_leaf:
        layers.append(label_layer(viewer, choice))
    legend += mark_legend(dots) + away_legend(viewer, code)
    draw_map(layers, first_bounds(viewer, choice), key="coverage", legend=legend, on_click=click)


def marks_layer(viewer: Viewer, code: str, by: str) -> pdk.Layer:
    """A mark on each building that lacks something, so that it differs without its colour too."""
    return pdk.Layer(
        "TextLayer", data=layer_url(viewer, "missing_labels", area=code, by=by), id=f"missing-{code}-{by}",
        pickable=False, get_position="p", get_text="t", get_size=15, character_set="'auto'", font_family=FONT,
        font_weight=600, get_color=rgba(colours.INK),
        font_settings={"sdf": True, "fontSize": 64, "buffer": 8, "radius": 12, "smoothing": 0.15},
        outline_width=2.5, outline_color=[255, 255, 255, 235],
    )  # fmt: skip


def click(layer: str, code: str) -> None:
    """An area clicked becomes the area shown; a building stays where it is."""
    if layer != "buildings":
        drill(layer, code)


def building_legend(houses: pd.DataFrame, by: str) -> str:
    """The colours of the buildings with their counts."""
    homes = houses[houses["is_residential"].astype(bool)]
    has = int(homes[f"has_{by}"].sum())
    yes, no = {
        "group": (t("有党小组", "With a group"), t("没有党小组", "Without a group")),
        "lead": (t("有楼栋长", "With a lead"), t("没有楼栋长", "Without a lead")),
    }[by]
    entries = [(colours.YES, yes, has), (colours.NO, f"{MISSING_MARK} {no}", len(homes) - has)]
    if others := len(houses) - len(homes):
        entries.append((colours.BUILDING_STATES["not_applicable"], t("非住宅", "Not residential"), others))
    return key_legend("住宅楼栋", "Residential buildings", entries)


def groups_card(houses: pd.DataFrame, orgs: pd.DataFrame) -> str:
    """How many building groups there are, and the buildings they cover."""
    title = t("楼栋党小组", "Building groups")
    many, covered = int((orgs["org_kind"] == "building_group").sum()), int(houses["has_group"].sum())
    if not many:
        return card(title, UNKNOWN, t("还没有登记党小组", "No groups on record yet"))
    each = f"{covered / many:.1f}"
    zh, en = f"覆盖 {count(covered)} 栋，平均每组 {each} 栋", f"cover {count(covered)} buildings, {each} each"
    return card(title, count(many), t(zh, en))


def how_many(viewer: Viewer, code: str, houses: pd.DataFrame, orgs: pd.DataFrame) -> tuple[int, int, int]:
    """The grids, residential buildings and building groups there are: where there are none, none is missing."""
    homes, groups = houses["is_residential"].astype(bool), orgs["org_kind"] == "building_group"
    return len(reads.below(viewer, code, "grid")), int(homes.sum()), int(groups.sum())


def summary(missing: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], of: tuple[int, int, int]) -> None:
    """What is missing in three lines, then the grids with most buildings left."""
    section("还缺什么", "What is missing")
    houses = missing[1]
    many = [
        (count(len(rows)) if of_all else UNKNOWN, bool(len(rows))) for rows, of_all in zip(missing, of, strict=True)
    ]
    rows = [
        (t("没有单独党支部的网格", "Grids without a branch of their own"), *many[0]),
        (t("没有党小组的住宅楼栋", "Buildings without a group"), *many[1]),
    ]
    grid_names = houses["grid"].astype(object).fillna(t("未落格", "in no grid"))
    pairs = zip(houses["community"], grid_names, strict=True)
    places = pd.Series([g if g.startswith(c) else f"{c} {g}" for c, g in pairs]).value_counts()
    if len(places) > 1:
        most = places.head(3)
        rows += [(t(f"其中 {place}", f"of these {place}"), t(f"差 {n} 栋", f"{n} left"), True)
                 for place, n in zip(most.index, most, strict=True)]  # fmt: skip
    rows.append((t("没有楼栋长的党小组", "Groups without a building lead"), *many[2]))
    lines_html = "".join(
        f'<div><span class="wg-name">{esc(name)}</span><span class="{"wg-left" if is_open else ""}">{esc(words)}</span>'
        "</div>"
        for name, words, is_open in rows
    )
    st.html(f'<div class="wg-panel"><div class="wg-list">{lines_html}</div></div>')


def lists(missing: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], of: tuple[int, int, int]) -> None:
    """The three lists side by side: buildings, grids, groups."""
    (grids, houses, groups), (grids_count, homes_count, groups_count) = missing, of
    place = {"community": t("社区", "Community"), "grid": t("网格", "Grid")}
    states = {state: f"{mark} {terms.BUILDING_STATES.label(state, lang())}"
              for state, mark in colours.BUILDING_MARKS.items()}  # fmt: skip
    houses = houses.assign(
        state=houses["building_state"].map(states),
        grid=houses["grid"].astype(object).fillna(t("未落格", "in no grid")),
        lead=houses["lead_post"].astype(object).fillna(t("没有楼栋长", "none")),
    )  # fmt: skip
    grids = grids.assign(cover=grids["cover"].astype(object).fillna(t("没有党组织覆盖", "not covered")))
    first, second, third = st.columns([0.39, 0.27, 0.34], gap="small")
    with first:
        heads = {**place, "building": t("楼栋", "Building"), "state": t("走访状态", "Visits"),
                 "lead": t("楼栋长(岗位)", "Lead (post)")}  # fmt: skip
        none = ("住宅楼栋都有党小组。", "Every residential building has a group.")
        none = none if homes_count else ("还没有住宅楼栋。", "No residential buildings yet.")
        listing(("没有党小组的住宅楼栋", "Buildings without a group"), houses, heads, none)
    with second:
        heads = {**place, "cover": t("由谁覆盖", "Covered by")}
        none = ("每个网格都有自己的党支部。", "Every grid has a branch of its own.")
        none = none if grids_count else ("还没有网格。", "No grids yet.")
        listing(("没有单独党支部的网格", "Grids without their own branch"), grids, heads, none)
    with third:
        heads = {**place, "group": t("党小组", "Group"), "buildings": t("楼栋数", "Buildings")}
        none = ("每个党小组都有楼栋长。", "Every group has a building lead.")
        none = none if groups_count else ("还没有登记党小组。", "No groups on record yet.")
        listing(("没有楼栋长的党小组", "Groups without a lead"), groups, heads, none)


def oddities(viewer: Viewer, orgs: pd.DataFrame, houses: pd.DataFrame) -> None:
    """Branches that stand outside their grid, and building leads with too many households."""
    place = {"community": t("社区", "Community"), "grid": t("网格", "Grid")}
    most = most_households()
    first, second = st.columns(2, gap="small")
    with first:
        listing(("不在本网格内的党支部", "Branches outside their grid"), branches_outside(viewer, orgs),
                {**place, "branch": t("党支部", "Branch")},
                ("有位置的党支部都在本网格内。", "Every branch with a position stands in its grid."))  # fmt: skip
    leads = leads_with_many(houses)
    if leads is None:
        return
    with second:
        heads = {**place, "post": t("岗位", "Post"), "buildings": t("楼栋", "Buildings"),
                 "households": t("户数", "Households")}  # fmt: skip
        none = (f"没有楼栋长负责超过{most}户。", f"No building lead answers for more than {most} households.")
        listing((f"负责超过{most}户的楼栋长", f"Building leads with more than {most} households"), leads, heads, none)


def with_layers(choice: Choice) -> Choice:
    """The layers that suit the area where the address names none: groups only where they do not hide the map."""
    if address.view().layers is not None:
        return choice
    return replace(choice, layers=tuple(KINDS) if choice.area.level in NEAR else ("branches", "relocation"))


viewer = require_page("coverage")
choice = with_layers(choose(viewer, INDICATORS))
areas = shown_areas(viewer, choice)
houses, orgs = reads.buildings(viewer, choice.area.code), reads.orgs(viewer, choice.area.code)
missing = (
    grids_without_branch(viewer, choice.period, choice.area.code),
    buildings_without_group(houses),
    groups_without_lead(houses, orgs),
)
of_all = how_many(viewer, choice.area.code, houses, orgs)
heading(*question(viewer, choice, areas))
left, right = st.columns([0.67, 0.33], gap="small")
with left:
    ask(viewer, choice, INDICATORS, LAYERS)
    draw(viewer, choice, houses)
with right:
    section(choice.area.name, choice.area.name)
    others = (indicator_card(viewer, choice, code) for code in INDICATORS if code != choice.indicator.code)
    draw_cards(indicator_card(viewer, choice, is_headline=True), *others, groups_card(houses, orgs))
    summary(missing, of_all)
if choice.area.level != choice.level:
    section("各区域", "By area", t("最低的在前；没有数据的列在最后", "lowest first; areas without data at the end"))
    ranked_table(viewer, choice, areas, key="coverage", height=420)
draw_tree(choice, with_something(tree(viewer, choice.area, houses, orgs)))
as_of = day(reads.status().data_on)
st.html(f'<div class="wg-note">{esc(t(f"以下名单为 {as_of} 的情况", f"The lists below show {as_of}"))}</div>')
lists(missing, of_all)
oddities(viewer, orgs, houses)
