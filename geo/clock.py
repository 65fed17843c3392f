"""The clock of a case (办理时钟): where it stands on a day by its log, when that stage is due, and how near that is.

Three things are kept apart: the lifecycle (what was done last), the clock (how much time is left) and the outcome (what
came of it). The clock is derived here and stored nowhere. Limits and the stages of lifecycles are configuration and
come as arguments.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import Days, days_of
from geo.errors import GeoError
from geo.workdays import add_work_days, work_days_between

PAUSED, STOPPED = "paused", "stopped"
"""Stages of lifecycles whose clock stands still: for a while (approved), or for good."""


class Limit(Protocol):
    """How long a stage may take: `amount` of `unit`; `soon`, `yellow` days before the due day, `red` days after it."""

    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def soon(self) -> int: ...
    @property
    def yellow(self) -> int: ...
    @property
    def red(self) -> int: ...


def due_days(begun: Days, limit: Limit, paused: NDArray[np.int64] | int = 0) -> Days:
    """The day a stage is due that began on a day, later by the days its clock stood still; NaT stays NaT.

    A month ends on the same day of the next one, or on its last. Hours are rounded up to whole days (24 hours, or 8
    hours of work), for the log keeps days.

    >>> from types import SimpleNamespace as N
    >>> due_days(np.array(["2020-01-31"], dtype="datetime64[D]"), N(amount=1, unit="month")).tolist()
    [datetime.date(2020, 2, 29)]
    >>> due_days(np.array(["2020-09-30"], dtype="datetime64[D]"), N(amount=2, unit="work_day")).tolist()
    [datetime.date(2020, 10, 10)]
    """
    if limit.unit == "month":
        month = begun.astype("datetime64[M]")
        day = begun - month.astype("datetime64[D]")
        later = month + limit.amount
        last = (later + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
        return np.minimum(later.astype("datetime64[D]") + day, last) + paused
    if limit.unit in ("natural_day", "natural_hour"):
        return begun + (limit.amount if limit.unit == "natural_day" else -(-limit.amount // 24)) + paused
    if limit.unit in ("work_day", "work_hour"):
        return add_work_days(begun, (limit.amount if limit.unit == "work_day" else -(-limit.amount // 8)) + paused)
    raise GeoError(f"不认识的时限单位“{limit.unit}”。", f"Unknown unit of time {limit.unit!r}.")


def lifecycles_at(steps: pd.DataFrame, on: date) -> pd.Series:
    """The lifecycle of each case at the end of a day, by `case_id`; without a step by then a case is absent.

    steps : one row per step; `case_id`, `step_seq`, `step_on`, `lifecycle_after`.

    >>> steps = pd.DataFrame({"case_id": [1, 1], "step_seq": [1, 2], "step_on": [date(2020, 5, 1), date(2020, 5, 9)],
    ...                       "lifecycle_after": ["20", "50"]})
    >>> lifecycles_at(steps, date(2020, 5, 8)).to_dict()
    {1: '20'}
    """
    return _until(steps, on).drop_duplicates("case_id", keep="last").set_index("case_id")["lifecycle_after"]


def clocks_at(
    cases: pd.DataFrame,
    steps: pd.DataFrame,
    on: date,
    *,
    limits: Mapping[tuple[str, str], Limit],
    stages: Mapping[str, str],
) -> pd.DataFrame:
    """Lifecycle, clock and outcome of each case at the end of a day, one row per case with a step by then.

    cases : one row per case; `case_id` (unique), `case_kind`, `due_on` (as stated, of the first handling; missing: by
    the limit), `outcome`.
    steps : as for `lifecycles_at`.
    limits : (kind, stage) → limit; a stage without one is never due.
    stages : lifecycle → accept, handle, verify, paused or stopped. A stage begins with the first step of its run;
    pauses belong to the run they interrupt and move its due day.

    Returns `lifecycle`, `stage`, `begun_on`, `due_on`, `days_left` (working days where the limit counts these, NaN
    when never due), `clock` (in_time, soon, yellow, red, stopped) and `outcome` (None before the end), by `case_id`.

    >>> from types import SimpleNamespace as N
    >>> cases = pd.DataFrame({"case_id": [1], "case_kind": "dispute", "due_on": [None], "outcome": [None]})
    >>> steps = pd.DataFrame({"case_id": [1], "step_seq": [1], "step_on": [date(2020, 5, 1)], "lifecycle_after": "20"})
    >>> month = {("dispute", "handle"): N(amount=1, unit="month", soon=7, yellow=3, red=0)}
    >>> [clocks_at(cases, steps, date(2020, 6, day), limits=month, stages={"20": "handle"})["clock"][1]
    ...  for day in (1, 2)]
    ['yellow', 'red']
    """
    found = _runs(_until(steps, on), on, stages)
    known = cases.set_index("case_id").reindex(found.index)
    kinds, stage = known["case_kind"].to_numpy(object), found["stage"].to_numpy(object)
    begun, paused = days_of(found["begun_on"]), found["paused_days"].to_numpy(np.int64)
    stated = days_of(known["due_on"])
    is_first = (stage == "handle") & (found["run"].to_numpy() == found["first_run"].to_numpy()) & ~np.isnat(stated)
    due = np.full(len(found), "NaT", dtype="datetime64[D]")
    left = np.full(len(found), np.nan)
    clock = np.full(len(found), "in_time", dtype=object)
    for (kind, of), limit in limits.items():
        rows = (kinds == kind) & (stage == of)
        in_work = limit.unit.startswith("work")
        still = paused[rows] if not in_work else found["paused_work_days"].to_numpy(np.int64)[rows]
        due[rows] = np.where(is_first[rows], stated[rows] + paused[rows], due_days(begun[rows], limit, still))
        day = np.full(int(rows.sum()), on, dtype="datetime64[D]")
        left[rows] = work_days_between(day, due[rows]) if in_work else (due[rows] - day).astype(np.float64)
        clock[rows] = np.select(
            [-left[rows] > limit.red, left[rows] <= limit.yellow, left[rows] <= limit.soon],
            ["red", "yellow", "soon"], "in_time",
        )  # fmt: skip
    halted = found["is_paused"].to_numpy(bool) | (stage == STOPPED)
    over = np.isin(stage, ["verify", STOPPED])
    return pd.DataFrame(
        {
            "lifecycle": found["lifecycle_after"], "stage": stage, "begun_on": begun, "due_on": due,
            "days_left": np.where(halted, np.nan, left), "clock": np.where(halted, STOPPED, clock),
            "outcome": known["outcome"].astype(object).where(over & known["outcome"].notna().to_numpy(bool), None),
        }, index=found.index,
    )  # fmt: skip


def holds_of(steps: pd.DataFrame, stages: Mapping[str, str]) -> pd.DataFrame:
    """The pauses of the handling of each case (挂起、延期), one row per step that began one, in the order of the log.

    steps, stages : as for `clocks_at`. Returns `case_id`, `held_on`, `resumed_on` (the day of the next step, NaT while
    it lasts) and how long the case stood still up to then, all its pauses together: `days`, `work_days` (those of a
    pause that lasts are not counted). Half-open: on the day a case is resumed it is no longer on hold.

    >>> steps = pd.DataFrame({"case_id": [1, 1, 1], "step_seq": [1, 2, 3], "lifecycle_after": ["20", "33", "30"],
    ...                       "step_on": [date(2020, 5, 1), date(2020, 5, 6), date(2020, 5, 8)]})
    >>> holds_of(steps, {"20": "handle", "30": "handle", "33": "paused"})["days"].to_list()
    [2]
    """
    steps = steps.sort_values(["case_id", "step_seq"], kind="stable")
    log = _log(steps, stages)
    days = days_of(steps["step_on"])
    until = np.where(log.is_last, np.datetime64("NaT"), np.append(days[1:], np.datetime64("NaT"))[: len(days)])
    is_hold = log.is_paused & (log.stage == "handle")
    begun, ended = days[is_hold], until[is_hold].astype("datetime64[D]")
    is_over = ~np.isnat(ended)
    spent = np.zeros((2, len(begun)), dtype=np.int64)
    spent[0, is_over] = (ended - begun)[is_over].astype(np.int64)
    spent[1, is_over] = work_days_between(begun[is_over], ended[is_over])
    case = steps["case_id"].to_numpy()[is_hold]
    sums = pd.DataFrame({"days": spent[0], "work_days": spent[1]}).groupby(case).cumsum()
    return pd.DataFrame({"case_id": case, "held_on": begun, "resumed_on": ended, **sums})


def _until(steps: pd.DataFrame, on: date) -> pd.DataFrame:
    days = days_of(steps["step_on"])
    by_then = steps.assign(step_on=days)[days <= np.datetime64(on)]
    return by_then.sort_values(["case_id", "step_seq"], kind="stable")


class _Log(NamedTuple):
    """Of each step in the order of the log: whether it is the first or last of its case, whether it began a pause, and
    the stage it stands in."""

    is_first: NDArray[np.bool_]
    is_last: NDArray[np.bool_]
    is_paused: NDArray[np.bool_]
    stage: NDArray[np.object_]


def _log(steps: pd.DataFrame, stages: Mapping[str, str]) -> _Log:
    case = steps["case_id"].to_numpy()
    own = np.array([stages[code] for code in steps["lifecycle_after"]], dtype=object)
    is_first = np.append(True, case[1:] != case[:-1])[: len(case)]
    is_paused = own == PAUSED
    # A pause belongs to the stage before it; one that nothing precedes halts the handling.
    before = np.maximum.accumulate(np.where(~is_paused | is_first, np.arange(len(case)), 0))
    stage = np.where(own[before] == PAUSED, "handle", own[before])
    return _Log(is_first, np.append(is_first[1:], True)[: len(case)], is_paused, stage)


def _runs(steps: pd.DataFrame, on: date, stages: Mapping[str, str]) -> pd.DataFrame:
    """The last step of each case with the run of its stage: when it began and how long it stood still until a day."""
    case = steps["case_id"].to_numpy()
    is_first, is_last, is_paused, stage = _log(steps, stages)
    run = np.cumsum(is_first | np.append(True, stage[1:] != stage[:-1])[: len(case)])
    days = days_of(steps["step_on"])
    until = np.where(is_last, np.datetime64(on), np.append(days[1:], np.datetime64("NaT"))[: len(case)])
    still = pd.DataFrame(
        {
            "run": run, "begun_on": days, "case_id": case,
            "paused_days": np.where(is_paused, (until - days).astype(np.int64), 0),
            "paused_work_days": np.where(is_paused, work_days_between(days, until), 0),
        }
    )  # fmt: skip
    sums = still.groupby("run").agg(
        begun_on=("begun_on", "first"), paused_days=("paused_days", "sum"), paused_work_days=("paused_work_days", "sum")
    )
    handled = pd.DataFrame({"case_id": case, "run": run})[stage == "handle"].groupby("case_id")["run"].min()
    last = steps[is_last].assign(run=run[is_last], stage=stage[is_last], is_paused=is_paused[is_last])
    last = last.merge(sums, left_on="run", right_index=True).set_index("case_id")
    return last.assign(first_run=last.index.map(handled))
