"""What labels alone say about numbers (由标签得出的等式): areas in areas, months in quarters, types in a total.

Nothing here knows how anything is hidden. A label is a cell whether it was served or not.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from geo.periods import parse_period
from tests.attack.answers import ALL, HIDDEN, Label, Served
from tests.attack.bounds import Range, Table, ranges

REST = "rest"
"""d less n: nobody serves it, and it is not negative either."""


class Cells:
    """Every label a family can have, numbered: counts by kinds by areas by periods."""

    def __init__(self, served: Served) -> None:
        counts = dict.fromkeys(label.count for label in served.cells)
        names = dict.fromkeys(count.partition(" ")[0] for count in counts)
        self.counts = [f"{name} {part}" for name in names for part in ("n", "d", REST)]
        self.kinds = sorted({label.kind for label in served.cells} | {ALL})
        self.areas, self.periods = list(served.parents), list(served.periods)
        self.shape = len(self.counts), len(self.kinds), len(self.areas), len(self.periods)
        self.numbers = np.arange(np.prod(self.shape)).reshape(self.shape)
        self._at = [{name: n for n, name in enumerate(names_)}
                    for names_ in (self.counts, self.kinds, self.areas, self.periods)]  # fmt: skip

    def number(self, label: Label) -> int:
        count, kind, area, period = (at[part] for at, part in zip(self._at, label, strict=True))
        return int(self.numbers[count, kind, area, period])


def table_of(served: Served, cells: Cells, *, adds_over_periods: bool = True) -> Table:
    """What was served of a family, and every sum between labels.

    adds_over_periods : not so for counts of distinct people or homes, and for stocks.
    """
    table = Table(cells.numbers.size)
    at, low, high = [], [], []
    for label, value in served.cells.items():
        if value != HIDDEN:
            at.append(cells.number(label))
            ends = value if isinstance(value, tuple) else (value, value)
            low.append(ends[0])
            high.append(ends[1])
    table.know(np.array(at, dtype=np.int64), np.array(low, dtype=float), np.array(high, dtype=float))
    numbers = cells.numbers
    for count in range(0, len(cells.counts), 3):
        n, d, rest = numbers[count], numbers[count + 1], numbers[count + 2]
        table.totals(d.ravel(), np.column_stack([n.ravel(), rest.ravel()]))
        for one in (n, rest):
            _add(table, one, cells, served.parents, adds_over_periods=adds_over_periods)
    return table


def _add(
    table: Table, one: NDArray[np.int64], cells: Cells, parents: Mapping[str, str | None], *, adds_over_periods: bool
) -> None:
    """The sums of one count, by kind, area and period."""
    below: dict[str, list[int]] = {}
    for place, area in enumerate(cells.areas):
        if (above := parents[area]) is not None:
            below.setdefault(above, []).append(place)
    for area, children in below.items():
        inside = one[:, children].transpose(0, 2, 1).reshape(-1, len(children))
        table.totals(one[:, cells.areas.index(area)].ravel(), inside)
    whole = cells.kinds.index(ALL)
    parts = [n for n in range(len(cells.kinds)) if n != whole]
    if parts:
        table.totals(one[whole].ravel(), one[parts].reshape(len(parts), -1).T)
    if adds_over_periods:
        months = [period for period in cells.periods if parse_period(period).kind == "month"]
        for place, period in enumerate(cells.periods):
            if own := months_of(period, months):
                inside = one[:, :, [cells.periods.index(month) for month in own]].reshape(-1, len(own))
                table.totals(one[:, :, place].ravel(), inside)


def months_of(whole: str, months: Iterable[str]) -> list[str]:
    """The months a longer fixed period is made of, where all of them may be chosen.

    >>> months_of("2020-Q1", ["2020-01", "2020-02", "2020-03", "2020-04"]), months_of("2020-Q2", ["2020-04"])
    (['2020-01', '2020-02', '2020-03'], [])
    """
    period = parse_period(whole)
    if period.kind == "month" or period.start is None:
        return []
    own = sorted(m for m in months if f"{period.start:%Y-%m}" <= m and parse_period(m).end <= period.end)
    is_whole = own and own[0] == f"{period.start:%Y-%m}" and parse_period(own[-1]).end == period.end
    return own if is_whole and len(own) == _months_between(own[0], own[-1]) else []


def _months_between(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1


def told(
    served: Served, enough: int | None, *, adds_over_periods: bool = True, asked: Iterable[Label] | None = None
) -> dict[Label, Range]:
    """How far each cell that was served as hidden can be told from all that was served.

    enough : a range as wide as this is not looked at further.
    """
    cells = Cells(served)
    wanted = {cells.number(label): label for label in (hidden(served) if asked is None else asked)}
    found = ranges(table_of(served, cells, adds_over_periods=adds_over_periods), wanted, enough)
    return {label: found[number] for number, label in wanted.items()}


def hidden(served: Served) -> list[Label]:
    return [label for label, value in served.cells.items() if value == HIDDEN]
