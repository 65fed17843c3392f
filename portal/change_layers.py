"""Changes drawn (变化图层): the areas of a level by how a rate changed between two days, and their names with it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from data.registry import Indicator, indicators
from portal import colours, features, figures, reads
from portal.changes import Pair, Span, pairs
from portal.colours import rgba
from portal.identity import Viewer
from portal.reads import Measure
from portal.words import HIDDEN, UNKNOWN, count, t

STEADY, MUCH = 0.0005, 0.05
"""A change of a rate below the first is written as ±0.0; from the second on it is a large one."""


def change_class(step: float, direction: str) -> int:
    """Which of the five colours of a change: 0 much worse, 2 the same, 4 much better.

    >>> [change_class(step, "up") for step in (-0.2, -0.01, 0.0004, 0.02, 0.05)], change_class(0.2, "down")
    ([0, 1, 2, 3, 4], 0)
    """
    size = round(abs(step), 9)
    way = 0 if size < STEADY else 1 if size < MUCH else 2
    return 2 + (way if (step > 0) == (direction == "up") else -way)


def draw(viewer: Viewer, code: str, level: str, ind: str, over: Span, part: str, lang: str, only: str = "") -> bytes:
    """A map layer: the areas of a level by how a rate changed ("known"), or those without two rates ("unknown").

    only : see `features.shaped`.
    """
    rule = indicators()[ind]
    inside = reads.below(viewer, code, level)
    found = pairs(viewer, ind, over, [a.code for a in inside])
    shown = [a for a in inside if (found[a.code].step is not None) == (part == "known")]
    columns: dict[str, list[Any]] = {
        "c": [a.code for a in shown],
        "n": [a.name for a in shown],
        "v": [step_words(rule, found[a.code], lang) for a in shown],
        "x": [both(rule, found[a.code]) for a in shown],
    }
    if part == "known":
        classes = [change_class(found[a.code].step or 0, rule.direction) for a in shown]
        columns["k"] = list(classes)
        columns["f"] = [rgba(colours.CHANGE[number], 225) for number in classes]
    return features.shaped(viewer, code, level, columns, only=only)


def step_words(rule: Indicator, pair: Pair, lang: str | None = None) -> str:
    """The change with its unit, "—" when it is not known."""
    if pair.step is None:
        return t("无法比较", "no comparison", lang)
    return " ".join(figures.change(rule, pair.step, lang)).strip()


def both(rule: Indicator, pair: Pair) -> str:
    """The rate on both days with what it is made of: "80.1 % (8 / 10) → 91.4 % (9 / 10)"; "—" for one not known."""
    return " → ".join(_one(rule, measure) for measure in pair)


def _one(rule: Indicator, measure: Measure) -> str:
    if measure.rate is None:
        return HIDDEN if measure.part == "hidden" else UNKNOWN
    value = figures.value(rule, measure)
    return value if rule.is_index else f"{value} ({count(measure.numerator)} / {count(measure.denominator)})"


def write(
    viewer: Viewer, code: str, level: str, ind: str, over: Span, zoom: float | None, size: int, lang: str
) -> bytes:
    """A map layer: the names of the areas with the change below them; nothing for public viewers."""
    if not viewer.may_see("internal"):
        return b"[]"
    rule = indicators()[ind]
    found = pairs(viewer, ind, over, [a.code for a in reads.below(viewer, code, level)])
    values = {area: figures.step(rule, pair.step) for area, pair in found.items() if pair.step is not None}
    steps = {area: pair.step for area, pair in found.items() if pair.step is not None}
    worst = sorted(steps, key=lambda area: (steps[area], area), reverse=rule.direction == "down")[: features.WORST]
    return features.written(viewer, code, level, values, zoom, size, worst)


def class_counts(viewer: Viewer, code: str, level: str, ind: str, over: Span) -> tuple[list[int], int]:
    """How many areas of a level are in each class of change, much worse first, and how many cannot be compared."""
    rule = indicators()[ind]
    found = pairs(viewer, ind, over, [a.code for a in reads.below(viewer, code, level)]).values()
    classes = [change_class(pair.step, rule.direction) for pair in found if pair.step is not None]
    return np.bincount(classes, minlength=len(colours.CHANGE)).tolist(), len(found) - len(classes)


def _span_of(p: dict[str, str]) -> Span:
    return Span(date.fromisoformat(p["since"]), date.fromisoformat(p["asof"]))


LAYERS: dict[str, Callable[[Viewer, dict[str, str]], bytes]] = {
    "changes": lambda viewer, p: draw(
        viewer, p["area"], p["level"], p["ind"], _span_of(p), p.get("part", "known"), p["lang"], p.get("only", "")
    ),
    "change_labels": lambda viewer, p: write(
        viewer, p["area"], p["level"], p["ind"], _span_of(p), float(p["zoom"]) if "zoom" in p else None,
        int(p.get("size", "13")), p["lang"],
    ),
}  # fmt: skip
