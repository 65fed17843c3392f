"""Hiding small numbers (小数隐藏) before counts leave for people who may not see them: the one rule.

The rule, read from the threshold rule of the project's domain notes (k = 5 in public, 10 for sensitive topics; the same
family as the threshold rules of statistical offices):

* numerator, denominator and their difference are three counts of the same people, whoever sees two has the third. A row
  is small when one of them is 1 … k − 1. For the difference the notes ask this below a denominator of 50 only; pages
  print it as "left to do", so it holds for all.
* 0 is shown as 0, and all of d as all, except where the population is known to be below `FEW_HOUSEHOLDS`. That nobody
  of many was visited says nothing about anybody; that nobody of three homes was does.
* on a sensitive topic none or all of fewer than `SMALL_BASE` is small as well: it says the same of everyone there.

What is small is hidden with its rate, and with it as much as it takes that it cannot be had by subtraction, so that
each hidden count can still be anything in a range of at least k: `geo.suppression` along the tree of areas,
`geo.nested_periods` for periods that lie inside each other, `geo.linked_sums` for any other table, all of which
`geo.disclosure_audit` can prove or refute for a table at hand.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.suppression import protect

GROUPS = ("indicator", "period", "parent_id")
"""Columns that name a group of cells which add up to one published sum; those a frame lacks are left out."""
FEW_HOUSEHOLDS = 20
"""A population below this has its zeros hidden too."""
SMALL_BASE = 50
"""Below this denominator none and all are small on a sensitive topic."""
BANDS = ("0", "1–4", "5–9", "10–19", "≥20")

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


def is_small(
    numerator: Numbers,
    denominator: Numbers,
    k: int = 5,
    *,
    households: Numbers | None = None,
    is_sensitive: bool = False,
) -> Mask:
    """Whether a count of people is too small to show, by the rule above; a missing number is not.

    households : the population of each row, NaN where it is not known.

    >>> n, d = np.array([3.0, 47, 20, 0]), np.array([50.0, 50, 40, 40])
    >>> is_small(n, d).tolist()
    [True, True, False, False]
    >>> is_small(n, d, households=np.array([60.0, 60, 60, 12])).tolist()
    [True, True, False, True]
    """
    rest = denominator - numerator
    small = np.zeros(numerator.shape, dtype=bool)
    for count in (numerator, denominator, rest):
        small |= (count > 0) & (count < k)
    extreme = (numerator == 0) | (rest == 0)
    if households is not None:
        small |= extreme & (households < FEW_HOUSEHOLDS)
    if is_sensitive:
        small |= extreme & (denominator > 0) & (denominator < SMALL_BASE)
    return small


def hide_small(
    frame: pd.DataFrame, k: int = 5, *, groups: Sequence[str] = GROUPS, is_sensitive: bool = False
) -> pd.DataFrame:
    """Numerators and denominators with every small row hidden, and as many others as it takes to keep them so.

    frame : one row per area (and indicator, period); `numerator`, `denominator`, optional `households` (population),
    and of `groups` the columns it has. Rows of one group add up to a sum that is taken to be shown: the row whose
    `area_id` is their `parent_id`, or one that is not in the frame. Rows of different periods or indicators are taken
    to have nothing to do with each other; for periods inside each other see `geo.nested_periods`.

    Returns a new frame with both numbers missing (NA) in hidden rows and with `is_hidden`, so that hidden looks
    different from missing. In each group either no row is hidden or two at least, whose sum is k or more (or 0).

    >>> cells = pd.DataFrame({"parent_id": [1, 1, 1], "numerator": [3, 20, 30], "denominator": [9, 25, 40]})
    >>> hide_small(cells)["is_hidden"].to_list()
    [True, True, False]
    """
    keys = [name for name in groups if name in frame]
    numerator, denominator = (
        frame[name].to_numpy(np.float64, na_value=np.nan) for name in ("numerator", "denominator")
    )
    households = frame["households"].to_numpy(np.float64, na_value=np.nan) if "households" in frame else None
    small = is_small(numerator, denominator, k, households=households, is_sensitive=is_sensitive)
    parent = _with_unseen_sums(frame, keys)
    # A missing row is in no sum, and no company for a hidden one.
    parent[np.flatnonzero(np.isnan(numerator))] = -1
    parts = counted_parts(numerator, denominator)
    size = lost_with(denominator)
    unseen = len(parent) - len(frame)
    if unseen:
        sums = np.zeros((len(parent), parts.shape[1]))
        inside = np.flatnonzero(parent[: len(frame)] >= len(frame))
        np.add.at(sums, parent[inside], parts[inside])
        sums[: len(frame)] = parts
        parts = sums
        small, size = np.append(small, np.zeros(unseen, dtype=bool)), np.append(size, np.full(unseen, np.inf))
    hidden = protect(parent, small, parts, size, k)[: len(frame)] & ~np.isnan(numerator)
    shown = frame.assign(is_hidden=hidden)
    for name in ("numerator", "denominator"):
        shown[name] = frame[name].astype("Int64" if frame[name].dtype.kind in "iu" else "Float64").mask(hidden)
    return shown


def counted_parts(numerator: Numbers, denominator: Numbers) -> Numbers:
    """The counts a row is made of, in columns: those that did and those that did not; a missing number counts as 0.

    Two of the three counts decide the third, and these two are free of each other. Where numerators exceed their
    denominators (more things than people), they are numerator and denominator.
    """
    first, second = (np.nan_to_num(_as_columns(counts)) for counts in (numerator, denominator))
    return np.hstack([first, second if (first > second).any() else second - first])


def _as_columns(counts: Numbers) -> Numbers:
    return counts[:, np.newaxis] if counts.ndim == 1 else counts


def lost_with(denominator: Numbers) -> Numbers:
    """How much is lost with a row, for the choice of companions: its denominator; an empty row only when it must."""
    size = np.nan_to_num(_as_columns(denominator)).sum(axis=1)
    return np.where(size > 0, size, np.inf)


def banded(counts: pd.Series) -> pd.Series:
    """Counts as bands, an alternative to hiding: 0, 1–4, 5–9, 10–19, ≥20; a missing count stays missing.

    >>> banded(pd.Series([0, 4, 5, 20])).to_list()
    ['0', '1–4', '5–9', '≥20']
    """
    return pd.Series(
        pd.cut(counts.astype("Float64").astype(float), [-np.inf, 0, 4, 9, 19, np.inf], labels=list(BANDS)),
        index=counts.index,
        dtype=object,
    )


def rounded(counts: Numbers, base: int = 5) -> Numbers:
    """Counts to the nearest multiple of a base, halves up, so that a sum no longer tells one more or one less.

    >>> rounded(np.array([0.0, 2, 3, 12, 13])).tolist()
    [0.0, 0.0, 5.0, 10.0, 15.0]
    """
    return base * np.floor(counts / base + 0.5)


def _with_unseen_sums(frame: pd.DataFrame, keys: list[str]) -> NDArray[np.intp]:
    """The position of each row's parent; groups whose sum has no row get one after the last, −1 for the top."""
    parent = _parents_of(frame, keys)
    away = parent < 0
    if "parent_id" in keys:
        away &= frame["parent_id"].notna().to_numpy()
    if away.any():
        group = frame[away].groupby(keys, dropna=False, sort=False).ngroup().to_numpy() if keys else 0
        parent[away] = len(frame) + group
    return np.append(parent, np.full(parent.max(initial=-1) + 1 - len(frame), -1)) if away.any() else parent


def _parents_of(frame: pd.DataFrame, keys: list[str]) -> NDArray[np.intp]:
    """The position of each row's parent in the frame, −1 where it is not there."""
    if "area_id" not in frame or "parent_id" not in keys:
        return np.full(len(frame), -1, dtype=np.intp)
    same = [name for name in keys if name != "parent_id"]
    if not same:
        return pd.Index(frame["area_id"]).get_indexer(pd.Index(frame["parent_id"])).astype(np.intp)
    places = pd.MultiIndex.from_frame(frame[[*same, "area_id"]])
    wanted = pd.MultiIndex.from_frame(frame[[*same, "parent_id"]].set_axis([*same, "area_id"], axis=1))
    return places.get_indexer(wanted).astype(np.intp)
