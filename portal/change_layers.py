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
from portal.standing import sound_rate
from portal.words import t

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
    """A map layer: the areas of a level by how a rate changed ("known"), those of too few on one of the days ("light"),
    or those without two rates ("unknown").

    only : see `features.shaped`.
    """
    rule = indicators()[ind]
    inside = reads.below(viewer, code, level)
    found = pairs(viewer, ind, over, [a.code for a in inside])
    shown = [a for a in inside if _kind(rule, found[a.code]) == part]
    columns: dict[str, list[Any]] = {
        "c": [a.code for a in shown],
        "n": [a.name for a in shown],
        "v": [step_words(rule, found[a.code], lang) for a in shown],
        "x": [both(rule, found[a.code], lang) for a in shown],
    }
    if part == "known":
        classes = [change_class(found[a.code].step or 0, rule.direction) for a in shown]
        columns["k"] = list(classes)
        columns["f"] = [rgba(colours.CHANGE[number], 225) for number in classes]
    if part == "light":
        columns["f"] = [rgba(colours.LIGHT["small"])] * len(shown)
    return features.shaped(viewer, code, level, columns, only=only)


def _kind(rule: Indicator, pair: Pair) -> str:
    return "unknown" if pair.step is None else "light" if pair.is_small(rule) else "known"


def step_words(rule: Indicator, pair: Pair, lang: str | None = None) -> str:
    """The change with its unit; of too few, and where it is not known, that there is none to speak of."""
    if pair.step is None:
        return t("无法比较", "no comparison", lang)
    if pair.is_small(rule):
        return t("数太少，不比", "too few to compare", lang)
    return " ".join(figures.change(rule, pair.step, lang)).strip()


def both(rule: Indicator, pair: Pair, lang: str | None = None) -> str:
    """The rate on both days with what it is made of: "80.1 % (8 / 10) → 91.4 % (9 / 10)"; n / d alone for too few."""
    return " → ".join(_one(rule, measure, lang) for measure in pair)


def _one(rule: Indicator, measure: Measure, lang: str | None) -> str:
    words = figures.shown(rule, measure, lang)
    is_sound = sound_rate(measure, rule) is not None
    return f"{words} ({figures.of(measure)})" if is_sound and not rule.is_index else words


def write(
    viewer: Viewer, code: str, level: str, ind: str, over: Span, zoom: float | None, size: int, lang: str
) -> bytes:
    """A map layer: the names of the areas with the change below them; nothing for public viewers."""
    if not viewer.may_see("internal"):
        return b"[]"
    rule = indicators()[ind]
    found = pairs(viewer, ind, over, [a.code for a in reads.below(viewer, code, level)])
    steps = {area: step for area, pair in found.items() if (step := pair.sound_step(rule)) is not None}
    values = {area: figures.step(rule, step) for area, step in steps.items()}
    values |= {area: both(rule, pair, lang) for area, pair in found.items() if pair.is_small(rule)}
    worst = sorted(steps, key=lambda area: (steps[area], area), reverse=rule.direction == "down")[: features.WORST]
    return features.written(viewer, code, level, values, zoom, size, worst)


def class_counts(viewer: Viewer, code: str, level: str, ind: str, over: Span) -> tuple[list[int], int, int]:
    """How many areas of a level are in each class of change, much worse first; how many are of too few on one of the
    days; how many cannot be compared."""
    rule = indicators()[ind]
    found = pairs(viewer, ind, over, [a.code for a in reads.below(viewer, code, level)]).values()
    classes = [change_class(step, rule.direction) for pair in found if (step := pair.sound_step(rule)) is not None]
    small = sum(pair.is_small(rule) for pair in found)
    counts: list[int] = np.bincount(classes, minlength=len(colours.CHANGE)).tolist()
    return counts, small, len(found) - len(classes) - small


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
