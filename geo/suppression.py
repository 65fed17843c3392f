"""Complementary suppression on a tree (补充隐藏): which more cells must be hidden so that none can be worked out.

A row stands for an area in one or several columns (say the months of a quarter), and every area that has children is
their sum. Hidden rows hang together in regions: the hidden rows that are reached from a shown one by way of hidden
ones only. All that is told about a region is one sum for each column, that of its leaves: the shown row less the shown
rows that hang off the region. So, exactly and not by a rule of thumb:

* a hidden row can be worked out when none of the region's hidden leaves lies under it, or when all of them do;
* otherwise it can be anything from its shown part up to that plus the region's sum.

`protect` therefore hides more until every hidden row that has children has a hidden child, every shown row has no
hidden child or at least two, and the sum of every region is at least `k` (or nothing, where the shown row is 0). A
region under a hidden top has no sum that is told, so nothing is known of it.

This works on the whole tree at once, level by level, in time that grows with the rows.
"""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]


def protect(parent: Rows, small: Mask, parts: Numbers, size: Numbers, k: int) -> Mask:
    """The rows to hide: those that are small, and as many others as it takes.

    parent : the position of each row's parent, −1 at the top. small : rows that must be hidden. parts : one column for
    each number that sums up the tree, rows in the same order; never negative, missing ones as 0. size : how much is
    lost with a row; the least are hidden first, those of infinite size last. k : the least sum of a region.

    >>> parent = np.array([-1, 0, 0, 0])
    >>> small = np.array([False, True, False, False])
    >>> protect(parent, small, np.array([[53.0], [3], [20], [30]]), np.array([53.0, 3, 20, 30]), 5).tolist()
    [False, True, True, False]
    """
    levels = by_depth(parent)
    hidden = small.copy()
    while True:
        more = _with_a_child(parent, hidden, size) | _with_a_sibling(parent, hidden, parts, size, k)
        if not (more & ~hidden).any():
            more = _with_a_sum(parent, levels, hidden, parts, size, k)
            if not (more & ~hidden).any():
                return hidden
        hidden = hidden | more


def by_depth(parent: Rows) -> list[Rows]:
    """The rows of every level of the tree, the top first.

    >>> [level.tolist() for level in by_depth(np.array([2, 2, -1]))]
    [[2], [0, 1]]
    """
    depth = np.zeros(len(parent), dtype=np.intp)
    above = parent.copy()
    while (inside := above >= 0).any():
        depth[inside] += 1
        above[inside] = parent[above[inside]]
    order = np.argsort(depth, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(depth[order])) + 1) if len(order) else []


def _children_hidden(parent: Rows, hidden: Mask) -> Rows:
    """How many children of each row are hidden."""
    return np.bincount(parent[hidden & (parent >= 0)], minlength=len(parent))


def _with_a_child(parent: Rows, hidden: Mask, size: Numbers) -> Mask:
    """A child of every hidden row whose children would add up to it."""
    open_sum = hidden & (_children_hidden(parent, hidden) == 0)
    return _least((parent >= 0) & open_sum[parent] & ~hidden, parent, size)


def _with_a_sibling(parent: Rows, hidden: Mask, parts: Numbers, size: Numbers, k: int) -> Mask:
    """Beside every only hidden child of a shown row another one; the row itself where it has no other child."""
    lone = ~hidden & (_children_hidden(parent, hidden) == 1)
    beside = (parent >= 0) & lone[parent] & ~hidden
    # One that makes the sum large enough by itself, where there is one, saves a second.
    enough = beside & _is_enough(parent, hidden, parts, beside, k)
    without = np.ones(len(parent), dtype=bool)
    without[parent[enough]] = False
    more = _least(enough | (beside & without[parent]), parent, size)
    has_other = np.zeros(len(parent), dtype=bool)
    has_other[parent[beside]] = True
    return more | (lone & ~has_other)


def _is_enough(parent: Rows, hidden: Mask, parts: Numbers, rows: Mask, k: int) -> Mask:
    """Whether a row and the hidden children of its parent come to k in every column that is not 0 above."""
    sums = np.zeros_like(parts)
    inside = hidden & (parent >= 0)
    np.add.at(sums, parent[inside], parts[inside])
    needed = np.where(parts > 0, np.minimum(parts, k), 0)
    enough = np.zeros(len(parent), dtype=bool)
    at = np.flatnonzero(rows)
    enough[at] = (sums[parent[at]] + parts[at] >= needed[parent[at]]).all(axis=1)
    return enough


def _with_a_sum(parent: Rows, levels: list[Rows], hidden: Mask, parts: Numbers, size: Numbers, k: int) -> Mask:
    """More of every region whose hidden leaves come to less than k, beginning with the least."""
    sums = region_sums(parent, levels, hidden, parts)
    region = regions(parent, levels, hidden)
    lacking = np.where(parts > 0, np.minimum(parts, k), 0) - sums
    short = ~hidden & (_children_hidden(parent, hidden) > 0) & (lacking > 0).any(axis=1)
    at = np.flatnonzero(~hidden & (region >= 0) & short[region])
    # A direct child of the shown row before one that hangs off a hidden row.
    at = at[np.lexsort((at, size[at], parent[at] != region[at], region[at]))]
    if not len(at):
        return np.zeros(len(parent), dtype=bool)
    before = np.cumsum(parts[at], axis=0) - parts[at]
    first = np.flatnonzero(np.diff(region[at], prepend=-1))
    before -= np.repeat(before[first], np.diff(first, append=len(at)), axis=0)
    wanted = (before < lacking[region[at]]).any(axis=1)
    more = np.zeros(len(parent), dtype=bool)
    more[at[wanted]] = True
    return more


def regions(parent: Rows, levels: list[Rows], hidden: Mask) -> Rows:
    """For each row the shown row nearest above it; −1 where everything above it is hidden, and at the top."""
    region = np.full(len(parent), -1, dtype=np.intp)
    for level in levels[1:]:
        above = parent[level]
        region[level] = np.where(hidden[above], region[above], above)
    return region


def region_sums(parent: Rows, levels: list[Rows], hidden: Mask, parts: Numbers) -> Numbers:
    """For each row what the hidden leaves under it come to that are reached by hidden rows; a hidden leaf its own."""
    sums = np.zeros_like(parts)
    is_leaf = np.bincount(parent[parent >= 0], minlength=len(parent)) == 0
    own = hidden & is_leaf
    sums[own] = parts[own]
    for level in reversed(levels[1:]):
        rows = level[hidden[level]]
        for column in range(parts.shape[1]):
            sums[:, column] += np.bincount(parent[rows], sums[rows, column], len(parent))
    return sums


def _least(rows: Mask, group: Rows, size: Numbers) -> Mask:
    """Of each group the row of the least size, the first of equals."""
    chosen = np.zeros(len(rows), dtype=bool)
    at = np.flatnonzero(rows)
    at = at[np.lexsort((at, size[at], group[at]))]
    chosen[at[np.flatnonzero(np.diff(group[at], prepend=-1))]] = True
    return chosen
