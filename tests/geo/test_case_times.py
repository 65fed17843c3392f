"""Times of cases, counted on the fingers."""

import numpy as np
import pytest

from geo.case_times import AGES, Spread, by_age, by_month, crossed, spread


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_half_and_nine_tenths_are_days_somebody_waited() -> None:
    # 1, 2, …, 10 days: five of ten took 5 days or less, nine of ten 9.
    settled = days(*(f"2020-05-{1 + n:02}" for n in range(1, 11)))
    assert spread(days(*["2020-05-01"] * 10), settled, 1) == Spread(10, 5, 9)


def test_one_more_moves_both_up() -> None:
    settled = days(*(f"2020-05-{1 + n:02}" for n in range(1, 12)))
    assert spread(days(*["2020-05-01"] * 11), settled, 1) == Spread(11, 6, 10)


def test_settled_on_the_day_is_no_day() -> None:
    assert spread(days("2020-05-01"), days("2020-05-01"), 1) == Spread(1, 0, 0)


@pytest.mark.parametrize("least", [3, 20])
def test_too_few_are_unknown_and_so_are_none(least: int) -> None:
    assert spread(days("2020-05-01", "2020-05-01"), days("2020-05-02", "2020-05-09"), least) is None
    assert spread(days(), days(), 0) is None
    assert spread(days("2020-05-01"), days("NaT"), 0) is None


def test_what_is_not_settled_is_not_counted() -> None:
    found = spread(days("2020-05-01", "2020-05-01", "NaT"), days("2020-05-04", "NaT", "2020-05-04"), 1)
    assert found == Spread(1, 3, 3)


def test_every_age_has_its_band() -> None:
    on = np.datetime64("2020-12-31")
    edges = [0, 7, 8, 15, 16, 30, 31, 60, 61, 400]
    assert by_age(np.array([on - n for n in edges]), on) == [2, 2, 2, 2, 2]
    assert by_age(days(), on) == [0] * len(AGES)
    assert sum(by_age(days("NaT"), on)) == 0


def test_months_outside_the_ledger_are_not_zero() -> None:
    found = by_month(days("2019-11-03", "2020-01-09", "2020-01-30", "NaT"), np.datetime64("2019-11-01"),
                     np.datetime64("2020-02-10"))  # fmt: skip
    assert list(found.index) == [2019, 2020] and list(found.columns) == list(range(1, 13))
    assert found.loc[2019].isna().tolist() == [True] * 10 + [False] * 2
    assert found.loc[2019, [11, 12]].to_list() == [1, 0]
    assert found.loc[2020, [1, 2]].to_list() == [2, 0] and found.loc[2020, 3:].isna().all()


def test_type_by_area_adds_up() -> None:
    rng = np.random.default_rng(3)
    groups, kinds, is_good = rng.integers(-1, 4, 200), rng.integers(-1, 3, 200), rng.random(200) < 0.5
    good, every = crossed(groups, kinds, is_good, (4, 3))
    known = (groups >= 0) & (kinds >= 0)
    assert every.sum() == known.sum() and good.sum() == (known & is_good).sum()
    assert every[2, 1] == ((groups == 2) & (kinds == 1)).sum()
    assert (good <= every).all()
