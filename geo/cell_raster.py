"""Edges laid over a raster of cells (栅格化): which cells an edge passes, which cell centres lie inside a polygon.

Works in cell units: column = x, row = y, so the cell of (x, y) is (floor(x), floor(y)). What is called the centre of a
cell is a point inside it a little off the middle, because real boundaries like round numbers.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CENTRE_X, CENTRE_Y = 0.5137, 0.4871

NEAR = 1e-5
"""An edge this close to a cell passes it: an edge on the border of two cells passes both. Rounding is far below it."""

_AT_ONCE = 2_000_000
"""Cells looked at in one piece, so that a fine raster takes no more memory than a coarse one."""


def passed_cells(ends: Sequence[Floats], columns: int) -> Iterator[tuple[Ints, Ints]]:
    """Cell numbers (row x columns + column) and the edges that pass them, piece by piece, in no order."""
    ax, ay, bx, by = ends
    is_down = ay > by
    lowx, lowy = np.where(is_down, bx, ax), np.where(is_down, by, ay)
    topx, topy = np.where(is_down, ax, bx), np.where(is_down, ay, by)
    first = np.floor(lowy - NEAR).astype(np.int64)
    rows = np.floor(topy + NEAR).astype(np.int64) - first + 1
    # No edge is wider in all its rows together than in one row, plus one column for every row.
    wide = rows * 2 + np.abs(topx - lowx).astype(np.int64)
    for piece in _pieces(wide):
        edge, row = ranges(first[piece], rows[piece])
        edge += piece.start
        low, high = lowy[edge], topy[edge]
        rise = np.maximum(high - low, 1e-300)
        run, start = topx[edge] - lowx[edge], lowx[edge]
        # Where the edge enters and leaves the row; a level edge lies in it from end to end.
        enters = start + run * np.clip((row - NEAR - low) / rise, 0, 1)
        leaves = start + run * np.clip((row + 1 + NEAR - low) / rise, 0, 1)
        is_level = high == low
        enters[is_level], leaves[is_level] = start[is_level], (start + run)[is_level]
        left = np.floor(np.minimum(enters, leaves) - NEAR).astype(np.int64)
        right = np.floor(np.maximum(enters, leaves) + NEAR).astype(np.int64)
        which, column = ranges(left, right - left + 1)
        yield row[which] * columns + column, edge[which]


def row_spans(ends: Sequence[Floats], owner_start: Ints, owners: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Runs of cells in one row whose centres lie inside a polygon: row, polygon, first column, column after the last.

    Even-odd along the line through the centres of a row; an edge counts at its lower end and not at its upper one, so
    that a vertex on the line counts once. Edges of a polygon are those it owns. Sorted by row and polygon.
    """
    ax, ay, bx, by = ends
    is_down = ay > by
    lowx, lowy = np.where(is_down, bx, ax), np.where(is_down, by, ay)
    topx, topy = np.where(is_down, ax, bx), np.where(is_down, ay, by)
    first = np.ceil(lowy - CENTRE_Y).astype(np.int64)
    edge, row = ranges(first, np.ceil(topy - CENTRE_Y).astype(np.int64) - first)
    share = (row + CENTRE_Y - lowy[edge]) / (topy[edge] - lowy[edge])
    crossing = lowx[edge] + (topx[edge] - lowx[edge]) * share
    column = np.floor(crossing - CENTRE_X).astype(np.int64) + 1
    which, owner = ranges(owner_start[:-1][edge], np.diff(owner_start)[edge])
    polygon = owners[owner]
    count, wide = int(polygon.max(initial=0)) + 1, int(column.max(initial=0)) + 2
    key = (row[which] * count + polygon) * wide + column[which]
    key.sort()
    place, column = np.divmod(key, wide)
    row, polygon = np.divmod(place[::2], count)
    return row, polygon, column[::2], column[1::2]


def span_cells(row: Ints, first: Ints, after: Ints, columns: int) -> Iterator[tuple[Ints, Ints]]:
    """Cell numbers of spans and the span of each, piece by piece, in the order of the spans."""
    for piece in _pieces(after - first):
        which, column = ranges(first[piece], after[piece] - first[piece])
        yield np.repeat(row[piece] * columns, after[piece] - first[piece]) + column, which + piece.start


def ranges(start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """For runs of whole numbers, written one after another: the run of each number, and the number.

    >>> [part.tolist() for part in ranges(np.array([5, 9]), np.array([2, 1]))]
    [[0, 0, 1], [5, 6, 9]]
    """
    ends = np.cumsum(count)
    run = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(run))
    number += np.repeat(start - ends + count, count)
    return run, number


def _pieces(sizes: Ints) -> Iterator[slice]:
    """Slices of neighbours that hold about `_AT_ONCE` together, at least one each."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _AT_ONCE, side="right")))
        yield slice(start, stop)
        start = stop
