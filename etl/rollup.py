"""Facts from rows (汇总): every indicator for every kept period and area, summed up the tree.

The same functions take the rows of a plan, in a load, and those of the store, for a roll-up of everything.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import Table

from data import schema
from data.retention import facts_begin
from etl.tables import Part, Rows, measure_tables, moving_days, parents_of
from geo.counts import Counts
from geo.measures import measure_each
from geo.periods import Period, kept_periods

FACT = ["indicator", "area_id", "period", "basis", "numerator", "denominator"]


def latest_event(rows: Rows, today: date) -> date | None:
    """The last day on which something happened (a visit, a step of a case), not after today; None when nothing did."""
    return max((day for day in event_days(rows) if day <= today), default=None)


def event_days(rows: Rows) -> set[date]:
    """Every day on which something happened."""
    return set(_events(rows, EVENTS))


def first_event(rows: Rows, data_on: date) -> date:
    """The first day that facts are kept from: the first visit or acceptance, at most ten years before the data date."""
    first = min((day for day in _events(rows, _FIRST) if day <= data_on), default=data_on)
    return max(first, facts_begin(data_on))


_FIRST = ((schema.visit, "visited_on"), (schema.case_file, "accepted_on"))
EVENTS = (
    (schema.visit, "visited_on"), (schema.case_step, "step_on"),
    *((schema.case_file, name) for name in ("found_on", "accepted_on", "resolved_on", "closed_on")),
)  # fmt: skip
"""The columns that can move the data date: no other does, neither a post's nor a boundary's first day."""


def _events(rows: Rows, columns: Sequence[tuple[Table, str]]) -> Iterator[date]:
    """The days in some columns, each once."""
    for table, name in columns:
        for day in rows.different(table, name) - {None}:
            yield date.fromisoformat(day) if isinstance(day, str) else day


def facts_of(rows: Rows, data_on: date) -> pd.DataFrame:
    """Every indicator for every kept period and area: `indicator`, `area_id`, `period`, `numerator`, `denominator`."""
    return facts_frame(rolled_up(rows, periods_of(rows, data_on), data_on))


def periods_of(rows: Rows, data_on: date) -> list[Period]:
    """The periods facts are kept for."""
    return kept_periods(first_event(rows, data_on), data_on)


def rolled_up(
    rows: Rows,
    periods: Sequence[Period],
    data_on: date,
    *,
    part: Part | None = None,
    codes: Sequence[str] | None = None,
) -> Iterator[Counts]:
    """Counts of areas and all above them, one indicator after the other.

    part : measure only some communities; then the areas above them hold what these bring in, not their total.
    """
    above = parents_of(rows)
    for day, group in by_places(rows, periods, data_on):
        for counts in measure_each(measure_tables(rows, day, part), group, data_on, codes=codes):
            yield counts.rolled_up(above)


def facts_frame(counted: Iterable[Counts]) -> pd.DataFrame:
    """Counts as rows of schema.fact."""
    parts = [part for part in map(fact_rows, counted) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=FACT)


def fact_rows(counts: Counts) -> pd.DataFrame:
    """The counts of one indicator as rows of schema.fact."""
    rows = fact_cells(counts)
    words = {name: pd.Series(word, rows.index, dtype=object) for name, word in same_in(counts).items()}
    return rows.assign(**words)[FACT]


def fact_cells(counts: Counts) -> pd.DataFrame:
    """The same rows without the columns of `same_in`."""
    row, column = counts.filled()
    cells = {
        "area_id": counts.areas.to_numpy()[column], "period": np.array(counts.periods, dtype=object)[row],
        "numerator": counts.numerator[row, column], "denominator": counts.denominator[row, column],
    }  # fmt: skip
    # Words as objects: pandas would make texts of its own kind of them, to be turned back when they are written.
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in cells.items()})


def same_in(counts: Counts) -> dict[str, str]:
    """What every row of one indicator says."""
    return {"indicator": counts.code, "basis": "ledger"}


def by_places(rows: Rows, periods: Sequence[Period], data_on: date) -> list[tuple[date, list[Period]]]:
    """Periods by where things lay on their last day: between two days on which anything moved nothing differs."""
    moves = moving_days(rows)
    groups: dict[int, list[Period]] = {}
    days: dict[int, date] = {}
    for period in periods:
        day = min(period.last_day, data_on)
        epoch = int(np.searchsorted(moves, np.datetime64(day), side="right"))
        groups.setdefault(epoch, []).append(period)
        days[epoch] = day
    return [(days[epoch], groups[epoch]) for epoch in sorted(groups)]
