"""The small map of the phone pages (楼栋小地图): folium with everything it needs from this server.

One GeoJson layer carries all footprints; values reach folium only as properties that went through `esc`, never as
popup or tooltip strings (folium writes those into JavaScript).
"""

from collections.abc import Sequence
from typing import Any

import folium
from streamlit_folium import st_folium

from pages.components.vendor import vendor
from portal.words import esc

COLOURS = {"overdue": "#b30000", "soon": "#e6a700", "in_time": "#2b8cbe", "never": "#e34a33", "none": "#d9d9d9"}
INK, GROUND, PAPER, WATER, STREET = "#1b2733", "#e9eef2", "#ffffff", "#c9dfee", "#c3ccd4"


def _serve_locally() -> None:
    """Point folium at our own files. Once, at import: the lists belong to the class, not to a map."""
    at = vendor()
    folium.Map.default_js = [
        ("leaflet", f"{at}/leaflet/leaflet.js"),
        ("leaflet_offline", f"{at}/leaflet/leaflet-offline.js"),
        ("jquery", f"{at}/jquery/jquery.min.js"),
    ]
    folium.Map.default_css = [("leaflet_css", f"{at}/leaflet/leaflet.css")]


_serve_locally()


def draw_street_map(
    features: Sequence[dict[str, Any]],
    *,
    bounds: tuple[float, float, float, float],
    outline: dict[str, Any] | None,
    streets: dict[str, Any] | None,
    water: dict[str, Any] | None,
    selected: str | None,
    labels: tuple[str, str],
    key: str,
    height: int = 420,
) -> str | None:
    """Draw footprints and return the code of the one that was tapped, or None.

    features : GeoJSON features with the properties `code`, `name`, `note`, `mark` (a key of COLOURS).
    bounds : west, south, east, north in degrees. labels : the words before name and note in the tooltip.
    """
    west, south, east, north = bounds
    drawing = folium.Map(
        location=[(south + north) / 2, (west + east) / 2], tiles=None, max_zoom=20, prefer_canvas=True,
        attribution_control=False, zoom_snap=0.25,
    )  # fmt: skip
    drawing.get_root().header.add_child(folium.Element(f"<style>.leaflet-container{{background:{GROUND}}}</style>"))
    for shape, style in (
        (outline, {"weight": 0, "fillColor": PAPER, "fillOpacity": 1.0}),
        (water, {"color": WATER, "weight": 0, "fillColor": WATER, "fillOpacity": 1.0}),
        (streets, {"color": STREET, "weight": 2, "fill": False}),
        (outline, {"color": INK, "weight": 2, "fill": False, "dashArray": "6 4"}),
    ):
        if shape is not None:
            folium.GeoJson(shape, style_function=lambda _f, style=style: style, interactive=False).add_to(drawing)
    safe = [_safe(feature, selected) for feature in features]
    if safe:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": safe},
            style_function=lambda feature: feature["properties"]["style"],
            # A building of which only a point is known; the marker of Leaflet would ask for a picture.
            marker=folium.CircleMarker(radius=7, fill=True),
            tooltip=folium.GeoJsonTooltip(fields=["name", "note"], aliases=[esc(label) for label in labels]),
        ).add_to(drawing)
    drawing.fit_bounds([[south, west], [north, east]])
    returned = st_folium(
        drawing, key=key, height=height, use_container_width=True, returned_objects=["last_active_drawing"]
    )
    tapped = (returned or {}).get("last_active_drawing") or {}
    code = (tapped.get("properties") or {}).get("code")
    return str(code) if code else None


def _safe(feature: dict[str, Any], selected: str | None) -> dict[str, Any]:
    given = feature["properties"]
    is_selected = given["code"] == selected
    style = {
        "color": INK if is_selected else "#ffffff",
        "weight": 3 if is_selected else 1,
        "fillColor": COLOURS[given["mark"]],
        "fillOpacity": 0.95,
    }
    words = {name: esc(given[name]) for name in ("code", "name", "note")}
    return {"type": "Feature", "geometry": feature["geometry"], "properties": {**words, "style": style}}
