"""The edges of many polygons, each kept once (边界线段): the edge that two neighbours share has two owners."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """Distinct edges a → b (a before b, by x and then y) and who owns them.

    ax, ay, bx, by : one per edge. owner_start : edge e belongs to the shapes owners[owner_start[e]:owner_start[e + 1]].
    is_turned : beside `owners`: whether the ring of that owner runs from b to a.
    """

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    owner_start: Ints
    owners: Ints
    is_turned: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ax)


def polygon_edges(shapes: NDArray[Any]) -> Edges:
    """Edges of all rings of polygons and multipolygons, holes included; the owners are positions in `shapes`.

    >>> edges = polygon_edges(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]))
    >>> len(edges), np.diff(edges.owner_start).tolist().count(2)
    (7, 1)
    """
    # get_rings passes over a multipolygon in silence, so it is taken apart first.
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = np.ascontiguousarray(corners[:, 0]), np.ascontiguousarray(corners[:, 1])
    # -0.0 and 0.0 are one place but two patterns of bits.
    x += 0.0
    y += 0.0
    is_edge = (ring[1:] == ring[:-1]) & ((x[1:] != x[:-1]) | (y[1:] != y[:-1]))
    start = np.flatnonzero(is_edge)
    owner = shape_of_part[part_of_ring[ring[start]]]
    is_turned = (x[start] > x[start + 1]) | ((x[start] == x[start + 1]) & (y[start] > y[start + 1]))
    low, high = start + is_turned, start + ~is_turned
    return _distinct((x[low], y[low], x[high], y[high]), owner, is_turned)


def _distinct(ends: tuple[Floats, ...], owner: Ints, is_turned: NDArray[np.bool_]) -> Edges:
    order = np.argsort(_mixed(*ends))
    ends = tuple(values[order] for values in ends)
    # Neighbours in the order are compared in full: two edges that mix to one number stay two.
    is_first = np.ones(len(order), dtype=bool)
    if len(order):
        is_first[1:] = np.any([values[1:] != values[:-1] for values in ends], axis=0)
    first = np.flatnonzero(is_first)
    ax, ay, bx, by = (values[first] for values in ends)
    return Edges(ax, ay, bx, by, np.append(first, len(order)), owner[order].astype(np.int64), is_turned[order])


def _mixed(*numbers: Floats) -> NDArray[np.uint64]:
    """One number out of the bits of four, so that equal edges come to stand beside each other."""
    mixed = np.zeros(len(numbers[0]), dtype=np.uint64)
    for values in numbers:
        mixed ^= values.view(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed
