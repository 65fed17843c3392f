"""Shrinkage and funnel limits: by hand, at the ends, and against sums over every count."""

from math import comb, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.fairness import ALARM, ALIKE, estimate_prior, funnel_limits, overdispersion_of, shrunk_rates


def shrunk(*pairs):
    n, d = zip(*pairs, strict=True)
    return shrunk_rates(pd.Series(n, dtype="Float64"), pd.Series(d, dtype="Float64")).tolist()


def test_the_prior_by_hand():
    # m = 40/80; S = 40·0.25² + 40·0.25² = 5; A = (5 − 0.25·1) / (80 − 3200/80 − 1) = 4.75/39; w = 0.25/A − 1 = 20/19.
    prior = estimate_prior(np.array([10.0, 30]), np.array([40.0, 40]))
    assert prior.rate == 0.5
    assert prior.weight == pytest.approx(20 / 19)


def test_the_shrunk_rate_by_hand():
    # (10 + 20/19 · 0.5) / (40 + 20/19) = (190 + 10) / (760 + 20).
    assert shrunk((10, 40), (30, 40)) == pytest.approx([200 / 780, 580 / 780])


def test_a_small_area_is_drawn_further_than_a_large_one_of_the_same_rate():
    few, many, *_ = shrunk((3, 4), (300, 400), (100, 400), (200, 400))
    assert few < many < 0.75


def test_areas_that_differ_by_chance_alone_are_alike_but_for_their_order():
    # 6/7, 16/20 and 14/20 lie as near to 36/47 as chance would have them.
    assert estimate_prior(np.array([6.0, 16, 14]), np.array([7.0, 20, 20])).weight == ALIKE
    rates = shrunk((6, 7), (16, 20), (14, 20))
    assert rates == pytest.approx([36 / 47] * 3)
    # 0.64 more than expected, 0.68 more, 1.32 less.
    assert np.argsort(rates).tolist() == [2, 0, 1]


@pytest.mark.parametrize("pairs", [[(0, 5), (0, 50)], [(5, 5), (50, 50)], [(3, 4)]])
def test_all_none_all_and_a_single_area_keep_their_common_rate(pairs):
    rate = sum(n for n, _ in pairs) / sum(d for _, d in pairs)
    assert shrunk(*pairs) == pytest.approx([rate] * len(pairs))


def test_an_unknown_rate_is_not_an_average_one():
    rates = shrunk((10, 40), (30, 40), (0, 0), (None, 40), (5, None))
    assert rates[:2] == pytest.approx([200 / 780, 580 / 780])
    assert np.isnan(rates[2:]).all()
    assert shrunk((0, 0)) == pytest.approx([np.nan], nan_ok=True)
    assert shrunk_rates(pd.Series([], dtype=float), pd.Series([], dtype=float)).empty


def test_more_than_all_is_no_share_and_is_left_as_it_is():
    assert shrunk((10, 40), (30, 40), (6, 4)) == pytest.approx([200 / 780, 580 / 780, 1.5])


def test_as_different_as_can_be_is_not_shrunk_at_all():
    # A = m(1 − m) at most: the weight is then 0.
    assert shrunk((0, 40), (40, 40)) == pytest.approx([0, 1], abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=12))
def test_a_shrunk_rate_lies_between_its_own_and_the_common_one(pairs):
    pairs = [(min(n, d), d) for n, d in pairs]
    rates = shrunk(*pairs)
    total = sum(d for _, d in pairs)
    for (n, d), rate in zip(pairs, rates, strict=True):
        if d:
            ends = sorted((n / d, sum(n for n, _ in pairs) / total))
            assert ends[0] - 1e-9 <= rate <= ends[1] + 1e-9


def test_limits_by_hand():
    # Of 10 at one half: P(≤ 1) = 11/1024, P(≤ 2) = 56/1024, P(2) = 45/1024; 2.5 % are passed at 2.
    lower = (2 - (56 / 1024 - 0.025) / (45 / 1024)) / 10
    # P(≤ 7) = 968/1024, P(≤ 8) = 1013/1024, P(8) = 45/1024; 97.5 % are passed at 8.
    upper = (8 - (1013 / 1024 - 0.975) / (45 / 1024)) / 10
    assert funnel_limits(pd.Series([10]), 0.5).iloc[0].tolist() == pytest.approx([lower, upper])


@pytest.mark.parametrize("target", [0.05, 0.5, 0.96])
def test_limits_leave_as_much_outside_as_they_say(target):
    limits = funnel_limits(pd.Series([60]), target, ALARM).iloc[0] * 60
    chance = [comb(60, r) * target**r * (1 - target) ** (60 - r) for r in range(61)]
    # No more than a thousandth below the lower limit by whole counts, no more than that above the upper one plus one.
    assert sum(p for r, p in enumerate(chance) if r < np.floor(limits["lower"])) <= 0.001
    assert sum(p for r, p in enumerate(chance) if r > np.ceil(limits["upper"])) <= 0.001
    assert limits["lower"] < 60 * target < limits["upper"] + 1


def test_a_funnel_narrows_and_its_alarm_lies_outside_its_warning():
    sizes = pd.Series([20, 200, 2_000, 200_000])
    warning, alarm = funnel_limits(sizes, 0.8), funnel_limits(sizes, 0.8, ALARM)
    assert (np.diff(warning["upper"] - warning["lower"]) < 0).all()
    assert (alarm["lower"] < warning["lower"]).all() and (alarm["upper"] > warning["upper"]).all()
    # At this size the limits are the normal ones.
    assert warning["lower"].iloc[-1] == pytest.approx(0.8 - 1.96 * sqrt(0.16 / 200_000), abs=1e-5)


def test_limits_of_nothing_and_of_certain_targets():
    limits = funnel_limits(pd.Series([0, None, 10], dtype="Float64"), 0.5)
    assert limits.isna().all(axis=1).tolist() == [True, True, False]
    assert funnel_limits(pd.Series([10]), 1.0).iloc[0].tolist() == [1, 1]
    assert funnel_limits(pd.Series([10]), 0.0).iloc[0].tolist() == [0, 0]


def test_overdispersion_widens_the_limits_and_extremes_do_not():
    sizes = pd.Series([100])
    wide = funnel_limits(sizes, 0.5, overdispersion=4).iloc[0].tolist()
    # 1.96 · √(4 · 0.25 / 100)
    assert wide == pytest.approx([0.5 - 0.196, 0.5 + 0.196], abs=1e-4)
    d = pd.Series([100] * 20)
    calm = pd.Series([50] * 18 + [0, 100])
    assert overdispersion_of(calm, d, 0.5) == 1
    assert overdispersion_of(calm, d, 0.5, winsorised=0) == pytest.approx(10)
    assert overdispersion_of(pd.Series([1]), pd.Series([0]), 0.5) == 1
