"""How far a number that was not served can be told (界): least and greatest value of each cell, proved at both ends.

A table is unknown whole numbers, none negative, and rows over them: the products come to a sum, or to a sum or more.
Each end of a cell's range is proved by itself:

* from inside by a *witness*: a whole table with that value, found by HiGHS (`scipy.optimize.milp`) and then looked at
  in whole numbers, row by row. Two witnesses k apart prove that the cell keeps a range of k or more.
* from outside by *weights* of the rows (the dual programme): found by HiGHS, made fractions, and multiplied out
  exactly. What the rows, so weighted, add up to leaves no whole number beyond it.

No answer of the solver is believed. Where inside and outside meet the range is exact; where they do not, `Range` says
both. Rows that share no unknown are solved apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds as Ends
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]
FINE = 720720
"""Weights are fractions of this; it divides by everything up to 16."""
NO_LIMIT = 1e6
"""Stands for no greatest value in a witness."""


@dataclass
class Range:
    """`least` and `most` were witnessed; nothing lies below `floor` or above `top` (None: not proved)."""

    least: int
    most: int
    floor: int = 0
    top: int | None = None

    @property
    def width(self) -> int:
        return self.most - self.least

    @property
    def is_exact(self) -> bool:
        return self.floor == self.least and self.top == self.most


class ContradictionError(Exception):
    """No table of whole numbers fits what was served."""


@dataclass
class Table:
    """Cells 0 … many − 1, each between two ends (at first 0 and no limit), and the rows that tie them."""

    many: int
    _rows: list[tuple[Cells, Cells, Cells, bool]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.low, self.high = np.zeros(self.many), np.full(self.many, np.inf)

    def know(self, cells: Cells, low: Floats, high: Floats) -> None:
        """Cells lie between two ends; said twice, both hold."""
        np.maximum.at(self.low, cells, low)
        np.minimum.at(self.high, cells, high)

    def totals(self, wholes: Cells, parts: Cells, *, is_equal: bool = True) -> None:
        """The parts of each row (one row of `parts` each) add up to the whole, or to no more than it."""
        wholes, parts = np.atleast_1d(np.asarray(wholes)), np.atleast_2d(np.asarray(parts))
        if not len(wholes) or not parts.shape[1]:
            if len(wholes) and is_equal:
                self.know(wholes, np.zeros(len(wholes)), np.zeros(len(wholes)))
            return
        cells = np.column_stack([wholes, parts])
        factors = np.full(cells.shape, -1)
        factors[:, 0] = 1
        numbers = np.arange(len(wholes)) + self._count
        self._count += len(wholes)
        self._rows.append((np.repeat(numbers, cells.shape[1]), cells.ravel(), factors.ravel(), is_equal))

    def matrix(self) -> tuple[csr_array, NDArray[np.bool_]]:
        """All rows, and which of them are equations; on the right stands 0."""
        is_equal = np.zeros(self._count, dtype=bool)
        for numbers, _, _, equal in self._rows:
            is_equal[numbers] = equal
        columns = [np.concatenate([chunk[n] for chunk in self._rows]) if self._rows else np.zeros(0, int)
                   for n in range(3)]  # fmt: skip
        numbers, cells, factors = columns
        return coo_array((factors, (numbers, cells)), shape=(self._count, self.many)).tocsr(), is_equal


def ranges(table: Table, asked: Iterable[int], enough: Mapping[int, int] | int | None = None) -> dict[int, Range]:
    """The range of each cell asked for.

    enough : a range as wide as this (of each cell) is not looked at further; None for both ends exactly.
    """
    wanted = np.unique(np.fromiter(asked, dtype=np.int64))
    rows, is_equal = table.matrix()
    low, high = _settled(rows, is_equal, table.low.copy(), table.high.copy())
    found: dict[int, Range] = {}
    for cell in wanted[low[wanted] == high[wanted]].tolist():
        end = int(low[cell])
        found[cell] = Range(end, end, end, end)
    left = set(wanted.tolist()) - found.keys()
    for part in _parts(rows, is_equal, low, high, np.array(sorted(left), dtype=np.int64)):
        mine = [cell for cell in part.cells if cell in left]
        found.update(_Programme(part).ranges(mine, enough))
        left.difference_update(mine)
    for cell in left:  # no row ties it
        top = None if np.isinf(high[cell]) else int(high[cell])
        found[cell] = Range(int(low[cell]), int(NO_LIMIT) if top is None else top, int(low[cell]), top)
    return found


# --- what is plain to see ---------------------------------------------------------------------------------------------


def _settled(rows: csr_array, is_equal: NDArray[np.bool_], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The ends of every cell after each row has been asked what it leaves, until none says more.

    All are whole numbers far below 2⁵³, so that sums of them are exact; factors are 1 and −1.
    """
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    cell, factor = rows.indices, rows.data
    for _ in range(200):
        own_low, own_high = low[cell], high[cell]
        most = np.where(factor > 0, own_high, -own_low)
        least = np.where(factor > 0, own_low, -own_high)
        new_low, new_high = low.copy(), high.copy()
        for ends, is_upper in ((most, True), (least, False)):
            free = np.isinf(ends)
            frees = np.bincount(row, free, rows.shape[0])
            sums = np.bincount(row, np.where(free, 0, ends), rows.shape[0])
            others = sums[row] - np.where(free, 0, ends)
            ok = (frees[row] - free == 0) & (is_upper | is_equal[row])
            # The row comes to 0 (or more): factor · x ≥ − the most of the others; ≤ − the least of the others.
            bound = -others * factor
            lower = ok & ((factor > 0) == is_upper)
            np.maximum.at(new_low, cell[lower], bound[lower])
            np.minimum.at(new_high, cell[ok & ~lower], bound[ok & ~lower])
        if (new_low > new_high).any():
            raise ContradictionError(np.flatnonzero(new_low > new_high)[:5].tolist())
        if (new_low == low).all() and (new_high == high).all():
            break
        low, high = new_low, new_high
    return low, high


@dataclass
class _Part:
    """Unknown cells that rows tie together; what is known stands on the right."""

    cells: list[int]
    ends: list[tuple[int, int | None]]
    equal: list[tuple[dict[int, int], int]]
    at_least: list[tuple[dict[int, int], int]]


def _parts(rows: csr_array, is_equal: NDArray[np.bool_], low: Floats, high: Floats, asked: Cells) -> list[_Part]:
    """The parts that cells asked for lie in."""
    is_open = low != high
    right = -(rows @ np.where(is_open, 0.0, low))
    open_rows = rows.copy().astype(float)
    open_rows.data = open_rows.data * is_open[open_rows.indices]
    open_rows.eliminate_zeros()
    many = np.diff(open_rows.indptr)
    closed = many == 0
    if (closed & np.where(is_equal, right != 0, right > 0)).any():
        raise ContradictionError(np.flatnonzero(closed & is_equal & (right != 0))[:5].tolist())
    kept = np.flatnonzero(~closed)
    open_rows, right, is_equal = open_rows[kept], right[kept], is_equal[kept]
    # Rows and cells as the two sides of a graph.
    graph = coo_array(open_rows)
    size = rows.shape[1] + len(kept)
    links = coo_array((np.ones(graph.nnz), (graph.row + rows.shape[1], graph.col)), shape=(size, size))
    _, group = connected_components(links, directed=False)
    parts: dict[int, _Part] = {}
    place: dict[int, int] = {}
    wanted = np.unique(group[asked])
    tied = np.unique(graph.col)
    for cell in tied[np.isin(group[tied], wanted)].tolist():
        part = parts.setdefault(int(group[cell]), _Part([], [], [], []))
        place[cell] = len(part.cells)
        part.cells.append(cell)
        part.ends.append((int(low[cell]), None if np.isinf(high[cell]) else int(high[cell])))
    for number in range(len(kept)):
        chief = int(group[rows.shape[1] + number])
        if chief in parts:
            inside = slice(open_rows.indptr[number], open_rows.indptr[number + 1])
            row = {
                place[int(c)]: int(f) for c, f in zip(open_rows.indices[inside], open_rows.data[inside], strict=True)
            }
            (parts[chief].equal if is_equal[number] else parts[chief].at_least).append((row, int(right[number])))
    return list(parts.values())


# --- what takes a programme -------------------------------------------------------------------------------------------


class _Programme:
    """One part as a programme in whole numbers."""

    def __init__(self, part: _Part) -> None:
        self.part, self.width = part, len(part.cells)
        self.equal, self.at_least = self._matrix(part.equal), self._matrix(part.at_least)
        self.right = np.array([right for _, right in part.equal], dtype=float)
        self.lower_right = np.array([right for _, right in part.at_least], dtype=float)
        self.low = np.array([low for low, _ in part.ends], dtype=float)
        self.high = np.array([np.inf if high is None else high for _, high in part.ends], dtype=float)
        # The same in whole numbers, of which no product is rounded.
        self.whole_equal, self.whole_at_least = self.equal.astype(np.int64), self.at_least.astype(np.int64)
        self.whole_right, self.whole_lower = self.right.astype(np.int64), self.lower_right.astype(np.int64)
        self.rules = [LinearConstraint(self.equal, self.right, self.right)] if part.equal else []
        if part.at_least:
            self.rules.append(LinearConstraint(self.at_least, self.lower_right, np.inf))

    def _matrix(self, rows: Sequence[tuple[dict[int, int], int]]) -> csr_array:
        at = [(n, cell, factor) for n, (row, _) in enumerate(rows) for cell, factor in row.items()]
        numbers, cells, factors = (list(column) for column in zip(*at, strict=True)) if at else ([], [], [])
        return csr_array((np.array(factors, dtype=float), (numbers, cells)), shape=(len(rows), self.width))

    def ranges(self, asked: list[int], enough: Mapping[int, int] | int | None) -> dict[int, Range]:
        place = {cell: n for n, cell in enumerate(self.part.cells)}
        at = np.array([place[cell] for cell in asked])
        need = np.array([np.inf if enough is None else enough if isinstance(enough, int) else enough[cell]
                         for cell in asked])  # fmt: skip
        first = self.witness(np.zeros(self.width))[at]
        least, most = first.copy(), first.copy()

        def look(weights: Floats) -> None:
            seen = self.witness(weights)[at]
            np.minimum(least, seen, out=least)
            np.maximum(most, seen, out=most)

        # A few tables far apart say of most cells that they are wide enough.
        rng = np.random.default_rng(1)
        for _ in range(6 if len(asked) > 1 else 0):
            left = (most - least < need) & np.isfinite(need)
            if not left.any():
                break
            weights = np.zeros(self.width)
            weights[at[left]] = rng.choice([-1.0, 1.0], left.sum())
            look(weights)
            look(-weights)
        found = {}
        for n, cell in enumerate(asked):
            one = Range(int(least[n]), int(most[n]))
            if one.width < need[n]:
                bounds = []
                for sign in (1, -1):
                    bound, seen = self.end(int(at[n]), sign)
                    bounds.append(bound)
                    if seen is not None:
                        np.minimum(least, seen[at], out=least)
                        np.maximum(most, seen[at], out=most)
                one = Range(int(least[n]), int(most[n]), bounds[0] or 0, None if bounds[1] is None else -bounds[1])
            found[cell] = one
        return found

    def witness(self, weights: Floats) -> NDArray[np.int64]:
        """The table of the least weighted sum: of whole numbers, and every row looked at."""
        high = np.where(np.isinf(self.high), self.low + NO_LIMIT, self.high)
        done = milp(weights, constraints=self.rules, integrality=np.ones(self.width), bounds=Ends(self.low, high),
                    options={"mip_rel_gap": 0})  # fmt: skip
        if done.x is None:
            raise ContradictionError(self.part.cells[:5])
        table = np.rint(done.x).astype(np.int64)
        assert self.fits(table)
        return table

    def fits(self, table: NDArray[np.int64]) -> bool:
        """Whether every row and every end holds, in whole numbers."""
        return bool(
            (self.whole_equal @ table == self.whole_right).all()
            and (self.whole_at_least @ table >= self.whole_lower).all()
            and (table >= self.low).all()
            and (table <= self.high).all()
        )

    def end(self, cell: int, sign: int) -> tuple[int | None, NDArray[np.int64] | None]:
        """No whole table has less of sign · cell than this (None: not proved), and the table that has least."""
        weights = np.zeros(self.width)
        weights[cell] = sign
        bound, table = self.beyond(cell, sign)
        if table is None or bound is None or sign * int(table[cell]) > bound:
            table = self.witness(weights)
        return bound, table

    def beyond(self, cell: int, sign: int) -> tuple[int | None, NDArray[np.int64] | None]:
        """What `end` says, from the programme without whole numbers; its table where it is one of whole numbers."""
        goal = np.zeros(self.width)
        goal[cell] = sign
        done = linprog(
            goal, A_ub=-self.at_least if self.part.at_least else None,
            b_ub=-self.lower_right if self.part.at_least else None,
            A_eq=self.equal if self.part.equal else None, b_eq=self.right if self.part.equal else None,
            bounds=np.column_stack([self.low, self.high]), method="highs",
        )  # fmt: skip
        if done.status != 0:
            return None, None
        corner = np.rint(done.x).astype(np.int64)
        table = corner if self.fits(corner) else None
        equal = _fractions(done.eqlin.marginals) if self.part.equal else []
        at_least = [max(Fraction(0), -w) for w in _fractions(done.ineqlin.marginals)] if self.part.at_least else []
        left = {cell: Fraction(sign)}
        bound = Fraction(0)
        for weights, rows in ((equal, self.part.equal), (at_least, self.part.at_least)):
            for weight, (row, right) in zip(weights, rows, strict=True):
                if weight:
                    bound += weight * right
                    for other, factor in row.items():
                        left[other] = left.get(other, Fraction(0)) - weight * factor
        for other, factor in left.items():
            low, high = self.part.ends[other]
            if factor < 0 and high is None:
                return None, table
            bound += factor * (low if factor > 0 else high or 0)
        return ceil(bound), table


def _fractions(weights: Floats) -> list[Fraction]:
    return [Fraction(round(float(weight) * FINE), FINE) for weight in weights]
