"""The map component (地图组件): what pydeck describes, drawn by deck.gl from this server.

Streamlit's own chart takes no script, sends no view back and draws every layer as it comes. This one takes the same
JSON; how it behaves stands in portal/static/map/deck_map.js, what it is made of in deploy/deck. Layers may say more
than pydeck knows: `shapes`, the address of shapes that do not change with the values that `data` then brings alone;
`place`, names in the order of their importance, of which those that have room are drawn.
"""

from collections.abc import Callable
from typing import Any

import orjson
import pydeck as pdk
import streamlit as st

from portal import assets, stage
from portal.words import t

_ICONS = {
    "in": "M10 4v12M4 10h12",
    "out": "M4 10h12",
    "home": "M3 9.5 10 4l7 5.5M5 8.5V16h10V8.5",
}
_HTML = (
    '<div class="wg-deck"><div class="wg-deck-map"></div><div class="wg-deck-hint" aria-hidden="true"></div>'
    '<div class="wg-deck-tip" hidden></div><div class="wg-deck-said" role="status" hidden></div>'
    '<div class="wg-deck-buttons" hidden>'
    + "".join(
        f'<button type="button" data-do="{name}"><svg viewBox="0 0 20 20" aria-hidden="true"><path d="{path}"/></svg>'
        "</button>"
        for name, path in _ICONS.items()
    )
    + "</div></div>"
)
# The script comes by address, so that a run of the page does not carry it. What waits for the first picture goes on
# without one, too. Streamlit also ends a run that a newer one has overtaken: only what has left the page is ended.
_START = """export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".wg-deck");
  root.style.height = `${data.height}px`;
  const goOn = () => data.first && setTriggerValue("drawn", true);
  clearTimeout(root.late);
  root.late = setTimeout(goOn, 8000);
  import(new URL(data.script, document.baseURI).href).then((script) => script.draw(component, root)).catch((error) => {
    console.warn(error.message);
    const said = root.querySelector(".wg-deck-said");
    said.textContent = data.words.lost;
    said.hidden = false;
    goOn();
  });
  return () => setTimeout(() => {
    if (root.isConnected) return;
    clearTimeout(root.late);
    root.map?.end();
    root.map = null;
  }, 0);
}"""
_map = st.components.v2.component("deck_map", html=_HTML, js=_START, isolate_styles=False)


def draw_deck(
    deck: pdk.Deck,
    *,
    key: str,
    height: int,
    bounds: tuple[float, float, float, float] | None = None,
    on_click: Callable[[str, str], None] | None = None,
    is_first: bool = False,
    has_controls: bool = True,
) -> None:
    """One map that keeps its canvas, its shapes and its view over reruns.

    bounds : what the first view shows, degrees, fitted in the browser; None for the view that the deck has. on_click :
    called with the id of a layer and the code (`c`) of what was clicked; both come from the browser. is_first : the
    first map of a session, which says when its areas stand. has_controls : whether it can be moved at all.
    """
    data = {
        "key": key, "height": height, "bounds": list(bounds) if bounds else None, "deck": orjson.loads(deck.to_json()),
        "script": assets.url("map/deck_map.js"), "deck_script": assets.url("vendor/deck.gl/deck.js"), "words": _words(),
        "clickable": on_click is not None, "first": is_first, "controls": has_controls,
    }  # fmt: skip
    _map(key=key, data=data, on_drawn_change=stage.go_on, on_clicked_change=lambda: _take_click(key, on_click))


def _take_click(key: str, on_click: Callable[[str, str], None] | None) -> None:
    clicked: Any = st.session_state[key]["clicked"]
    if on_click is not None and isinstance(clicked, dict):
        layer, code = clicked.get("layer"), clicked.get("code")
        if isinstance(layer, str) and isinstance(code, str):
            on_click(layer, code)


def _words() -> dict[str, str]:
    """What the map says of itself."""
    return {
        "map": t("地图", "Map"),
        "in": t("放大", "Zoom in"),
        "out": t("缩小", "Zoom out"),
        "home": t("回到全图", "Back to the first view"),
        "keys": t("方向键移动，+ 和 - 缩放，0 回到全图", "Arrows move, + and - zoom, 0 goes back"),
        "wheel": t("按住 Ctrl 滚动可缩放", "Ctrl + wheel zooms"),
        "wheel_mac": t("按住 ⌘ 滚动可缩放", "⌘ + wheel zooms"),
        "fingers": t("用两指移动和缩放地图", "Move and zoom the map with two fingers"),
        "none": t(
            "这个浏览器画不出地图（WebGL 不可用）；右侧和下方的数字不受影响。",
            "This browser cannot draw the map (no WebGL); the figures beside and below it are complete.",
        ),
        "lost": t("地图没有载入，请刷新页面。", "The map did not load; please reload the page."),
    }
