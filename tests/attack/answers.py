"""What was served, written down (答案): cells under labels, nothing that was not answered.

A cell is a label and what stood there: a number, two ends where it was rounded, or `HIDDEN`. What a complete list
leaves out is 0: a type without a row, an area without a line. A list that was not served at all is no cell.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
