"""The periods of one total that are shown (合计的公开期): as many as may be, found by trying all.

Months add up to quarters and these to the year, so that a hidden month is a quarter less its other months. A period is
hidden where a count of it is small, and others beside it, so that each hidden one can be anything in a range of k at
least:

* in a quarter that is shown, hidden months are two or more, and what they come to is k or more, or nothing;
* a quarter is hidden only with a month of it; where the year is shown, two quarters are hidden or more, and the months
  hidden in them come to k or more, or to nothing;
* a year is hidden only with a quarter of it.

Of all ways that keep to this the one is taken that shows most, and of these the one that shows the longer periods.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

from geo.periods import Period

Parts = tuple[float, ...]
"""The counts of a period that add up and are free of each other: those that did and those that did not."""


class _Choice(NamedTuple):
    """One way for a quarter: whether it is shown, its months that are hidden, and how much is shown."""

    is_shown: bool
    hidden: tuple[str, ...]
    shown: int


def hidden_periods(
    periods: Sequence[Period], parts: Mapping[str, Parts], small: Mapping[str, bool], k: int
) -> frozenset[str]:
    """The periods hidden of one total in one year.

    periods : months, quarters, the year and years to date. parts : by period; an absent one is nothing. small : those
    that must be hidden. A year to date is shown where it follows from the others, and then it is not small.

    >>> from geo.periods import parse_period
    >>> periods = [parse_period(text) for text in ("2020", "2020-Q1", "2020-01", "2020-02", "2020-03")]
    >>> parts = {"2020": (30.0,), "2020-Q1": (30.0,), "2020-01": (3.0,), "2020-02": (7.0,), "2020-03": (20.0,)}
    >>> sorted(hidden_periods(periods, parts, {"2020-01": True}, 5))
    ['2020-01', '2020-02']
    """
    filled = [period for period in periods if any(parts.get(period.text, ()))]
    months = [period for period in filled if period.kind == "month"]
    quarters: dict[str, list[str]] = {period.text: [] for period in filled if period.kind == "quarter"}
    for month in months:
        quarters.setdefault(f"{month.last_day.year:04}-Q{(month.last_day.month + 2) // 3}", []).append(month.text)
    # A quarter that is not there is not shown.
    small = {**small, **{quarter: True for quarter in quarters if quarter not in parts}}
    year = next((period.text for period in filled if period.kind == "year"), "")
    texts = {period.text for period in filled if period.kind != "ytd"}
    if not any(small.get(text) for text in texts):
        hidden: frozenset[str] = frozenset()
    else:
        hidden = _best(year, quarters, parts, small, k) & texts
    shown = [period for period in filled if period.text in texts - hidden]
    return hidden | {p.text for p in filled if p.kind == "ytd" and not _follows(p, months, shown)}


def _is_in(inner: Period, outer: Period) -> bool:
    return inner.start is not None and outer.start is not None and outer.start <= inner.start and inner.end <= outer.end


def _follows(whole: Period, months: Sequence[Period], shown: Sequence[Period]) -> bool:
    """Whether a year to date is made of months whose sum is known: those that the same shown periods hold."""
    inside = {month.text: _is_in(month, whole) for month in months}
    blocks: dict[tuple[bool, ...], list[str]] = {}
    for month in months:
        blocks.setdefault(tuple(_is_in(month, one) for one in shown), []).append(month.text)
    return all(
        any(sign) and all(inside[month] for month in block)
        for sign, block in blocks.items()
        if any(inside[month] for month in block)
    )


def _sum(texts: Sequence[str], parts: Mapping[str, Parts]) -> Parts:
    return tuple(map(sum, zip(*(parts[text] for text in texts), strict=True)))


def _is_open(counts: Parts, k: int) -> bool:
    return all(count == 0 or count >= k for count in counts)


def _ways(
    quarter: str, months: Sequence[str], parts: Mapping[str, Parts], small: Mapping[str, bool], k: int
) -> list[_Choice]:
    """The best way to show a quarter, where there is one, and every way to hide it."""
    must = [month for month in months if small.get(month)]
    may = [month for month in months if not small.get(month)]
    found: list[_Choice] = []
    for many in range(len(may) + 1):
        for more in combinations(may, many):
            hidden = (*must, *more)
            if hidden:
                found.append(_Choice(False, hidden, len(months) - len(hidden)))
            is_best = not any(choice.is_shown for choice in found)
            if is_best and not small.get(quarter) and (
                not hidden or (len(hidden) > 1 and _is_open(_sum(hidden, parts), k))
            ):  # fmt: skip
                found.append(_Choice(True, hidden, len(months) - len(hidden) + 1))
    return found


def _best(
    year: str, quarters: Mapping[str, list[str]], parts: Mapping[str, Parts], small: Mapping[str, bool], k: int
) -> frozenset[str]:
    ways = [_ways(quarter, months, parts, small, k) for quarter, months in quarters.items()]
    best: tuple[int, int] = (-1, -1)
    found = frozenset({year, *quarters, *(month for months in quarters.values() for month in months)} - {""})
    for choices in product(*ways):
        hidden = [month for choice in choices if not choice.is_shown for month in choice.hidden]
        closed = [quarter for quarter, choice in zip(quarters, choices, strict=True) if not choice.is_shown]
        is_safe = not closed or (len(closed) > 1 and _is_open(_sum(hidden, parts), k))
        shows_year = bool(year) and not small.get(year) and is_safe
        if not shows_year and not closed and year:
            continue
        worth = (sum(choice.shown for choice in choices) + shows_year, shows_year + len(quarters) - len(closed))
        if worth > best:
            best = worth
            every = [month for choice in choices for month in choice.hidden]
            found = frozenset([*every, *closed, *([] if shows_year or not year else [year])])
    return found
