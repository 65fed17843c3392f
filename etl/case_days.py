"""The days on which cases came so far (到达日期), from their log and their own dates, for numbers as they stood."""

from typing import TypedDict

import numpy as np
import pandas as pd

from data import terms
from geo.counting import Days, days_of, flags


class Marks(TypedDict):
    """Whole days, NaT where nobody knows; see `geo.as_stood.MARKS`."""

    handled_on: Days
    disposed_on: Days
    reopened_on: Days
    reworked_on: Days
    settled_on: Days


def marked_days(cases: pd.DataFrame, steps: pd.DataFrame) -> Marks:
    """The first day on which each case was taken up, disposed of, reopened, done over and settled.

    cases : `case_id`, `is_resolved`, `is_closed`, and `resolved_on`, `closed_on` as whole days. steps : the log of
    these and other cases; `case_id`, `step_op`, `step_on`, `lifecycle_after`. What the log does not tell is known at
    the latest by the case's own dates: one resolved had been taken up.
    """
    at = pd.Index(cases["case_id"]).get_indexer(pd.Index(steps["case_id"]))
    on = days_of(steps["step_on"]).astype(np.int64)

    def first(chosen: pd.Series) -> Days:
        rows = (at >= 0) & chosen.to_numpy(bool) & (on != NO_DAY)
        days = np.full(len(cases), np.iinfo(np.int64).max)
        np.minimum.at(days, at[rows], on[rows])
        days[days == np.iinfo(np.int64).max] = NO_DAY
        return days.astype("datetime64[D]")

    after, op = steps["lifecycle_after"], steps["step_op"]
    resolved, closed = (_where(cases, f"{name}_on", f"is_{name}") for name in ("resolved", "closed"))
    over, again = np.fmin(resolved, closed), first(op == "reopen")
    return Marks(
        handled_on=np.fmin(first(after.isin(terms.HANDLED_LIFECYCLES)), over),
        disposed_on=np.fmin(first(after.isin(terms.DISPOSED_LIFECYCLES)), over),
        reopened_on=again,
        reworked_on=np.fmin(first(op == "return"), again),
        settled_on=np.fmin(first(after.isin(terms.RESOLVED_LIFECYCLES)), np.fmin(again, resolved)),
    )


NO_DAY = np.iinfo(np.int64).min
"""How a missing day is written as a whole number."""


def _where(cases: pd.DataFrame, day: str, flag: str) -> Days:
    return np.where(flags(cases[flag]), days_of(cases[day]), np.datetime64("NaT", "D"))
