"""When a building is due for a visit again: days since the last one against the limits of the county."""

from datetime import date

import numpy as np
import pandas as pd


def mark_due(last_visit_on: pd.Series, as_of: date, *, warn_days: int, due_days: int) -> pd.DataFrame:
    """Days since the last visit (距上次走访天数) and the mark that follows from it.

    last_visit_on : day of the last valid visit; NaT when there never was one.
    as_of : the day from which days are counted (the data date).
    warn_days, due_days : from so many days on a building is due soon, or overdue.

    Returns a frame with the index of `last_visit_on`: `days` (Int64; NA when never visited) and `due`, one of
    "overdue", "soon", "in_time", "never". A visit after `as_of` counts as 0 days.

    >>> last = pd.Series(pd.to_datetime(["2020-11-19", "2020-12-06", "2020-12-30", None]), index=["a", "b", "c", "d"])
    >>> mark_due(last, date(2020, 12, 31), warn_days=20, due_days=30)["due"].to_dict()
    {'a': 'overdue', 'b': 'soon', 'c': 'in_time', 'd': 'never'}
    """
    days = (pd.Timestamp(as_of) - pd.to_datetime(last_visit_on)).dt.days.clip(lower=0)
    due = np.select([days.isna(), days >= due_days, days >= warn_days], ["never", "overdue", "soon"], "in_time")
    return pd.DataFrame({"days": days.astype("Int64"), "due": due}, index=last_visit_on.index)
