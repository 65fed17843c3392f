"""How long rows are kept (保存期限), and taking away those whose time is over.

The rules stand in retention.toml, one for every table. Rows that measures are computed from stay as long as facts are
kept: ten calendar years before the data date, and its own. What was taken back (`is_void`) goes 90 days after the load
that did so. A row that another still names stays until that one goes.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, exists, false, or_, select, update
from sqlalchemy.sql import ColumnElement

from data import schema

FACT_YEARS = 10
"""Calendar years before that of the data date for which facts are kept."""
VOID_DAYS = 90
SEEN_BY = ("public", "internal", "buildings", "households", "admin")


@dataclass(frozen=True)
class Blank:
    """A column that is emptied earlier than its row goes: days after the date the rule of the table names."""

    column: str
    days: int
    why_zh: str
    why_en: str


@dataclass(frozen=True)
class Rule:
    """What is done with the rows of one table; see retention.toml for the words.

    keep : "always", "facts", or days. column : the date that counts. parent : the table whose rows it goes with.
    """

    table: str
    purpose_zh: str
    purpose_en: str
    seen_by: str
    keep: str | int
    column: str = ""
    parent: str = ""
    blank: Blank | None = None


@dataclass(frozen=True)
class Purged:
    """How many rows of a table went, or lost a column; why is "expired", "void" or "blanked"."""

    table: str
    why: str
    count: int


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """The rule of every table, by its name; raises ValueError naming one that cannot be carried out."""
    text = (Path(__file__).parent / "retention.toml").read_text(encoding="utf-8")
    return {name: _rule(name, dict(entry)) for name, entry in tomllib.loads(text).items()}


def _rule(name: str, entry: dict[str, Any]) -> Rule:
    blank = entry.pop("blank", None)
    rule = Rule(table=name, parent=entry.pop("with", ""), blank=Blank(**blank) if blank else None, **entry)
    columns: Any = schema.metadata.tables[name].c if name in schema.metadata.tables else {}
    wanted = [column for column in (rule.column, rule.blank.column if rule.blank else "") if column]
    if rule.seen_by not in SEEN_BY or not (rule.keep in ("always", "facts") or isinstance(rule.keep, int)):
        raise ValueError(f"retention.toml, {name}: seen_by or keep is none of the allowed values")
    if any(column not in columns for column in wanted) or (rule.keep != "always" and not rule.column + rule.parent):
        raise ValueError(f"retention.toml, {name}: the column that counts is missing or unknown")
    return rule


def facts_begin(data_on: date) -> date:
    """The first day that facts are kept from, and so the rows they are computed from.

    >>> facts_begin(date(2020, 12, 31))
    datetime.date(2010, 1, 1)
    """
    return date(data_on.year - FACT_YEARS, 1, 1)


def purge_rows(conn: Connection, data_on: date, now: datetime) -> list[Purged]:
    """Take away what has been kept long enough; returns what went, tables without any left out.

    data_on : the data date, from which the ages of rows count. now : with zone; the ages of loads count from it. The
    caller opens the transaction, and computes the facts anew in it.
    """
    done = list(_blank(conn, data_on))
    for why, which in (("expired", _is_expired), ("void", _is_void)):
        # Tables that name others come first, so that what they named can go in the same run.
        for table in reversed(schema.metadata.sorted_tables):
            condition = which(table, data_on, now)
            if condition is not None:
                gone = conn.execute(delete(table).where(condition, ~_is_named(table))).rowcount
                done.append(Purged(table.name, why, gone))
    return [purged for purged in done if purged.count]


def _blank(conn: Connection, data_on: date) -> Iterator[Purged]:
    for rule in rules().values():
        if rule.blank is None:
            continue
        table = schema.metadata.tables[rule.table]
        old = table.c[rule.column] < data_on - timedelta(days=rule.blank.days)
        column = table.c[rule.blank.column]
        statement = update(table).where(old, column.is_not(None)).values({column: None})
        yield Purged(rule.table, "blanked", conn.execute(statement).rowcount)


def _is_expired(table: Table, data_on: date, now: datetime) -> ColumnElement[bool] | None:
    """Whether a row has been kept as long as the rule of its table says; None where there is no limit."""
    rule = rules()[table.name]
    if rule.keep == "always":
        return None
    if rule.parent == "batch":
        return _loaded_before(table, now - timedelta(days=int(rule.keep)))
    if rule.parent:
        parent = schema.metadata.tables[rule.parent]
        condition = _is_expired(parent, data_on, now)
        assert condition is not None
        (key,) = parent.primary_key.columns
        return table.c[key.name].in_(select(key).where(condition))
    limit = facts_begin(data_on) if rule.keep == "facts" else data_on - timedelta(days=int(rule.keep))
    return table.c[rule.column] < limit


def _is_void(table: Table, _data_on: date, now: datetime) -> ColumnElement[bool] | None:
    """Whether a row was taken back long enough ago; None where rows are not traced."""
    if "is_void" not in table.c:
        return None
    return and_(table.c["is_void"], _loaded_before(table, now - timedelta(days=VOID_DAYS)))


def _loaded_before(table: Table, moment: datetime) -> ColumnElement[bool]:
    old = select(schema.batch.c.batch_id).where(schema.batch.c.loaded_at < moment)
    return table.c["batch_id"].in_(old)


def _is_named(table: Table) -> ColumnElement[bool]:
    """Whether a row is named by one of another table, or of its own."""
    naming = []
    for other in schema.metadata.sorted_tables:
        for column in other.c:
            for key in column.foreign_keys:
                if key.column.table is table:
                    one = other.alias()
                    naming.append(exists().where(one.c[column.name] == table.c[key.column.name]))
    return or_(*naming) if naming else false()
