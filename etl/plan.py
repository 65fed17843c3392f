"""The store as it will be after a load (计划): its rows in memory, compared with the new ones, with every change noted.

Everything is decided here, before the transaction begins; writing is then only a matter of handing over the noted
rows. Frames hold plain Python values, None where missing, so that equal means equal.
"""

from collections.abc import Collection, Iterable, Sequence
from operator import eq
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from data import schema
from data.writes import read_rows
from etl.clean import LOADED, UNCHANGED, UPDATED

TABLES: tuple[Table, ...] = (
    schema.area, schema.area_code, schema.area_shape, schema.street, schema.water, schema.building,
    schema.building_grid, schema.facility, schema.plot_allocation, schema.org, schema.org_cover, schema.post,
    schema.post_target, schema.dwelling, schema.household, schema.visit, schema.case_file, schema.case_step,
    schema.expected_total,
)  # fmt: skip
"""What a load may change, each after the tables it refers to."""

CHANGE = "_change"
INSERT, UPDATE, RESTORE, REMOVE = "insert", "update", "restore", "remove"


class Plan:
    """The rows of every table by name, with the changes so far."""

    def __init__(self, tables: dict[str, pd.DataFrame]) -> None:
        self._tables = {name: rows.assign(**{CHANGE: ""}).astype(object) for name, rows in tables.items()}
        self._stored = dict(self._tables)
        self._claimed: dict[str, dict[tuple[Any, ...], str]] = {}
        self._former: dict[str, list[pd.DataFrame]] = {}
        self.kept: dict[Any, Any] = {}

    def _set(self, table: Table, rows: pd.DataFrame) -> None:
        self._tables[table.name] = rows
        self.kept.clear()

    def rows(self, table: Table) -> pd.DataFrame:
        """The live rows as they will be."""
        rows = self._tables[table.name]
        return rows[rows["is_void"].to_numpy() != True]  # noqa: E712 (None counts as live)

    def columns(self, table: Table, *names: str, only: tuple[str, Collection[Any]] | None = None) -> pd.DataFrame:
        """Some columns of the live rows; of a large table much less to copy than all of them.

        only : a column and the values it must have one of.
        """
        rows = self._tables[table.name]
        live = rows["is_void"].to_numpy() != True  # noqa: E712 (None counts as live)
        if only is not None:
            # Most loads touch few tables; looking for nothing in a large one takes as long as looking for something.
            live &= rows[only[0]].isin(only[1]).to_numpy(bool) if only[1] else False
        kept: Any = slice(None) if live.all() else live
        return pd.DataFrame({name: rows[name].to_numpy(object)[kept] for name in names}, dtype=object, copy=False)

    def touched(self, table: Table, *names: str) -> pd.DataFrame:
        """Some columns of every row that is new, changed or taken back: as it will be, and as it was before."""
        rows = self._tables[table.name]
        now = rows.loc[(rows[CHANGE] != "").to_numpy(bool), list(names)]
        return pd.concat([now, self.former(table)[list(names)]], ignore_index=True).astype(object)

    def former(self, table: Table) -> pd.DataFrame:
        """The changed rows as they were before each change."""
        rows = self._tables[table.name]
        return pd.concat([rows.iloc[:0], *self._former.get(table.name, [])], ignore_index=True).astype(object)

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
        positions = _positions(old, rows, key)
        is_known = positions >= 0
        given = ["row_hash"] if "row_hash" in rows else [name for name in rows.columns if name not in key]
        # A void row is never unchanged, whatever it holds.
        same = np.equal(old["is_void"].to_numpy(object)[positions], False).astype(bool)
        for name in given:
            before, now = old[name].to_numpy(object)[positions], rows[name].to_numpy(object)
            same &= np.fromiter(map(eq, before, now), dtype=bool, count=len(rows))
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
            before = old[name].to_numpy(object)[positions]
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
            changed = old.assign(is_void=old["is_void"].mask(gone, True), **{CHANGE: old[CHANGE].mask(gone, UPDATE)})
            self._set(table, changed.astype(object))

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
        gone = set(_keys(keys, list(keys.columns)))
        is_gone = np.array([key in gone for key in _keys(old, list(keys.columns))], dtype=bool)
        changed = old.assign(
            is_void=old["is_void"].mask(is_gone, True),
            **{CHANGE: old[CHANGE].mask(is_gone & (old[CHANGE] == ""), UPDATE)},
        )
        self._set(table, changed.astype(object))

    def changes(self, table: Table, kind: str) -> pd.DataFrame:
        """The rows to insert or to update, without the note of it."""
        rows = self._tables[table.name].drop(columns=CHANGE)
        mask = self._tables[table.name][CHANGE].to_numpy(object) == kind
        return rows if mask.all() else rows[mask]

    def before(self, table: Table) -> pd.DataFrame:
        """The rows to update as they are stored; rows keep their places, new ones come behind."""
        stored = self._stored[table.name]
        is_updated = (self._tables[table.name][CHANGE].iloc[: len(stored)] == UPDATE).to_numpy(bool)
        return stored[is_updated].drop(columns=CHANGE)

    def stored(self, table: Table) -> pd.DataFrame:
        """All rows as they are stored, void ones too."""
        return self._stored[table.name].drop(columns=CHANGE)

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
        columns = {name: old[name].to_numpy(object).copy() for name in ("is_void", CHANGE)}
        columns["is_void"][positions] = void
        columns[CHANGE][positions] = change
        self._set(table, old.assign(**columns).astype(object))

    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return any((rows[CHANGE] != "").any() for rows in self._tables.values())

    def _overwrite(self, table: Table, rows: pd.DataFrame, key: Sequence[str]) -> None:
        old = self._tables[table.name]
        positions = _found(old, rows, key)
        self._former.setdefault(table.name, []).append(old.iloc[positions])
        columns = {name: old[name].to_numpy(object).copy() for name in old.columns}
        for name in rows.columns:
            columns[name][positions] = rows[name].to_numpy(object)
        columns["is_void"][positions] = False
        columns[CHANGE][positions] = [change or UPDATE for change in columns[CHANGE][positions].tolist()]
        self._set(table, pd.DataFrame(columns, dtype=object, copy=False))

    def _append(self, table: Table, rows: pd.DataFrame) -> None:
        old = self._tables[table.name]
        count = len(rows)
        given = {"is_void": False, CHANGE: INSERT}
        columns = {}
        for name in old.columns:
            new = rows[name].to_numpy(object) if name in rows and name not in given else None
            if new is None:
                new = np.full(count, given.get(str(name)), dtype=object)
            columns[name] = np.concatenate([old[name].to_numpy(object), new]) if len(old) else new
        self._set(table, pd.DataFrame(columns, dtype=object, copy=False))


def read_plan(conn: Connection) -> Plan:
    """The store as it is."""
    return Plan({table.name: read_rows(conn, table) for table in TABLES})


def picked(rows: pd.DataFrame, mask: Iterable[bool]) -> pd.DataFrame:
    """The rows for which the mask is true; unlike a list in brackets it also holds for no rows at all."""
    return rows[np.fromiter(mask, dtype=bool, count=len(rows))]


def _sorted(rows: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """The rows in the order of a key; ledgers mostly stand in it already."""
    if len(key) == 1 and pd.Index(rows[key[0]], dtype=object).is_monotonic_increasing:
        return rows
    return rows.sort_values(list(key), kind="stable")


def _positions(old: pd.DataFrame, rows: pd.DataFrame, key: Sequence[str]) -> NDArray[np.int64]:
    """Where each of `rows` stands in `old` by a key; -1 where it does not."""
    if len(key) == 1:
        known, wanted = (frame[key[0]].to_numpy(object).tolist() for frame in (old, rows))
    else:
        known, wanted = (list(_keys(frame, key)) for frame in (old, rows))
    at = dict(zip(known, range(len(known)), strict=True))
    return np.array([at.get(value, -1) for value in wanted], dtype=np.int64)


def _found(old: pd.DataFrame, rows: pd.DataFrame, key: Sequence[str]) -> NDArray[np.int64]:
    """The same for rows that are there. Raises KeyError when one is not."""
    positions = _positions(old, rows, key)
    if (positions < 0).any():
        raise KeyError(*key)
    return positions


def _keys(rows: pd.DataFrame, key: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    return zip(*(rows[name] for name in key), strict=True)
