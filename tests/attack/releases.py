"""What many public releases tell together (多次公开): each true change of a cell, from rounded numbers and sums.

A release is the numbers of one count at one day: of the top exactly (or as they stood, see `Watched.held`), below it to
multiples of 5. Cells of different days are tied by the changes alone, and each release by its areas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tests.attack.bounds import Range, Table, ranges

FAR = 10**6
"""Added to a change, so that it is not negative."""


@dataclass
class Watched:
    """Releases in order, each area's number as it was served; `held` how far behind the top's may stand."""

    parents: Mapping[str, str | None]
    releases: Sequence[Mapping[str, float]]
    held: int = 0

    def single(self, number: int, enough: int | None) -> dict[str, Range]:
        """How far each number below the top can be told from one release alone."""
        areas = list(self.parents)
        found = ranges(self._table(), [number * len(areas) + n for n, a in enumerate(areas) if self.parents[a]], enough)
        return {areas[cell % len(areas)]: one for cell, one in found.items()}

    def changes(self, enough: int | None, pairs: Sequence[tuple[int, int]]) -> dict[tuple[str, int, int], Range]:
        """How far each true change below the top between two releases can be told from all of them."""
        areas = list(self.parents)
        below = [n for n, area in enumerate(areas) if self.parents[area] is not None]
        many = len(areas) * len(self.releases)
        table = self._table(many + 1 + 2 * len(pairs) * len(below))
        table.know(np.array([many]), np.array([float(FAR)]), np.array([float(FAR)]))
        cell, asked = many + 1, {}
        for first, second in pairs:
            for n in below:
                before, after = first * len(areas) + n, second * len(areas) + n
                table.totals(np.array([cell]), np.array([[after, many]]))
                table.totals(np.array([cell]), np.array([[cell + 1, before]]))
                asked[cell + 1] = areas[n], first, second
                cell += 2
        return {asked[number]: one for number, one in ranges(table, asked, enough).items()}

    def _table(self, many: int | None = None) -> Table:
        areas = list(self.parents)
        table = Table(many or len(areas) * len(self.releases))
        for number, release in enumerate(self.releases):
            at = number * len(areas)
            for n, area in enumerate(areas):
                shown = release.get(area, 0.0)
                if self.parents[area] is not None:
                    away = 2
                elif number and shown == self.releases[number - 1].get(area, 0.0):
                    away = self.held
                else:
                    away = 0
                table.know(np.array([at + n]), np.array([max(0.0, shown - away)]), np.array([shown + away]))
            for n, area in enumerate(areas):
                if parts := [at + m for m, other in enumerate(areas) if self.parents[other] == area]:
                    table.totals(np.array([at + n]), np.array([parts]))
        return table
