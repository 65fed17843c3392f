"""The rows of a table by column (计划用的表): a column is read, or put together, when it is asked for.

Most loads ask for few columns of the large tables: a file of disputes for none of a million visits but where and when
they were. What a load changes lies over what is stored, so that a column nobody changed is never copied.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Objects = NDArray[np.object_]
Positions = NDArray[np.int64]
CHANGE = "_change"
"""A column beside those of the table: what becomes of the row, "" for nothing."""
Only = tuple[str, Collection[Any]]
"""A column, and the values it must have one of."""
FEW = 20
"""Up to the 20th part of the rows are asked for one by one."""


class TableRows(ABC):
    """Rows by position. `names` are all columns; a column holds plain Python values, None where missing.

    What a column gives is shared: it is not to be written into.
    """

    def __init__(self, names: Sequence[str], count: int) -> None:
        self.names = tuple(names)
        self._count = count
        self._columns: dict[str, Objects] = {}

    def __len__(self) -> int:
        return self._count

    @abstractmethod
    def _make(self, names: tuple[str, ...]) -> Mapping[str, Objects]:
        """Columns that are asked for the first time."""

    def need(self, *names: str) -> None:
        """Have some columns at hand: together they are read in one go."""
        if missing := tuple(name for name in dict.fromkeys(names) if name not in self._columns):
            self._columns.update(self._make(missing))

    def __getitem__(self, name: str) -> Objects:
        self.need(name)
        return self._columns[name]

    def at(self, name: str, positions: Positions) -> Objects:
        """A column in some of the rows."""
        return self[name][positions]

    def live(self, names: Sequence[str], only: Only | None = None) -> Mapping[str, Objects]:
        """Some columns of the live rows; of those alone that have one of some values in a column."""
        self.need("is_void", *names, *([only[0]] if only else []))
        is_kept = self["is_void"] != True  # noqa: E712 (None counts as live)
        if only is not None:
            is_kept &= pd.Series(self[only[0]], dtype=object).isin(only[1]).to_numpy(bool)
        kept: Any = slice(None) if is_kept.all() else is_kept
        return {name: self[name][kept] for name in names}

    def different(self, name: str) -> set[Any]:
        """The values of a column in the live rows."""
        return set(self.live([name])[name].tolist())

    def frame(self, positions: Positions | None = None, names: Sequence[str] = ()) -> pd.DataFrame:
        """Some rows (default all) with some columns (default all), by their positions."""
        wanted = names or self.names
        if positions is not None and not len(positions):
            return pd.DataFrame({name: np.empty(0, dtype=object) for name in wanted}, dtype=object)
        self.need_at(positions, *wanted)
        columns = {n: self[n] if positions is None else self.at(n, positions) for n in wanted}
        index = pd.RangeIndex(len(self)) if positions is None else pd.Index(positions)
        # One column may not become a text of pandas' own kind; copies are made by who needs them.
        return pd.DataFrame(columns, index=index, dtype=object, copy=False)

    def need_at(self, positions: Positions | None, *names: str) -> None:
        """Have some columns at hand where they are asked for in some rows alone."""
        self.need(*names)


class Held(TableRows):
    """Rows that are at hand."""

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__([*frame.columns, CHANGE], len(frame))
        self._columns = {str(name): frame[name].to_numpy(object) for name in frame.columns}

    def _make(self, names: tuple[str, ...]) -> Mapping[str, Objects]:
        return {name: np.full(len(self), "", dtype=object) for name in names if name == CHANGE}


class Source(Protocol):
    """Where stored rows come from; see `Stored`."""

    def columns(self, names: Sequence[str]) -> Mapping[str, Objects]:
        """Some columns of all rows, always in the same order."""
        ...

    def some(self, names: Sequence[str], only: Only) -> Mapping[str, Objects] | None:
        """The same of the live rows that have one of some values; None without an index to find them by."""
        ...

    def different(self, name: str) -> set[Any]:
        """The values of a column in the live rows."""
        ...


class Stored(TableRows):
    """Rows of a table of the store."""

    def __init__(self, names: Sequence[str], count: int, source: Source) -> None:
        super().__init__([*names, CHANGE], count)
        self._source = source

    def live(self, names: Sequence[str], only: Only | None = None) -> Mapping[str, Objects]:
        is_here = self._columns.keys() >= {*names, "is_void"}
        if only is not None and not is_here and len(only[1]) <= len(self) // FEW:
            found = self._source.some(names, only)
            if found is not None:
                return found
        return super().live(names, only)

    def different(self, name: str) -> set[Any]:
        return super().different(name) if name in self._columns else self._source.different(name)

    def _make(self, names: tuple[str, ...]) -> Mapping[str, Objects]:
        made: dict[str, Objects] = {CHANGE: np.full(len(self), "", dtype=object)} if CHANGE in names else {}
        if own := [name for name in names if name != CHANGE]:
            made |= self._source.columns(own)
        return made


class Overwritten(TableRows):
    """Rows with other values in some columns at some positions."""

    def __init__(self, old: TableRows, positions: Positions, values: Mapping[str, Any]) -> None:
        super().__init__(old.names, len(old))
        if unknown := set(values) - set(old.names):
            raise KeyError(*sorted(unknown))
        self._old, self._positions, self._values = old, positions, values

    def _make(self, names: tuple[str, ...]) -> Mapping[str, Objects]:
        self._old.need(*names)
        made = {name: self._old[name] for name in names}
        for name in set(names) & set(self._values):
            made[name] = made[name].copy()
            made[name][self._positions] = self._values[name]
        return made


class Appended(TableRows):
    """Rows with more behind them; a column that these lack is None there."""

    def __init__(self, old: TableRows, new: Mapping[str, Objects], count: int) -> None:
        super().__init__(old.names, len(old) + count)
        self._old, self._new, self._more = old, new, count

    def _behind(self, name: str) -> Objects:
        return self._new[name] if name in self._new else np.full(self._more, None, dtype=object)

    def _make(self, names: tuple[str, ...]) -> Mapping[str, Objects]:
        if not len(self._old):
            return {name: self._behind(name) for name in names}
        self._old.need(*names)
        return {name: np.concatenate([self._old[name], self._behind(name)]) for name in names}

    def _is_behind(self, positions: Positions | None) -> bool:
        return positions is not None and int(positions.min()) >= len(self._old)

    def need_at(self, positions: Positions | None, *names: str) -> None:
        if not self._is_behind(positions):
            self.need(*names)

    def at(self, name: str, positions: Positions) -> Objects:
        # The new rows alone are asked for when they are written: what is stored need not be read for that.
        if self._is_behind(positions) and name not in self._columns:
            return self._behind(name)[positions - len(self._old)]
        return super().at(name, positions)
