"""Points and footprints in grids: edges, corners, holes, parts, ties; and against geopandas on drawn cases."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geo.assign import assign_footprints, assign_points
from geo.crs import STORE_CRS
from geo.errors import GeoError


def layer(*grids):
    """Grids: (grid_id, grid_code, shape)."""
    ids, codes, shapes = zip(*grids, strict=True)
    return gpd.GeoDataFrame({"grid_id": list(ids), "grid_code": list(codes)}, geometry=list(shapes), crs=STORE_CRS)


# Codes run against the order of the rows and of the ids, so that only the code can decide.
FOUR = layer(
    (1, "004", box(0, 0, 1, 1)), (2, "003", box(1, 0, 2, 1)), (3, "002", box(0, 1, 1, 2)), (4, "001", box(1, 1, 2, 2))
)
RING = layer((1, "001", Polygon(box(0, 0, 9, 9).exterior, [box(3, 3, 6, 6).exterior])), (2, "002", box(4, 4, 5, 5)))
PARTS = layer((1, "001", MultiPolygon([box(0, 0, 1, 1), box(5, 0, 6, 1)])), (2, "002", box(1, 0, 5, 1)))


@pytest.mark.parametrize(
    ("grids", "point", "grid"),
    [
        (FOUR, (0.5, 0.5), 1),
        (FOUR, (1.5, 1.5), 4),
        (FOUR, (1.0, 0.5), 2),  # on an edge
        (FOUR, (0.5, 1.0), 3),
        (FOUR, (1.0, 1.0), 4),  # where four meet
        (FOUR, (0.0, 0.0), 1),  # on an outer corner
        (FOUR, (2.0, 0.5), 2),  # on the outer edge
        (FOUR, (2.0000001, 0.5), None),
        (FOUR, (np.nan, 0.5), None),
        (FOUR, (0.5, np.inf), None),
        (RING, (3.5, 3.5), None),  # in the hole
        (RING, (3.0, 4.0), 1),  # on the edge of the hole
        (RING, (4.5, 4.5), 2),  # the enclave in it
        (PARTS, (5.5, 0.5), 1),
        (PARTS, (5.0, 0.5), 1),
        (PARTS, (3.0, 0.5), 2),
    ],
)
def test_point(grids, point, grid):
    found = assign_points([point[0]], [point[1]], grids)
    assert found.isna().all() if grid is None else found.tolist() == [grid]


def test_answers_are_in_the_order_of_the_points_and_whole_numbers():
    found = assign_points(np.array([1.5, 9, 0.5]), np.array([1.5, 9, 0.5]), FOUR)
    assert found.dtype == "Int64"
    assert found.tolist() == [4, pd.NA, 1]


def test_ids_may_be_text_and_stand_in_the_index():
    named = FOUR.assign(grid_id=["a", "b", "c", "d"]).set_index("grid_id")
    found = assign_points([0.5, 9], [0.5, 9], named)
    assert found[0] == "a"
    assert found[1] is pd.NA


def test_no_points_and_no_grids():
    assert len(assign_points([], [], FOUR)) == 0
    assert assign_points([0.5], [0.5], FOUR[:0]).isna().all()
    assert len(assign_footprints([], FOUR)) == 0
    assert assign_footprints([box(0, 0, 1, 1)], FOUR[:0]).isna().all()


def test_grids_in_metres_are_refused():
    metres = FOUR.set_crs(4546, allow_override=True)
    with pytest.raises(GeoError, match="EPSG:4546"):
        assign_points([0.5], [0.5], metres)
    with pytest.raises(GeoError, match="EPSG:4490"):
        assign_footprints([box(0, 0, 1, 1)], metres)


@pytest.mark.parametrize(
    ("grids", "house", "grid"),
    [
        (FOUR, box(0.1, 0.1, 0.2, 0.2), 1),
        (FOUR, box(0.7, 0.4, 1.1, 0.5), 1),  # three quarters in 1, which has the higher code
        (FOUR, box(0.9, 0.4, 1.3, 0.5), 2),
        (FOUR, box(0.9, 0.4, 1.1, 0.5), 2),  # half in each: the lower code
        (FOUR, box(0.9, 0.9, 1.1, 1.1), 4),  # a quarter in each
        (FOUR, box(0.8, 0.8, 1.1, 1.1), 1),
        (FOUR, box(1.9, 0.4, 2.9, 0.5), 2),  # mostly outside all
        (FOUR, box(2.1, 0.4, 2.9, 0.5), None),
        (FOUR, box(2.0, 0.4, 2.5, 0.5), 2),  # only touches
        (FOUR, box(2.0, 0.5, 2.5, 1.5), 4),  # only touches two
        (FOUR, shapely.Point(1, 0.5), 2),  # no area: as a point
        (FOUR, MultiPolygon([box(0.1, 0.1, 0.2, 0.2), box(1.1, 0.1, 1.4, 0.2)]), 2),
        (FOUR, None, None),
        (FOUR, Polygon(), None),
        (RING, box(3.2, 3.2, 3.8, 3.8), None),
        (RING, box(2.9, 4.2, 4.3, 4.8), 2),  # 0.1 in the ring, 0.3 in the enclave
        (PARTS, box(0.5, 0.4, 5.5, 0.6), 2),
        (PARTS, box(4.5, 0.4, 5.6, 0.6), 1),
    ],
)
def test_footprint(grids, house, grid):
    found = assign_footprints([house], grids)
    assert found.isna().all() if grid is None else found.tolist() == [grid]


def test_a_tie_at_real_coordinates_and_any_angle_is_still_a_tie():
    west, east = box(109.47, 29.98, 109.48, 29.99), box(109.48, 29.98, 109.49, 29.99)
    grids = layer((1, "001", east), (2, "002", west))
    centre = shapely.Point(109.48, 29.985)
    turned = [shapely.affinity.rotate(centre.buffer(0.0001, cap_style="square"), angle) for angle in range(0, 90, 7)]
    assert assign_footprints(turned, grids).tolist() == [1] * len(turned)
    grids["grid_code"] = ["002", "001"]
    assert assign_footprints(turned, grids).tolist() == [2] * len(turned)


# --- against geopandas ------------------------------------------------------------------------------------------------

whole = st.integers(0, 8)
grid_shapes = st.tuples(whole, whole, st.integers(1, 4), st.integers(1, 4)).map(
    lambda at: box(at[0], at[1], at[0] + at[2], at[1] + at[3])
)
# Overlapping grids too: real ledgers have them, and the rule has to hold there as well.
grid_layers = st.lists(grid_shapes, min_size=1, max_size=12).map(
    lambda shapes: layer(*((100 + n, f"{(n * 7) % 13:03}", shape) for n, shape in enumerate(shapes)))
)
halves = st.integers(-2, 26).map(lambda n: n / 2)  # many lie exactly on edges and corners
houses = st.tuples(halves, halves, st.integers(1, 5), st.integers(1, 5)).map(
    lambda at: box(at[0], at[1], at[0] + at[2] / 3, at[1] + at[3] / 3)
)


@settings(max_examples=60, deadline=None)
@given(grid_layers, st.lists(st.tuples(halves, halves), min_size=1, max_size=20))
def test_points_as_geopandas_would(grids, points):
    lon, lat = (list(axis) for axis in zip(*points, strict=True))
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=STORE_CRS)
    joined = gpd.sjoin(frame, grids, predicate="intersects").sort_values("grid_code")
    expected = joined.groupby(level=0)["grid_id"].first().reindex(frame.index).astype("Int64")
    assert assign_points(lon, lat, grids).tolist() == expected.tolist()


@settings(max_examples=60, deadline=None)
@given(grid_layers, st.lists(houses, min_size=1, max_size=12))
def test_footprints_as_every_pair_overlaid(grids, shapes):
    frame = gpd.GeoDataFrame({"shape": shapes}, geometry=shapes, crs=STORE_CRS)
    joined = gpd.sjoin(frame, grids, predicate="intersects")
    own = gpd.GeoSeries(grids.set_index("grid_id").geometry[joined["grid_id"]].to_numpy(), index=joined.index)
    joined["overlap"] = own.intersection(joined.geometry.set_crs(None, allow_override=True)).area.round(9)
    joined = joined.sort_values(["overlap", "grid_code"], ascending=[False, True])
    expected = joined.groupby(level=0, sort=True)["grid_id"].first().reindex(frame.index).astype("Int64")
    assert assign_footprints(shapes, grids).tolist() == expected.tolist()
