"""Rates for a ranking: of what the viewer sees, unknown and hidden ones left out."""

import pytest

from portal.fairness import fair_rates
from portal.reads import HIDDEN, UNKNOWN, Measure


def test_known_rates_are_shrunk_and_the_others_left_out() -> None:
    found = {"a": Measure(10, 40, "known"), "b": UNKNOWN, "c": Measure(30, 40, "known"), "d": HIDDEN}
    # As in tests/geo/test_fairness.py: (10 + 20/19 · ½) / (40 + 20/19).
    assert fair_rates(found) == pytest.approx({"a": 200 / 780, "c": 580 / 780})


def test_nothing_known() -> None:
    assert fair_rates({"a": UNKNOWN, "b": HIDDEN}) == {}
