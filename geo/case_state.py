"""What a case file amounts to (事项算什么): taken up, open, closed, resolved, and on which day; one rule for all.

Facts, pages, lineage, exports and days to resolution ask here and nowhere else. The rule:

* **The state says whether, the dates say when.** A date that the state does not bear out counts for nothing: one 登记
  with a closing day is open, one archived without any day is closed. What has no day is in no number that asks for it.
* A dispute is *resolved* when its state is a resolved one and its outcome a success. Where no outcome is recorded
  nothing speaks against the state, and the state counts: an outcome that is unknown is not a failure.
* What is closed and not resolved stands where mediation failed, whatever its state says (archived as not successful).
* The day of a failed closing is no day of resolution. A resolved case without a closing day was closed when resolved.
* On a day a case is open when it was accepted by then and not closed by then; one closed on a day that nobody knows is
  open on no day.

Which codes are resolved, closed and so on is vocabulary and comes as an argument.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geo.counting import Days, Mask, days_of

Codes = Mapping[str, Collection[str]]
"""`resolved`, `closed`, `invalid`: lifecycles; `success`: outcomes; `judged`: kinds that have an outcome; `failed`: the
one lifecycle where what is closed and not resolved stands."""
NO_DAY = np.datetime64("NaT", "D")


def case_states(cases: pd.DataFrame, codes: Codes) -> pd.DataFrame:
    """The flags and days of each case, by its row label.

    cases : `case_kind`, `lifecycle`, `outcome` (missing: not recorded), `resolved_on`, `closed_on` (as stated; missing
    allowed).

    Returns `is_valid` (taken up at all), `is_closed` (办结), `is_resolved` (化解), `is_open` (valid and not closed),
    `stage` (its lifecycle; that of a failure for what is closed and not resolved), `resolved_on`, `closed_on` (whole
    days, NaT where there is none or its state bears none out).

    >>> from datetime import date
    >>> cases = pd.DataFrame({"case_kind": "dispute", "lifecycle": ["60", "60", "60", "10"],
    ...                       "outcome": ["success", "failed", None, None], "resolved_on": [date(2020, 5, 1)] * 4,
    ...                       "closed_on": [date(2020, 5, 2)] * 4})
    >>> codes = {"resolved": ("50", "60"), "closed": ("50", "60", "70"), "invalid": ("80",), "success": ("success",),
    ...          "judged": ("dispute",), "failed": ("70",)}
    >>> found = case_states(cases, codes)
    >>> found[["is_closed", "is_resolved", "stage"]].values.tolist()
    [[True, True, '60'], [True, False, '70'], [True, True, '60'], [False, False, '10']]
    >>> found["resolved_on"].notna().tolist(), found["closed_on"].notna().tolist()
    ([True, False, True, False], [True, True, True, False])
    """
    state = cases["lifecycle"]
    is_valid = ~state.isin(codes["invalid"]).to_numpy(bool)
    is_closed = state.isin(codes["closed"]).to_numpy(bool)
    is_resolved = state.isin(codes["resolved"]).to_numpy(bool) & ~failed(cases, codes)
    resolved_on = np.where(is_resolved, days_of(cases["resolved_on"]), NO_DAY)
    closed_on = days_of(cases["closed_on"])
    closed_on = np.where(is_closed, np.where(np.isnat(closed_on), resolved_on, closed_on), NO_DAY)
    (where_failed,) = codes["failed"]
    stage = np.where(is_closed & ~is_resolved, where_failed, state.to_numpy(object))
    return pd.DataFrame(
        {
            "is_valid": is_valid, "is_closed": is_closed, "is_resolved": is_resolved, "is_open": is_valid & ~is_closed,
            "stage": stage, "resolved_on": resolved_on, "closed_on": closed_on,
        }, index=cases.index,
    )  # fmt: skip


def failed(cases: pd.DataFrame, codes: Codes) -> Mask:
    """Which cases have an outcome on record that is no success; kinds without outcomes never."""
    outcome = cases["outcome"]
    known = cases["case_kind"].isin(codes["judged"]) & outcome.notna() & (outcome != "")
    return (known & ~outcome.isin(codes["success"])).to_numpy(bool)


def open_on(accepted_on: Days, closed_on: Days, is_closed: Mask, on: np.datetime64) -> Mask:
    """Whether each case was open at the end of a day: accepted by then, not closed by then.

    accepted_on, closed_on : NaT where there is none. One that is closed without a day is open on none.

    >>> accepted = np.array(["2020-05-01", "2020-05-01", "2020-05-03", "NaT", "2020-05-01"], dtype="datetime64[D]")
    >>> closed = np.array(["2020-05-02", "2020-05-03", "NaT", "NaT", "NaT"], dtype="datetime64[D]")
    >>> is_closed = np.array([True, True, False, False, True])
    >>> open_on(accepted, closed, is_closed, np.datetime64("2020-05-02")).tolist()
    [False, True, False, False, False]
    """
    return (accepted_on <= on) & np.where(np.isnat(closed_on), ~is_closed, closed_on > on)
