"""The raster under the table: borders, labels, shapes that have no table, and what the ready grids are good for."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from geo.assign import assign_footprints, assign_points, ready_grids
from geo.cell_lookup import cells_of, first_shapes
from geo.cell_raster import passed_cells, row_spans, span_cells
from geo.cell_table import build_cell_table
from geo.chunks import CHUNK, in_chunks
from geo.crs import STORE_CRS
from geo.errors import GeoError

COLUMNS = 10
BOWTIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def passed(ax, ay, bx, by):
    ends = [np.array([value], dtype=float) for value in (ax, ay, bx, by)]
    return sorted({int(cell) for cells, _ in passed_cells(ends, COLUMNS) for cell in cells})


@pytest.mark.parametrize(
    ("edge", "cells"),
    [
        ((1.5, 1.5, 3.5, 1.5), [11, 12, 13]),
        ((1.5, 3.5, 1.5, 1.5), [11, 21, 31]),  # downwards
        ((1.5, 2.0, 2.5, 2.0), [11, 12, 21, 22]),  # along a border: the cells on both sides
        ((3.0, 1.5, 3.0, 1.6), [12, 13]),
        ((1.5, 1.5, 1.5, 1.5 + 1e-9), [11]),
        ((1.2, 1.2, 2.8, 2.8), [11, 12, 21, 22]),  # through a corner: all four
        ((1.5, 1.9, 3.5, 2.1), [11, 12, 22, 23]),  # crosses the border at 2.5
    ],
)
def test_cells_that_an_edge_passes(edge, cells):
    assert passed(*edge) == cells
    assert passed(*edge[2:], *edge[:2]) == cells


def test_centres_inside_a_square():
    ring = np.array([(1.2, 1.2), (4.2, 1.2), (4.2, 3.2), (1.2, 3.2), (1.2, 1.2)]).T
    ends = [ring[0, :-1], ring[1, :-1], ring[0, 1:], ring[1, 1:]]
    row, shape, first, after = row_spans(ends, np.arange(5), np.zeros(4, dtype=np.int64))
    assert row.tolist() == [1, 2]
    assert shape.tolist() == [0, 0]
    assert (first.tolist(), after.tolist()) == ([1, 1], [4, 4])
    (cell, span), *rest = span_cells(row, first, after, COLUMNS)
    assert (cell.tolist(), span.tolist(), rest) == ([11, 12, 13, 21, 22, 23], [0, 0, 0, 1, 1, 1], [])


def test_most_cells_of_a_table_are_labelled():
    table = build_cell_table(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(0.2, 0.2, 0.4, 0.4)]), cells=10_000)
    counts = {number: int((table.label == number).sum()) for number in range(4)}
    assert counts[0] > 4000 and counts[1] > 4000
    # The square inside the first holds nothing first; the rim holds nothing at all.
    assert counts[2] == 0 and counts[3] > 200
    assert 0 < (table.label < 0).sum() < 1000


@pytest.mark.parametrize(
    "shapes",
    [
        [],
        [None],
        [Polygon()],
        [shapely.Point(1, 1)],
        [BOWTIE],
        [box(1e9, 1e9, 1e9 + 1e-6, 1e9 + 1e-6)],  # as small as the spacing of the numbers there
        [box(0, 0, 1e90, 1e90)],
    ],
)
def test_shapes_without_a_table(shapes):
    assert build_cell_table(np.array(shapes, dtype=object)) is None
    grids = gpd.GeoDataFrame(
        {"grid_id": range(len(shapes)), "grid_code": [str(n) for n in range(len(shapes))]}, geometry=shapes
    )
    ready = ready_grids(grids)
    assert ready.table is None
    expected = [bool(shape and shapely.intersects_xy(shape, 1.0, 1.0)) for shape in shapes]
    assert assign_points([1.0], [1.0], ready).isna().tolist() == [not any(expected)]


def test_odd_shapes_are_asked_beside_the_table():
    shapes = np.array([BOWTIE, box(0, 0, 4, 4), shapely.LineString([(3, 3), (9, 9)]), None, Polygon()], dtype=object)
    table = build_cell_table(shapes, cells=400)
    assert table.odd.tolist() == [0, 2]
    x = np.array([1.9, 1.0, 3.0, 8.0, 8.0])
    y = np.array([1.0, 0.2, 3.0, 8.0, 8.1])
    assert first_shapes(table, shapes, x, y).tolist() == [0, 1, 1, 2, 5]


def test_what_is_not_finite_lies_nowhere():
    shapes = np.array([box(0, 0, 1, 1)])
    table = build_cell_table(shapes)
    x = np.array([np.nan, 0.5, np.inf, -np.inf, 1e308, 0.5])
    y = np.array([0.5, np.nan, 0.5, 0.5, -1e308, 0.5])
    assert first_shapes(table, shapes, x, y).tolist() == [1, 1, 1, 1, 1, 0]
    assert (cells_of(table, x, y) < len(table.label)).all()


def test_more_candidates_than_bits():
    # A hundred that all share one corner, and a table of few cells: their lists are left to GEOS.
    turn = np.linspace(0, 2 * np.pi, 101)
    fan = [Polygon([(0, 0), *zip(np.cos(turn[n : n + 2]), np.sin(turn[n : n + 2]), strict=True)]) for n in range(100)]
    shapes = np.array(fan)
    table = build_cell_table(shapes, cells=9)
    assert table.is_hard.any()
    at = np.random.default_rng(5).uniform(-1, 1, (500, 2))
    x, y = np.append(at[:, 0], 0.0), np.append(at[:, 1], 0.0)
    point, shape = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")
    expected = np.full(len(x), 100)
    np.minimum.at(expected, point, shape)
    assert first_shapes(table, shapes, x, y).tolist() == expected.tolist()
    assert expected[-1] == 0


def test_areas_across_a_border_of_zones():
    # 109.5° parts two 3° zones of the metric coordinates; in degrees nothing happens there.
    west, east = box(109.4, 30, 109.5, 30.1), box(109.5, 30, 109.6, 30.1)
    both = box(109.45, 30.1, 109.55, 30.2)
    grids = gpd.GeoDataFrame(
        {"grid_id": [1, 2, 3], "grid_code": ["1", "2", "3"]}, geometry=[west, east, both], crs=STORE_CRS
    )
    lon, lat = [109.45, 109.5, 109.55, 109.5, 109.5], [30.05, 30.05, 30.05, 30.1, 30.15]
    assert assign_points(lon, lat, ready_grids(grids)).tolist() == [1, 1, 2, 1, 3]


def test_chunks_come_back_in_their_order():
    shapes = np.array([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    x = np.tile([0.5, 1.5, 2.5], CHUNK)
    found = first_shapes(build_cell_table(shapes), shapes, x, np.full(len(x), 0.5))
    assert (found.reshape(-1, 3) == [0, 1, 2]).all()
    assert in_chunks(lambda start, stop: (start, stop), 5, 2) == [(0, 2), (2, 4), (4, 5)]


def test_a_table_is_built_only_for_many(tmp_path):
    grids = gpd.GeoDataFrame({"grid_id": [1], "grid_code": ["1"]}, geometry=[box(0, 0, 1, 1)])
    assert ready_grids(grids, count=19_999).table is None
    assert ready_grids(grids, tmp_path, count=100).table is None
    assert not list(tmp_path.iterdir())
    assert ready_grids(grids, tmp_path, count=20_000).table is not None
    # Once it is there, few are enough.
    assert ready_grids(grids, tmp_path, count=1).table is not None


def test_an_invalid_footprint_is_named_when_its_overlap_cannot_be_had(monkeypatch):
    def fails(*shapes):
        raise shapely.errors.GEOSException("TopologyException")

    monkeypatch.setattr(shapely, "intersection", fails)
    grids = gpd.GeoDataFrame({"grid_id": [1, 2], "grid_code": ["1", "2"]}, geometry=[box(0, 0, 1, 2), box(1, 0, 2, 2)])
    with pytest.raises(GeoError, match="楼栋轮廓 1 处") as caught:
        assign_footprints([BOWTIE], grids)
    assert "0 grids and 1 buildings" in caught.value.en
