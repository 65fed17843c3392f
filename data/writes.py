"""Writing rows in bulk inside one transaction (批量写入); the caller opens it with `data.store.writing`.

Frames hold one row per record with the columns of the table. Missing values of any kind (None, NaN, NaT, NA) are
written as NULL, numpy numbers and pandas times as plain ones, on SQLite and PostgreSQL alike.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from data.shape_type import Shape

CHUNK = 10_000
"""Rows handed to the driver at once: enough for speed, little memory."""
PARAMETERS = 900
"""Values of one statement: what every SQLite takes."""
ASKED = 500
"""Values asked for in one statement."""
READ = 50_000
"""Rows taken from the driver at once."""
MANY = 50_000
"""Rows from which on it pays to make the indexes of an empty table afterwards."""
_PLAIN = (Boolean, Date, Float, Integer, LargeBinary, Shape, String, Text)


def read_rows(conn: Connection, table: Table) -> pd.DataFrame:
    """Every row of a table, void ones too, as plain Python objects (None where NULL), in the order of its key."""
    return pd.DataFrame(read_columns(conn, table, [c.key for c in table.c]), dtype=object, copy=False)


def read_columns(conn: Connection, table: Table, names: Sequence[str]) -> dict[str, Any]:
    """Some columns of the same rows, each an array of objects. What a column says again and again is kept once."""
    by_driver = conn.dialect.name == "sqlite" and _is_plain(table, names)
    if by_driver:
        # Days and truth values are made once for each different one: a third of the time.
        key = ", ".join(c.key for c in table.primary_key.columns)
        cursor = conn.exec_driver_sql(f"SELECT {', '.join(names)} FROM {table.name} ORDER BY {key}")
    else:
        cursor = conn.execute(select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns))
    known: list[dict[Any, Any] | None] = [
        {} if isinstance(table.c[name].type, String) or (by_driver and isinstance(table.c[name].type, Date)) else None
        for name in names
    ]
    parts: list[list[Any]] = [[np.empty(0, dtype=object)] for _ in names]
    while rows := cursor.fetchmany(READ):
        for number, cells in enumerate(zip(*rows, strict=True)):
            kind, same = table.c[names[number]].type, known[number]
            values = np.empty(len(cells), dtype=object)
            if by_driver and isinstance(kind, Boolean):
                values[:] = [_TRUTH[cell] for cell in cells]
            elif same is None:
                values[:] = cells
            else:
                is_day = by_driver and isinstance(kind, Date)
                for cell in set(cells).difference(same):
                    same[cell] = date.fromisoformat(cell) if is_day and cell else cell
                values[:] = [same[cell] for cell in cells]
                if len(same) > len(cells) // 2 and not is_day:
                    known[number] = None
            parts[number].append(values)
    return {name: np.concatenate(part) for name, part in zip(names, parts, strict=True)}


def read_some(
    conn: Connection, table: Table, names: Sequence[str], column: str, values: Collection[Any]
) -> dict[str, Any]:
    """The same columns of the rows that have one of some values in a column, which is best one with an index."""
    key = [c.key for c in table.primary_key.columns]
    wanted = list(dict.fromkeys([*names, *key]))
    query = select(*(table.c[name] for name in wanted))
    rows: list[Any] = []
    asked = list(values)
    for start in range(0, len(asked), ASKED):
        rows += conn.execute(query.where(table.c[column].in_(asked[start : start + ASKED]))).fetchall()
    rows.sort(key=itemgetter(*map(wanted.index, key)))
    found = {name: np.empty(len(rows), dtype=object) for name in names}
    for number, name in enumerate(wanted):
        if name in found:
            found[name][:] = [row[number] for row in rows]
    return found


_TRUTH = {0: False, 1: True, None: None}


def insert_rows(conn: Connection, table: Table, rows: pd.DataFrame) -> int:
    """Insert all rows; columns that the frame lacks get their default. Returns how many."""
    if conn.dialect.name == "sqlite" and len(rows) >= CHUNK and _is_plain(table, rows.columns):
        return _insert_by_driver(conn, table, rows)
    for records in _chunks(table, rows, list(rows.columns)):
        conn.execute(insert(table), records)
    return len(rows)


Same = Mapping[str, str | int]
"""Columns that say the same in every row."""


def insert_plain_rows(conn: Connection, table: Table, rows: pd.DataFrame, same: Same) -> int:
    """The same for a table of words and numbers alone, which the driver takes as they are: a third of the time.

    The frame has every column of the table but those that are the same in every row.
    """
    columns = [column.key for column in table.c if column.key not in same]
    if conn.dialect.paramstyle != "qmark":
        return insert_rows(conn, table, rows[columns].assign(**same))
    for start in range(0, len(rows), CHUNK):
        part = rows.iloc[start : start + CHUNK]
        _insert_lists(conn, table, columns, [part[name].tolist() for name in columns], same)
    return len(rows)


def _insert_lists(
    conn: Connection, table: Table, names: Sequence[str], columns: Sequence[list[Any]], same: Same
) -> None:
    """Insert rows given by column as the driver takes them; many at a time, for each call of it costs more than a row.

    There is at least one row.
    """
    width, count = len(names), len(columns[0])
    cells: list[Any] = [None] * (width * count)
    for number, column in enumerate(columns):
        cells[number::width] = column
    at_once = PARAMETERS // width
    step = at_once * width
    row = f"({', '.join(['?'] * width + [_literal(value) for value in same.values()])})"
    whole = len(cells) // step * step
    head = f"INSERT INTO {table.name} ({', '.join([*names, *same])}) VALUES "
    if whole:
        parts = [tuple(cells[start : start + step]) for start in range(0, whole, step)]
        conn.exec_driver_sql(head + ", ".join([row] * at_once), parts)
    if rest := cells[whole:]:
        conn.exec_driver_sql(head + ", ".join([row] * (len(rest) // width)), tuple(rest))


def _literal(value: str | int) -> str:
    """A word or number as SQL writes it."""
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


@contextmanager
def indexed_afterwards(conn: Connection, table: Table, many: int) -> Iterator[None]:
    """Indexes of a table that is empty, made once after its rows are in, where that is quicker: many rows, SQLite."""
    is_bulk = conn.dialect.name == "sqlite" and many >= MANY and conn.execute(select(table).limit(1)).first() is None
    indexes = sorted(table.indexes, key=lambda index: str(index.name)) if is_bulk else []
    for index in indexes:
        index.drop(conn, checkfirst=True)
    yield
    for index in indexes:
        index.create(conn)


def _is_plain(table: Table, columns: Iterable[str]) -> bool:
    """Whether the driver takes the values of some columns, and the defaults of the others, with little ado."""
    given = set(columns)
    defaults = [column.default for column in table.c if column.key not in given and column.default is not None]
    return all(type(table.c[name].type) in _PLAIN for name in given if name in table.c) and all(
        isinstance(default, ScalarElementColumnDefault) and isinstance(default.arg, str | int) for default in defaults
    )


def _insert_by_driver(conn: Connection, table: Table, rows: pd.DataFrame) -> int:
    """The same in a third of the time: the values are written as SQLAlchemy would, without asking it for each row."""
    _refuse_unknown(table, rows.columns)
    constants = {
        column.key: column.default.arg for column in table.c
        if column.key not in rows and isinstance(column.default, ScalarElementColumnDefault)
    }  # fmt: skip
    names = [str(name) for name in rows.columns]
    with indexed_afterwards(conn, table, len(rows)):
        for start in range(0, len(rows), CHUNK):
            part = rows.iloc[start : start + CHUNK]
            columns = [_stored(part[name], table.c[name].type) for name in names]
            _insert_lists(conn, table, names, columns, constants)
    return len(rows)


_BITS = {True: 1, False: 0}


def _stored(values: pd.Series, kind: Any) -> list[Any]:
    """A column as the driver of SQLite takes it without asking: days as text, truth as 0 and 1."""
    plain = _plain(values, isinstance(kind, Date))
    if isinstance(kind, Boolean):
        return list(map(_BITS.get, plain, plain))
    if not isinstance(kind, Date):
        return plain
    texts = {day: day if day is None or isinstance(day, str) else day.isoformat() for day in set(plain)}
    return [texts[day] for day in plain]


def update_rows(conn: Connection, table: Table, rows: pd.DataFrame) -> int:
    """Set the columns of the frame in the rows with its primary key. Returns how many."""
    key = [column.key for column in table.primary_key.columns]
    values = [name for name in rows.columns if name not in key]
    if not values or rows.empty:
        return 0
    if conn.dialect.name == "sqlite" and _is_plain(table, rows.columns):
        return _update_by_driver(conn, table, rows, key, values)
    statement = (
        update(table)
        .where(*[table.c[name] == bindparam(f"key_{name}") for name in key])
        .values({name: bindparam(f"set_{name}") for name in values})
    )
    renamed = {name: f"key_{name}" for name in key} | {name: f"set_{name}" for name in values}
    for records in _chunks(table, rows, [*key, *values]):
        conn.execute(statement, [{renamed[name]: value for name, value in record.items()} for record in records])
    return len(rows)


def _update_by_driver(
    conn: Connection, table: Table, rows: pd.DataFrame, key: Sequence[str], values: Sequence[str]
) -> int:
    """The same in half the time."""
    _refuse_unknown(table, rows.columns)
    sets, found = (mark.join(f"{name} = ?" for name in of) for mark, of in ((", ", values), (" AND ", key)))
    statement = f"UPDATE {table.name} SET {sets} WHERE {found}"
    for start in range(0, len(rows), CHUNK):
        part = rows.iloc[start : start + CHUNK]
        columns = [_stored(part[name], table.c[name].type) for name in (*values, *key)]
        conn.exec_driver_sql(statement, list(zip(*columns, strict=True)))
    return len(rows)


def delete_rows(conn: Connection, table: Table, rows: pd.DataFrame) -> int:
    """Delete the rows with the primary key of the frame. Returns how many were named."""
    key = [column.key for column in table.primary_key.columns]
    if rows.empty:
        return 0
    statement = delete(table).where(*[table.c[name] == bindparam(f"key_{name}") for name in key])
    for records in _chunks(table, rows, key):
        conn.execute(statement, [{f"key_{name}": value for name, value in record.items()} for record in records])
    return len(rows)


def replace_rows(
    conn: Connection, table: Table, rows: pd.DataFrame, *, where: ColumnElement[bool] | None = None
) -> int:
    """Delete the rows of a table (those `where` names, default all) and insert these, which every load makes anew."""
    conn.execute(delete(table) if where is None else delete(table).where(where))
    return insert_rows(conn, table, rows)


def _chunks(table: Table, rows: pd.DataFrame, columns: Sequence[str]) -> Any:
    """The rows as lists of dicts, a chunk at a time."""
    _refuse_unknown(table, columns)
    lists = [_plain(rows[name], isinstance(table.c[name].type, Date)) for name in columns]
    for start in range(0, len(rows), CHUNK):
        part = [values[start : start + CHUNK] for values in lists]
        yield [dict(zip(columns, record, strict=True)) for record in zip(*part, strict=True)]


def _refuse_unknown(table: Table, columns: Iterable[str]) -> None:
    if unknown := set(columns) - {column.key for column in table.c}:
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")


_SURE = {str, int, bool, bytes, date, type(None)}
"""Types whose values are plain already, and never missing but for None."""


def _plain(values: pd.Series, is_date: bool) -> list[Any]:
    """A column as plain Python values, None where missing."""
    if values.dtype == object:
        cells: list[Any] = values.tolist()
        if set(map(type, cells)) <= _SURE:
            return cells
    else:
        values = values.astype(object)
    found = values.to_numpy(dtype=object, copy=True)
    found[values.isna().to_numpy(bool)] = None
    plain: list[Any] = found.tolist()
    kinds = set(map(type, plain))
    if any(issubclass(kind, np.generic) for kind in kinds):
        plain = [value.item() if isinstance(value, np.generic) else value for value in plain]
    if is_date and any(issubclass(kind, datetime) for kind in kinds):
        # A pandas time is a datetime; a Date column wants the day.
        plain = [value.date() if isinstance(value, datetime) else value for value in plain]
    return plain
