"""Exact numbers from one dated release to the next (公开数的更新): they change by k or more, or stand as they stood.

Whoever sees two releases sees what happened between them: 278 homes, then 279, is one home. Below the county numbers
are rounded (`geo.coarse`), and a change of theirs is any of k. A total that is shown exactly is held back instead:

* a number (numerator, denominator, and what is left between them) changes only when it is k or more away from what was
  shown last, and never to within k of anything shown in an earlier release; else it stands. So any two releases, next
  to each other or not, differ in it by nothing or by k at least;
  A period that is not there yet counts as 0, which is shown as nothing too;
* where the quarter is the sum of its months, and the year too, it is the sum of the months as they are shown: three
  months and their quarter are one number too many, and would give away what is held back in one of them. Where such a
  sum would change by less than k, the months that move it least stand as well.

How far behind it stays: less than k for a number by itself, less than 2 k where what is left between holds it back, and
as much for every month in a sum of months.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo.periods import Period, parse_period

Number = tuple[float, float | None]
"""Numerator and denominator, which is missing for a plain count."""
Numbers = Mapping[str, Number]
"""By period."""
Pair = tuple[float, float]


def held(now: Numbers, last: Numbers | None, earlier: Mapping[str, Iterable[Number]], k: int) -> dict[str, Number]:
    """The exact numbers of one total in a new release, for all its fixed periods; an absent one is 0 of 0.

    now : as they are. last : as shown in the last release; None when there was none. earlier : what all releases
    before showed, by period.

    >>> held({"2020": (279.0, 795.0)}, {"2020": (278.0, 791.0)}, {}, 5)
    {'2020': (278.0, 791.0)}
    >>> held({"2020": (284.0, 805.0)}, {"2020": (278.0, 791.0)}, {}, 5)
    {'2020': (284.0, 805.0)}
    """
    if k < 2 or last is None:
        return dict(now)
    periods = {text: parse_period(text) for text in (*now, *last)}
    found: dict[str, Number] = {}
    for year in sorted({period.last_day.year for period in periods.values()}):
        own = [period for period in periods.values() if period.last_day.year == year]
        found |= _Year(own, now, last, earlier, k).held()
    return found


@dataclass
class _Shown:
    """What releases showed of one number: all of them, and the last."""

    ever: set[float]
    last: float

    def may_be(self, shown: float, true: float, k: int) -> bool:
        if shown == self.last:
            return True
        if abs(true - self.last) < k:
            return False
        return shown in self.ever or all(abs(shown - other) >= k for other in self.ever)

    def step(self, true: float, k: int) -> float:
        """The number itself where it may be shown, else the nearest that was."""
        if abs(true - self.last) < k:
            return self.last
        nearest = min(self.ever, key=lambda other: (abs(other - true), other))
        return nearest if abs(nearest - true) < k else true


class _Year:
    """The periods of one year, which are shown together."""

    def __init__(
        self, periods: list[Period], now: Numbers, last: Numbers, earlier: Mapping[str, Iterable[Number]], k: int
    ) -> None:
        self.k = k
        self.periods = sorted({period.text for period in periods})
        numbers = [*now.values(), *last.values()]
        self.is_plain = any(d is None for _, d in numbers)
        self.now = {text: _pair(now.get(text)) for text in self.periods}
        self.last = {text: _pair(last.get(text)) for text in self.periods}
        self.is_share = not self.is_plain and all(n <= d for of in (self.now, self.last) for n, d in of.values())
        inside = {p.text: _months_in(p, periods) for p in periods if p.kind in ("quarter", "year")}
        self.sums: list[dict[str, list[str]]] = [
            {text: months for text, months in inside.items() if months and self._adds_up(column, inside)}
            for column in (0, 1)
        ]
        self.shown = {
            text: [
                _Shown({0.0, last, *others}, last)
                for last, *others in zip(
                    _three(self.last[text]), *(_three(_pair(one)) for one in earlier.get(text, ())), strict=True
                )
            ]
            for text in self.periods
        }

    def _adds_up(self, column: int, inside: Mapping[str, list[str]]) -> bool:
        whole = ((self.now[text][column], months) for text, months in inside.items() if months)
        return all(total == sum(self.now[month][column] for month in months) for total, months in whole)

    def held(self) -> dict[str, Number]:
        cells = {
            (text, column): self.shown[text][column].step(self.now[text][column], self.k)
            for text in self.periods
            for column in (0, 1)
            if text not in self.sums[column]
        }
        while True:
            shown = {text: self._total(cells, text) for text in self.periods}
            wrong = next((text for text in self.periods if not self._may_be(text, shown[text])), None)
            if wrong is None:
                break
            moved = [cell for cell in self._cells_of(wrong) if cells[cell] != self.last[cell[0]][cell[1]]]
            if not moved:
                # What was shown last did not add up, and this does: all of it stands.
                shown = self.last
                break
            least = min(moved, key=lambda cell: (abs(cells[cell] - self.last[cell[0]][cell[1]]), cell))
            cells[least] = self.last[least[0]][least[1]]
        return {text: (n, None if self.is_plain else d) for text, (n, d) in shown.items() if n or d}

    def _total(self, cells: Mapping[tuple[str, int], float], text: str) -> Pair:
        n, d = (sum(cells[month, column] for month in self.sums[column].get(text, [text])) for column in (0, 1))
        return n, d

    def _cells_of(self, text: str) -> list[tuple[str, int]]:
        return [(month, column) for column in (0, 1) for month in self.sums[column].get(text, [text])]

    def _may_be(self, text: str, shown: Pair) -> bool:
        if self.is_share and shown[0] > shown[1]:
            return False
        three = zip(self.shown[text], _three(shown), _three(self.now[text]), strict=True)
        looked = list(three)[: 3 if self.is_share else 1 if self.is_plain else 2]
        return all(known.may_be(number, true, self.k) for known, number, true in looked)


def _pair(number: Number | None) -> Pair:
    return (number[0], number[1] or 0.0) if number else (0.0, 0.0)


def _three(pair: Pair) -> tuple[float, float, float]:
    """Numerator, denominator, and what is left between them."""
    return pair[0], pair[1], pair[1] - pair[0]


def _months_in(whole: Period, periods: Iterable[Period]) -> list[str]:
    months = (p for p in periods if p.kind == "month" and p.start is not None and whole.start is not None)
    return sorted(p.text for p in months if whole.start <= p.start and p.end <= whole.end)  # type: ignore[operator]
