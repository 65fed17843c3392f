"""Areas that pairs of shapes have in common (重叠面积), computed without building the common shape.

Below every edge lies a strip; a polygon is the sum of its strips, upper edges counted plus and lower ones minus. So the
common area of two polygons is the sum, over the pairs of their edges, of the area below both, which is the integral of
the lower of two straight lines. Nothing is decided on the way, so nothing can go wrong but the last digits.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_raster import ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


_NOTHING = shapely.Polygon()


@dataclass(frozen=True)
class Strips:
    """Edges that are not upright, left end first, by shape: those of shape s are start[s]:start[s + 1].

    sign : 1 above the shape, -1 below it. bounds : of each shape.
    """

    bounds: Floats
    start: Ints
    x: Floats
    y: Floats
    end_x: Floats
    end_y: Floats
    sign: Floats


def overlap_areas(large: Strips, one: Ints, small: Strips, other: Ints) -> Floats:
    """The area that shape one[n] and shape other[n] have in common, for every n, in the square of their unit.

    Takes least time when the second of a pair is the smaller.

    >>> first, second = (strips_of(np.array([shapely.box(at, at, at + 2, at + 2)])) for at in (0, 1))
    >>> overlap_areas(first, np.array([0]), second, np.array([0])).tolist()
    [1.0]
    """
    bounds = small.bounds[other]
    pair, edge = ranges(large.start[one], large.start[one + 1] - large.start[one])
    # What lies beside the small shape or wholly below it adds nothing to the sum.
    near = np.flatnonzero(
        (large.x[edge] < bounds[pair, 2])
        & (large.end_x[edge] > bounds[pair, 0])
        & (np.maximum(large.y[edge], large.end_y[edge]) > bounds[pair, 1])
    )
    pair, edge = pair[near], edge[near]
    of, small_edge = ranges(small.start[other[pair]], small.start[other[pair] + 1] - small.start[other[pair]])
    pair, edge = pair[of], edge[of]
    left = np.maximum(large.x[edge], small.x[small_edge])
    wide = np.minimum(large.end_x[edge], small.end_x[small_edge]) - left
    both = np.flatnonzero(wide > 0)
    pair, edge, small_edge = pair[both], edge[both], small_edge[both]
    left, wide = left[both], wide[both]
    base = bounds[pair, 1]
    heights = [_heights(large, edge, left, wide, base), _heights(small, small_edge, left, wide, base)]
    areas = _below_both(wide, *heights[0], *heights[1]) * large.sign[edge] * small.sign[small_edge]
    return np.bincount(pair, areas, len(one)).astype(np.float64)


def _heights(strips: Strips, edge: Ints, left: Floats, wide: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Heights of edges above a base, at the left and at the right end of a piece of them."""
    x, y = strips.x[edge], strips.y[edge] - base
    slope = (strips.end_y[edge] - strips.y[edge]) / (strips.end_x[edge] - x)
    low = y + (left - x) * slope
    return low, low + wide * slope


def _below_both(wide: Floats, one: Floats, one_end: Floats, other: Floats, other_end: Floats) -> Floats:
    """The integral of the lower of two lines: that of the second, less where the first lies below it."""
    first, last = np.minimum(one - other, 0), np.minimum(one_end - other_end, 0)
    span = np.abs(one - other - (one_end - other_end))
    crossing = (one - other) * (one_end - other_end) < 0
    # Where they cross, the first is lower over a share of the width: a triangle instead of a trapezium.
    share = np.divide(-(first + last), span, out=np.ones(len(span)), where=crossing)
    return wide * ((other + other_end) + (first + last) * share) / 2


def strips_of(shapes: NDArray[Any]) -> Strips:
    """The strips of valid polygons and multipolygons; anything else has none."""
    shapes = np.where(np.isin(shapely.get_type_id(shapes), (3, 6)), shapes, _NOTHING)
    # Most footprints are one ring: its points are had without an object for the ring.
    is_ring = (shapely.get_type_id(shapes) == 3) & (shapely.get_num_interior_rings(shapes) == 0)
    points, shape = shapely.get_coordinates(shapes[is_ring], return_index=True)
    parts, of_shape = shapely.get_parts(shapes[~is_ring], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    more, ring = shapely.get_coordinates(rings, return_index=True)
    is_hole = np.diff(part, prepend=-1) == 0
    x, y = np.concatenate([points, more]).T.copy()
    owner = np.concatenate([np.flatnonzero(is_ring)[shape], np.flatnonzero(~is_ring)[of_shape[part[ring]]]])
    ring = np.concatenate([shape, int(is_ring.sum()) + ring])
    side = np.where(
        np.concatenate([np.zeros(len(points), dtype=bool), is_hole[ring[len(points) :] - is_ring.sum()]]), -1.0, 1.0
    )
    first = np.flatnonzero(ring[1:] == ring[:-1])
    # A ring may run either way round; the area it encloses tells which.
    x0, y0 = (values[np.searchsorted(ring, ring[first])] for values in (x, y))
    turn = (x[first] - x0) * (y[first + 1] - y0) - (x[first + 1] - x0) * (y[first] - y0)
    side[first] *= np.sign(np.bincount(ring[first], turn))[ring[first]]
    first = first[x[first] != x[first + 1]]
    first = first[np.argsort(owner[first], kind="stable")]
    is_turned = x[first] > x[first + 1]
    left, right = first + is_turned, first + ~is_turned
    start = np.searchsorted(owner[first], np.arange(len(shapes) + 1))
    return Strips(
        shapely.bounds(shapes),
        start,
        x[left],
        y[left],
        x[right],
        y[right],
        np.where(is_turned, side[first], -side[first]),
    )
