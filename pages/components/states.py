"""Buildings by the state of their visits (楼栋走访状态): on the map, in its legend and as bars; never their counts."""

import pydeck as pdk

from data import terms
from pages.components.bars import Bar
from pages.components.map import FONT, PATTERN_MAPPING, PATTERNS, building_layer, layer_url
from portal import colours, work
from portal.choice import Choice
from portal.colours import rgba
from portal.identity import Viewer
from portal.words import count, esc, lang, t


def state_layers(viewer: Viewer, choice: Choice) -> list[pdk.Layer]:
    """The outlines of the areas shown, the footprints by state, the unknown ones hatched, a mark on each."""
    code = choice.area.code
    params = {"area": code, "level": choice.level, "ind": choice.indicator.code, "period": choice.period}
    place = f"{code}-{choice.level}"
    outlines = [
        pdk.Layer(
            "GeoJsonLayer", data=layer_url(viewer, "areas", part=part, **params), id=f"{name}-outline-{place}",
            pickable=choice.level != choice.area.level, stroked=True, filled=True, get_fill_color=[255, 255, 255, 150],
            get_line_color=rgba(colours.QUIET, 200), get_line_width=1.4, line_width_units="'pixels'",
        )
        for part, name in (("known", "areas"), *((part, part) for part in ("light", "unknown", "hidden")))
    ]  # fmt: skip
    layers = [*outlines, building_layer(viewer, code)]
    if work.building_states(viewer, code).get("unknown"):
        fill = f"properties.k == 'unknown' ? {rgba(colours.UNKNOWN_LINE)} : [0, 0, 0, 0]"
        layers.append(pdk.Layer(
            "GeoJsonLayer", data=layer_url(viewer, "buildings", area=code, by="state"), id=f"pattern-buildings-{code}",
            pickable=False, stroked=False, filled=True, get_fill_color=fill,
            fill_pattern_mask=True, fill_pattern_atlas=PATTERNS, fill_pattern_mapping=PATTERN_MAPPING,
            get_fill_pattern="'hatch'", get_fill_pattern_scale=0.4, fill_pattern_enabled=True,
            extensions=[{"@@type": "FillStyleExtension", "pattern": True}],
        ))  # fmt: skip
    return [*layers, _mark_layer(viewer, code)] if choice.area.level == "grid" else layers


def _mark_layer(viewer: Viewer, code: str) -> pdk.Layer:
    """The mark of each building's state, so that the states differ without colour too."""
    return pdk.Layer(
        "TextLayer", data=layer_url(viewer, "mark_labels", area=code), id=f"marks-{code}", pickable=False,
        get_position="p", get_text="t", get_size=14, character_set="'auto'", font_family=FONT, font_weight=600,
        font_settings={"fontSize": 40, "buffer": 4}, get_color=rgba(colours.INK),
    )  # fmt: skip


def state_legend(viewer: Viewer, choice: Choice) -> str:
    """The six states with colour, mark and number of buildings; states that no building has are left out."""
    found = work.building_states(viewer, choice.area.code)
    rows = []
    for state, many in found.items():
        if not many:
            continue
        kind = "wg-hatch" if state == "unknown" else ""
        style = "" if kind else f"background:{colours.BUILDING_STATES[state]}"
        words = f"{colours.BUILDING_MARKS[state]} {terms.BUILDING_STATES.label(state, lang())}"
        rows.append(f'<div class="wg-row"><i class="{kind}" style="{style}"></i><span>{esc(words)}</span>'
                    f"<b>{count(many)}</b></div>")  # fmt: skip
    title = esc(t("楼栋走访状态（栋）", "Buildings by visits"))
    return f'<div class="wg-legend"><div class="wg-legend-title">{title}</div>{"".join(rows)}</div>'


def state_bars(viewer: Viewer, code: str) -> list[Bar]:
    """One row for each of the six states: how many buildings of an area are in it. Empty when there is no building."""
    found = work.building_states(viewer, code)
    if not any(found.values()):
        return []
    return [
        Bar(
            name=f"{terms.BUILDING_STATES.label(state, lang())} {colours.BUILDING_MARKS[state]}",
            value=many,
            words=t(f"{count(many)} 栋", count(many)),
            colour=colours.BUILDING_STATES[state],
            is_hatched=state == "unknown",
        )
        for state, many in found.items()
    ]
