"""易迁社区 Relocation: has every relocation community its six facilities, which are missing where, who has them within
a walk."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards, indicator_card, where_from
from pages.components.first_map import draw_table
from pages.components.legend import mark_legend
from pages.components.map import Bounds, context_layer, draw_map, drill
from pages.components.matrix import MARKS, draw_matrix, inferred_tag, item_name, kind_name, mark, mark_key
from pages.components.page import heading, is_phone, section
from pages.components.reach import (
    ask_item,
    ask_limit,
    best_layer,
    chosen_item,
    chosen_limit,
    draw_reach_table,
    draw_sentence,
    draw_walks,
    out_words,
    reach_layers,
    reach_legend,
)
from pages.components.relocation_map import HOUSES, houses_layer, kinds_layer, site_layers, step_legend
from portal import address, colours, reads
from portal.choice import Choice, choose, indicators
from portal.identity import Viewer, require_page
from portal.reach import Reach, reaches
from portal.relocation import ITEMS, PLOT, ZONES, Site, sites, state_word
from portal.snapshot import Area
from portal.words import UNKNOWN, count, day, esc, lang, percent, t

ALL = "all"
NO_FACILITIES = ("还没有登记配套设施", "No facilities on record yet")


def ask(viewer: Viewer, area: Area, reach: Reach | None = None) -> None:
    """The choosers over the map: all communities, or one; for one also the kind of facility and the longest walk."""
    offered = {a.code: a.name for a in reads.relocation_communities(viewer)}
    inside = reads.relocation_communities(viewer, area.code)
    zh, en = f"全部 {len(offered)} 个易迁社区", f"All {len(offered)} relocation communities"
    if area.code not in offered and len(inside) < len(offered):
        zh, en = f"{area.name} {len(inside)} 个易迁社区", f"{len(inside)} relocation communities in {area.name}"
    names = {ALL: t(zh, en), **offered}
    key = address.chooser_key("site", area.code if area.code in offered else ALL)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wg_ask"):
        st.selectbox(t("易迁社区", "Relocation community"), list(names), key=key, format_func=lambda code: names[code],
                     label_visibility="collapsed", width=240, on_change=_take_site, args=(key,))  # fmt: skip
        if reach:
            ask_item(reach)
            ask_limit()


def _take_site(key: str) -> None:
    code = st.session_state[key]
    address.go(area=None if code == ALL else code, level=None)


def draw_county(viewer: Viewer, choice: Choice, found: list[Site]) -> None:
    """The communities on the map of the area, by items in use; a click opens one."""
    code = choice.area.code
    layers = [context_layer(viewer, code), *site_layers(viewer, code, choice.period, found)]
    bounds = choice.area.bounds
    if bounds and not is_phone():
        # Room for the legend, which would hide the communities in the south-west.
        west, south, east, north = bounds
        bounds = (west - 0.18 * (east - west), south, east, north)
    draw_map(layers, bounds, key="relocation", legend=step_legend(found), on_click=drill, share=0.43)


def draw_site(viewer: Viewer, site: Site, reach: Reach | None) -> None:
    """One community: its houses, its facilities by kind; what is within a walk of one kind, where that is shown."""
    code = site.area.code
    if reach:
        item = chosen_item(reach)
        houses, over = reach_layers(viewer, reach, item), [best_layer(viewer, reach, item)]
    else:
        houses, over = [houses_layer(viewer, code)], []
    layers = [context_layer(viewer, code), *houses, kinds_layer(viewer, code), *over]
    many = reads.facilities(viewer, code)["facility_state"].value_counts()
    marks = []
    for state, colour in colours.FACILITY_STATES.items():
        if number := int(many.get(state, 0)):
            words = state_word(state, lang()) if state == "present" else marked(state)
            marks.append((colour, f"{words} {count(number)}"))
    if not reach:
        marks.append((HOUSES, t("楼栋", "Buildings")))
    legend = (reach_legend(reach, item) if reach else "") + mark_legend(marks)
    draw_map(layers, built_up(viewer, site.area), key="relocation", legend=legend, share=0.6)


def built_up(viewer: Viewer, area: Area) -> Bounds | None:
    """Where the houses and facilities of a community stand, with a margin; its outline when there are none."""
    found = (reads.buildings(viewer, area.code), reads.facilities(viewer, area.code))
    points = [rows[["lon", "lat"]].dropna() for rows in found if len(rows)]
    if not sum(len(rows) for rows in points):
        return area.bounds
    lon, lat = pd.concat(points).astype(float).T.to_numpy()
    margin = 0.0006
    return lon.min() - margin, lat.min() - margin, lon.max() + margin, lat.max() + margin


def cards(viewer: Viewer, choice: Choice, found: list[Site]) -> None:
    """REL-01, the items in use, the plots, the party organisations: each with n of d."""
    with st.container(key="wg_four"):
        items, plots = (where_from(viewer, choice, code) for code in ("REL-02", "REL-03"))
        whole = indicator_card(viewer, choice)
        if not any(site.is_known for site in found):
            whole = card(indicators()["REL-01"].name(lang()), UNKNOWN, t(*NO_FACILITIES))
        draw_cards(whole, items_card(found, items), plots_card(found, plots), orgs_card(viewer, found))


def orgs_card(viewer: Viewer, found: list[Site]) -> str:
    """Communities with a party organisation, of all of them; not known while no organisation at all is on record."""
    title = t("易迁社区党组织", "Party organisations")
    if reads.orgs(viewer).empty:
        return card(title, UNKNOWN, t("还没有党组织台账", "No organisations on record yet"))
    return _share(title, sum(site.is_organised for site in found), len(found), "个社区", "communities")


def site_cards(viewer: Viewer, choice: Choice, site: Site) -> None:
    """The figures of one community."""
    title = t("易迁社区党组织", "Party organisation")
    org = card(title, t("有", "Yes")) if site.is_organised else card(title, UNKNOWN, t("没有登记", "none on record"))
    with st.container(key="wg_three"):
        items, plots = (where_from(viewer, choice, code, site.area.code) for code in ("REL-02", "REL-03"))
        draw_cards(items_card([site], items), plots_card([site], plots), org)


def items_card(found: list[Site], href: str = "") -> str:
    """Items in use of all the items there should be, in the communities that are known."""
    title = indicators()["REL-02"].name(lang())
    known = [site.in_use for site in found if site.in_use is not None]
    if not known:
        return card(title, UNKNOWN, t(*NO_FACILITIES))
    return _share(title, sum(known), len(known) * len(ITEMS), "项", "facilities", href=href)


def plots_card(found: list[Site], href: str = "") -> str:
    """Households with a vegetable plot, of all households counted; says how many communities have no count."""
    title = indicators()["REL-03"].name(lang())
    counted = [site.plots for site in found if site.plots is not None]
    if not counted:
        return card(title, UNKNOWN, t("还没有菜地分配台账", "No plots on record yet"))
    without = len(found) - len(counted)
    note = t(f"{without} 个社区没有统计", f"no count in {without} communities") if without else ""
    return _share(
        title,
        sum(p.with_plot for p in counted),
        sum(p.households for p in counted),
        "户",
        "households",
        note,
        href=href,
    )


def _share(title: str, have: int, all_: int, zh: str, en: str, note: str = "", *, href: str = "") -> str:
    left = t(f"还缺 {count(all_ - have)} {zh}", f"{count(all_ - have)} missing") if all_ > have else ""
    text = t(f"{count(have)} / {count(all_)} {zh}", f"{count(have)} / {count(all_)} {en}")
    notes = " · ".join(words for words in (left, note) if words)
    return card(title, percent(have, all_), text, notes, share=have / all_ if all_ else None, href=href)


def lacking(found: list[Site], *, key: str) -> None:
    """The list of all that is missing: community, item, how it stands."""
    lines = [line for site in found for line in _lines(site)]
    section("还缺什么", "What is missing", t(f"共 {count(len(lines))} 条", f"{count(len(lines))} in all"))
    if unknown := [site.area.name for site in found if not site.is_known]:
        listed = t("、", ", ").join(unknown)
        note(t(f"还没有登记配套设施，无法判断：{listed}", f"No facilities on record, cannot be told: {listed}"))
    if not lines:
        note(t("没有登记在册的缺项。", "Nothing on record is missing."))
        return
    heads = {"community": t("社区", "Community"), "township": t("乡镇", "Township"), "kind": t("配套", "Facility"),
             "state": t("状态", "State"), "part": t("类别", "Part")}  # fmt: skip
    dropped = (("community", "township") if len(found) == 1 else ()) + (("township", "part") if is_phone() else ())
    heads = {name: words for name, words in heads.items() if name not in dropped}
    draw_table(
        pd.DataFrame(lines),
        key=f"lacking_{key}",
        height=388,
        column_order=list(heads),
        column_config=dict(heads),
    )


def _lines(site: Site) -> list[dict[str, str]]:
    """What one community lacks, of the six and inside its service centre; plots with the households without one."""
    six, inside = t("六项配套", "one of the six"), t("便民服务中心内设", "in the service centre")
    states = {kind: marked(site.states[kind]) for kind in site.lacking}
    if site.plots and site.plots.left:
        left = t(f"还缺 {count(site.plots.left)} 户", f"{count(site.plots.left)} households without")
        states[PLOT] = f"{states[PLOT]} · {left}" if PLOT in states else left
    zones = {kind: marked(site.states[kind]) for kind in ZONES if site.states[kind] not in ("present", "unknown")}
    return [
        {"community": site.area.name, "township": site.township, "kind": kind_name(kind), "state": words, "part": part}
        for part, group in ((six, states), (inside, zones))
        for kind, words in group.items()
    ]


def marked(state: str) -> str:
    """The state of an item as text: its mark and its word."""
    return f"{MARKS[state]} {state_word(state, lang())}"


def note(words: str) -> None:
    """A quiet line of text."""
    st.html(f'<div class="wg-note">{esc(words)}</div>')


def facility_rows(viewer: Viewer, site: Site) -> None:
    """Every facility of one community, six items first."""
    found = reads.facilities(viewer, site.area.code)
    section("全部设施", "All facilities", t(f"共 {count(len(found))} 处", f"{count(len(found))} in all"))
    if found.empty:
        note(t("还没有登记配套设施。", "No facilities on record yet."))
        return
    order = {kind: n for n, kind in enumerate(dict.fromkeys((*ITEMS, *terms.FACILITY_KINDS)))}
    found = found.assign(order=found["facility_kind"].map(order)).sort_values(["order", "facility_no"])
    rows = pd.DataFrame({
        "kind": [kind_name(kind) for kind in found["facility_kind"]],
        "name": found["facility_name"].to_list(),
        "state": [marked(state) for state in found["facility_state"]],
        "built": [day(value) for value in found["built_on"]],
        "standard": [UNKNOWN if pd.isna(value) else t("达标", "Yes") if value else t("未达标", "No")
                     for value in found["is_standard_met"]],
    })  # fmt: skip
    heads = {"kind": t("配套", "Facility"), "name": t("名称", "Name"), "state": t("状态", "State"),
             "built": t("建成日期", "Built on"), "standard": t("是否达标", "Up to standard")}  # fmt: skip
    if is_phone():
        heads = {name: heads[name] for name in ("kind", "state", "built")}
    draw_table(rows, key="facilities", column_order=list(heads), height=423, column_config=dict(heads))


def site_panel(site: Site, reach: Reach | None) -> None:
    """The six items of one community as a list of marks; the zones stand under the service centre they are part of."""
    rows = []
    for kind in (ITEMS[0], *ZONES, *ITEMS[1:]):
        state = site.states[kind]
        words = t("没有登记", "no record") if state == "unknown" else state_word(state, lang())
        if kind == PLOT and site.plots is not None:
            have, all_ = count(site.plots.with_plot), count(site.plots.households)
            words += t(f" · {have} / {all_} 户", f" · {have} / {all_} households")
        if reach and kind in ITEMS:
            words += f" · {out_words(reach, kind)}"
        inset = ' style="padding-left:22px;color:var(--quiet)"' if kind in ZONES else ""
        item = item_name(kind) if kind in ITEMS else kind_name(kind)
        name = f'<span class="wg-name"{inset}>{mark(state)}{esc(item)}</span>'
        rows.append(f"<div>{name}<span>{esc(words)}</span></div>")
    st.html(f'<div class="wg-panel"><div class="wg-list">{"".join(rows)}</div></div>')


def inferred_note(found: list[Site]) -> None:
    """Says in plain words which communities are only taken to be relocation communities."""
    many = sum(site.area.is_inferred for site in found)
    if not many:
        return
    zh, en = (f"这 {many} 个社区是", f"these {many} are") if len(found) > 1 else ("本社区是", "this one is")
    why = "taken to be for relocation from changes in the list of areas; no official list confirms it yet."
    note(t(f"推定：{zh}按区划名录的变化推断为易迁社区的，尚无正式名单确认。", f"Inferred: {en} {why}"))


def all_sites(viewer: Viewer, choice: Choice, found: list[Site]) -> None:
    """The view of an area: its communities on the map, the matrix beside it, all that is missing below."""
    reached = reaches(viewer, choice.area.code, chosen_limit())
    left, right = st.columns([0.43, 0.57], gap="small")
    with left:
        ask(viewer, choice.area)
        draw_county(viewer, choice, found)
    with right:
        cards(viewer, choice, found)
        st.html(mark_key(found))
        draw_matrix(found)
        inferred_note(found)
        draw_sentence(reached)
    if not reached:
        lacking(found, key="all")
        return
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        lacking(found, key="all")
    with right:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wg_within"):
            what = t("走不到的户数 / 计入的户数", "households out of reach / all counted")
            section("步行可达", "Within a walk", what)
            ask_limit()
        draw_reach_table(reached, 388)


def one_site(viewer: Viewer, choice: Choice, site: Site) -> None:
    """The view of one community: its own map, its six items, what is missing, every facility."""
    reach = next(iter(reaches(viewer, site.area.code, chosen_limit())), None)
    left, right = st.columns([0.6, 0.4], gap="small")
    with left:
        ask(viewer, site.area, reach)
        draw_site(viewer, site, reach)
    with right:
        township = f'<span class="wg-note">{esc(site.township)}</span>'
        st.html(f'<div class="wg-section"><h2>{esc(site.area.name)}</h2>{inferred_tag(site)}{township}</div>')
        site_cards(viewer, choice, site)
        site_panel(site, reach)
        draw_sentence([reach] if reach else [])
        inferred_note([site])
    lower, list_ = st.columns([0.4, 0.6], gap="small")
    with lower:
        lacking([site], key="one")
    with list_:
        facility_rows(viewer, site)
    if reach:
        draw_walks(reach, chosen_item(reach))


def title(choice: Choice, found: list[Site]) -> tuple[str, str]:
    """The question of the view as a sentence, in both languages."""
    name, when, many = choice.area.name, choice.period_words, len(found)
    if choice.area.level == "community":
        return f"{when}，{name}的“1+6”配套", f"1+6 facilities of {name}, {when}"
    communities = "community" if many == 1 else "communities"
    return (
        f"{when}，{name}{many}个易迁社区的“1+6”配套",
        f"1+6 facilities of {many} relocation {communities} in {name}, {when}",
    )


viewer = require_page("relocation")
choice = choose(viewer, ("REL-01",))
if choice.area.level == "grid" and len(steps := reads.trail(viewer, choice.area.code)) > 1:
    # A grid of a relocation community shows its community: facilities belong to the whole of it.
    address.go(area=steps[-2].code, level=None)
    st.rerun()
asked = choice.area
found = sites(viewer, choice.period, asked.code)
if not found:
    # Nothing to show here: say so, and show those there are.
    choice = replace(choice, area=reads.home(viewer))
    found = sites(viewer, choice.period)
heading(*title(choice, found))
if asked != choice.area:
    home = choice.area.name
    note(
        t(
            f"{asked.name}没有易迁社区，下面是{home}的。",
            f"{asked.name} has no relocation community; these are those of {home}.",
        )
    )
if choice.area.level == "community" and found:
    one_site(viewer, choice, found[0])
else:
    all_sites(viewer, choice, found)
