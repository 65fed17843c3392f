from datetime import date, timedelta

import pytest

from etl.cases import case_state


def day(n: int) -> date:
    return date(2020, 5, 1) + timedelta(days=n)


REGISTER, ACCEPT, TALK = ("register", day(0), "10"), ("accept", day(1), "20"), ("handle", day(3), "30")
RESOLVE, ARCHIVE = ("finish", day(10), "50"), ("archive", day(14), "60")
REOPEN, AGAIN, FAIL = ("reopen", day(20), "90"), ("finish", day(25), "50"), ("fail", day(30), "70")


@pytest.mark.parametrize(
    ("steps", "lifecycle", "accepted", "resolved", "closed", "reopened"),
    [
        ([REGISTER], "10", None, None, None, 0),
        ([REGISTER, ACCEPT, TALK], "30", day(1), None, None, 0),
        ([REGISTER, ACCEPT, RESOLVE], "50", day(1), day(10), day(10), 0),
        # Archived later: resolved and closed on the day it came to that.
        ([ACCEPT, RESOLVE, ("follow_up", day(12), "50"), ARCHIVE], "60", day(1), day(10), day(10), 0),
        ([ACCEPT, RESOLVE, REOPEN], "90", day(1), None, None, 1),
        ([ACCEPT, RESOLVE, REOPEN, AGAIN], "50", day(1), day(25), day(25), 1),
        # Failed after being reopened: closed, not resolved.
        ([ACCEPT, RESOLVE, REOPEN, FAIL], "70", day(1), None, day(30), 1),
        # Failed, then archived: it has failed all the same.
        ([ACCEPT, FAIL, ("archive", day(40), "60")], "70", day(1), None, day(30), 0),
        # Resolved before it is closed, where a county tells the two apart.
        ([ACCEPT, ("finish", day(10), "45"), ARCHIVE], "60", day(1), day(10), day(14), 0),
        # Sent back to work without being called reopened: no longer resolved.
        ([ACCEPT, RESOLVE, ("return", day(11), "30")], "30", day(1), None, None, 0),
    ],
)  # fmt: skip
def test_the_log_decides(
    steps: list[tuple[str, date, str]], lifecycle: str, accepted: date | None, resolved: date | None,
    closed: date | None, reopened: int,
) -> None:  # fmt: skip
    assert case_state(steps) == {
        "lifecycle": lifecycle, "accepted_on": accepted, "resolved_on": resolved, "closed_on": closed,
        "reopened_count": reopened,
    }  # fmt: skip
