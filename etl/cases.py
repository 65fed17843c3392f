"""The state of a case from its log (办理状态): the register says what it was told, the steps what happened.

Where a case has steps they decide: its lifecycle is that of the last step; accepted on the first acceptance; resolved
on the day it came to "resolved" for good, which a reopening takes back; closed likewise. Without steps the register
stands.
"""

from typing import Any

import pandas as pd

from data import schema, terms
from etl.plan import Plan

REOPENED = "90"


def settle_cases(plan: Plan) -> None:
    """Set lifecycle, dates and reopenings of every case that has steps; what agrees already is no change."""
    steps = plan.rows(schema.case_step).sort_values(["case_id", "step_seq"])
    cases = plan.rows(schema.case_file).set_index("case_id")
    rows: list[dict[str, Any]] = []
    for case, log in steps.groupby("case_id", sort=True):
        # Steps of a case that was taken back stay with it.
        if case in cases.index:
            state = case_state(list(zip(log["step_op"], log["step_on"], log["lifecycle_after"], strict=True)))
            if state["accepted_on"] is None:
                state["accepted_on"] = cases.at[case, "accepted_on"]
            rows.append({"case_id": case, **state})
    if rows:
        plan.patch(schema.case_file, pd.DataFrame(rows, dtype=object))


def case_state(steps: list[tuple[str, Any, str]]) -> dict[str, Any]:
    """The state after some steps (operation, day, lifecycle afterwards), in order; dates None where it never came.

    >>> case_state([("accept", 1, "20"), ("finish", 5, "50"), ("reopen", 6, "90"), ("finish", 9, "50")])["resolved_on"]
    9
    """
    lifecycle = steps[-1][2]
    reopened = [n for n, (op, _, after) in enumerate(steps) if op == "reopen" or after == REOPENED]
    since = steps[reopened[-1] + 1 :] if reopened else steps

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
