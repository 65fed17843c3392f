"""Rounding on a tree: every number below the county can be all that it is shown for, whatever stands beside it."""

import itertools

import numpy as np
import pytest

from geo.coarse import BASE, OFF, coarse, coarse_tree


def county(rng):
    """Parents and counts of a county (1) with townships, communities and grids; some areas are empty, some alone."""
    parents, counts, ids = {1: None}, {}, itertools.count(2)
    for _ in range(rng.integers(1, 5)):
        town = next(ids)
        parents[town] = 1
        for _ in range(rng.integers(1, 4)):
            place = next(ids)
            parents[place] = town
            for _ in range(rng.integers(1, 5)):
                grid = next(ids)
                parents[grid] = place
                counts[grid] = int(rng.integers(0, rng.choice([3, 30, 300])))
    for area in sorted(parents, reverse=True):
        counts.setdefault(area, sum(counts[one] for one, above in parents.items() if above == area))
    return parents, counts


def ranges(parents, shown, exact, zero):
    """What each area can be: its own interval, narrowed by those in it and the one above until nothing changes.

    On a tree this is exact (each sum ties one area to those in it), and it is done by no rule of the rounding.
    """
    low = {a: 0 if a in zero else exact.get(a, max(0, n - OFF)) for a, n in shown.items()}
    high = {a: 0 if a in zero else exact.get(a, n + OFF) for a, n in shown.items()}
    while True:
        before = dict(low), dict(high)
        for top in shown:
            parts = [one for one in shown if parents[one] == top]
            if not parts:
                continue
            low[top] = max(low[top], sum(low[one] for one in parts))
            high[top] = min(high[top], sum(high[one] for one in parts))
            for one in parts:
                others = [other for other in parts if other != one]
                low[one] = max(low[one], low[top] - sum(high[other] for other in others))
                high[one] = min(high[one], high[top] - sum(low[other] for other in others))
        if (low, high) == before:
            return low, high


@pytest.mark.parametrize("seeds", [range(60)])
def test_each_number_can_be_all_it_is_shown_for(seeds):
    exact_ones = 0
    for seed in seeds:
        parents, counts = county(np.random.default_rng(seed))
        shown = coarse_tree(counts, parents, exact={1: counts[1]})
        zero = {area for area, many in counts.items() if not many}
        assert all(shown[area] % BASE == 0 for area in shown if area != 1)
        is_exact = shown[1] == counts[1] and shown[1] % BASE != 0
        exact_ones += is_exact
        low, high = ranges(parents, shown, {1: counts[1]} if is_exact else {}, zero)
        alone = set()  # an area that is all of the county is the county
        area = 1
        while len(inside := [one for one in counts if parents[one] == area and counts[one]]) == 1:
            alone.add(area := inside[0])
        for area in shown.keys() - zero - alone - {1}:
            least, most = max(0, shown[area] - OFF), shown[area] + OFF
            assert (low[area], high[area]) == (least, most), (seed, area)
    assert exact_ones > 5


def test_two_that_would_give_each_other_away_are_shown_as_their_sum():
    shown = coarse_tree({1: 24, 2: 12, 3: 12}, {2: 1, 3: 1})
    assert shown == {1: 20, 2: 10, 3: 10}


def test_many_small_roundings_do_not_pile_up_without_end():
    grids = dict.fromkeys(range(2, 32), 12)  # thirty of twelve: 360, shown as thirty times ten
    shown = coarse_tree({1: 360, **grids}, dict.fromkeys(grids, 1))
    assert shown[1] == 355 and abs(shown[1] - 360) <= BASE
    assert coarse_tree({1: 360, **grids}, dict.fromkeys(grids, 1), exact={1: 360})[1] == 355


def test_a_county_of_one_grid_is_rounded_and_one_with_a_hidden_part_is_as_it_is():
    assert coarse_tree({1: 33, 2: 33, 3: 33}, {2: 1, 3: 2}, exact={1: 33})[1] == coarse(33)
    assert coarse_tree({1: 24, 2: 12, 3: 12}, {2: 1, 3: 1}, {2}, {1: 24})[1] == 24
