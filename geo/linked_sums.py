"""Complementary suppression in any table (联立表隐藏): cells tied by sums in several directions, such as type by area.

There is no closed form as for a tree. More is hidden where a sum has one hidden cell, until none has; then the exact
attacker of `geo.disclosure_audit` looks for cells that can be worked out all the same, or small ones that can be pinned
to less than k, and more is hidden beside these until it finds nothing. What is returned has therefore been proved; the
price is the attacker's time, which suits tables of some hundred cells. For areas alone use `geo.suppression`, for areas
and nested periods `geo.nested_periods`: both are safe by construction at any size.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.disclosure import counted_parts, is_small
from geo.disclosure_audit import Sum, determined, intervals

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


def hide_linked(
    numerator: Numbers, denominator: Numbers, sums: Sequence[Sum], k: int = 5, *, is_sensitive: bool = False
) -> Mask:
    """The cells to hide: those that are small, and as many others as it takes.

    numerator, denominator : whole numbers of every cell, none missing. sums : as for `geo.disclosure_audit`.

    >>> from geo.disclosure_audit import total_of
    >>> n, d = np.array([53.0, 3, 20, 30]), np.array([100.0, 30, 40, 30])
    >>> hide_linked(n, d, [total_of(0, [1, 2, 3])]).tolist()
    [False, True, False, True]
    """
    small = is_small(numerator, denominator, k, is_sensitive=is_sensitive)
    counts = [column.astype(np.int64) for column in counted_parts(numerator, denominator).T]
    size = np.where(denominator > 0, denominator, np.inf)
    hidden = small.copy()
    while True:
        exposed = [sum_ for sum_ in sums if len(_of(sum_, hidden)) == 1]
        groups = [_of(sum_, ~hidden) for sum_ in exposed] or _beside_told(sums, hidden, small, counts, k)
        if not groups:
            return hidden
        for cells in groups:
            if hidden[cells].any() or not cells:
                continue  # the one before has hidden one of these
            hidden[min(cells, key=lambda cell: (size[cell], cell))] = True


def _of(sum_: Sum, wanted: Mask) -> list[int]:
    """The cells of a sum that are wanted."""
    return [cell for cell in sum_ if wanted[cell]]


def _beside_told(
    sums: Sequence[Sum], hidden: Mask, small: Mask, counts: Sequence[NDArray[np.int64]], k: int
) -> list[list[int]]:
    """For each cell that the attacker gets: shown cells of which one must be hidden; nothing when he gets none."""
    unknown = np.flatnonzero(hidden).tolist()
    told = determined(sums, unknown)
    if not told:
        for values in counts if unknown else ():
            for cell, (low, high) in intervals(sums, unknown, [int(v) for v in values]).items():
                if small[cell] and values[cell] > 0 and high is not None and high - low < k:
                    told.add(cell)
    return [_near(sums, hidden, cell) for cell in sorted(told)]


def _near(sums: Sequence[Sum], hidden: Mask, cell: int) -> list[int]:
    """The shown cells in the sums of a cell, or, where all of these are hidden, those of its neighbours, and so on."""
    reached = {cell}
    while True:
        touching = [sum_ for sum_ in sums if not reached.isdisjoint(sum_)]
        shown = sorted({other for sum_ in touching for other in sum_ if not hidden[other]})
        wider = reached.union(*touching)
        if shown or wider == reached:
            return shown
        reached = wider
