"""Periods (统计期): how they are written, what days they hold, and which ones are kept.

Written forms: `2020` a year, `2020-Q4` a quarter, `2020-12` a month, `ytd:2020-12-31` the year to date,
`last30:`, `last90:` and `last365:2020-12-31` the days up to and with that one, `todate:2020-12-31` everything up to
and with that day.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from geo.errors import GeoError

WINDOWS = (30, 90, 365)
"""Lengths of the rolling windows in days."""

_DAY = timedelta(days=1)
_MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip
_QUARTERS_ZH = "一二三四"
_FIXED = re.compile(r"(?P<year>[0-9]{4})(?:-Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")
_MOVING = re.compile(r"(?P<kind>ytd|todate|last(?P<days>[0-9]+)):(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True)
class Period:
    """The days [start, end) under the text they are written as; `start` is None when there is no beginning."""

    text: str
    start: date | None
    end: date

    @property
    def last_day(self) -> date:
        """The last day inside."""
        return self.end - _DAY

    @property
    def kind(self) -> str:
        """year, quarter, month, ytd, last30, last90, last365 or todate."""
        if ":" in self.text:
            return self.text.partition(":")[0]
        return "year" if len(self.text) == 4 else "quarter" if "Q" in self.text else "month"


def parse_period(text: str) -> Period:
    """The period written as `text`. Raises GeoError when it is none of the forms above.

    >>> parse_period("2020-Q4").start, parse_period("ytd:2020-12-31").end
    (datetime.date(2020, 10, 1), datetime.date(2021, 1, 1))
    """
    try:
        if fixed := _FIXED.fullmatch(text):
            return _fixed(text, int(fixed["year"]), fixed["quarter"], fixed["month"])
        if moving := _MOVING.fullmatch(text):
            return _moving(text, moving["kind"], moving["days"], date.fromisoformat(moving["day"]))
    except (ValueError, OverflowError):
        pass  # a day such as 2020-02-30, or the year 0000
    raise GeoError(
        f"不认识的统计期“{text}”;可写作 2020、2020-Q4、2020-12、ytd:2020-12-31、last90:2020-12-31、todate:2020-12-31。",
        f"Unknown period {text!r}; write 2020, 2020-Q4, 2020-12, ytd:2020-12-31, last90:2020-12-31 or "
        "todate:2020-12-31.",
    )


def kept_periods(first: date, data_on: date) -> list[Period]:
    """The periods facts are kept for: fixed ones touched from `first` to `data_on`, moving ones at the as-of days.

    As-of days are the month ends from `first` on and `data_on` itself. In order: months, quarters, years, then
    for every as-of day ytd, last30, last90, last365, todate. Nothing when `first` is after `data_on`.

    >>> [p.text for p in kept_periods(date(2020, 12, 5), date(2020, 12, 31))][:4]
    ['2020-12', '2020-Q4', '2020', 'ytd:2020-12-31']
    """
    if first > data_on:
        return []
    months = [
        (n // 12, n % 12 + 1) for n in range(first.year * 12 + first.month - 1, data_on.year * 12 + data_on.month)
    ]
    fixed = [f"{year:04}-{month:02}" for year, month in months]
    fixed += dict.fromkeys(f"{year:04}-Q{(month + 2) // 3}" for year, month in months)
    fixed += dict.fromkeys(f"{year:04}" for year, _ in months)
    month_ends = [_first_of(year, month + 1) - _DAY for year, month in months]
    as_of = sorted({day for day in month_ends if day <= data_on} | {data_on})
    kinds = ["ytd", *(f"last{days}" for days in WINDOWS), "todate"]
    return [parse_period(text) for text in fixed + [f"{kind}:{day}" for day in as_of for kind in kinds]]


def period_label(text: str, lang: str = "zh") -> str:
    """A period in words. Raises GeoError when `text` is not a period.

    >>> period_label("2020-Q4"), period_label("2020-12", "en")
    ('2020年第四季度', 'December 2020')
    """
    period = parse_period(text)
    zh = lang == "zh"
    day = period.last_day
    if period.kind == "year":
        return f"{day.year}年" if zh else str(day.year)
    if period.kind == "quarter":
        quarter = (day.month + 2) // 3
        return f"{day.year}年第{_QUARTERS_ZH[quarter - 1]}季度" if zh else f"Q{quarter} {day.year}"
    if period.kind == "month":
        return f"{day.year}年{day.month}月" if zh else f"{_MONTHS_EN[day.month - 1]} {day.year}"
    until = f"{day.year}年{day.month}月{day.day}日" if zh else f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
    if period.kind == "ytd":
        return f"{day.year}年1月1日至{day.month}月{day.day}日" if zh else f"1 January to {until}"
    if period.kind == "todate":
        return f"截至{until}" if zh else f"Up to {until}"
    days = period.kind.removeprefix("last")
    return f"截至{until}的{days}天" if zh else f"{days} days to {until}"


def _fixed(text: str, year: int, quarter: str | None, month: str | None) -> Period:
    if quarter:
        return Period(text, _first_of(year, 3 * int(quarter) - 2), _first_of(year, 3 * int(quarter) + 1))
    if month:
        return Period(text, _first_of(year, int(month)), _first_of(year, int(month) + 1))
    return Period(text, _first_of(year, 1), _first_of(year + 1, 1))


def _moving(text: str, kind: str, days: str | None, last: date) -> Period:
    end = last + _DAY
    if kind == "todate":
        return Period(text, None, end)
    if kind == "ytd":
        return Period(text, date(last.year, 1, 1), end)
    if days is None or int(days) not in WINDOWS or not days.lstrip("0") == days:
        raise ValueError(text)
    return Period(text, end - timedelta(days=int(days)), end)


def _first_of(year: int, month: int) -> date:
    """The first day of a month; month 13 is January of the next year."""
    return date(year + 1, 1, 1) if month == 13 else date(year, month, 1)
