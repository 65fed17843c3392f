"""The goal of an area for an indicator (目标): its own, else that of the nearest area above, else the registry's."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from data import queries
from data.registry import Indicator
from data.settings import settings
from geo.periods import parse_period
from portal import reads
from portal.identity import Viewer
from portal.reads import Measure
from portal.snapshot import current, each
from portal.words import t

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


def goals_of(viewer: Viewer, indicator: Indicator, period: str, codes: Iterable[str]) -> dict[str, float]:
    """The goal (0..1) of each of many areas, by code."""
    if not current().keep(("targets", indicator.code), lambda: _targets(indicator.code)):
        return dict.fromkeys(codes, indicator.goal)
    return {code: goal(viewer, indicator, period, code).value for code in codes}


def left_to_goal(measure: Measure, goal: float) -> int:
    """How many more are needed for the goal, where more is better: a part of one more is one more.

    >>> left_to_goal(Measure(17, 20, "known"), 0.95), left_to_goal(Measure(19, 20, "known"), 0.95)
    (2, 0)
    """
    wanted = goal * (measure.denominator or 0)
    # 0.95 of 20 is 19 and a trifle in binary numbers.
    return max(0, math.ceil(wanted - 1e-9) - round(measure.numerator or 0))


def above_goal(measure: Measure, goal: float) -> int:
    """How many are above the goal, where less is better.

    >>> above_goal(Measure(3, 20, "known"), 0.1), above_goal(Measure(2, 20, "known"), 0.1)
    (1, 0)
    """
    return max(0, round(measure.numerator or 0) - math.floor(goal * (measure.denominator or 0) + 1e-9))


def left_words(goal: float, lang: str | None = None) -> str:
    """What `left_to_goal` counts: all the rest only where the goal is all of them.

    >>> left_words(1.0, "zh"), left_words(0.9, "zh"), left_words(0.9, "en")
    ('还差', '距目标还差', 'left to the goal')
    """
    return t("还差", "left to do", lang) if goal == 1 else t("距目标还差", "left to the goal", lang)


def _targets(indicator: str) -> Kept:
    snapshot = current()
    rows: pd.DataFrame = snapshot.keep(
        "targets", lambda: snapshot.read(lambda conn: queries.targets(conn, settings().edition))
    )
    kept: Kept = {}
    for row in each(rows[rows["indicator"] == indicator]):
        kept.setdefault(row.area_id, []).append((row.since_on.date(), row.goal, row.reason))
    return kept
