"""Visits counted for their own page (走访计数): calls by day, visits due by kind, how long ago homes were met.

All are plain counts by grid, so that every area above is their sum.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import Days, days_of, flags, in_force
from geo.counts import paths_up
from geo.measure_visits import flow_due
from geo.stays import homes_of, households_of, numbers_of

BANDS = (0, 31, 61, 91, 181, 366)
"""Days since a household was met: the first of each band."""
NEVER = -1
"""The band of households that were never met."""
DENSE = 30_000_000
"""Up to so many areas and days a table of them all is quicker than sorting."""
DAYS = 31
"""Days of the longest month."""
UNCALLED = "uncalled"
"""In place of a result where nobody called."""


def visits_by_day(households: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Calls by grid, day and what became of them (逐日走访).

    households : one row per stay of a household, as for `geo.measure_visits.visits_met`.
    visits : one row per visit; `household_id`, `visited_on`, `visit_result`, `is_located` (missing where the ledger
    keeps no places), `is_near`, `is_told` (the ledger says whether there is a note or photo), `is_noted`, `is_met`.

    Returns one row per grid, day and `what` with any, sorted by these; `count`. `what` is a result, of which each call
    has one, or placed (its ledger keeps places), located, told, noted, sound (met, near and noted; of the placed ones).

    >>> homes = pd.DataFrame({"household_id": ["h1"], "grid_id": [1]})
    >>> calls = pd.DataFrame({"household_id": ["h1", "h1"], "visited_on": [date(2026, 3, 2)] * 2,
    ...                       "visit_result": ["met", "absent"], "is_met": [True, False], "is_located": [None, None],
    ...                       "is_near": False, "is_told": [True, False], "is_noted": [True, False]})
    >>> visits_by_day(homes, calls)[["what", "count"]].to_dict("list")
    {'what': ['absent', 'met', 'noted', 'told'], 'count': [1, 1, 1, 1]}
    """
    at = homes_of(households, visits)
    days = days_of(visits["visited_on"])
    known = (at >= 0) & ~np.isnat(days)
    grids = households["grid_id"].to_numpy(np.int64)[at[known]]
    results, names = pd.factorize(visits["visit_result"][known], sort=True)
    cells, place, day = _cells(grids, days[known])
    is_placed = visits["is_located"][known].notna().to_numpy(bool)
    is_located, is_near, is_told, is_noted, is_met = (
        flags(visits[name][known]) for name in ("is_located", "is_near", "is_told", "is_noted", "is_met")
    )
    more = {"placed": is_placed, "located": is_placed & is_located, "told": is_told, "noted": is_noted,
            "sound": is_placed & is_met & is_near & is_noted}  # fmt: skip
    rows = {str(name): results == number for number, name in enumerate(names)} | more
    whats = sorted(rows)
    table = np.zeros((len(place), len(whats)), dtype=np.int64)
    for column, what in enumerate(whats):
        table[:, column] = np.bincount(cells[rows[what]], minlength=len(place))
    at, what = np.nonzero(table)
    return pd.DataFrame(
        {
            "area_id": place[at], "day": day[at], "what": _named(what, whats),
            "count": table[at, what],
        }
    )  # fmt: skip


def _cells(areas: NDArray[np.int64], days: Days) -> tuple[NDArray[np.int64], NDArray[np.int64], Days]:
    """The place and day of each thing numbered in their order, and the area and the day of every number."""
    codes, ids = pd.factorize(areas, sort=True)
    numbers = days.astype("datetime64[D]").astype(np.int64)
    first, last = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    span = last - first + 1
    key = codes * span + numbers - first
    found: Any = np.arange(len(ids) * span)
    if len(found) > DENSE:
        found, key = np.unique(key, return_inverse=True)
    area, day = np.divmod(found, span)
    return key, np.asarray(ids, dtype=np.int64)[area], (day + first).astype("datetime64[D]")


def days_up(counts: pd.DataFrame, above: Mapping[int, int]) -> pd.DataFrame:
    """Counts summed by area, day and what, with those of every area above (逐日汇总); what comes to 0 is left out.

    counts : `area_id`, `day`, `what`, `count`, in any order; equal keys are summed. above : area → the one above it,
    without the tops; empty sums alone.

    Returns the same columns, sorted by area, day and what.

    >>> rows = pd.DataFrame({"area_id": [1, 2], "day": pd.to_datetime(["2026-03-02"] * 2), "what": "met", "count": 1})
    >>> days_up(rows, {1: 9, 2: 9})[["area_id", "count"]].values.tolist()
    [[1, 1], [2, 1], [9, 2]]
    """
    what, words = pd.factorize(counts["what"], sort=True)
    area, ids = pd.factorize(counts["area_id"].to_numpy(np.int64), sort=True)
    days = counts["day"].to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_month = (days - months.astype("datetime64[D]")).astype(np.int64)
    key = (area * DAYS + of_month) * len(words) + what
    many = counts["count"].to_numpy(np.int64)
    areas, own, to = paths_up(ids, above)
    parts: list[Any] = []
    # A month at a time: one table of every area and all its days is small.
    order = np.argsort(months.astype(np.int64), kind="stable")
    firsts = np.flatnonzero(np.diff(months[order].astype(np.int64), prepend=-(2**40)))
    for rows in np.split(order, firsts[1:]) if len(order) else ():
        table = np.bincount(key[rows], many[rows], len(ids) * DAYS * len(words)).reshape(len(ids), -1)
        sums = np.zeros((len(areas), table.shape[1]), dtype=np.int64)
        np.add.at(sums, to, table.astype(np.int64)[own])
        at, cell = np.nonzero(sums)
        day, which = np.divmod(cell, len(words))
        first = months[rows[0]].astype("datetime64[D]").astype(np.int64)
        parts.append([at.astype(np.int32), (day + first).astype(np.int32), which.astype(np.int8), sums[at, cell]])
    at, day, which, many = map(np.concatenate, zip(*parts, strict=True)) if parts else [np.zeros(0, dtype=np.int64)] * 4
    order = np.argsort(at, kind="stable")
    return pd.DataFrame(
        {
            "area_id": areas[at[order]], "day": day[order].astype("datetime64[D]"),
            "what": _named(which[order], words), "count": many[order],
        }
    )  # fmt: skip


def _named(numbers: Any, words: Iterable[str]) -> Any:
    """Words by their numbers, each kept once."""
    kinds: Any = list(words)
    return pd.Categorical.from_codes(numbers.astype(np.int8), kinds)


def due_by_month(households: pd.DataFrame, visits: pd.DataFrame, end: date) -> pd.DataFrame:
    """Visits due before `end` and of these the ones paid, by the kind of household (计划与完成).

    households, visits : as for `geo.measure_visits.visits_in_time`, with `household_kind` (never missing).

    Returns one row per grid, month in which a visit was due and kind, sorted by these; `due_count`, `done_count`.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2"], "grid_id": [1, 1], "household_kind": ["care", "ordinary"],
    ...                       "cycle_months": [1, 6]})
    >>> calls = pd.DataFrame({"household_id": ["h1", "h2"], "is_valid": True,
    ...                       "visited_on": [date(2026, 5, 2), date(2026, 6, 9)]})
    >>> due_by_month(homes, calls, date(2026, 7, 1))[["household_kind", "due_count", "done_count"]].to_dict("list")
    {'household_kind': ['care', 'care', 'ordinary'], 'due_count': [1, 1, 1], 'done_count': [1, 0, 1]}
    """
    kinds, names = pd.factorize(households["household_kind"], sort=True)
    by = pd.Series(households["grid_id"].to_numpy(np.int64) * len(names) + kinds, index=households.index, name="by")
    flow = flow_due(households, visits, end, by=by)
    grid, kind = np.divmod(flow.ids.to_numpy(np.int64), max(len(names), 1))
    rows = pd.DataFrame(
        {
            "area_id": grid, "month_on": flow.days.astype("datetime64[M]").astype("datetime64[D]"),
            "household_kind": np.asarray(names, dtype=object)[kind],
            "due_count": flow.denominator, "done_count": flow.numerator,
        }
    )  # fmt: skip
    return rows.groupby(["area_id", "month_on", "household_kind"], as_index=False).sum()


def households_by_recency(households: pd.DataFrame, visits: pd.DataFrame, on: date) -> pd.DataFrame:
    """Households living there on a day by the days since one was last met, and by this calendar year (距上次见面).

    households : one row per stay of a household; `household_id`, `grid_id`, `moved_in_on`, `moved_out_on`.
    visits : one row per visit; `household_id`, `visited_on`, `is_valid` (someone was met), `visit_result`. A call
    counts for its household where that lives on the day, whichever of its stays it fell into.

    Returns one row per grid, `days_from` (the first day of a band, `NEVER` for none) and `year_result` with any, sorted
    by these; `households_count`. `year_result` is "met" for those met since 1 January, else the result of the last call
    since then (of several on one day the last in the order of their codes), else `UNCALLED`.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2", "h3"], "grid_id": 1, "moved_in_on": pd.NaT,
    ...                       "moved_out_on": pd.NaT})
    >>> calls = pd.DataFrame({"household_id": ["h1", "h2"], "visited_on": [date(2026, 3, 2), date(2026, 5, 9)],
    ...                       "is_valid": [True, False], "visit_result": ["met", "refused"]})
    >>> households_by_recency(homes, calls, date(2026, 6, 30))[["days_from", "year_result"]].values.tolist()
    [[-1, 'refused'], [-1, 'uncalled'], [91, 'met']]
    """
    is_here = in_force(households, on + timedelta(days=1), "moved_in_on", "moved_out_on")
    homes = households[is_here]
    # The last of them stands for −1: no household.
    place = np.full(len(households) + 1, -1)
    place[numbers_of(households)[is_here]] = np.arange(len(homes))
    at = place[households_of(households, visits)]
    days, today = days_of(visits["visited_on"]), np.datetime64(on)
    seen = (at >= 0) & (days <= today)
    at, numbers, is_valid = at[seen], days[seen].astype(np.int64), flags(visits["is_valid"])[seen]
    results, names = pd.factorize(visits["visit_result"][seen], sort=True)
    last = np.full(len(homes), np.iinfo(np.int64).min // 2)
    np.maximum.at(last, at[is_valid], numbers[is_valid])
    latest = np.full(len(homes), -1, dtype=np.int64)
    this_year = numbers >= np.datetime64(on, "Y").astype("datetime64[D]").astype(np.int64)
    np.maximum.at(latest, at[this_year], numbers[this_year] * len(names) + results[this_year])
    words = np.array([*names, UNCALLED], dtype=object)
    result = words[np.where(latest < 0, len(names), latest % max(len(names), 1))]
    result[last >= np.datetime64(on, "Y").astype("datetime64[D]").astype(np.int64)] = "met"
    since = np.searchsorted(BANDS, today.astype(np.int64) - last, side="right") - 1
    never = last < np.iinfo(np.int64).min // 4
    rows = pd.DataFrame(
        {
            "area_id": homes["grid_id"].to_numpy(np.int64), "year_result": result,
            "days_from": np.where(never, NEVER, np.array(BANDS)[since]),
        }
    )  # fmt: skip
    keys = ["area_id", "days_from", "year_result"]
    return rows.groupby(keys).size().rename("households_count").reset_index()
