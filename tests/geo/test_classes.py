"""Classes of a map: edges, unknown values, counts."""

import numpy as np
import pandas as pd
import pytest

from geo.classes import UNKNOWN, classify, count_classes
from geo.errors import GeoError

BREAKS = [0.8, 0.85, 0.9, 0.95]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (0.7999, 0), (0.8, 1), (0.85, 2), (17 / 20, 2), (0.9, 3), (0.95, 4), (1.0, 4), (1.2, 4), (-0.1, 0),
     (None, UNKNOWN), (float("nan"), UNKNOWN)],
)  # fmt: skip
def test_lower_edge_is_inside_upper_is_not(value, expected):
    assert classify([value], BREAKS).tolist() == [expected]


def test_a_last_break_of_one_keeps_the_full_score_apart():
    assert classify([0.99, 1.0], [0.25, 0.5, 0.75, 1.0]).tolist() == [3, 4]


def test_missing_values_of_pandas():
    values = pd.Series([0.5, pd.NA], dtype="Float64")
    assert classify(values, BREAKS).tolist() == [0, UNKNOWN]


def test_counts_keep_unknown_apart_and_add_up():
    classes = classify(np.array([0.1, 0.2, 0.86, 1.0, np.nan]), BREAKS)
    assert count_classes(classes, BREAKS) == ([2, 0, 1, 0, 1], 1)
    assert count_classes([], BREAKS) == ([0, 0, 0, 0, 0], 0)


def test_no_breaks_is_one_class():
    assert classify([0.1, None], []).tolist() == [0, UNKNOWN]


@pytest.mark.parametrize("breaks", [[0.9, 0.8], [0.5, 0.5], [float("nan")]])
def test_breaks_must_rise(breaks):
    with pytest.raises(GeoError, match="由小到大"):
        classify([0.5], breaks)
