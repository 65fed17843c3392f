"""Made-up data for the bench of assignment (合成数据): an irregular tiling of a county, points and footprints in it.

Grids are Voronoi cells of points spread by two Lloyd steps, every shared edge replaced by one wiggly line; those whose
middle lies inside a fractal outline are kept. One in a hundred has an enclave, a few are in two parts. Everything
follows from the seed; longitude and latitude in degrees.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEST, SOUTH, SIDE = 109.1, 29.6, 0.7
"""A square of about 70 km holds the county."""
_STEPS = 8
"""A shared edge becomes this many pieces."""
_ROUGH = 0.13
"""How far the middle of a piece is pushed aside, as a share of its length."""


def made_grids(count: int, seed: int = 7) -> NDArray[Any]:
    """About `count` grids as a valid coverage, sorted along a Hilbert curve."""
    rng = np.random.default_rng(seed)
    outline = _outline(rng)
    cells = _spread_cells(round(count / 1.01 * SIDE**2 / outline.area), rng)
    shapely.prepare(outline)
    inside = shapely.contains(outline, shapely.centroid(cells))
    grids = _with_wiggles(cells[inside], rng)
    grids = _with_enclaves(grids, rng)
    grids = _in_two_parts(grids, max(2, count // 2000), rng)
    middles = shapely.get_coordinates(shapely.centroid(grids))
    return grids[np.argsort(_hilbert(middles), kind="stable")]


def made_points(grids: NDArray[Any], count: int, seed: int = 8) -> Floats:
    """Points (x, y): 70 % in villages of very unequal size, the rest anywhere; 0.5 % outside the square,
    0.1 % exactly on a vertex of a grid, 0.1 % at the middle of an edge. Some of those anywhere lie in no grid."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(grids)
    low, high = np.array([west, south]), np.array([east, north])
    points = rng.uniform(low, high, (count, 2))
    villages = round(count * 0.7)
    where = shapely.get_coordinates(
        shapely.point_on_surface(grids[rng.integers(0, len(grids), max(1, len(grids) // 4))])
    )
    weights = rng.pareto(1.1, len(where)) + 0.05
    spread = rng.uniform(0.0006, 0.003, (len(where), 1))
    of = rng.choice(len(where), villages, p=weights / weights.sum())
    points[:villages] = where[of] + rng.normal(size=(villages, 2)) * spread[of]
    points = points[rng.permutation(count)]
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(grids)), return_index=True)
    middles = ((corners[1:] + corners[:-1]) / 2)[ring[1:] == ring[:-1]]
    few, fewer = round(count * 0.005), round(count * 0.001)
    points[:few] = high + rng.uniform(0.001, 0.2, (few, 2))
    points[few : few + fewer] = corners[rng.integers(0, len(corners), fewer)]
    points[few + fewer : few + 2 * fewer] = middles[rng.integers(0, len(middles), fewer)]
    return points[rng.permutation(count)]


def made_footprints(points: Floats, seed: int = 9) -> NDArray[Any]:
    """One footprint at each point: a rectangle or, one in three, an L, of 8 to 30 m, turned at any angle."""
    rng = np.random.default_rng(seed)
    count = len(points)
    long, short = (rng.uniform(8, 30, count) / 111_000 for _ in range(2))
    is_l = rng.random(count) < 1 / 3
    notch = np.where(is_l, 0.5, 1.0)
    # Corners of an L; a rectangle repeats its far corner.
    across = np.stack([0 * long, long, long, long * notch, long * notch, 0 * long], axis=1)
    up = np.stack([0 * short, 0 * short, short * notch, short * notch, short, short], axis=1)
    turn = rng.uniform(0, 2 * np.pi, (count, 1))
    x = points[:, :1] + across * np.cos(turn) - up * np.sin(turn)
    y = points[:, 1:] + across * np.sin(turn) + up * np.cos(turn)
    return shapely.polygons(np.stack([x, y], axis=2))


# --- the tiling -------------------------------------------------------------------------------------------------------


def _spread_cells(count: int, rng: np.random.Generator) -> NDArray[Any]:
    """Voronoi cells of a square after two Lloyd steps."""
    square = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    middles = rng.uniform([WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], (count, 2))
    for _ in range(2):
        cells = shapely.intersection(_voronoi(middles, square), square)
        middles = shapely.get_coordinates(shapely.centroid(cells))
    return _voronoi(middles, square)


def _voronoi(middles: Floats, square: Any) -> NDArray[Any]:
    return shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(middles), extend_to=square))


def _outline(rng: np.random.Generator) -> Any:
    """A fractal outline: a polygon whose edges are broken again and again."""
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    ring = np.c_[np.cos(turn), np.sin(turn)] * SIDE * 0.42 * rng.uniform(0.85, 1.1, (12, 1))
    ring += [WEST + SIDE / 2, SOUTH + SIDE / 2]
    for _ in range(7):
        after = np.roll(ring, -1, axis=0)
        aside = (after - ring)[:, ::-1] * [-1, 1] * rng.uniform(-0.25, 0.25, (len(ring), 1))
        ring = np.stack([ring, (ring + after) / 2 + aside], axis=1).reshape(-1, 2)
    return shapely.buffer(shapely.Polygon(ring), 0)


def _with_wiggles(cells: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Every edge that two cells share is replaced by one wiggly line; straight again where it would cross itself."""
    corners, ring = shapely.get_coordinates(shapely.get_exterior_ring(cells), return_index=True)
    same = ring[1:] == ring[:-1]
    a, b, owner = corners[:-1][same], corners[1:][same], ring[:-1][same]
    turned = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    low, high = np.where(turned[:, None], b, a), np.where(turned[:, None], a, b)
    ends, edge = np.unique(np.c_[low, high], axis=0, return_inverse=True)
    edge = edge.ravel()
    rough = np.full(len(ends), _ROUGH)
    sway = rng.uniform(-1, 1, (len(ends), _STEPS - 1))
    while True:
        lines = _wiggles(ends, sway * rough[:, None])[edge]
        lines = np.where(turned[:, None, None], lines[:, ::-1], lines)[:, :-1]
        of = np.repeat(owner, _STEPS)
        grids = shapely.polygons(shapely.linearrings(lines.reshape(-1, 2), indices=of))
        bad = ~shapely.is_valid(grids) | shapely.coverage_invalid_edges(grids).astype(bool)
        if not bad.any():
            return grids
        rough[edge[bad[owner]]] = 0


def _wiggles(ends: Floats, sway: Floats) -> Floats:
    """Lines from one end to the other in `_STEPS` pieces, each middle pushed aside."""
    places = {0: ends[:, :2], _STEPS: ends[:, 2:]}
    step, number = _STEPS, 0
    while step > 1:
        for start in range(0, _STEPS, step):
            p, q = places[start], places[start + step]
            aside = (q - p)[:, ::-1] * [-1, 1] * sway[:, number : number + 1]
            places[start + step // 2] = (p + q) / 2 + aside
            number += 1
        step //= 2
    return np.stack([places[n] for n in range(_STEPS + 1)], axis=1)


def _with_enclaves(grids: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """One grid in a hundred gets a hole with another grid in it."""
    chosen = rng.choice(len(grids), max(1, len(grids) // 100), replace=False)
    middle = shapely.maximum_inscribed_circle(grids[chosen], 1e-5)
    radius = shapely.length(middle) * 0.5
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    reach = radius[:, None] * rng.uniform(0.6, 1, (len(chosen), 12))
    centre = shapely.get_coordinates(shapely.get_point(middle, 0))
    holes = np.stack([centre[:, :1] + reach * np.cos(turn), centre[:, 1:] + reach * np.sin(turn)], axis=2)
    enclaves = shapely.polygons(holes)
    holed = grids.copy()
    for number, hole in zip(chosen, holes, strict=True):
        holed[number] = shapely.Polygon(grids[number].exterior, [hole])
    return np.concatenate([holed, enclaves])


def _in_two_parts(grids: NDArray[Any], pairs: int, rng: np.random.Generator) -> NDArray[Any]:
    """Some pairs of grids far from each other become one grid in two parts."""
    whole = np.flatnonzero(shapely.get_num_interior_rings(grids) == 0)
    first, second = rng.choice(whole, (2, pairs), replace=False)
    apart = ~shapely.intersects(grids[first], grids[second])
    first, second = first[apart], second[apart]
    joined = grids.copy()
    for one, other in zip(first, second, strict=True):
        joined[one] = shapely.MultiPolygon([grids[one], grids[other]])
    return np.delete(joined, second)


def _hilbert(middles: Floats) -> NDArray[np.int64]:
    """Distance along a Hilbert curve of order 16."""
    scaled = ((middles - middles.min(axis=0)) / np.ptp(middles, axis=0).max() * 65535).astype(np.int64)
    x, y = scaled.T.copy()
    distance = np.zeros(len(middles), dtype=np.int64)
    for bit in range(15, -1, -1):
        right, up = (x >> bit) & 1, (y >> bit) & 1
        distance += ((3 * right) ^ up) << (2 * bit)
        low = (1 << bit) - 1
        x, y = x & low, y & low
        flip = (up == 0) & (right == 1)
        x, y = np.where(flip, low - x, x), np.where(flip, low - y, y)
        swap = up == 0
        x, y = np.where(swap, y, x), np.where(swap, x, y)
    return distance
