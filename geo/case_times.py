"""Times of cases (办理用时): how long they took, how long the open ones have been open, in which months they came.

Days are counted from acceptance (受理). Dates may be missing; what has no such day is not counted.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import Days, Mask

Positions = NDArray[np.int64]

AGES = ((0, 7), (8, 15), (16, 30), (31, 60), (61, None))
"""The bands of days that open cases are told by, both ends included; the last is open."""


class Spread(NamedTuple):
    """How long the settled ones took: within `half` days half of them were settled, within `nine_tenths` nine tenths.

    settled : how many were.
    """

    settled: int
    half: int
    nine_tenths: int


def spread(accepted_on: Days, settled_on: Days, least: int) -> Spread | None:
    """Median and 90th percentile of the days from acceptance to settlement; None for fewer than `least` settled ones.

    A percentile is the fewest days within which at least that share was settled, so it is a day somebody waited.

    >>> accepted = np.array(["2020-05-01"] * 4, dtype="datetime64[D]")
    >>> settled = np.array(["2020-05-03", "2020-05-11", "2020-05-31", "NaT"], dtype="datetime64[D]")
    >>> spread(accepted, settled, least=3), spread(accepted, settled, least=4)
    (Spread(settled=3, half=10, nine_tenths=30), None)
    """
    took = settled_on - accepted_on
    days = np.sort(took[~np.isnat(took)].astype(np.int64))
    if len(days) < max(least, 1):
        return None
    half, nine_tenths = np.percentile(days, [50, 90], method="inverted_cdf")
    return Spread(len(days), int(half), int(nine_tenths))


def by_age(accepted_on: Days, on: np.datetime64) -> list[int]:
    """How many of some open cases have been open for so many days, by AGES.

    >>> days = np.array(["2020-05-31", "2020-05-23", "2020-01-01"], dtype="datetime64[D]")
    >>> by_age(days, np.datetime64("2020-05-31"))
    [1, 1, 0, 0, 1]
    """
    days = on - accepted_on
    known = days[~np.isnat(days)].astype(np.int64)
    return [int(((known >= low) & (known <= (np.inf if high is None else high))).sum()) for low, high in AGES]


def by_month(days: Days, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    """Counts by year (rows, earliest first) and month (columns 1 to 12); NA before the month of `first` and after that
    of `last`, where nothing was recorded: a month between without any is 0.

    >>> days = np.array(["2020-02-03", "2020-02-09"], dtype="datetime64[D]")
    >>> by_month(days, np.datetime64("2020-01-15"), np.datetime64("2020-03-01")).loc[2020, [1, 2, 3, 4]].to_list()
    [0, 2, 0, <NA>]
    """
    found = days[~np.isnat(days)].astype("datetime64[M]")
    begin, end = first.astype("datetime64[M]"), last.astype("datetime64[M]")
    january = begin.astype("datetime64[Y]").astype("datetime64[M]")
    years = [int(day.astype("datetime64[Y]").astype(np.int64)) + 1970 for day in (begin, end)]
    many = 12 * (years[1] - years[0] + 1)
    every = january + np.arange(many)
    counts = pd.array(_counted(found, january, many), dtype="Int64")
    counts[(every < begin) | (every > end)] = pd.NA
    rows = {year: counts[12 * n : 12 * n + 12] for n, year in enumerate(range(years[0], years[1] + 1))}
    return pd.DataFrame.from_dict(rows, orient="index", columns=range(1, 13)).astype("Int64")


def _counted(months: Days, january: np.datetime64, many: int) -> Positions:
    at = (months - january).astype(np.int64)
    return np.bincount(at[(at >= 0) & (at < many)], minlength=many)


def crossed(groups: Positions, kinds: Positions, is_good: Mask, shape: tuple[int, int]) -> tuple[Positions, Positions]:
    """Counts by group (rows) and kind (columns): the good ones, and all. A negative group or kind is counted nowhere.

    >>> is_good = np.array([True, False, True, True])
    >>> good, every = crossed(np.array([0, 0, 1, -1]), np.array([1, 1, 0, 0]), is_good, (2, 2))
    >>> good.tolist(), every.tolist()
    ([[0, 1], [1, 0]], [[0, 2], [1, 0]])
    """
    known = (groups >= 0) & (kinds >= 0)
    cells = groups[known] * shape[1] + kinds[known]
    size = shape[0] * shape[1]
    good = np.bincount(cells, is_good[known], size).astype(np.int64).reshape(shape)
    return good, np.bincount(cells, minlength=size).reshape(shape)
