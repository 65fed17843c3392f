"""我的楼栋 My buildings: which are due, what is open there. Made for a phone: the list first, the map one tap away."""

import pandas as pd
import streamlit as st

from pages.components.map import notice
from pages.components.page import heading, is_phone
from pages.components.street_map import draw_street_map
from portal import address, audit, reads
from portal.identity import require_page
from portal.own_buildings import footprints, grid_plan, own_buildings, visit_days
from portal.snapshot import Area
from portal.words import UNKNOWN, count, day, door_name, esc, inert, t

MARKS = {"overdue": "■", "soon": "▲", "in_time": "●", "never": "■", "none": "–"}
FILTERS = ("all", "due", "soon", "asked")
STYLE = """<style>
[class*="st-key-ownrow_"] button { min-height: 64px; padding: 6px 14px; background: var(--paper); }
[class*="st-key-ownrow_"] button, [class*="st-key-ownrow_"] button * { justify-content: flex-start; text-align: left; }
.st-key-own_list { gap: 6px; }
.st-key-own_view_box { position: fixed; bottom: 0; left: 0; right: 0; z-index: 20; width: auto; padding: 8px 12px;
  background: var(--ground); border-top: 1px solid var(--line); }
[data-testid="stMainBlockContainer"]:has(.st-key-own_view_box) { padding-bottom: 96px; }
.st-key-own_view button { min-height: 52px; }
.st-key-own_filter button, .st-key-own_grid button { min-height: 44px; padding: 0 6px; }
.own-detail { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
.own-detail b { font-size: 18px; }
.own-key { display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 12px; color: var(--quiet); }
.own-key i { display: inline-block; width: 12px; height: 12px; margin-right: 5px; vertical-align: -1px; }
</style>"""


def days_text(row: pd.Series) -> str:
    """How long ago, in the worker's words."""
    if row["due"] == "none":
        return t("没有登记户", "no households")
    if pd.isna(row["days"]):
        return t("从没走访过", "never visited")
    if row["days"] <= 1:
        return t("刚走访过", "just visited")
    return t(f"{row['days']}天未走访", f"{row['days']} days ago")


def homes_text(row: pd.Series) -> str:
    """Households met of those registered; never a zero for an unknown register."""
    if pd.isna(row["households_count"]):
        return UNKNOWN
    met = f"{count(row['households_visited_count'])}/{count(row['households_count'])}"
    return t(f"{met}户", f"{met} homes")


def open_count(row: pd.Series) -> int:
    """Suggestions and disputes still open in a building."""
    return int(row["open_suggestions_count"] or 0) + int(row["open_disputes_count"] or 0)


def colour(due: str) -> str:
    """The colour word of a mark inside a button."""
    return {"overdue": "red", "never": "red", "soon": "orange", "in_time": "blue", "none": "gray"}[due]


def ask_grid(areas: list[Area]) -> list[Area]:
    """The chips of the own grids, where there are several: all of them, or the one that is chosen."""
    if len(areas) < 2:
        return areas
    names = {"": t("全部网格", "All grids"), **{a.code: inert(reads.full_name(a)) for a in areas}}
    if st.session_state.get("own_grid") not in names:
        st.session_state["own_grid"] = ""
    chosen = st.segmented_control(
        t("网格", "Grid"), list(names), required=True, key="own_grid", label_visibility="collapsed",
        format_func=names.__getitem__, width="stretch",
    )  # fmt: skip
    return [a for a in areas if a.code == chosen] or areas


def ask(rows: pd.DataFrame) -> pd.DataFrame:
    """The filter chips with their counts; returns the rows that pass. Due is what nobody has called on for so many
    days, however many homes were met this year."""
    warn, due = visit_days()
    picks = {
        "all": pd.Series(True, index=rows.index),
        "due": rows["due"].isin(["overdue", "never"]),
        "soon": rows["due"] == "soon",
        "asked": rows.apply(open_count, axis=1) > 0 if len(rows) else pd.Series(dtype=bool),
    }
    words = {
        "all": t("全部", "All"),
        "due": t(f"{count(due)}天没走", f"{count(due)}+ days"),
        "soon": t(f"{count(warn)}天没走", f"{count(warn)}+ days"),
        "asked": t("有诉求", "Open requests"),
    }
    chosen = st.segmented_control(
        t("筛选", "Filter"), FILTERS, default="all", required=True, key="own_filter", label_visibility="collapsed",
        format_func=lambda name: f"{words[name]} {int(picks[name].sum())}", width="stretch",
    )  # fmt: skip
    return rows[picks[str(chosen)]]


def pick(code: str) -> None:
    """Remember the building whose row or footprint was touched."""
    st.session_state["own_picked"] = code


def draw_list(rows: pd.DataFrame, *, with_grid: bool) -> None:
    """One row per building, the whole row is the target; with the name of its grid where there are several."""
    with st.container(key="own_list"):
        for _, row in rows.iterrows():
            asks = open_count(row)
            tail = t(f" · 诉求{asks}", f" · {asks} open") if asks else ""
            tail += f" · {inert(row['in_grid'])}" if with_grid and row["in_grid"] else ""
            name = inert(door_name(row["estate_name"], row["building_name"]))
            label = f":{colour(row['due'])}[{MARKS[row['due']]}] **{name}**  {days_text(row)} · {homes_text(row)}{tail}"
            st.button(label, key=f"ownrow_{row['building_code']}", width="stretch", on_click=pick,
                      args=(row["building_code"],))  # fmt: skip
            if st.session_state.get("own_picked") == row["building_code"]:
                draw_detail(row)
        if rows.empty:
            st.info(t("没有符合条件的楼栋。", "No building matches."))


def draw_detail(row: pd.Series) -> None:
    """What is known of one building."""
    facts = [
        (t("网格", "Grid"), row["in_grid"] or UNKNOWN),
        (t("上次走访", "Last visit"), day(row["last_visit_on"])),
        (t("今年见到", "Met this year"), homes_text(row)),
        (t("在办意见建议", "Open suggestions"), count(row["open_suggestions_count"])),
        (t("在办纠纷", "Open disputes"), count(row["open_disputes_count"])),
        (t("楼栋党小组", "Building group"), row["group_name"] if row["has_group"] else t("没有", "none")),
        (t("楼栋长", "Building lead"), t("有", "yes") if row["has_lead"] else t("没有", "none")),
    ]
    colon = t("：", ": ")
    lines = "".join(f"<div>{esc(name)}{colon}{esc(value)}</div>" for name, value in facts)
    st.html(f'<div class="own-detail"><b>{esc(door_name(row["estate_name"], row["building_name"]))}</b>{lines}</div>')


def draw_map(areas: list[Area], rows: pd.DataFrame, *, with_grid: bool) -> None:
    """The plan of the grids with the buildings of the list; a tap picks one."""
    plan, bounds = grid_plan(areas)
    if bounds is None:
        st.info(t("您的网格还没有边界图形。", "Your grid has no outline yet."))
        return
    picked = st.session_state.get("own_picked")
    features = [
        {
            "type": "Feature",
            "geometry": shape,
            "properties": {
                "code": row["building_code"],
                "name": door_name(row["estate_name"], row["building_name"]),
                "note": " · ".join([days_text(row), homes_text(row), *([row["in_grid"]] if with_grid else [])]),
                "mark": row["due"],
            },
        }
        for shape, (_, row) in zip(footprints(rows), rows.iterrows(), strict=True)
    ]
    version, (warn, due) = reads.status().version, visit_days()
    tapped = draw_street_map(
        features, bounds=bounds, selected=picked, key=f"own-{'-'.join(a.code for a in areas)}-{version}",
        height=460 if is_phone() else 620, labels=(t("楼栋", "Building"), t("走访", "Visits")), **plan,
    )  # fmt: skip
    key = (
        ("#b30000", t(f"■ {due}天以上没走，或从没走过", f"■ not for {due} days, or never")),
        ("#e6a700", t(f"▲ {warn}天以上没走", f"▲ not for {warn} days")),
        ("#2b8cbe", t(f"● {warn}天内走过", f"● within {warn} days")),
    )  # fmt: skip
    st.html('<div class="own-key">' + "".join(f'<span><i style="background:{c}"></i>{esc(w)}</span>' for c, w in key)
            + notice() + "</div>")  # fmt: skip
    if tapped and tapped != picked and tapped in set(rows["building_code"]):
        pick(tapped)
        st.rerun()
    chosen = rows[rows["building_code"] == picked]
    if len(chosen):
        draw_detail(chosen.iloc[0])


viewer = require_page("my_buildings")
st.html(STYLE)
own = reads.own_areas(viewer) or [reads.home(viewer)]  # which says that none of them is in the data
parts = {a.code: own_buildings(viewer, a.code) for a in own}
for code, part in parts.items():
    audit.viewed(viewer, f"buildings:{code}", reads.status().version, buildings=len(part))
done = sum(int((part["building_state"] == "visited").sum()) for part in parts.values())
many = sum(len(part) for part in parts.values())
names = [reads.full_name(a) if len(own) > 1 else a.name for a in own]
heading(
    f"我的楼栋 · 今年 {done}/{many} 栋走访完成",
    f"My buildings · {done} of {many} with every home met this year",
    "、".join(names) + " · 走访完成：今年登记户都见到过；几天没走：按最近一次走访",
    ", ".join(names) + " · days: since the last visit to any home",
)
areas = ask_grid(own)
rows = parts[areas[0].code] if len(areas) == 1 else own_buildings(viewer)
with_grid = len(areas) > 1
shown = ask(rows)
view = st.session_state.get("own_view") or "list"
if is_phone():
    if view == "map":
        draw_map(areas, shown, with_grid=with_grid)
    else:
        draw_list(shown, with_grid=with_grid)
    with st.container(key="own_view_box"):
        st.segmented_control(
            t("显示", "Show"),
            ("list", "map"),
            default="list",
            required=True,
            key="own_view",
            width="stretch",
            label_visibility="collapsed",
            format_func=lambda name: t("列表", "List") if name == "list" else t("地图", "Map"),
        )
else:
    left, right = st.columns([0.45, 0.55])
    with left:
        draw_list(shown, with_grid=with_grid)
    with right:
        draw_map(areas, shown, with_grid=with_grid)
address.remember()
