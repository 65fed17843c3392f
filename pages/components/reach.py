"""What is within a walk of where people live (步行可达): choosers, map layers, the sentence and its rows."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import pandas as pd
import pydeck as pdk
import streamlit as st

from data import terms
from pages.components.first_map import draw_table
from pages.components.legend import HATCH, key_legend
from pages.components.map import FONT, layer_url
from pages.components.matrix import kind_name
from pages.components.page import is_phone, section
from portal import address, colours, put_right
from portal.colours import rgba
from portal.identity import Viewer
from portal.reach import LIMITS, USUAL, Best, Reach, next_one
from portal.reads import Measure
from portal.relocation import ITEMS
from portal.words import HIDDEN, HIDDEN_WHY, UNKNOWN, count, esc, lang, t


def chosen_limit() -> int:
    """The longest walk in the address, else the usual one, metres."""
    asked = address.view().within
    if asked in map(str, LIMITS):
        return int(asked)
    put_right.wrong("within", ("步行距离", "walk"), (f"{USUAL} 米", f"{USUAL} m"), ("不在选项中", "is not offered"))
    return USUAL


def chosen_item(reach: Reach) -> str:
    """The kind in the address, else the one that is to come next, else the first."""
    asked, best = address.view().item, next_one(reach)
    if asked in ITEMS:
        return asked
    shown = best.kind if best else ITEMS[0]
    words = terms.FACILITY_KINDS.label(shown), terms.FACILITY_KINDS.label(shown, "en")
    put_right.wrong("item", ("配套类别", "kind of facility"), words)
    return shown


def ask_limit() -> None:
    """The chooser of the longest walk."""
    key = address.chooser_key("within", str(chosen_limit()))
    st.segmented_control(t("步行距离", "Walk"), [str(limit) for limit in LIMITS], key=key, required=True,
                         format_func=lambda limit: t(f"{limit} 米", f"{limit} m"), label_visibility="collapsed",
                         on_change=address.write_choice, args=("within", key))  # fmt: skip


def ask_item(reach: Reach) -> None:
    """The chooser of the kind of facility whose reach is drawn."""
    key = address.chooser_key("item", chosen_item(reach))
    st.selectbox(t("配套", "Facility"), ITEMS, key=key, format_func=kind_name, label_visibility="collapsed", width=190,
                 on_change=address.write_choice, args=("item", key))  # fmt: skip


def estimate_words() -> str:
    """How a walk is estimated."""
    return t("按直线距离×1.4估算", "estimated: straight line × 1.4")


# --- the map ----------------------------------------------------------------------------------------------------------


def reach_layers(viewer: Viewer, reach: Reach, item: str) -> list[pdk.Layer]:
    """The houses by their walk to a kind of facility, and what lies within the walk of each; where one more helps."""
    code, limit = reach.area.code, str(reach.limit_m)
    where = {"area": code, "item": item, "within": limit}
    name = f"{code}-{item}-{limit}"
    rings = pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "reach_rings", **where), id=f"rings-{name}", pickable=False,
        stroked=True, filled=True, get_fill_color=rgba(colours.ACCENT, 16), get_line_color=rgba(colours.ACCENT, 190),
        get_line_width=1.5, line_width_units="'pixels'",
    )  # fmt: skip
    houses = pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "reach_houses", **where), id=f"houses-{name}", pickable=True,
        stroked=True, filled=True, get_fill_color="properties.f", get_line_color=[27, 39, 51, 110],
        get_line_width=0.6, line_width_units="'pixels'", point_radius_min_pixels=3,
    )  # fmt: skip
    return [rings, houses]


def best_layer(viewer: Viewer, reach: Reach, item: str) -> pdk.Layer:
    """Where one more facility of a kind would help most, with its ring and its words."""
    code, limit = reach.area.code, str(reach.limit_m)
    return pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "reach_best", area=code, item=item, within=limit),
        id=f"best-{code}-{item}-{limit}", pickable=False, point_type="'circle+text'", stroked=True, filled=True,
        get_fill_color="properties.f", get_line_color=rgba(colours.SIGNAL), get_line_width=2,
        line_width_units="'pixels'", get_point_radius=9, point_radius_units="'pixels'",
        get_text="properties.n", get_text_size=13, get_text_color=rgba(colours.SIGNAL), get_text_pixel_offset=[0, -20],
        text_character_set="'auto'", text_font_family=FONT, text_font_weight=600,
        text_font_settings={"fontSize": 40, "buffer": 4}, text_background=True, text_background_padding=[4, 2],
        get_text_background_color=[255, 255, 255, 230], text_background_border_radius=3,
    )  # fmt: skip


def reach_legend(reach: Reach, item: str) -> str:
    """The colours of the houses with how many there are."""
    walks = reach.walks[item].to_numpy(float)
    unknown, out = int(np.isnan(walks).sum()), int((walks > reach.limit_m).sum())
    within = len(walks) - unknown - out
    entries: list[tuple[str, str, int | None]] = [
        (colours.YES, t(f"{reach.limit_m} 米以内的楼栋", f"Buildings within {reach.limit_m} m"), within),
        (colours.NO, t(f"{reach.limit_m} 米以外", "Beyond"), out),
    ]
    if np.isfinite(walks).any():
        entries.append(("#dde7f1", t(f"圈内：步行 {reach.limit_m} 米", f"Ring: {reach.limit_m} m on foot"), None))
    if unknown:
        entries.append((HATCH, t("不知道", "Not known"), unknown))
    name = kind_name(item)
    return key_legend(f"步行到{name}", f"On foot to: {name}", entries)


# --- words ------------------------------------------------------------------------------------------------------------


def out_words(reach: Reach, item: str) -> str:
    """The households out of reach of a kind, n of d; unknown and hidden in their own words."""
    measure, limit = reach.out[item], reach.limit_m
    if measure.part == "unknown":
        return t("步行范围未知", "reach not known")
    if measure.part == "hidden":
        return t(f"{limit} 米外 {HIDDEN}", f"beyond {limit} m {HIDDEN}")
    n, d = count(measure.numerator), count(measure.denominator)
    unit = "" if is_phone() else " households"
    return t(f"{limit} 米外 {n} / {d} 户", f"{n} / {d}{unit} beyond {limit} m")


def draw_sentence(found: Sequence[Reach]) -> None:
    """What each community is to have next, a line each, and what is coming; what is not known of it, and how it is
    estimated."""
    if not found:
        return
    limit = found[0].limit_m
    told = [(reach, words) for reach in found if (words := next_words(reach))]
    if all(measure.part == "unknown" for reach in found for measure in reach.out.values()):
        title = t("还没有住户或配套设施的位置，无法估算步行距离。",
                  "No place of a household or facility is on record yet: walks cannot be estimated.")  # fmt: skip
        told = []
    elif not told:
        title = t(f"已知位置的配套，每户步行都在 {limit} 米以内。",
                  f"Every facility whose place is known is within {limit} m of every household.")  # fmt: skip
    else:
        title = t("再增一处，最有用的是（先补没有的，卫生健康在前；在建的不再提）：",
                  "One more would help most (first what is missing, health before comfort; none that is under "
                  "construction):")  # fmt: skip
    lines = "".join(
        f"<div><b>{esc(reach.area.name)}</b>{esc(t('：', ': '))}{esc(words)}</div>" for reach, words in told
    )
    notes = [estimate_words(), *_gaps(found)]
    st.html(
        f'<div class="wg-panel wg-best"><div>{esc(title)}</div>{lines}'
        f'<div class="wg-note">{esc(t("；", "; ").join(notes))}{esc(t("。", "."))}</div></div>'
    )


def next_words(reach: Reach) -> str:
    """What a community is to have next and what is coming there; "" where there is neither."""
    best = next_one(reach)
    parts = [best_words(best, reach.limit_m, reach.states[best.kind])] if best else []
    parts += [coming_words(kind, measure, reach.limit_m) for kind, measure in reach.coming.items()]
    return t("；", "; ").join(parts) + t("。", ".") if parts else ""


def best_words(best: Best, limit: int, state: str) -> str:
    """Kind, place, households and buildings of the best place."""
    name, many = kind_name(best.kind), len(best.buildings)
    had = t("（原有一处停用）", " (the one there is closed)") if state == "closed" else ""
    households = _households(best.households)
    return t(
        f"在{best.place}增设{name}{had}，{households}（{many} 栋楼）步行 {limit} 米内就能走到",
        f"a {name[:1].lower()}{name[1:]}{had} at {best.place}: {many} buildings, {households}, "
        f"would have it within {limit} m",
    )


def coming_words(kind: str, measure: Measure, limit: int) -> str:
    """That one is under construction, and whom it will be within a walk of."""
    name, state = kind_name(kind), terms.FACILITY_STATES.label("planned", lang())
    if measure.part == "unknown":
        return t(f"{name}{state}，还不知道建成后多少户走得到",
                 f"{name.lower()} {state.lower()}: for how many households is not known")  # fmt: skip
    if measure.part == "known" and not measure.numerator:
        return t(f"{name}{state}，建成后走不到的户不减少",
                 f"{name.lower()} {state.lower()}: it will be within {limit} m of no more households")  # fmt: skip
    return t(f"{name}{state}，建成后{_households(measure)}步行 {limit} 米内就能走到",
             f"{name.lower()} {state.lower()}: {_households(measure)} will have it within {limit} m")  # fmt: skip


def _households(measure: Measure) -> str:
    if measure.part == "hidden":
        return t(f"{HIDDEN} 户", f"{HIDDEN} households")
    n, d = count(measure.numerator), measure.denominator
    if d is None:
        return t(f"{n} 户", f"{n} households")
    return t(f"现在走不到的 {n} / {count(d)} 户", f"{n} of the {count(d)} households now out of reach")


def _gaps(found: Sequence[Reach]) -> list[str]:
    """What could not be counted."""
    kinds = [item for item in ITEMS if any(reach.out[item].part == "unknown" for reach in found)]
    left_out = sum(reach.left_out for reach in found)
    gaps = []
    if kinds:
        names = t("、", ", ").join(kind_name(item) for item in kinds)
        some = t("部分社区", " in some communities") if len(found) > 1 else ""
        gaps.append(t(f"{some}{names}没有登记位置，不知道够不够得到", f"place not on record{some}: {names}"))
    if left_out:
        gaps.append(t(f"{left_out} 栋住宅没有户登记或位置，没有计入",
                      f"{left_out} residential buildings without register or position are left out"))  # fmt: skip
    if any(measure.part == "hidden" for reach in found for measure in reach.out.values()):
        gaps.append(f"{HIDDEN} {t(*HIDDEN_WHY)}")
    return gaps


# --- rows -------------------------------------------------------------------------------------------------------------


def draw_reach_table(found: Sequence[Reach], height: int) -> None:
    """One row per community: households out of reach of each kind, n of d."""
    rows = pd.DataFrame([
        {"community": reach.area.name, **{item: _cell(reach.out[item]) for item in ITEMS}} for reach in found
    ])  # fmt: skip
    heads: Mapping[str, str] = {"community": t("社区", "Community"), **{item: kind_name(item) for item in ITEMS}}
    draw_table(rows, key="reach", height=height, column_order=list(heads), column_config=dict(heads))


def _cell(measure: Measure) -> str:
    if measure.part != "known":
        return HIDDEN if measure.part == "hidden" else UNKNOWN
    return f"{count(measure.numerator)} / {count(measure.denominator)}"


def draw_walks(reach: Reach, item: str) -> None:
    """One row per residential building: the walk to the nearest facility of each kind, and what one more would do."""
    section("每栋楼走到最近设施", "On foot from each building", t(f"米，{estimate_words()}", f"m, {estimate_words()}"))
    best = reach.best.get(item)
    rows = reach.walks.sort_values([item, "building_code"], ascending=[False, True])
    table = pd.DataFrame({"building": rows["name"]})
    if best:
        table["after"] = ["＋" if code in best.buildings else "" for code in rows["building_code"]]
    for kind in ITEMS:
        table[kind] = [_walk(walk, reach.limit_m) for walk in rows[kind]]
    heads = {"building": t("楼栋", "Building"), "after": t("增设后走得到", "With one more"),
             item: kind_name(item), **{kind: kind_name(kind) for kind in ITEMS}}  # fmt: skip
    kept = ("building", "after", item) if is_phone() else tuple(heads)
    heads = {name: words for name, words in heads.items() if name in kept and name in table}
    draw_table(table, key="walks", height=388, column_order=list(heads),
               column_config={name: st.column_config.TextColumn(words, width="small" if is_phone() else None)
                              for name, words in heads.items()})  # fmt: skip


def _walk(walk_m: float, limit_m: int) -> str:
    """A walk to ten metres with a mark where it is too long."""
    if np.isnan(walk_m):
        return UNKNOWN
    if np.isinf(walk_m):
        return t("× 没有在用的", "× none in use")
    # Upwards beyond the limit, or 301 m would be said to be 300 m and too far.
    return f"× {count(10 * ceil(walk_m / 10))}" if walk_m > limit_m else count(10 * round(walk_m / 10))
