"""The state of a case from its log (办理状态): the register says what it was told, the steps what happened.

Where a case has steps they decide: its lifecycle is that of the last step; accepted on the first acceptance; resolved
on the day it came to "resolved" for good, which a reopening takes back; closed likewise. One that is archived after
mediation failed has failed, and where the register says that it was no success, no day of its log is one of resolution.
Without steps the register stands.
"""

from typing import Any

import pandas as pd

from data import schema, terms
from etl.plan import Plan
from geo.case_state import failed

REOPENED, ARCHIVED, FAILED = "90", "60", "70"


def settle_cases(plan: Plan) -> None:
    """Set lifecycle, dates and reopenings of every case that has steps; what agrees already is no change."""
    steps = plan.rows(schema.case_step).sort_values(["case_id", "step_seq"])
    cases = plan.rows(schema.case_file).set_index("case_id")
    no_success = set(cases.index[failed(cases, terms.CASE_CODES)])
    rows: list[dict[str, Any]] = []
    for case, log in steps.groupby("case_id", sort=True):
        # Steps of a case that was taken back stay with it.
        if case in cases.index:
            state = case_state(list(zip(log["step_op"], log["step_on"], log["lifecycle_after"], strict=True)))
            if state["accepted_on"] is None:
                state["accepted_on"] = cases.at[case, "accepted_on"]
            if case in no_success:
                state["resolved_on"] = None
            rows.append({"case_id": case, **state})
    if rows:
        plan.patch(schema.case_file, pd.DataFrame(rows, dtype=object))


def case_state(steps: list[tuple[str, Any, str]]) -> dict[str, Any]:
    """The state after some steps (operation, day, lifecycle afterwards), in order; dates None where it never came.

    The lifecycle is that of the last step, but a failure that was archived is a failure.

    >>> case_state([("accept", 1, "20"), ("finish", 5, "50"), ("reopen", 6, "90"), ("finish", 9, "50")])["resolved_on"]
    9
    >>> case_state([("accept", 1, "20"), ("fail", 5, "70"), ("archive", 6, "60")])["lifecycle"]
    '70'
    """
    reopened = [n for n, (op, _, after) in enumerate(steps) if op == "reopen" or after == REOPENED]
    since = steps[reopened[-1] + 1 :] if reopened else steps
    since = _with_failures(since)
    lifecycle = since[-1][2] if since else steps[-1][2]

    def reached(states: tuple[str, ...]) -> Any:
        """The day of the step after which the case was in one of these states and stayed there."""
        day = None
        for _, on, after in since:
            day = (day or on) if after in states else None
        return day

    return {
        "lifecycle": lifecycle,
        "accepted_on": next((on for op, on, _ in steps if op == "accept"), None),
        "resolved_on": reached(terms.RESOLVED_LIFECYCLES),
        "closed_on": reached(terms.CLOSED_LIFECYCLES),
        "reopened_count": len(reopened),
    }


def _with_failures(steps: list[tuple[str, Any, str]]) -> list[tuple[str, Any, str]]:
    """The steps with what is archived straight after a failure still failed."""
    found: list[tuple[str, Any, str]] = []
    for op, on, after in steps:
        is_failed = after == ARCHIVED and bool(found) and found[-1][2] == FAILED
        found.append((op, on, FAILED if is_failed else after))
    return found
