"""The map (地图): layers fetched by address from portal.routes, a legend with counts, the notice every map bears.

    layers = [context_layer(viewer, code), *area_layers(viewer, choice), label_layer(viewer, choice)]
    draw_map(layers, bounds, key="overview", legend=class_legend(viewer, choice), on_click=drill)

Geometry never travels in the page message. `map_provider=None` and no `map_style` is what keeps the map on this host.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pydeck as pdk
import streamlit as st

from data import terms
from pages.components.deck import draw_deck
from pages.components.page import is_phone, window
from portal import address, colours, completeness, features, reads, signing, stage
from portal.choice import Choice
from portal.colours import rgba
from portal.frame import map_number
from portal.identity import Viewer
from portal.snapshot import Area
from portal.standing import drawn
from portal.words import esc, lang, t

Bounds = tuple[float, float, float, float]
FONT = "'Noto Sans SC, Microsoft YaHei, PingFang SC, sans-serif'"
PATTERNS = "'/app/static/map/patterns.png'"  # inner quotes: pydeck would open a bare path itself
PATTERN_MAPPING = {
    "hatch": {"x": 0, "y": 0, "width": 64, "height": 64, "mask": True},
    "dots": {"x": 64, "y": 0, "width": 64, "height": 64, "mask": True},
}
ANYWHERE: Bounds = (109.0, 29.5, 110.0, 30.5)
"""A view for a map without any shape."""
PARTIAL_PIXELS = 2.2
"""How wide the outline of areas is that have reported in part."""
CLICKABLE = ("areas", "light", "unknown", "hidden", "buildings")
"""Layers whose code is given to `on_click`: their ids begin with these words."""


def layer_url(viewer: Viewer, layer: str, **params: str) -> str:
    """The signed address of a layer, with the state of the data, so that a load or a restored store changes it."""
    version = reads.data_key(viewer)
    return signing.signed_url(f"/map/{layer}", {"lang": lang(), "v": version, **params}, viewer)


def shapes_url(viewer: Viewer, code: str, level: str) -> str:
    """The address of the shapes of a level inside an area, which stay when the values asked for beside them change."""
    return layer_url(viewer, "outlines", area=code, level=level)


def quoted(text: str) -> str:
    """A text that pydeck would take for an expression."""
    return f"'{text}'"


# --- layers -----------------------------------------------------------------------------------------------------------


def context_layer(viewer: Viewer, code: str, part: str = "under") -> pdk.Layer:
    """Round an area ("under": neighbours) or across it ("over": water, streets, its outline); never clicked."""
    return pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "context", area=code, part=part), id=f"context_{part}-{code}",
        pickable=False, stroked=True, filled=True, get_fill_color="properties.f", get_line_color="properties.l",
        get_line_width="properties.w", line_width_units="'pixels'", line_width_min_pixels=0.5,
    )  # fmt: skip


def outline_layer(viewer: Viewer, code: str, level: str, fill: str, line: str) -> pdk.Layer:
    """The shapes of a level inside an area in one colour, as the ground for something else; never clicked."""
    return pdk.Layer(
        "GeoJsonLayer", data=shapes_url(viewer, code, level), id=f"outlines-{level}",
        pickable=False, filled=True, stroked=True, get_fill_color=rgba(fill), get_line_color=rgba(line),
        get_line_width=1, line_width_units="'pixels'",
    )  # fmt: skip


def area_layers(
    viewer: Viewer, choice: Choice, *, height_m: float = 0, pickable: bool = True, opacity: float = 1
) -> list[pdk.Layer]:
    """The areas of the chosen level by class; those of too few or with nothing to count light, unknown ones hatched,
    hidden ones dotted, each kind in a layer of its own.

    Water, streets and the outline lie over them when they are flat. height_m : the height in metres of a full bar
    when the areas are raised by their rate; 0 draws them flat. opacity : less than 1 where something coloured lies over
    them, such as buildings.
    """
    params = {"area": choice.area.code, "level": choice.level, "ind": choice.indicator.code, "period": choice.period}
    params |= {"classes": choice.classes} if choice.classes else {}
    shapes = shapes_url(viewer, choice.area.code, choice.level)
    place = f"{choice.area.code}-{choice.level}"
    codes = [a.code for a in reads.below(viewer, choice.area.code, choice.level)]
    found = reads.measures(viewer, choice.indicator.code, choice.period, codes).values()
    parts = {drawn(m, choice.indicator) for m in found}
    raised: dict[str, Any] = {"extruded": True, "get_elevation": f"properties.r * {height_m}"} if height_m else {}
    layers = []
    for part, name, pattern, line in (
        ("unknown", "unknown", "hatch", colours.UNKNOWN_LINE),
        ("hidden", "hidden", "dots", colours.QUIET),
    ):
        if part in parts:
            data = layer_url(viewer, "areas", part=part, only="values", **params)
            layers += patterned(data, f"{name}-{place}", pattern, line, pickable, shapes)
    if "light" in parts:
        data = layer_url(viewer, "areas", part="light", only="values", **params)
        layers.append(filled_layer(data, f"light-{place}", line=colours.UNKNOWN_LINE, wide=1, pickable=pickable,
                                   opacity=opacity, shapes=quoted(shapes)))  # fmt: skip
    known = layer_url(viewer, "areas", part="known", only="values", **params)
    layers.append(filled_layer(known, f"areas-{place}", pickable=pickable, stroked=not height_m, opacity=opacity,
                               shapes=quoted(shapes), **raised))  # fmt: skip
    if height_m:
        return layers
    layers.append(context_layer(viewer, choice.area.code, "over"))
    if completeness.partial(viewer, choice.indicator.code, choice.period, codes):
        data = layer_url(viewer, "areas", part="partial", only="values", **params)
        layers.append(marked_layer(data, f"partial-{place}", shapes))
    return layers


def marked_layer(data: str, name: str, shapes: str) -> pdk.Layer:
    """The outline of areas that have reported in part, over everything that fills them; never clicked."""
    return pdk.Layer(
        "GeoJsonLayer", data=data, shapes=quoted(shapes), id=name, pickable=False, filled=False, stroked=True,
        get_line_color=rgba(colours.PARTIAL_LINE), get_line_width=0, line_width_min_pixels=PARTIAL_PIXELS,
        line_width_units="'pixels'",
    )  # fmt: skip


def filled_layer(
    data: str, name: str, *, line: str = "#ffffff", wide: float = 1.2, pickable: bool = True, **look: Any
) -> pdk.Layer:
    """Areas in the colours they bring, parted by lines `wide` pixels at every zoom; darker under the mouse."""
    return pdk.Layer(
        "GeoJsonLayer", data=data, id=name, pickable=pickable, auto_highlight=pickable,
        highlight_color=[27, 39, 51, 40], filled=True, get_fill_color="properties.f", get_line_color=rgba(line),
        line_width_min_pixels=wide, get_line_width=0, line_width_units="'pixels'", **{"stroked": True, **look},
    )  # fmt: skip


def patterned(data: str, name: str, pattern: str, line: str, pickable: bool, shapes: str) -> list[pdk.Layer]:
    """A pale ground with a pattern over it: what has no number must not look like the lowest class."""
    ground = pdk.Layer(
        "GeoJsonLayer", data=data, shapes=quoted(shapes), id=name, pickable=pickable, stroked=True, filled=True,
        get_fill_color=rgba(colours.UNKNOWN_FILL, 200), get_line_color=rgba(line, 160), line_width_min_pixels=1,
        get_line_width=0, line_width_units="'pixels'",
    )  # fmt: skip
    over = pdk.Layer(
        "GeoJsonLayer", data=data, shapes=quoted(shapes), id=f"pattern-{name}", pickable=False, stroked=False,
        filled=True, get_fill_color=rgba(line, 150), fill_pattern_mask=True, fill_pattern_atlas=PATTERNS,
        fill_pattern_mapping=PATTERN_MAPPING, get_fill_pattern=f"'{pattern}'", get_fill_pattern_scale=1,
        fill_pattern_enabled=True, extensions=[{"@@type": "FillStyleExtension", "pattern": True}],
    )  # fmt: skip
    return [ground, over]


def label_layer(viewer: Viewer, choice: Choice, *, size: int = 13, colour: str = colours.INK) -> pdk.Layer:
    """The names of the areas shown, with their value; those that have room at a zoom are drawn, the first before."""
    data = layer_url(viewer, "labels", area=choice.area.code, level=choice.level, ind=choice.indicator.code,
                     period=choice.period)  # fmt: skip
    return name_layer(data, f"labels-{choice.area.code}-{choice.level}", size=size, colour=colour)


def name_layer(data: str, name: str, *, size: int = 13, colour: str = colours.INK) -> pdk.Layer:
    """Names on plates, from the address of a layer of texts in the order of their importance."""
    plate = [255, 255, 255, 215] if colour == colours.INK else [11, 22, 34, 205]
    return pdk.Layer(
        "TextLayer", data=data, id=name, pickable=False, get_position="p",
        get_text="t", get_size=size, character_set="'auto'", font_family=FONT, font_weight=600,
        font_settings={"fontSize": 40, "buffer": 4}, get_color=rgba(colour), line_height=1.2,
        # A plate reads better than an outline at this size.
        background=True, get_background_color=plate, background_padding=[4, 2], background_border_radius=3, place=True,
    )  # fmt: skip


def building_layer(viewer: Viewer, code: str, by: str = "state") -> pdk.Layer:
    """The footprints inside an area: by "state" of visits, by having a "group", by having a building "lead"."""
    return pdk.Layer(
        "GeoJsonLayer", data=layer_url(viewer, "buildings", area=code, by=by), id=f"buildings-{code}-{by}",
        pickable=True, stroked=True, filled=True, get_fill_color="properties.f", get_line_color=[27, 39, 51, 110],
        line_width_min_pixels=0.5, get_line_width=0, line_width_units="'pixels'", point_radius_min_pixels=3,
    )  # fmt: skip


def org_layer(viewer: Viewer, code: str, kind: str) -> pdk.Layer:
    """Organisations of a kind as ringed dots: branches larger than building groups."""
    radius = {"grid_branch": 6, "relocation_org": 6}.get(kind, 3.5)
    return _dots(layer_url(viewer, "orgs", area=code, kind=kind), f"orgs-{kind}-{code}", radius)


def facility_layer(viewer: Viewer, code: str) -> pdk.Layer:
    """Facilities as dots coloured by their state."""
    return _dots(layer_url(viewer, "facilities", area=code), f"facilities-{code}", 5)


def _dots(data: str, name: str, radius: float) -> pdk.Layer:
    return pdk.Layer(
        "GeoJsonLayer", data=data, id=name, pickable=True, stroked=True, filled=True, get_fill_color="properties.f",
        get_line_color=[255, 255, 255, 255], get_line_width=1.5, line_width_units="'pixels'", get_point_radius=radius,
        point_radius_units="'pixels'",
    )  # fmt: skip


# --- the view and the deck --------------------------------------------------------------------------------------------


def map_height() -> int:
    """A map as high as the window allows without scrolling, between 420 and 1,500 px; 360 px on a phone."""
    return 360 if is_phone() else max(420, min(1500, window()[1] - 300))


def _size(share: float, height: int) -> tuple[float, int]:
    """Width and height of a map in pixels, as near as the server can know them."""
    return window()[0] - 32 if is_phone() else (window()[0] - 64) * share, height or map_height()


def view_of(bounds: Bounds, share: float, height: int = 0) -> pdk.ViewState:
    """The first view of a map with such bounds, share and height (see `draw_map`)."""
    return fit(bounds, *_size(share, height))


def fit(bounds: Bounds, width: float, height: float, *, pitch: float = 0) -> pdk.ViewState:
    """The view that shows bounds (degrees) inside a map of a size in pixels, with a margin."""
    west, south, east, north = bounds

    def y(lat: float) -> float:
        return math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)

    share_x, share_y = max((east - west) / 360, 1e-7), max(y(north) - y(south), 1e-7)
    zoom = min(math.log2(width * 0.9 / 512 / share_x), math.log2(height * 0.88 / 512 / share_y))
    return pdk.ViewState(longitude=(west + east) / 2, latitude=(south + north) / 2, zoom=round(min(zoom, 18), 3),
                         pitch=pitch, bearing=0, min_zoom=6, max_zoom=20)  # fmt: skip


def scale_patterns(layers: Sequence[pdk.Layer], view: pdk.ViewState) -> None:
    """Patterns are measured in metres: give them the size that looks right at the first view."""
    metres_per_pixel = 78271.5 * math.cos(math.radians(view.latitude)) / 2**view.zoom
    for layer in layers:
        if getattr(layer, "fill_pattern_mask", False):
            layer.get_fill_pattern_scale = round(metres_per_pixel * 0.6, 3)


def draw_map(
    layers: Sequence[pdk.Layer],
    bounds: Bounds | None,
    *,
    key: str,
    legend: str = "",
    on_click: Callable[[str, str], None] | None = None,
    height: int = 0,
    share: float = 0.66,
) -> None:
    """One map that keeps its canvas over reruns.

    bounds : what to show at first, degrees; None where no area has a shape yet, which is said in the map. key : of the
    page; the same on every run. legend : HTML of `*_legend`. on_click : called with the layer (of CLICKABLE) and the
    code of what was clicked; look the code up again with `reads`, it comes from the browser. share : the part of the
    window's width the map has.
    """
    view = fit(bounds or ANYWHERE, *_size(share, height))
    scale_patterns(layers, view)
    deck = pdk.Deck(layers=list(layers), initial_view_state=view, map_provider=None, views=[pdk.View(type="MapView")])
    with st.container(key=f"wg_map_{key}", gap=None):
        click = None if on_click is None else lambda layer, code: _take_click(layer, code, on_click)
        is_first = stage.wait_for_map()
        draw_deck(deck, key=f"map_{key}", height=height or map_height(), bounds=bounds, on_click=click,
                  is_first=is_first)  # fmt: skip
        lack = "" if bounds else f'<div class="wg-noshapes">{esc(no_shapes_words())}</div>'
        waits = '<div class="wg-waits" hidden></div>' if is_first else ""
        st.html(f'<div class="wg-overlay">{lack}{legend}{notice()}{waits}</div>')


def _take_click(layer_id: str, code: str, on_click: Callable[[str, str], None]) -> None:
    name = layer_id.split("-")[0]
    if name in CLICKABLE:
        on_click(name, code)


def no_shapes_words() -> str:
    """What stands in a map while no area has a shape."""
    return t("还没有边界图形。载入“行政区划边界”后，这里显示地图。",
             "No boundaries yet: the map is drawn once the boundaries of places are loaded.")  # fmt: skip


def notice() -> str:
    """The notice every map bears, as HTML."""
    return f'<div class="wg-mapno">{esc(notice_words())}</div>'


def notice_words() -> str:
    """The words of the notice: the review number of the map, or that it has none."""
    number = map_number()
    return t(f"审图号：{number}", f"Map review no. {number}") if number else t(
        "内部工作用图 · 未经审图", "Internal working map · not reviewed")  # fmt: skip


def drill(_layer: str, code: str) -> None:
    """The usual click: the area clicked becomes the area shown, at its own next level."""
    address.go(area=code, level=None)


def shown_areas(viewer: Viewer, choice: Choice) -> list[Area]:
    """The areas on the map of a choice."""
    return reads.below(viewer, choice.area.code, choice.level)


def first_bounds(viewer: Viewer, choice: Choice, *, whole: bool = False) -> Bounds | None:
    """What to show at first: the areas with a number; all of the area when `whole`, or when they span most of it."""
    inside = shown_areas(viewer, choice)
    measures = reads.measures(viewer, choice.indicator.code, choice.period, [a.code for a in inside])
    known = [a for a in inside if measures[a.code].part != "unknown"]
    near, all_of_it = features.extent(known), choice.area.bounds
    if whole or near is None or all_of_it is None:
        return all_of_it or near
    # Where they are spread over most of the area, cutting its edges off would only confuse.
    wide, high = ((near[i + 2] - near[i]) / (all_of_it[i + 2] - all_of_it[i]) for i in (0, 1))
    return all_of_it if max(wide, high) > 0.6 else near


def level_name(level: str) -> str:
    """A level in the reader's language."""
    return terms.LEVELS.label(level, lang())
