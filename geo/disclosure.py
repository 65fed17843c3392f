"""Hiding small numbers (小数隐藏) before counts leave for people who may not see them.

This is the first form: one frame, small cells and one more cell in each group, so that a hidden one cannot be had by
subtracting the others from their sum. It does not yet look across frames (a month against its quarter, one indicator
against another), nor at the difference of denominator and numerator, nor does it round: the full audit of all that is
published together is still to be built.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

GROUPS = ("indicator", "period", "parent_id")
"""Columns that name a group of cells which add up to one published sum; those a frame lacks are left out."""


def hide_small(frame: pd.DataFrame, k: int = 5, *, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """Numerators and denominators with every row hidden in which one of them is 1 … k − 1, and complementary rows.

    frame : one row per area (and indicator, period); `numerator`, `denominator`, and of `groups` the columns it has.
    With `area_id`, rows and their own children may stand in one frame: when an only child is hidden, its parent, which
    is equal to it, is hidden as well; when a row is hidden that its children would add up to, one of them is too.

    Returns a new frame with both numbers missing (NA) in hidden rows and with `is_hidden`, so that hidden looks
    different from missing. Zero is not small: that nobody was visited says nothing about anybody. Where a group has
    exactly one hidden row, the row with the smallest denominator above zero is hidden with it.

    >>> cells = pd.DataFrame({"parent_id": [1, 1, 1], "numerator": [3, 20, 30], "denominator": [9, 25, 40]})
    >>> hide_small(cells)["is_hidden"].to_list()
    [True, True, False]
    """
    keys = [name for name in groups if name in frame]
    numerator, denominator = (
        frame[name].to_numpy(np.float64, na_value=np.nan) for name in ("numerator", "denominator")
    )
    hidden = ((numerator > 0) & (numerator < k)) | ((denominator > 0) & (denominator < k))
    group = frame.groupby(keys, dropna=False, sort=False).ngroup().to_numpy() if keys else np.zeros(len(frame), int)
    parent = _parents_of(frame, keys)
    # One cell hidden calls for others, beside it, above it and below it, until nothing more follows.
    while True:
        more = hidden | _beside(hidden, group, parent, denominator) | _below(hidden, parent, denominator)
        lone = np.bincount(group, minlength=len(frame))[group] == 1
        more[parent[more & lone & (parent >= 0)]] = True
        if (more == hidden).all():
            break
        hidden = more
    shown = frame.assign(is_hidden=hidden)
    for name in ("numerator", "denominator"):
        shown[name] = frame[name].astype("Int64" if frame[name].dtype.kind in "iu" else "Float64").mask(hidden)
    return shown


def _beside(hidden: np.ndarray, group: np.ndarray, parent: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """A second row for each group with one hidden row, unless its sum is hidden too."""
    alone = np.bincount(group, hidden, len(hidden))[group] == 1
    sum_is_hidden = (parent >= 0) & hidden[parent]
    return _smallest(~hidden & alone & ~sum_is_hidden, group, denominator)


def _below(hidden: np.ndarray, parent: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """A child for each hidden row whose children are all shown."""
    inside = parent >= 0
    hidden_children = np.bincount(parent[inside], hidden[inside], len(hidden))
    return _smallest(inside & hidden[parent] & (hidden_children[parent] == 0), parent, denominator)


def _smallest(candidates: np.ndarray, group: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Of each group the candidate with the smallest denominator; one of zero only when there is no other."""
    chosen = np.zeros(len(candidates), dtype=bool)
    rows = np.flatnonzero(candidates)
    size = np.where(denominator[rows] > 0, denominator[rows], np.inf)
    order = rows[np.lexsort((rows, size, group[rows]))]
    _, first = np.unique(group[order], return_index=True)
    chosen[order[first]] = True
    return chosen


def _parents_of(frame: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """The position of each row's parent in the frame, −1 where it is not there."""
    if "area_id" not in frame or "parent_id" not in keys:
        return np.full(len(frame), -1)
    same = [name for name in keys if name != "parent_id"]
    places = pd.MultiIndex.from_frame(frame[[*same, "area_id"]])
    wanted = pd.MultiIndex.from_frame(frame[[*same, "parent_id"]].set_axis([*same, "area_id"], axis=1))
    return places.get_indexer(wanted)
