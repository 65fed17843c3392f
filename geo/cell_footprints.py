"""Footprints settled by their bounds alone (按外框落格): those whose bounds no boundary enters."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_lookup import cells_of, first_shapes
from geo.cell_raster import ranges
from geo.cell_table import CellTable
from geo.chunks import in_chunks
from geo.orientation import orientation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDEST = 8
"""A footprint over more cells than this in either direction is left to an overlay."""


def first_shapes_by_bounds(
    table: CellTable, shapes: NDArray[Any], houses: NDArray[Any], found: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Fill `found` with the first shape that holds the whole of each footprint; returns which are settled by that.

    Where no boundary enters the bounds of a footprint, all of it lies in the same shapes. A footprint in several shapes
    at once overlaps each with all it has: a tie, which goes to the first. A missing or empty footprint is settled too:
    it lies in none.
    """
    odd = shapely.bounds(shapes[table.odd])

    def settle(start: int, stop: int) -> tuple[NDArray[np.bool_], Ints]:
        bounds = shapely.bounds(houses[start:stop])
        is_settled, entered = _settle(table, bounds, found[start:stop])
        free = entered[~_is_entered(table, bounds[entered])]
        is_settled[free] = True
        for west, south, east, north in odd:
            apart = (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
            is_settled &= apart | np.isnan(bounds[:, 0])
        return is_settled, start + free

    parts = in_chunks(settle, len(houses))
    if not parts:
        return np.zeros(0, dtype=bool)
    free = np.concatenate([part for _, part in parts])
    bounds = shapely.bounds(houses[free])
    found[free] = first_shapes(table, shapes, *((bounds[:, :2] + bounds[:, 2:]) / 2).T)
    return np.concatenate([is_settled for is_settled, _ in parts])


def _settle(table: CellTable, bounds: Floats, found: NDArray[np.int32]) -> tuple[NDArray[np.bool_], Ints]:
    """Those whose cells no boundary passes; and the others that are not too large to be looked at edge by edge.

    Cells side by side that no boundary passes lie in the same shapes, so one of them answers for all.
    """
    low = cells_of(table, bounds[:, 0], bounds[:, 1])
    high = cells_of(table, bounds[:, 2], bounds[:, 3])
    up, across = high // table.columns - low // table.columns, high % table.columns - low % table.columns
    is_small = (up < _WIDEST) & (across < _WIDEST)
    is_free = is_small.copy()
    for row in range(min(_WIDEST, int(up.max(initial=0)) + 1)):
        for column in range(min(_WIDEST, int(across.max(initial=0)) + 1)):
            # The rest of a footprint that is known to be passed by a boundary need not be looked at.
            at = np.flatnonzero(is_free & (up >= row) & (across >= column))
            is_free[at] = table.label[low[at] + row * table.columns + column] >= 0
    found[is_free] = table.label[low[is_free]]
    nowhere = np.isnan(bounds[:, 0])
    found[nowhere] = table.count
    return is_free | nowhere, np.flatnonzero(is_small & ~is_free & ~nowhere)


def _is_entered(table: CellTable, bounds: Floats) -> NDArray[np.bool_]:
    """Whether an edge meets the bounds, or is so near that rounding could hide it."""
    low, high = cells_of(table, bounds[:, 0], bounds[:, 1]), cells_of(table, bounds[:, 2], bounds[:, 3])
    first, last = low // table.columns, high // table.columns
    house, row = ranges(first, last - first + 1)
    left = low[house] % table.columns
    line, column = ranges(left, high[house] % table.columns - left + 1)
    house, mark = house[line], -1 - table.label[row[line] * table.columns + column].astype(np.int64)
    house, mark = house[mark >= 0], mark[mark >= 0]
    start = table.edge_start[mark].astype(np.int64)
    of, at = ranges(start, table.edge_start[mark + 1] - start)
    house, ends = house[of], table.ends.take(table.edge[at] >> 1, axis=0).T
    ax, ay, bx, by = ends
    west, south, east, north = bounds[house].T
    beside = (bx < west) | (ax > east) | (np.maximum(ay, by) < south) | (np.minimum(ay, by) > north)
    near = np.flatnonzero(~beside)
    sides = np.zeros(len(near))
    for x, y in ((west, south), (west, north), (east, south), (east, north)):
        turn, is_sure = orientation(ends[:, near], x[near], y[near])
        sides += np.where(is_sure, np.sign(turn), 0)
    is_entered = np.zeros(len(bounds), dtype=bool)
    is_entered[house[near[np.abs(sides) < 4]]] = True
    return is_entered
