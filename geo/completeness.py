"""Who has reported (谁报了): how many of the units of each area have sent what a number needs, and what is owed.

Units are communities. A unit that has sent nothing stays in the denominator.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date


def units_reported(
    parents: Mapping[int, int | None], expected: Iterable[int], reported: Collection[int]
) -> dict[int, tuple[int, int]]:
    """How many units have reported, and how many were to, for every unit expected and every area above one.

    parents : area → the one above it; None, or no entry, at the top. expected : units that are to report, each once.
    reported : units that have; others than the expected ones do not count.

    >>> units_reported({1: None, 2: 1, 3: 1, 21: 2, 22: 2, 31: 3}, [21, 22, 31], {21})
    {21: (1, 1), 2: (1, 2), 1: (1, 3), 22: (0, 1), 31: (0, 1), 3: (0, 1)}
    """
    sums: dict[int, tuple[int, int]] = {}
    for unit in expected:
        has = int(unit in reported)
        area: int | None = unit
        while area is not None:
            n, d = sums.get(area, (0, 0))
            sums[area] = n + has, d + 1
            area = parents.get(area)
    return sums


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months from that of one day to that of another, oldest first.

    >>> [str(month) for month in months_between(date(2020, 11, 30), date(2021, 1, 1))]
    ['2020-11-01', '2020-12-01', '2021-01-01']
    """
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(n // 12, n % 12 + 1, 1) for n in numbers]


def due_on(month: date, due_day: int) -> date:
    """The day on which the ledger of a month is due: a day of the next month.

    >>> str(due_on(date(2020, 12, 1), 10))
    '2021-01-10'
    """
    return date(month.year + month.month // 12, month.month % 12 + 1, due_day)


def owed_months(first: date, on: date, due_day: int, reported: Collection[date]) -> list[tuple[date, int]]:
    """The months of which nothing came although it was due before a day, oldest first, each with how many days late.

    first : the month from which on the unit owes. reported : first days of the months it has reported.

    >>> [(str(month), late) for month, late in owed_months(
    ...     date(2020, 9, 1), date(2020, 12, 31), 10, {date(2020, 10, 1)})]
    [('2020-09-01', 82), ('2020-11-01', 21)]
    """
    found = []
    for month in months_between(first, on):
        late = (on - due_on(month, due_day)).days
        if late > 0 and month not in reported:
            found.append((month, late))
    return found
