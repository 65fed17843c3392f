"""The measures (指标): one pure function per indicator, frames in, numerator and denominator out.

Every function returns one row per grid (REL-01: per community), indexed and sorted by its id, with the whole-number
columns `numerator` and `denominator`. Where the denominator is 0 the row is absent: the rate is undefined, not zero.

Periods are half-open [start, end) and `start` None means from the beginning. What is counted "at the end" is counted
on the last day, `end` − 1. Dated rows hold from `valid_from` or `moved_in_on` up to, and without, `valid_to` or
`moved_out_on`; a missing date is an open end, and a frame without such columns holds always. Dates may be datetime64
(fast) or `date` objects; a missing flag counts as no. An id that measures are grouped by is never missing: what lies
in no grid is in 未落格, so that children always sum to the parent (GeoError otherwise).

Codes such as `building_group` are those of the vocabulary; flags such as `is_resolved` come from it by way of etl.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import GeoError

BRANCH, GROUP = "grid_branch", "building_group"
DISPUTE, SUGGESTION = "dispute", "suggestion"
PLOT = "plot"

Mask = NDArray[np.bool_]


def grids_with_branch(grids: pd.DataFrame, covers: pd.DataFrame, end: date) -> pd.DataFrame:
    """Grids with a grid branch of their own at the end of the period (ORG-01 网格党支部组建率).

    grids : one row per grid; `grid_id` (unique), optional `valid_from`, `valid_to`; 未落格 left out by the caller.
    covers : one row per organisation and target; `target_id`, `org_kind`, `is_established`, optional `target_kind`
    ("grid" or "building"; without it building groups cover buildings, all others grids), `valid_from`, `valid_to`.

    Returns one row per grid in force, numerator 0 or 1, denominator 1. A joint or extended cover is not establishment.

    >>> grids = pd.DataFrame({"grid_id": [1, 2]})
    >>> covers = pd.DataFrame({"target_id": [1, 2], "org_kind": ["grid_branch"] * 2, "is_established": [True, False]})
    >>> grids_with_branch(grids, covers, date(2021, 1, 1)).to_dict("list")
    {'numerator': [1, 0], 'denominator': [1, 1]}
    """
    live = grids[_in_force(grids, end)]
    own = _covers_of(covers, "grid", end) & (covers["org_kind"] == BRANCH).to_numpy(bool)
    own &= _flags(covers["is_established"])
    return _counted(live["grid_id"], _is_in(live["grid_id"], covers["target_id"][own]))


def grids_covered(grids: pd.DataFrame, covers: pd.DataFrame, end: date) -> pd.DataFrame:
    """Grids covered by any party organisation at the end of the period (ORG-02 网格党组织覆盖率).

    grids, covers : as for `grids_with_branch`, with `is_covered` (own, joint or extended) in covers.

    >>> grids = pd.DataFrame({"grid_id": [1, 2, 3]})
    >>> covers = pd.DataFrame({"target_id": [1, 2], "org_kind": ["grid_branch", "relocation_org"],
    ...                        "is_covered": [True, True]})
    >>> grids_covered(grids, covers, date(2021, 1, 1))["numerator"].tolist()
    [1, 1, 0]
    """
    live = grids[_in_force(grids, end)]
    covering = _covers_of(covers, "grid", end) & _flags(covers["is_covered"])
    return _counted(live["grid_id"], _is_in(live["grid_id"], covers["target_id"][covering]))


def buildings_in_group(buildings: pd.DataFrame, covers: pd.DataFrame, end: date) -> pd.DataFrame:
    """Residential buildings covered by a building group at the end of the period (ORG-03 楼栋党小组覆盖率).

    buildings : one row per building in force; `building_id` (unique), `grid_id`, `is_residential`.
    covers : as for `grids_with_branch`, with `is_covered`.

    >>> homes = pd.DataFrame({"building_id": [1, 2, 3], "grid_id": [7, 7, 7], "is_residential": [True, True, False]})
    >>> covers = pd.DataFrame({"target_id": [1, 3], "org_kind": ["building_group"] * 2, "is_covered": [True, True]})
    >>> buildings_in_group(homes, covers, date(2021, 1, 1)).loc[7].to_list()
    [1, 2]
    """
    homes = buildings[_flags(buildings["is_residential"]) & _in_force(buildings, end)]
    groups = _covers_of(covers, "building", end) & (covers["org_kind"] == GROUP).to_numpy(bool)
    groups &= _flags(covers["is_covered"])
    return _counted(homes["grid_id"], _is_in(homes["building_id"], covers["target_id"][groups]))


def buildings_with_lead(buildings: pd.DataFrame, leads: pd.DataFrame, end: date) -> pd.DataFrame:
    """Residential buildings with a building lead in post at the end of the period (ORG-04 楼栋长配备率).

    buildings : as for `buildings_in_group`.
    leads : one row per post and building; `building_id`, optional `valid_from`, `valid_to`.

    >>> homes = pd.DataFrame({"building_id": [1, 2], "grid_id": [7, 7], "is_residential": [True, True]})
    >>> leads = pd.DataFrame({"building_id": [1, 1], "valid_from": [date(2019, 1, 1), date(2020, 5, 1)],
    ...                       "valid_to": [date(2020, 5, 1), None]})
    >>> buildings_with_lead(homes, leads, date(2021, 1, 1)).loc[7].to_list()
    [1, 2]
    """
    homes = buildings[_flags(buildings["is_residential"]) & _in_force(buildings, end)]
    return _counted(homes["grid_id"], _is_in(homes["building_id"], leads["building_id"][_in_force(leads, end)]))


def households_visited(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Households met at least once in a period, by grid (VIS-01 走访户数 / 登记户数).

    households : one row per household; `household_id` (unique), `grid_id` at `end`, optional `moved_in_on`,
    `moved_out_on`: those living there on the last day count.
    visits : one row per visit; `household_id`, `visited_on` (date), `is_valid` (someone was met).

    Visits to households outside the register are not counted here; the load has refused them by name.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2", "h3"], "grid_id": ["G1", "G1", "G2"]})
    >>> calls = pd.DataFrame({"household_id": ["h1"], "visited_on": [date(2026, 3, 2)], "is_valid": [True]})
    >>> households_visited(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).to_dict("list")
    {'numerator': [1, 0], 'denominator': [2, 1]}
    """
    homes = households[_in_force(households, end, "moved_in_on", "moved_out_on")]
    return _counted(homes["grid_id"], _met(homes, visits, start, end))


def residents_visited(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """People in households met at least once in a period (VIS-02 走访人口 / 登记人口).

    households, visits : as for `households_visited`, with `person_count` in households. A household whose size is
    not recorded is in neither number.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2", "h3"], "grid_id": [1, 1, 1], "person_count": [3, 4, None]})
    >>> calls = pd.DataFrame({"household_id": ["h1", "h3"], "visited_on": [date(2026, 3, 2)] * 2, "is_valid": True})
    >>> residents_visited(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [3, 7]
    """
    homes = households[_in_force(households, end, "moved_in_on", "moved_out_on")]
    persons = homes["person_count"].to_numpy(np.float64, na_value=np.nan)
    persons = np.where(np.isnan(persons), 0, persons).astype(np.int64)
    return _counted(homes["grid_id"], np.where(_met(homes, visits, start, end), persons, 0), persons)


def visits_met(households: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Calls in a period that met someone, of all calls (VIS-06 见面率).

    households : one row per household; `household_id` (unique), `grid_id`; also one that has moved out since, for the
    call was made.
    visits : one row per visit; `household_id`, `visited_on`, `is_met`.

    >>> homes = pd.DataFrame({"household_id": ["h1"], "grid_id": [1]})
    >>> calls = pd.DataFrame({"household_id": ["h1"] * 3, "visited_on": [date(2026, 3, 2)] * 3,
    ...                       "is_met": [True, False, True]})
    >>> visits_met(homes, calls, date(2026, 3, 1), date(2026, 4, 1)).loc[1].to_list()
    [2, 3]
    """
    calls = visits[_between(visits["visited_on"], start, end)]
    places = pd.Index(households["household_id"]).get_indexer(calls["household_id"])
    known = places >= 0
    return _counted(households["grid_id"].iloc[places[known]], _flags(calls["is_met"])[known])


def suggestions_closed(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Suggestions accepted in a period, and of these the ones closed by the data date (APP-01 意见建议办结率).

    cases : one row per case file; `grid_id`, `case_kind`, `accepted_on` (missing: not accepted yet, not counted),
    `is_valid` (taken up at all), `is_closed` (办结).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "suggestion", "accepted_on": [date(2020, 5, 1)] * 2,
    ...                       "is_valid": True, "is_closed": [True, False]})
    >>> suggestions_closed(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 2]
    """
    cohort = cases[_of_kind(cases, SUGGESTION) & _between(cases["accepted_on"], start, end)]
    return _counted(cohort["grid_id"], _flags(cohort["is_closed"]))


def disputes_resolved(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Disputes accepted in a period, and of these the ones resolved by the data date (DIS-03 化解率).

    cases : as for `suggestions_closed`, with `is_resolved` (化解: the parties agree). Closed is not resolved.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "accepted_on": [date(2020, 5, 1), None],
    ...                       "is_valid": True, "is_resolved": [True, False]})
    >>> disputes_resolved(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 1]
    """
    cohort = cases[_of_kind(cases, DISPUTE) & _between(cases["accepted_on"], start, end)]
    return _counted(cohort["grid_id"], _flags(cohort["is_resolved"]))


def disputes_in_time(cases: pd.DataFrame, start: date | None, end: date, data_on: date) -> pd.DataFrame:
    """Disputes due in a period, and of these the ones resolved by their due day (DIS-04 按期化解率).

    cases : one row per case file; `grid_id`, `case_kind`, `due_on` (missing: no deadline, not counted),
    `resolved_on` (missing: not resolved), `is_valid`. Those due after the data date `data_on` are left out: whether
    they will be in time is not known.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "is_valid": True,
    ...                       "due_on": [date(2020, 5, 1)] * 2, "resolved_on": [date(2020, 5, 1), date(2020, 5, 2)]})
    >>> disputes_in_time(cases, date(2020, 1, 1), date(2021, 1, 1), date(2020, 12, 31)).loc[1].to_list()
    [1, 2]
    """
    due = _days(cases["due_on"])
    counted = _of_kind(cases, DISPUTE) & _between(cases["due_on"], start, end) & (due <= np.datetime64(data_on))
    # A comparison with NaT is false: without a day of resolution a case is not in time.
    return _counted(cases["grid_id"][counted], (_days(cases["resolved_on"]) <= due)[counted])


def disputes_overdue(cases: pd.DataFrame, end: date) -> pd.DataFrame:
    """Disputes open at the end of a period, and of these the ones past their due day (DIS-07 在办超期占比).

    cases : one row per case file; `grid_id`, `case_kind`, `accepted_on`, `closed_on` (missing: open), `due_on`
    (missing: no deadline, never overdue), `is_valid`. On its due day a case is not yet overdue; on the day it is
    closed it is no longer open. `end` is not after the day following the data date (`measure_all` sees to it).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "is_valid": True, "closed_on": [None, None],
    ...                       "accepted_on": [date(2020, 5, 1)] * 2, "due_on": [date(2020, 5, 30), date(2020, 5, 31)]})
    >>> disputes_overdue(cases, date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    after = np.datetime64(end)
    closed = _days(cases["closed_on"])
    is_open = _of_kind(cases, DISPUTE) & (_days(cases["accepted_on"]) < after)
    is_open &= np.isnat(closed) | (closed >= after)
    overdue = _days(cases["due_on"]) < after - np.timedelta64(1, "D")
    return _counted(cases["grid_id"][is_open], overdue[is_open])


def sites_complete(
    sites: pd.DataFrame, facilities: pd.DataFrame, plots: pd.DataFrame, end: date, *, kinds: Iterable[str]
) -> pd.DataFrame:
    """Relocation communities with every facility of the "1+6" list in use at the end of a period (REL-01).

    sites : one row per relocation community; `community_id` (unique).
    facilities : one row per facility; `community_id`, `facility_kind`, `is_in_use`, `built_on` (missing: long ago).
    plots : one row per community and count day; `community_id`, `counted_on`, `households_count`,
    `households_with_plot_count`. The kind "plot" is met by a plot facility, or when at the last count every
    household had one.
    kinds : the facility kinds asked for.

    Returns one row per community, numerator 0 or 1, denominator 1.

    >>> sites = pd.DataFrame({"community_id": [1, 2]})
    >>> facilities = pd.DataFrame({"community_id": [1, 2], "facility_kind": ["clinic", "clinic"],
    ...                            "is_in_use": [True, False], "built_on": [None, None]})
    >>> plots = pd.DataFrame({"community_id": [1], "counted_on": [date(2020, 12, 1)], "households_count": [80],
    ...                       "households_with_plot_count": [80]})
    >>> sites_complete(sites, facilities, plots, date(2021, 1, 1), kinds=["clinic", "plot"])["numerator"].tolist()
    [1, 0]
    """
    built = _days(facilities["built_on"])
    ready = facilities[_flags(facilities["is_in_use"]) & (np.isnat(built) | (built < np.datetime64(end)))]
    complete = np.ones(len(sites), dtype=bool)
    for kind in kinds:
        has = _is_in(sites["community_id"], ready["community_id"][(ready["facility_kind"] == kind).to_numpy(bool)])
        if kind == PLOT:
            has = has | _is_in(sites["community_id"], _all_with_plot(plots, end))
        complete &= has
    return _counted(sites["community_id"], complete)


def roll_up(per_area: pd.DataFrame, parents: pd.Series) -> pd.DataFrame:
    """Measures of areas summed up the tree (汇总), the areas given and every one above.

    per_area : `numerator`, `denominator`, indexed by area id, or by several levels of which the last is the area id
    (indicator, period, area). Areas may be given at several levels: an area's own row is added to its children's.
    parents : area id → parent id, missing for the top; an area that is not listed is a top.

    Returns the same columns and index levels, sorted, one row per area with a denominator. Raises GeoError when the
    tree has a loop.

    >>> grids = pd.DataFrame({"numerator": [1, 2], "denominator": [4, 5]}, index=pd.Index([11, 12], name="grid_id"))
    >>> roll_up(grids, pd.Series({11: 1, 12: 1, 1: None})).to_dict("index")[1]
    {'numerator': 3, 'denominator': 9}
    """
    above = parents.dropna()
    names = list(per_area.index.names)
    columns = ["numerator", "denominator"]
    level = per_area[columns].reset_index(allow_duplicates=True)
    level.columns = pd.Index([*(f"key{n}" for n in range(len(names))), *columns])
    keys = [f"key{n}" for n in range(len(names))]
    own, stack = keys[-1], [level]
    while not (level := _one_up(level, own, above)).empty:
        if len(stack) > 32:
            raise GeoError("区划上下级关系成环,请检查上级代码。", "The areas form a loop; check the parent codes.")
        stack.append(level)
    total = pd.concat(stack, ignore_index=True).groupby(keys, sort=True)[columns].sum()
    total.index = total.index.set_names(names)
    return total[total["denominator"] != 0]


def _one_up(level: pd.DataFrame, own: str, above: pd.Series) -> pd.DataFrame:
    parent = level[own].map(above)
    level = level[parent.notna()]
    return level.assign(**{own: parent.dropna().astype(level[own].dtype)})


def _counted(ids: pd.Series, numerator: NDArray[Any], denominator: NDArray[Any] | None = None) -> pd.DataFrame:
    """Sums by id, sorted; without `denominator` every row counts 1."""
    codes, groups = pd.factorize(ids, sort=True)
    if len(codes) and codes.min() < 0:
        missing = int((codes < 0).sum())
        raise GeoError(
            f"有 {missing} 行没有 {ids.name};不在任何网格内的应归入“未落格”。",
            f"{missing} rows have no {ids.name}; what lies in no grid belongs to 未落格.",
        )
    size = len(groups)
    # Sums of whole numbers in float64 are exact up to 2**53.
    top = np.bincount(codes, numerator, size).astype(np.int64)
    below = np.bincount(codes, denominator, size).astype(np.int64)
    frame = pd.DataFrame({"numerator": top, "denominator": below}, index=pd.Index(groups, name=ids.name))
    return frame[below > 0]


def _met(homes: pd.DataFrame, visits: pd.DataFrame, start: date | None, end: date) -> Mask:
    in_period = _flags(visits["is_valid"]) & _between(visits["visited_on"], start, end)
    # isin, not a join: a second visit to the same home must not count twice.
    return _is_in(homes["household_id"], visits["household_id"][in_period])


def _is_in(ids: pd.Series, wanted: pd.Series) -> Mask:
    """Whether each id is among the wanted ones; whole numbers by table, which is much faster."""
    if ids.dtype == wanted.dtype and isinstance(ids.dtype, np.dtype) and ids.dtype.kind == "i":
        return np.isin(ids.to_numpy(), wanted.to_numpy())
    return ids.isin(wanted).to_numpy(bool)


def _in_force(frame: pd.DataFrame, end: date, begins: str = "valid_from", ends: str = "valid_to") -> Mask:
    """Rows that hold on the last day before `end`."""
    holds = np.ones(len(frame), dtype=bool)
    after = np.datetime64(end)
    if begins in frame:
        first = _days(frame[begins])
        holds &= np.isnat(first) | (first < after)
    if ends in frame:
        last = _days(frame[ends])
        holds &= np.isnat(last) | (last >= after)
    return holds


def _covers_of(covers: pd.DataFrame, target_kind: str, end: date) -> Mask:
    """Covers of grids or of buildings in force; ids of the two overlap, so they are told apart first."""
    if "target_kind" in covers:
        on_target = (covers["target_kind"] == target_kind).to_numpy(bool)
    else:
        on_target = ((covers["org_kind"] == GROUP) == (target_kind == "building")).to_numpy(bool)
    return on_target & _in_force(covers, end)


def _of_kind(cases: pd.DataFrame, kind: str) -> Mask:
    return (cases["case_kind"] == kind).to_numpy(bool) & _flags(cases["is_valid"])


def _all_with_plot(plots: pd.DataFrame, end: date) -> pd.Series:
    """Communities where every household had a plot at the last count before `end`; an unknown number is not every."""
    counted = plots[_days(plots["counted_on"]) < np.datetime64(end)]
    last = counted.assign(day=_days(counted["counted_on"])).sort_values("day", kind="stable")
    last = last.drop_duplicates("community_id", keep="last")
    homes = last["households_count"].to_numpy(np.float64, na_value=np.nan)
    with_plot = last["households_with_plot_count"].to_numpy(np.float64, na_value=np.nan)
    return last["community_id"][(homes > 0) & (with_plot >= homes)]


def _between(dates: pd.Series, start: date | None, end: date) -> Mask:
    """Whether a date lies in [start, end); a missing one never does."""
    days = _days(dates)
    inside = days < np.datetime64(end)
    return inside if start is None else inside & (days >= np.datetime64(start))


def _days(dates: pd.Series) -> NDArray[np.datetime64]:
    values = dates if dates.dtype.kind == "M" else pd.to_datetime(dates)
    return values.to_numpy().astype("datetime64[D]")


def _flags(values: pd.Series) -> Mask:
    return values.to_numpy() if values.dtype == np.bool_ else values.eq(True).fillna(False).to_numpy(bool)
