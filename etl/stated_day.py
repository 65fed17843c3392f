"""The day up to which a file says it speaks (数据截至): in its title, a note below the table, its name or its sheet."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

_STATED = re.compile(
    r"截[至止][^0-9]{0,12}(?P<year>[0-9]{4})"
    r"(?:(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?![0-9])"
    r"|\s*[-./年]\s*(?P<month_>[0-9]{1,2})(?:\s*[-./月]\s*(?P<day_>[0-9]{1,2}))?(?![0-9])"
    r"|\s*年?[底末])"
)


def stated_day(texts: Iterable[str]) -> date | None:
    """The latest day that some texts state as the one they go up to; of a month or a year its last.

    >>> stated_day(["走访台账(统计截止日期:2020年12月31日)"]), stated_day(["截至2020.2", "截至去年底"])
    (datetime.date(2020, 12, 31), datetime.date(2020, 2, 29))
    """
    days = []
    for text in texts:
        for found in _STATED.finditer(unicodedata.normalize("NFKC", text)):
            year, month = int(found["year"]), int(found["month"] or found["month_"] or 12)
            if year >= 1 and 1 <= month <= 12:
                last = monthrange(year, month)[1]
                day = int(found["day"] or found["day_"] or last)
                days += [date(year, month, day)] if 1 <= day <= last else []
    return max(days, default=None)


def row_text(cells: Iterable[Any]) -> str:
    """A row of a title or a note as one text: the day may stand in a cell of its own."""
    return " ".join(str(c.date() if isinstance(c, datetime) else c) for c in cells if c is not None)
