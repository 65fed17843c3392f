"""Measures of cases (矛盾纠纷、意见建议、微心愿)."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from geo.case_state import open_on
from geo.counting import Days, Flow, Mask, counted, days_of, flags, in_force, is_in

DISPUTE, SUGGESTION, WISH = "dispute", "suggestion", "wish"


def suggestions_closed(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Suggestions accepted in a period, and of these the ones closed by the data date (APP-01 意见建议办结率).

    cases : one row per case file; `grid_id`, `case_kind`, `accepted_on` (missing: not accepted yet, not counted),
    `is_valid` (taken up at all), `is_closed` (办结).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "suggestion", "accepted_on": [date(2020, 5, 1)] * 2,
    ...                       "is_valid": True, "is_closed": [True, False]})
    >>> suggestions_closed(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_suggestions_closed(cases).within(start, end)


def flow_suggestions_closed(cases: pd.DataFrame) -> Flow:
    """Suggestions by acceptance; see `suggestions_closed`."""
    return _flow(cases, _of_kind(cases, SUGGESTION), "accepted_on", flags(cases["is_closed"]))


def suggestions_in_time(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Suggestions due in a period, and of these the ones closed by their due day (APP-02 意见建议按期办结率).

    cases : as for `suggestions_closed`, with `due_on` (after its pauses; missing: on hold or no deadline,
    not counted) and `closed_on` (missing: open). `end` is not after the day following the data date.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "suggestion", "is_valid": True,
    ...                       "due_on": [date(2020, 5, 1)] * 2, "closed_on": [date(2020, 5, 1), None]})
    >>> suggestions_in_time(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_suggestions_in_time(cases).within(start, end)


def flow_suggestions_in_time(cases: pd.DataFrame) -> Flow:
    """Suggestions by due day; see `suggestions_in_time`."""
    return _flow(cases, _of_kind(cases, SUGGESTION), "due_on", _by_due_day(cases, "closed_on"))


def disputes_handled(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Disputes found in a period, and of these the ones taken up for mediation by the data date (DIS-01 调处率).

    cases : one row per case file; `grid_id`, `case_kind`, `is_valid`, `screened_on` (the day it was found, else
    accepted), `is_handled` (mediation has begun, whatever came of it).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "is_valid": True,
    ...                       "screened_on": [date(2020, 5, 1)] * 2, "is_handled": [True, False]})
    >>> disputes_handled(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_disputes_handled(cases).within(start, end)


def flow_disputes_handled(cases: pd.DataFrame) -> Flow:
    """Disputes by the day they were found; see `disputes_handled`."""
    return _flow(cases, _of_kind(cases, DISPUTE), "screened_on", flags(cases["is_handled"]))


def disputes_successful(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Disputes found in a period and taken up, and of these the ones resolved by the data date (DIS-02 调解成功率).

    cases : as for `disputes_handled`, with `is_resolved`. The denominator is the numerator of DIS-01.

    >>> cases = pd.DataFrame({"grid_id": [1] * 3, "case_kind": "dispute", "is_valid": True,
    ...                       "screened_on": [date(2020, 5, 1)] * 3, "is_handled": [True, True, False],
    ...                       "is_resolved": [True, False, False]})
    >>> disputes_successful(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_disputes_successful(cases).within(start, end)


def flow_disputes_successful(cases: pd.DataFrame) -> Flow:
    """Disputes taken up, by the day they were found; see `disputes_successful`."""
    handled = _of_kind(cases, DISPUTE) & flags(cases["is_handled"])
    return _flow(cases, handled, "screened_on", flags(cases["is_resolved"]))


def disputes_resolved(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Disputes accepted in a period, and of these the ones resolved by the data date (DIS-03 化解率).

    cases : as for `suggestions_closed`, with `is_resolved` (化解: the parties agree). Closed is not resolved.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "accepted_on": [date(2020, 5, 1), None],
    ...                       "is_valid": True, "is_resolved": [True, False]})
    >>> disputes_resolved(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 1]
    """
    return flow_disputes_resolved(cases).within(start, end)


def flow_disputes_resolved(cases: pd.DataFrame) -> Flow:
    """Disputes by acceptance; see `disputes_resolved`."""
    return _flow(cases, _of_kind(cases, DISPUTE), "accepted_on", flags(cases["is_resolved"]))


def disputes_in_time(cases: pd.DataFrame, start: date | None, end: date, data_on: date) -> pd.DataFrame:
    """Disputes due in a period, and of these the ones resolved by their due day (DIS-04 按期化解率).

    cases : one row per case file; `grid_id`, `case_kind`, `due_on` (after its pauses; missing: on hold or no
    deadline, not counted), `resolved_on` (missing: not resolved), `is_valid`. Those due after the data date `data_on`
    are left out: whether they will be in time is not known.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "is_valid": True,
    ...                       "due_on": [date(2020, 5, 1)] * 2, "resolved_on": [date(2020, 5, 1), date(2020, 5, 2)]})
    >>> disputes_in_time(cases, date(2020, 1, 1), date(2021, 1, 1), date(2020, 12, 31)).loc[1].to_list()
    [1, 2]
    """
    return flow_disputes_in_time(cases).within(start, min(end, data_on + timedelta(days=1)))


def flow_disputes_in_time(cases: pd.DataFrame) -> Flow:
    """Disputes by due day; see `disputes_in_time`."""
    return _flow(cases, _of_kind(cases, DISPUTE), "due_on", _by_due_day(cases, "resolved_on"))


def disputes_reopened(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Disputes accepted in a period that were ever settled, and of these the ones that came up again (DIS-05 反复率).

    cases : as for `disputes_resolved`, with `is_reopened` (at least once). One reopened was settled before, whether
    or not it is settled again.

    >>> cases = pd.DataFrame({"grid_id": [1] * 3, "case_kind": "dispute", "accepted_on": [date(2020, 5, 1)] * 3,
    ...                       "is_valid": True, "is_resolved": [True, False, False],
    ...                       "is_reopened": [False, True, False]})
    >>> disputes_reopened(cases, date(2020, 1, 1), date(2021, 1, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_disputes_reopened(cases).within(start, end)


def flow_disputes_reopened(cases: pd.DataFrame) -> Flow:
    """Disputes ever settled, by acceptance; see `disputes_reopened`."""
    again = flags(cases["is_reopened"])
    return _flow(cases, _of_kind(cases, DISPUTE) & (again | flags(cases["is_resolved"])), "accepted_on", again)


def disputes_per_household(
    cases: pd.DataFrame, households: pd.DataFrame, start: date | None, end: date
) -> pd.DataFrame:
    """Disputes accepted in a period, and households registered at its end (DIS-06 万户纠纷数: times 10 000).

    cases : as for `disputes_resolved`. households : as for `households_visited`. A grid with disputes and without
    households is there with a denominator of 0, so that what lies above it counts them too.

    >>> cases = pd.DataFrame({"grid_id": [1, 2], "case_kind": "dispute", "accepted_on": [date(2020, 5, 1)] * 2,
    ...                       "is_valid": True})
    >>> homes = pd.DataFrame({"household_id": ["h1", "h2"], "grid_id": [1, 1]})
    >>> disputes_per_household(cases, homes, date(2020, 1, 1), date(2021, 1, 1)).to_dict("list")
    {'numerator': [1, 1], 'denominator': [2, 0]}
    """
    accepted = flow_disputes_accepted(cases).within(start, end)["denominator"]
    homes = households_registered(households, end)["denominator"]
    both = pd.DataFrame({"numerator": accepted, "denominator": homes}).fillna(0).astype(np.int64)
    both.index.name = accepted.index.name
    return both.sort_index()


def flow_disputes_accepted(cases: pd.DataFrame) -> Flow:
    """Disputes by acceptance, each counted in both numbers."""
    valid = _of_kind(cases, DISPUTE)
    return _flow(cases, valid, "accepted_on", np.ones(len(cases), dtype=bool))


def households_registered(households: pd.DataFrame, end: date) -> pd.DataFrame:
    """Households registered on the last day before `end`, in both numbers."""
    homes = households[in_force(households, end, "moved_in_on", "moved_out_on")]
    return counted(homes["grid_id"], np.ones(len(homes), dtype=bool))


def disputes_overdue(cases: pd.DataFrame, end: date, holds: pd.DataFrame | None = None) -> pd.DataFrame:
    """Disputes open at the end of a period, and of these the ones past their due day (DIS-07 在办超期占比).

    cases : one row per case file; `grid_id`, `case_kind`, `accepted_on`, `is_closed`, `closed_on` (missing: open, or
    closed nobody knows when, which is open on no day), `first_due_on` (before any pause; missing: no deadline, never
    overdue), `is_valid`. On its due day a case is not yet overdue; on the day it is closed it is no longer open. `end`
    is not after the day following the data date (`measure_all` sees to it).
    holds : one row per approved pause, in order for each case; `case_id`, `held_on`, `resumed_on` (missing while it
    lasts), `due_on` (the later due day that holds from its end on). On hold a case is open and not overdue.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "dispute", "is_valid": True, "closed_on": [None, None],
    ...                       "is_closed": False, "accepted_on": [date(2020, 5, 1)] * 2,
    ...                       "first_due_on": [date(2020, 5, 30), date(2020, 5, 31)]})
    >>> disputes_overdue(cases, date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    after = np.datetime64(end)
    last = after - np.timedelta64(1, "D")
    closed, is_closed = days_of(cases["closed_on"]), flags(cases["is_closed"])
    is_open = _of_kind(cases, DISPUTE) & open_on(days_of(cases["accepted_on"]), closed, is_closed, last)
    due, is_held = days_of(cases["first_due_on"]), np.zeros(len(cases), dtype=bool)
    if holds is not None and len(holds):
        due, is_held = _after_holds(cases["case_id"], due, holds, after)
    overdue = (due < last) & ~is_held
    return counted(cases["grid_id"][is_open], overdue[is_open])


def _after_holds(ids: pd.Series, due: Days, holds: pd.DataFrame, after: np.datetime64) -> tuple[Days, Mask]:
    """The due day of each case as its pauses up to the day before `after` left it, and whether it is on hold then."""
    begun, ended = days_of(holds["held_on"]), days_of(holds["resumed_on"])
    is_over = ended < after
    lasting = holds["case_id"][(begun < after) & ~is_over]
    over = pd.DataFrame({"case_id": holds["case_id"], "due_on": days_of(holds["due_on"])})[is_over]
    over = over.drop_duplicates("case_id", keep="last")
    at = pd.Index(over["case_id"]).get_indexer(pd.Index(ids))
    due = due.copy()
    due[at >= 0] = days_of(over["due_on"])[at[at >= 0]]
    return due, is_in(ids, lasting)


def due_after_holds(case_ids: pd.Series, first_due: pd.Series, holds: pd.DataFrame) -> Days:
    """The due day of each case after all its pauses: that of the last one, NaT while one lasts, else the first.

    holds : as for `disputes_overdue`. A case on hold is due on no day yet, so no measure of a due day counts it.

    >>> holds = pd.DataFrame({"case_id": [1, 2], "held_on": ["2020-05-02"] * 2, "resumed_on": ["2020-05-09", None],
    ...                       "due_on": ["2020-05-27", None]})
    >>> due_after_holds(pd.Series([1, 2, 3]), pd.Series(["2020-05-20"] * 3), holds).astype(str).tolist()
    ['2020-05-27', 'NaT', '2020-05-20']
    """
    last = holds.drop_duplicates("case_id", keep="last")
    at = pd.Index(last["case_id"]).get_indexer(pd.Index(case_ids))
    due = days_of(first_due).copy()
    moved = np.where(np.isnat(days_of(last["resumed_on"])), np.datetime64("NaT"), days_of(last["due_on"]))
    due[at >= 0] = moved[at[at >= 0]]
    return due


def cases_disposed(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Cases of every kind due in a period, and of these the ones disposed of by the data date (CAS-01 处置率).

    cases : one row per case file; `grid_id`, `is_valid`, `due_on` (after its pauses; missing: on hold or no
    deadline, not counted), `is_disposed` (the handling is over, though the file may still be open). `end` is not
    after the day following the data date.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "is_valid": True, "due_on": [date(2020, 5, 1)] * 2,
    ...                       "is_disposed": [True, False]})
    >>> cases_disposed(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_cases_disposed(cases).within(start, end)


def flow_cases_disposed(cases: pd.DataFrame) -> Flow:
    """Cases by due day; see `cases_disposed`."""
    return _flow(cases, flags(cases["is_valid"]), "due_on", flags(cases["is_disposed"]))


def cases_closed(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Cases of every kind due in a period, and of these the ones closed by the data date (CAS-02 结案率).

    cases : as for `cases_disposed`, with `is_closed` (办结).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "is_valid": True, "due_on": [date(2020, 5, 1)] * 2,
    ...                       "is_closed": [True, False]})
    >>> cases_closed(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_cases_closed(cases).within(start, end)


def flow_cases_closed(cases: pd.DataFrame) -> Flow:
    """Cases by due day; see `cases_closed`."""
    return _flow(cases, flags(cases["is_valid"]), "due_on", flags(cases["is_closed"]))


def cases_in_time(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Cases of every kind due in a period, and of these the ones closed by their due day (CAS-03 按期结案率).

    cases : as for `cases_disposed`, with `closed_on` (missing: open).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "is_valid": True, "due_on": [date(2020, 5, 1)] * 2,
    ...                       "closed_on": [date(2020, 5, 1), date(2020, 5, 2)]})
    >>> cases_in_time(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_cases_in_time(cases).within(start, end)


def flow_cases_in_time(cases: pd.DataFrame) -> Flow:
    """Cases by due day; see `cases_in_time`."""
    return _flow(cases, flags(cases["is_valid"]), "due_on", _by_due_day(cases, "closed_on"))


def cases_reworked(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Cases due in a period and disposed of, and of these the ones sent back or reopened (CAS-04 返工率).

    cases : as for `cases_disposed`, with `is_reworked`.

    >>> cases = pd.DataFrame({"grid_id": [1] * 3, "is_valid": True, "due_on": [date(2020, 5, 1)] * 3,
    ...                       "is_disposed": [True, True, False], "is_reworked": [True, False, True]})
    >>> cases_reworked(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_cases_reworked(cases).within(start, end)


def flow_cases_reworked(cases: pd.DataFrame) -> Flow:
    """Cases disposed of, by due day; see `cases_reworked`."""
    disposed = flags(cases["is_valid"]) & flags(cases["is_disposed"])
    return _flow(cases, disposed, "due_on", flags(cases["is_reworked"]))


def composite_index(
    in_time: float, closed: float, reworked: float, *, weights: tuple[float, float, float] = (60, 30, 10)
) -> float:
    """The composite index (CAS-05 综合指数), 0..100: weighted sum of CAS-03, CAS-02 and what CAS-04 leaves of 1.

    in_time, closed, reworked : rates 0..1, NaN where unknown, which makes the index unknown. It is made of three
    rates on screen and no fact of its own: indexes of areas do not sum.

    >>> composite_index(737 / 972, 911 / 972, 0.02)
    83.41
    """
    first, second, third = weights
    # Half up to two decimals: a tiny bit more than the rounding error of the sum.
    return float(np.floor((first * in_time + second * closed + third * (1 - reworked)) * 100 + 0.5 + 1e-9) / 100)


def answers_satisfied(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Cases closed in a period with an answer, and of these the satisfied ones (SAT-01 满意率).

    cases : one row per case file; `grid_id`, `is_valid`, `closed_on`, `is_answered` (an answer that is one),
    `is_satisfied`. Who did not answer is in neither number.

    >>> cases = pd.DataFrame({"grid_id": [1] * 3, "is_valid": True, "closed_on": [date(2020, 5, 1)] * 3,
    ...                       "is_answered": [True, True, False], "is_satisfied": [True, False, False]})
    >>> answers_satisfied(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_answers_satisfied(cases).within(start, end)


def flow_answers_satisfied(cases: pd.DataFrame) -> Flow:
    """Answers by the day of closing; see `answers_satisfied`."""
    answered = flags(cases["is_valid"]) & flags(cases["is_answered"])
    return _flow(cases, answered, "closed_on", flags(cases["is_satisfied"]))


def answers_content(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Cases closed in a period with an answer, and of these the satisfied or fairly satisfied ones (SAT-02 基本满意率).

    cases : as for `answers_satisfied`, with `is_content` (satisfied or fairly).

    >>> cases = pd.DataFrame({"grid_id": [1] * 3, "is_valid": True, "closed_on": [date(2020, 5, 1)] * 3,
    ...                       "is_answered": True, "is_content": [True, False, True]})
    >>> answers_content(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [2, 3]
    """
    return flow_answers_content(cases).within(start, end)


def flow_answers_content(cases: pd.DataFrame) -> Flow:
    """Answers by the day of closing; see `answers_content`."""
    answered = flags(cases["is_valid"]) & flags(cases["is_answered"])
    return _flow(cases, answered, "closed_on", flags(cases["is_content"]))


def wishes_realised(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Wishes registered in a period, and of these the ones come true by the data date (WIS-01 微心愿完成率).

    cases : one row per case file; `grid_id`, `case_kind`, `is_valid`, `screened_on` (registered), `is_resolved`.

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "wish", "is_valid": True,
    ...                       "screened_on": [date(2020, 5, 1)] * 2, "is_resolved": [True, False]})
    >>> wishes_realised(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_wishes_realised(cases).within(start, end)


def flow_wishes_realised(cases: pd.DataFrame) -> Flow:
    """Wishes by registration; see `wishes_realised`."""
    return _flow(cases, _of_kind(cases, WISH), "screened_on", flags(cases["is_resolved"]))


def wishes_claimed(cases: pd.DataFrame, start: date | None, end: date) -> pd.DataFrame:
    """Wishes registered in a period, and of these the ones somebody took on by the data date (WIS-02 微心愿认领率).

    cases : as for `wishes_realised`, with `is_handled` (taken on, whatever came of it).

    >>> cases = pd.DataFrame({"grid_id": [1, 1], "case_kind": "wish", "is_valid": True,
    ...                       "screened_on": [date(2020, 5, 1)] * 2, "is_handled": [True, False]})
    >>> wishes_claimed(cases, date(2020, 5, 1), date(2020, 6, 1)).loc[1].to_list()
    [1, 2]
    """
    return flow_wishes_claimed(cases).within(start, end)


def flow_wishes_claimed(cases: pd.DataFrame) -> Flow:
    """Wishes by registration; see `wishes_claimed`."""
    return _flow(cases, _of_kind(cases, WISH), "screened_on", flags(cases["is_handled"]))


def _of_kind(cases: pd.DataFrame, kind: str) -> Mask:
    return (cases["case_kind"] == kind).to_numpy(bool) & flags(cases["is_valid"])


def _by_due_day(cases: pd.DataFrame, done: str) -> Mask:
    # A comparison with NaT is false: what has no such day is not in time.
    return days_of(cases[done]) <= days_of(cases["due_on"])


def _flow(cases: pd.DataFrame, among: Mask, day: str, good: Mask) -> Flow:
    return Flow(cases["grid_id"][among], days_of(cases[day])[among], good[among])
