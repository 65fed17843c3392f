"""The cell table of a boundary version (格元表): a raster that answers most points with one look-up, exactly.

A cell that no boundary passes lies in the same polygons from corner to corner: it is labelled with the first of them.
A cell that boundaries pass is marked; it keeps the edges that pass it, the polygons they belong to (its candidates),
and which of those hold its centre. From the centre to a point the polygons change at every edge crossed, so a point in
a marked cell is answered by the two or three edges there (geo.cell_lookup), with GEOS where even that is unsure.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_raster import CENTRE_X, CENTRE_Y, passed_cells, row_spans, span_cells
from geo.polygon_edges import Edges, polygon_edges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST, SMALLEST = 1e75, 1e-75
"""Coordinates and cells beyond these overflow or vanish when multiplied; such shapes get no table."""
_FINEST = 2.0**24
"""A cell is at least this many times the spacing of the numbers around it, so that rounding stays far below NEAR."""
_UNSURE = 2e-5
"""A centre this close to the line of an edge (in cells) is not told inside from outside; its cell goes to GEOS."""
_MOST_CANDIDATES = 64
_CELLS_AN_EDGE = 14
"""Cells for every edge: finer tables answer more points at once, but take longer to build and miss the processor's
cache more often. 2048² for 10,000 grids of 45 vertices."""
_MOST_CELLS = 4096 * 4096


@dataclass(frozen=True)
class CellTable:
    """Labels of all cells and what the marked ones need. Shapes are known by their position; the lowest is the first.

    x0, y0, size : corner and width of a cell, in the unit of the shapes. columns, rows : with a rim of outside cells.
    count : number of shapes; it stands for "none". odd : positions of shapes that are not in the table because they
    are no valid areas; GEOS is asked about them. label : one per cell, the first shape that holds it, `count` where
    none does, -1 - m for the marked cell m. edge_start, candidate_start : where the lists of marked cell m begin.
    edge : 2 e, or 2 e + 1 where the centre lies right of edge e; edge_bits : the candidates that edge belongs to.
    inside_bits : the candidates that hold the centre. is_hard : cells left to GEOS. ends : ax, ay, bx, by of each edge.
    """

    x0: float
    y0: float
    size: float
    columns: int
    rows: int
    count: int
    odd: Ints
    label: NDArray[np.int32]
    edge_start: NDArray[np.int32]
    edge: NDArray[np.int32]
    edge_bits: NDArray[Any]
    candidate_start: NDArray[np.int32]
    candidate: NDArray[np.int32]
    inside_bits: NDArray[Any]
    is_hard: NDArray[np.bool_]
    ends: Floats

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays together."""
        return sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray))


def build_cell_table(shapes: NDArray[Any], *, cells: int | None = None) -> CellTable | None:
    """The table of some shapes (Polygon or MultiPolygon, any unit), in the order of their rank.

    cells : about how many, default by the number of edges. A missing or empty shape holds nothing. Overlapping shapes
    are welcome. An invalid area, a line or a point is set aside as `odd`.

    Returns None where no table can be right: no areas at all, or so small an extent so far from the origin that
    neighbouring numbers are as wide as cells.
    """
    is_area = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    is_good = is_area & _is_valid(shapes, is_area)
    odd = np.flatnonzero(~is_good & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    areas = shapes.copy()
    areas[~is_good] = None
    edges = polygon_edges(areas)
    frame = _frame(edges, cells)
    if frame is None:
        return None
    x0, y0, size, columns, rows = frame
    at = [(edges.ax - x0) / size, (edges.ay - y0) / size, (edges.bx - x0) / size, (edges.by - y0) / size]
    passed = _sorted_pairs(at, columns, len(edges))
    marked, edge_start = _starts(passed[0])
    label = np.full(columns * rows, len(shapes), dtype=np.int32)
    label[marked] = -1 - np.arange(len(marked))
    inside = _label_cells(label, at, edges, columns)
    cell = np.repeat(np.arange(len(marked)), np.diff(edge_start))
    is_right, is_unsure = _centres(at, passed[0], passed[1], columns)
    lists = _candidates(cell, passed[1], edges, inside, len(marked), len(shapes))
    is_hard = lists.pop("is_crowded")
    is_hard[cell[is_unsure]] = True
    return CellTable(
        x0, y0, size, columns, rows, len(shapes), odd, label, edge_start.astype(np.int32),
        (passed[1] * 2 + is_right).astype(np.int32), is_hard=is_hard,
        ends=np.stack([edges.ax, edges.ay, edges.bx, edges.by], axis=1), **lists,
    )  # fmt: skip


def _is_valid(shapes: NDArray[Any], is_area: NDArray[np.bool_]) -> NDArray[np.bool_]:
    valid = np.zeros(len(shapes), dtype=bool)
    valid[is_area] = shapely.is_valid(shapes[is_area])
    return valid


def _frame(edges: Edges, cells: int | None) -> tuple[float, float, float, int, int] | None:
    """Corner, size of a cell, columns and rows; None where numbers are too coarse, large or small for cells."""
    if not len(edges):
        return None
    west, east = float(edges.ax.min()), float(edges.bx.max())
    south, north = (float(choose(edges.ay, edges.by)) for choose in (_lowest, _highest))
    largest = max(abs(west), abs(east), abs(south), abs(north))
    wide, high = east - west, north - south
    if not (largest < LARGEST and wide > 0 and high > 0):
        return None
    wanted = cells or min(max(_CELLS_AN_EDGE * len(edges), 4096), _MOST_CELLS)
    # Square cells, but no fewer than one row or column, so that a long strip is cut across only.
    size = max(math.sqrt(wide / wanted) * math.sqrt(high), max(wide, high) / wanted)
    if size < max(SMALLEST, largest * 2.0**-52 * _FINEST):
        return None
    # An outside cell all round; the corner is moved by more than half a cell so that no border lies on the extent.
    x0, y0 = west - 1.37 * size, south - 1.41 * size
    return x0, y0, size, int((east - x0) / size) + 3, int((north - y0) / size) + 3


def _lowest(one: Floats, other: Floats) -> Any:
    return np.minimum(one, other).min()


def _highest(one: Floats, other: Floats) -> Any:
    return np.maximum(one, other).max()


def _sorted_pairs(at: list[Floats], columns: int, edges: int) -> tuple[Ints, Ints]:
    """Cells that edges pass and those edges, sorted by cell and edge."""
    pairs = np.concatenate([cell * edges + edge for cell, edge in passed_cells(at, columns)])
    pairs.sort()
    cell, edge = np.divmod(pairs, edges)
    return cell, edge


def _starts(values: Ints) -> tuple[Ints, Ints]:
    """Distinct values of a sorted array, and where each begins; the end of the array as the last start."""
    first = np.flatnonzero(np.diff(values, prepend=-1))
    return values[first], np.append(first, len(values))


def _label_cells(label: NDArray[np.int32], at: list[Floats], edges: Edges, columns: int) -> tuple[Ints, Ints]:
    """Label the cells that no edge passes; returns the marked cells and the shapes that hold their centres."""
    row, shape, first, after = row_spans(at, edges.owner_start, edges.owners)
    # The first shape is written last, so that it stays where shapes overlap.
    order = np.argsort(-shape, kind="stable")
    row, shape, first, after = row[order], shape[order], first[order], after[order]
    marked, holders = [], []
    for cell, span in span_cells(row, first, after, columns):
        found = label[cell]
        is_marked = found < 0
        marked.append(-1 - found[is_marked].astype(np.int64))
        holders.append(shape[span[is_marked]])
        free = ~is_marked
        label[cell[free]] = shape[span[free]]
    return np.concatenate([*marked, _NONE]), np.concatenate([*holders, _NONE])


_NONE: Ints = np.zeros(0, dtype=np.int64)


def _centres(at: list[Floats], cell: Ints, edge: Ints, columns: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the centre of a cell lies right of an edge that passes it, and whether that is unsure."""
    row, column = np.divmod(cell, columns)
    ax, ay, bx, by = (values[edge] for values in at)
    run, rise = bx - ax, by - ay
    turn = run * (row + CENTRE_Y - ay) - rise * (column + CENTRE_X - ax)
    return turn < 0, np.abs(turn) <= _UNSURE * (np.abs(run) + np.abs(rise))


def _candidates(
    cell: Ints, edge: Ints, edges: Edges, inside: tuple[Ints, Ints], marked: int, shapes: int
) -> dict[str, NDArray[Any]]:
    """The lists of the marked cells: candidates in order, as bits those an edge belongs to and those at the centre."""
    owners = np.diff(edges.owner_start)[edge]
    start = np.cumsum(owners) - owners
    owner = np.arange(int(owners.sum())) + np.repeat(edges.owner_start[edge] - start, owners)
    owning = np.repeat(cell, owners) * shapes + edges.owners[owner]
    holding = inside[0] * shapes + inside[1]
    every = np.concatenate([owning, holding])
    every.sort()
    pairs, _ = _starts(every)
    of, candidate = np.divmod(pairs, shapes)
    candidate_start = np.searchsorted(of, np.arange(marked + 1))
    most = int(np.diff(candidate_start).max(initial=1))
    bits = next((kind for kind in (np.uint8, np.uint16, np.uint32) if most <= np.iinfo(kind).bits), np.uint64)
    place = np.minimum(np.arange(len(pairs)) - candidate_start[of], _MOST_CANDIDATES - 1)
    bit = np.left_shift(np.ones(len(pairs), dtype=bits), place.astype(bits))
    edge_bits = np.bitwise_or.reduceat(bit[np.searchsorted(pairs, owning)], start) if len(start) else bit[:0]
    inside_bits = np.zeros(marked, dtype=bits)
    np.bitwise_or.at(inside_bits, inside[0], bit[np.searchsorted(pairs, holding)])
    return {
        "edge_bits": edge_bits, "candidate_start": candidate_start.astype(np.int32),
        "candidate": candidate.astype(np.int32), "inside_bits": inside_bits,
        "is_crowded": np.diff(candidate_start) > _MOST_CANDIDATES,
    }  # fmt: skip
