"""Rows of the store as the measures take them (库中行): only the columns asked for, dates as they are stored."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Date, String, Table, select, type_coerce

from data.queries import live


class StoreRows:
    """Live rows read through a connection; what was read once is kept, since facts and states ask for the same."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._read: dict[tuple[str, ...], pd.DataFrame] = {}

    def columns(self, table: Table, *names: str, only: tuple[str, Collection[Any]] | None = None) -> pd.DataFrame:
        """See `etl.tables.Rows`; dates are text on SQLite, which is much faster to turn into days than objects are."""
        key = (table.name, *names)
        if key not in self._read:
            self._read[key] = self._select(table, names)
        found = self._read[key]
        if only is None:
            return found
        column, values = only
        return found[found[column].isin(values).to_numpy(bool)].reset_index(drop=True)

    def _select(self, table: Table, names: tuple[str, ...]) -> pd.DataFrame:
        columns = [
            type_coerce(table.c[name], String).label(name) if isinstance(table.c[name].type, Date) else table.c[name]
            for name in names
        ]
        query = select(*columns).where(live(table)).order_by(*table.primary_key.columns)
        rows = self._conn.execute(query).fetchall()
        values = zip(*rows, strict=True) if rows else [()] * len(names)
        return pd.DataFrame(
            {name: _objects(cells) for name, cells in zip(names, values, strict=True)}, dtype=object, copy=False
        )


def _objects(cells: tuple[Any, ...]) -> Any:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array
