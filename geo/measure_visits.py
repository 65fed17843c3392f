"""Measures of visits (走访): who was met, how often, and how well it is recorded."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import Flow, Mask, counted, days_of, flags, in_force, is_in, numbers, refuse_missing, within
from geo.stays import homes_of, households_of, numbers_of


def households_visited(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Households met at least once in a period, by grid (VIS-01 走访户数 / 登记户数).

    households : one row per stay of a household; `household_id`, `grid_id` at `end`, optional `moved_in_on`,
    `moved_out_on`: those living there on the last day count. No household has two stays on one day.
    visits : one row per visit; `household_id`, `visited_on` (date), `is_valid` (someone was met).

    A household that moved counts where it lives at the end, whichever of its stays it was met in. Visits to households
    outside the register are not counted here; the load has refused them by name.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2", "h3"], "grid_id": ["G1", "G1", "G2"]})
    >>> calls = pd.DataFrame({"household_id": ["h1"], "visited_on": [date(2026, 3, 2)], "is_valid": [True]})
    >>> households_visited(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).to_dict("list")
    {'numerator': [1, 0], 'denominator': [2, 1]}
    """
    homes = households[in_force(households, end, "moved_in_on", "moved_out_on")]
    return counted(homes["grid_id"], _met(homes, visits, start, end))


def residents_visited(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """People in households met at least once in a period (VIS-02 走访人口 / 登记人口).

    households, visits : as for `households_visited`, with `person_count` in households. A household whose size is
    not recorded is in neither number.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2", "h3"], "grid_id": [1, 1, 1], "person_count": [3, 4, None]})
    >>> calls = pd.DataFrame({"household_id": ["h1", "h3"], "visited_on": [date(2026, 3, 2)] * 2, "is_valid": True})
    >>> residents_visited(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [3, 7]
    """
    homes = households[in_force(households, end, "moved_in_on", "moved_out_on")]
    persons = numbers(homes["person_count"])
    return counted(homes["grid_id"], np.where(_met(homes, visits, start, end), persons, 0), persons)


def visits_in_time(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Visits due in a period by the cycle of the household, and of these the ones paid (VIS-03 走访及时率).

    households : as for `households_visited`, with `cycle_months`: one visit is due in every so many calendar months,
    counted from January (1: every month, 6: by the end of June and of December); missing or 0: none is ever due.
    visits : one row per visit; `household_id`, `visited_on`, `is_valid`.

    A visit is due on the last day of its months, in the grid where the household lives that day, for who was registered
    from the first to the last of them, and is in time when someone was met in them. `since_on` is the first day of
    several stays without a day between them; without it each stay stands alone. The ledger of a grid begins with its
    first call: months before are not counted, for nobody wrote them down.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2"], "grid_id": [1, 1], "cycle_months": [1, 6]})
    >>> calls = pd.DataFrame({"household_id": ["h1", "h2"], "is_valid": True,
    ...                       "visited_on": [date(2026, 5, 2), date(2026, 5, 9)]})
    >>> visits_in_time(homes, calls, date(2026, 5, 1), date(2026, 7, 1)).loc[1].to_list()
    [2, 3]
    """
    return flow_due(households, visits, end).within(start, end)


def flow_due(households: pd.DataFrame, visits: pd.DataFrame, end: date, *, by: pd.Series | None = None) -> Flow:
    """Visits due before `end`, summed by grid and last day; see `visits_in_time`.

    by : what they are summed by instead, one for each household; when a ledger begins remains a matter of the grid.
    """
    codes, grids = _codes(households["grid_id"])
    groups, ids = (codes, grids) if by is None else _codes(by)
    number, who, homes = numbers_of(households), households_of(households, visits), homes_of(households, visits)
    months = days_of(visits["visited_on"]).astype("datetime64[M]")
    seen = (who >= 0) & ~np.isnat(months)
    who, homes, months, is_valid = (
        who[seen],
        homes[seen],
        months[seen].astype(np.int64),
        flags(visits["is_valid"])[seen],
    )
    begin = np.full(len(grids), np.iinfo(np.int64).max)
    here = slice(None) if (homes >= 0).all() else homes >= 0
    np.minimum.at(begin, codes[homes[here]], months[here])
    until = int(np.datetime64(end, "M").astype(np.int64))
    cycles = numbers(households["cycle_months"])
    begun, last = (_months(households, name, opens) for name, opens in (("moved_in_on", True), ("moved_out_on", False)))
    since = "since_on" if "since_on" in households else "moved_in_on"
    first = _months(households, since, True, whole=True)
    order = np.argsort(months[is_valid], kind="stable")
    met, of = who[is_valid][order], months[is_valid][order]
    met_in = np.full(len(households), np.iinfo(np.int64).min)
    parts = []
    for month in range(int(begin.min(initial=until)) + 1, until + 1):
        latest = slice(*np.searchsorted(of, [month - 1, month]))
        met_in[met[latest]] = month - 1
        for length in np.unique(cycles[cycles > 0]):
            if month % length:
                continue
            due = (cycles == length) & (first <= month - length) & (begun < month) & (last >= month)
            due &= begin[codes] < month
            of_due = groups[due]
            done = np.bincount(of_due, met_in[number[due]] >= month - length, len(ids))
            parts.append((month, done, np.bincount(of_due, minlength=len(ids))))
    return _by_month(parts, ids, (households["grid_id"] if by is None else by).name)


def _by_month(parts: list[tuple[int, Any, Any]], grids: pd.Index, name: Any) -> Flow:
    """One flow of (month after, numerators, denominators of all grids)."""
    after = np.array([part[0] for part in parts], dtype="datetime64[M]").astype("datetime64[D]")
    ends = (after.astype(np.int64) - 1).astype("datetime64[D]")
    many = len(grids)
    top = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0)
    below = np.concatenate([part[2] for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    ids = pd.Series(np.tile(grids.to_numpy(), len(parts)), name=name)
    kept = below > 0
    return Flow(ids[kept], np.repeat(ends, many)[kept], top[kept].astype(np.int64), below[kept])


def _codes(ids: pd.Series) -> tuple[NDArray[np.intp], pd.Index]:
    codes, groups = pd.factorize(ids, sort=True)
    if (codes < 0).any():
        refuse_missing(ids, int((codes < 0).sum()))
    return codes, pd.Index(groups)


def _months(households: pd.DataFrame, name: str, is_begin: bool, *, whole: bool = False) -> NDArray[np.int64]:
    """The month of a day, or the first whole one from it on; open ends as far away as can be."""
    limits = np.iinfo(np.int64)
    far = limits.min if is_begin else limits.max
    if name not in households:
        return np.full(len(households), far)
    days = days_of(households[name])
    months = days.astype("datetime64[M]")
    late = whole & (days > months.astype("datetime64[D]"))
    return np.where(np.isnat(days), far, months.astype(np.int64) + late)


def visits_met(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Calls in a period that met someone, of all calls (VIS-06 见面率).

    households : one row per stay of a household; `household_id`, `grid_id`, and `moved_in_on`, `moved_out_on` where one
    has several; also one that has moved out since, for the call was made. A call counts in the stay it fell into.
    visits : one row per visit; `household_id`, `visited_on`, `is_met`.

    >>> homes = pd.DataFrame({"household_id": ["h1"], "grid_id": [1]})
    >>> calls = pd.DataFrame({"household_id": ["h1"] * 3, "visited_on": [date(2026, 3, 2)] * 3,
    ...                       "is_met": [True, False, True]})
    >>> visits_met(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [2, 3]
    """
    return flow_met(households, visits).within(start, end)


def flow_met(households: pd.DataFrame, visits: pd.DataFrame) -> Flow:
    """Calls by whether they met someone; see `visits_met`."""
    return _calls(households, visits, "is_met")


def visits_sound(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Calls that met someone, near the building, with a note or a photo (VIS-04 有效走访率).

    households : as for `visits_met`.
    visits : one row per visit; `household_id`, `visited_on`, `is_met`, `is_noted` (a note or a photo), `is_near`
    (where it was recorded lies within the tolerance of the building), `is_located` (missing where the ledger keeps
    no places at all: such calls are in neither number, since nobody can say).

    >>> homes = pd.DataFrame({"household_id": ["h1"], "grid_id": [1]})
    >>> calls = pd.DataFrame({"household_id": ["h1"] * 3, "visited_on": [date(2026, 3, 2)] * 3, "is_met": True,
    ...                       "is_noted": [True, False, True], "is_near": True, "is_located": [True, True, None]})
    >>> visits_sound(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_sound(households, visits).within(start, end)


def flow_sound(households: pd.DataFrame, visits: pd.DataFrame) -> Flow:
    """Calls by whether they are sound; see `visits_sound`."""
    visits = visits[visits["is_located"].notna().to_numpy(bool)]
    return _calls(households, visits, "is_met", "is_near", "is_noted")


def visits_located(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Calls whose place was recorded, where the ledger keeps places (VIS-05 定位率).

    households, visits : as for `visits_sound`.

    >>> homes = pd.DataFrame({"household_id": ["h1"], "grid_id": [1]})
    >>> calls = pd.DataFrame({"household_id": ["h1"] * 3, "visited_on": [date(2026, 3, 2)] * 3,
    ...                       "is_located": [True, False, None]})
    >>> visits_located(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_located(households, visits).within(start, end)


def flow_located(households: pd.DataFrame, visits: pd.DataFrame) -> Flow:
    """Calls by whether their place is known; see `visits_located`."""
    return _calls(households, visits[visits["is_located"].notna().to_numpy(bool)], "is_located")


def visits_pictured(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Calls with a photo, of those whose ledger says whether there is one (VIS-07 图片上传率).

    households : as for `visits_met`. visits : `household_id`, `visited_on`, `has_photo` (missing: not said).

    >>> homes = pd.DataFrame({"household_id": ["h1"], "grid_id": [1]})
    >>> calls = pd.DataFrame({"household_id": ["h1"] * 3, "visited_on": [date(2026, 3, 2)] * 3,
    ...                       "has_photo": [True, False, None]})
    >>> visits_pictured(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_pictured(households, visits).within(start, end)


def flow_pictured(households: pd.DataFrame, visits: pd.DataFrame) -> Flow:
    """Calls by whether they have a photo; see `visits_pictured`."""
    return _calls(households, visits[visits["has_photo"].notna().to_numpy(bool)], "has_photo")


def _calls(households: pd.DataFrame, visits: pd.DataFrame, *named: str) -> Flow:
    """Calls at registered households, counted where all the flags named hold."""
    good = np.logical_and.reduce([flags(visits[name]) for name in named])
    if "grid_id" in visits:
        return Flow(visits["grid_id"], days_of(visits["visited_on"]), good)
    places = homes_of(households, visits)
    known = places >= 0
    return Flow(households["grid_id"].iloc[places[known]], days_of(visits["visited_on"])[known], good[known])


def _met(homes: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> Mask:
    in_period = flags(visits["is_valid"]) & within(days_of(visits["visited_on"]), start, end)
    # isin, not a join: a second visit to the same home must not count twice.
    return is_in(homes["household_id"], visits["household_id"][in_period])
