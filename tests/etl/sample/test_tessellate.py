"""Dealing cells out to areas: sizes, connection, and faces that share their vertices."""

import numpy as np
import shapely

from etl.sample.tessellate import connected, dissolved, faces_between, power_labels, seed_cells

LABEL = np.array([0, 0, 1, 0, 1, 1])
PAIR = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]])


def test_sizes_come_near_their_targets() -> None:
    x, y = np.meshgrid(np.arange(40.0), np.arange(40.0))
    xy = np.column_stack([x.ravel(), y.ravel()]) * 100
    label = power_labels(xy, np.full(1600, 1.0e4), np.array([[500.0, 500.0], [3000.0, 3000.0]]), np.array([1.0, 3.0]))
    assert abs(np.bincount(label)[0] - 400) <= 40


def test_what_is_cut_off_goes_to_its_neighbour() -> None:
    # Six cells in a row: cell 3 is cut off from the other zeros, cell 2 from the other ones.
    joined = connected(LABEL, PAIR, np.array([3.0, 3.0, 1.0, 1.0, 3.0, 3.0]))
    assert (np.diff(joined) >= 0).all(), "zeros first, ones after: two pieces"
    assert set(joined) == {0, 1}
    assert LABEL.tolist() == [0, 0, 1, 0, 1, 1], "the argument is left as it was"


def test_edges_join_two_cells_and_areas_fill_the_county() -> None:
    county = shapely.box(0, 0, 5_000, 4_000)
    cells = seed_cells(county, np.random.default_rng(1), 500.0)
    assert cells.area.sum() == np.float64(20e6).item() or abs(cells.area.sum() - 20e6) < 1
    assert (cells.pair[:, 0] != cells.pair[:, 1]).all()


def test_faces_share_vertices_and_slivers_are_given_away() -> None:
    lines = [shapely.box(0, 0, 30, 10).boundary, shapely.LineString([(10, -1), (10.0049, 11)])]
    lines.append(shapely.LineString([(20, -5), (20, 15)]))
    faces = faces_between(lines)
    assert len(faces) == 3
    order = np.argsort(shapely.get_x(shapely.centroid(faces)))
    label = np.empty(3, dtype=np.int64)
    label[order] = [0, -1, 1]
    shapes = dissolved(faces, label, 2)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).area == 300
