"""Linked rows of a ledger → rows of its table in the plan (入计划), for every kind that needs nothing special."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Table

from etl.clean import Ledger
from etl.plan import Plan
from etl.problems import Reason
from etl.sources import sources


def columns_of(ledger: Ledger, table: Table, good: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table that the ledger has, constants and links among them."""
    known = {column.key for column in table.c}
    names = {name: ledger.source.columns[name].into or name for name in ledger.source.columns}
    rows = {into: good[name] for name, into in names.items() if into in known}
    rows |= {name: good[name] for name in good.columns if name in known and name not in rows}
    rows |= {name: value for name, value in ledger.source.constants.items() if name in known}
    return pd.DataFrame(rows, index=good.index, dtype=object, copy=False)


def take_rows(
    ledger: Ledger, plan: Plan, table: Table, *, key: list[str] | None = None, id_name: str = "", **extra: Any
) -> pd.DataFrame:
    """Put the good rows into the plan by the ledger's own key, or by `key`; `extra` are further columns.

    Rows whose key another kind of ledger uses in this load are refused. Returns what was put, by row label.
    """
    key = key or list(ledger.source.key)
    refuse_claimed(ledger, plan, table)
    good = ledger.good()
    rows = columns_of(ledger, table, good)
    for name, values in extra.items():
        if isinstance(values, pd.Series):
            values = values.reindex(good.index).astype(object)
            values = values.where(values.notna(), None)
        rows[name] = values
    rows = rows.astype(object)
    finish(ledger, rows, plan.put(table, rows, key, id_name=id_name))
    return rows


def refuse_claimed(ledger: Ledger, plan: Plan, table: Table) -> None:
    """Refuse rows whose number stands in a ledger of another kind of this load."""
    if sum(source.table == ledger.source.table for source in sources().values()) == 1:
        return
    good = ledger.good()
    keys = list(zip(*(good[name] for name in ledger.source.key), strict=True))
    for row, is_free in zip(good.index, plan.claim(table, ledger.source.kind, keys), strict=True):
        if not is_free:
            heading = ledger.heading(row, ledger.source.key[0])
            value = ledger.frame.at[row, ledger.source.key[0]]
            zh, en = f"“{value!s}”已在另一种台账中使用", f"{value!s} is used in another kind of ledger"
            ledger.refuse(row, Reason(heading, "DUPLICATE", zh, en))


def finish(ledger: Ledger, rows: pd.DataFrame, outcomes: NDArray[np.object_]) -> None:
    """Note what happened to each row."""
    ledger.outcome[rows.index.to_numpy(np.int64)] = outcomes
