"""Map layers of the relocation page: communities by items in use; inside one, its houses and facilities by kind."""

from typing import Any

import pydeck as pdk

from data import terms
from pages.components.legend import HATCH, key_legend
from pages.components.map import FONT, PATTERN_MAPPING, PATTERNS, layer_url
from pages.components.matrix import MARKS
from portal import colours, reads
from portal.choice import indicators
from portal.colours import rgba
from portal.identity import Viewer
from portal.relocation import ITEMS, STEPS, Site
from portal.standing import drawn
from portal.words import lang, t

WHITE = [255, 255, 255, 255]
HOUSES = "#d3dae0"


def site_layers(viewer: Viewer, code: str, period: str, sites: list[Site]) -> list[pdk.Layer]:
    """The relocation communities inside an area by items in use, with their names; unknown ones hatched.

    In a county they are small, so each has a dot besides its outline.
    """
    where = {"area": code, "period": period}
    layers = _townships(viewer, code, period)
    if any(not site.is_known for site in sites):
        layers += _unknown(layer_url(viewer, "relocation", part="unknown", **where), code)
    shown: dict[str, Any] = {
        "pickable": True, "auto_highlight": True, "highlight_color": [27, 39, 51, 40], "stroked": True, "filled": True,
        "get_fill_color": "properties.f", "get_line_color": rgba(colours.INK), "line_width_units": "'pixels'",
    }  # fmt: skip
    layers.append(pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "relocation", part="known", **where), id=f"areas-relocation-{code}",
        get_line_width=1, **shown))  # fmt: skip
    layers.append(pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "relocation_points", **where), id=f"areas-dots-{code}",
        get_line_width=1.2, get_point_radius=8, point_radius_units="'pixels'", **shown))  # fmt: skip
    layers.append(pdk.Layer(
        "TextLayer", data=layer_url(viewer, "relocation_labels", **where), id=f"labels-relocation-{code}",
        pickable=False, get_position="p", get_text="t", get_size=13, character_set="'auto'", font_family=FONT,
        font_weight=600, font_settings={"fontSize": 40, "buffer": 4}, get_color=rgba(colours.INK), line_height=1.2,
        get_pixel_offset="o", background=True, get_background_color=[255, 255, 255, 215],
        background_padding=[4, 2], background_border_radius=3, place=True))  # fmt: skip
    return layers


def _townships(viewer: Viewer, code: str, period: str) -> list[pdk.Layer]:
    """The outlines of the townships, to find one's way; nothing inside a township."""
    if not (inside := reads.below(viewer, code, "township")) or inside[0].code == code:
        return []
    where = {"area": code, "level": "township", "ind": "REL-01", "period": period}
    found = reads.measures(viewer, "REL-01", period, [a.code for a in inside]).values()
    parts = {drawn(measure, indicators()["REL-01"]) for measure in found}
    return [
        pdk.Layer(
            "GeoJsonLayer", data=layer_url(viewer, "areas", part=part, **where), id=f"townships-{part}-{code}",
            pickable=False, stroked=True, filled=True, get_fill_color=[255, 255, 255, 160],
            get_line_color=rgba("#aab5bf"), get_line_width=1, line_width_units="'pixels'",
        )
        for part in sorted(parts)
    ]  # fmt: skip


def _unknown(data: str, code: str) -> list[pdk.Layer]:
    line = colours.UNKNOWN_LINE
    ground = pdk.Layer(
        "GeoJsonLayer", data=data, id=f"unknown-relocation-{code}", pickable=True, stroked=True, filled=True,
        get_fill_color=rgba(colours.UNKNOWN_FILL), get_line_color=rgba(colours.INK), get_line_width=1,
        line_width_units="'pixels'",
    )  # fmt: skip
    over = pdk.Layer(
        "GeoJsonLayer", data=data, id=f"pattern-relocation-{code}", pickable=False, stroked=False, filled=True,
        get_fill_color=rgba(line, 150), fill_pattern_mask=True, fill_pattern_atlas=PATTERNS,
        fill_pattern_mapping=PATTERN_MAPPING, get_fill_pattern="'hatch'", get_fill_pattern_scale=1,
        fill_pattern_enabled=True, extensions=[{"@@type": "FillStyleExtension", "pattern": True}],
    )  # fmt: skip
    return [ground, over]


def houses_layer(viewer: Viewer, code: str) -> pdk.Layer:
    """The buildings of a community in one quiet colour: the ground its facilities stand on."""
    return pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "buildings", area=code, by="group"), id=f"houses-{code}", pickable=False,
        stroked=True, filled=True, get_fill_color=rgba(HOUSES), get_line_color=rgba("#aab5bf"), get_line_width=0.6,
        line_width_units="'pixels'", point_radius_min_pixels=3,
    )  # fmt: skip


def kinds_layer(viewer: Viewer, code: str) -> pdk.Layer:
    """The facilities of a community as dots by state; beside each the name of its kind, and its mark if not in use."""
    words = {state: terms.FACILITY_STATES.label(state, lang()) for state in ("planned", "closed")}
    marks = " : ".join(f"properties.x == '{word}' ? ' {MARKS[state]}'" for state, word in words.items())
    return pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "facilities", area=code), id=f"kinds-{code}", pickable=True,
        point_type="'circle+text'", stroked=True, filled=True, get_fill_color="properties.f", get_line_color=WHITE,
        get_line_width=1.5, line_width_units="'pixels'", get_point_radius=6, point_radius_units="'pixels'",
        get_text=f"properties.v + ({marks} : '')", get_text_size=12, get_text_color=rgba(colours.INK),
        get_text_pixel_offset=[10, 0],
        get_text_anchor="'start'", text_character_set="'auto'", text_font_family=FONT, text_font_weight=600,
        text_font_settings={"fontSize": 40, "buffer": 4}, text_background=True, text_background_padding=[3, 1],
        get_text_background_color=[255, 255, 255, 205], text_background_border_radius=3,
    )  # fmt: skip


def step_legend(sites: list[Site]) -> str:
    """The colours of the communities with their counts."""
    entries: list[tuple[str, str, int | None]] = []
    above = len(ITEMS) + 1
    for least, colour in STEPS.items():
        many = sum(site.in_use is not None and least <= site.in_use < above for site in sites)
        zh = f"{least} 项" if least else f"少于 {above} 项"
        en = f"{least} items" if least else f"fewer than {above}"
        if least == len(ITEMS):
            zh, en = "6 项齐全", "all 6"
        entries.append((colour, t(zh, en), many))
        above = least
    unknown = sum(not site.is_known for site in sites)
    if unknown:
        entries.append((HATCH, t("没有登记", "No record"), unknown))
    return key_legend("在用配套", "Facilities in use", entries)
