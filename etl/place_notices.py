"""Rows whose ledger states another place than the one they lie in (位置不一致): counted and said, refused by nobody."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import schema
from etl.clean import Ledger
from etl.places import Places
from etl.plan import Plan
from etl.totals import Notice

LEVELS = {"community": ("社区(村)", "community"), "grid": ("网格", "grid")}


def stated_elsewhere(ledger: Ledger, plan: Plan, places: Places) -> list[Notice]:
    """One notice for each sheet and level, with how many rows and one example; asked once everything is placed."""
    table = schema.metadata.tables.get(ledger.source.table)
    if table is None or "stated_community_id" not in table.c:
        return []
    key, good = ledger.source.key[0], ledger.good()
    names = [f"{kind}{level}_id" for level in LEVELS for kind in ("", "stated_")]
    rows = plan.columns(table, key, *(name for name in names if name in table.c)).set_index(key)
    rows = rows.reindex(good[key])
    notices: list[Notice] = []
    told = np.zeros(len(rows), dtype=bool)
    for level, (zh, en) in LEVELS.items():
        if f"stated_{level}_id" not in rows:
            continue
        stated, lies = rows[f"stated_{level}_id"].tolist(), rows[f"{level}_id"].tolist()
        differs = differing(stated, lies) & ~told
        told |= differs
        for number, sheet in enumerate(ledger.sheets):
            at = [n for n in np.flatnonzero(differs).tolist() if ledger.sheet_of[good.index[n]] == number]
            if not at:
                continue
            first, row = at[0], good.index[at[0]]
            said, located = (_named(places, area[first]) for area in (stated, lies))
            notices.append(
                Notice(
                    sheet.file.name, sheet.name, ledger.row_of[row], ledger.heading(row, key),
                    f"有{len(at):,}行写明的{zh}不是位置所在的{zh},如“{rows.index[first]}”写的是{said},位置在{located};"
                    "按位置所在的计,写明的另存,请核对",
                    f"{len(at):,} rows state another {en} than the one they lie in, e.g. {rows.index[first]} says "
                    f"{said} and lies in {located}; counted where they lie, what is stated is kept beside it; check",
                )
            )  # fmt: skip
    return notices


def differing(stated: list[Any], lies: list[Any]) -> NDArray[np.bool_]:
    """Where both are known and not the same."""
    return np.array([s is not None and s == s and s != o for s, o in zip(stated, lies, strict=True)], dtype=bool)


def _named(places: Places, area: Any) -> str:
    """An area with the one above it."""
    above = places.parent.get(area)
    return f"{places.name.get(above, '') if above is not None else ''}{places.name.get(area, '')}"
