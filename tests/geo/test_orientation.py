"""Sides of lines: what the fast way is sure of and the exact way knows is what fractions say."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.orientation import exact_orientation, orientation

numbers = st.one_of(
    st.integers(-8, 8).map(float),
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.integers(-20, 20).map(lambda n: 109.47 + n * 2.0**-46),
)


def true_sign(ax, ay, bx, by, x, y):
    ax, ay, bx, by, x, y = map(Fraction, (ax, ay, bx, by, x, y))
    det = (ax - x) * (by - y) - (ay - y) * (bx - x)
    return (det > 0) - (det < 0)


@settings(max_examples=300, deadline=None)
@given(st.tuples(*[numbers] * 6))
def test_signs_are_those_of_fractions(values):
    ends, at = np.array([values[:4]]).T, np.array([values[4:]]).T
    det, is_sure = orientation(ends, *at)
    sign, is_known = exact_orientation(ends, *at)
    if is_sure[0]:
        assert np.sign(det[0]) == true_sign(*values)
    if is_known[0]:
        assert sign[0] == true_sign(*values)


def test_points_on_a_line_are_known_to_be():
    step = 2.0**-46
    ends = 109.47 + step * np.array([[0.0], [0.0], [30.0], [90.0]])
    sign, is_known = exact_orientation(ends, np.array([109.47 + 10 * step]), np.array([109.47 + 30 * step]))
    assert (sign.tolist(), is_known.tolist()) == ([0.0], [True])
    sign, is_known = exact_orientation(ends, np.array([109.47 + 10 * step]), np.array([109.47 + 31 * step]))
    assert (sign.tolist(), is_known.tolist()) == ([1.0], [True])
    _, is_sure = orientation(np.array([[0.0], [0.0], [2.0], [2.0]]), np.array([1.0]), np.array([1.0]))
    assert not is_sure.any()


def test_what_cannot_be_known_is_not_claimed():
    # A difference that needs more than 53 bits.
    _, is_known = exact_orientation(np.array([[1e-30], [0.0], [1.0], [1.0]]), np.array([0.5]), np.array([0.5]))
    assert not is_known.any()
    # A product whose error vanishes.
    tiny = np.array([[1e-170], [3e-170], [3e-170], [9e-170]])
    assert not exact_orientation(tiny, np.array([0.0]), np.array([0.0]))[1].any()
