"""The months of a slider (逐月): those kept, the one a period ends in, the one that comes next."""

from collections.abc import Sequence

from geo.periods import parse_period
from portal import reads
from portal.identity import Viewer

SHOWN = 24


def kept_months(viewer: Viewer) -> list[str]:
    """The last 24 months with numbers, oldest first."""
    return sorted(text for text in reads.periods(viewer) if parse_period(text).kind == "month")[-SHOWN:]


def month_of(months: Sequence[str], period: str) -> str:
    """The month a period ends in, or the nearest of some months.

    >>> [month_of(["2020-11", "2020-12"], one) for one in ("2020", "2020-Q3", "2020-11")]
    ['2020-12', '2020-11', '2020-11']
    """
    return min(max(f"{parse_period(period).last_day:%Y-%m}", months[0]), months[-1])


def next_month(months: Sequence[str], period: str) -> str:
    """The month after one; the first from a period that is no month of them, and from the last.

    >>> [next_month(["2020-11", "2020-12"], one) for one in ("2020", "2020-11", "2020-12")]
    ['2020-11', '2020-12', '2020-11']
    """
    at = months.index(period) + 1 if period in months else 0
    return months[at % len(months)]
