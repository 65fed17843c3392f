"""All measures for many periods in one call (批量计算), which is how a load computes its facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from geo import indicators
from geo.periods import Period


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


Measure = Callable[[Tables, date | None, date], pd.DataFrame]

MEASURES: Mapping[str, Measure] = {
    "ORG-01": lambda t, start, end: indicators.grids_with_branch(t.grids, t.covers, end),
    "ORG-02": lambda t, start, end: indicators.grids_covered(t.grids, t.covers, end),
    "ORG-03": lambda t, start, end: indicators.buildings_in_group(t.buildings, t.covers, end),
    "ORG-04": lambda t, start, end: indicators.buildings_with_lead(t.buildings, t.leads, end),
    "VIS-01": lambda t, start, end: indicators.households_visited(t.households, t.visits, start, end),
    "VIS-02": lambda t, start, end: indicators.residents_visited(t.households, t.visits, start, end),
    "VIS-06": lambda t, start, end: indicators.visits_met(t.households, t.visits, start, end),
    "APP-01": lambda t, start, end: indicators.suggestions_closed(t.cases, start, end),
    "DIS-03": lambda t, start, end: indicators.disputes_resolved(t.cases, start, end),
    # A period is cut off at the data date before it comes here, so its last day is the data date at most.
    "DIS-04": lambda t, start, end: indicators.disputes_in_time(t.cases, start, end, end - timedelta(days=1)),
    "DIS-07": lambda t, start, end: indicators.disputes_overdue(t.cases, end),
    "REL-01": lambda t, start, end: indicators.sites_complete(t.sites, t.facilities, t.plots, end, kinds=t.kinds),
}
"""Indicator code → the measure for one period [start, end) that does not reach past the data date."""


def measure_all(
    tables: Tables, periods: Iterable[Period], data_on: date, *, codes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Every measure for every period, by grid (REL-01: by community).

    A period that reaches past the data date ends with it, so nothing is overdue by days that have not been seen.
    codes : the indicators wanted; default all.

    Returns `numerator`, `denominator` indexed by `indicator`, `period` (its text) and `area_id`: what
    `geo.indicators.roll_up` takes. No row where the denominator is 0.
    """
    ready = _numbered(tables)
    parts = {}
    cut = data_on + timedelta(days=1)
    for period in periods:
        for code in codes or MEASURES:
            parts[code, period.text] = MEASURES[code](ready, period.start, min(period.end, cut))
    names = ["indicator", "period", "area_id"]
    if not parts:
        nothing = pd.MultiIndex.from_arrays([[], [], []], names=names)
        return pd.DataFrame({"numerator": [], "denominator": []}, index=nothing, dtype="int64")
    return pd.concat(parts, names=names)


def _numbered(tables: Tables) -> Tables:
    """The same tables with households numbered and dates as datetime64, which every call would do again."""
    numbers = pd.Index(tables.households["household_id"])
    households = tables.households.assign(household_id=range(len(numbers)))
    # A visit to a household outside the register becomes -1, which no household is.
    visits = tables.visits.assign(household_id=numbers.get_indexer(tables.visits["household_id"]))
    return replace(
        tables,
        households=_dated(households),
        visits=_dated(visits),
        cases=_dated(tables.cases),
        grids=_dated(tables.grids),
        buildings=_dated(tables.buildings),
        covers=_dated(tables.covers),
        leads=_dated(tables.leads),
        facilities=_dated(tables.facilities),
        plots=_dated(tables.plots),
    )


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    dated = frame.copy()
    for name in frame.columns:
        if name.endswith("_on") or name in ("valid_from", "valid_to"):
            dated[name] = pd.to_datetime(frame[name])
    return dated
