"""The attacker (泄露审查): what can be worked out about hidden cells from everything that is shown, exactly.

A table is cells and the sums that tie them: a sum is a mapping of cell → whole number whose products with the cells
come to 0, such as {total: 1, part: −1, part: −1}. Shown cells are known; hidden ones are unknowns that are not
negative. Two questions are answered without rounding, so that the answer is a proof:

* `determined`: which hidden cells have one possible value by the equations alone. Gauss-Jordan elimination on whole
  numbers of any length (rows are only multiplied by whole numbers and divided by common factors): a cell is determined
  when the reduced equations have a row with this cell alone. Floating point could take a small pivot for 0 or the other
  way round, and arithmetic modulo a prime could find a cell determined that is not.
* `intervals`: between which values each hidden cell can lie, given also that none is negative. A linear programme for
  each end, by the simplex method in whole numbers with a common denominator (Edmonds 1967) and Bland's rule (1977),
  which always ends. The ends are those of the rational polytope; whole numbers inside can only be nearer together, and
  in tables of two sums per cell (area by period) they are the same.

Not modelled: that an attacker may know which cells were hidden for being small and which as company.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd

import numpy as np

Sum = Mapping[int, int]
"""Cell → coefficient; the products with the cells come to 0."""
Interval = tuple[Fraction, Fraction | None]
"""The least and the greatest value of a cell; None where there is no limit."""


def total_of(total: int, parts: Iterable[int]) -> dict[int, int]:
    """The sum that says a cell is the total of others.

    >>> total_of(0, [1, 2])
    {0: 1, 1: -1, 2: -1}
    """
    return {total: 1, **dict.fromkeys(parts, -1)}


def determined(sums: Iterable[Sum], hidden: Iterable[int]) -> set[int]:
    """The hidden cells that the equations alone leave one value.

    >>> sorted(determined([total_of(0, [1, 2])], hidden=[1, 2])), sorted(determined([total_of(0, [1, 2])], hidden=[2]))
    ([], [2])
    """
    return {next(iter(row)) for row in _reduced(sums, set(hidden)).values() if len(row) == 1}


def intervals(sums: Sequence[Sum], hidden: Iterable[int], values: Sequence[int]) -> dict[int, Interval]:
    """The least and the greatest value each hidden cell can have; the greatest is None where there is no limit.

    values : the true value of every cell, whole and not negative; of hidden ones only what the shown ones tell is used.

    >>> found = intervals([total_of(0, [1, 2, 3])], hidden=[1, 2], values=[20, 3, 7, 10])
    >>> [(str(low), str(high)) for low, high in found.values()]
    [('0', '10'), ('0', '10')]
    """
    unknown = set(hidden)
    found: dict[int, Interval] = {}
    for cells, rows in _components(list(_reduced(sums, unknown).values()), unknown):
        programme = _Programme(cells, rows, values)
        found.update({cell: (programme.least(i), programme.greatest(i)) for i, cell in enumerate(cells)})
    return dict(sorted(found.items()))


def _reduced(sums: Iterable[Sum], hidden: set[int]) -> dict[int, dict[int, int]]:
    """The equations among hidden cells, reduced: one row per pivot, and no pivot in another's row."""
    rows: dict[int, dict[int, int]] = {}
    users: dict[int, set[int]] = {}  # cell → pivots of the rows it stands in
    for one in sums:
        row = {cell: factor for cell, factor in one.items() if cell in hidden and factor}
        for pivot in [cell for cell in row if cell in rows]:
            row = _without(row, pivot, rows[pivot])
        if not row:
            continue
        pivot = min(row, key=lambda cell: (len(users.get(cell, ())), cell))
        for other in list(users.get(pivot, ())):
            old = rows[other]
            rows[other] = _without(old, pivot, row)
            for cell in old.keys() - rows[other].keys():
                users[cell].discard(other)
            for cell in rows[other].keys() - old.keys():
                users.setdefault(cell, set()).add(other)
        rows[pivot] = row
        for cell in row:
            users.setdefault(cell, set()).add(pivot)
    return rows


def _without(row: dict[int, int], pivot: int, by: dict[int, int]) -> dict[int, int]:
    """A multiple of the row from which a multiple of another has taken the pivot."""
    factor, own = row.get(pivot, 0), by[pivot]
    if not factor:
        return row
    mixed = {cell: own * row.get(cell, 0) - factor * by.get(cell, 0) for cell in row.keys() | by.keys()}
    common = gcd(*mixed.values()) or 1
    return {cell: value // common for cell, value in mixed.items() if value}


def _components(rows: list[dict[int, int]], hidden: set[int]) -> list[tuple[list[int], list[dict[int, int]]]]:
    """Cells and equations that have nothing to do with the others, apart."""
    chief = {cell: cell for cell in hidden}

    def find(cell: int) -> int:
        while chief[cell] != cell:
            chief[cell] = chief[chief[cell]]
            cell = chief[cell]
        return cell

    for row in rows:
        first, *others = row
        for cell in others:
            chief[find(cell)] = find(first)
    cells: dict[int, list[int]] = {}
    for cell in sorted(hidden):
        cells.setdefault(find(cell), []).append(cell)
    equations: dict[int, list[dict[int, int]]] = {one: [] for one in cells}
    for row in rows:
        equations[find(next(iter(row)))].append(row)
    return [(cells[one], equations[one]) for one in cells]


class _Programme:
    """The linear programme of one component: its cells, not negative, and its equations, none of them idle."""

    def __init__(self, cells: list[int], rows: list[dict[int, int]], values: Sequence[int]) -> None:
        many, width = len(rows), len(cells)
        place = {cell: i for i, cell in enumerate(cells)}
        # Columns: the cells, an aid for each equation to start from, the right-hand side.
        self.table = np.zeros((many, width + many + 1), dtype=object)
        for i, row in enumerate(rows):
            right = sum(factor * int(values[cell]) for cell, factor in row.items())
            sign = -1 if right < 0 else 1
            for cell, factor in row.items():
                self.table[i, place[cell]] = sign * factor
            self.table[i, width + i], self.table[i, -1] = 1, sign * right
        self.basis = [width + i for i in range(many)]
        self.scale, self.width = 1, width
        self._start()

    def _start(self) -> None:
        """Drive the aids out, so that a vertex of the cells is left; there is one, as the true values fit."""
        while True:
            aids = [r for r, cell in enumerate(self.basis) if cell >= self.width]
            gain = self.table[aids, : self.width].sum(axis=0) if aids else np.zeros(0)
            useful = np.flatnonzero(gain > 0)
            if not len(useful):
                break
            row = self._leaving(int(useful[0]))
            assert row is not None
            self._pivot(row, int(useful[0]))
        for r in [r for r, cell in enumerate(self.basis) if cell >= self.width]:
            # An aid of value 0 that is left: any cell of its row may take its place.
            self._pivot(r, int(np.flatnonzero(self.table[r, : self.width])[0]))
        self.table = np.delete(self.table, slice(self.width, -1), axis=1)

    def _pivot(self, row: int, column: int) -> None:
        if self.table[row, column] < 0:
            self.table[row] = -self.table[row]
        pivot, line = self.table[row, column], self.table[row].copy()
        factors = self.table[:, column].copy()
        self.table = (self.table * pivot - np.outer(factors, line)) // self.scale
        self.table[row] = line
        self.scale, self.basis[row] = pivot, column

    def _leaving(self, column: int) -> int | None:
        """The row whose cell reaches 0 first when a column's cell grows; None when none ever does."""
        rows = np.flatnonzero(self.table[:, column] > 0)
        if not len(rows):
            return None
        ratio = [(Fraction(int(self.table[r, -1]), int(self.table[r, column])), self.basis[r], int(r)) for r in rows]
        return min(ratio)[2]

    def _enter(self, cell: int) -> int | None:
        """Bring a cell into the basis; the row it then has, None when it has no limit."""
        if cell in self.basis:
            return self.basis.index(cell)
        row = self._leaving(cell)
        if row is not None:
            self._pivot(row, cell)
        return row

    def greatest(self, cell: int) -> Fraction | None:
        row = self._enter(cell)
        while row is not None:
            useful = np.flatnonzero(self.table[row, : self.width] < 0)
            if not len(useful):
                return Fraction(int(self.table[row, -1]), int(self.scale))
            leaving = self._leaving(int(useful[0]))
            if leaving is None:
                return None
            self._pivot(leaving, int(useful[0]))
        return None

    def least(self, cell: int) -> Fraction:
        while cell in self.basis:
            row = self.basis.index(cell)
            others = [i for i in np.flatnonzero(self.table[row, : self.width] > 0) if i != cell]
            if not others:
                return Fraction(int(self.table[row, -1]), int(self.scale))
            leaving = self._leaving(int(others[0]))
            assert leaving is not None  # the cell itself would reach 0
            self._pivot(leaving, int(others[0]))
        return Fraction(0)
