"""Working days (工作日): weekdays that are no public holiday, and the days off that are worked instead.

The holidays are those decreed by the State Council, year by year, as the package chinesecalendar holds them. For years
it does not hold (before 2004, and those not decreed yet) only Saturdays and Sundays are free; `is_decreed` tells.
"""

from functools import lru_cache
from typing import Any

import chinese_calendar
import numpy as np
from numpy.typing import ArrayLike, NDArray

Days = NDArray[np.datetime64]

_BEGIN, _END = np.datetime64("1990-01-01"), np.datetime64("2060-01-01")
"""The days the table holds."""


@lru_cache(maxsize=1)
def _table() -> tuple[NDArray[np.bool_], NDArray[np.int64], int, int]:
    """Whether each day is worked, how many are up to and with it, the first and last decreed year."""
    days = np.arange(_BEGIN, _END)
    # 1 January 1970 was a Thursday; 0 is Monday.
    works = (days.astype(np.int64) + 3) % 7 < 5
    first = min(day.year for day in chinese_calendar.holidays)
    # The New Year of the year after the last decree is sometimes in it: that year is not decreed by this alone.
    last = max(day.year for day in chinese_calendar.holidays if (day.month, day.day) > (2, 1))
    for listed, is_worked in ((chinese_calendar.holidays, False), (chinese_calendar.workdays, True)):
        at = np.array([day for day in listed if first <= day.year <= last], dtype="datetime64[D]")
        works[(at - _BEGIN).astype(np.int64)] = is_worked
    return works, np.cumsum(works), first, last


def decreed_years() -> tuple[int, int]:
    """The first and the last year whose holidays are known.

    >>> decreed_years()[0]
    2004
    """
    return _table()[2:]


def is_decreed(days: ArrayLike) -> NDArray[np.bool_]:
    """Whether the holidays of the year of each day are known; NaT is not."""
    plain = _days(days)
    years = plain.astype("datetime64[Y]").astype(np.int64) + 1970
    first, last = decreed_years()
    return ~np.isnat(plain) & (years >= first) & (years <= last)


def is_work_day(days: ArrayLike) -> NDArray[np.bool_]:
    """Whether each day is a working day; NaT is not. Raises ValueError before 1990 or from 2060 on.

    >>> is_work_day(["2020-10-01", "2020-10-10", "2020-10-12"]).tolist()  # holiday, a Saturday worked, a Monday
    [False, True, True]
    """
    plain = _days(days)
    return np.where(np.isnat(plain), False, _table()[0][_at(plain)])


def work_days_between(first: ArrayLike, last: ArrayLike) -> NDArray[np.float64]:
    """Working days after `first` up to and with `last`, negative the other way round; NaN where one is missing.

    >>> work_days_between(["2020-09-30", "2020-10-12"], ["2020-10-10", "2020-10-10"]).tolist()
    [2.0, -1.0]
    """
    begin, end = _days(first), _days(last)
    upto = _table()[1]
    return np.where(np.isnat(begin) | np.isnat(end), np.nan, (upto[_at(end)] - upto[_at(begin)]).astype(np.float64))


def add_work_days(days: ArrayLike, amount: ArrayLike) -> Days:
    """The day on which the `amount`-th working day after each day falls; 0 is the day itself. NaT stays NaT.

    >>> add_work_days(["2020-09-30"], 2).tolist()  # eight days of holiday, then Friday and the Saturday worked for it
    [datetime.date(2020, 10, 10)]
    """
    plain, many = np.broadcast_arrays(_days(days), np.asarray(amount, dtype=np.int64))
    upto = _table()[1]
    at = _at(plain)
    found = np.searchsorted(upto, upto[at] + many)
    if (many < 0).any() or (found >= len(upto)).any():
        raise ValueError("amount must be 0 or more and the day reached before 2060")
    reached = _BEGIN + np.where(many == 0, at, found)
    return np.where(np.isnat(plain), np.datetime64("NaT"), reached)


def _days(days: ArrayLike) -> Days:
    return np.asarray(days, dtype="datetime64[D]")


def _at(days: Days) -> NDArray[np.int64]:
    """Positions in the table; NaT stands at 0."""
    at: Any = np.where(np.isnat(days), 0, (days - _BEGIN).astype(np.int64))
    if ((at < 0) | (at >= len(_table()[0]))).any():
        raise ValueError("working days are known from 1990 to 2059")
    return at
