"""Dated releases of the public numbers in the store (发布): what was put aside for them, and what they showed.

A release holds the facts of fixed periods as they stood (`release_fact`), from which public numbers are rounded and
hidden, and the exact totals that it shows (`release_total`). `etl.release` makes them, `portal.released` reads them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, exists, func, insert, literal, select

from data import schema
from data.registry import indicators

KEPT = 2
"""Releases whose facts are kept: the last, and the one before it for whoever is reading that."""


@dataclass(frozen=True)
class Release:
    """One release: its day, the data date of its numbers, the load they are of, when it was made (UTC)."""

    release_id: int
    released_on: date
    data_on: date
    batch_id: int
    made_at: datetime


def last_release(conn: Connection) -> Release | None:
    """The release that is public now; None while there was none."""
    t = schema.release
    row = conn.execute(select(t).order_by(t.c.release_id.desc()).limit(1)).first()
    if row is None:
        return None
    # SQLite keeps no zone; everything is written in UTC.
    made_at = row.made_at.replace(tzinfo=UTC) if row.made_at.tzinfo is None else row.made_at.astimezone(UTC)
    return Release(row.release_id, row.released_on, row.data_on, row.batch_id, made_at)


def periods(conn: Connection, release_id: int) -> list[str]:
    """The periods that a release has facts of, in the order of their text."""
    t = schema.release_fact
    query = select(t.c.period).where(t.c.release_id == release_id).distinct().order_by(t.c.period)
    return list(conn.execute(query).scalars())


def numbers(
    conn: Connection, release_id: int, indicator: str, wanted: Sequence[str]
) -> Sequence[Row[int, str, float, float | None]]:
    """Area, period, numerator and denominator of the facts of a release, as `queries.numbers` gives those of now."""
    return _numbers(conn, schema.release_fact, release_id, indicator, wanted)


def totals(
    conn: Connection, release_id: int, indicator: str, wanted: Sequence[str]
) -> Sequence[Row[int, str, float, float | None]]:
    """The same of the exact totals that a release shows."""
    return _numbers(conn, schema.release_total, release_id, indicator, wanted)


def first_months(conn: Connection, release_id: int, indicators: Sequence[str]) -> Sequence[Row[int, str]]:
    """The same of a release as `queries.first_months` gives of now."""
    t = schema.release_fact
    query = (
        select(t.c.area_id, func.min(t.c.period))
        .where(t.c.release_id == release_id, t.c.indicator.in_(indicators), t.c.denominator > 0)
        .where(t.c.period.like("____-__"), t.c.period.not_like("%Q%"))
        .group_by(t.c.area_id)
    )
    return conn.execute(query).all()


def _numbers(
    conn: Connection, t: Table, release_id: int, indicator: str, wanted: Sequence[str]
) -> Sequence[Row[int, str, float, float | None]]:
    query = select(t.c.area_id, t.c.period, t.c.numerator, t.c.denominator).where(
        t.c.release_id == release_id, t.c.indicator == indicator, t.c.period.in_(wanted)
    )
    return conn.execute(query).all()


def all_totals(conn: Connection) -> Sequence[Row[Any]]:
    """Every exact total that a release has shown, each as often as it was something new, older releases first."""
    t = schema.release_total
    return conn.execute(select(t).order_by(t.c.release_id)).all()


def add_release(conn: Connection, release: Release) -> None:
    """Note a release, and put the facts of all fixed periods aside for it; none but those of indicators are public."""
    conn.execute(insert(schema.release), [vars(release)])
    t, kept = schema.fact, schema.release_fact
    names = ["indicator", "period", "area_id", "numerator", "denominator"]
    facts = select(*(t.c[name] for name in names), literal(release.release_id))
    facts = facts.where(t.c.basis == "ledger", ~t.c.period.contains(":"), t.c.indicator.in_(list(indicators())))
    conn.execute(insert(kept).from_select([*names, "release_id"], facts))


def add_totals(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """The exact totals that the last release shows."""
    if rows:
        conn.execute(insert(schema.release_total), rows)


def drop_older(conn: Connection, release_id: int) -> None:
    """Drop the facts of releases older than the last `KEPT`, and totals that a newer release repeats."""
    facts, t = schema.release_fact, schema.release_total
    conn.execute(delete(facts).where(facts.c.release_id <= release_id - KEPT))
    newer = t.alias()
    is_same = [newer.c[name] == t.c[name] for name in ("indicator", "period", "area_id", "numerator")]
    nothing = func.coalesce(newer.c.denominator, -1) == func.coalesce(t.c.denominator, -1)
    repeated = exists().where(newer.c.release_id == release_id, *is_same, nothing)
    conn.execute(delete(t).where(t.c.release_id <= release_id - KEPT, repeated))


def drop_areas(conn: Connection) -> None:
    """Drop what is kept of areas that are not there any more: another may be given their number."""
    known = select(schema.area.c.area_id)
    for table in (schema.release_fact, schema.release_total):
        conn.execute(delete(table).where(table.c.area_id.not_in(known)))


def tops(conn: Connection) -> list[int]:
    """The areas whose numbers are public as they are: the counties."""
    t = schema.area
    query = select(t.c.area_id).where(t.c.level == "county", t.c.is_context.is_(False), t.c.is_void.is_(False))
    return sorted(conn.execute(query).scalars())


def facts_around(conn: Connection, release_id: int, top: int) -> Iterable[Row[Any]]:
    """The facts of a release for an area and those right below it: `area_id`, `indicator`, `period` and both counts."""
    t, areas = schema.release_fact, schema.area
    below = select(areas.c.area_id).where(areas.c.parent_id == top)
    query = select(t).where(t.c.release_id == release_id, (t.c.area_id == top) | t.c.area_id.in_(below))
    return conn.execute(query).all()
