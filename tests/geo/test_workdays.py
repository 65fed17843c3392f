"""Working days against the calendars as they were decreed."""

from datetime import date

import numpy as np
import pytest

from geo.workdays import add_work_days, decreed_years, is_decreed, is_work_day, work_days_between

# National Day and Mid-Autumn 2020: off from 1 to 8 October, worked on Sunday 27 September and Saturday 10 October.
OCTOBER = [f"2020-10-{day:02}" for day in range(1, 13)]


def test_a_decreed_holiday_and_the_days_worked_for_it():
    assert is_work_day(OCTOBER).tolist() == [False] * 8 + [True, True, False, True]
    assert is_work_day(["2020-09-27", "2020-09-26"]).tolist() == [True, False]


def test_the_prolonged_spring_festival_of_2020():
    # Prolonged to Sunday 2 February.
    assert is_work_day(["2020-01-23", "2020-01-24", "2020-01-31", "2020-02-02", "2020-02-03"]).tolist() == [
        True, False, False, False, True,
    ]  # fmt: skip


def test_days_between_count_the_last_and_not_the_first():
    assert work_days_between("2020-09-30", "2020-10-09").tolist() == 1
    assert work_days_between("2020-10-01", "2020-10-08").tolist() == 0
    assert work_days_between("2020-10-12", "2020-10-12").tolist() == 0
    assert work_days_between("2020-10-12", "2020-10-09").tolist() == -2
    assert np.isnan(work_days_between(["NaT"], ["2020-10-09"])[0])


def test_adding_working_days():
    ends = add_work_days(["2020-09-30", "2020-10-03", "2020-10-08", "NaT"], [1, 1, 3, 5])
    # From the middle of the holiday the first working day is the first after it.
    assert ends.tolist() == [date(2020, 10, 9), date(2020, 10, 9), date(2020, 10, 12), None]
    assert add_work_days(["2020-10-03"], 0).tolist() == [date(2020, 10, 3)]


def test_adding_is_the_inverse_of_counting():
    days = np.arange(np.datetime64("2019-12-01"), np.datetime64("2021-02-01"))
    for amount in (1, 5, 22):
        assert (work_days_between(days, add_work_days(days, amount)) == amount).all()


def test_years_nobody_has_decreed_know_weekends_alone_and_say_so():
    first, last = decreed_years()
    assert first == 2004 and last >= 2026
    later = f"{last + 3}-10-01"
    assert is_decreed(["2003-12-31", "2004-01-01", f"{last}-12-31", later, "NaT"]).tolist() == [
        False, True, True, False, False,
    ]  # fmt: skip
    weekday = np.datetime64(later).astype(object).weekday()
    assert is_work_day([later]).tolist() == [weekday < 5]


def test_what_cannot_be_reckoned_is_refused():
    with pytest.raises(ValueError, match="1990 to 2059"):
        is_work_day(["1989-12-31"])
    with pytest.raises(ValueError, match="0 or more"):
        add_work_days(["2020-01-01"], -1)
