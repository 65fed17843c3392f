"""The store as it will be after a load (计划): its rows by column, compared with the new ones, with every change noted.

Everything is decided here, before the transaction begins; writing is then only a matter of handing over the noted
rows. Frames hold plain Python values, None where missing, so that equal means equal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import eq
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, func, select

from data import schema
from data.queries import last_batch, live
from data.store import reading
from data.writes import read_columns, read_rows, read_some
from etl.clean import LOADED, UNCHANGED, UPDATED
from etl.errors import changed_meanwhile
from etl.table_rows import CHANGE, Appended, Held, Only, Overwritten, Positions, Stored, TableRows

TABLES: tuple[Table, ...] = (
    schema.area, schema.area_code, schema.area_shape, schema.street, schema.water, schema.building,
    schema.building_grid, schema.facility, schema.plot_allocation, schema.org, schema.org_cover, schema.post,
    schema.post_target, schema.dwelling, schema.household, schema.household_stay, schema.visit, schema.case_file,
    schema.case_step, schema.expected_total, schema.nil_report, schema.reporting_scope,
)  # fmt: skip
"""What a load may change, each after the tables it refers to."""

INSERT, UPDATE, RESTORE, REMOVE = "insert", "update", "restore", "remove"
NOWHERE: Positions = np.zeros(0, dtype=np.int64)
LARGE = 100_000
"""Tables of so many rows are read by column, when a column is asked for; smaller ones at once."""


class Plan:
    """The rows of every table by name, with the changes so far."""

    def __init__(self, tables: Mapping[str, TableRows]) -> None:
        self._tables = dict(tables)
        self._stored = dict(tables)
        self._claimed: dict[str, dict[tuple[Any, ...], str]] = {}
        self._former: dict[str, list[tuple[TableRows, Positions]]] = {}
        self.kept: dict[Any, Any] = {}

    def _set(self, table: Table, rows: TableRows) -> None:
        self._tables[table.name] = rows
        self.kept.clear()

    def rows(self, table: Table) -> pd.DataFrame:
        """The live rows as they will be."""
        rows = self._tables[table.name].frame()
        return rows[rows["is_void"].to_numpy() != True]  # noqa: E712 (None counts as live)

    def columns(self, table: Table, *names: str, only: Only | None = None) -> pd.DataFrame:
        """Some columns of the live rows; of a large table much less to read than all of them.

        only : a column and the values it must have one of.
        """
        if only is not None and not only[1]:
            return pd.DataFrame({name: np.empty(0, dtype=object) for name in names}, dtype=object)
        return pd.DataFrame(self._tables[table.name].live(names, only), dtype=object, copy=False)

    def different(self, table: Table, name: str) -> set[Any]:
        """The values of a column in the live rows."""
        return self._tables[table.name].different(name)

    def touched(self, table: Table, *names: str) -> pd.DataFrame:
        """Some columns of every row that is new, changed or taken back: as it will be, and as it was before."""
        rows = self._tables[table.name]
        now = rows.frame(self._changed(table), names)
        return pd.concat([now, self.former(table, *names)], ignore_index=True).astype(object)

    def _changed(self, table: Table) -> Positions:
        """The positions of the rows that are new, changed or taken back."""
        rows = self._tables[table.name]
        return np.flatnonzero(rows[CHANGE] != "") if rows is not self._stored[table.name] else NOWHERE

    def former(self, table: Table, *names: str) -> pd.DataFrame:
        """Some columns of the changed rows as they were before each change."""
        parts = [rows.frame(positions, names) for rows, positions in self._former.get(table.name, [])]
        nothing = pd.DataFrame({name: np.empty(0, dtype=object) for name in names}, dtype=object)
        return pd.concat([nothing, *parts], ignore_index=True).astype(object)

    def in_force(self, table: Table) -> pd.DataFrame:
        """The live rows of a dated table that have no last day."""
        rows = self.rows(table)
        return rows[np.array([end is None for end in rows["valid_to"]], dtype=bool)]

    def next_id(self, table: Table, name: str) -> int:
        """The first free number of an id column."""
        ids = self._tables[table.name][name]
        return 1 + (int(ids.max()) if len(ids) else 0)

    def claim(self, table: Table, kind: str, keys: Iterable[tuple[Any, ...]]) -> list[bool]:
        """Whether each key is free for a kind of ledger, that is not used by another kind in this load."""
        claimed = self._claimed.setdefault(table.name, {})
        return [claimed.setdefault(key, kind) == kind for key in keys]

    def compare(self, table: Table, rows: pd.DataFrame, key: Sequence[str]) -> NDArray[np.object_]:
        """For each row loaded, updated or unchanged, by `key` and then by `row_hash` if given, else by all values."""
        old = self._tables[table.name]
        outcomes = np.full(len(rows), LOADED, dtype=object)
        if not len(old) or not len(rows):
            return outcomes
        given = ["row_hash"] if "row_hash" in rows else [str(name) for name in rows.columns if name not in key]
        old.need("is_void", *key, *given)
        positions = _positions(old, rows, key)
        is_known = positions >= 0
        # A void row is never unchanged, whatever it holds.
        same = np.array(old["is_void"][positions] == False, dtype=bool)  # noqa: E712 (None is not said to be live)
        for name in given:
            same &= np.fromiter(map(eq, old[name][positions], rows[name]), dtype=bool, count=len(rows))
        outcomes[is_known] = np.where(same[is_known], UNCHANGED, UPDATED)
        return outcomes

    def put(
        self, table: Table, rows: pd.DataFrame, key: Sequence[str], *, id_name: str = "", compare: bool = True
    ) -> NDArray[np.object_]:
        """Take rows in by their natural key; new ones get the next numbers in `id_name`, in the order of the key.

        Returns what happened to each. Columns that `rows` lacks keep their value, or are None in a new row.
        """
        outcomes = self.compare(table, rows, key)
        if not compare:
            outcomes[outcomes == UNCHANGED] = UPDATED
        is_new, is_changed = (outcomes == what for what in (LOADED, UPDATED))
        if is_changed.any():
            self._overwrite(table, rows[is_changed], key)
        if is_new.any():
            fresh = _sorted(rows if is_new.all() else rows[is_new], key)
            if id_name:
                first = self.next_id(table, id_name)
                fresh = fresh.assign(
                    **{id_name: pd.Series(range(first, first + len(fresh)), fresh.index, dtype=object)}
                )
            self._append(table, fresh)
        return outcomes

    def patch(self, table: Table, rows: pd.DataFrame) -> int:
        """Set columns of existing rows by primary key where they differ; returns how many rows did."""
        key = [column.key for column in table.primary_key.columns]
        values = [name for name in rows.columns if name not in key]
        old = self._tables[table.name]
        positions = _found(old, rows, key)
        differs = np.zeros(len(rows), dtype=bool)
        for name in values:
            before = old.at(name, positions)
            differs |= np.array([a != b for a, b in zip(before, rows[name], strict=True)], dtype=bool)
        if differs.any():
            self._overwrite(table, rows[differs], key)
        return int(differs.sum())

    def void_others(
        self,
        table: Table,
        rows: pd.DataFrame,
        scope: Sequence[str],
        key: Sequence[str],
        *,
        keep: pd.DataFrame | None = None,
    ) -> None:
        """Take back rows that share `scope` with one of `rows` but whose `key` is not in `keep` (default `rows`)."""
        old = self._tables[table.name]
        within, kept = set(_keys(rows, scope)), set(_keys(rows if keep is None else keep, key))
        gone = np.array(
            [
                part in within and full not in kept and not void
                for part, full, void in zip(_keys(old, scope), _keys(old, key), old["is_void"], strict=True)
            ],
            dtype=bool,
        )
        if gone.any():
            self._set(table, Overwritten(old, np.flatnonzero(gone), {"is_void": True, CHANGE: UPDATE}))

    def end(self, table: Table, rows: pd.DataFrame) -> None:
        """Give existing rows their last day, by primary key; should their ledger name them again, that is a change."""
        if len(rows):
            self.patch(table, rows.assign(row_hash=None).astype(object))

    def take_back(self, table: Table, keys: pd.DataFrame) -> None:
        """Take rows back by primary key."""
        if keys.empty:
            return
        self.patch(table, keys.assign(row_hash=None).astype(object))
        old = self._tables[table.name]
        gone = _found(old, keys, list(keys.columns))
        changes = [change or UPDATE for change in old[CHANGE][gone].tolist()]
        self._set(table, Overwritten(old, gone, {"is_void": True, CHANGE: changes}))

    def changes(self, table: Table, kind: str) -> pd.DataFrame:
        """The rows to insert or to update, without the note of it."""
        rows = self._tables[table.name]
        positions = NOWHERE if rows is self._stored[table.name] else np.flatnonzero(rows[CHANGE] == kind)
        return rows.frame(positions, [name for name in rows.names if name != CHANGE])

    def before(self, table: Table) -> pd.DataFrame:
        """The rows to update as they are stored; rows keep their places, new ones come behind."""
        stored, rows = self._stored[table.name], self._tables[table.name]
        positions = NOWHERE if rows is stored else np.flatnonzero(rows[CHANGE][: len(stored)] == UPDATE)
        return stored.frame(positions, [name for name in stored.names if name != CHANGE])

    def stored(self, table: Table) -> pd.DataFrame:
        """All rows as they are stored, void ones too."""
        stored = self._stored[table.name]
        return stored.frame(None, [name for name in stored.names if name != CHANGE]).copy()

    def restore(self, table: Table, rows: pd.DataFrame) -> None:
        """Put rows back as they once were, with the load they were of then; by primary key."""
        if len(rows):
            key = [column.key for column in table.primary_key.columns]
            self._overwrite(table, rows, key)
            self._mark(table, rows[key], RESTORE, rows["is_void"].tolist())

    def remove(self, table: Table, keys: pd.DataFrame) -> None:
        """Do away with rows by primary key; until they are deleted they count as void."""
        if len(keys):
            self._mark(table, keys, REMOVE, [True] * len(keys))

    def _mark(self, table: Table, keys: pd.DataFrame, change: str, void: list[Any]) -> None:
        old = self._tables[table.name]
        positions = _found(old, keys, list(keys.columns))
        self._set(table, Overwritten(old, positions, {"is_void": void, CHANGE: change}))

    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return any(len(self._changed(table)) for table in TABLES if table.name in self._tables)

    def _overwrite(self, table: Table, rows: pd.DataFrame, key: Sequence[str]) -> None:
        old = self._tables[table.name]
        positions = _found(old, rows, key)
        self._former.setdefault(table.name, []).append((old, positions))
        values: dict[str, Any] = {str(name): rows[name].to_numpy(object) for name in rows.columns}
        changes = [change or UPDATE for change in old[CHANGE][positions].tolist()]
        self._set(table, Overwritten(old, positions, values | {"is_void": False, CHANGE: changes}))

    def _append(self, table: Table, rows: pd.DataFrame) -> None:
        old, count = self._tables[table.name], len(rows)
        values = {str(name): rows[name].to_numpy(object) for name in rows.columns}
        values |= {n: np.full(count, value, dtype=object) for n, value in (("is_void", False), (CHANGE, INSERT))}
        self._set(table, Appended(old, values, count))


def read_plan(conn: Connection) -> Plan:
    """The store as it is. Raises LoadError, here or when a column is asked for, once another load has changed it."""
    return Plan({table.name: _read_table(conn, table) for table in TABLES})


def _read_table(conn: Connection, table: Table) -> TableRows:
    count = conn.execute(select(func.count()).select_from(table)).scalar_one()
    if count < LARGE:
        return Held(read_rows(conn, table))
    return Stored([column.key for column in table.c], count, _Source(conn, table, count))


class _Source:
    """A table as it stood when the plan was begun. Raises LoadError once another load has changed the store."""

    def __init__(self, conn: Connection, table: Table, count: int) -> None:
        self._engine, self._version = conn.engine, last_batch(conn)
        self._table, self._count = table, count

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading(self._engine) as conn:
            yield conn
            if last_batch(conn) != self._version:
                raise changed_meanwhile()

    def columns(self, names: Sequence[str]) -> Mapping[str, Any]:
        with self._reading() as conn:
            found = read_columns(conn, self._table, names)
        if len(found[names[0]]) != self._count:
            raise changed_meanwhile()
        return found

    def some(self, names: Sequence[str], only: Only) -> Mapping[str, Any] | None:
        indexes = [self._table.primary_key.columns, *(index.columns for index in self._table.indexes)]
        if only[0] not in [next(iter(columns)).key for columns in indexes]:
            return None
        with self._reading() as conn:
            found = read_some(conn, self._table, [*names, "is_void"], *only)
        is_live = found["is_void"] != True  # noqa: E712 (None counts as live)
        return {name: found[name][is_live] for name in names}

    def different(self, name: str) -> set[Any]:
        with self._reading() as conn:
            return set(conn.execute(select(self._table.c[name]).where(live(self._table)).distinct()).scalars())


def picked(rows: pd.DataFrame, mask: Iterable[bool]) -> pd.DataFrame:
    """The rows for which the mask is true; unlike a list in brackets it also holds for no rows at all."""
    return rows[np.fromiter(mask, dtype=bool, count=len(rows))]


def _sorted(rows: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """The rows in the order of a key; ledgers mostly stand in it already."""
    if len(key) == 1 and pd.Index(rows[key[0]], dtype=object).is_monotonic_increasing:
        return rows
    return rows.sort_values(list(key), kind="stable")


def _positions(old: TableRows, rows: pd.DataFrame, key: Sequence[str]) -> NDArray[np.int64]:
    """Where each of `rows` stands in `old` by a key; -1 where it does not."""
    if len(key) == 1:
        known, wanted = old[key[0]].tolist(), rows[key[0]].tolist()
    else:
        known, wanted = (list(_keys(of, key)) for of in (old, rows))
    if known == wanted:  # the same file once more, or corrected
        return np.arange(len(known))
    at = dict(zip(known, range(len(known)), strict=True))
    return np.array([at.get(value, -1) for value in wanted], dtype=np.int64)


def _found(old: TableRows, rows: pd.DataFrame, key: Sequence[str]) -> NDArray[np.int64]:
    """The same for rows that are there. Raises KeyError when one is not."""
    positions = _positions(old, rows, key)
    if (positions < 0).any():
        raise KeyError(*key)
    return positions


def _keys(rows: pd.DataFrame | TableRows, key: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    return zip(*(rows[name] for name in key), strict=True)
