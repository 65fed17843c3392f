"""Rows of the store as the measures take them (库中行): only the columns asked for, dates as they are stored."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Boolean, ColumnElement, Connection, Date, String, Table, select, type_coerce

from data.queries import live
from etl.tables import TOGETHER


class StoreRows:
    """Live rows read through a connection; what was read once is kept, since facts and states ask for the same."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._read: dict[str, pd.DataFrame] = {}
        self.kept: dict[Any, Any] = {}

    def columns(self, table: Table, *names: str, only: tuple[str, Collection[Any]] | None = None) -> pd.DataFrame:
        """See `etl.tables.Rows`; dates are text on SQLite, which is much faster to turn into days than objects are."""
        found = self._read.get(table.name)
        if found is None or not set(names) <= set(found.columns):
            together = dict.fromkeys(
                [*TOGETHER.get(table.name, ()), *names, *(found.columns if found is not None else ())]
            )
            found = self._read[table.name] = self._select(table, tuple(together))
        found = found[list(names)]
        if only is None:
            return found
        column, values = only
        return found[found[column].isin(values).to_numpy(bool)].reset_index(drop=True)

    def different(self, table: Table, name: str) -> set[Any]:
        """See `etl.tables.Rows`."""
        found = self._read.get(table.name)
        if found is not None and name in found:
            return set(found[name].tolist())
        query = select(_as_stored(table, name)).where(live(table)).distinct()
        return set(self._conn.execute(query).scalars())

    def _select(self, table: Table, names: tuple[str, ...]) -> pd.DataFrame:
        query = select(*(_as_stored(table, name) for name in names))
        query = query.where(live(table)).order_by(*table.primary_key.columns)
        rows = self._conn.execute(query).fetchall()
        values = zip(*rows, strict=True) if rows else [()] * len(names)
        return pd.DataFrame(
            {name: _objects(cells) for name, cells in zip(names, values, strict=True)}, dtype=object, copy=False
        )


def _as_stored(table: Table, name: str) -> ColumnElement[Any]:
    """What the driver gives is enough: to turn each cell into a Python date or truth value takes longer than that."""
    column = table.c[name]
    return type_coerce(column, String).label(name) if isinstance(column.type, Date | Boolean) else column


def _objects(cells: tuple[Any, ...]) -> Any:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array
