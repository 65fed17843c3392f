"""Periods of one total: every way is tried here anew, by equations alone, and none shows more and is safe."""

import itertools
from datetime import date

import numpy as np
import pytest

from geo.disclosure import is_small
from geo.disclosure_audit import intervals, total_of
from geo.periods import kept_periods, parse_period
from geo.top_periods import hidden_periods

K = 5


def a_year(rng, months):
    """Periods and counts (done, left) of some months; often small, now and then empty."""
    periods = [
        p for p in kept_periods(date(2020, 1, 1), date(2020, months, 28)) if p.kind in ("month", "quarter", "year")
    ]
    by_month = {f"2020-{m:02}": rng.integers(0, rng.choice([2, 8, 20]), 2) for m in range(1, months + 1)}
    parts = {}
    for period in periods:
        inside = [m for m in by_month if _lies_in(m, period.text)]
        parts[period.text] = tuple(int(n) for n in sum(by_month[m] for m in inside))
    return periods, {text: counts for text, counts in parts.items() if any(counts)}


def _lies_in(month, text):
    one, other = parse_period(month), parse_period(text)
    return other.start <= one.start and one.end <= other.end


def small_of(parts):
    n, d = (np.array([float(c[0]) if of == 0 else float(sum(c)) for c in parts.values()]) for of in (0, 1))
    return dict(zip(parts, is_small(n, d, K).tolist(), strict=True))


def is_safe(parts, hidden):
    """Whether each hidden number keeps its range, by the exact attacker; where the whole is nothing, so is it."""
    texts = list(parts)
    at = {text: n for n, text in enumerate(texts)}
    months = [text for text in texts if len(text) == 7 and "Q" not in text]
    quarters = [text for text in texts if "Q" in text]
    sums = [total_of(at[q], [at[m] for m in months if _lies_in(m, q)]) for q in quarters]
    if "2020" in at:
        sums.append(total_of(at["2020"], [at[q] for q in quarters]))
    for part in (0, 1):
        values = [parts[text][part] for text in texts]
        for low, high in intervals(sums, [at[text] for text in hidden], values).values():
            if high is not None and high - low < K and high != 0:
                return False
    return True


@pytest.mark.parametrize("seeds", [range(12)])
def test_none_that_is_safe_shows_more(seeds):
    tried = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        periods, parts = a_year(rng, (3, 4, 5, 6)[seed % 4])
        small = small_of(parts)
        hidden = hidden_periods(periods, parts, small, K)
        assert is_safe(parts, hidden) and {text for text in parts if small[text]} <= hidden <= parts.keys()
        free = [text for text in parts if not small[text]]
        for many in range(len(free), len(parts) - len(hidden), -1):
            for shown in itertools.combinations(free, many):
                tried += 1
                assert not is_safe(parts, parts.keys() - set(shown)), (seed, shown)
    print(f"D9: {len(seeds)} years, {tried} ways to show more, 0 of them safe")
    assert tried > 5


def test_a_small_month_takes_one_beside_it_and_no_more():
    periods = [parse_period(text) for text in ("2020", "2020-Q1", "2020-01", "2020-02", "2020-03")]
    parts = {"2020": (40, 20), "2020-Q1": (40, 20), "2020-01": (3, 6), "2020-02": (17, 6), "2020-03": (20, 8)}
    assert hidden_periods(periods, parts, {"2020-01": True}, K) == {"2020-01", "2020-02"}
    assert hidden_periods(periods, parts, {}, K) == frozenset()
