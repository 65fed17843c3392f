"""Cases as they stood at a period's own end (按期末时点): the same measures, without what came after.

A case accepted in December has had less time than one of July, so rates "by the data date" of two periods differ by
their age alone. As each stood at its own period's end they are of one age. Beside the fact of such an indicator there
is therefore a second one, under its code and `AT_END`: of the same things, those that had come so far before the
period's end (at most the day after the data date), by the day on which they did. One that has come so far on a day
that nobody knows is in the present number and not in this one: it never says more than is known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geo.counting import Days, Mask, counted, days_of, flags, refuse_missing, within
from geo.counts import Counts, Windows
from geo.measure_cases import DISPUTE, SUGGESTION, WISH

AT_END = "@end"
"""What follows the code of an indicator in that of its fact as it stood."""
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Course:
    """Things that come in on a day and come further on later ones.

    ids : the area each lies in, never missing. days : the day that puts it into a period. done : the day from which it
    counts in the numerator. begun : the day from which it counts at all; without it from the beginning. NaT: never.
    """

    ids: pd.Series
    days: Days
    done: Days
    begun: Days | None = None

    def within(self, start: date | None, end: date) -> pd.DataFrame:
        """Sums by area over [start, end) as they stood at `end`; see `geo.counting.counted`.

        >>> day = np.array(["2020-05-01", "2020-05-09"], dtype="datetime64[D]")
        >>> done = np.array(["2020-05-31", "2020-06-01"], dtype="datetime64[D]")
        >>> Course(pd.Series([7, 7]), day, done).within(date(2020, 5, 1), date(2020, 6, 1)).loc[7].to_list()
        [1, 2]
        """
        inside = within(self.days, start, end)
        if self.begun is not None:
            inside &= within(self.begun, None, end)
        return counted(self.ids[inside], within(self.done, None, end)[inside])

    def over(self, windows: Windows, code: str) -> Counts:
        """The same for many periods at once."""
        codes, areas = pd.factorize(self.ids, sort=True)
        if len(codes) and codes.min() < 0:
            refuse_missing(self.ids, int((codes < 0).sum()))
        came = windows.spans_of(self.days)
        begun = came if self.begun is None else np.maximum(came, windows.spans_of(self.begun))
        done = np.maximum(begun, windows.spans_of(self.done))
        tables = [_by_end(came, reached, codes, len(areas), windows) for reached in (done, begun)]
        return Counts(code, windows.texts, pd.Index(areas), *tables)


def _by_end(came: np.ndarray, reached: np.ndarray, codes: np.ndarray, many: int, windows: Windows) -> np.ndarray:
    """For every period and area what came in it and reached the mark before its end; all by number of span."""
    order = np.argsort(reached, kind="stable")
    came, reached, codes = came[order], reached[order], codes[order]
    cells = np.zeros((len(windows.bounds) + 1, many), dtype=np.int64)
    table = np.zeros((len(windows.periods), many), dtype=np.int64)
    begin = 0
    for last in np.unique(windows.last):
        stop = int(np.searchsorted(reached, last, side="right"))
        np.add.at(cells, (came[begin:stop], codes[begin:stop]), 1)
        begin = stop
        for row in np.flatnonzero(windows.last == last):
            table[row] = cells[windows.first[row] : last + 1].sum(axis=0)
    return table


def without_day(code: str, cases: pd.DataFrame, start: date | None, end: date, counted_now: int) -> int:
    """How many of those that the present number counts came so far on a day that nobody knows.

    cases : those of the areas asked for; counted_now : the present numerator for the period.
    """
    course = COURSES[code.removesuffix(AT_END)](cases)
    inside = within(course.days, start, end)
    return counted_now - int((inside & ~np.isnat(course.done)).sum())


def _course(cases: pd.DataFrame, kind: str, day: str, done: str, begun: str = "") -> Course:
    """The valid cases of a kind ("" all of them); day : column of days; done, begun : names of `MARKS`."""
    among = flags(cases["is_valid"])
    if kind:
        among = among & (cases["case_kind"] == kind).to_numpy(bool)
    found = _marked(cases, done)
    earlier = _marked(cases, begun) if begun else None
    if earlier is not None:
        # What came so far had begun, by that day where the earlier one is not known; what never began never did.
        found = np.where(_bears_out(cases, begun), found, NO_DAY)
        earlier = np.fmin(earlier, found)[among]
    return Course(cases["grid_id"][among], days_of(cases[day])[among], found[among], earlier)


def _bears_out(cases: pd.DataFrame, mark: str) -> Mask:
    """Whether the present number says that a case came so far."""
    return np.logical_or.reduce([flags(cases[flag]) for flag in MARKS[mark]])


def _marked(cases: pd.DataFrame, mark: str) -> Days:
    """The day of a mark, where the flag of the present number holds: never more than that number counts."""
    return np.where(_bears_out(cases, mark), days_of(cases[mark]), NO_DAY)


MARKS: Mapping[str, tuple[str, ...]] = {
    "closed_on": ("is_closed",), "resolved_on": ("is_resolved",), "handled_on": ("is_handled",),
    "disposed_on": ("is_disposed",), "reopened_on": ("is_reopened",), "reworked_on": ("is_reworked",),
    "settled_on": ("is_resolved", "is_reopened"),
}  # fmt: skip
"""Column of the day on which a case came so far (first, where that can be twice) → the flags of which one must hold."""

COURSES: Mapping[str, Callable[[pd.DataFrame], Course]] = {
    "APP-01": lambda cases: _course(cases, SUGGESTION, "accepted_on", "closed_on"),
    "DIS-01": lambda cases: _course(cases, DISPUTE, "screened_on", "handled_on"),
    "DIS-02": lambda cases: _course(cases, DISPUTE, "screened_on", "resolved_on", "handled_on"),
    "DIS-03": lambda cases: _course(cases, DISPUTE, "accepted_on", "resolved_on"),
    "DIS-05": lambda cases: _course(cases, DISPUTE, "accepted_on", "reopened_on", "settled_on"),
    "CAS-01": lambda cases: _course(cases, "", "due_on", "disposed_on"),
    "CAS-02": lambda cases: _course(cases, "", "due_on", "closed_on"),
    "CAS-04": lambda cases: _course(cases, "", "due_on", "reworked_on", "disposed_on"),
    "WIS-01": lambda cases: _course(cases, WISH, "screened_on", "resolved_on"),
    "WIS-02": lambda cases: _course(cases, WISH, "screened_on", "handled_on"),
}
"""Indicator → how its things come along; `cases` as in `geo.measures.Tables`, with the days of `MARKS`."""
