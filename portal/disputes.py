"""The course of disputes (纠纷的来龙去脉): how long they take, how the open ones stand, what they are about where.

Sums for *internal* viewers and more, single cases for *households*; each within the viewer's areas. What is open and
how its clock stands is as the end of the period found it, or the data date where that comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import queries, terms
from data.limits import CaseLimit, limits
from data.registry import indicators
from geo.case_state import open_on
from geo.case_times import AGES, Spread, by_age, by_month, crossed, spread
from geo.clock import clocks_at
from geo.counting import Days, Mask, days_of, within
from geo.periods import Period, parse_period
from geo.splits import Split
from portal import cases, reads
from portal.identity import Viewer
from portal.reads import HIDDEN, Measure
from portal.snapshot import Area, Snapshot, current
from portal.splits import Source, Told, empty_year, told
from portal.words import t

__all__ = ["AGES", "OPS", "Course", "Matrix", "categories", "clock_words", "course", "listed", "log_of", "matrix",
           "red_words"]  # fmt: skip

KIND = "dispute"
COHORT = "DIS-03"
"""The indicator whose disputes are timed: accepted in the period. Its minimum sample holds for the times as well."""
SENSITIVE = "D01"
"""Disputes within a family: how many there are of them is told by `portal.splits` alone."""
OPS = ("escalate", "assign", "urge", "extend", "reopen")
"""Steps that say a dispute did not go straight."""


@dataclass(frozen=True)
class Course:
    """The disputes of an area.

    accepted : in the period. took : days to resolution, None for fewer than `least` resolved. ops : by OPS, how many of
    the accepted had such a step by the data date. answers : by SATISFACTIONS, those closed in the period.
    on : the day the open ones are told for; ages : by `geo.case_times.AGES`. clocks : by CLOCKS, "" without a log.
    months : by year and month of acceptance over the whole ledger, whatever the period.
    """

    accepted: int
    resolved: int
    took: Spread | None
    least: int
    ops: dict[str, int]
    answers: dict[str, int]
    on: pd.Timestamp
    ages: list[int]
    clocks: dict[str, int]
    months: pd.DataFrame

    @property
    def open(self) -> int:
        return sum(self.ages)


@dataclass(frozen=True)
class Matrix:
    """Disputes accepted in a period by area and type.

    areas : those with any, in their order. types : in the order they stand in, hidden ones at the end. rows : what is
    told of each area, by code; absent where it is the number alone. whole : the same of all together. sums : resolved
    of accepted by area code, of all types. without : how many areas had none.
    """

    areas: list[Area]
    types: list[str]
    rows: dict[str, Told]
    whole: Told | None
    sums: dict[str, Measure]
    without: int


class _Columns(NamedTuple):
    """The disputes of the store but those refused, void or duplicates, column by column in one order."""

    case_id: NDArray[np.int64]
    place: NDArray[np.int64]
    accepted: Days
    closed: Days
    resolved: Days
    is_closed: Mask
    is_resolved: Mask
    category: NDArray[np.object_]
    answer: NDArray[np.object_]


def _columns() -> _Columns:
    def make() -> _Columns:
        rows = cases.taken_up(KIND)
        place = rows["grid_id"].fillna(rows["community_id"])
        return _Columns(
            rows["case_id"].to_numpy(np.int64), place.to_numpy(np.int64),
            days_of(rows["accepted_on"]), days_of(rows["closed_on"]), days_of(rows["resolved_on"]),
            rows["is_closed"].to_numpy(bool), rows["is_resolved"].to_numpy(bool),
            rows["category"].to_numpy(object), rows["satisfaction"].fillna("no_answer").to_numpy(object),
        )  # fmt: skip

    return current().keep("columns of disputes", make)


def course(viewer: Viewer, period: str, code: str) -> Course | None:
    """The course of the disputes of an area; None for public viewers, outside, and where the ledger has no dispute."""
    snapshot = current()
    inside = reads.ids_inside(snapshot, viewer, code)
    if not inside or not viewer.may_see("internal") or np.isnat(_columns().accepted).all():
        return None
    return snapshot.keep(("course", code, period), partial(_course, snapshot, inside, parse_period(period)))


def _course(snapshot: Snapshot, inside: frozenset[int], period: Period) -> Course:
    rows = _columns()
    is_inside = np.isin(rows.place, list(inside))
    accepted = is_inside & within(rows.accepted, period.start, period.end)
    resolved = accepted & rows.is_resolved
    answers = rows.answer[is_inside & within(rows.closed, period.start, period.end)]
    on = np.datetime64(min(period.last_day, snapshot.status["data_on"]), "D")
    still = is_inside & open_on(rows.accepted, rows.closed, rows.is_closed, on)
    clocks = _clocks(snapshot, on).reindex(rows.case_id[still])["clock"].fillna("").to_list()
    least = indicators()[COHORT].min_sample
    first, last = np.nanmin(rows.accepted), np.datetime64(snapshot.status["data_on"], "D")
    return Course(
        accepted=int(accepted.sum()), resolved=int(resolved.sum()), least=least,
        took=spread(rows.accepted[resolved], rows.resolved[resolved], least),
        ops={op: int(np.isin(rows.case_id[accepted], ids).sum()) for op, ids in _had(snapshot).items()},
        answers={answer: int((answers == answer).sum()) for answer in terms.SATISFACTIONS},
        on=pd.Timestamp(on), ages=by_age(rows.accepted[still], on),
        clocks={clock: clocks.count(clock) for clock in (*terms.CLOCKS, "")},
        months=by_month(rows.accepted[is_inside], first, last),
    )  # fmt: skip


def _had(snapshot: Snapshot) -> dict[str, NDArray[np.int64]]:
    """The cases that ever had a step of each of OPS."""
    steps = snapshot.case_steps
    return snapshot.keep(
        "steps of disputes",
        lambda: {op: steps.loc[steps["step_op"] == op, "case_id"].unique().astype(np.int64) for op in OPS},
    )


def _clocks(snapshot: Snapshot, on: np.datetime64) -> pd.DataFrame:
    """Lifecycle, due day and clock of every dispute at the end of a day, by `case_id`."""

    def make() -> pd.DataFrame:
        rows, steps = cases.taken_up(KIND), snapshot.case_steps
        steps = steps[steps["case_id"].isin(rows["case_id"])]
        return clocks_at(rows, steps, on.astype(object), limits=limits().cases, stages=terms.LIFECYCLE_STAGES)

    return snapshot.keep(("clocks", str(on)), make)


def categories(viewer: Viewer, period: str, code: str) -> Told | None:
    """What the disputes accepted in a period inside an area are about; None where no more than their number may be told
    (see `portal.splits`), for public viewers, outside, and where there was none."""
    area = reads.area(viewer, code)
    return told(viewer, BY_CATEGORY, period, [area]).get(code) if area else None


def matrix(viewer: Viewer, period: str, code: str, areas: Sequence[Area]) -> Matrix | None:
    """Type by area for areas of one level inside an area; None for public viewers and where there was no dispute.

    What is told of each is what `categories` tells of it.
    """
    top = reads.area(viewer, code)
    if top is None or not areas or not viewer.may_see("internal"):
        return None
    key = ("type by area", viewer.scope, code, areas[0].level, period)
    return current().keep(key, partial(_matrix, viewer, period, top, list(areas)))


def _matrix(viewer: Viewer, period: str, top: Area, areas: list[Area]) -> Matrix | None:
    good, every = _counted(parse_period(period), [top, *areas])
    if not every[0].sum():
        return None
    found = told(viewer, BY_CATEGORY, period, [top, *areas])
    whole = found.get(top.code)
    kept = [a for n, a in enumerate(areas, start=1) if every[n].sum()]
    sums = {a.code: _measure(good[n].sum(), every[n].sum()) for n, a in enumerate(areas, start=1) if every[n].sum()}
    rows = {a.code: found[a.code] for a in kept if a.code in found}
    return Matrix(
        kept, _types([*([whole] if whole else []), *rows.values()]), rows, whole, sums, len(areas) - len(kept)
    )


def _types(rows: Sequence[Told]) -> list[str]:
    """The kinds of some rows: by the first that shows them, those hidden in any at the end in a fixed order."""
    hidden = sorted({kind for row in rows for kind, measure in row.kinds.items() if measure == HIDDEN})
    shown = dict.fromkeys(kind for row in rows for kind in row.kinds)
    return [*(kind for kind in shown if kind not in hidden), *hidden]


def _kinds() -> list[str]:
    """The categories there are, the sensitive one always among them."""
    return sorted({*(kind for kind in _columns().category if isinstance(kind, str)), SENSITIVE})


def _counted(period: Period, areas: Sequence[Area]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Resolved and accepted by area and category, one of none of them as the last."""
    places, rows, kinds = current().places, _columns(), _kinds()
    is_in = within(rows.accepted, period.start, period.end)
    place, kind = rows.place[is_in], _numbers(rows.category[is_in], kinds)
    good, every = (np.zeros((len(areas), len(kinds) + 1), dtype=np.int64) for _ in range(2))
    for n, a in enumerate(areas):
        inside = np.isin(place, places.subtree(a.area_id))
        group = np.where(inside, 0, -1)
        found = crossed(group, kind, rows.is_resolved[is_in], (1, len(kinds) + 1))
        good[n], every[n] = found[0][0], found[1][0]
    return good, every


def _numbers(categories: NDArray[np.object_], kinds: Sequence[str]) -> NDArray[np.int64]:
    at = {kind: n for n, kind in enumerate(kinds)}
    return np.array([at.get(category, len(kinds)) for category in categories], dtype=np.int64)


def _of_year(year: int) -> Split:
    """The disputes accepted in a year by where they lie, month and category."""
    rows, kinds = _columns(), [*_kinds(), NO_CATEGORY]
    is_in = within(rows.accepted, date(year, 1, 1), date(year + 1, 1, 1))
    leaves, at = np.unique(rows.place[is_in], return_inverse=True)
    split = empty_year(year, leaves.tolist(), kinds)
    month = rows.accepted[is_in].astype("datetime64[M]").astype(np.int64) % 12
    kind, is_done = _numbers(rows.category[is_in], kinds[:-1]), rows.is_resolved[is_in]
    for part, chosen in ((split.done, is_done), (split.left, ~is_done)):
        np.add.at(part, (at[chosen], month[chosen], kind[chosen]), 1)
    return split


def _measure(n: float, d: float) -> Measure:
    return Measure(float(n), float(d), "known" if d else "unknown")


NO_CATEGORY = ""
"""In place of a category where the ledger says none."""
BY_CATEGORY = Source(
    "disputes by category", SENSITIVE, lambda: [*_kinds(), NO_CATEGORY], lambda p, areas: _counted(p, areas), _of_year
)


# --- words of the limits ---------------------------------------------------------------------------------------------


def clock_words(clock: str, lang: str | None = None) -> str:
    """The state of a clock with the days at which the limits of this county draw it, for the handling of a dispute."""
    language = t("zh", "en", lang)
    name, limit = terms.CLOCKS.label(clock, language), limits().cases.get((KIND, "handle"))
    if limit is None or clock not in ("soon", "yellow", "red"):
        return name
    if clock == "red":
        words = t("一逾期即是", "as soon as late", language)
        if limit.red:
            words = t(f"逾期超过{_days(limit, limit.red, language)}",
                      f"more than {_days(limit, limit.red, language)} late", language)  # fmt: skip
    else:
        days = _days(limit, limit.soon if clock == "soon" else limit.yellow, language)
        words = t(f"剩{days}以内", f"{days} left or less", language)
    return t(f"{name}（{words}）", f"{name} ({words})", language)


def _days(limit: CaseLimit, days: int, lang: str) -> str:
    if limit.unit.startswith("work"):
        return t(f"{days}个工作日", f"{days} working days", lang)
    return t(f"{days}天", f"{days} days", lang)


def red_words(lang: str | None = None) -> str:
    """By what those past due and red cards are counted, so that the two may differ."""
    return t(
        "“在办超期”看受理时定的期限（批准延期的顺延），过了就算；“红牌”看现在这一环节的期限，"
        "反复的从重新打开之日起算，没有办理步骤的不计时。两个数不必相同。",
        "Past due goes by the day set at acceptance with its extensions. Red cards go by the limit of the present "
        "stage: a reopened dispute has its time anew, one without a log has no clock. The two need not agree.", lang,
    )  # fmt: skip


# --- single cases -----------------------------------------------------------------------------------------------------


def listed(viewer: Viewer, period: str, code: str) -> pd.DataFrame:
    """One row per dispute accepted in a period inside an area, open ones first, those open longest before.

    `case_id`, `case_no`, `category`, `source`, `accepted_on`, `due_on` (of its stage, after its holds), `stage`,
    `clock`, `days` (open, or to resolution; NA for one closed unresolved). Raises NotAllowedError below *households*.
    """
    rows = cases.rows(viewer, KIND, code)
    p, snapshot = parse_period(period), current()
    rows = rows[within(days_of(rows["accepted_on"]), p.start, p.end) & rows["is_valid"].to_numpy(bool)]
    on = pd.Timestamp(snapshot.status["data_on"])
    clocks = _clocks(snapshot, np.datetime64(on, "D")).reindex(rows["case_id"])
    is_closed = rows["is_closed"]
    until = rows["resolved_on"].where(is_closed | rows["is_resolved"], on)
    return rows.assign(
        due_on=pd.to_datetime(clocks["due_on"]).to_numpy(),
        clock=np.where(is_closed, "stopped", clocks["clock"]),
        days=(until - rows["accepted_on"]).dt.days.astype("Int64"),
    ).sort_values(["is_closed", "accepted_on", "case_no"])  # fmt: skip


def log_of(viewer: Viewer, case_no: str, code: str) -> pd.DataFrame:
    """The steps of one dispute inside an area, in order: `step_seq`, `step_on`, `step_op`, `lifecycle_after`, `unit`.

    Empty for one that is not there or lies outside. Raises NotAllowedError below *households*.
    """
    rows = cases.rows(viewer, KIND, code)
    ids = rows.loc[rows["case_no"] == case_no, "case_id"]
    snapshot, own = current(), [a.area_id for a in reads.own_areas(viewer)]
    steps = snapshot.keep(("case steps", viewer.scope), lambda: snapshot.read(queries.case_steps, own))
    found = steps[steps["case_id"].isin(ids)].sort_values("step_seq")
    # Typed by hand: a number that could be a phone or an identity number does not belong here.
    return found.assign(unit=found["handler_unit"].str.replace(r"\d{7,}[\dXx]?", "***", regex=True))
