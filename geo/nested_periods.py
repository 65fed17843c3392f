"""Periods that lie inside each other, hidden together (嵌套统计期): month, quarter, year and year to date.

A quarter less two of its months is the third. So within a quarter an area has all its months hidden or none; within a
year all quarters or none; and what is hidden for the longer period is hidden for the shorter ones inside it. The areas
hidden at each step are closed along the tree by `geo.suppression.protect`, for all periods of the step at once.

Why nothing can be worked out then: a hidden leaf a has another leaf b hidden in the same region of the tree in the same
months, and month m has another month n in its quarter. One more for (a, m) and (b, n), one less for (a, n) and (b, m)
changes no sum of areas, no quarter, no year and no year to date that is shown, for what is shown of a and b is whole
quarters. The same holds for quarters in a year, where the months, all hidden, follow. A month that is all there is of
its quarter is treated as the quarter it is, a quarter that is all of its year as the year.

The tops (counties) go last. Of each as many periods are shown as may be (`geo.top_periods`), and so of an area that has
nothing but what its top has. Where a top is hidden in a period of a step, everything below it is in all of them: then
what is known of the top's own periods is all that is known of their sums.

Counts that do not add up over periods (distinct households, stock at the end) tell less, not more: a stock of the last
month is that of the quarter, and is then shown under a wider rule.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.disclosure import counted_parts, is_small, lost_with
from geo.errors import GeoError
from geo.periods import Period, parse_period
from geo.suppression import protect
from geo.top_periods import hidden_periods

FIXED = ("month", "quarter", "year", "ytd")
"""The kinds of periods that can be hidden together. Rolling windows cut months in two at any day; to date has no end of
a year to stop at: they are not shown to those for whom numbers are hidden."""


def hidden_areas(
    facts: pd.DataFrame, parents: pd.Series, k: int = 5, *, is_sensitive: bool = False
) -> dict[str, frozenset[int]]:
    """The areas hidden in each period, for one indicator in all the periods that are shown.

    facts : one row per area and period; `area_id`, `period`, `numerator`, `denominator`, optional `households`. An
    absent row is 0 of 0, and is hidden too where the area is: that it is absent would tell.
    parents : parent by area id, missing for the top.

    Raises GeoError for a period that is none of `FIXED`.

    >>> facts = pd.DataFrame({"area_id": [1, 2, 3] * 3, "period": ["2020-01"] * 3 + ["2020-02"] * 3 + ["2020-Q1"] * 3,
    ...                       "numerator": [20, 3, 17, 20, 8, 12, 40, 11, 29],
    ...                       "denominator": [40, 15, 25, 40, 15, 25, 80, 30, 50]})
    >>> found = hidden_areas(facts, pd.Series({1: None, 2: 1, 3: 1}))
    >>> {period: sorted(areas) for period, areas in found.items()}
    {'2020-01': [2, 3], '2020-02': [2, 3], '2020-Q1': []}
    """
    table = _Table(facts, parents)
    found: dict[str, frozenset[int]] = {}
    everything = [parse_period(text) for text in table.periods]
    steps = _steps(everything)
    tops = table.tops(everything, k, is_sensitive)
    of_year: dict[int, NDArray[np.bool_]] = {}
    of_quarters: dict[int, NDArray[np.bool_]] = {}
    for (year, _, step), periods in sorted(steps.items(), key=lambda item: item[0][::2]):
        wider = of_quarters if step == 2 else of_year
        hidden = table.hide(periods, wider.get(year), k, is_sensitive, tops)
        if step < 2:
            of_quarters[year] = hidden
        if step == 0:
            of_year[year] = hidden
        areas = frozenset(int(area) for area in table.areas[hidden])
        for period in periods:
            own = {area for top, hidden_in in tops.items() if period in hidden_in for area in table.following(top)}
            found[period] = areas | own
    return {period: found[period] for period in table.periods}


class _Table:
    """The facts as one matrix of areas by periods for each number."""

    def __init__(self, facts: pd.DataFrame, parents: pd.Series) -> None:
        codes, areas = pd.factorize(facts["area_id"], sort=True)
        columns, periods = pd.factorize(facts["period"])
        self.areas = np.asarray(areas)
        self.periods: list[str] = list(periods)
        above = parents.reindex(self.areas)
        self.parent = np.where(above.notna(), pd.Index(self.areas).get_indexer(above), -1).astype(np.intp)
        shape = (len(areas), len(periods))
        self.numerator, self.denominator = np.zeros(shape), np.zeros(shape)
        for name, matrix in (("numerator", self.numerator), ("denominator", self.denominator)):
            matrix[codes, columns] = facts[name].to_numpy(np.float64, na_value=0.0)
        self.households: NDArray[np.float64] | None = None
        if "households" in facts:
            self.households = np.full(shape, np.nan)
            self.households[codes, columns] = facts["households"].to_numpy(np.float64, na_value=np.nan)

    def tops(self, periods: list[Period], k: int, is_sensitive: bool) -> dict[int, frozenset[str]]:
        """The periods hidden of each area that has none above it, by its row."""
        small = self._small(slice(None), k, is_sensitive)
        columns, many = counted_parts(self.numerator, self.denominator), len(self.periods)
        found = {}
        for top in np.flatnonzero(self.parent < 0).tolist():
            parts = {text: (columns[top, n], columns[top, many + n]) for n, text in enumerate(self.periods)}
            is_hidden = dict(zip(self.periods, small[top].tolist(), strict=True))
            years = {period.last_day.year for period in periods}
            own = ([p for p in periods if p.last_day.year == year] for year in years)
            found[top] = frozenset[str]().union(*(hidden_periods(year, parts, is_hidden, k) for year in own))
        return found

    def following(self, top: int) -> list[int]:
        """The ids of a top and of the areas below it that have nothing but what it has, in every period."""
        return [int(self.areas[row]) for row in self._follow(top)]

    def _follow(self, top: int) -> list[int]:
        rows = [top]
        while True:
            inside = np.flatnonzero(self.parent == rows[-1])
            same = (self.denominator[inside] == self.denominator[top]).all(axis=1)
            same &= (self.numerator[inside] == self.numerator[top]).all(axis=1)
            if not (same.any() and self.denominator[top].any()):
                return rows
            rows.append(int(inside[same][0]))

    def _small(self, at: slice | list[int], k: int, is_sensitive: bool) -> NDArray[np.bool_]:
        homes = None if self.households is None else self.households[:, at]
        counts = self.numerator[:, at], self.denominator[:, at]
        return is_small(*counts, k, households=homes, is_sensitive=is_sensitive)

    def hide(
        self, periods: list[str], wider: NDArray[np.bool_] | None, k: int, is_sensitive: bool,
        tops: Mapping[int, frozenset[str]],
    ) -> NDArray[np.bool_]:  # fmt: skip
        """The areas to hide in all of some periods: those small in any, those hidden in the wider ones, and company.

        tops : the periods hidden of each top by itself; it and what follows it are not among these areas, unless
        nothing else helps.
        """
        at = [self.periods.index(period) for period in periods]
        numerator, denominator = self.numerator[:, at], self.denominator[:, at]
        small = np.asarray(self._small(at, k, is_sensitive).any(axis=1))
        if wider is not None:
            small |= wider
        parent = self.parent.copy()
        for top, hidden_in in tops.items():
            rows = self._follow(top)
            if not hidden_in.isdisjoint(periods):
                small |= self._under(top)
            # What hangs on an area that follows the top hangs on the top itself.
            parent[np.isin(self.parent, rows)] = top
            parent[rows] = -1
            small[rows] = False
        return protect(parent, small, counted_parts(numerator, denominator), lost_with(denominator), k)

    def _under(self, top: int) -> NDArray[np.bool_]:
        """The areas that have a top above them."""
        found = self.parent == top
        while (more := np.isin(self.parent, np.flatnonzero(found)) & ~found).any():
            found |= more
        return found


def _steps(periods: Iterable[Period]) -> dict[tuple[int, int, int], list[str]]:
    """Periods by year, quarter (0 for years and quarters) and step: 0 whole years, 1 whole quarters, 2 months.

    >>> _steps([parse_period("2020"), parse_period("2020-Q1"), parse_period("2020-01"), parse_period("2020-02"),
    ...         parse_period("2020-Q2"), parse_period("2020-04"), parse_period("ytd:2020-02-29")])
    {(2020, 0, 0): ['2020'], (2020, 0, 1): ['2020-Q1', '2020-Q2', '2020-04'], (2020, 1, 2): ['2020-01', '2020-02', \
'ytd:2020-02-29']}
    """
    periods = list(periods)
    for period in periods:
        if period.kind not in FIXED:
            raise GeoError(
                f"统计期“{period.text}”不能与其他期一起做隐私隐藏;请用月、季、年或年初至今。",
                f"The period {period.text} cannot be hidden together with others; use a month, a quarter, a year or a "
                "year to date.",
            )
    months: dict[tuple[int, int], set[str]] = {}
    for period in periods:
        months.setdefault(_quarter_of(period), set()).update([period.text] if period.kind == "month" else ())
    found: dict[tuple[int, int, int], list[str]] = {}
    for period in periods:
        year, quarter = _quarter_of(period)
        step = _own_step(period)
        if period.kind == "ytd" and not any(_follows(other, period) for other in periods):
            step = 0  # no month follows: it is all there is of the year
        if step == 2 and len(months[year, quarter]) == 1:
            step = 1  # the only month is the quarter
        if step == 1 and sum(of_year == year for of_year, number in months if number) == 1:
            step = 0  # the only quarter is the year
        found.setdefault((year, quarter if step == 2 else 0, step), []).append(period.text)
    return found


def _follows(other: Period, period: Period) -> bool:
    """Whether another period is a month of the same year after this one."""
    is_month = other.kind == "month" and other.start is not None and other.start >= period.end
    return is_month and other.last_day.year == period.last_day.year


def _quarter_of(period: Period) -> tuple[int, int]:
    """The year and the quarter that a period ends in; quarter 0 for a year."""
    day = period.last_day
    return day.year, 0 if period.kind == "year" else (day.month + 2) // 3


def _own_step(period: Period) -> int:
    """0 for what ends with a year, 1 with a quarter, 2 inside one; months are always inside."""
    if period.kind in ("year", "quarter", "month"):
        return ("year", "quarter", "month").index(period.kind)
    end = period.end
    return 2 if end.day > 1 or end.month % 3 != 1 else 1 if end.month > 1 else 0
