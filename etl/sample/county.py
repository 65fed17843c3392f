"""The county's areas (县域): townships, communities and grids, all cut out of one noded set of lines."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from etl.sample.names import RELOCATION_NAMES, TOWN_CODE, read_names
from etl.sample.outline import PLANE_CRS, to_plane
from etl.sample.streets import Town
from etl.sample.tessellate import (
    Cells,
    border_lines,
    connected,
    dissolved,
    faces_between,
    power_labels,
    seed_cells,
    warped,
)

SPACING_M = 560.0
SETTLE = 6
# Township → roughly where it lies (degrees) and its land area of 2016 in km²; its shape is invented.
TOWNSHIPS: dict[str, tuple[float, float, float]] = {
    "422825100": (109.477, 29.990, 161.5),
    "422825101": (109.350, 30.020, 188.0),
    "422825102": (109.610, 29.710, 656.8),
    "422825103": (109.310, 29.630, 220.1),
    "422825104": (109.420, 29.730, 282.9),
    "422825200": (109.545, 30.080, 183.1),
    "422825201": (109.640, 29.930, 429.7),
    "422825203": (109.340, 29.860, 421.5),
    "422825205": (109.830, 30.020, 204.2),
}


@dataclass(frozen=True)
class County:
    """Areas in PLANE_CRS. `units`: one row per community, sorted by `code` (unique); `name`, `township` (code),
    `is_relocation`, `geometry`. `townships` and `shape` are their unions, so every level tiles the one above."""

    units: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    shape: BaseGeometry


def lay_county(outline: BaseGeometry, town: Town, rng: np.random.Generator) -> tuple[County, Town]:
    """Cuts the county into its 9 townships and 293 communities around the town.

    Returns the county, and the town whose grids share their vertices with the communities around it.
    """
    cells = seed_cells(outline, rng, SPACING_M)
    names = read_names("NBS2020")
    units = names[names["level"] == "社区(村)"].reset_index(drop=True)
    label = _unit_of_cells(outline, cells, units, town, rng)
    rim = shapely.buffer(town.shape, -20.0)
    lines = shapely.difference(shapely.intersection(border_lines(label, cells, rng), outline.buffer(60.0)), rim)
    faces = faces_between([outline.boundary, *town.grids.geometry.boundary, *lines[~shapely.is_empty(lines)]])
    inner = shapely.point_on_surface(faces)
    in_county = shapely.contains_properly(outline.buffer(0.05), inner)
    faces, inner = faces[in_county], inner[in_county]
    shapes = _label_faces(faces, inner, label, cells, units, town)
    grids = town.grids.set_geometry(gpd.GeoSeries(shapes[len(units) :], crs=PLANE_CRS))
    is_urban = units["code"].isin(grids["community"])
    bodies = shapes[: len(units)]
    for i in np.flatnonzero(is_urban):
        bodies[i] = shapely.coverage_union_all(grids.geometry[grids["community"] == units["code"][i]].values)
    frame = gpd.GeoDataFrame(
        {
            "code": units["code"],
            "name": units["short_name"],
            "township": units["parent_code"],
            "is_relocation": units["is_relocation"],
        },
        geometry=bodies,
        crs=PLANE_CRS,
    )
    townships = _townships(frame, names)
    county = County(frame, townships, shapely.coverage_union_all(frame.geometry.values))
    return county, replace(town, grids=grids)


def _townships(units: gpd.GeoDataFrame, names: pd.DataFrame) -> gpd.GeoDataFrame:
    codes = sorted(TOWNSHIPS)
    shapes = [shapely.coverage_union_all(units.geometry[units["township"] == code].values) for code in codes]
    named = names.set_index("code")["name"]
    return gpd.GeoDataFrame({"code": codes, "name": [named[code] for code in codes]}, geometry=shapes, crs=PLANE_CRS)


def _unit_of_cells(
    outline: BaseGeometry, cells: Cells, units: pd.DataFrame, town: Town, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The community (row of `units`) of every cell; -1 outside the county. The five urban ones get no cell."""
    inside = cells.area > 0
    in_town = shapely.intersects_xy(town.shape.buffer(350.0), cells.xy)
    codes = sorted(TOWNSHIPS)
    wave = warped(cells.xy, rng, 900.0, 17_000.0)
    sites = np.array([_inside(outline, to_plane(*TOWNSHIPS[code][:2])) for code in codes])
    label = np.full(len(cells.xy), -1)
    share = np.array([TOWNSHIPS[code][2] for code in codes])
    # The seat's township is dealt out first, round the seat: in a narrow part of the county a power diagram of all
    # nine would push it away from its own town.
    seat = codes.index(TOWN_CODE)
    near = np.argsort(np.hypot(*(wave - sites[seat] - np.array([2_800.0, 3_600.0])).T) + ~inside * 1e9, kind="stable")
    own = near[np.cumsum(cells.area[near]) <= share[seat] / share.sum() * cells.area.sum()]
    label[own] = seat
    rest = inside & (label < 0)
    others = np.delete(np.arange(len(codes)), seat)
    dealt = power_labels(wave[rest], cells.area[rest], sites[others], share[others], settle=SETTLE)
    label[rest] = others[dealt]
    label[in_town & inside] = codes.index(TOWN_CODE)
    label = connected(label, cells.pair, cells.area)
    unit = np.full(len(cells.xy), -1)
    core = shapely.intersects_xy(town.shape.buffer(-150.0), cells.xy)
    for i, code in enumerate(codes):
        mine = np.flatnonzero(label == i)
        here = units.index[(units["parent_code"] == code) & ~units["is_relocation"]].to_numpy()
        if code == TOWN_CODE:
            here, mine = here[5:], mine[~core[mine]]
        unit[mine] = here[_villages(cells, mine, here.size, town, rng, near_first=3 if code == TOWN_CODE else 0)]
    unit[core & inside] = _nearest(cells.xy, unit, core & inside)
    unit = connected(unit, _within(cells.pair, label), cells.area)
    return _carve_relocation(unit, label, codes, cells, units, outline, rng)


def _inside(outline: BaseGeometry, point: tuple[float, float]) -> tuple[float, float]:
    """A point pulled towards the middle until it lies well inside; an invented outline may not reach as far."""
    deep = outline.buffer(-5_000.0)
    middle = np.array(outline.centroid.coords[0])
    at = np.array(point)
    while not shapely.contains_xy(deep, *at):
        at = middle + (at - middle) * 0.95
    return float(at[0]), float(at[1])


def _villages(
    cells: Cells, mine: NDArray[np.int64], count: int, town: Town, rng: np.random.Generator, *, near_first: int
) -> NDArray[np.int64]:
    """Deals a township's cells out to `count` villages of uneven size; the first `near_first` small, at the town."""
    xy, area = cells.xy[mine], cells.area[mine]
    start = [int(rng.integers(len(mine)))]
    gap = ((xy - xy[start[0]]) ** 2).sum(axis=1)
    while len(start) < count:  # the farthest of a few random cells each time: spread out, yet not regular
        some = rng.integers(0, len(mine), 12)
        start.append(int(some[np.argmax(gap[some])]))
        gap = np.minimum(gap, ((xy - xy[start[-1]]) ** 2).sum(axis=1))
    sites = xy[start]
    target = np.exp(rng.normal(0, 0.33, count))
    if near_first:
        away = np.hypot(*(sites - np.array(town.shape.centroid.coords[0])).T)
        order = np.concatenate([np.argsort(away)[:near_first], np.argsort(away)[near_first:]])
        sites = sites[order]
        target[:near_first] = np.sort(target)[:near_first] * 0.6
    return power_labels(warped(xy, rng, 260.0, 4_200.0), area, sites, target, settle=45)


def _nearest(xy: np.ndarray, label: NDArray[np.int64], wanted: np.ndarray) -> NDArray[np.int64]:
    known = np.flatnonzero(label >= 0)
    tree = shapely.STRtree(shapely.points(xy[known]))
    return label[known[tree.nearest(shapely.points(xy[wanted]))]]


def _carve_relocation(
    unit: NDArray[np.int64],
    township: NDArray[np.int64],
    codes: list[str],
    cells: Cells,
    units: pd.DataFrame,
    outline: BaseGeometry,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Takes each relocation community, one to three km², out of a corner where villages meet, near its seat."""
    unit = unit.copy()
    border = outline.boundary
    taken: list[np.ndarray] = []
    for i in units.index[units["is_relocation"]]:
        code = units["parent_code"][i]
        place = np.array(_inside(outline, to_plane(*TOWNSHIPS[code][:2])))
        mine = np.flatnonzero(township == codes.index(code))
        deep = shapely.distance(shapely.points(cells.xy[mine]), border) > 2_000
        far = np.hypot(*(cells.xy[mine] - place).T) + np.where(deep, 0, 1e6)
        for other in taken:
            far += np.where(np.hypot(*(cells.xy[mine] - other).T) < 5_000, 1e5, 0)
        seed = _corner(unit, cells, mine, far)
        taken.append(cells.xy[seed])
        ball = mine[np.argsort(np.hypot(*(cells.xy[mine] - cells.xy[seed]).T), kind="stable")]
        reach = int(np.searchsorted(np.cumsum(cells.area[ball]), float(rng.uniform(1.2e6, 2.6e6)))) + 1
        unit[ball[:reach]] = i
    return connected(unit, _within(cells.pair, township), cells.area)


def _within(pair: NDArray[np.int64], township: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs of cells in the same township, so that no village's leftover changes township."""
    return pair[township[pair[:, 0]] == township[pair[:, 1]]]


def _corner(unit: NDArray[np.int64], cells: Cells, mine: NDArray[np.int64], far: np.ndarray) -> int:
    """Of a township's cells the nearest one beside which at least two other communities lie."""
    best = mine[np.argsort(far, kind="stable")]
    for cell in best[:400]:
        beside = cells.pair[(cells.pair == cell).any(axis=1)].ravel()
        if len(set(unit[beside])) >= 3:
            return int(cell)
    return int(best[0])


def _label_faces(
    faces: NDArray[np.object_],
    inner: NDArray[np.object_],
    unit: NDArray[np.int64],
    cells: Cells,
    units: pd.DataFrame,
    town: Town,
) -> NDArray[np.object_]:
    """The shape of every community, then of every grid. Urban communities are None here: they are unions of grids."""
    label = np.full(len(faces), -1)
    grid = shapely.STRtree(town.grids.geometry.values).query(inner, predicate="within")
    label[grid[0]] = len(units) + grid[1]
    rest = np.flatnonzero(label < 0)
    seeds = np.flatnonzero(unit >= 0)
    label[rest] = unit[seeds[shapely.STRtree(shapely.points(cells.xy[seeds])).nearest(inner[rest])]]
    wanted = np.unique(label)
    shapes = np.full(len(units) + len(town.grids), None, dtype=object)
    shapes[wanted] = dissolved(faces, np.searchsorted(wanted, label), wanted.size)
    return shapes


__all__ = ["RELOCATION_NAMES", "County", "lay_county"]
