"""Months, quarters, years and years to date by area: no hidden cell from any of the others, no small difference."""

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest

from geo.disclosure import is_small
from geo.disclosure_audit import determined, intervals, total_of
from geo.errors import GeoError
from geo.nested_periods import hidden_areas
from geo.periods import parse_period
from tests.geo.attacker import random_tree, summed

MONTHS = [f"2020-{month:02}" for month in range(1, 13)]
PERIODS = [*MONTHS, *(f"2020-Q{quarter}" for quarter in range(1, 5)), "2020",
           "ytd:2020-02-29", "ytd:2020-05-31", "ytd:2020-06-30"]  # fmt: skip


@cache
def months_in(text):
    period = parse_period(text)
    return [m for m in MONTHS if period.start <= parse_period(m).start and parse_period(m).end <= period.end]


class County:
    """A random tree with additive counts for every month, and everything shown of it."""

    def __init__(self, seed, months=12, busy=0.5):
        rng = np.random.default_rng(seed)
        self.tree = random_tree(rng, 2)
        self.areas = self.tree["area_id"].astype(int).tolist()
        self.periods = [p for p in PERIODS if months_in(p)[-1] <= MONTHS[months - 1] or p == "2020" or "Q" in p]
        self.periods = [p for p in self.periods if parse_period(p).start < parse_period(MONTHS[months - 1]).end]
        inside = self.tree[self.tree["parent_id"].notna()].astype(int)
        self.children = inside.groupby("parent_id")["area_id"].apply(list).to_dict()
        is_leaf = ~self.tree["area_id"].isin(self.tree["parent_id"])
        scale = rng.integers(1, 40)
        by_month = {}
        for month in MONTHS[:months]:
            d = np.where(is_leaf & (rng.random(len(self.tree)) < busy), rng.integers(0, scale + 1, len(self.tree)), 0)
            n = rng.binomial(d, 0.6)
            by_month[month] = (summed(self.tree, n), summed(self.tree, d))
        self.counts = {
            p: tuple(sum(by_month[m][i] for m in months_in(p) if m in by_month) for i in (0, 1)) for p in self.periods
        }
        self.cell = {at: i for i, at in enumerate(itertools.product(self.areas, self.periods))}
        self.hidden = hidden_areas(self.facts(), self.tree.set_index("area_id")["parent_id"])

    def facts(self):
        rows = [
            (area, period, n[area], d[area]) for period, (n, d) in self.counts.items() for area in self.areas if d[area]
        ]
        return pd.DataFrame(rows, columns=["area_id", "period", "numerator", "denominator"])

    def values(self, which):
        return [int(which(*(c[area] for c in self.counts[period]))) for area, period in self.cell]

    def is_hidden(self, area, period):
        return area in self.hidden.get(period, ())

    def sums(self):
        """Areas in each period, and periods of each area: everything as months where all the months are there."""
        found = []
        for period in self.periods:
            for top, group in self.tree[self.tree["parent_id"].notna()].groupby("parent_id")["area_id"]:
                found.append(total_of(self.cell[top, period], [self.cell[int(area), period] for area in group]))
        for area in self.areas:
            for period in self.periods:
                parts = [m for m in months_in(period) if m in self.periods]
                if period not in MONTHS:
                    found.append(total_of(self.cell[area, period], [self.cell[area, m] for m in parts]))
        return found


def hidden_cells(county):
    return [cell for (area, period), cell in county.cell.items() if county.is_hidden(area, period)]


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_cell_is_determined_by_any_other_area_or_period(seed):
    county = County(seed, months=(12, 11, 8, 7, 4, 2, 1)[seed % 7])
    assert determined(county.sums(), hidden_cells(county)) == set()


@pytest.mark.parametrize("seed", range(6))
def test_no_small_cell_is_pinned_to_less_than_k(seed):
    county = County(seed, months=(3, 4)[seed % 2])
    hidden = hidden_cells(county)
    sums = county.sums()
    n, d = (np.array(county.values(which), float) for which in (lambda n, d: n, lambda n, d: d))
    small = is_small(n, d)
    assert {int(cell) for cell in np.flatnonzero(small)} <= set(hidden)
    for values in (n, d - n):
        found = intervals(sums, hidden, values.astype(int).tolist())
        for cell in np.flatnonzero(small):
            low, high = found[int(cell)]
            assert high is None or high - low >= 5 or not 0 < values[cell] < 5, (cell, low, high, values[cell])


def answer(county, areas, periods, which):
    """What a filter tells: a sum over areas that lie apart and periods in a row; None if one of them is hidden."""
    total = 0
    for area, period in itertools.product(areas, periods):
        if county.is_hidden(area, period):
            return None
        total += which(*(int(c[area]) for c in county.counts[period]))
    return total


def differences(pairs, seeds):
    """Random pairs of filters, one inside the other, over unions of areas and of periods: their differences."""
    counties = [County(seed, busy=0.9) for seed in range(seeds)]
    rng = np.random.default_rng(11)
    told = []
    while len(told) < pairs:
        county = counties[rng.integers(len(counties))]
        areas, periods = outer_filter(county, rng)
        inside = [a for area in areas for a in [area, *below(county, area)]]
        fewer = some_apart(county, inside, rng)
        parts = [m for p in periods for m in (months_in(p) if rng.random() < 0.5 else [p])]
        shorter = [p for p in parts if rng.random() < 0.8] or parts
        for which in (lambda n, d: n, lambda n, d: d, lambda n, d: d - n):
            whole, part = answer(county, areas, periods, which), answer(county, fewer, shorter, which)
            if whole is not None and part is not None:
                told.append(whole - part)
    return told


def below(county, area):
    return [one for child in county.children.get(area, ()) for one in [child, *below(county, child)]]


def some_apart(county, areas, rng):
    """Some of the areas, none inside another."""
    chosen = []
    for area in areas:
        if rng.random() < 0.6 and not any(area in below(county, other) for other in chosen):
            chosen.append(area)
    return chosen or areas[:1]


def outer_filter(county, rng):
    areas = [int(rng.choice(county.areas))]
    period = str(rng.choice(county.periods))
    following = [p for p in county.periods if parse_period(p).start == parse_period(period).end]
    return areas, [period, *following[:1]] if rng.random() < 0.3 else [period]


def test_no_two_answers_differ_by_a_small_count():
    told = differences(1_000, seeds=8)
    assert sum(0 < difference < 5 for difference in told) == 0
    assert sum(difference >= 5 for difference in told) > 100


@pytest.mark.soak
def test_no_two_of_10_000_answers_differ_by_a_small_count():
    told = differences(10_000, seeds=60)
    small = sum(0 < difference < 5 for difference in told)
    assert small == 0
    print(f"D3: {len(told)} differences of pairs of filters, {small} in 1..4")


def test_a_month_that_would_follow_from_its_quarter_is_hidden_with_the_others():
    rows = [(a, p, n, 2 * n) for p, counts in
            {"2020-01": (40, 10, 30), "2020-02": (40, 3, 37), "2020-03": (40, 12, 28), "2020-Q1": (120, 25, 95),
             "2020-04": (40, 20, 20), "2020-05": (40, 20, 20), "2020-Q2": (80, 40, 40)}.items()
            for a, n in zip((1, 2, 3), counts, strict=True)]  # fmt: skip
    facts = pd.DataFrame(rows, columns=["area_id", "period", "numerator", "denominator"])
    found = hidden_areas(facts, pd.Series({1: None, 2: 1, 3: 1}))
    assert {period: sorted(areas) for period, areas in found.items()} == {
        "2020-01": [2, 3], "2020-02": [2, 3], "2020-03": [2, 3], "2020-Q1": [], "2020-04": [], "2020-05": [],
        "2020-Q2": [],
    }  # fmt: skip


def test_what_is_hidden_for_the_year_is_hidden_inside_it():
    rows = [(a, p, n, 2 * n) for p in ("2020-01", "2020-02", "2020-Q1", "2020")
            for a, n in ((1, 33), (2, 3), (3, 30))]  # fmt: skip
    facts = pd.DataFrame(rows, columns=["area_id", "period", "numerator", "denominator"])
    found = hidden_areas(facts, pd.Series({1: None, 2: 1, 3: 1}))
    assert all(areas == {2, 3} for areas in found.values())


def test_a_rolling_window_cannot_be_hidden_together_with_months():
    facts = pd.DataFrame({"area_id": [1], "period": ["last30:2020-12-31"], "numerator": [9], "denominator": [20]})
    with pytest.raises(GeoError, match="last30:2020-12-31"):
        hidden_areas(facts, pd.Series({1: None}))


def test_an_area_absent_in_one_month_is_hidden_there_too():
    rows = [(1, "2020-01", 30, 60), (2, "2020-01", 3, 6), (3, "2020-01", 27, 54), (1, "2020-02", 20, 40),
            (3, "2020-02", 20, 40)]  # fmt: skip
    facts = pd.DataFrame(rows, columns=["area_id", "period", "numerator", "denominator"])
    assert hidden_areas(facts, pd.Series({1: None, 2: 1, 3: 1}))["2020-02"] == {2, 3}
