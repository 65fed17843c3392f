"""The limits are inclusive: on the thirtieth day a building is overdue."""

from datetime import date

import pandas as pd

from geo.due import mark_due

AS_OF = date(2020, 12, 31)


def _marks(*last: str | None) -> pd.DataFrame:
    return mark_due(pd.Series(pd.to_datetime(list(last))), AS_OF, warn_days=20, due_days=30)


def test_the_limits_are_inclusive() -> None:
    marks = _marks("2020-12-12", "2020-12-11", "2020-12-02", "2020-12-01")
    assert marks["days"].tolist() == [19, 20, 29, 30]
    assert marks["due"].tolist() == ["in_time", "soon", "soon", "overdue"]


def test_never_is_not_zero_days() -> None:
    marks = _marks(None, "2020-12-31")
    assert marks["days"].isna().tolist() == [True, False]
    assert marks["due"].tolist() == ["never", "in_time"]


def test_a_visit_after_the_data_date_is_no_negative_number() -> None:
    assert _marks("2021-01-02")["days"].tolist() == [0]


def test_no_buildings_no_rows() -> None:
    assert len(mark_due(pd.Series([], dtype="datetime64[ns]"), AS_OF, warn_days=20, due_days=30)) == 0
