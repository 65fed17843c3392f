"""Two maps beside each other (并排): which indicator and period each shows, and their numbers area by area.

The left one is the view of every page; the right one has `ind2` and `period2` of the address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from portal import compared, completeness, figures, put_right, reads
from portal.address import view
from portal.choice import Choice, earlier_period, indicators, period_label, period_options
from portal.identity import Viewer
from portal.snapshot import Area
from portal.standing import sound_rate
from portal.words import UNKNOWN


@dataclass(frozen=True)
class Sides:
    """Both views: the same area and level, each with its indicator and period."""

    left: Choice
    right: Choice

    @property
    def is_one_indicator(self) -> bool:
        """Whether the two differ by their period alone, so that their values may be subtracted."""
        return self.left.indicator == self.right.indicator

    @property
    def beside(self) -> tuple[str, str]:
        """The period whose map shares the edges of the left one, and of the right one; "" for two indicators."""
        return (self.right.period, self.left.period) if self.is_one_indicator else ("", "")


def sides(viewer: Viewer, choice: Choice, among: Sequence[str]) -> Sides:
    """The two views of the address; where it is silent, the chosen indicator in the period compared with.

    among : indicators offered. Another indicator is shown in the same period, unless the address names one.
    """
    asked = view()
    other = indicators()[asked.ind2] if asked.ind2 in among else choice.indicator
    default = choice.period if other != choice.indicator else earlier_period(viewer, choice) or choice.period
    period = asked.period2 if asked.period2 in right_periods(viewer) else default
    if other.code != asked.ind2:
        put_right.wrong("ind2", ("右图指标", "indicator of the right map"), (other.zh, other.en))
    if period != asked.period2:
        words = period_label(period), period_label(period, "en")
        put_right.wrong("period2", ("右图期间", "period of the right map"), words, ("这里没有数据", "has no data here"))
    return Sides(choice, replace(choice, indicator=other, period=period))


def right_periods(viewer: Viewer) -> list[str]:
    """The periods the right map may show: those of every page, and the years up to the end of an earlier month."""
    offered = period_options(viewer)
    return offered + [text for text in reads.periods(viewer) if text.startswith("ytd:") and text not in offered]


def table(viewer: Viewer, both: Sides, areas: Sequence[Area]) -> pd.DataFrame:
    """One row per area: `name`, `left`, `left_of`, `left_units`, `right`, `right_of`, `right_units`, `step`.

    The largest differences first.

    `step` is left minus right as it is written, "—" where one is not known or of too few; for two indicators it is
    missing, and the order is that of the codes.
    """
    codes = [a.code for a in areas]
    found = [reads.measures(viewer, one.indicator.code, one.period, codes) for one in (both.left, both.right)]
    units = [completeness.fractions(viewer, one.indicator.code, one.period, codes) for one in (both.left, both.right)]
    steps = compared.both(viewer, both.left.indicator, both.right.period, both.left.period, codes)
    rows = []
    for a in areas:
        left, right = (measures[a.code] for measures in found)
        then, here = (sound_rate(some[a.code], both.left.indicator) for some in steps)
        step = here - then if both.is_one_indicator and here is not None and then is not None else None
        rows.append(
            {
                "name": a.name,
                "left": figures.shown(both.left.indicator, left), "left_of": _parts(both.left, left),
                "left_units": units[0][a.code], "right_units": units[1][a.code],
                "right": figures.shown(both.right.indicator, right), "right_of": _parts(both.right, right),
                "step": figures.step(both.left.indicator, step) if step is not None else UNKNOWN,
                "order": -abs(step) if step is not None else 1.0,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=[
        "name", "left", "left_of", "left_units", "right", "right_of", "right_units", "step", "order"])  # fmt: skip
    return frame.sort_values("order", kind="stable", ignore_index=True).drop(columns="order")


def _parts(one: Choice, measure: reads.Measure) -> str:
    if measure.rate is None or one.indicator.is_index:
        return UNKNOWN
    return figures.of(measure)
