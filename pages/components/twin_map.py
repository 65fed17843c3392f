"""Two maps that move as one (并排地图): Leaflet from this server, shapes fetched by address, one tooltip for both.

deck.gl inside Streamlit cannot tie two maps together. Only addresses and legends travel in the page message; a change
of a period fetches the layers of that side alone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.legend import class_legend
from pages.components.map import first_bounds, layer_url, map_height, no_shapes_words, notice, view_of
from pages.components.page import is_phone
from pages.components.vendor import vendor
from portal import colours, reads
from portal.choice import Choice
from portal.identity import Viewer
from portal.sides import Sides
from portal.standing import drawn
from portal.words import esc

_HTML = '<div class="wg-twins">' + 2 * (
    '<div class="wg-twin" role="group"><div class="wg-canvas"></div><div class="wg-overlay"></div></div>'
) + "</div>"  # fmt: skip
_twins = st.components.v2.component(
    "twin_map", html=_HTML, js=(Path(__file__).parent / "twin_map.js").read_text(encoding="utf-8"), isolate_styles=False
)
PHONE_HEIGHT = 300


def draw_twins(viewer: Viewer, both: Sides, titles: Sequence[str], on_click: Callable[[str], None]) -> None:
    """The two maps. titles : what each shows, for those who do not see it. on_click : called with the code of an area;
    look it up again with `reads`, it comes from the browser."""
    height = PHONE_HEIGHT if is_phone() else map_height() - 60
    bounds = first_bounds(viewer, both.left) or first_bounds(viewer, both.right)
    if bounds is None:
        st.html(f'<div class="wg-panel">{esc(no_shapes_words())}</div>')
        return
    zoom = view_of(bounds, 0.5, height).zoom
    data = {
        "vendor": vendor(), "height": height, "bounds": list(bounds),
        "sides": [
            {
                "title": title,
                "legend": class_legend(viewer, one, beside=beside, title=title) + notice(),
                "layers": _layers(viewer, one, beside, f"{zoom:.1f}"),
            }
            for one, beside, title in zip((both.left, both.right), both.beside, titles, strict=True)
        ],
    }  # fmt: skip
    _twins(key="twins", data=data, on_clicked_change=lambda: _take(on_click))


def _layers(viewer: Viewer, one: Choice, beside: str, zoom: str) -> list[dict[str, Any]]:
    """The layers of one map from the bottom up: kind, address, and the pattern of what has no number."""
    code, params = one.area.code, {"area": one.area.code, "level": one.level}
    codes = [a.code for a in reads.below(viewer, code, one.level)]
    parts = {drawn(m, one.indicator) for m in reads.measures(viewer, one.indicator.code, one.period, codes).values()}
    numbers = {**params, "ind": one.indicator.code, "period": one.period}
    classes = {"classes": one.classes, **({"vs": beside} if beside else {})} if one.classes else {}
    layers = [{"kind": "under", "url": layer_url(viewer, "context", area=code, part="under")}]
    for part, pattern in (("unknown", "unknown"), ("hidden", "hidden"), ("light", ""), ("known", "")):
        if part in parts:
            url = layer_url(viewer, "areas", part=part, **numbers, **(classes if part == "known" else {}))
            line = "#ffffff" if part == "known" else colours.UNKNOWN_LINE
            layers.append({"kind": "areas", "url": url, "pattern": pattern, "line": line})
    layers.append({"kind": "over", "url": layer_url(viewer, "context", area=code, part="over")})
    layers.append({"kind": "names", "url": layer_url(viewer, "labels", zoom=zoom, size="12", **numbers)})
    return layers


def _take(on_click: Callable[[str], None]) -> None:
    code = st.session_state["twins"]["clicked"]
    if isinstance(code, str):
        on_click(code)
