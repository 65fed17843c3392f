"""Nil reports and who is to report → rows of the plan (零报告与应报范围入计划)."""

import re
from datetime import date
from typing import Any

import pandas as pd

from data import schema
from etl.clean import Ledger
from etl.places import Places
from etl.plan import Plan
from etl.problems import Reason, not_found, shorten
from etl.take import take_rows

_MONTH = re.compile(r"\s*(\d{4})\s*(?:年|[-./])?\s*(\d{1,2})(?!\d{3})")


def month_of(text: str) -> date | None:
    """The first day of a month as ledgers write it, also of a day in it; None for what is no month.

    >>> [str(month_of(text)) for text in ("2020-11", "2020年7月", "202012", "2020/11/01", "2020-13", "十一月")]
    ['2020-11-01', '2020-07-01', '2020-12-01', '2020-11-01', 'None', 'None']
    """
    found = _MONTH.match(text)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    return date(int(found[1]), int(found[2]), 1)


def take_nil_reports(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Months of which a community says that there was nothing: no dispute, or, of a register, still none."""
    months: dict[Any, date | None] = dict.fromkeys(ledger.frame.index)
    for row, text in ledger.good()["month"].items():
        months[row] = month_of(str(text))
        if months[row] is None:
            heading = ledger.heading(row, "month")
            zh, en = f"“{heading}”为“{shorten(text)}”,应写成 2020-11", f"{heading} is {shorten(text)}; write 2020-11"
            ledger.refuse(row, Reason(heading, "BAD_DATE", zh, en))
    ledger.frame["month_on"] = pd.Series(months, dtype=object)
    take_rows(ledger, plan, schema.nil_report, key=["community_id", "ledger", "month_on"])


def take_scopes(ledger: Ledger, plan: Plan, edition: str) -> None:
    """The areas whose communities are to send a ledger from a day on, by the code of the area."""
    by_code = Places(plan, edition).by_code
    ledger.frame["area_id"] = pd.Series([by_code.get(code) for code in ledger.frame["area_code"]], dtype=object)
    for row, code, area_id in ledger.good()[["area_code", "area_id"]].itertuples():
        if area_id is None or pd.isna(area_id):
            ledger.refuse(row, not_found(ledger.heading(row, "area_code"), code, "区划", "area"))
    take_rows(ledger, plan, schema.reporting_scope, key=["ledger", "since_on", "area_id"])
