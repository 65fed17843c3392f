"""What a load changes of the facts (增量汇总): communities it touched, periods whose end moved, and the sums above.

The answer is always what counting everything anew would give. Three things are counted: every area for periods that
are new or reach another day than before; every period for indicators that are not in the store yet; and the touched
communities for all other periods. Above these the stored sums change by as much as the communities did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, select

from data import schema, terms
from etl.plan import Plan
from etl.rollup import fact_cells, fact_rows, periods_of, rolled_up, same_in
from etl.tables import Part, Rows, is_everything, parents_of, part_of
from etl.touched import touched_communities
from etl.visit_counts import VisitChanges, all_visits, visit_changes
from geo.counts import Counts
from geo.measures import FACTS
from geo.periods import Period, parse_period

FEW = 500
"""Areas whose facts are read by name; beyond them reading all is quicker."""
KEY = ["indicator", "area_id", "period", "basis"]


@dataclass
class FactChanges:
    """What to do with the stored facts, in this order.

    is_full : drop all of the ledger. dropped : periods to drop. whole : counts to insert. gone (keys), updated,
    added : rows of schema.fact. visits : the same for the counts of visits.
    """

    is_full: bool = False
    dropped: list[str] = field(default_factory=list)
    whole: list[Counts] = field(default_factory=list)
    gone: list[pd.DataFrame] = field(default_factory=list)
    updated: list[pd.DataFrame] = field(default_factory=list)
    added: list[pd.DataFrame] = field(default_factory=list)
    part: Part | None = None
    """The communities measured anew for all periods; None for all."""
    visits: VisitChanges = field(default_factory=VisitChanges)


def all_facts(rows: Rows, data_on: date) -> FactChanges:
    """Everything, in place of all that is stored."""
    whole = list(rolled_up(rows, periods_of(rows, data_on), data_on))
    return FactChanges(is_full=True, whole=whole, visits=all_visits(rows, data_on))


def fact_changes(conn: Connection, plan: Plan, data_on: date, known_on: date | None) -> FactChanges:
    """What a plan changes of the stored facts, whose data date was `known_on` (None: there are none)."""
    stored = set() if known_on is None else _stored_at_tops(conn, plan)
    communities = touched_communities(plan) if stored else None
    if communities is None or known_on is None:
        return all_facts(plan, data_on)
    above = parents_of(plan)
    part = part_of(plan, communities)
    kept = {period for _, period in stored}
    codes = [code for code in FACTS if any(indicator == code for indicator, _ in stored)]
    missing = [code for code in FACTS if code not in codes and _may_exist(plan, code)]
    periods = periods_of(plan, data_on)
    stale = [p for p in periods if p.text not in kept or _end(p, data_on) != _end(parse_period(p.text), known_on)]
    fresh = [p for p in periods if p not in stale]
    gone = kept - {p.text for p in periods}
    changes = FactChanges(dropped=sorted(gone | {p.text for p in stale if p.text in kept}))
    # Of everybody where nobody is left out: the counts of visits and the states read the same tables again.
    changes.part = None if is_everything(plan, part) else part
    changes.whole += rolled_up(plan, stale, data_on)
    if missing:
        changes.whole += rolled_up(plan, fresh, data_on, codes=missing)
    if communities and fresh:
        before = _stored_of(conn, codes, part, above)
        for counts in rolled_up(plan, fresh, data_on, part=changes.part, codes=codes):
            _compare(changes, counts, before.get(counts.code), part, above)
    changes.visits = visit_changes(conn, plan, data_on, known_on, changes.part)
    return changes


_EVIDENCE: tuple[tuple[str, Table, str, tuple[Any, ...] | None], ...] = (
    ("VIS-04", schema.visit, "lon", None), ("VIS-05", schema.visit, "lon", None),
    ("VIS-07", schema.visit, "has_photo", None), ("VIS", schema.household, "household_id", None),
    ("DIS-06", schema.household, "household_id", None), ("DIS", schema.case_file, "case_kind", ("dispute",)),
    ("APP", schema.case_file, "case_kind", ("suggestion",)), ("WIS", schema.case_file, "case_kind", ("wish",)),
    ("CAS", schema.case_file, "accepted_on", None), ("SAT", schema.case_file, "satisfaction", terms.ANSWERS),
    ("REL-03", schema.plot_allocation, "community_id", None), ("REL", schema.area, "is_relocation", (True,)),
)  # fmt: skip
"""Indicators can have facts only where some row has one of these values in this column (None: any)."""


def _may_exist(rows: Rows, code: str) -> bool:
    """Whether an indicator that is not stored could be: otherwise every load would look for it everywhere."""
    for prefix, table, name, values in _EVIDENCE:
        if code.startswith(prefix):
            found = rows.different(table, name) - {None}
            return bool(found if values is None else found & set(values))
    return True


def _end(period: Period, data_on: date) -> date:
    return min(period.end, data_on + timedelta(days=1))


def _stored_at_tops(conn: Connection, rows: Rows) -> set[tuple[str, str]]:
    """Which indicators are stored for which periods, read where everything is summed up."""
    areas = rows.columns(schema.area, "area_id", "parent_id")
    tops = [int(area) for area in areas["area_id"][[parent is None for parent in areas["parent_id"]]]]
    t = schema.fact
    query = select(t.c.indicator, t.c.period).where(
        t.c.indicator.in_(list(FACTS)), t.c.area_id.in_(tops), t.c.basis == "ledger"
    )
    return {(row.indicator, row.period) for row in conn.execute(query)}


def _stored_of(conn: Connection, codes: Sequence[str], part: Part, above: dict[int, int]) -> dict[str, pd.DataFrame]:
    """The stored facts of some communities, their grids and all above them, by indicator; where these are many, of all.

    One row per fact; `area_id`, `period`, `numerator`, `denominator`.
    """
    areas = sorted(set(part.areas) | _over(part, above))
    t = schema.fact
    found: dict[str, pd.DataFrame] = {}
    for code in codes:
        query = select(t.c.area_id, t.c.period, t.c.numerator, t.c.denominator).where(
            t.c.indicator == code, t.c.basis == "ledger"
        )
        if len(areas) <= FEW:
            query = query.where(t.c.area_id.in_(areas))
        if rows := conn.execute(query).fetchall():
            area, period, top, below = zip(*rows, strict=True)
            numbers = {"area_id": np.array(area), "numerator": np.array(top), "denominator": np.array(below)}
            found[code] = pd.DataFrame(numbers).assign(period=pd.Series(period, dtype=object))
    return found


def _over(part: Part, above: dict[int, int]) -> set[int]:
    found: set[int] = set()
    level = set(part.communities)
    while level := {above[area] for area in level if area in above} - found:
        found |= level
    return found


def _compare(
    changes: FactChanges, counts: Counts, stored: pd.DataFrame | None, part: Part, above: dict[int, int]
) -> None:
    """Note what differs between the counts of touched communities, with what they bring in above, and the store."""
    areas = pd.Index(sorted(set(part.areas) | _over(part, above)), dtype="int64")
    before = _table(counts, stored, areas)
    is_above = np.array([area not in part.areas for area in areas], dtype=bool)
    own = pd.Index([area for area in areas if area in part.communities], dtype="int64")
    brought = before.aligned(own).rolled_up(above).aligned(areas)
    after = counts.aligned(areas)
    after = Counts(
        counts.code, counts.periods, areas,
        after.numerator + is_above * (before.numerator - brought.numerator),
        after.denominator + is_above * (before.denominator - brought.denominator),
    )  # fmt: skip
    _note(changes, before, after)


def _table(counts: Counts, stored: pd.DataFrame | None, areas: pd.Index) -> Counts:
    """Stored facts as a table of the same periods."""
    tables = [np.zeros((len(counts.periods), len(areas)), dtype=np.int64) for _ in range(2)]
    if stored is not None:
        row = pd.Index(counts.periods).get_indexer(pd.Index(stored["period"]))
        column = areas.get_indexer(pd.Index(stored["area_id"]))
        here = (row >= 0) & (column >= 0)
        for table, name in zip(tables, ("numerator", "denominator"), strict=True):
            table[row[here], column[here]] = stored[name].to_numpy(np.float64)[here].astype(np.int64)
    return Counts(counts.code, counts.periods, areas, *tables)


def _note(changes: FactChanges, before: Counts, after: Counts) -> None:
    differs = (before.numerator != after.numerator) | (before.denominator != after.denominator)
    was = (before.numerator != 0) | (before.denominator != 0)
    stays = (after.numerator != 0) | (after.denominator != 0)
    for rows, kept, cells in (
        (changes.gone, before, differs & ~stays), (changes.updated, after, differs & was & stays),
        (changes.added, after, differs & ~was),
    ):  # fmt: skip
        if cells.any():
            part = Counts(kept.code, kept.periods, kept.areas, kept.numerator * cells, kept.denominator * cells)
            rows.append(fact_rows(part))


def rows_of(changes: FactChanges) -> Iterator[tuple[pd.DataFrame, dict[str, str]]]:
    """The rows to insert, an indicator at a time, in the order of the key of their table as far as may be; and what is
    the same in all of them.
    """
    for counts in sorted(changes.whole, key=lambda counts: counts.code):
        yield fact_cells(counts), same_in(counts)
    for rows in changes.added:
        yield rows, {}
