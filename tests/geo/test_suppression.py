"""No hidden cell of a tree can be had from the shown ones: hand-made trees, and random ones under attack."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure import hide_small, is_small
from geo.disclosure_audit import intervals
from geo.suppression import protect
from tests.geo.attacker import check_nothing_told, random_tree, tree_sums


def attack(seed, depth, k=5):
    """The cells hidden in one random tree, attacked in all three counts; every interval is k wide or the sum is 0."""
    frame = random_tree(np.random.default_rng(seed), depth)
    hidden = frame.index[hide_small(frame, k)["is_hidden"]].tolist()
    n, d = frame["numerator"].to_numpy(), frame["denominator"].to_numpy()
    sums = tree_sums(frame)
    small = np.flatnonzero(is_small(n.astype(float), d.astype(float), k))
    assert set(small) <= set(hidden)
    for values in (n, d, d - n):
        for cell, (low, high) in intervals(sums, hidden, values).items():
            assert high is None or high - low >= k or high == 0, (seed, cell, low, high)
    return check_nothing_told(sums, hidden, (n, d, d - n), small, k)


@pytest.mark.parametrize("depth", [2, 3])
def test_nothing_can_be_worked_out_in_500_random_trees(depth):
    attacked = sum(attack(seed, depth) for seed in range(250))
    assert attacked > 1_000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([3, 5, 10]))
def test_nothing_can_be_worked_out_whatever_the_threshold(seed, depth, k):
    attack(seed, depth, k)


def test_two_small_cells_whose_sum_is_small_need_a_third():
    parent = np.array([-1, 0, 0, 0, 0])
    counts = np.array([[62.0], [1], [1], [40], [20]])
    # 62 − 40 − 20 = 2 is a small count as well; the least that makes it 5 or more goes along.
    hidden = protect(parent, (counts[:, 0] < 5), counts, counts[:, 0], 5)
    assert hidden.tolist() == [False, True, True, False, True]


def test_where_nothing_was_counted_at_all_nothing_more_is_hidden():
    parent = np.array([-1, 0, 0, 0])
    # Nobody of 3 + 9 + 40 was visited: the sum shows 0, which is no secret, and the denominators come to 12.
    counts = np.array([[0.0, 52], [0, 3], [0, 9], [0, 40]])
    assert protect(parent, np.array([False, True, False, False]), counts, counts.sum(axis=1), 5).tolist() == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_chain_of_only_children_is_hidden_up_to_where_there_is_company():
    parent = np.array([-1, 0, 1, 2, 0])
    counts = np.array([[30.0], [3], [3], [3], [27]])
    assert protect(parent, counts[:, 0] < 5, counts, counts[:, 0], 5).tolist() == [False, True, True, True, True]


def test_a_hidden_top_asks_for_nothing_but_a_child():
    parent = np.array([-1, 0, 0])
    counts = np.array([[4.0], [0], [4]])
    assert protect(parent, np.array([True, False, True]), counts, counts[:, 0], 5).tolist() == [True, False, True]
