"""Since the last briefing (前后对比): how areas stood on two days, and what happened between them.

Both days are as-of days of the store; the earlier one is not in the stretch, the later one is. A stock is read at the
two days; what adds up over a year is compared from its first of January, over 365 days where the years differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pandas as pd

from data.registry import Indicator, indicators
from geo.periods import parse_period
from portal import compared, reads
from portal.identity import Viewer
from portal.reads import Measure
from portal.snapshot import Area, current
from portal.standing import is_small
from portal.work import open_disputes


@dataclass(frozen=True)
class Span:
    """The two days of a comparison."""

    since: date
    until: date

    @property
    def kind(self) -> str:
        return "ytd" if self.since.year == self.until.year else "last365"

    @property
    def periods(self) -> tuple[str, str]:
        """The period compared, as it stood on each day."""
        return f"{self.kind}:{self.since}", f"{self.kind}:{self.until}"


def as_of_days(viewer: Viewer) -> list[date]:
    """The days for which numbers as of the day are kept, latest first; none for public viewers."""
    kept = (parse_period(text) for text in reads.periods(viewer) if text.startswith("todate:"))
    return sorted({period.last_day for period in kept}, reverse=True)


def span(viewer: Viewer, period: str, since: str) -> Span | None:
    """From the day asked for (else the as-of day before) to the end of a period; None where there are no two days.

    since : an ISO day as the address says it. The end is the last as-of day in the period, else the last of all.
    """
    days = as_of_days(viewer)
    last = parse_period(period).last_day
    until = next((day for day in days if day <= last), None)
    earlier = [day for day in days if until and day < until]
    if not until or not earlier:
        return None
    return Span(next((day for day in earlier if str(day) == since), earlier[0]), until)


class Pair(NamedTuple):
    """A measure on the two days."""

    before: Measure
    after: Measure

    @property
    def step(self) -> float | None:
        """The change of the rate; None when one of them is not known."""
        a, b = self.before.rate, self.after.rate
        return None if a is None or b is None else b - a

    def is_small(self, rule: Indicator) -> bool:
        """Whether there is a change, of too few to go by on one of the days."""
        return self.step is not None and any(is_small(m, rule) for m in self)

    def sound_step(self, rule: Indicator) -> float | None:
        """The change of the rate where it may be compared with that of other areas."""
        return None if self.is_small(rule) else self.step

    @property
    def more(self) -> float | None:
        """The change of the numerator; None when one of them is not known."""
        a, b = (m.numerator if m.part == "known" else None for m in self)
        return None if a is None or b is None else b - a


def pairs(viewer: Viewer, indicator: str, over: Span, codes: Sequence[str]) -> dict[str, Pair]:
    """A measure of each area on both days, by code; areas outside the viewer's own are left out."""
    before, after = compared.both(viewer, indicators()[indicator], *over.periods, codes)
    return {code: Pair(before[code], after[code]) for code in after}


@dataclass(frozen=True)
class Happened:
    """What happened in one area between the two days; None where it is not known or hidden.

    covered, lapsed : residential buildings that came under a building group, and that are under one no more.
    accepted, closed, reopened : disputes. still, late : disputes open, and of these past due, on the two days.
    built : facilities that came into use.
    """

    covered: int | None
    lapsed: int | None
    accepted: int | None
    closed: int | None
    reopened: int | None
    still: tuple[int | None, int | None]
    late: tuple[int | None, int | None]
    built: int


class Rows(NamedTuple):
    """The rows behind what happened inside an area: buildings newly covered and no longer covered (see `covers`), and
    facilities that came into use (see `facilities`)."""

    new: pd.DataFrame
    gone: pd.DataFrame
    built: pd.DataFrame


def rows_of(viewer: Viewer, over: Span, top: str) -> Rows:
    """The rows behind what happened inside `top`, read once for sentences, table and lists."""
    return Rows(*covers(viewer, over, top), facilities(viewer, over, top))


def happened(viewer: Viewer, over: Span, rows: Rows, areas: Sequence[Area]) -> dict[str, Happened]:
    """What happened in each of some areas, by code; rows : those of an area that holds them all."""
    codes = [a.code for a in areas]
    above = _above(areas)
    new, gone = (_by_area(one["grid_id"].fillna(one["community_id"]), above) for one in (rows.new, rows.gone))
    built = _by_area(rows.built["place"], above)
    again = _reopened(viewer, over, above)
    before, after = (open_disputes(viewer, period, codes) for period in over.periods)
    ever = [reads.measures(viewer, "DIS-03", f"todate:{day}", codes) for day in (over.since, over.until)]
    sees = viewer.may_see("internal")
    found = {}
    for a in areas:
        still = _open(before[a.code]), _open(after[a.code])
        accepted = _grown(ever[0][a.code], ever[1][a.code])
        closed = None
        if accepted is not None and still[1] is not None and before[a.code].part != "hidden":
            closed = (still[0] or 0) + accepted - still[1]
        found[a.code] = Happened(
            covered=new.get(a.area_id, 0) if sees else None,
            lapsed=gone.get(a.area_id, 0) if sees else None,
            accepted=accepted, closed=closed, reopened=None if accepted is None else again.get(a.area_id, 0),
            still=still, late=(_late(before[a.code]), _late(after[a.code])), built=built.get(a.area_id, 0),
        )  # fmt: skip
    return found


def _open(measure: Measure) -> int | None:
    return None if measure.part != "known" else int(measure.denominator or 0)


def _late(measure: Measure) -> int | None:
    return None if measure.part != "known" else int(measure.numerator or 0)


def _grown(before: Measure, after: Measure) -> int | None:
    """Cases that came in between; an area without any before had none, if nothing is hidden."""
    if after.part not in ("known", "none") or before.part == "hidden":
        return None
    return int(after.denominator or 0) - int(before.denominator or 0)


def _above(areas: Sequence[Area]) -> dict[int, int]:
    """Every area inside some areas, and they themselves → the one of them that it lies in."""
    places = current().places
    return {inside: a.area_id for a in areas for inside in places.subtree(a.area_id)}


def _by_area(ids: pd.Series, above: dict[int, int]) -> dict[int, int]:
    found = ids.map(above).dropna().value_counts()
    return dict(zip(found.index.astype(int).tolist(), found.tolist(), strict=True))


def covers(viewer: Viewer, over: Span, top: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The residential buildings newly under a building group, and those no longer under one; rows of `reads.buildings`.

    A building that changed its group is in neither.
    """
    rows = reads.buildings(viewer, top)
    if rows.empty:
        empty = pd.DataFrame(columns=["community_id", "grid_id"])
        return empty, empty
    homes = rows[rows["is_residential"].astype(bool)]
    was, is_ = (homes["building_id"].isin(_covered_on(day)) for day in (over.since, over.until))
    return homes[is_ & ~was], homes[was & ~is_]


def _covered_on(day: date) -> set[int]:
    return set(reads.covers_of_groups(current().covers_on(day))["target_id"])


def facilities(viewer: Viewer, over: Span, top: str) -> pd.DataFrame:
    """Facilities that came into use between the two days, oldest first; `place` is the id of the grid or community."""
    rows = reads.facilities(viewer, top)
    built = pd.to_datetime(rows["built_on"])
    inside = (built > pd.Timestamp(over.since)) & (built <= pd.Timestamp(over.until))
    rows = rows[inside & (rows["facility_state"] == "present")].sort_values(["built_on", "facility_kind"])
    return rows.assign(place=rows["grid_id"].fillna(rows["community_id"]))


def _reopened(viewer: Viewer, over: Span, above: dict[int, int]) -> dict[int, int]:
    """Disputes opened again between the two days, once for each time, by area; nothing for public viewers."""
    if not viewer.may_see("internal"):
        return {}
    snapshot = current()
    steps = snapshot.case_steps
    on = pd.to_datetime(steps["step_on"])
    inside = (on > pd.Timestamp(over.since)) & (on <= pd.Timestamp(over.until))
    ids = steps["case_id"][inside & (steps["step_op"] == "reopen")]
    cases = snapshot.cases
    disputes = cases[cases["case_kind"] == "dispute"].set_index("case_id")
    again = disputes.reindex(ids[ids.isin(disputes.index)])
    return _by_area(again["grid_id"].fillna(again["community_id"]), above)
