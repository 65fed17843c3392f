"""One rule for what is resolved, closed and open, typed out case by case."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from data import terms
from geo.case_state import case_states, open_on

R, C = date(2020, 5, 10), date(2020, 5, 12)


@pytest.mark.parametrize(
    ("kind", "lifecycle", "outcome", "resolved_on", "closed_on", "wanted"),
    [  # wanted: resolved, closed, open, stage, day of resolution, day of closing
        ("dispute", "60", "success", R, C, (True, True, False, "60", R, C)),
        ("dispute", "60", None, R, C, (True, True, False, "60", R, C)),
        # Archived without success: closed that day, resolved never; it stands where mediation failed.
        ("dispute", "60", "failed", R, C, (False, True, False, "70", None, C)),
        ("dispute", "60", "withdrawn", None, None, (False, True, False, "70", None, None)),
        ("dispute", "70", "failed", R, C, (False, True, False, "70", None, C)),
        ("dispute", "70", "success", None, C, (False, True, False, "70", None, C)),
        # No day at all: it counts, on no day.
        ("dispute", "60", "success", None, None, (True, True, False, "60", None, None)),
        # Nobody stated when it was closed, but it was resolved.
        ("dispute", "50", "success", R, None, (True, True, False, "50", R, R)),
        # Resolved and still open, for counties that tell the two apart.
        ("dispute", "45", "success", R, None, (True, False, True, "45", R, None)),
        # Days that the state does not bear out.
        ("dispute", "10", None, R, C, (False, False, True, "10", None, None)),
        ("dispute", "90", "success", R, C, (False, False, True, "90", None, None)),
        ("dispute", "80", "success", R, C, (False, False, False, "80", None, None)),
        # Suggestions and wishes have no outcome; what stands there says nothing.
        ("suggestion", "50", None, None, C, (True, True, False, "50", None, C)),
        ("suggestion", "60", "failed", None, C, (True, True, False, "60", None, C)),
        ("wish", "50", None, R, R, (True, True, False, "50", R, R)),
    ],
)
def test_the_state_says_whether_and_the_dates_when(
    kind: str, lifecycle: str, outcome: str | None, resolved_on: date | None, closed_on: date | None,
    wanted: tuple[bool, bool, bool, str, date | None, date | None],
) -> None:  # fmt: skip
    one = pd.DataFrame({"case_kind": [kind], "lifecycle": [lifecycle], "outcome": [outcome],
                        "resolved_on": pd.to_datetime(pd.Series([resolved_on])), "closed_on": [closed_on]})  # fmt: skip
    found = case_states(one, terms.CASE_CODES).iloc[0]
    days = tuple(None if pd.isna(found[name]) else found[name].date() for name in ("resolved_on", "closed_on"))
    assert (found["is_resolved"], found["is_closed"], found["is_open"], found["stage"], *days) == wanted


def test_open_at_the_end_of_a_day() -> None:
    def days(*words: str) -> np.ndarray:
        return np.array(words, dtype="datetime64[D]")

    accepted = days("2020-05-01", "2020-05-01", "2020-05-02", "2020-05-03", "NaT", "2020-05-01")
    closed = days("2020-05-02", "2020-05-03", "NaT", "NaT", "NaT", "NaT")
    is_closed = np.array([True, True, False, False, False, True])
    found = open_on(accepted, closed, is_closed, np.datetime64("2020-05-02"))
    assert found.tolist() == [False, True, True, False, False, False]
