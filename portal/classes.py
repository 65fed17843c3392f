"""The classes of a map with their counts (分级与计数): the same edges and colours as the layer itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from data.registry import indicators
from geo.breaks import breaks_from
from geo.classes import classify, count_classes
from portal import colours, reads
from portal.choice import Choice
from portal.identity import Viewer
from portal.standing import sound_rate, standing


@dataclass(frozen=True)
class ClassCount:
    """One class of a rate: its edges (None where open), its colour, how many areas fall in it."""

    low: float | None
    high: float | None
    colour: str
    count: int


MANY = 5
"""Classes at most: more shades than these are not told apart on paper."""


def breaks_of(
    viewer: Viewer, ind: str, period: str, codes: Sequence[str], method: str, beside: str = ""
) -> tuple[float, ...]:
    """The inner edges for some areas: those of the definition, or by a method from the values the viewer may see.

    beside : a period whose map has the same edges, so that the two compare; "" for none.
    """
    if not method:
        return indicators()[ind].class_breaks(period)
    periods = (period, beside) if beside else (period,)
    rule = indicators()[ind]
    found = [sound_rate(m, rule) for text in periods for m in reads.measures(viewer, ind, text, codes).values()]
    return breaks_from(pd.Series(found, dtype=float), method, MANY)


def class_counts(viewer: Viewer, choice: Choice, beside: str = "") -> tuple[list[ClassCount], dict[str, int]]:
    """The classes of the areas shown, lowest first; and how many of them stand otherwise (`standing.STANDINGS`).

    beside : a period whose map stands beside this one with the same edges.
    """
    inside = reads.below(viewer, choice.area.code, choice.level)
    codes = [a.code for a in inside]
    found = reads.measures(viewer, choice.indicator.code, choice.period, codes).values()
    breaks = breaks_of(viewer, choice.indicator.code, choice.period, codes, choice.classes, beside)
    rates = pd.Series([sound_rate(m, choice.indicator) for m in found], dtype=float)
    counts, _ = count_classes(classify(rates, breaks), breaks)
    ramp = colours.ramp(choice.indicator.direction, len(breaks) + 1)
    classes = [
        ClassCount(low, high, colour, number)
        for (low, high), colour, number in zip(colours.class_edges(breaks), ramp, counts, strict=True)
    ]
    return classes, Counter(standing(m, choice.indicator) for m in found)
