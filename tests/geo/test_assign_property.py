"""Thousands of drawn coverages: every point and footprint by the cell table falls where geopandas says it does.

Drawn are overlaps, gaps, holes, enclaves, parts, shared corners, tiny and huge coordinates; the points lie on corners,
on and beside edges, inside, outside and nowhere; the tables have from one cell to many thousands.
"""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.assign import ReadyGrids, assign_footprints, assign_points
from geo.cell_table import build_cell_table
from geo.crs import STORE_CRS

BOWTIE = shapely.Polygon([(0, 0), (5, 5), (5, 0), (0, 5)])
MOST = 14


def boxes(rng: np.random.Generator, count: int) -> Any:
    """Overlapping and touching, with whole coordinates."""
    low, size = rng.integers(0, 8, (2, count, 2))
    return shapely.box(*low.T, *(low + size % 4 + 1).T)


def cells(rng: np.random.Generator, count: int) -> Any:
    """A coverage."""
    middles = shapely.multipoints(rng.uniform(0, 8, (count + 2, 2)))
    return shapely.get_parts(shapely.voronoi_polygons(middles, extend_to=shapely.box(0, 0, 8, 8)))


def triangles(rng: np.random.Generator, count: int) -> Any:
    """A coverage in which many meet at one corner."""
    corners = shapely.multipoints(rng.integers(0, 9, (count + 6, 2)).astype(float))
    return shapely.get_parts(shapely.delaunay_triangles(corners))


def rings(rng: np.random.Generator, count: int) -> Any:
    """Overlapping round shapes, half of them with a hole, and some of the holes filled by an enclave."""
    discs = shapely.buffer(shapely.points(rng.uniform(0, 8, (count, 2))), rng.uniform(0.4, 3, count), quad_segs=3)
    inner = shapely.buffer(discs, -0.3)
    holed = np.where(rng.random(count) < 0.5, shapely.difference(discs, inner), discs)
    return np.concatenate([holed, inner[rng.random(count) < 0.3]])


def parts(rng: np.random.Generator, count: int) -> Any:
    """Shapes in several parts that share edges and corners with others."""
    squares = np.array([shapely.box(x, y, x + 1, y + 1) for x, y in rng.integers(0, 6, (count, 2))])
    return np.array([shapely.union_all(rng.choice(squares, 3)) for _ in range(count)])


def drawn_cases(seed: int, count: int) -> Iterator[tuple[np.random.Generator, gpd.GeoDataFrame, Any, Any]]:
    """Random grids, a way to move points of the square 0..8 to where the grids are, and the ready grids."""
    rng = np.random.default_rng(seed)
    while count:
        make = (boxes, cells, triangles, rings, parts)[rng.integers(5)]
        shapes = np.asarray(make(rng, int(rng.integers(1, MOST))), dtype=object)
        scale = 10.0 ** (rng.integers(-60, 60) if rng.random() < 0.3 else rng.integers(-4, 7))
        shift = scale * rng.choice([0, 0, 109.47, 1e4, -3.3e6])

        def move(points: Any, scale: float = scale, shift: float = shift) -> Any:
            return np.asarray(points) * scale + shift

        odd = [None, shapely.Polygon()] if rng.random() < 0.2 else []
        odd += [shapely.transform(BOWTIE, move)] if rng.random() < 0.1 else []
        shapes = np.append(shapely.transform(shapes, move), np.array(odd, dtype=object))
        codes = [f"{code:03}" for code in rng.permutation(len(shapes))]
        grids = gpd.GeoDataFrame(
            {"grid_id": rng.permutation(len(shapes)) + 100, "grid_code": codes}, geometry=list(shapes), crs=STORE_CRS
        )
        ordered = grids.sort_values("grid_code")
        shapes = np.asarray(ordered.geometry.array, dtype=object)
        table = build_cell_table(shapes, cells=int(rng.choice([1, 16, 100, 1000, 20_000])))
        if table is not None:
            count -= 1
            yield rng, grids, move, ReadyGrids(ordered["grid_id"], shapes, table)


def drawn_points(rng: np.random.Generator, grids: gpd.GeoDataFrame, move: Any) -> Any:
    """On corners, at the middle of edges, one digit beside both, anywhere, on a lattice, far away and nowhere."""
    rings = shapely.get_rings(shapely.get_parts(grids.geometry.array))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    middles = ((corners[1:] + corners[:-1]) / 2)[ring[1:] == ring[:-1]]
    corner, middle = corners[rng.integers(0, len(corners), 40)], middles[rng.integers(0, len(middles), 40)]
    return np.concatenate(
        [
            corner, middle, np.nextafter(corner[:15], np.inf), np.nextafter(middle[:15], -np.inf),
            move(rng.uniform(-1, 9.5, (40, 2))), move(rng.integers(-1, 18, (40, 2)) / 2),
            [[np.nan, 1], [1, np.nan], [np.inf, 2], [0, -np.inf], [1e300, 0]],
        ]
    )  # fmt: skip


def by_geopandas(shapes: Any, grids: gpd.GeoDataFrame) -> list[Any]:
    """What sjoin says, of several grids the one with the lowest code."""
    joined = gpd.sjoin(gpd.GeoDataFrame(geometry=shapes, crs=STORE_CRS), grids, predicate="intersects")
    first = joined.sort_values("grid_code", kind="stable").groupby(level=0)["grid_id"].first()
    return first.reindex(range(len(shapes))).astype("Int64").tolist()  # type: ignore[no-any-return]


def by_its_index(shapes: Any, grids: gpd.GeoDataFrame) -> list[Any]:
    """The same without the frames around it, which take most of the time."""
    ordered = grids.sort_values("grid_code")
    point, grid = ordered.sindex.query(shapes, predicate="intersects")
    found = np.full(len(shapes), len(grids))
    np.minimum.at(found, point, grid)
    return (
        pd.array(ordered["grid_id"], dtype="Int64")
        .take(np.where(found < len(grids), found, -1), allow_fill=True)
        .tolist()
    )


def check_points(seed: int, count: int) -> None:
    for number, (rng, grids, move, ready) in enumerate(drawn_cases(seed, count)):
        x, y = drawn_points(rng, grids, move).T
        points = shapely.points(x, y)
        points[~(np.isfinite(x) & np.isfinite(y))] = None
        found = assign_points(x, y, ready).tolist()
        assert found == by_its_index(points, grids), f"seed {seed}, case {number}"
        if number % 10 == 0:
            assert found == by_geopandas(points, grids), f"seed {seed}, case {number}"


def check_footprints(seed: int, count: int) -> None:
    for number, (rng, grids, move, ready) in enumerate(drawn_cases(seed, count)):
        if len(ready.table.odd):  # type: ignore[union-attr]
            continue
        low = rng.integers(0, 17, (20, 2)) / 2
        size = rng.choice([0.01, 0.1, 1, 2.5], (20, 2))
        houses = shapely.transform(shapely.box(*low.T, *(low + size).T), move)
        houses = np.append(houses, [None, shapely.Polygon()])
        found, wanted = assign_footprints(houses, ready).tolist(), by_every_overlap(houses, grids)
        shape_of = dict(zip(grids["grid_id"], grids.geometry, strict=True))
        for house, one, other in zip(houses, found, wanted, strict=True):
            assert one is other or one == other or _is_rounding(house, shape_of[one], shape_of[other]), (
                f"{seed}, case {number}"
            )


def _is_rounding(house: Any, one: Any, other: Any) -> bool:
    """Whether two overlaps differ by no more than the last digits of the coordinates make of an area.

    Where a footprint is a few steps of its numbers wide, which of two halves is larger is not to be known.
    """
    step = np.finfo(float).eps * np.abs(shapely.get_coordinates(house)).max()
    areas = shapely.area(shapely.intersection([one, other], house))
    return abs(areas[0] - areas[1]) <= 8 * step * shapely.length(house)


def by_every_overlap(houses: Any, grids: gpd.GeoDataFrame) -> list[Any]:
    """Every pair overlaid; overlaps of one footprint are equal when they differ by less than rounding."""
    ordered = grids.sort_values("grid_code")
    shapes = np.asarray(ordered.geometry.array, dtype=object)
    found: list[Any] = []
    for house in houses:
        touching = np.flatnonzero(shapely.intersects(shapes, house))
        overlap = shapely.area(shapely.intersection(shapes[touching], house))
        best = touching[overlap >= overlap.max(initial=0) - 1e-8 * shapely.area(house)]
        found.append(ordered["grid_id"].iloc[best[0]] if len(touching) else pd.NA)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_points_as_geopandas_would(seed: int) -> None:
    check_points(seed, 500)


@pytest.mark.parametrize("seed", range(2))
def test_footprints_as_every_pair_overlaid(seed: int) -> None:
    check_footprints(100 + seed, 60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_very_many_cases(seed: int) -> None:
    check_points(1000 + seed, 3000)
    check_footprints(2000 + seed, 400)
