"""What moved most (变化最大): the areas shown whose rate differs most from an earlier period, for better or worse."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal import compared, completeness, reads
from portal.choice import Choice, earlier_period
from portal.identity import Viewer
from portal.snapshot import Area
from portal.standing import sound_rate

MOST = 5
STEADY = 0.0005
"""A smaller change is written as ±0.0 and is none."""


@dataclass(frozen=True)
class Mover:
    """One area: its number, by how much the rate differs from the earlier one, and whether that is for the better."""

    area: Area
    measure: reads.Measure
    step: float
    is_better: bool


def movers(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> tuple[str, list[Mover]]:
    """The earlier period, "" where there is none, and at most MOST areas, the largest change first.

    Areas that have reported too little give way to the communities in them that have (`portal.completeness`). Areas
    without a rate in either period are left out, and those of too few to go by.
    """
    earlier = earlier_period(viewer, choice)
    if not earlier or len(areas) < 2:
        return "", []
    areas = completeness.ranked(viewer, choice.indicator.code, choice.period, areas).areas
    rule, codes = choice.indicator, [a.code for a in areas]
    shown = reads.measures(viewer, rule.code, choice.period, codes)
    before, now = compared.both(viewer, rule, earlier, choice.period, codes)
    steps = {
        a.code: here - then
        for a in areas
        if (here := sound_rate(now[a.code], rule)) is not None
        and (then := sound_rate(before[a.code], rule)) is not None
    }
    largest = sorted((a for a in areas if abs(steps.get(a.code, 0)) >= STEADY), key=lambda a: -abs(steps[a.code]))
    is_up = rule.direction == "up"
    return earlier, [Mover(a, shown[a.code], steps[a.code], (steps[a.code] > 0) == is_up) for a in largest[:MOST]]
