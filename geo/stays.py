"""Which stay of its household a visit fell into (居住期): who moves leaves the past visits where they were.

A frame of households has one row per stay. A household that never moved has one, and then a household and its stay are
the same row. A visit before the first stay of its household counts in that one, a visit after a stay and before the
next in the one before it: no visit is lost, and the load names those that lie outside.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import days_of

Rows = NDArray[np.intp]
_DAYS = 1 << 22
"""More than the days from the year 1 to 9999."""


def numbers_of(households: pd.DataFrame) -> Rows:
    """The household of each stay, as the first of its rows.

    households : with `household` where that has been looked up already, else with `household_id`.

    >>> numbers_of(pd.DataFrame({"household_id": ["h1", "h2", "h1"]})).tolist()
    [0, 1, 0]
    """
    if "household" in households:
        return households["household"].to_numpy(np.intp)
    ids = pd.Index(households["household_id"], dtype=object)
    if ids.is_unique:
        return np.arange(len(ids), dtype=np.intp)
    codes, names = pd.factorize(ids)
    first = np.zeros(len(names), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(ids), dtype=np.intp)[::-1]
    return first[codes]


def households_of(households: pd.DataFrame, visits: pd.DataFrame) -> Rows:
    """The household of each visit, as the first of its rows; −1 for none of them.

    visits : with `household` where that has been looked up already, else with `household_id`.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2", "h1"]})
    >>> households_of(homes, pd.DataFrame({"household_id": ["h2", "h9", "h1"]})).tolist()
    [1, -1, 0]
    """
    if "household" in visits:
        return visits["household"].to_numpy(np.intp)
    # As objects: for texts pandas would make a copy of its own kind first.
    register, wanted = (pd.Index(frame["household_id"], dtype=object) for frame in (households, visits))
    if register.is_unique:
        return register.get_indexer(wanted)
    first = np.unique(numbers_of(households))
    return np.append(first, -1)[register[first].get_indexer(wanted)]


def homes_of(households: pd.DataFrame, visits: pd.DataFrame) -> Rows:
    """The stay that each visit fell into, as its row among `households`; −1 for none of them.

    households : one row per stay; `household_id`, and `moved_in_on`, `moved_out_on` where one has several.
    visits : with `home` where that has been looked up already, else with `household_id` and `visited_on`.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2"]})
    >>> homes_of(homes, pd.DataFrame({"household_id": ["h2", "h9"]})).tolist()
    [1, -1]
    >>> homes = pd.DataFrame({"household_id": ["h1", "h1"], "moved_in_on": pd.to_datetime([None, "2020-06-20"]),
    ...                       "moved_out_on": pd.to_datetime(["2020-06-20", None])})
    >>> days = pd.to_datetime(["2020-06-19", "2020-06-20"])
    >>> homes_of(homes, pd.DataFrame({"household_id": "h1", "visited_on": days})).tolist()
    [0, 1]
    """
    if "home" in visits:
        return visits["home"].to_numpy(np.intp)
    who, number = households_of(households, visits), numbers_of(households)
    has_many = np.zeros(len(households) + 1, dtype=bool)
    has_many[number[number != np.arange(len(number))]] = True
    asked = np.flatnonzero(has_many[who])  # −1 asks the last, which is no household
    if not len(asked):
        return who
    rows = np.flatnonzero(has_many[number])
    begin = _ordinals(households["moved_in_on"].iloc[rows])
    order = np.lexsort((begin, number[rows]))
    keys = number[rows][order] * _DAYS + begin[order]
    of, day = who[asked], _ordinals(visits["visited_on"].iloc[asked])
    last = np.searchsorted(keys, of * _DAYS + day, side="right") - 1
    # Before its first stay: that one.
    last = np.maximum(last, np.searchsorted(keys, of * _DAYS, side="left"))
    found = who.copy()
    found[asked] = rows[order][last]
    return found


def _ordinals(dates: pd.Series) -> NDArray[np.int64]:
    """Days as whole numbers from 1; a missing one is before all of them."""
    days = days_of(dates)
    numbers = days.astype(np.int64) + 719_163
    return np.where(np.isnat(days), 0, numbers)
