"""On which side of a line a point lies (方位判断): fast where rounding cannot matter, exact where it could.

The filter is Shewchuk's ("Adaptive Precision Floating-Point Arithmetic", 1997): a determinant of differences beyond
`_BOUND` times the sum of its two products has the right sign. The exact way splits products into the rounded product
and its error (Dekker 1971, Veltkamp's split), so nothing is lost. Both want coordinates below 1e75 in size.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BOUND = 3.3306690738754716e-16
_SPLIT = 134217729.0
_TINY = 1e-200
"""Below it the error of a product may vanish."""


def orientation(ends: Sequence[Floats] | Floats, x: Floats, y: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The determinant of each line a → b and point (above 0: the point lies left), and whether its sign is sure.

    ends : ax, ay, bx, by, each one per line.

    >>> det, is_sure = orientation(np.array([[0.0], [0.0], [2.0], [0.0]]), np.array([1.0]), np.array([1.0]))
    >>> det.tolist(), is_sure.tolist()
    ([2.0], [True])
    """
    ax, ay, bx, by = ends
    left = (ax - x) * (by - y)
    right = (ay - y) * (bx - x)
    det = left - right
    np.abs(left, out=left)
    np.abs(right, out=right)
    left += right
    left *= _BOUND
    return det, np.abs(det) > left


def exact_orientation(ends: Sequence[Floats] | Floats, x: Floats, y: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The sign of each determinant (-1, 0, 1), and whether it is known.

    It is not known where a difference of coordinates needs more than 53 bits, or where a product is too small for its
    error to be kept; geometry of one country in one unit meets neither, but drawn test cases do.

    >>> exact_orientation(np.array([[0.1], [0.1], [0.3], [0.3]]), np.array([0.2]), np.array([0.2]))
    (array([0.]), array([ True]))
    """
    ax, ay, bx, by = ends
    factors, is_known = [], np.ones(len(x), dtype=bool)
    for from_, to in ((ax, x), (by, y), (ay, y), (bx, x)):
        difference, error = _minus(from_, to)
        is_known &= error == 0
        factors.append(difference)
    left, left_error = _times(factors[0], factors[1])
    right, right_error = _times(factors[2], factors[3])
    for product, one, other in ((left, *factors[:2]), (right, *factors[2:])):
        is_known &= (np.abs(product) > _TINY) | (one == 0) | (other == 0)
    whole, whole_error = _minus(left, right)
    rest, rest_error = _minus(left_error, right_error)
    total = whole + rest
    # With either error the sum of the rounded parts can only be trusted where they are not close.
    is_known &= ((whole_error == 0) & (rest_error == 0)) | (np.abs(whole) > 4 * np.abs(rest))
    return np.sign(total), is_known


def _minus(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The rounded difference and its error (Knuth's TwoSum)."""
    difference = one - other
    back = difference - one
    return difference, (one - (difference - back)) - (other + back)


def _times(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The rounded product and its error."""
    product = one * other
    one_high, one_low = _halves(one)
    other_high, other_low = _halves(other)
    error = ((one_high * other_high - product) + one_high * other_low + one_low * other_high) + one_low * other_low
    return product, error


def _halves(value: Floats) -> tuple[Floats, Floats]:
    wide = value * _SPLIT
    high = wide - (wide - value)
    return high, value - high
