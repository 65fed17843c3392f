"""Faults of shapes in words, and gaps and overlaps in square metres."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from geo.checks import check_coverage, points_inside, polygon_problems
from geo.crs import STORE_CRS, geodesic_area_m2

OUTER = [(0, 0), (10, 0), (10, 10), (0, 10)]


@pytest.mark.parametrize(
    ("shape", "zh", "en"),
    [
        (None, "没有图形", "no shape"),
        (Polygon(), "图形为空", "empty"),
        (Point(1, 1), "不是面,而是 Point", "not an area but a Point"),
        (Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), "边界自相交(1, 1)", "crosses itself at (1, 1)"),
        (Polygon(OUTER, [[(20, 20), (21, 20), (21, 21)]]), "内洞在外边界之外(20, 20)", "hole lies outside"),
        (Polygon([(0, 0), (1, 0), (0, 0)]), "顶点不足", "too few points"),
        (MultiPolygon([box(0, 0, 9, 9), box(1, 1, 2, 2)]), "各部分互相嵌套", "parts lie inside one another"),
        (shapely.from_wkt("POLYGON ((0 0, 1 0, 1 1, NaN 1, 0 0))"), "坐标不是数字", "not a number"),
    ],
)
def test_reason_in_words(shape, zh, en):
    row = polygon_problems(gpd.GeoSeries([shape], index=["x"])).loc["x"]
    assert not row.is_good
    assert row.reason_zh.startswith(zh)
    assert en in row.reason_en


def test_good_shapes_have_no_reason():
    shapes = gpd.GeoSeries([box(0, 0, 1, 1), MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])], index=[5, 9])
    found = polygon_problems(shapes)
    assert found.index.tolist() == [5, 9]
    assert found["is_good"].tolist() == [True, True]
    assert found["reason_zh"].isna().all()


def test_no_shapes():
    assert list(polygon_problems(gpd.GeoSeries([])).columns) == ["is_good", "reason_zh", "reason_en"]


def coverage(*grids, whole=None):
    if whole is None:
        whole = box(109.0, 30.0, 109.02, 30.01)
    layer = gpd.GeoDataFrame(
        {"grid_id": range(len(grids)), "community_id": [1] * len(grids)}, geometry=list(grids), crs=STORE_CRS
    )
    return check_coverage(layer, gpd.GeoDataFrame({"community_id": [1]}, geometry=[whole], crs=STORE_CRS)).loc[1]


WEST, EAST = box(109.0, 30.0, 109.01, 30.01), box(109.01, 30.0, 109.02, 30.01)


def test_a_tiled_community_has_no_gap_and_no_overlap():
    row = coverage(WEST, EAST)
    assert row.grids_count == 2
    assert (row.gap_m2, row.overlap_m2, row.outside_m2) == (pytest.approx(0, abs=1e-6),) * 3


def test_gap_in_square_metres():
    row = coverage(WEST)
    assert row.gap_m2 == pytest.approx(geodesic_area_m2([EAST])[0])
    assert row.overlap_m2 == row.outside_m2 == 0


def test_overlap_in_square_metres():
    wide = box(109.0, 30.0, 109.011, 30.01)
    row = coverage(wide, EAST)
    assert row.gap_m2 == 0
    assert row.overlap_m2 == pytest.approx(geodesic_area_m2([box(109.01, 30.0, 109.011, 30.01)])[0], rel=1e-6)


def test_outside_in_square_metres():
    row = coverage(WEST, EAST, box(109.02, 30.0, 109.021, 30.01))
    assert row.outside_m2 == pytest.approx(geodesic_area_m2([box(109.02, 30.0, 109.021, 30.01)])[0], rel=1e-6)
    assert row.overlap_m2 == 0


def test_a_community_without_grids_is_one_gap():
    row = coverage()
    assert row.grids_count == 0
    assert row.gap_m2 == pytest.approx(geodesic_area_m2([WEST, EAST]).sum())


def test_points_inside_their_own_area():
    areas = np.array([box(0, 0, 1, 1), box(0, 0, 1, 1), box(5, 5, 6, 6), None, box(0, 0, 1, 1)])
    inside = points_inside([0.5, 1.0, 0.5, 0.5, np.nan], [0.5, 1.0, 0.5, 0.5, 0.5], areas)
    assert inside.tolist() == [True, True, False, False, False]


def test_points_inside_one_area():
    ring = Polygon(OUTER, [[(4, 4), (6, 4), (6, 6), (4, 6)]])
    assert points_inside([1, 5, 11], [1, 5, 5], ring).tolist() == [True, False, False]
    assert shapely.is_valid(ring)
