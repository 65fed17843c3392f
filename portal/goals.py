"""The goal of an area for an indicator (目标): its own, else that of the nearest area above, else the registry's."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from data import queries
from data.registry import Indicator
from data.settings import settings
from geo.periods import parse_period
from portal import reads
from portal.identity import Viewer
from portal.snapshot import current, each

Kept = dict[int, list[tuple[date, float, str]]]


@dataclass(frozen=True)
class Goal:
    """A goal (0..1). One that the county set has its `reason`, the area it was set for, and its first day."""

    value: float
    reason: str = ""
    area_name: str = ""
    since: date | None = None

    @property
    def is_own(self) -> bool:
        """Whether it was set for an area, and is not the registry's."""
        return self.since is not None


def goal(viewer: Viewer, indicator: Indicator, period: str, code: str) -> Goal:
    """The goal that holds for an area at the end of a period; the registry's for an area that is not there.

    A goal holds from its first day on, so a period that ended before keeps the goal it had.
    """
    snapshot = current()
    found = reads.area(viewer, code)
    kept: Kept = snapshot.keep(("targets", indicator.code), lambda: _targets(indicator.code))
    if found is None or not kept:
        return Goal(indicator.goal)
    last_day = parse_period(period).last_day
    for step in reversed(snapshot.places.path(found.area_id)):
        holding = [target for target in kept.get(step.area_id, []) if target[0] <= last_day]
        if holding:
            since, value, reason = max(holding)
            return Goal(value, reason, step.name, since)
    return Goal(indicator.goal)


def _targets(indicator: str) -> Kept:
    snapshot = current()
    rows: pd.DataFrame = snapshot.keep(
        "targets", lambda: snapshot.read(lambda conn: queries.targets(conn, settings().edition))
    )
    kept: Kept = {}
    for row in each(rows[rows["indicator"] == indicator]):
        kept.setdefault(row.area_id, []).append((row.since_on.date(), row.goal, row.reason))
    return kept
