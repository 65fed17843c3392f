"""Points looked up in a cell table (查表): the first shape that each intersects, in chunks, on all cores.

Rule: intersects, then the lowest position; a point on an edge or a corner belongs to every shape that has it. Every
answer is the exact one: where rounding could change it, it is computed without rounding (geo.orientation) or left to
GEOS.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_raster import CENTRE_X, CENTRE_Y
from geo.cell_table import CellTable
from geo.chunks import in_chunks
from geo.orientation import exact_orientation, orientation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def first_shapes(table: CellTable, shapes: NDArray[Any], x: Floats, y: Floats) -> NDArray[np.int32]:
    """The position of the first shape that each point intersects; `table.count` where there is none.

    shapes : those the table was built from. A point whose coordinates are not finite intersects nothing.
    """
    found = np.empty(len(x), dtype=np.int32)
    doubtful = in_chunks(
        lambda start, stop: start + _look_up(table, x[start:stop], y[start:stop], found[start:stop]), len(x)
    )
    if doubtful:
        _ask_geos(table, shapes, x, y, found, np.concatenate(doubtful))
    if len(table.odd):
        _ask_about_odd(table, shapes, x, y, found)
    return found


def cells_of(table: CellTable, x: Floats, y: Floats) -> Ints:
    """The cell of each point; the nearest of the rim where it lies outside the table or its coordinates are NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        row = y - table.y0
        row *= 1 / table.size
        np.fmax(row, 0, out=row)
        np.fmin(row, table.rows - 1, out=row)
        column = x - table.x0
        column *= 1 / table.size
        np.fmax(column, 0, out=column)
        np.fmin(column, table.columns - 1, out=column)
    cell = row.astype(np.int64)
    cell *= table.columns
    cell += column.astype(np.int64)
    return cell


def _look_up(table: CellTable, x: Floats, y: Floats, found: NDArray[np.int32]) -> Ints:
    """Fill `found` for some points; returns those that are left to GEOS."""
    cell = cells_of(table, x, y)
    np.take(table.label, cell, out=found, mode="clip")
    marked = np.flatnonzero(found < 0)
    if not len(marked):
        return marked
    answer, is_doubtful = _by_edges(table, x[marked], y[marked], cell[marked], -1 - found[marked].astype(np.int64))
    found[marked] = answer
    return marked[is_doubtful]


def _by_edges(
    table: CellTable, x: Floats, y: Floats, cell: Ints, mark: Ints
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The answer for points in marked cells, by the edges crossed from the centre; and whether GEOS must be asked."""
    start = table.edge_start[mark].astype(np.int64)
    count = table.edge_start[mark + 1] - start
    point = np.repeat(np.arange(len(mark)), count)
    begin = np.cumsum(count) - count
    at = np.arange(len(point))
    at += np.repeat(start - begin, count)
    edge = table.edge[at]
    is_right = (edge & 1).astype(bool)
    edge >>= 1
    # Whole rows are taken: four numbers of one edge are one visit to memory.
    ends = np.ascontiguousarray(table.ends.take(edge, axis=0).T)
    px, py = x[point], y[point]
    turn, is_sure = orientation(ends, px, py)
    is_doubtful = table.is_hard[mark]
    touched = None
    unsure = np.flatnonzero(~is_sure)
    if len(unsure):
        few = ends[:, unsure]
        turn[unsure], is_known = exact_orientation(few, px[unsure], py[unsure])
        is_doubtful[point[unsure[~is_known]]] = True
        on = unsure[is_known & (turn[unsure] == 0) & _within(few, px[unsure], py[unsure])]
        touched = point[on], table.edge_bits[at[on]]
    # Only an edge between the point and the centre of its cell can be crossed.
    apart = np.flatnonzero((turn < 0) != is_right)
    apart = apart[turn[apart] != 0]
    crossed, is_unsure = _crossed(table, ends[:, apart], px[apart], py[apart], cell[point[apart]])
    is_doubtful[point[apart[is_unsure]]] = True
    flips = np.zeros(len(point), dtype=table.edge_bits.dtype)
    flips[apart] = np.where(crossed, table.edge_bits[at[apart]], 0)
    bits = np.bitwise_xor.reduceat(flips, begin)
    bits ^= table.inside_bits[mark]
    if touched is not None:
        np.bitwise_or.at(bits, *touched)
    return _first_candidate(table, mark, bits), is_doubtful


def _within(ends: Sequence[Floats] | Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    ax, ay, bx, by = ends
    return (ax <= x) & (x <= bx) & (np.minimum(ay, by) <= y) & (y <= np.maximum(ay, by))


def _crossed(
    table: CellTable, ends: Floats, x: Floats, y: Floats, cell: Ints
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether edges have an end on either side of the line from the point to the centre; and whether that is unsure."""
    row, column = np.divmod(cell, table.columns)
    middle_x = table.x0 + (column + CENTRE_X) * table.size
    middle_y = table.y0 + (row + CENTRE_Y) * table.size
    one, one_sure = orientation((x, y, middle_x, middle_y), ends[0], ends[1])
    other, other_sure = orientation((x, y, middle_x, middle_y), ends[2], ends[3])
    return (one < 0) != (other < 0), ~(one_sure & other_sure)


def _first_candidate(table: CellTable, mark: Ints, bits: NDArray[Any]) -> NDArray[np.int32]:
    """The shape of the lowest bit set; none where there is none."""
    place = np.bitwise_count((bits & (~bits + 1)) - 1)
    none = bits == 0
    place[none] = 0
    answer = table.candidate[table.candidate_start[mark] + place]
    answer[none] = table.count
    return answer


def _ask_geos(
    table: CellTable, shapes: NDArray[Any], x: Floats, y: Floats, found: NDArray[np.int32], doubtful: Ints
) -> None:
    """Exact predicates against every candidate of the cell."""
    mark = -1 - table.label[cells_of(table, x[doubtful], y[doubtful])].astype(np.int64)
    start = table.candidate_start[mark].astype(np.int64)
    count = table.candidate_start[mark + 1] - start
    point = np.repeat(doubtful, count)
    candidate = table.candidate[np.arange(len(point)) + np.repeat(start - np.cumsum(count) + count, count)]
    found[doubtful] = table.count
    _keep_first(shapes, x, y, found, point, candidate)


def _ask_about_odd(table: CellTable, shapes: NDArray[Any], x: Floats, y: Floats, found: NDArray[np.int32]) -> None:
    """Shapes outside the table, against the points in their bounds."""
    west, south, east, north = shapely.bounds(shapes[table.odd]).T
    for number, odd in enumerate(table.odd):
        near = np.flatnonzero((x >= west[number]) & (x <= east[number]) & (y >= south[number]) & (y <= north[number]))
        _keep_first(shapes, x, y, found, near, np.full(len(near), odd))


def _keep_first(
    shapes: NDArray[Any], x: Floats, y: Floats, found: NDArray[np.int32], point: Ints, shape: NDArray[Any]
) -> None:
    # A shape asked once and then prepared for nothing costs more than it saves.
    asked, times = np.unique(shape, return_counts=True)
    shapely.prepare(shapes[asked[times > 8]])
    hits = shapely.intersects_xy(shapes[shape], x[point], y[point])
    np.minimum.at(found, point[hits], shape[hits].astype(np.int32))
