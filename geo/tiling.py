"""Shapes that tile (无缝无叠): whether they do, and one simplification for all of them, on two cores.

Both are GEOS's own answers; what is done here is to ask for less of them, and in two halves.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.polygon_edges import polygon_edges

_FEW = 1000
"""Shapes that are not worth a division."""


def is_tiling(geoms: Any) -> bool:
    """Whether areas neither overlap nor meet along lines with different vertices (`shapely.coverage_is_valid`).

    geoms : polygons and multipolygons; gaps are allowed, missing and empty ones passed over. False also where one of
    them is not valid.

    How many areas lie over a place changes only at the edges of areas. Across an edge that two areas share, one on
    each side, the number stays the same; so an overlap anywhere has its border on edges that only one area has, and
    the areas at those edges are all that GEOS has to look at: the rim of a county and not its inside.

    >>> is_tiling([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]), is_tiling([shapely.box(0, 0, 2, 2)] * 2)
    (True, False)
    """
    shapes = np.asarray(geoms, dtype=object)
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not shapely.is_valid(shapes).all():
        return False
    edges = polygon_edges(shapely.orient_polygons(shapes))
    owners = np.diff(edges.owner_start)
    first = edges.owner_start[:-1]
    is_lone = owners == 1
    second = first[~is_lone] + 1
    if (owners > 2).any() or (edges.is_turned[first[~is_lone]] == edges.is_turned[second]).any():
        return False
    if not is_lone.any():
        return True
    lines = np.stack([edges.ax, edges.ay, edges.bx, edges.by], axis=1)[is_lone].reshape(-1, 2, 2)
    return bool(shapely.coverage_is_valid(shapes[_near(shapes, shapely.linestrings(lines))]))


def simplify_tiling(geoms: Any, tolerance: float) -> NDArray[Any]:
    """`shapely.coverage_simplify` of shapes that tile, its two halves side by side.

    geoms, tolerance : as there. Each half is simplified with the neighbours it touches and gives its own shapes; the
    line where they meet has then been simplified twice and must still fit, else all are simplified at once.
    """
    shapes = np.asarray(geoms, dtype=object)
    if len(shapes) < _FEW:
        return np.asarray(shapely.coverage_simplify(shapes, tolerance), dtype=object)
    west, _, east, _ = shapely.bounds(shapes).T
    is_west = west + east < np.nanmedian(west + east)

    def half(is_own: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        here = np.union1d(np.flatnonzero(is_own), _near(shapes, shapes[is_own]))
        light = np.asarray(shapely.coverage_simplify(shapes[here], tolerance), dtype=object)
        return here, light[is_own[here]]

    with ThreadPoolExecutor(2) as pool:
        (near_west, west_light), (near_east, east_light) = pool.map(half, (is_west, ~is_west))
    light = np.empty(len(shapes), dtype=object)
    light[is_west], light[~is_west] = west_light, east_light
    if not shapely.coverage_is_valid(light[np.intersect1d(near_west, near_east)]):
        return np.asarray(shapely.coverage_simplify(shapes, tolerance), dtype=object)
    return light


def _near(shapes: NDArray[Any], others: NDArray[Any]) -> NDArray[np.int64]:
    """Positions of the shapes a part of which has a box that meets the box of a part of the others."""
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    met = shapely.STRtree(parts).query(shapely.get_parts(others))[1]
    return np.unique(shape_of_part[met])
