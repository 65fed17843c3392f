"""The classes of a map with their counts (分级与计数): the same edges and colours as the layer itself."""

from dataclasses import dataclass

import pandas as pd

from geo.classes import classify, count_classes
from portal import colours, reads
from portal.choice import Choice
from portal.identity import Viewer


@dataclass(frozen=True)
class ClassCount:
    """One class of a rate: its edges (None where open), its colour, how many areas fall in it."""

    low: float | None
    high: float | None
    colour: str
    count: int


def class_counts(viewer: Viewer, choice: Choice) -> tuple[list[ClassCount], int, int]:
    """The classes of the areas shown, lowest first; how many are unknown; how many are hidden."""
    inside = reads.below(viewer, choice.area.code, choice.level)
    found = reads.measures(viewer, choice.indicator.code, choice.period, [a.code for a in inside]).values()
    breaks = choice.indicator.class_breaks(choice.period)
    counts, _ = count_classes(classify(pd.Series([m.rate for m in found], dtype=float), breaks), breaks)
    ramp = colours.ramp(choice.indicator.direction, len(breaks) + 1)
    classes = [
        ClassCount(low, high, colour, number)
        for (low, high), colour, number in zip(colours.class_edges(breaks), ramp, counts, strict=True)
    ]
    parts = [m.part for m in found]
    return classes, parts.count("unknown"), parts.count("hidden")
