"""All measures for many periods in one call (批量计算), which is how a load computes its facts.

What happens on a day is counted once between the few days at which periods begin or end, and summed; what stands at
the end of a period once for every such day; only distinct households need a look at every period.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo import indicators, measure_cases, measure_visits
from geo.as_stood import AT_END, COURSES, Course
from geo.counting import Days, Flow, days_of, flags, in_force, numbers, refuse_missing
from geo.counts import Counts, Windows
from geo.distinct import count_runs, met_bits, met_in
from geo.periods import Period
from geo.stays import homes_of, households_of, numbers_of


@dataclass(frozen=True)
class Tables:
    """The frames that the measures read, each as described at the functions of `geo.indicators`."""

    grids: pd.DataFrame
    buildings: pd.DataFrame
    households: pd.DataFrame
    visits: pd.DataFrame
    cases: pd.DataFrame
    covers: pd.DataFrame
    leads: pd.DataFrame
    sites: pd.DataFrame
    facilities: pd.DataFrame
    plots: pd.DataFrame
    kinds: tuple[str, ...]
    """The facility kinds of the "1+6" list."""
    holds: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Approved pauses of the cases, as `disputes_overdue` takes them."""


Measure = Callable[[Tables, date | None, date], pd.DataFrame]

MEASURES: Mapping[str, Measure] = {
    "ORG-01": lambda t, start, end: indicators.grids_with_branch(t.grids, t.covers, end),
    "ORG-02": lambda t, start, end: indicators.grids_covered(t.grids, t.covers, end),
    "ORG-03": lambda t, start, end: indicators.buildings_in_group(t.buildings, t.covers, end),
    "ORG-04": lambda t, start, end: indicators.buildings_with_lead(t.buildings, t.leads, end),
    "VIS-01": lambda t, start, end: indicators.households_visited(t.households, t.visits, start, end),
    "VIS-02": lambda t, start, end: indicators.residents_visited(t.households, t.visits, start, end),
    "VIS-03": lambda t, start, end: indicators.visits_in_time(t.households, t.visits, start, end),
    "VIS-04": lambda t, start, end: indicators.visits_sound(t.households, t.visits, start, end),
    "VIS-05": lambda t, start, end: indicators.visits_located(t.households, t.visits, start, end),
    "VIS-06": lambda t, start, end: indicators.visits_met(t.households, t.visits, start, end),
    "VIS-07": lambda t, start, end: indicators.visits_pictured(t.households, t.visits, start, end),
    "APP-01": lambda t, start, end: indicators.suggestions_closed(t.cases, start, end),
    "APP-02": lambda t, start, end: indicators.suggestions_in_time(t.cases, start, end),
    "DIS-01": lambda t, start, end: indicators.disputes_handled(t.cases, start, end),
    "DIS-02": lambda t, start, end: indicators.disputes_successful(t.cases, start, end),
    "DIS-03": lambda t, start, end: indicators.disputes_resolved(t.cases, start, end),
    # A period is cut off at the data date before it comes here, so its last day is the data date at most.
    "DIS-04": lambda t, start, end: indicators.disputes_in_time(t.cases, start, end, end - timedelta(days=1)),
    "DIS-05": lambda t, start, end: indicators.disputes_reopened(t.cases, start, end),
    "DIS-06": lambda t, start, end: indicators.disputes_per_household(t.cases, t.households, start, end),
    "DIS-07": lambda t, start, end: indicators.disputes_overdue(t.cases, end, t.holds),
    "CAS-01": lambda t, start, end: indicators.cases_disposed(t.cases, start, end),
    "CAS-02": lambda t, start, end: indicators.cases_closed(t.cases, start, end),
    "CAS-03": lambda t, start, end: indicators.cases_in_time(t.cases, start, end),
    "CAS-04": lambda t, start, end: indicators.cases_reworked(t.cases, start, end),
    "SAT-01": lambda t, start, end: indicators.answers_satisfied(t.cases, start, end),
    "SAT-02": lambda t, start, end: indicators.answers_content(t.cases, start, end),
    "WIS-01": lambda t, start, end: indicators.wishes_realised(t.cases, start, end),
    "WIS-02": lambda t, start, end: indicators.wishes_claimed(t.cases, start, end),
    "REL-01": lambda t, start, end: indicators.sites_complete(t.sites, t.facilities, t.plots, end, kinds=t.kinds),
    "REL-02": lambda t, start, end: indicators.items_present(t.sites, t.facilities, t.plots, end, kinds=t.kinds),
    "REL-03": lambda t, start, end: indicators.households_with_plot(t.sites, t.plots, end),
}
"""Indicator code → the measure for one period [start, end) that does not reach past the data date."""

FLOWS: Mapping[str, Callable[[Tables, date], Flow]] = {
    "VIS-03": lambda t, end: measure_visits.flow_due(t.households, t.visits, end),
    "VIS-04": lambda t, end: measure_visits.flow_sound(t.households, t.visits),
    "VIS-05": lambda t, end: measure_visits.flow_located(t.households, t.visits),
    "VIS-06": lambda t, end: measure_visits.flow_met(t.households, t.visits),
    "VIS-07": lambda t, end: measure_visits.flow_pictured(t.households, t.visits),
    "APP-01": lambda t, end: measure_cases.flow_suggestions_closed(t.cases),
    "APP-02": lambda t, end: measure_cases.flow_suggestions_in_time(t.cases),
    "DIS-01": lambda t, end: measure_cases.flow_disputes_handled(t.cases),
    "DIS-02": lambda t, end: measure_cases.flow_disputes_successful(t.cases),
    "DIS-03": lambda t, end: measure_cases.flow_disputes_resolved(t.cases),
    "DIS-04": lambda t, end: measure_cases.flow_disputes_in_time(t.cases),
    "DIS-05": lambda t, end: measure_cases.flow_disputes_reopened(t.cases),
    "CAS-01": lambda t, end: measure_cases.flow_cases_disposed(t.cases),
    "CAS-02": lambda t, end: measure_cases.flow_cases_closed(t.cases),
    "CAS-03": lambda t, end: measure_cases.flow_cases_in_time(t.cases),
    "CAS-04": lambda t, end: measure_cases.flow_cases_reworked(t.cases),
    "SAT-01": lambda t, end: measure_cases.flow_answers_satisfied(t.cases),
    "SAT-02": lambda t, end: measure_cases.flow_answers_content(t.cases),
    "WIS-01": lambda t, end: measure_cases.flow_wishes_realised(t.cases),
    "WIS-02": lambda t, end: measure_cases.flow_wishes_claimed(t.cases),
}
"""Measures that are sums of what happens on a day; the others count what stands at the end, or distinct households."""

DISTINCT = ("VIS-01", "VIS-02")


def _as_stood(course: Callable[[pd.DataFrame], Course]) -> Measure:
    return lambda t, start, end: course(t.cases).within(start, end)


FACTS: Mapping[str, Measure] = {
    **MEASURES,
    **{code + AT_END: _as_stood(course) for code, course in COURSES.items()},
}
"""Every number that is kept: those of the indicators, and beside some of them the one as it stood at a period's end."""


def measure_all(
    tables: Tables, periods: Iterable[Period], data_on: date, *, codes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Every measure for every period, by grid (REL: by community).

    A period that reaches past the data date ends with it, so nothing is overdue by days that have not been seen.
    codes : the numbers wanted, of `FACTS`; default all.

    Returns `numerator`, `denominator` indexed by `indicator`, `period` (its text) and `area_id`: what
    `geo.indicators.roll_up` takes. No row for 0 of 0.
    """
    parts = {counts.code: counts.frame() for counts in measure_each(tables, periods, data_on, codes=codes)}
    names = ["indicator", "period", "area_id"]
    filled = {code: part for code, part in parts.items() if len(part)}
    if not filled:
        nothing = pd.MultiIndex.from_arrays([[], [], []], names=names)
        return pd.DataFrame({"numerator": [], "denominator": []}, index=nothing, dtype="int64")
    return pd.concat(filled, names=names)


def measure_each(
    tables: Tables, periods: Iterable[Period], data_on: date, *, codes: Sequence[str] | None = None
) -> Iterator[Counts]:
    """The same, one indicator after the other, as tables of periods by areas."""
    cut = data_on + timedelta(days=1)
    windows = Windows(list(periods), cut)
    if not windows.periods:
        return
    wanted = tuple(FACTS) if codes is None else tuple(codes)
    ready = _numbered(tables)
    visited = _visited(ready, windows) if set(DISTINCT) & set(wanted) else {}
    for code in wanted:
        if code in visited:
            yield visited[code]
        elif code in FLOWS:
            yield windows.sums(FLOWS[code](ready, cut), code)
        elif code.endswith(AT_END):
            yield COURSES[code.removesuffix(AT_END)](ready.cases).over(windows, code)
        elif code == "DIS-06":
            yield _per_household(ready, windows)
        else:
            yield windows.stocks(_at_ends(code, ready, windows.ends), code)


def _at_ends(code: str, tables: Tables, ends: Days) -> list[pd.DataFrame]:
    """A measure of what stands at the end of a period, for each of several ends.

    Facilities and plots change on few days: between two of them an end gives what the one before gave.
    """
    if not code.startswith("REL"):
        return [MEASURES[code](tables, None, end) for end in ends.tolist()]
    changes = [days_of(tables.facilities["built_on"]), days_of(tables.plots["counted_on"])]
    known = np.unique(np.concatenate(changes))
    stage = np.searchsorted(known[~np.isnat(known)], ends)
    last = {int(of): MEASURES[code](tables, None, end) for of, end in _lasts(stage, ends)}
    return [last[int(of)] for of in stage]


def _lasts(stage: NDArray[np.intp], ends: Days) -> list[tuple[int, date]]:
    return list({int(of): (int(of), end) for of, end in zip(stage, ends.tolist(), strict=True)}.values())


def _visited(tables: Tables, windows: Windows) -> dict[str, Counts]:
    """VIS-01 and VIS-02: distinct households met, and the people in them.

    A household counts where it lives at the end of a period, whichever of its stays it was met in.
    """
    number = tables.households["household_id"].to_numpy()
    homes = tables.households.sort_values("grid_id", kind="stable")
    if homes["grid_id"].isna().any():
        refuse_missing(homes["grid_id"], int(homes["grid_id"].isna().sum()))
    grids, starts = np.unique(homes["grid_id"].to_numpy(), return_index=True)
    place = np.empty(len(homes), dtype=np.int64)
    place[homes.index.to_numpy()] = np.arange(len(homes))
    valid = tables.visits[flags(tables.visits["is_valid"])]
    spans = windows.spans_of(days_of(valid["visited_on"]))
    bits = met_bits(
        place[valid["household_id"].to_numpy()], spans, households_count=len(homes), spans_count=len(windows.bounds) + 1
    )
    again = np.flatnonzero(number != np.arange(len(number)))
    bits[:, place[again]] = bits[:, place[number[again]]]
    persons = numbers(homes["person_count"])
    order = np.argsort(windows.last, kind="stable")
    tables_of = {code: np.zeros((2, len(order), len(grids)), dtype=np.int64) for code in DISTINCT}
    here, known = np.zeros(len(homes), dtype=bool), None
    pairs = zip(windows.first[order].tolist(), windows.last[order].tolist(), strict=True)
    for row, met in zip(order, met_in(bits, pairs), strict=True):
        if known != windows.end_of[row]:
            known = windows.end_of[row]
            here = in_force(homes, windows.ends[known].item(), "moved_in_on", "moved_out_on")
            registered, people = count_runs(here, starts), _sum_runs(persons * here, starts)
        met &= here
        tables_of["VIS-01"][:, row] = count_runs(met, starts), registered
        tables_of["VIS-02"][:, row] = _sum_runs(persons * met, starts), people
    return {code: Counts(code, windows.texts, pd.Index(grids), *table) for code, table in tables_of.items()}


def _sum_runs(values: NDArray[np.int64], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0, dtype=np.int64)


def _per_household(tables: Tables, windows: Windows) -> Counts:
    """DIS-06: disputes that happened, by households that stand there."""
    flow = windows.sums(measure_cases.flow_disputes_accepted(tables.cases), "DIS-06")
    ends = windows.ends.tolist()
    stock = windows.stocks([measure_cases.households_registered(tables.households, end) for end in ends], "DIS-06")
    areas = flow.areas.union(stock.areas)
    top, below = (np.zeros((len(windows.periods), len(areas)), dtype=np.int64) for _ in range(2))
    top[:, areas.get_indexer(flow.areas)] = flow.numerator
    below[:, areas.get_indexer(stock.areas)] = stock.denominator
    return Counts("DIS-06", windows.texts, areas, top, below)


def _numbered(tables: Tables) -> Tables:
    """The same tables with households numbered and dates as datetime64, which every measure would do again.

    Visits to households outside the register are left out, the others have the grid of the stay they fell into; where
    some of these stays are not measured, it is looked up by each measure.
    """
    homes = tables.households.reset_index(drop=True)
    number = numbers_of(homes)
    households = homes.assign(household_id=number, household=number)
    who, at = households_of(homes, tables.visits), homes_of(homes, tables.visits)
    known = who >= 0
    visits = (tables.visits if known.all() else tables.visits[known]).assign(
        household_id=who[known], household=who[known], home=at[known]
    )
    if (at[known] >= 0).all():
        visits = visits.assign(grid_id=homes["grid_id"].to_numpy()[at[known]])
    return replace(
        tables,
        households=_dated(households),
        visits=_dated(visits),
        cases=_dated(tables.cases),
        holds=_dated(tables.holds),
        grids=_dated(tables.grids),
        buildings=_dated(tables.buildings),
        covers=_dated(tables.covers),
        leads=_dated(tables.leads),
        facilities=_dated(tables.facilities),
        plots=_dated(tables.plots),
    )


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    dates = [name for name in frame.columns if name.endswith("_on") or name in ("valid_from", "valid_to")]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in dates})
