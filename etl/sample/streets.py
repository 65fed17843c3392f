"""Streets, blocks and the thirty urban grids of the county seat.

The town is four zones: on either bank of the river an inner one up to the main street and an outer one up to the
foot of the hills. Grids are cut along the river, the main streets and cross streets; blocks lie between all streets.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from etl.sample.names import URBAN_CODES
from etl.sample.outline import PLANE_CRS
from etl.sample.tessellate import faces_between
from etl.sample.valley import LENGTH_M, Curve, Floats, Valley, waves

HALF_WIDTH_M = {"主街": 9.0, "支路": 5.5, "巷道": 2.6}


@dataclass(frozen=True)
class Zone:
    """One side of the river, inner or outer. Cuts are in metres along the valley; `parts` names the communities."""

    name: str
    side: int
    inner: bool
    cuts: tuple[float, ...]
    owners: tuple[int, ...]  # index into URBAN_CODES of each grid between two cuts


# Uneven on purpose: the five communities have 6, 7, 5, 6 and 6 grids.
ZONES = (
    Zone(
        "L1", 1, True, (0, 420, 830, 1210, 1580, 1930, 2290, 2620, 3010, 3340, LENGTH_M), (0, 0, 0, 1, 1, 1, 1, 2, 2, 2)
    ),
    Zone("L2", 1, False, (0, 540, 890, 1210, 1690, 2140, 2620, 3130, LENGTH_M), (0, 0, 0, 1, 1, 1, 2, 2)),
    Zone("R1", -1, True, (0, 520, 1100, 1790, 2290, 2760, 3230, LENGTH_M), (3, 3, 3, 4, 4, 4, 4)),
    Zone("R2", -1, False, (0, 560, 1170, 1790, 2680, LENGTH_M), (3, 3, 3, 4, 4)),
)  # fmt: skip
BRIDGES = (520.0, 1210.0, 1790.0, 2290.0, 3010.0)
GRID_WORDS = (
    "滨河", "老街", "桥头", "文昌", "步行街", "车站", "医院", "实验小学", "税务", "广场",
    "民族路", "兴隆", "水厂", "茶市", "粮站", "林业", "体育场", "职校", "农贸市场", "电力",
    "邮政", "龙头坡", "凉亭", "石板巷", "望江", "东门", "南桥", "书院", "苗圃", "映山",
)  # fmt: skip
STREET_WORDS = (
    "解放街", "民族路", "兴宣大道", "茶马路", "和平路", "文昌路", "团结路", "建设路", "沿江路", "莲花路",
    "人民路", "振兴路", "学苑路", "南环路", "北环路", "东门路", "西门路", "龙泉路", "工农路", "贡水路",
    "双龙路", "映山路", "桂花路", "水榭路", "古驿路", "青龙路", "宝塔路", "狮子路", "土家路", "侗乡路",
)  # fmt: skip


@dataclass
class Row:
    """A strip between two streets that run along the valley; blocks are cut out of it by `cuts`."""

    zone: Zone
    low: Curve
    high: Curve
    cuts: list[float] = field(default_factory=list)
    built: bool = True


@dataclass(frozen=True)
class Town:
    """The town in PLANE_CRS. `grids`: one row per grid, sorted by `code`; `rows`: strips of blocks."""

    valley: Valley
    bend: Curve
    grids: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    rows: list[Row]
    shear: dict[float, float]
    outer: dict[int, Curve]
    shape: BaseGeometry


def lay_town(valley: Valley, rng: np.random.Generator) -> Town:
    """Streets, strips of blocks and grids along a valley."""
    bend = waves(rng, 38.0, 1_700.0)
    longitudinal: dict[int, list[Curve]] = {}
    outer: dict[int, Curve] = {}
    for side, offsets, edge in ((1, (52, 168, 296, 424, 545), 800), (-1, (52, 165, 288, 412, 525), 740)):
        curves: list[Curve] = []
        for i, offset in enumerate(offsets):
            own, share = waves(rng, 11.0 + 3 * i, 1_300.0), 1.0 - 0.22 * i
            curves.append(_beside(bend, share, float(offset * side), own if i else None))
        longitudinal[side] = curves
        outer[side] = _rim(valley, side, float(edge), waves(rng, 60.0, 1_300.0))
    shear = _shears(rng)
    rows = _rows(rng, longitudinal, outer)
    grids, shape = _grids(valley, bend, longitudinal, outer, shear)
    streets = _streets(valley, bend, longitudinal, outer, rows, shear, shape, rng)
    return Town(valley, bend, grids, streets, rows, shear, outer, shape)


def _beside(bend: Curve, share: float, offset: float, own: Curve | None) -> Curve:
    """A street that follows the river's bend by a share, at an offset; with a waviness of its own."""
    return lambda s: bend(s) * share + offset + (own(s) if own else 0.0)


def _rim(valley: Valley, side: int, edge: float, rough: Curve) -> Curve:
    """The foot of the hills: nearer inside a bend and at both ends of the town, so that it never folds over."""

    def curve(s: Floats) -> Floats:
        bend = (valley.turn(s + 20.0) - valley.turn(s - 20.0)) / 40.0 * side
        ends = 0.12 * (np.exp(-((s / 350.0) ** 2)) + np.exp(-(((s - LENGTH_M) / 350.0) ** 2)))
        return side * (edge * (1.0 - np.clip(bend * 300.0, -0.1, 0.22) - ends) + rough(s))

    return curve


def _shears(rng: np.random.Generator) -> dict[float, float]:
    """How far each cross street leans: metres along the valley for each metre across."""
    places = sorted({cut for zone in ZONES for cut in zone.cuts} | set(BRIDGES))
    return {place: float(rng.uniform(-0.13, 0.13)) if 0 < place < LENGTH_M else 0.0 for place in places}


def cross_line(town_shear: dict[float, float], place: float) -> Curve:
    lean = town_shear.get(place, 0.0)
    # The ends of the town bulge, as the foot of a hill does.
    bulge = 55.0 if place in (0.0, LENGTH_M) else 6.0
    phase = place * 0.017
    return lambda t: place + lean * t + bulge * (np.sin(t / 170.0 + phase) - np.sin(phase))


def _rows(rng: np.random.Generator, longitudinal: dict[int, list[Curve]], outer: dict[int, Curve]) -> list[Row]:
    """Five strips on each bank; each is cut at its zone's grid borders and at streets of its own in between."""
    rows = []
    for zone in ZONES:
        streets = longitudinal[zone.side]
        bounds = [*streets[:3]] if zone.inner else [*streets[2:], outer[zone.side]]
        for low, high in pairwise(bounds):
            row = Row(zone, low, high, built=high is not outer[zone.side])
            for start, end in zip(zone.cuts[:-1], zone.cuts[1:], strict=True):
                count = max(1, round((end - start) / float(rng.uniform(125, 185))))
                inner = start + (end - start) * (np.arange(1, count) + rng.uniform(-0.16, 0.16, count - 1)) / count
                row.cuts += [start, *map(float, inner)]
            row.cuts.append(zone.cuts[-1])
            rows.append(row)
    return rows


def _grids(
    valley: Valley,
    bend: Curve,
    longitudinal: dict[int, list[Curve]],
    outer: dict[int, Curve],
    shear: dict[float, float],
) -> tuple[gpd.GeoDataFrame, BaseGeometry]:
    borders = [outer[-1], longitudinal[-1][2], bend, longitudinal[1][2], outer[1]]
    lines = [valley.along(curve, -120.0, LENGTH_M + 120.0) for curve in borders]
    for place, first, last in _cuts():
        ends = [_meeting(cross_line(shear, place), curve) for curve in (borders[first], borders[last])]
        # A little too long on either side: loose ends are dropped, gaps would open a grid.
        lines.append(valley.across(cross_line(shear, place), ends[0] - 0.4, ends[1] + 0.4))
    faces = faces_between(lines)
    tree = shapely.STRtree(faces)
    records = []
    for zone in ZONES:
        for (start, end), owner in zip(pairwise(zone.cuts), zone.owners, strict=True):
            low, high = _span(zone, (start + end) / 2, bend, longitudinal, outer)
            t = np.array([(low + high) / 2])
            s = (cross_line(shear, start)(t) + cross_line(shear, end)(t)) / 2
            point = shapely.Point(valley.place(s, t)[0])
            (face,) = tree.query(point, predicate="within")
            records.append((URBAN_CODES[owner], faces[face], zone.name, start, end))
    grids = gpd.GeoDataFrame(records, columns=["community", "geometry", "zone", "from_s", "to_s"], crs=PLANE_CRS)
    # Serials run from west to east, then from north to south, inside each community.
    middle = grids.geometry.centroid
    grids = grids.assign(x=middle.x.round(-2), y=-middle.y).sort_values(["community", "x", "y"], ignore_index=True)
    serial = grids.groupby("community").cumcount() + 1
    grids["code"] = grids["community"] + serial.astype("str").str.zfill(3)
    grids["word"] = list(GRID_WORDS)
    return grids.drop(columns=["x", "y"]), shapely.coverage_union_all(grids.geometry.values)


def _cuts() -> list[tuple[float, int, int]]:
    """Every cross border once: its place, and between which two of the five lines along the valley it runs.

    A cut that zones side by side share is one line, or two nearly equal ones would leave slivers between them.
    """
    order = ("R2", "R1", "L1", "L2")
    cuts = {zone.name: zone.cuts for zone in ZONES}
    found = []
    for place in sorted({cut for zone in ZONES for cut in zone.cuts}):
        start = None
        for i, name in enumerate((*order, "")):
            here = place in cuts.get(name, ())
            if here and start is None:
                start = i
            elif not here and start is not None:
                found.append((place, start, i))
                start = None
    return found


def _meeting(cross: Curve, along: Curve) -> float:
    """The t at which a cross line s = cross(t) meets a line t = along(s)."""
    t = np.zeros(1)
    for _ in range(40):
        before, t = t, along(cross(t))
        if abs(t[0] - before[0]) < 1e-7:
            break
    return float(t[0])


def _span(
    zone: Zone, s: float, bend: Curve, longitudinal: dict[int, list[Curve]], outer: dict[int, Curve]
) -> tuple[float, float]:
    """From where to where a cross line of a zone runs, at s."""
    at = np.array([s])
    main = float(longitudinal[zone.side][2](at)[0])
    if zone.inner:
        return float(bend(at)[0]), main
    return main, float(outer[zone.side](at)[0])


def _streets(
    valley: Valley,
    bend: Curve,
    longitudinal: dict[int, list[Curve]],
    outer: dict[int, Curve],
    rows: list[Row],
    shear: dict[float, float],
    shape: BaseGeometry,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """Centre lines: along the valley, bridges, and the cross streets of every strip. `kind` and `name`."""
    found: list[tuple[BaseGeometry, str, str]] = []
    names = iter(STREET_WORDS)
    for side in (1, -1):
        for i, curve in enumerate(longitudinal[side]):
            start, end = (0.0, LENGTH_M) if i < 4 else (500.0, 3_150.0) if side > 0 else (900.0, 2_900.0)
            kind = "主街" if i in (0, 2) else "支路"
            found.append((valley.along(curve, start, end), kind, next(names)))
    for place in BRIDGES:
        low, high = (_meeting(cross_line(shear, place), longitudinal[side][2]) for side in (-1, 1))
        found.append((valley.across(cross_line(shear, place), low, high), "主街", next(names)))
    lanes = 1
    for row in rows:
        if not row.built:
            continue
        grid_cuts = set(row.zone.cuts)
        for cut in row.cuts[1:-1]:
            low, high = sorted(_meeting(cross_line(shear, cut), curve) for curve in (row.low, row.high))
            if cut in BRIDGES and row.zone.inner:
                continue
            kind = "支路" if cut in grid_cuts or rng.random() < 0.3 else "巷道"
            found.append((valley.across(cross_line(shear, cut), low, high), kind, f"{lanes}巷"))
            lanes += 1
    streets = gpd.GeoDataFrame(found, columns=["geometry", "kind", "name"], crs=PLANE_CRS)
    inside = streets.geometry.intersection(shape.buffer(-6.0))
    return streets.set_geometry(inside)[inside.length > 20].reset_index(drop=True)
