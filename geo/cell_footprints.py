"""Footprints settled by their bounds alone (按外框落格): those whose cells no boundary passes."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_lookup import cells_of, in_chunks
from geo.cell_table import CellTable

_WIDEST = 8
"""A footprint over more cells than this in either direction is left to an overlay."""


def first_shapes_by_bounds(
    table: CellTable, shapes: NDArray[Any], houses: NDArray[Any], found: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Fill `found` with the first shape that holds the whole of each footprint; returns which are settled by that.

    Cells side by side that no boundary passes lie in the same shapes, so one of them answers for all. A footprint in
    several shapes at once overlaps each with all it has: a tie, which goes to the first. A missing or empty footprint
    is settled too: it lies in none.
    """
    odd = shapely.bounds(shapes[table.odd])

    def settle(start: int, stop: int) -> NDArray[np.bool_]:
        bounds = shapely.bounds(houses[start:stop])
        is_settled = _settle(table, bounds, found[start:stop])
        for west, south, east, north in odd:
            apart = (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
            is_settled &= apart | np.isnan(bounds[:, 0])
        return is_settled

    return np.concatenate([*in_chunks(settle, len(houses)), np.zeros(0, dtype=bool)])


def _settle(table: CellTable, bounds: NDArray[np.float64], found: NDArray[np.int32]) -> NDArray[np.bool_]:
    low = cells_of(table, bounds[:, 0], bounds[:, 1])
    high = cells_of(table, bounds[:, 2], bounds[:, 3])
    up, across = high // table.columns - low // table.columns, high % table.columns - low % table.columns
    is_free = (up < _WIDEST) & (across < _WIDEST)
    for row in range(min(_WIDEST, int(up.max(initial=0)) + 1)):
        for column in range(min(_WIDEST, int(across.max(initial=0)) + 1)):
            # The rest of a footprint that is known to be passed by a boundary need not be looked at.
            at = np.flatnonzero(is_free & (up >= row) & (across >= column))
            is_free[at] = table.label[low[at] + row * table.columns + column] >= 0
    found[is_free] = table.label[low[is_free]]
    nowhere = np.isnan(bounds[:, 0])
    found[nowhere] = table.count
    return is_free | nowhere
