"""Who has reported: sums up the tree, and the months that are owed."""

from datetime import date

import pytest

from geo.completeness import due_on, months_between, owed_months, units_reported

TREE = {1: None, 2: 1, 3: 1, 21: 2, 22: 2, 31: 3, 32: 3, 33: 3}
UNITS = [21, 22, 31, 32, 33]


def test_a_unit_that_has_sent_nothing_stays_in_the_denominator() -> None:
    found = units_reported(TREE, UNITS, {21})
    assert (found[1], found[2], found[3]) == ((1, 5), (1, 2), (0, 3))
    assert (found[21], found[22]) == ((1, 1), (0, 1))


def test_only_the_expected_units_count() -> None:
    found = units_reported(TREE, [22, 31], {21, 22})
    assert (found[1], found[2], found[3]) == ((1, 2), (1, 1), (0, 1))
    assert 21 not in found


def test_nothing_is_expected_nowhere() -> None:
    assert units_reported(TREE, [], set(UNITS)) == {}


@pytest.mark.parametrize(
    ("on", "late"),
    [
        (date(2020, 12, 10), [("2020-10-01", 30)]),  # November is due today: not late yet
        (date(2020, 12, 11), [("2020-10-01", 31), ("2020-11-01", 1)]),
        (date(2021, 1, 11), [("2020-10-01", 62), ("2020-11-01", 32), ("2020-12-01", 1)]),
    ],
)
def test_a_month_is_late_from_the_day_after_it_was_due(on: date, late: list[tuple[str, int]]) -> None:
    assert [(str(month), days) for month, days in owed_months(date(2020, 10, 15), on, 10, set())] == late


def test_a_month_that_came_is_not_owed() -> None:
    sent = {date(2020, 1, 1), date(2020, 3, 1)}
    assert [month for month, _ in owed_months(date(2020, 1, 1), date(2020, 4, 11), 10, sent)] == [date(2020, 2, 1)]


def test_months_turn_with_the_year() -> None:
    assert months_between(date(2020, 12, 31), date(2021, 2, 1))[-1] == date(2021, 2, 1)
    assert due_on(date(2020, 12, 1), 28) == date(2021, 1, 28)
    assert months_between(date(2021, 2, 1), date(2021, 1, 31)) == []
