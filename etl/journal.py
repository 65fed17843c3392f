"""What a load changed (变更记录): the keys it added and the rows it changed as they were before, packed per table."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Date, Table, select

from data import schema
from data.shape_type import Shape
from etl.plan import INSERT, TABLES, Plan


def changes_of(plan: Plan, batch: int) -> pd.DataFrame:
    """Rows of schema.batch_change for the changes of a plan."""
    rows = []
    for table in TABLES:
        added, former = plan.changes(table, INSERT)[key_of(table)], plan.before(table)
        if len(added) or len(former):
            rows.append((batch, table.name, pack(table, added), pack(table, former)))
    return pd.DataFrame(rows, columns=[column.key for column in schema.batch_change.c], dtype=object)


def read_changes(conn: Connection, batch: int) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Table → keys that a batch added, and the rows it changed as they were before."""
    t = schema.batch_change
    return {
        row.table_name: (unpack(TABLE_OF[row.table_name], row.added), unpack(TABLE_OF[row.table_name], row.former))
        for row in conn.execute(select(t).where(t.c.batch_id == batch))
    }


TABLE_OF: Mapping[str, Table] = {table.name: table for table in TABLES}


def key_of(table: Table) -> list[str]:
    """The columns of the primary key."""
    return [column.key for column in table.primary_key.columns]


def pack(table: Table, rows: pd.DataFrame) -> bytes:
    """Some columns of some rows as bytes; dates as text, shapes as base64."""
    columns = [_coded(table, name, rows[name]) for name in rows.columns]
    text = json.dumps({"columns": list(rows.columns), "cells": columns}, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def unpack(table: Table, content: bytes) -> pd.DataFrame:
    """The rows again, as plain Python values."""
    held = json.loads(zlib.decompress(content))
    cells = [_plain(table, name, values) for name, values in zip(held["columns"], held["cells"], strict=True)]
    count = len(cells[0]) if cells else 0
    rows = {
        name: pd.Series(values, range(count), dtype=object) for name, values in zip(held["columns"], cells, strict=True)
    }
    return pd.DataFrame(rows, columns=held["columns"], dtype=object)


def _coded(table: Table, name: str, values: Iterable[Any]) -> list[Any]:
    kind = table.c[name].type
    if isinstance(kind, Date):
        return [None if value is None else value.isoformat() for value in values]
    if isinstance(kind, Shape):
        return [None if value is None else base64.b64encode(value).decode() for value in values]
    return [value.item() if hasattr(value, "item") else value for value in values]


def _plain(table: Table, name: str, values: list[Any]) -> list[Any]:
    kind = table.c[name].type
    if isinstance(kind, Date):
        return [None if value is None else date.fromisoformat(value) for value in values]
    if isinstance(kind, Shape):
        return [None if value is None else base64.b64decode(value) for value in values]
    return values
