"""Visits counted for their page (走访汇总): what a load changes of these counts, always what counting all would give.

As for facts (etl.refresh): months that reach another day than before are counted for everybody, the others for the
communities touched; above these the stored sums change by as much as the communities did.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from data import schema, writes
from data.queries import frame
from data.visit_cells import packed, unpacked
from etl.rollup import by_places, first_event
from etl.tables import Part, Rows, measure_tables, parents_of
from geo.periods import Period, kept_periods
from geo.visit_counts import days_up, due_by_month, households_by_recency, visits_by_day

TABLES: tuple[Table, ...] = (schema.visit_month, schema.visit_due, schema.visit_recency)
COUNTS = {"visit_month": ("count",), "visit_due": ("due_count", "done_count"), "visit_recency": ("households_count",)}
KEYS = {
    "visit_month": ("area_id", "day", "what"), "visit_due": ("area_id", "month_on", "household_kind"),
    "visit_recency": ("area_id", "days_from", "year_result"),
}  # fmt: skip

Counted = dict[str, pd.DataFrame]
"""By table one row per area, key and count, visits by day not packed; every area with all above it."""


@dataclass
class VisitChanges:
    """What to do with the stored counts: by table, keys of rows to delete and rows to insert. is_full : delete all."""

    is_full: bool = False
    gone: Counted = field(default_factory=dict)
    added: Counted = field(default_factory=dict)


def all_visits(rows: Rows, data_on: date) -> VisitChanges:
    """Everything, in place of all that is stored."""
    counted = {**_by_month(rows, _months(rows, data_on), data_on), **_as_of(rows, data_on)}
    return VisitChanges(is_full=True, added={name: as_stored(name, found) for name, found in counted.items()})


def visit_changes(
    conn: Connection, rows: Rows, data_on: date, known_on: date | None, part: Part | None
) -> VisitChanges:
    """What a load changes of the counts stored, whose data date was `known_on`; `part` is what it touched."""
    is_there = conn.execute(select(schema.visit_recency.c.area_id).limit(1)).first() is not None
    if part is None or known_on is None or not is_there:
        return all_visits(rows, data_on)
    above = parents_of(rows)
    over = _over(part, above)
    months = _months(rows, data_on)
    begun = _first_days(months)
    stale = [p for p in months if _end(p, data_on) != _end(p, known_on) or p.start > known_on]  # type: ignore[operator]
    fresh = [p for p in months if p not in stale]
    is_new_day = data_on != known_on
    before: Counted = {
        table.name: _stored(
            conn, table, None if table is schema.visit_recency and is_new_day else sorted(part.areas | over),
            [] if table is schema.visit_recency else [p.start for p in stale], begun,
        )
        for table in TABLES
    }  # fmt: skip
    whole, own = _by_month(rows, stale, data_on), _by_month(rows, fresh, data_on, part)
    after: Counted = {}
    for name in ("visit_month", "visit_due"):
        kept = before[name][_is_in_months(before[name], fresh)]
        after[name] = pd.concat([whole[name], _moved(name, kept, own[name], part, above)])
    recency = schema.visit_recency.name
    own = _as_of(rows, data_on, None if is_new_day else part)
    after[recency] = own[recency] if is_new_day else _moved(recency, before[recency], own[recency], part, above)
    changes = VisitChanges()
    for table in TABLES:
        _note(changes, table, as_stored(table.name, before[table.name]), as_stored(table.name, after[table.name]))
    return changes


def write_visits(conn: Connection, changes: VisitChanges) -> None:
    """Make the stored counts what they are to be."""
    for table in TABLES:
        if changes.is_full:
            conn.execute(delete(table))
        writes.delete_rows(conn, table, changes.gone.get(table.name, pd.DataFrame()))
        writes.insert_rows(conn, table, changes.added.get(table.name, pd.DataFrame()))


def stored_visits(conn: Connection) -> Counted:
    """Everything that is stored, as it is stored."""
    return {table.name: frame(conn, select(table).order_by(*table.primary_key.columns)) for table in TABLES}


def as_stored(name: str, counted: pd.DataFrame) -> pd.DataFrame:
    """Counts as rows of their table, sorted by its key."""
    rows = counted.sort_values(list(KEYS[name]), ignore_index=True)
    if name == schema.visit_month.name:
        return packed(rows)
    if "month_on" in rows:
        rows = rows.assign(month_on=rows["month_on"].to_numpy().astype("datetime64[D]").astype(object))
    return rows[[column.key for column in schema.metadata.tables[name].c]]


# --- counting ---------------------------------------------------------------------------------------------------------


def _months(rows: Rows, data_on: date) -> list[Period]:
    """The months that facts are kept for."""
    return [period for period in kept_periods(first_event(rows, data_on), data_on) if period.kind == "month"]


def _first_days(months: Sequence[Period]) -> list[date]:
    return [period.start for period in months if period.start is not None]


def _end(period: Period, data_on: date) -> date:
    return min(period.end, data_on + timedelta(days=1))


def _by_month(rows: Rows, months: Sequence[Period], data_on: date, part: Part | None = None) -> Counted:
    """Calls by day and visits due by month, each month in the grids of its last day, with all areas above."""
    calls, dues = [], []
    for day, group in by_places(rows, months, data_on):
        tables = measure_tables(rows, day, part)
        starts = np.array(_first_days(group), dtype="datetime64[D]")
        found = visits_by_day(tables.households, tables.visits)
        days = found["day"].to_numpy().astype("datetime64[D]")
        inside = np.isin(days.astype("datetime64[M]").astype("datetime64[D]"), starts) & (
            days <= np.datetime64(data_on)
        )
        calls.append(found[inside])
        due = due_by_month(tables.households, tables.visits, max(_end(p, data_on) for p in group))
        dues.append(due[np.isin(due["month_on"].to_numpy().astype("datetime64[D]"), starts)])
    above = parents_of(rows)
    return {
        "visit_month": _rolled_up("visit_month", calls, above), "visit_due": _rolled_up("visit_due", dues, above),
    }  # fmt: skip


def _as_of(rows: Rows, data_on: date, part: Part | None = None) -> Counted:
    """Households by the days since one was last met, with all areas above."""
    tables = measure_tables(rows, data_on, part)
    found = households_by_recency(tables.households, tables.visits, data_on)
    return {"visit_recency": _rolled_up("visit_recency", [found], parents_of(rows))}


_NO_ROWS = {
    name: pd.DataFrame({key: np.zeros(0, dtype=kind) for key, kind in kinds.items()}) for name, kinds in {
        "visit_month": {"area_id": "i8", "day": "M8[s]", "what": "O", "count": "i8"},
        "visit_due": {"area_id": "i8", "month_on": "M8[s]", "household_kind": "O", "due_count": "i8",
                      "done_count": "i8"},
        "visit_recency": {"area_id": "i8", "days_from": "i8", "year_result": "O", "households_count": "i8"},
    }.items()
}  # fmt: skip


def _rolled_up(name: str, parts: Sequence[pd.DataFrame], above: Mapping[int, int]) -> pd.DataFrame:
    """Rows by grid with the sums of every area above."""
    level = pd.concat([part for part in parts if len(part)] or [_NO_ROWS[name]], ignore_index=True)
    if name == schema.visit_month.name:
        return days_up(level, above)
    levels = [_summed(name, level) if len(parts) > 1 else level]
    parents = pd.Series(above, dtype="int64")
    while len(level := levels[-1]):
        area = parents.reindex(level["area_id"]).to_numpy()
        has_parent = ~np.isnan(area)
        if not has_parent.any():
            break
        levels.append(_summed(name, level[has_parent].assign(area_id=area[has_parent].astype(np.int64))))
    # A grid that lies right under a township and a community beside it would both be summed at one level.
    return _summed(name, pd.concat(levels, ignore_index=True))


def _summed(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the same key as one."""
    if name == schema.visit_month.name:
        return days_up(rows, {})
    return rows.groupby(list(KEYS[name]), as_index=False)[list(COUNTS[name])].sum()


# --- what changes -----------------------------------------------------------------------------------------------------


def _over(part: Part, above: Mapping[int, int]) -> frozenset[int]:
    found: set[int] = set()
    level = set(part.communities)
    while level := {above[area] for area in level if area in above} - found:
        found |= level
    return frozenset(found)


def _stored(
    conn: Connection, table: Table, areas: Collection[int] | None, months: Sequence[Any], begun: Sequence[date]
) -> pd.DataFrame:
    """Stored rows of some areas (None: all), and those of some months or of none that is kept for all areas."""
    query = select(*table.c)
    if areas is not None:
        wanted: list[ColumnElement[bool]] = [table.c.area_id.in_(list(areas))]
        if "month_on" in table.c:
            first, last = (min(begun), max(begun)) if begun else (date.max, date.min)
            wanted += [table.c.month_on.in_(list(months)), table.c.month_on < first, table.c.month_on > last]
        query = query.where(or_(*wanted))
    rows = frame(conn, query.order_by(*table.primary_key.columns))
    return unpacked(rows) if table is schema.visit_month else rows


def _is_in_months(rows: pd.DataFrame, months: Sequence[Period]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    days = rows["day" if "day" in rows else "month_on"].to_numpy().astype("datetime64[M]")
    return np.isin(days, np.array(_first_days(months), dtype="datetime64[M]"))


def _moved(name: str, before: pd.DataFrame, own: pd.DataFrame, part: Part, above: Mapping[int, int]) -> pd.DataFrame:
    """Touched communities and their grids as counted now, and what lies above as stored but for what they changed."""
    is_own = before["area_id"].isin(part.areas)
    former = before[before["area_id"].isin(part.communities)]
    brought = _rolled_up(name, [former], above)
    brought = brought[~brought["area_id"].isin(part.areas)]
    less = brought.assign(**{count: -brought[count] for count in COUNTS[name]})
    sums = _summed(name, pd.concat([before[~is_own], less, own]))
    return sums[(sums[list(COUNTS[name])] != 0).any(axis=1)]


def _note(changes: VisitChanges, table: Table, before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Note the rows that differ."""
    key = [column.key for column in table.primary_key.columns]
    was, now = (set(zip(*(rows[name] for name in rows.columns), strict=True)) for rows in (before, after))
    for kept, rows, others in ((changes.gone, before, now), (changes.added, after, was)):
        differs = [row not in others for row in zip(*(rows[name] for name in rows.columns), strict=True)]
        kept[table.name] = rows[np.array(differs, dtype=bool)]
    changes.gone[table.name] = changes.gone[table.name][key]
