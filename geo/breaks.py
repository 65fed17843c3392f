"""Edges of classes from the values themselves (自动分级): equal steps, quantiles, natural breaks.

An edge is the shortest decimal number above the value below it and not above the value it lets in, so that a legend can
write it in full and still be true of every area. A class holds its lower edge (`geo.classes`).
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

METHODS = ("quantile", "equal", "natural")
MOST_DISTINCT = 1500
"""Natural breaks compare every pair of distinct values; more of them are rounded to MUCH_ALIKE first."""
MUCH_ALIKE = 0.001


def breaks_from(values: ArrayLike | pd.Series, method: str, classes: int) -> tuple[float, ...]:
    """The inner edges, rising, for at most so many classes; fewer where values are few. Missing ones do not count.

    method : "quantile" puts as many values into each class, as far as equal values allow; "equal" makes classes equally
    wide; "natural" makes the values of each class most alike (Fisher 1958, least sum of squares within classes).

    >>> breaks_from([0.1, 0.2, 0.3, 0.4, None], "quantile", 2)
    (0.3,)
    >>> breaks_from([0.11, 0.12, 0.13, 0.91], "natural", 2), breaks_from([0.5, 0.5], "equal", 5)
    ((0.91,), ())
    """
    found = pd.Series(values, dtype=float).dropna().to_numpy()
    distinct, many = np.unique(found, return_counts=True)
    if len(distinct) < 2 or classes < 2:
        return ()
    if method == "equal":
        return _equal(float(distinct[0]), float(distinct[-1]), classes)
    if method not in ("quantile", "natural"):
        raise ValueError(f"no such method: {method}")
    firsts = _quantiles(many, classes) if method == "quantile" else _natural(distinct, many, classes)
    inner = np.unique(firsts[firsts > 0])
    return tuple(shortest(float(distinct[i - 1]), float(distinct[i])) for i in inner)


def _equal(low: float, high: float, classes: int) -> tuple[float, ...]:
    """Equally wide to a hundredth of a step, so that the edges are short."""
    step = (high - low) / classes
    digits = max(2 - math.floor(math.log10(step)), 0)
    return tuple(round(low + i * step, digits) for i in range(1, classes))


def _quantiles(many: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Which distinct value begins each class: the one where the share of values below is nearest to i of n."""
    below = np.concatenate([[0], np.cumsum(many)[:-1]]) / many.sum()
    return np.array([np.abs(below - i / classes).argmin() for i in range(1, classes)], dtype=np.int64)


def _natural(distinct: NDArray[np.float64], many: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Which distinct value begins each class but the first, by dynamic programming over all ways to cut."""
    rows = np.arange(len(distinct), dtype=np.int64)
    if len(distinct) > MOST_DISTINCT:
        _, rows = np.unique(np.round(distinct / MUCH_ALIKE), return_index=True)
        many = np.add.reduceat(many, rows)
    values = distinct[rows] - distinct[0]
    n, size = np.concatenate([[0], np.cumsum(many)]), len(values)
    s = np.concatenate([[0], np.cumsum(many * values)])
    q = np.concatenate([[0], np.cumsum(many * values * values)])
    count = n[None, 1:] - n[:-1, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        within = (q[None, 1:] - q[:-1, None]) - (s[None, 1:] - s[:-1, None]) ** 2 / count
    within[count <= 0] = np.inf
    classes = min(classes, size)
    best, firsts = within[0], []
    for _ in range(1, classes):
        # A class that begins at row m is preceded by the best cut of the m rows before it.
        ways = np.concatenate([[np.inf], best[:-1]])[:, None] + within
        firsts.append(ways.argmin(axis=0))
        best = ways.min(axis=0)
    end, found = size - 1, []
    for first in reversed(firsts):
        found.append(first[end])
        end = int(first[end]) - 1
    return np.asarray(rows[np.array(found[::-1], dtype=np.int64)])


def shortest(below: float, first: float) -> float:
    """The number with the fewest decimals, two at least, above `below` and not above `first`; the highest of them.

    >>> shortest(0.8732, 0.9011), shortest(0.29, 0.2904), shortest(0.11, 0.91)
    (0.9, 0.2904, 0.91)
    """
    for digits in range(2, 9):
        edge = math.floor(first * 10**digits) / 10**digits
        if below < edge <= first:
            return edge
    return first
