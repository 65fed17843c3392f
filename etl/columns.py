"""Cells kept by column (按列存放的单元格): each different cell once, and for each row which of them it has.

A ledger repeats itself: a million visits are made on a year of days, by a few thousand people, with three results. What
is asked of every cell is therefore asked of the different ones, and between two processes each goes over once.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]


class Coded:
    """A column: `codes` (one for each row) are positions in `values`; equal values may stand there more than once.

    values : a list, or an Arrow array of text that becomes one when it is asked for; None where a cell is empty.
    """

    def __init__(self, values: Any, codes: NDArray[np.int32]) -> None:
        self._values = values
        self.codes = codes

    @property
    def values(self) -> list[Any]:
        """The different cells."""
        if not isinstance(self._values, list):
            self._values = self._values.to_numpy(zero_copy_only=False).tolist()
        values: list[Any] = self._values
        return values

    def __getstate__(self) -> tuple[Any, NDArray[np.int32]]:
        """On the way between processes texts go as one piece of memory: ten times as fast as one by one."""
        values = self._values
        if isinstance(values, list) and len(values) > MANY and set(map(type, values)) <= {str, type(None)}:
            import pyarrow

            values = pyarrow.array(values, pyarrow.string())
        return values, self.codes

    def __setstate__(self, state: tuple[Any, NDArray[np.int32]]) -> None:
        self._values, self.codes = state

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Any:
        return self.values[self.codes[row]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cells().tolist())

    def cells(self) -> NDArray[np.object_]:
        """The cell of every row."""
        values = np.empty(len(self.values), dtype=object)
        values[:] = self.values
        return values[self.codes]

    def take(self, rows: Positions) -> "Coded":
        """Some of the rows, with no value that none of them has."""
        codes = self.codes[rows]
        is_used = np.zeros(len(self.values), dtype=bool)
        is_used[codes] = True
        if is_used.all():
            return Coded(self.values, codes)
        moved = (np.cumsum(is_used) - 1).astype(np.int32)
        return Coded([value for value, used in zip(self.values, is_used.tolist(), strict=True) if used], moved[codes])

    def told(self, values: list[Any]) -> "Coded":
        """The same rows with another value in place of each."""
        return Coded(values, self.codes)


MANY = 10_000
"""Values from which on it pays to bring them into another form."""


def coded(cells: Sequence[Any]) -> Coded:
    """A column from its cells. 1, 1.0 and True are equal and stay apart: they may mean different things.

    >>> column = coded(["a", None, "a"])
    >>> column.values, column.codes.tolist()
    (['a', None], [0, 1, 0])
    """
    is_mixed = len(set(map(type, cells)) - {type(None)}) > 1
    keys: Any = list(zip(map(type, cells), cells, strict=True)) if is_mixed else cells
    at = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter(map(at.__getitem__, keys), dtype=np.int32, count=len(cells))
    return Coded([cell for _, cell in at] if is_mixed else list(at), codes)


def constant(value: Any, count: int) -> Coded:
    """A column that says the same in every row."""
    return Coded([value], np.zeros(count, dtype=np.int32))


def joined(parts: Sequence[Coded]) -> Coded:
    """Columns below each other."""
    if len(parts) == 1:
        return parts[0]
    values: list[Any] = []
    codes = [np.zeros(0, dtype=np.int32)]
    for part in parts:
        codes.append(part.codes + np.int32(len(values)))
        values += part.values
    return Coded(values, np.concatenate(codes))


class Block(Sequence[list[Any]]):
    """Rows of one width, kept by column. A row is made when it is asked for."""

    def __init__(self, columns: Sequence[Coded]) -> None:
        self.columns = list(columns)

    @property
    def width(self) -> int:
        """Cells in a row."""
        return len(self.columns)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, at: int) -> list[Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[list[Any]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return list(Block([Coded(column.values, column.codes[at]) for column in self.columns]))
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return [column[at] for column in self.columns]

    def __iter__(self) -> Iterator[list[Any]]:
        return map(list, zip(*(column.cells() for column in self.columns), strict=True))


Rows = Sequence[list[Any]]
"""Rows of a sheet, kept by row or by column."""


def by_column(rows: list[list[Any]], read: Callable[[Any], Any]) -> Rows:
    """Rows with every cell read; many of one width as a block, where each different cell is read once."""
    if len(rows) < MANY or len(set(map(len, rows))) != 1 or not rows[0]:
        return [list(map(read, row)) for row in rows]
    columns = map(coded, zip(*rows, strict=True))
    return Block([column.told(list(map(read, column.values))) for column in columns])


def width_of(rows: Rows) -> int:
    """Cells in the longest row."""
    return rows.width if isinstance(rows, Block) else max(map(len, rows), default=0)


def column_of(rows: Rows, position: int) -> Coded:
    """One column; None where a row is too short."""
    if not isinstance(rows, Block):
        return coded([row[position] if position < len(row) else None for row in rows])
    return rows.columns[position] if position < rows.width else constant(None, len(rows))


def beside(rows: Rows, width: int, columns: Sequence[Coded]) -> Rows:
    """The rows with more columns behind the first `width`, which they are filled up to."""
    if isinstance(rows, Block):
        empty = [constant(None, len(rows))] * (width - rows.width)
        return Block([*rows.columns, *empty, *columns])
    behind = zip(*(column.cells() for column in columns), strict=True)
    return [[*row, *[None] * (width - len(row)), *made] for row, made in zip(rows, behind, strict=True)]
