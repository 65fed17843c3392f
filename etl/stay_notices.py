"""Visits outside the stays of their household (居住期之外的走访): said beside the load, refused by nobody.

They are counted all the same, in the nearest stay (geo.stays): the day of the visit or that of moving is wrong, and
only people know which. One notice for each sheet, with how many visits and one example.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema
from etl.clean import LOADED, UPDATED, Ledger
from etl.plan import Plan
from etl.tables import lived
from etl.totals import Notice
from geo.counting import days_of
from geo.stays import homes_of

_HOME = ("household_id", "building_id", "moved_in_on", "moved_out_on")


def outside_stays(ledger: Ledger, plan: Plan) -> list[Notice]:
    """Visits that a load brought, or of households that it brought, and that lie outside every stay."""
    if ledger.source.kind not in ("visit", "household"):
        return []
    fresh = np.flatnonzero((ledger.outcome == LOADED) | (ledger.outcome == UPDATED))
    if not len(fresh):
        return []
    if ledger.source.kind == "visit":
        calls = ledger.frame.loc[fresh, ["household_id", "visited_on", "visit_no"]].assign(row=fresh)
    else:
        calls = _calls_at(ledger, plan, fresh)
    calls = calls[_is_outside(plan, calls)]
    return list(_notices(ledger, calls))


def _calls_at(ledger: Ledger, plan: Plan, fresh: NDArray[np.intp]) -> pd.DataFrame:
    """The visits in the plan to the households of some rows."""
    homes = plan.columns(schema.household, "household_id", "household_no")
    ids = dict(zip(homes["household_no"], homes["household_id"], strict=True))
    row_of = {ids.get(number): row for row, number in zip(fresh, ledger.frame.loc[fresh, "household_no"], strict=True)}
    calls = plan.columns(schema.visit, "household_id", "visited_on", "visit_no", only=("household_id", set(row_of)))
    return calls.assign(row=[row_of[home] for home in calls["household_id"]])


def _is_outside(plan: Plan, calls: pd.DataFrame) -> NDArray[np.bool_]:
    homes = plan.columns(schema.household, *_HOME)
    moved = set(plan.columns(schema.household_stay, "household_id")["household_id"])
    bounded = homes["moved_in_on"].notna() | homes["moved_out_on"].notna() | homes["household_id"].isin(moved)
    # Who always lived there is called on inside a stay, whatever the day.
    homes = lived(plan, homes[bounded.to_numpy(bool)].reset_index(drop=True))
    at = homes_of(homes, calls)
    day = days_of(calls["visited_on"])
    since, until = (np.append(days_of(homes[name]), np.datetime64("NaT"))[at] for name in _HOME[2:])
    return (at >= 0) & ((day < since) | (day >= until))


def _notices(ledger: Ledger, calls: pd.DataFrame) -> Iterable[Notice]:
    key = "visit_no" if ledger.source.kind == "visit" else "household_no"
    calls = calls.sort_values(["row", "visit_no"], kind="stable")
    for number, sheet in enumerate(ledger.sheets):
        own: Any = calls[[ledger.sheet_of[row] == number for row in calls["row"]]]
        if own.empty:
            continue
        first = own.iloc[0]
        yield Notice(
            sheet.file.name, sheet.name, ledger.row_of[first["row"]], ledger.heading(first["row"], key),
            f"有{len(own):,}次走访不在该户的居住期内(迁入之前或迁出之后),如走访“{first['visit_no']}”,"
            f"{first['visited_on']};已照常载入,计入最近的一段居住期,请核对走访日期和迁入、迁出日期",
            f"{len(own):,} visits lie outside the stay of their household (before it moved in or after it left), e.g. "
            f"visit {first['visit_no']} on {first['visited_on']}; loaded all the same and counted in the nearest stay, "
            "check the days",
        )  # fmt: skip
