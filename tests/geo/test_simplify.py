"""Light shapes that still tile, labels inside, and GeoJSON that reads back."""

import json
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from geo.crs import STORE_CRS
from geo.simplify import EncodedShapes, encode_features, label_points, rounded, simplify_level


def wiggly_tiles(count=6, points=400):
    """Columns side by side whose shared edges have many vertices."""
    lat = np.linspace(29.9, 30.0, points)
    lines = [np.c_[109.4 + 0.02 * n + 0.002 * np.sin(90 * lat + n), lat] for n in range(count + 1)]
    shapes = [Polygon([*left, *right[::-1]]) for left, right in pairwise(lines)]
    return gpd.GeoDataFrame({"grid_id": range(count)}, geometry=shapes, crs=STORE_CRS, index=list("abcdef")[:count])


def test_a_level_gets_lighter_and_still_tiles():
    tiles = wiggly_tiles()
    light = simplify_level(tiles, 0.0005)
    before, after = (shapely.get_num_coordinates(frame.geometry.array).sum() for frame in (tiles, light))
    assert after < before / 4
    assert shapely.coverage_is_valid(np.asarray(light.geometry.array))
    assert light.geometry.is_valid.all()
    assert light.crs == tiles.crs
    assert light.index.tolist() == tiles.index.tolist()
    assert light["grid_id"].tolist() == list(range(6))
    assert light.geometry.union_all().area == pytest.approx(tiles.geometry.union_all().area, rel=0.01)
    np.testing.assert_array_equal(tiles.geometry.array, wiggly_tiles().geometry.array)


def test_coordinates_have_six_decimals():
    points = shapely.get_coordinates(simplify_level(wiggly_tiles(), 0.0005).geometry.array)
    np.testing.assert_array_equal(points, np.round(points, 6))


def test_what_does_not_tile_is_left_as_it_is():
    overlapping = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 2), box(1, 1, 3, 3)], crs=STORE_CRS)
    assert simplify_level(overlapping, 1.0).geometry.tolist() == overlapping.geometry.tolist()


def test_what_rounding_would_break_is_left_as_it_is():
    needle = gpd.GeoDataFrame(geometry=[box(109, 30, 109.0000001, 30.1)], crs=STORE_CRS)
    assert simplify_level(needle, 0.01).geometry.tolist() == needle.geometry.tolist()


def test_no_shapes():
    assert simplify_level(wiggly_tiles()[:0], 0.01).empty


def test_labels_lie_inside_and_in_the_middle():
    crescent = Polygon([(0, 0), (10, 0), (10, 10), (0, 10), (0, 9), (9, 9), (9, 1), (0, 1)])
    two = MultiPolygon([box(0, 0, 1, 1), box(5, 0, 9, 4)])
    holed = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 9, 9).exterior])
    shapes = [crescent, two, holed, box(0, 0, 4, 4)]
    points = label_points(shapes)
    assert shapely.contains(shapes, points).all()
    assert points[1].distance(Point(7, 2)) < 0.1
    assert points[3].distance(Point(2, 2)) < 0.1


def test_labels_of_what_has_no_area():
    points = label_points([None, Polygon(), Point(3, 4)])
    assert points[0] is None
    assert points[1] is None
    assert points[2].equals(Point(3, 4))
    assert len(label_points([])) == 0


def test_rounding_keeps_shared_vertices_shared():
    left, right = rounded([box(0, 0, 1.00000049, 1), box(1.00000049, 0, 2, 1)])
    assert left.bounds[2] == right.bounds[0] == 1.0


def test_encoded_shapes_read_back():
    shapes = [
        Polygon(box(109, 30, 110, 31).exterior, [box(109.4, 30.4, 109.6, 30.6).exterior]),
        MultiPolygon([box(1, 1, 2, 2), box(3, 3, 4, 4)]),
        None,
    ]
    layer = EncodedShapes(np.array([7, 8, 9]), shapes)
    assert len(layer) == 3
    assert layer.ids == [7, 8, 9]
    read = json.loads(layer.collection({9: {"n": 1}, 7: {"名称": "一网格"}, 8: {}}))
    assert read["type"] == "FeatureCollection"
    assert [feature["id"] for feature in read["features"]] == [7, 8, 9]
    assert read["features"][0]["properties"] == {"名称": "一网格"}
    assert [shapely.geometry.shape(feature["geometry"]).equals(shape)
            for feature, shape in zip(read["features"][:2], shapes, strict=False)] == [True, True]  # fmt: skip
    assert read["features"][2]["geometry"] is None


def test_only_shapes_with_properties_are_written():
    layer = EncodedShapes(["a", "b"], [Point(1, 2), Point(3, 4)])
    assert [feature["id"] for feature in json.loads(layer.collection({"b": {}}))["features"]] == ["b"]
    assert json.loads(layer.collection({}))["features"] == []


def test_columns_are_set_between_the_shapes():
    shapes = [box(0, 0, 1, 1), None, MultiPolygon([box(1, 1, 2, 2), box(3, 3, 4, 4)])]
    layer = EncodedShapes(["a", "b", "c"], shapes)
    names = ['一", "网格\n', "[\n  1,\n  2]", "\\"]
    rows = {"n": names, "r": np.array([0.5, np.nan, 1 / 3]), "f": [[1, 2, 3], [], [4]], "k": [1, pd.NA, None]}
    for _ in range(2):  # made, and then taken from what is kept
        read = json.loads(layer.columns(["c", "a", "b"], rows))["features"]
        assert [feature["id"] for feature in read] == ["c", "a", "b"]
        assert [feature["properties"]["n"] for feature in read] == names
        assert [feature["properties"]["r"] for feature in read] == [0.5, None, 1 / 3]
        assert [feature["properties"]["f"] for feature in read] == [[1, 2, 3], [], [4]]
        assert [feature["properties"]["k"] for feature in read] == [1, None, None]
        assert [feature["geometry"] and feature["geometry"]["type"] for feature in read] == [
            "MultiPolygon",
            "Polygon",
            None,
        ]


def test_columns_leave_out_what_has_no_shape():
    layer = EncodedShapes(["a", "b"], [Point(1, 2), Point(3, 4)])
    read = json.loads(layer.columns(["x", "b", "y"], {"n": [1, 2, 3]}))["features"]
    assert [(feature["id"], feature["properties"]) for feature in read] == [("b", {"n": 2})]
    for nothing in (["x"], []):
        assert json.loads(layer.columns(nothing, {"n": [1] * len(nothing)})) == {
            "type": "FeatureCollection",
            "features": [],
        }


def test_columns_with_other_values_keep_the_shapes():
    layer = EncodedShapes(["a", "b"], [Point(1, 2), Point(3, 4)])
    for values in ([1, 2], [3, 4]):
        assert layer.columns(["a", "b"], {"n": values}) == layer.collection(
            {"a": {"n": values[0]}, "b": {"n": values[1]}}
        )
    assert b'"m":5' in layer.columns(["a"], {"m": [5]})
    with pytest.raises(ValueError, match="size"):
        layer.columns(["a", "b"], {"n": [1]})


def test_numbers_of_numpy_and_missing_ones():
    values = {"rate": np.float64(0.25), "count": np.int64(3), "none": pd.NA, "nan": float("nan"), "nat": pd.NaT}
    read = json.loads(encode_features([Point(1.23456789, 2)], [values]))["features"][0]
    assert read["properties"] == {"rate": 0.25, "count": 3, "none": None, "nan": None, "nat": None}
    assert read["geometry"]["coordinates"] == [1.234568, 2.0]


def test_each_shape_needs_its_properties():
    with pytest.raises(ValueError, match="zip"):
        encode_features([Point(1, 2), Point(3, 4)], [{}])
    with pytest.raises(TypeError, match="object"):
        encode_features([Point(1, 2)], [{"odd": object()}])
