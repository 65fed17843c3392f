"""The counts of visits that are stored, beside those counted from the rows (走访汇总核对)."""

import pandas as pd
from sqlalchemy import Connection

from data.visit_cells import unpacked
from etl.visit_counts import COUNTS, KEYS, VisitChanges, stored_visits

NAMES = {
    "visit_month": ("逐日走访(见面/走访)", "visits by day (met/calls)"),
    "visit_due": ("应走访(已走访/应走访)", "visits due (paid/due)"),
    "visit_recency": ("距上次见面(今年见到/登记户)", "days since the last visit (met this year/registered)"),
}
"""What a table of counts is called, and which two numbers of it are told."""

_RESULTS = ("met", "absent", "refused", "vacant")


def visit_differences(conn: Connection, counted: VisitChanges) -> pd.DataFrame:
    """One row per table (`indicator`), `area_id` and `period` whose stored counts differ from a count of everything.

    `numerator`, `denominator`, and the same with `_stored`: the numbers of NAMES. `period` is a month, or empty.
    """
    stored = stored_visits(conn)
    found = [_differences(name, stored[name], counted.added[name]) for name in NAMES]
    return pd.concat(found, ignore_index=True)


def _differences(name: str, stored: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    before, after = (_told(name, rows) for rows in (stored, counted))
    keys, counts = list(KEYS[name]), list(COUNTS[name])
    both = before.merge(after, on=keys, how="outer", suffixes=("_stored", "_counted")).fillna(0)
    differs = pd.concat([both[f"{count}_stored"] != both[f"{count}_counted"] for count in counts], axis=1).any(axis=1)
    wrong = _periods(name, both[differs])[["area_id", "period"]].drop_duplicates()
    for rows, tail in ((before, "_stored"), (after, "")):
        sums = _periods(name, rows).groupby(["area_id", "period"], as_index=False)[["numerator", "denominator"]].sum()
        wrong = wrong.merge(sums, on=["area_id", "period"], how="left", suffixes=("_stored", ""))
        wrong = wrong.rename(columns={n: f"{n}{tail}" for n in ("numerator", "denominator") if tail})
    numbers = [column for column in wrong.columns if column.startswith(("numerator", "denominator"))]
    return wrong.fillna(dict.fromkeys(numbers, 0)).astype(dict.fromkeys(numbers, "int64")).assign(indicator=name)


def _told(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The counts one by one, with the two numbers each adds to."""
    if name == "visit_month":
        rows = unpacked(rows)
        calls = rows["count"].where(rows["what"].isin(_RESULTS), 0)
        return rows.assign(numerator=calls.where(rows["what"] == "met", 0), denominator=calls)
    if name == "visit_due":
        days = pd.to_datetime(rows["month_on"])
        return rows.assign(month_on=days, numerator=rows["done_count"], denominator=rows["due_count"])
    homes = rows["households_count"]
    return rows.assign(numerator=homes.where(rows["year_result"] == "met", 0), denominator=homes)


def _periods(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    if name == "visit_recency":
        return rows.assign(period="")
    return rows.assign(period=pd.to_datetime(rows["day" if name == "visit_month" else "month_on"]).dt.strftime("%Y-%m"))
