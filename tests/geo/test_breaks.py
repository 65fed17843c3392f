"""Edges of classes from the values: against brute force, ties, few values, and what a legend says."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.breaks import METHODS, MOST_DISTINCT, breaks_from, shortest
from geo.classes import classify

rates = st.lists(st.integers(0, 400).map(lambda n: n / 400), max_size=14)


def within(values, classes):
    """The sum of squares within classes."""
    return sum(np.sum((values[classes == k] - values[classes == k].mean()) ** 2) for k in np.unique(classes))


def least(values, many):
    """The least sum of squares over all ways to cut the sorted distinct values into so many classes."""
    distinct = np.unique(values)
    many = min(many, len(distinct))
    cuts = itertools.combinations(distinct[1:], many - 1)
    return min(within(values, np.searchsorted(np.array(cut), values, side="right")) for cut in cuts)


@given(rates, st.integers(2, 5))
def test_natural_breaks_are_the_best_of_all_cuts(values, many):
    found = np.array(values)
    edges = breaks_from(found, "natural", many)
    assert len(edges) == max(min(many, len(np.unique(found))) - 1, 0)
    if edges:
        assert within(found, classify(found, edges)) == pytest.approx(least(found, many), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(values=rates, many=st.integers(2, 5))
def test_edges_rise_and_every_class_between_them_may_be_named(method, values, many):
    edges = breaks_from(values, method, many)
    classes = classify(values, edges)  # raises where they do not rise
    assert len(edges) < many
    if edges and method != "equal":
        assert set(classes) == set(range(len(edges) + 1))  # none is empty
    if edges:
        assert {0, len(edges)} <= set(classes)


@given(st.lists(st.floats(0, 1), min_size=10, max_size=60, unique=True))
def test_quantiles_hold_as_many_each(values):
    counts = np.bincount(classify(values, breaks_from(values, "quantile", 5)))
    assert counts.max() - counts.min() <= 1


def test_equal_values_stay_together_in_a_quantile():
    values = [0.5] * 8 + [0.6, 0.7]
    assert breaks_from(values, "quantile", 5) == (0.6,)
    assert classify(values, (0.6,)).tolist() == [0] * 8 + [1, 1]


def test_equal_steps_are_as_wide_as_each_other():
    assert breaks_from([0.1, 0.15, 0.6], "equal", 5) == (0.2, 0.3, 0.4, 0.5)


def test_missing_values_do_not_count():
    assert breaks_from([None, 0.2, float("nan"), 0.8], "natural", 5) == (0.8,)


def test_many_distinct_values_are_cut_where_few_would_be():
    values = np.concatenate([np.linspace(0.1, 0.2, MOST_DISTINCT), np.linspace(0.7, 0.8, MOST_DISTINCT)])
    (edge,) = breaks_from(values, "natural", 2)
    assert 0.2 < edge <= 0.7


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_short_edge_parts_the_same_values(one, other):
    low, high = sorted((one, other))
    if low < high:
        assert low < shortest(low, high) <= high
