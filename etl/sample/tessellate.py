"""Cutting the county into townships and communities that tile exactly (剖分).

The county is seeded with some ten thousand small Voronoi cells. Cells are dealt out to areas by a power diagram whose
weights are turned until every area has its target size; the borders between areas are smoothed and roughened; all
borders are noded together once, and the faces between them are the areas. So neighbours share every vertex.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
GRAIN_M = 0.01  # every vertex of the county lies on a lattice of one centimetre, so that shared ones are equal


@dataclass(frozen=True)
class Cells:
    """Voronoi cells: `xy` seeds, `area` in m² inside the county; `pair` the two seeds of each edge, `line` its ends."""

    xy: Floats
    area: Floats
    pair: Ints
    line: Floats


def seed_cells(county: BaseGeometry, rng: np.random.Generator, spacing: float) -> Cells:
    """Jittered seeds on a hexagonal lattice over the county and a margin, and the edges between them."""
    west, south, east, north = county.buffer(3 * spacing).bounds
    rows = np.arange(south, north, spacing * 0.866)
    columns = np.arange(west, east, spacing)
    x = columns[None, :] + np.where(np.arange(rows.size) % 2, spacing / 2, 0.0)[:, None]
    xy = np.column_stack([x.ravel(), np.repeat(rows, columns.size)])
    xy += rng.uniform(-0.36, 0.36, xy.shape) * spacing
    xy = xy[shapely.contains_xy(county.buffer(2 * spacing), xy)]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(xy), ordered=True))
    pair, line = _edges(cells)
    shapely.prepare(county)
    area = shapely.area(cells)
    rim = ~shapely.contains_properly(county, cells)
    area[rim] = shapely.area(shapely.intersection(cells[rim], county))
    return Cells(xy, area, pair, line)


def _edges(cells: NDArray[np.object_]) -> tuple[Ints, Floats]:
    """Each edge between two cells once: the two cells and the two ends."""
    points, owner = shapely.get_coordinates(cells, return_index=True)
    inside = owner[:-1] == owner[1:]
    ends = np.stack([points[:-1][inside], points[1:][inside]], axis=1)
    cell = owner[:-1][inside]
    _, corner = np.unique(np.round(ends.reshape(-1, 2), 3), axis=0, return_inverse=True)
    corner = np.sort(corner.reshape(-1, 2), axis=1)
    order = np.lexsort((corner[:, 1], corner[:, 0]))
    same = (corner[order][:-1] == corner[order][1:]).all(axis=1)
    first, second = order[:-1][same], order[1:][same]
    return np.column_stack([cell[first], cell[second]]), ends[first]


def warped(xy: Floats, rng: np.random.Generator, amplitude: float, wavelength: float) -> Floats:
    """Points pushed about by smooth noise, so that borders drawn among them meander."""
    moved = xy.copy()
    for scale in (1.0, 0.5, 0.27):
        for axis in (0, 1):
            turn = rng.uniform(0, 2 * np.pi, 3)
            for angle in turn:
                wave = (xy @ np.array([np.cos(angle), np.sin(angle)])) * 2 * np.pi / (wavelength * scale)
                moved[:, axis] += amplitude * scale * 0.6 * np.sin(wave + angle * 3)
    return moved


def power_labels(xy: Floats, area: Floats, sites: Floats, target: Floats, *, settle: int = 0, rounds: int = 90) -> Ints:
    """The site of each cell, such that the areas of the sites come near `target` (m², scaled to the sum of `area`).

    In the first `settle` rounds the sites move to the middle of their cells, which makes areas compact.
    """
    target = target * area.sum() / target.sum()
    sites, weight = sites.copy(), np.zeros(len(sites))
    label = np.zeros(len(xy), dtype=np.int64)
    middle = xy.mean(axis=0)  # small numbers: squares of full coordinates would lose metres
    xy, sites = xy - middle, sites - middle
    for turn in range(rounds):
        label = np.argmin((sites**2).sum(axis=1) - weight - 2 * (xy @ sites.T), axis=1)
        got = np.bincount(label, weights=area, minlength=len(sites))
        if turn < settle:
            for axis in (0, 1):
                sums = np.bincount(label, weights=area * xy[:, axis], minlength=len(sites))
                sites[:, axis] = np.where(got > 0, sums / np.maximum(got, 1), sites[:, axis])
        weight += (0.35 if turn < rounds - 30 else 0.15) * (target - got)
    return label


def connected(label: Ints, pair: Ints, area: Floats) -> Ints:
    """Labels in which every area is one piece: what is cut off goes to the neighbour it touches most.

    Negative labels stand for cells outside and stay as they are.
    """
    label = label.copy()
    inner = pair[(label[pair] >= 0).all(axis=1)]
    for _ in range(4):
        piece = _pieces(label, inner)
        size = np.bincount(piece, weights=area)
        biggest: dict[int, int] = {}
        for one in np.argsort(-size, kind="stable"):
            biggest.setdefault(int(label[one]), int(one))  # a piece is numbered by a cell of its own
        stray = (np.array([biggest[one] for one in label.tolist()]) != piece) & (label >= 0)
        if not stray.any():
            break
        touching = inner[stray[inner[:, 0]] != stray[inner[:, 1]]]
        for a, b in touching:
            if stray[a] == stray[b]:
                continue  # its piece has found a neighbour already
            cell, other = (a, b) if stray[a] else (b, a)
            label[piece == piece[cell]] = label[other]
            stray[piece == piece[cell]] = False
    return label


def _pieces(label: Ints, pair: Ints) -> Ints:
    """The connected piece of every cell, numbered by the lowest cell in it."""
    same = pair[label[pair[:, 0]] == label[pair[:, 1]]]
    piece = np.arange(len(label))
    while True:
        low = np.minimum(piece[same[:, 0]], piece[same[:, 1]])
        before = piece.copy()
        np.minimum.at(piece, same[:, 0], low)
        np.minimum.at(piece, same[:, 1], low)
        piece = piece[piece]
        if (piece == before).all():
            return piece


def border_lines(label: Ints, cells: Cells, rng: np.random.Generator) -> NDArray[np.object_]:
    """The borders between different labels as smooth, slightly rough lines that still meet at their ends."""
    a, b = label[cells.pair].T
    ends = np.round(cells.line[a != b], 2)
    arcs = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends))))
    return np.array([shapely.LineString(_weathered(shapely.get_coordinates(arc), rng)) for arc in arcs])


def _weathered(points: Floats, rng: np.random.Generator) -> Floats:
    """Corners rounded, then roughened at a small scale; the ends of an open line stay, a ring stays closed."""
    is_ring = bool((points[0] == points[-1]).all())
    for _ in range(2):
        if len(points) < 3:
            break
        if is_ring:
            ring = points[:-1]
            points = 0.25 * np.roll(ring, 1, axis=0) + 0.5 * ring + 0.25 * np.roll(ring, -1, axis=0)
            points = np.vstack([points, points[:1]])
        else:
            middle = 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:]
            points = np.vstack([points[:1], middle, points[-1:]])
    step = np.diff(points, axis=0)
    across = np.column_stack([-step[:, 1], step[:, 0]])
    between = points[:-1] + 0.5 * step + across * rng.uniform(-0.16, 0.16, (len(step), 1))
    mixed = np.empty((len(points) + len(between), 2))
    mixed[0::2], mixed[1::2] = points, between
    return mixed


def faces_between(lines: list[BaseGeometry]) -> NDArray[np.object_]:
    """The polygons enclosed by lines, every vertex on the one-centimetre lattice; loose ends are left out."""
    noded = shapely.unary_union(np.array(lines, dtype=object), grid_size=GRAIN_M)
    return shapely.get_parts(shapely.polygonize([noded]))


def dissolved(faces: NDArray[np.object_], label: Ints, count: int) -> NDArray[np.object_]:
    """One shape per label 0…count-1 from faces that share their vertices.

    A label in several pieces keeps its largest; the others, and faces with a negative label, go to the neighbour they
    share most border with. Raises ValueError when a label has no face.
    """
    label = label.copy()
    tree = shapely.STRtree(faces)
    for _ in range(6):
        shapes = [shapely.coverage_union_all(faces[label == i]) for i in range(count)]
        if any(shape is None or shape.is_empty for shape in shapes):
            raise ValueError("an area has no face")
        stray = label < 0
        for i, shape in enumerate(shapes):
            parts = shapely.get_parts(shape)
            if len(parts) > 1:
                keep = parts[np.argmax(shapely.area(parts))]
                mine = np.flatnonzero(label == i)
                stray[mine[~shapely.contains_properly(keep.buffer(0.5), shapely.point_on_surface(faces[mine]))]] = True
        if not stray.any():
            break
        for i in map(int, np.flatnonzero(stray)):
            near = tree.query(faces[i], predicate="intersects")
            near = near[(near != i) & ~stray[near]]
            if near.size:
                shared = shapely.length(shapely.intersection(faces[near], faces[i]))
                label[i] = label[near[np.argmax(shared)]]
                stray[i] = False
    return np.array(shapes, dtype=object)
