"""Map layers as bytes (地图图层): shapes encoded once for a data version, joined with the numbers of one view.

Property names are short because they travel with every shape: `c` code, `n` name, `k` class or kind, `f` fill colour,
`l` line colour, `w` line width in pixels, `v` value as text, `x` second line of text, `r` rate 0..1.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely

from data import terms
from data.registry import Indicator, indicators
from geo.cell_store import boundary_hash
from geo.classes import classify
from geo.simplify import EncodedShapes, encode_features, label_points, simplify_level
from portal import colours, completeness, figures, reads
from portal.classes import breaks_of
from portal.colours import rgba
from portal.identity import Viewer
from portal.snapshot import Area, Snapshot, current, each
from portal.standing import drawn, sound_rate, standing
from portal.words import count, door_name, t

TOLERANCES = {"county": 0.0006, "township": 0.0004, "community": 0.0002, "grid": 0.00003}
"""Degrees, for `simplify_level`: below a pixel at the scale where a level fills the map."""
CONTEXT_TOLERANCE = 0.002
WORST = 8
"""So many areas with the worst rates have their names written before all others."""
LEANING = 0.6
"""How much of a distance from north to south is left to see on the wall's map."""

_ENCODED: dict[tuple[Any, ...], EncodedShapes] = {}
"""Encoded levels by boundaries, for all data versions of this process; the oldest makes room."""
_MOST_ENCODED = 48

Drawing = list[tuple[Any, dict[str, Any]]]
"""Shapes with their look."""


def _encoded(snapshot: Snapshot, level: str, inside: Sequence[Area], inset: float = 0) -> EncodedShapes:
    """The shapes of a level, encoded once, as fine as they are seen where the areas `inside` fill the map.

    inset : degrees by which each is drawn in, so that a gap stays between.
    """
    tolerance = tolerance_of(level, inside)

    def make() -> EncodedShapes:
        ids = [a.area_id for a in snapshot.places.by_id.values() if a.level == level and a.bounds and not a.is_context]
        codes = [snapshot.places.by_id[i].code for i in ids]
        shapes = snapshot.shapes.loc[ids]
        # Most loads bring new rows and no new boundaries: what was encoded for the last version is good for this one.
        key = (boundary_hash(np.asarray(shapes.geometry.array, dtype=object)), tuple(codes), level, tolerance, inset)
        if key not in _ENCODED:
            light = np.asarray(simplify_level(shapes, tolerance).geometry.array)
            if inset:
                smaller = shapely.buffer(light, -inset, join_style="mitre")
                light = np.where(shapely.is_empty(smaller), light, smaller)
            while len(_ENCODED) >= _MOST_ENCODED:
                _ENCODED.pop(next(iter(_ENCODED)), None)
            _ENCODED[key] = EncodedShapes(
                codes, light, decimals=6 if tolerance < 0.0001 else 5 if tolerance < 0.001 else 4
            )
        return _ENCODED[key]

    return snapshot.keep(("encoded", level, tolerance, inset), make)


def tolerance_of(level: str, inside: Sequence[Area]) -> float:
    """How coarse the shapes of a level may be, in degrees, for `simplify_level`: a pixel where the areas fill the map.

    From that of the level up by steps of √2, at most a 700th of what the areas span together and a 20th of the width
    of one, so that they keep their form when the reader zooms in.
    """
    edges = np.array([a.bounds for a in inside if a.bounds])
    if not len(edges):
        return TOLERANCES[level]
    span = max(edges[:, 2].max() - edges[:, 0].min(), edges[:, 3].max() - edges[:, 1].min())
    coarsest = min(span / 700, float(np.median(edges[:, 2] - edges[:, 0])) / 20)
    return TOLERANCES[level] * 2 ** (max(math.floor(2 * math.log2(max(coarsest, 1e-9) / TOLERANCES[level])), 0) / 2)


def value_texts(indicator: Indicator, measure: reads.Measure, lang: str) -> tuple[str, str]:
    """A measure in two lines: the rate, and "n / d unit"; what has none, or is of too few, in its own words."""
    return figures.shown(indicator, measure, lang), figures.why(indicator, measure, lang)


def _with_units(texts: tuple[str, str], units: completeness.Reported | None, lang: str) -> tuple[str, str]:
    """The two lines of a measure, the second with how many units have reported."""
    return texts if units is None else (texts[0], f"{texts[1]} · {completeness.words(units, lang)}")


def areas(
    viewer: Viewer, code: str, level: str, ind: str, period: str, part: str, lang: str, *, tone: str = "",
    method: str = "", beside: str = "", only: str = "",
) -> bytes:  # fmt: skip
    """The areas of a level inside an area that are drawn in one way (`standing.drawn`): known ones coloured by class.

    part : "partial" for those with a number where not every unit that is to report has the ledger.
    tone : "wall" for the colours of the dark wall, with a gap between the areas that stand on it; "walls" the same for
    what carries their roofs, which reaches a little further out so that the two never lie in one plane.
    method, beside : how the classes are made, and a period whose map has the same (`portal.classes.breaks_of`).
    only : see `shaped`.
    """
    indicator = indicators()[ind]
    inside = reads.below(viewer, code, level)
    codes = [a.code for a in inside]
    measures = reads.measures(viewer, ind, period, codes)
    breaks = breaks_of(viewer, ind, period, codes, method, beside)
    ramp = colours.ramp(indicator.direction, len(breaks) + 1)
    fills = [rgba(colours.on_wall(colour) if tone else colour) for colour in ramp]
    classes = classify(pd.Series([measures[a.code].rate for a in inside], dtype=float), breaks)
    shown = [(a, measures[a.code], number) for a, number in zip(inside, classes, strict=True)]
    units = completeness.reported(viewer, ind, period, codes)
    if part == "partial":
        shown = [one for one in shown if completeness.is_outlined(one[1], units.get(one[0].code))]
    else:
        shown = [one for one in shown if drawn(one[1], indicator) == part]
    texts = [_with_units(value_texts(indicator, measure, lang), units.get(a.code), lang) for a, measure, _ in shown]
    columns: dict[str, list[Any]] = {
        "c": [a.code for a, _, _ in shown],
        "n": [a.name for a, _, _ in shown],
        "v": [value for value, _ in texts],
        "x": [text for _, text in texts],
    }
    if part == "known" and tone:
        edge = rgba(colours.WALL_PARTIAL_LINE)
        marked = [completeness.is_outlined(measure, units.get(a.code)) for a, measure, _ in shown]
        columns["l"] = [
            edge if is_partial else fills[number] for is_partial, (_, _, number) in zip(marked, shown, strict=True)
        ]
    if part == "known":
        columns["k"] = [int(number) for _, _, number in shown]
        columns["f"] = [fills[number] for _, _, number in shown]
        columns["r"] = [round(measure.rate or 0, 4) for _, measure, _ in shown]
    if part == "light":
        columns["k"] = [standing(measure, indicator) for _, measure, _ in shown]
        tints = {kind: rgba(colours.on_wall(tint) if tone else tint) for kind, tint in colours.LIGHT.items()}
        columns["f"] = [tints[kind] for kind in columns["k"]]
    inset = _gap([a for a, _, _ in shown], tone) if tone and part == "known" else 0
    return shaped(viewer, code, level, columns, inset, only)


def shaped(
    viewer: Viewer, code: str, level: str, columns: dict[str, list[Any]], inset: float = 0, only: str = ""
) -> bytes:
    """Areas of a level inside an area with their properties, a list per name; column `c` holds their codes.

    only : "values" for the lists alone, for a map that has the shapes by code already (`outlines`).
    """
    if only == "values":
        return orjson.dumps(columns)
    return _encoded(current(), level, reads.below(viewer, code, level), inset).columns(columns["c"], columns)


def _gap(shown: list[Area], tone: str) -> float:
    """Half the gap between raised areas in degrees: a thousandth of the width of what is shown."""
    bounds = extent(shown)
    width = bounds[2] - bounds[0] if bounds else 0
    return round(width / (900 if tone == "wall" else 1500), 6)


def _label_points(snapshot: Snapshot, level: str) -> dict[str, list[float]]:
    """Where the name of each area of a level is written, by code."""

    def make() -> dict[str, list[float]]:
        ids = [a.area_id for a in snapshot.places.by_id.values() if a.level == level and a.bounds]
        points = label_points(snapshot.shapes.loc[ids].geometry.array)
        return {
            snapshot.places.by_id[i].code: [round(point.x, 6), round(point.y, 6)]
            for i, point in zip(ids, points, strict=True)
            if point is not None
        }

    return snapshot.keep(("label points", level), make)


def labels(
    viewer: Viewer, code: str, level: str, ind: str, period: str, zoom: float | None, size: int, lang: str
) -> bytes:
    """Where to write each area's name and value (the name alone where it is unknown); see `written`."""
    codes = [a.code for a in reads.below(viewer, code, level)]
    measures = reads.measures(viewer, ind, period, codes) if ind else {}
    values = {
        area: figures.shown(indicators()[ind], measure, lang)
        for area, measure in measures.items()
        if measure.part != "unknown"
    }
    return written(viewer, code, level, values, zoom, size, _worst_of(viewer, ind, period, measures))


def _worst_of(viewer: Viewer, ind: str, period: str, measures: Mapping[str, reads.Measure]) -> list[str]:
    """The worst of the areas that have reported enough to be ranked."""
    if not ind:
        return []
    units = completeness.reported(viewer, ind, period, measures)
    ranked = {code: m for code, m in measures.items() if code not in units or units[code].is_complete}
    return worst(indicators()[ind], ranked)


def worst(indicator: Indicator, measures: Mapping[str, reads.Measure]) -> list[str]:
    """Codes of the areas with the worst rates, the worst first; none of so few that chance may have done it."""
    rates = {code: rate for code, measure in measures.items() if (rate := sound_rate(measure, indicator)) is not None}
    return sorted(rates, key=lambda code: (rates[code], code), reverse=indicator.direction == "down")[:WORST]


def written(
    viewer: Viewer, code: str, level: str, values: dict[str, str], zoom: float | None, size: int,
    first: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """Where to write each area of a level inside an area: `p` point, `c` code, `t` its name and below it its value.

    values : by code. zoom, size : of the map's first view and of the text, pixels. A name that would touch one written
    before it is left out. Those of `first` come first, in their order; then areas with a value before those without,
    larger before smaller. zoom None : all of them, in that order, for a map that finds out by itself what has room.
    """
    snapshot = current()
    points = _label_points(snapshot, level)
    inside = [a for a in reads.below(viewer, code, level) if a.code in points]
    rows, plates = [], np.empty((0, 4))
    order = {area: number for number, area in enumerate(first)}
    for a in sorted(inside, key=lambda a: (order.get(a.code, WORST), a.code not in values, -(a.area_m2 or 0), a.code)):
        above = snapshot.places.by_id.get(a.parent_id or 0)
        name = a.name.removeprefix(above.name) or a.name if level == "grid" and above else a.name
        lines = [name, values[a.code]] if a.code in values else [name]
        if zoom is not None:
            plate = _plate(points[a.code], lines, zoom, size)
            west, north, east, south = plate
            if ((plates[:, 0] < east) & (plates[:, 2] > west) & (plates[:, 1] < south) & (plates[:, 3] > north)).any():
                continue
            plates = np.vstack([plates, plate])
        rows.append({"p": points[a.code], "c": a.code, "t": "\n".join(lines)})
    return orjson.dumps(rows)


def _plate(point: list[float], lines: list[str], zoom: float, size: int) -> tuple[float, float, float, float]:
    """The box of a label in pixels at a zoom: west, north, east, south, with its padding and a little air."""
    x = point[0] / 360 * 512 * 2**zoom
    y = -math.asinh(math.tan(math.radians(point[1]))) / (2 * math.pi) * 512 * 2**zoom
    wide = max(sum(1.0 if ord(mark) > 0x2E7F else 0.58 for mark in line) for line in lines) * size / 2 + 6
    high = len(lines) * size * 0.6 + 4
    return x - wide, y - high, x + wide, y + high


def context(viewer: Viewer, code: str, part: str, tone: str = "") -> bytes:
    """What lies round an area (`under`: neighbours, the rest of its level) and across it (`over`: water, streets).

    The outline of the area itself is the last thing drawn `over`.
    """
    snapshot = current()
    top = reads.area(viewer, code)
    if top is None or top.bounds is None:
        return encode_features([], [])
    drawing = _under(snapshot, top) if part == "under" else _over(snapshot, top)
    rows = [_on_wall(row) if tone == "wall" else row for _, row in drawing]
    return encode_features(np.array([geom for geom, _ in drawing], dtype=object), rows)


def _on_wall(look: dict[str, Any]) -> dict[str, Any]:
    """A line and a fill in the colours of the dark wall, as transparent as they were."""
    return {**look, **{key: _wall_rgba(look[key]) for key in ("l", "f")}}


def _wall_rgba(colour: list[int]) -> list[int]:
    return rgba(colours.on_wall("#" + "".join(f"{value:02x}" for value in colour[:3])), colour[3])


def _drawn(geoms: Any, line: list[int], width: float, fill: list[int] | None = None) -> Drawing:
    look = {"l": line, "w": width, "f": fill or [0, 0, 0, 0]}
    return [(geom, look) for geom in geoms if geom is not None and not geom.is_empty]


def _window(top: Area) -> Any:
    assert top.bounds is not None
    return shapely.box(*_wider(top.bounds, 0.6 if top.level == "county" else 1.0))


def _under(snapshot: Snapshot, top: Area) -> Drawing:
    window, shapes = _window(top), snapshot.shapes
    drawing: Drawing = []
    everything = [a for a in snapshot.places.by_id.values() if a.bounds and a.area_id != top.area_id]
    if top.level in ("county", "township"):
        around = np.asarray(shapes.loc[[a.area_id for a in everything if a.is_context]].geometry.array)
        clipped = shapely.intersection(shapely.simplify(around, CONTEXT_TOLERANCE), window)
        drawing += _drawn(clipped, rgba("#c3ccd4"), 1, rgba(colours.NEIGHBOUR))
    if top.level != "county":
        level = np.asarray(shapes.loc[[a.area_id for a in everything if a.level == top.level]].geometry.array)
        near = level[shapely.intersects(level, window)]
        clipped = shapely.intersection(shapely.simplify(near, TOLERANCES[top.level]), window)
        drawing += _drawn(clipped, rgba("#d3dae0"), 1, rgba("#f7f9fa"))
    return drawing


def _over(snapshot: Snapshot, top: Area) -> Drawing:
    window = _window(top)
    water = np.asarray(snapshot.waters.geometry.array)
    water = shapely.simplify(water[shapely.intersects(water, window)], 0.00005)
    drawing = _drawn(water, rgba(colours.WATER_LINE, 160), 0.5, rgba(colours.WATER, 190))
    streets = snapshot.streets
    if top.level != "county" and len(streets):
        near = shapely.intersects(streets.geometry.array, window)
        for kind, width in (("lane", 0.6), ("side", 1), ("main", 1.8)):
            chosen = streets.loc[near & (streets["street_class"] == kind)].geometry.array
            drawing += _drawn(chosen, rgba(colours.STREET, 170), width)
    line = rgba("#5b6b7b" if top.level != "county" else "#7b8c9b")
    return drawing + _drawn([snapshot.shapes.loc[top.area_id, "geometry"]], line, 1.5)


def _wider(bounds: tuple[float, float, float, float], share: float) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    dx, dy = (east - west) * share, (north - south) * share
    return west - dx, south - dy, east + dx, north + dy


def buildings(viewer: Viewer, code: str, by: str, lang: str) -> bytes:
    """The footprints inside an area, coloured by their state (`by` state), or by having a group or a building lead.

    No counts of a building travel to viewers below the detail *buildings*; public viewers get no building at all.
    """
    rows = reads.buildings(viewer, code)
    if rows.empty:
        return encode_features([], [])
    paint = _painter(by, lang)
    properties = []
    for row in each(rows):
        kind, fill, text = paint(row)
        name = door_name(row.estate_name, row.building_name)
        properties.append(
            {"c": row.building_code, "n": name, "k": kind, "f": fill, "v": text, "x": row.grid_name or ""}
        )
    return encode_features(drawn_shapes(rows), properties)


def drawn_shapes(rows: pd.DataFrame) -> np.ndarray:
    """The footprints of buildings, in their order; a point where no footprint is known."""
    shapes = np.array(rows["geometry"], dtype=object)
    bare = shapely.is_missing(shapes)
    shapes[bare] = shapely.points(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))[bare]
    return shapes


def _painter(by: str, lang: str) -> Callable[[Any], tuple[str, list[int], str]]:
    if by == "state":
        fills = {state: rgba(colour, 235) for state, colour in colours.BUILDING_STATES.items()}
        texts = {state: terms.BUILDING_STATES.label(state, lang) for state in terms.BUILDING_STATES}
        return lambda row: (row.building_state, fills[row.building_state], texts[row.building_state])
    none = (t("不适用", "not applicable", lang), rgba(colours.BUILDING_STATES["not_applicable"], 235))
    yes, no = {
        "group": (t("有楼栋党小组", "has a building group", lang), t("没有楼栋党小组", "no building group", lang)),
        "lead": (t("有楼栋长", "has a building lead", lang), t("没有楼栋长", "no building lead", lang)),
    }[by]

    def paint(row: Any) -> tuple[str, list[int], str]:
        if not row.is_residential:
            return "na", none[1], none[0]
        has = row.has_group if by == "group" else row.has_lead
        return ("yes", rgba(colours.YES, 235), yes) if has else ("no", rgba(colours.NO, 235), no)

    return paint


def orgs(viewer: Viewer, code: str, kind: str, lang: str) -> bytes:
    """The organisations of a kind inside an area that have a point."""
    rows = reads.orgs(viewer, code)
    rows = rows[(rows["org_kind"] == kind) & rows["lon"].notna()]
    label = terms.ORG_KINDS.label(kind, lang)
    fill = rgba(colours.ORG_COLOURS.get(kind, colours.INK))
    properties = [
        {"c": row.org_no, "n": row.org_name, "v": label, "x": _members(row.members_count, lang), "f": fill}
        for row in each(rows)
    ]
    return encode_features(shapely.points(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)), properties)


def _members(number: Any, lang: str) -> str:
    return "" if pd.isna(number) else t(f"党员 {count(number)} 名", f"{count(number)} members", lang)


def facilities(viewer: Viewer, code: str, lang: str) -> bytes:
    """The facilities inside an area that have a point, coloured by their state."""
    rows = reads.facilities(viewer, code)
    rows = rows[rows["lon"].notna()]
    properties = [
        {
            "c": row.facility_no,
            "n": row.facility_name or "",
            "k": row.facility_kind,
            "v": terms.FACILITY_KINDS.label(row.facility_kind, lang),
            "x": terms.FACILITY_STATES.label(row.facility_state, lang),
            "f": rgba(colours.FACILITY_STATES.get(row.facility_state, colours.QUIET)),
        }
        for row in each(rows)
    ]
    return encode_features(shapely.points(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)), properties)


def names(viewer: Viewer, code: str, level: str, ind: str, period: str, zoom: float, size: int, lang: str) -> bytes:
    """Names, for maps that lean back: `p` point, `n` name, `r` rate (0 without one); below the name of an area drawn
    light its n / d, or that there was nothing to count.

    The worst areas come first, then others with a number, the larger before the smaller; a name that would touch one
    before it is left out.
    """
    snapshot = current()
    points = _label_points(snapshot, level)
    inside = [a for a in reads.below(viewer, code, level) if a.code in points]
    measures = reads.measures(viewer, ind, period, [a.code for a in inside]) if ind else {}
    rows: list[dict[str, Any]] = []
    taken: list[tuple[float, float, float, float]] = []
    order = {area: number for number, area in enumerate(_worst_of(viewer, ind, period, measures))}
    for a in sorted(
        inside,
        key=lambda a: (
            order.get(a.code, WORST), measures.get(a.code, reads.UNKNOWN).part == "unknown", -(a.area_m2 or 0), a.code
        ),
    ):  # fmt: skip
        above = snapshot.places.by_id.get(a.parent_id or 0)
        name = a.name.removeprefix(above.name) or a.name if level == "grid" and above else a.name
        measure = measures.get(a.code, reads.UNKNOWN)
        is_light = bool(ind) and drawn(measure, indicators()[ind]) == "light"
        lines = [name, figures.shown(indicators()[ind], measure, lang)] if is_light else [name]
        west, north, east, south = _plate(points[a.code], lines, zoom, size)
        middle, half = (north + south) / 2 * LEANING, (south - north) / 2
        if any(w < east and e > west and m - half < middle + half and m + half > middle - half for w, e, m, _ in taken):
            continue
        taken.append((west, east, middle, half))
        rate = 0 if is_light else measure.rate or 0
        rows.append({"p": points[a.code], "n": "\n".join(lines), "r": round(rate, 4)})
    return orjson.dumps(rows)


def unplaced(viewer: Viewer, code: str, lang: str) -> bytes:
    """The buildings and facilities inside an area that lie in no grid (未落格) and have a point."""
    rows = reads.unplaced(viewer, code)
    rows = rows[rows["lon"].notna()]
    words = {
        "building": t("楼栋未落格", "Building in no grid", lang),
        "facility": t("设施未落格", "Facility in no grid", lang),
    }
    properties = [
        {"c": row.code, "n": row.name or row.code, "k": row.kind, "v": words[row.kind], "x": row.community_name or "",
         "f": rgba(colours.UNPLACED[row.kind])}
        for row in each(rows)
    ]  # fmt: skip
    return encode_features(shapely.points(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)), properties)


def outlines(viewer: Viewer, code: str, level: str) -> bytes:
    """The shapes of a level inside an area with nothing but their names."""
    inside = reads.below(viewer, code, level)
    codes, blank = [a.code for a in inside], [""] * len(inside)
    columns = {"c": codes, "n": [a.name for a in inside], "v": blank, "x": blank}
    return _encoded(current(), level, inside).columns(codes, columns)


def extent(inside: list[Area]) -> tuple[float, float, float, float] | None:
    """The bounds of some areas together; None when none has a shape."""
    edges = [a.bounds for a in inside if a.bounds]
    if not edges:
        return None
    wests, souths, easts, norths = zip(*edges, strict=True)
    return min(wests), min(souths), max(easts), max(norths)
