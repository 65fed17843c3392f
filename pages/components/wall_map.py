"""The map of the wall (大屏地图): areas raised by their rate on a dark ground, seen from the south, leaning back."""

import math
from typing import Any

import pydeck as pdk

from pages.components.map import FONT, PATTERN_MAPPING, PATTERNS, Bounds, fit, layer_url
from pages.components.page import is_phone, window
from portal import colours
from portal.choice import Choice
from portal.colours import rgba
from portal.identity import Viewer

PHONE_MAP = 0.56
"""The share of a phone's height that the map has; the same as in wall.css."""
_NOWHERE: Bounds = (109.0, 29.5, 110.0, 30.5)


def wall_layers(viewer: Viewer, choice: Choice, parts: set[str], bounds: Bounds | None) -> list[pdk.Layer]:
    """Ground, areas without a rate flat (patterned, or pale where they are of too few), areas raised by their rate,
    names above them."""
    code, place = choice.area.code, f"{choice.area.code}-{choice.level}"
    params = {"area": code, "level": choice.level, "ind": choice.indicator.code, "period": choice.period}
    height_m = _full_height(bounds)
    flat = {"parameters": {"depthCompare": "always", "depthWriteEnabled": False}, "pickable": False}
    layers = [_ground(viewer, code, "under", flat)]
    for part, pattern in (("unknown", "hatch"), ("hidden", "dots")):
        if part in parts:
            layers += _patterned(layer_url(viewer, "areas", part=part, **params), f"{part}-{place}", pattern, flat)
    if "light" in parts:
        layers.append(
            pdk.Layer(
                "GeoJsonLayer", data=layer_url(viewer, "areas", part="light", tone="wall", **params),
                id=f"light-{place}", stroked=True, filled=True, get_fill_color="properties.f",
                get_line_color=rgba(colours.WALL_UNKNOWN_LINE), get_line_width=1, line_width_units="'pixels'",
                line_width_min_pixels=1, **flat,
            )
        )  # fmt: skip
    layers.append(_ground(viewer, code, "over", flat))
    # Raised twice: roofs in the very colours of the legend; darker walls in the light of a low sun, a little lower.
    dark = "[properties.f[0] * 0.6, properties.f[1] * 0.6, properties.f[2] * 0.6, 255]"
    for tone, fill, share, ambient in (("wall", "properties.f", 1.0, 1.0), ("walls", dark, 0.99, 0.45)):
        layers.append(
            pdk.Layer(
                "GeoJsonLayer", data=layer_url(viewer, "areas", part="known", tone=tone, **params),
                id=f"{tone}-{place}", pickable=False, filled=True, extruded=True, get_fill_color=fill,
                # The edges of a roof: bright where the area has reported in part, else of its own colour.
                wireframe=tone == "wall", get_line_color="properties.l",
                get_elevation=f"properties.r * {round(height_m * share)}",
                material={"ambient": ambient, "diffuse": 1 - ambient, "shininess": 1, "specularColor": [0, 0, 0]},
            )
        )  # fmt: skip
    zoom, size = f"{wall_view(bounds, 0).zoom:.1f}", round(2.4 * wall_unit())
    layers.append(
        pdk.Layer(
            "TextLayer", data=layer_url(viewer, "name_labels", zoom=zoom, size=str(size), **params),
            id=f"labels-{place}", pickable=False,
            get_position=f"[p[0], p[1], r * {height_m}]", get_text="n", get_size=size,
            get_color=rgba(colours.WALL_INK), character_set="'auto'", font_family=FONT, font_weight=600,
            font_settings={"fontSize": 64, "buffer": 6}, background=True, background_padding=[8, 2, 8, 4],
            get_background_color=rgba(colours.WALL_GROUND, 205), background_border_radius=4,
            parameters={"depthCompare": "always"},
        )
    )  # fmt: skip
    return layers


def _ground(viewer: Viewer, code: str, part: str, flat: dict[str, Any]) -> pdk.Layer:
    """Neighbours under the areas; water, streets and the outline over those that lie flat."""
    data = layer_url(viewer, "context", area=code, part=part, tone="wall")
    return pdk.Layer(
        "GeoJsonLayer", data=data, id=f"context_{part}-{code}",
        stroked=True, filled=True, get_fill_color="properties.f", get_line_color="properties.l",
        get_line_width="properties.w * 1.5", line_width_units="'pixels'", line_width_min_pixels=1, **flat,
    )  # fmt: skip


def _patterned(data: str, name: str, pattern: str, flat: dict[str, Any]) -> list[pdk.Layer]:
    line = colours.WALL_UNKNOWN_LINE
    return [
        pdk.Layer(
            "GeoJsonLayer", data=data, id=name, stroked=True, filled=True, **flat,
            get_fill_color=rgba(colours.WALL_UNKNOWN_FILL), get_line_color=rgba(line), get_line_width=1,
            line_width_units="'pixels'", line_width_min_pixels=1,
        ),
        pdk.Layer(
            "GeoJsonLayer", data=data, id=f"pattern-{name}", stroked=False, filled=True, **flat,
            get_fill_color=rgba(line, 130), fill_pattern_mask=True, fill_pattern_atlas=PATTERNS,
            fill_pattern_mapping=PATTERN_MAPPING, get_fill_pattern=f"'{pattern}'", get_fill_pattern_scale=1,
            fill_pattern_enabled=True, extensions=[{"@@type": "FillStyleExtension", "pattern": True}],
        ),
    ]  # fmt: skip


def _full_height(bounds: Bounds | None) -> int:
    """How high in metres a rate of one stands: a seventh of the width of what is shown."""
    return round((bounds[2] - bounds[0]) * 111_000 / 7) if bounds else 0


def wall_unit() -> float:
    """The unit of wall.css in CSS pixels for this window."""
    width, height = window()
    return 6 if is_phone() else min(width / 192, height / 108)


def wall_height(top: int) -> int:
    """The height of the map in CSS pixels, under the head of the wall and `top` pixels that are not the wall's."""
    height = window()[1]
    return round(height * PHONE_MAP) if is_phone() else math.ceil(height - top - 11 * wall_unit())


def wall_view(bounds: Bounds | None, top: int) -> pdk.ViewState:
    """The view that shows an area leaning back: the tilt takes height away, the raised areas need some above."""
    width = window()[0]
    if is_phone():
        return fit(bounds or _NOWHERE, width, wall_height(top), pitch=45)
    view = fit(bounds or _NOWHERE, width - 50 * wall_unit(), wall_height(top) * 1.17, pitch=45)
    if bounds:
        # What is raised reaches upwards: look at a point a little south of the middle.
        view.latitude -= 0.03 * (bounds[3] - bounds[1])
    return view
