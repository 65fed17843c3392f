"""What a viewer is served (所见), as an attacker writes it down: cells under labels, nothing that was not answered.

Asked are the functions the pages draw from, with a viewer; `tests/attack/test_pages.py` looks whether the pages say the
same. A cell is a label and what stood there: a number, two ends where it was rounded, or `HIDDEN`. What a complete list
leaves out is 0: a type without a row, an area without a line. A list that was not served at all is no cell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from data import terms
from geo.periods import parse_period
from portal import cases, disputes, reads, visits
from portal.identity import Viewer

FIXED = ("month", "quarter", "year", "ytd")
ALL = "all"
"""The kind of a cell of all kinds together."""


class Label(NamedTuple):
    """Which number: `count` what is counted ("DIS-03 n" …), `kind` a type or `ALL`."""

    count: str
    kind: str
    area: str
    period: str


HIDDEN = "hidden"
Value = int | tuple[int, int] | str


@dataclass
class Served:
    """Everything one viewer was served of a family: the areas and periods they may choose, and the cells."""

    parents: dict[str, str | None]
    periods: list[str]
    cells: dict[Label, Value] = field(default_factory=dict)

    def put(self, count: str, kind: str, area: str, period: str, value: Value) -> None:
        self.cells[Label(count, kind, area, period)] = value

    def to_json(self) -> dict[str, Any]:
        """As it is kept in a file: by count, kind and area one value per period, None for a hidden one.

        Areas all of whose cells are 0 are left out, and so are lists of nothing but 0.
        """
        lists: dict[str, dict[str, dict[str, list[Any]]]] = {}
        at = {period: n for n, period in enumerate(self.periods)}
        for label, value in self.cells.items():
            if value != 0 and label.period in at:
                areas = lists.setdefault(label.count, {}).setdefault(label.kind, {})
                areas.setdefault(label.area, [0] * len(at))[at[label.period]] = None if value == HIDDEN else value
        told = {area for kinds in lists.values() for areas in kinds.values() for area in areas}
        for area in list(told):
            while (above := self.parents[area]) is not None:
                told.add(above)
                area = above
        return {"parents": {area: above for area, above in self.parents.items() if area in told},
                "periods": self.periods, "cells": lists}  # fmt: skip

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Served":
        found = cls(kept["parents"], kept["periods"])
        kinds = {kind for of_count in kept["cells"].values() for kind in of_count}
        for count, of_count in kept["cells"].items():
            for kind in kinds:
                for area in found.parents:
                    values = of_count.get(kind, {}).get(area) or [0] * len(found.periods)
                    for period, value in zip(found.periods, values, strict=True):
                        found.put(count, kind, area, period, HIDDEN if value is None else _value(value))
        return found


def _value(kept: Any) -> Value:
    return (int(kept[0]), int(kept[1])) if isinstance(kept, list) else int(kept)


def tree(viewer: Viewer) -> dict[str, str | None]:
    """The areas a viewer may open with the area above each, as the ways on every page say; 未落格 too."""
    found: dict[str, str | None] = {}
    for level in reads.LEVELS:
        for area in reads.below(viewer, viewer.area_code, level, with_unplaced=True):
            above = reads.trail(viewer, area.code)
            found[area.code] = above[-2].code if len(above) > 1 else None
    return found


def started(viewer: Viewer, years: Iterable[int] = ()) -> Served:
    """Nothing yet: the areas, and the fixed periods (of some years) that may be chosen."""
    wanted = set(years)
    periods = [
        text for text in reads.periods(viewer)
        if parse_period(text).kind in FIXED and (not wanted or parse_period(text).last_day.year in wanted)
    ]  # fmt: skip
    return Served(tree(viewer), periods)


def put_measures(served: Served, viewer: Viewer, indicator: str, *, is_rounded: bool = False) -> None:
    """The n and d of an indicator for every area and period."""
    for period in served.periods:
        for code, measure in reads.measures(viewer, indicator, period, served.parents).items():
            put_pair(served, indicator, ALL, code, period, measure, is_rounded=is_rounded and not is_top(served, code))


def is_top(served: Served, code: str) -> bool:
    return served.parents[code] is None


def put_pair(
    served: Served, count: str, kind: str, code: str, period: str, measure: reads.Measure, *, is_rounded: bool = False
) -> None:
    """n and d of one place: as they are, hidden, or rounded to 5."""
    for name, number in (("n", measure.numerator), ("d", measure.denominator)):
        if measure.part == "hidden":
            value: Value = HIDDEN
        elif number is None:
            value = 0  # nothing was counted, or never: either way there is none
        else:
            value = (max(0, int(number) - 2), int(number) + 2) if is_rounded else int(number)
        served.put(f"{count} {name}", kind, code, period, value)


# --- families ---------------------------------------------------------------------------------------------------------


def dispute_types(viewer: Viewer, years: Iterable[int] = ()) -> Served:
    """Disputes accepted and resolved by type, area and period, with all their totals."""
    served = started(viewer, years)
    put_measures(served, viewer, "DIS-03")
    for period in served.periods:
        for area, kind, measure in types_of(viewer, period, served):
            put_pair(served, "DIS-03", kind, area, period, measure)
    return served


def types_of(viewer: Viewer, period: str, served: Served) -> Iterator[tuple[str, str, reads.Measure]]:
    """Every cell of the tables "type by area" of a period, and the bars of the types of the whole."""
    top = viewer.area_code
    yield from _of_bars(viewer, period, top)
    for level in reads.LEVELS[1:]:
        areas = reads.below(viewer, top, level)
        found = disputes.matrix(viewer, period, top, areas)
        own: dict[str, dict[str, reads.Measure]] = {area.code: {} for area in areas}
        for (code, kind), measure in found.cells.items() if found else ():
            own[code][kind] = measure
        for code, rows in own.items():
            yield from _complete(code, rows)
    for code in served.parents:
        if is_unplaced(code):  # it has a page, and no line in a table
            yield from _of_bars(viewer, period, code)


def is_unplaced(code: str) -> bool:
    """Whether an area stands for what lies in no grid."""
    return len(code) == 15 and code.endswith("000")


def _of_bars(viewer: Viewer, period: str, code: str) -> Iterator[tuple[str, str, reads.Measure]]:
    bars = cases.sums(viewer, "dispute", "category", period, code)
    yield from _complete(code, {str(row["category"]): _of_bar(row) for _, row in bars.iterrows()})


def _of_bar(row: Any) -> reads.Measure:
    return reads.HIDDEN if row["is_hidden"] else reads.Measure(float(row["resolved"]), float(row["accepted"]), "known")


def _complete(code: str, rows: dict[str, reads.Measure]) -> Iterator[tuple[str, str, reads.Measure]]:
    """Every type of the list: those without a row are 0."""
    for kind in terms.DISPUTE_CATEGORIES:
        yield code, kind, rows.get(kind, reads.Measure(0, 0, "known"))


def visits_due(viewer: Viewer, years: Iterable[int] = ()) -> Served:
    """Visits due and paid by kind of household, area and period, with all their totals."""
    served = started(viewer, years)
    put_measures(served, viewer, "VIS-03")
    for period in served.periods:
        for code in served.parents:
            rows = visits.due(viewer, period, code)
            for kind in terms.HOUSEHOLD_KINDS:
                put_pair(served, "VIS-03", kind, code, period, rows.get(kind, reads.Measure(0, 0, "known")))
    return served
