"""Walks of hand-computed length, places that help most, rings in metres, sums that give no building away."""

import itertools

import numpy as np
import pytest
import shapely

from geo.crs import geodesic_m
from geo.reach import DETOUR, best_place, is_out, nearest_m, reach_rings, sums_to_hide, walks_m

LAT = 30.0
METRE = 1 / 96486.28  # degrees of longitude at 30° N on GRS80


def row(*metres: float) -> tuple[np.ndarray, np.ndarray]:
    """Points on the 30th parallel, so many metres east of 109.5°."""
    return 109.5 + METRE * np.array(metres), np.full(len(metres), LAT)


def test_a_walk_is_the_straight_line_by_1_4() -> None:
    walks = walks_m(*row(0, 100), *row(50, 300))
    assert walks == pytest.approx(np.array([[70.0, 420.0], [70.0, 280.0]]), abs=0.01)


def test_the_nearest_of_several_counts() -> None:
    walks = walks_m(*row(0, 100, 500), *row(50, 300))
    found = nearest_m(walks, np.ones(3, dtype=bool))
    assert found == pytest.approx([70, 70, 280], abs=0.01)
    assert is_out(found, 280.0 - 0.1).tolist() == [False, False, True]


def test_a_facility_without_a_position_is_not_walked_to() -> None:
    walks = np.array([[np.nan, 400.0], [np.nan, 100.0]])
    assert nearest_m(walks, np.ones(2, dtype=bool)).tolist() == [400.0, 100.0]


def test_a_building_without_a_position_is_neither_in_nor_out() -> None:
    lon, lat = row(0, 100)
    walks = walks_m(np.array([lon[0], np.nan]), np.array([lat[0], np.nan]), *row(50))
    found = nearest_m(walks, np.array([True, False]))
    assert np.isnan(found[1])
    assert is_out(found, 10).tolist() == [True, False]
    assert not is_out(found, 500).any()


def test_where_there_is_no_facility_all_are_out_of_reach() -> None:
    found = nearest_m(walks_m(*row(0, 100), *row()), np.ones(2, dtype=bool))
    assert is_out(found, 1e9).all()


def test_the_best_place_brings_most_households_not_most_buildings() -> None:
    # Four buildings in a row; 300 m on foot is 214 m straight. At 0 m: two buildings, 12 households; at 600 m: one, 40.
    lon, lat = row(0, 100, 600, 1200)
    walks = walks_m(lon, lat, lon, lat)
    homes = np.array([6.0, 6, 40, 3])
    found = best_place(walks, np.full(4, np.inf), homes, 300)
    assert found is not None
    assert (found.place, found.households, found.reached.tolist()) == (2, 40, [False, False, True, False])


def test_those_in_reach_already_gain_nothing() -> None:
    lon, lat = row(0, 100, 600)
    walks = walks_m(lon, lat, lon, lat)
    found = best_place(walks, np.array([0.0, 140, 840]), np.array([50.0, 50, 5]), 300)
    assert found is not None and (found.place, found.households) == (2, 5)
    assert best_place(walks, np.array([0.0, 140, 200]), np.array([50.0, 50, 5]), 300) is None


def test_of_equal_places_the_one_with_the_shorter_walks() -> None:
    lon, lat = row(0, 100, 200)
    walks = walks_m(lon, lat, lon, lat)
    found = best_place(walks, np.full(3, np.inf), np.array([10.0, 10, 10]), 500)
    assert found is not None and found.place == 1


def test_unknown_households_count_for_nothing() -> None:
    lon, lat = row(0, 600)
    walks = walks_m(lon, lat, lon, lat)
    found = best_place(walks, np.full(2, np.inf), np.array([np.nan, 1]), 300)
    assert found is not None and (found.place, found.households) == (1, 1)
    assert best_place(walks, np.full(2, np.inf), np.array([np.nan, np.nan]), 300) is None


@pytest.mark.parametrize("limit", [300, 500, 1000])
def test_a_ring_is_drawn_in_metres_in_every_direction(limit: int) -> None:
    (ring,) = reach_rings([109.5], [LAT], limit)
    lon, lat = shapely.get_coordinates(ring).T
    away = geodesic_m(lon, lat, np.full(len(lon), 109.5), np.full(len(lat), LAT))
    assert away == pytest.approx(limit / DETOUR, abs=0.01)


def test_a_ring_holds_what_is_in_reach_and_nothing_else() -> None:
    lon, lat = row(*range(0, 600, 10))
    (ring,) = reach_rings([109.5], [LAT], 500)
    out = is_out(nearest_m(walks_m(lon, lat, [109.5], [LAT]), np.ones(60, dtype=bool)), 500)
    assert shapely.contains_xy(ring, lon, lat).tolist() == (~out).tolist()
    assert out.sum() == 60 - 36  # 500 m on foot is 357 m straight: 0, 10, …, 350


def test_a_sum_of_a_single_building_is_hidden_and_so_is_one_that_leaves_a_single_one_out() -> None:
    homes = [20, 20, 20, 20]
    assert sums_to_hide([[0]], homes, 5) == [True]
    assert sums_to_hide([[1, 2, 3]], homes, 5) == [True]
    assert sums_to_hide([[0, 1], [], [0, 1, 2, 3]], homes, 5) == [False, False, False]


def test_two_sums_whose_difference_is_one_building_are_not_both_shown() -> None:
    assert sums_to_hide([[0, 1], [0, 1, 2]], [20] * 5, 5) == [False, True]


def test_a_group_of_few_households_is_hidden() -> None:
    assert sums_to_hide([[0, 1]], [2, 2, 9, 9], 5) == [True]
    assert sums_to_hide([[0, 1]], [3, 2, 9, 9], 5) == [False]


def test_fewer_than_k_in_all_hide_every_part_of_them() -> None:
    assert sums_to_hide([[0], [0, 1], [0, 1, 2]], [2, 1, 1], 5) == [True, True, False]


def test_no_building_follows_from_what_is_shown() -> None:
    rng = np.random.default_rng(4)
    for _ in range(60):
        many = int(rng.integers(3, 9))
        sums = [np.flatnonzero(rng.random(many) < 0.5).tolist() for _ in range(6)]
        hidden = sums_to_hide(sums, [20] * many, 5)
        shown = [one for one, is_hidden in zip(sums, hidden, strict=True) if not is_hidden]
        rows = np.array([[int(b in one) for b in range(many)] for one in [*shown, range(many)]])
        rank = np.linalg.matrix_rank(rows)
        for building in range(many):
            unit = np.eye(many)[building]
            assert np.linalg.matrix_rank(np.vstack([rows, unit])) > rank, (sums, hidden, building)


def test_what_need_not_be_hidden_is_not() -> None:
    # Halves of eight buildings: each sum and its rest are of four, and no two tell of one.
    halves = [[0, 1, 2, 3], [0, 1, 4, 5]]
    assert sums_to_hide(halves, [20] * 8, 5) == [False, False]
    assert not any(sums_to_hide(list(itertools.repeat([0, 1], 3)), [20] * 4, 5))
