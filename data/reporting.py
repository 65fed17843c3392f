"""What each community has sent (台账上报): the first day of each ledger, its months, nil reports, who is to report.

One grouped query for a ledger; whose rows these are is not told. Registers of households are not asked for here but for
their nil reports: that a community has one at the end of a period is what the facts of that period say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, extract, func, or_, select
from sqlalchemy.sql import ColumnElement

from data import schema, terms
from data.queries import live

ALWAYS = date.min
"""The first day of what was there before anybody noted days."""
Firsts = dict[str, dict[int, date]]
Months = dict[str, dict[int, frozenset[date]]]


@dataclass(frozen=True)
class Scope:
    """From a day on these areas alone, with every community inside, are to send a ledger."""

    since_on: date
    area_ids: frozenset[int]
    reason: str


def first_days(conn: Connection) -> Firsts:
    """By ledger and community the first day of what the community sent; a community that sent nothing is absent.

    A nil report counts as sent, from the first day of its month on.
    """
    found: Firsts = {ledger: {} for ledger in terms.LEDGERS}
    for ledger, query in _REGISTERS.items():
        for community, first, undated in conn.execute(query()):
            found[ledger][int(community)] = ALWAYS if undated or first is None else first
    for ledger, months in months_sent(conn).items():
        of_ledger = found.setdefault(ledger, {})
        for community, of_it in months.items():
            of_ledger[community] = min(*of_it, of_ledger.get(community, date.max))
    c = schema.case_file
    undated = select(c.c.case_kind, c.c.community_id).where(live(c), c.c.found_on.is_(None), c.c.accepted_on.is_(None))
    for kind, community in conn.execute(undated.distinct()):
        found.setdefault(kind, {})[community] = ALWAYS
    return found


def months_sent(conn: Connection) -> Months:
    """By ledger and community the months of which something, or a nil report, came; of registers nil reports alone.

    A row without any day counts for no month.
    """
    sent: dict[str, dict[int, set[date]]] = {ledger: {} for ledger in terms.MONTHLY_LEDGERS}
    t, areas = schema.visit_month, schema.area
    of_visits = select(t.c.area_id, t.c.month_on).join(areas, areas.c.area_id == t.c.area_id)
    for community, month in conn.execute(of_visits.where(areas.c.level == "community")):
        sent["visit"].setdefault(community, set()).add(month)
    c = schema.case_file
    day = func.coalesce(c.c.found_on, c.c.accepted_on)
    year, number = extract("year", day), extract("month", day)
    of_cases = select(c.c.case_kind, c.c.community_id, year, number).where(live(c), day.is_not(None)).distinct()
    for kind, community, in_year, month in conn.execute(of_cases):
        sent.setdefault(kind, {}).setdefault(community, set()).add(date(int(in_year), int(month), 1))
    for ledger, community, month in nil_reports(conn):
        sent.setdefault(ledger, {}).setdefault(community, set()).add(month)
    return {ledger: {unit: frozenset(of_it) for unit, of_it in units.items()} for ledger, units in sent.items()}


def nil_reports(conn: Connection) -> list[tuple[str, int, date]]:
    """Ledger, community and first day of the month of every nil report."""
    n = schema.nil_report
    rows = conn.execute(select(n.c.ledger, n.c.community_id, n.c.month_on).where(live(n)))
    return [(row.ledger, row.community_id, row.month_on) for row in rows]


def last_loads(conn: Connection) -> dict[str, dict[int, datetime]]:
    """By ledger that every month brings anew and community the moment (UTC) of the load that brought something last."""
    c, v, h, b, n = schema.case_file, schema.visit, schema.household, schema.building, schema.nil_report
    last: dict[str, dict[int, int]] = {ledger: {} for ledger in terms.MONTHLY_LEDGERS}
    of_cases = select(c.c.case_kind, c.c.community_id, func.max(c.c.batch_id)).where(live(c))
    of_visits = (
        select(b.c.community_id, func.max(v.c.batch_id))
        .join(h, h.c.household_id == v.c.household_id)
        .join(b, b.c.building_id == h.c.building_id)
        .where(live(v))
        .group_by(b.c.community_id)
    )
    of_nil = select(n.c.ledger, n.c.community_id, func.max(n.c.batch_id)).where(live(n))
    rows = [("visit", *row) for row in conn.execute(of_visits)]
    rows += [tuple(row) for row in conn.execute(of_cases.group_by(c.c.case_kind, c.c.community_id))]
    rows += [tuple(row) for row in conn.execute(of_nil.group_by(n.c.ledger, n.c.community_id))]
    for ledger, community, batch in rows:
        if batch is not None:
            of_ledger = last.setdefault(ledger, {})
            of_ledger[community] = max(batch, of_ledger.get(community, 0))
    loads = schema.batch
    rows_of_loads = conn.execute(select(loads.c.batch_id, loads.c.loaded_at)).all()
    moments = {row.batch_id: row.loaded_at for row in rows_of_loads}
    return {ledger: {unit: moments[batch] for unit, batch in units.items()} for ledger, units in last.items()}


def scopes(conn: Connection) -> dict[str, list[Scope]]:
    """By ledger who is to send it, the first day first; a ledger that is not there is to be sent by all."""
    t = schema.reporting_scope
    rows = conn.execute(select(t).where(live(t)).order_by(t.c.since_on, t.c.area_id)).mappings().all()
    found: dict[tuple[str, date], tuple[set[int], dict[str, None]]] = {}
    for row in rows:
        areas, reasons = found.setdefault((row["ledger"], row["since_on"]), (set(), {}))
        areas.add(row["area_id"])
        reasons[row["reason"]] = None
    by_ledger: dict[str, list[Scope]] = {}
    for (ledger, since), (areas, reasons) in found.items():
        by_ledger.setdefault(ledger, []).append(Scope(since, frozenset(areas), "；".join(reasons)))
    return by_ledger


# --- one query for each register: community, first day, how many rows bear no day -------------------------------------


def _firsts(day: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return func.min(day), func.sum(case((day.is_(None), 1), else_=0))


def _grids() -> Select[Any]:
    t, shapes = schema.area, schema.area_shape
    begins = select(shapes.c.area_id, func.min(shapes.c.valid_from).label("since")).where(live(shapes))
    first = begins.group_by(shapes.c.area_id).subquery()
    is_real = or_(t.c.area_kind.is_(None), t.c.area_kind != "unplaced")
    return (
        select(t.c.parent_id, *_firsts(first.c.since))
        .join(first, first.c.area_id == t.c.area_id, isouter=True)
        .where(live(t), t.c.level == "grid", is_real)
        .group_by(t.c.parent_id)
    )


def _of_community(table: Any, day: ColumnElement[Any] | None = None) -> Select[Any]:
    what = _firsts(day) if day is not None else (func.max(None), func.count())
    return select(table.c.community_id, *what).where(live(table)).group_by(table.c.community_id)


def _branches() -> Select[Any]:
    t, areas, orgs = schema.org_cover, schema.area, schema.org
    return (
        select(areas.c.parent_id, *_firsts(t.c.valid_from))
        .join(areas, areas.c.area_id == t.c.target_id)
        .join(orgs, orgs.c.org_id == t.c.org_id)
        .where(live(t), t.c.target_kind == "grid", orgs.c.org_kind == "grid_branch")
        .group_by(areas.c.parent_id)
    )


def _groups() -> Select[Any]:
    t, buildings, orgs = schema.org_cover, schema.building, schema.org
    return (
        select(buildings.c.community_id, *_firsts(t.c.valid_from))
        .join(buildings, buildings.c.building_id == t.c.target_id)
        .join(orgs, orgs.c.org_id == t.c.org_id)
        .where(live(t), t.c.target_kind == "building", orgs.c.org_kind == "building_group")
        .group_by(buildings.c.community_id)
    )


def _leads() -> Select[Any]:
    t, buildings, posts = schema.post_target, schema.building, schema.post
    is_lead = and_(t.c.target_kind == "building", posts.c.post_kind == "building_lead")
    return (
        select(buildings.c.community_id, *_firsts(posts.c.valid_from))
        .join(buildings, buildings.c.building_id == t.c.target_id)
        .join(posts, posts.c.post_id == t.c.post_id)
        .where(live(t), live(posts), is_lead)
        .group_by(buildings.c.community_id)
    )


_REGISTERS: dict[str, Callable[[], Select[Any]]] = {
    "grid": _grids,
    "building": lambda: _of_community(schema.building),
    "grid_branch": _branches,
    "building_group": _groups,
    "post_building": _leads,
    "facility": lambda: _of_community(schema.facility),
    "plot": lambda: _of_community(schema.plot_allocation, schema.plot_allocation.c.counted_on),
}
