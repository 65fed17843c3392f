"""The clock of a case, followed day by day through one log."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geo.clock import clocks_at, due_days, holds_of, lifecycles_at
from geo.counting import days_of
from geo.errors import GeoError

STAGES = {"10": "accept", "20": "handle", "30": "handle", "33": "paused", "50": "verify", "60": "stopped",
          "90": "handle"}  # fmt: skip


def limit(amount, unit, soon=7, yellow=3, red=0):
    return SimpleNamespace(amount=amount, unit=unit, soon=soon, yellow=yellow, red=red)


LIMITS = {
    ("dispute", "accept"): limit(5, "natural_day", soon=2, yellow=0, red=2),
    ("dispute", "handle"): limit(1, "month"),
    ("suggestion", "handle"): limit(10, "work_day", soon=3, yellow=1),
}


def log(*rows):
    """Steps: (case, day of 2020 as "MM-DD", lifecycle afterwards), in order."""
    frame = pd.DataFrame(rows, columns=["case_id", "step_on", "lifecycle_after"])
    frame["step_on"] = [date.fromisoformat(f"2020-{day}") for day in frame["step_on"]]
    return frame.assign(step_seq=frame.groupby("case_id").cumcount() + 1)


def cases(*rows):
    return pd.DataFrame(rows, columns=["case_id", "case_kind", "due_on", "outcome"])


def clock(steps, day, case=1, register=None):
    """(lifecycle, clock, days left) of a case at the end of a day."""
    register = cases((1, "dispute", None, "success"), (2, "suggestion", None, None)) if register is None else register
    found = clocks_at(register, steps, date.fromisoformat(f"2020-{day}"), limits=LIMITS, stages=STAGES)
    row = found.loc[case]
    return row["lifecycle"], row["clock"], None if np.isnan(row["days_left"]) else int(row["days_left"])


LIFE = log(
    (1, "03-01", "10"), (1, "03-04", "20"), (1, "03-06", "30"), (1, "03-10", "33"), (1, "03-20", "30"),
    (1, "04-10", "50"), (1, "04-20", "90"), (1, "04-30", "50"), (1, "05-08", "60"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Five days to accept: due on the 6th.
        ("03-01", ("10", "in_time", 5)),
        ("03-03", ("10", "in_time", 3)),
        # Accepted on the 4th, one month to handle: due on 4 April.
        ("03-04", ("20", "in_time", 31)),
        ("03-09", ("30", "in_time", 26)),
        # On hold from the 10th to the 20th: ten days more.
        ("03-15", ("33", "stopped", None)),
        ("03-20", ("30", "in_time", 25)),
        ("04-07", ("30", "soon", 7)),
        ("04-09", ("30", "soon", 5)),
        # Resolved; no limit for the follow-up.
        ("04-10", ("50", "in_time", None)),
        # Reopened: a new month from the 20th.
        ("04-20", ("90", "in_time", 30)),
        ("05-08", ("60", "stopped", None)),
    ],
)
def test_one_life(day, expected):
    assert clock(LIFE, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("04-27", "soon"), ("04-30", "soon"), ("05-01", "yellow"), ("05-04", "yellow"), ("05-05", "red")],
)
def test_cards_on_the_way_to_the_due_day(day, expected):
    # Accepted on 4 April, due on 4 May: on that day it is not overdue.
    assert clock(log((1, "04-04", "20")), day)[1] == expected


def test_a_red_card_may_wait_some_days():
    waiting = log((1, "03-01", "10"))
    assert [clock(waiting, day)[1] for day in ("03-04", "03-06", "03-08", "03-09")] == [
        "soon",
        "yellow",
        "yellow",
        "red",
    ]


def test_a_stated_due_day_goes_before_the_limit_and_pauses_move_it():
    stated = cases((1, "dispute", date(2020, 3, 20), None))
    found = clocks_at(stated, LIFE, date(2020, 3, 25), limits=LIMITS, stages=STAGES)
    assert found.loc[1, "due_on"] == pd.Timestamp(2020, 3, 30)
    # After a reopening what was stated is past; the limit begins again.
    found = clocks_at(stated, LIFE, date(2020, 4, 25), limits=LIMITS, stages=STAGES)
    assert found.loc[1, "due_on"] == pd.Timestamp(2020, 5, 20)


def test_working_days_pass_over_a_holiday():
    steps = log((2, "09-28", "20"))
    # 29 and 30 September, 9, 10, 12 to 16 and 19 October.
    assert clock(steps, "09-28", case=2) == ("20", "in_time", 10)
    assert clock(steps, "10-08", case=2) == ("20", "in_time", 8)
    assert clock(steps, "10-19", case=2) == ("20", "yellow", 0)
    assert clock(steps, "10-20", case=2) == ("20", "red", -1)


def test_outcome_is_known_at_the_end_only():
    register = cases((1, "dispute", None, "success"))
    at = {day: clocks_at(register, LIFE, date.fromisoformat(day), limits=LIMITS, stages=STAGES).loc[1, "outcome"]
          for day in ("2020-04-09", "2020-05-08")}  # fmt: skip
    assert at == {"2020-04-09": None, "2020-05-08": "success"}


def test_a_case_is_absent_before_its_first_step():
    assert lifecycles_at(LIFE, date(2020, 2, 29)).empty
    assert lifecycles_at(LIFE, date(2020, 3, 12)).to_dict() == {1: "33"}


def test_holds_are_the_pauses_of_the_handling_with_the_days_so_far():
    steps = log(
        (1, "03-01", "10"), (1, "03-02", "20"), (1, "03-06", "33"), (1, "03-16", "30"), (1, "03-20", "33"),
        (1, "03-24", "30"), (1, "04-01", "33"),
    )  # fmt: skip
    found = holds_of(pd.concat([log((2, "03-01", "20")), steps]).sample(frac=1, random_state=5), STAGES)
    assert found["case_id"].tolist() == [1, 1, 1]
    assert days_of(found["held_on"]).astype(str).tolist() == ["2020-03-06", "2020-03-20", "2020-04-01"]
    assert days_of(found["resumed_on"]).astype(str).tolist() == ["2020-03-16", "2020-03-24", "NaT"]
    # From Friday the 6th to Monday the 16th six working days, from Friday the 20th to Tuesday two.
    assert found[["days", "work_days"]].values.tolist()[:2] == [[10, 6], [14, 8]]


def test_no_hold_is_an_empty_frame():
    assert holds_of(log((1, "03-01", "20")), STAGES).empty
    assert holds_of(log((1, "03-01", "20")).iloc[:0], STAGES).empty


def test_several_cases_in_any_order_do_not_mix():
    steps = pd.concat([log((2, "09-28", "20")), LIFE]).sample(frac=1, random_state=3)
    assert clock(steps, "10-20", case=2)[1] == "red"
    assert clock(steps, "04-07", case=1) == ("30", "soon", 7)


def test_months_end_on_the_last_day_and_hours_are_rounded_up():
    days = np.array(["2020-01-31", "2020-12-15", "NaT"], dtype="datetime64[D]")
    assert due_days(days, limit(1, "month")).tolist() == [date(2020, 2, 29), date(2021, 1, 15), None]
    assert due_days(days[:1], limit(25, "natural_hour")).tolist() == [date(2020, 2, 2)]
    # Friday 31 January was a holiday, and so were the days to 2 February.
    assert due_days(days[:1], limit(9, "work_hour")).tolist() == [date(2020, 2, 4)]
    with pytest.raises(GeoError, match="moon"):
        due_days(days, limit(1, "moon"))
