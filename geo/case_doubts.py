"""Cases whose state, days and outcome contradict each other (状态与日期矛盾): found, never mended; how each is counted
is the rule of `geo.case_state`.
"""

import numpy as np
import pandas as pd

from geo.case_state import NO_DAY, Codes, case_states, failed
from geo.counting import Mask, days_of

NO_OUTCOME, LOG_DIFFERS = "no_outcome", "log_differs"


def case_doubts(cases: pd.DataFrame, codes: Codes) -> dict[str, Mask]:
    """Which cases are in doubt, by kind of doubt; one may be in several.

    cases : as for `case_states`, with `accepted_on`, `due_on` and `stated_lifecycle` (that of the register where the
    log may say otherwise; missing: not known). codes : as there, with `archived` (lifecycles that end with a closing),
    `again` (open once more: what they state of an end is of the former one) and `dated` (kinds with a day of
    resolution of their own). What is not taken up is in doubt only where something says that it was resolved.

    >>> from datetime import date
    >>> cases = pd.DataFrame({"case_kind": "dispute", "lifecycle": ["60", "10"], "outcome": ["success", None],
    ...                       "accepted_on": [date(2020, 5, 1)] * 2, "due_on": None, "resolved_on": [None, None],
    ...                       "closed_on": [None, date(2020, 5, 3)], "stated_lifecycle": None})
    >>> codes = {"resolved": ("50", "60"), "closed": ("50", "60", "70"), "invalid": ("80",), "success": ("success",),
    ...          "judged": ("dispute",), "failed": ("70",), "archived": ("60", "70"), "again": ("90",),
    ...          "dated": ("dispute",)}
    >>> [(kind, found.tolist()) for kind, found in case_doubts(cases, codes).items() if found.any()]
    [('closed_no_day', [True, False]), ('day_not_closed', [False, True])]
    """
    states = case_states(cases, codes)
    state, outcome = cases["lifecycle"], cases["outcome"]
    accepted, due = days_of(cases["accepted_on"]), days_of(cases["due_on"])
    resolved, closed = days_of(cases["resolved_on"]), days_of(cases["closed_on"])
    is_resolved, is_closed = states["is_resolved"].to_numpy(bool), states["is_closed"].to_numpy(bool)
    is_valid = states["is_valid"].to_numpy(bool)
    is_again = state.isin(codes["again"]).to_numpy(bool)
    is_dated = cases["case_kind"].isin(codes["dated"]).to_numpy(bool)
    is_judged = cases["case_kind"].isin(codes["judged"]).to_numpy(bool)
    by_state = state.isin(codes["resolved"]).to_numpy(bool)
    has_success = is_judged & outcome.isin(codes["success"]).to_numpy(bool)
    no_outcome = is_judged & (outcome.isna() | (outcome == "")).to_numpy(bool)
    no_day = np.isnat(closed) & (state.isin(codes["archived"]).to_numpy(bool) | ~is_resolved | np.isnat(resolved))
    closed_no_day = is_closed & no_day
    first = np.where(np.isnat(resolved), closed, resolved)
    ended = np.where(is_closed | is_resolved, np.fmin(first, np.where(np.isnat(closed), first, closed)), NO_DAY)
    return {
        "closed_no_day": closed_no_day,
        "resolved_no_day": is_resolved & is_dated & np.isnat(resolved) & ~closed_no_day,
        "day_not_closed": is_valid & ~is_closed & ~is_again & ~np.isnat(closed),
        "day_not_resolved": is_dated & ~is_resolved & ~is_again & ~np.isnat(resolved)
        & ~(is_valid & ~is_closed & ~np.isnat(closed)),
        "closed_not_accepted": (is_closed | is_resolved) & np.isnat(accepted),
        "before_accepted": ended < accepted,
        "due_before_accepted": is_valid & (due < accepted),
        "success_not_resolved": has_success & ~by_state & ~is_again,
        "resolved_not_success": by_state & ~state.isin(codes["archived"]).to_numpy(bool) & failed(cases, codes),
        NO_OUTCOME: by_state & no_outcome,
        LOG_DIFFERS: _log_differs(cases, codes),
    }  # fmt: skip


def _log_differs(cases: pd.DataFrame, codes: Codes) -> Mask:
    """Where the register says of resolved, closed or not taken up something else than the last step."""
    stated = cases["stated_lifecycle"]
    known = (stated.notna() & (stated != "")).to_numpy(bool)
    differs = np.zeros(len(cases), dtype=bool)
    for group in ("resolved", "closed", "invalid"):
        differs |= stated.isin(codes[group]).to_numpy(bool) != cases["lifecycle"].isin(codes[group]).to_numpy(bool)
    return known & differs
