"""Counts of many areas over many periods at once (批量汇总): one table per indicator, periods down, areas across."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import Days, Flow, refuse_missing
from geo.errors import GeoError
from geo.periods import Period

Table = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Numerators and denominators of one indicator: a row per period, a column per area of `areas` (sorted ids)."""

    code: str
    periods: tuple[str, ...]
    areas: pd.Index
    numerator: Table
    denominator: Table

    def frame(self) -> pd.DataFrame:
        """`numerator`, `denominator` indexed by `period` and `area_id`, without what is 0 of 0; in order of the areas.

        Of one area the periods stand in the order of their texts, as they are kept in the store.
        """
        row, column = self.filled()
        levels: Any = [pd.Index(self.periods, dtype=object), self.areas]
        codes: Any = [row, column]
        index = pd.MultiIndex(levels, codes, names=["period", "area_id"])
        values = {"numerator": self.numerator[row, column], "denominator": self.denominator[row, column]}
        return pd.DataFrame(values, index=index)

    def filled(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where it is not 0 of 0: periods and areas by position, in the order of `frame`."""
        order = np.argsort(np.array(self.periods, dtype=object), kind="stable")
        column, at = np.nonzero(((self.numerator != 0) | (self.denominator != 0))[order].T)
        return order[at], column

    def aligned(self, areas: pd.Index) -> "Counts":
        """The same for other areas: those it lacks are 0 of 0, those not named are left out."""
        at = areas.get_indexer(self.areas)
        tables = []
        for table in (self.numerator, self.denominator):
            moved = np.zeros((table.shape[0], len(areas)), dtype=np.int64)
            moved[:, at[at >= 0]] = table[:, at >= 0]
            tables.append(moved)
        return Counts(self.code, self.periods, areas, *tables)

    def rolled_up(self, above: Mapping[Any, Any]) -> "Counts":
        """The same with every area above, summed; `above` is area id → parent id, without the tops.

        Raises GeoError when the tree has a loop.
        """
        areas, own, to = paths_up(self.areas.to_numpy(), above)
        tables = []
        for table in (self.numerator, self.denominator):
            total = np.zeros((len(areas), table.shape[0]), dtype=np.int64)
            np.add.at(total, to, np.ascontiguousarray(table.T)[own])
            tables.append(total.T)
        return Counts(self.code, self.periods, pd.Index(areas, dtype=self.areas.dtype), *tables)


def paths_up(areas: NDArray[Any], above: Mapping[Any, Any]) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """For summing up a tree: all areas, sorted; and for each step from one of `areas` to itself or one above it, the
    position of the one among `areas` and of the other among all.

    Raises GeoError when the tree has a loop.
    """
    paths = [_path(area, above) for area in areas.tolist()]
    steps = [step for path in paths for step in path]
    found = np.array(sorted(set(steps)), dtype=areas.dtype)
    own = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    return found, own, pd.Index(found).get_indexer(pd.Index(steps, dtype=found.dtype))


def _path(area: Any, above: Mapping[Any, Any]) -> list[Any]:
    """An area and all above it."""
    path = [area]
    while (parent := above.get(path[-1])) is not None:
        if len(path) > 32:
            raise GeoError("区划上下级关系成环,请检查上级代码。", "The areas form a loop; check the parent codes.")
        path.append(parent)
    return path


class Windows:
    """Periods as stretches between a few days, cut off at a day nobody has seen yet.

    `bounds` are these days, sorted. Spans are numbered 0 (before the first of them) to len(bounds); the window of a
    period is its first and last span.
    """

    def __init__(self, periods: Sequence[Period], cut: date) -> None:
        self.periods = tuple(periods)
        ends = np.array([min(p.end, cut) for p in periods], dtype="datetime64[D]")
        starts = np.array([p.start or "NaT" for p in periods], dtype="datetime64[D]")
        self.bounds = np.unique(np.concatenate([ends, starts[~np.isnat(starts)]]))
        at = np.searchsorted(self.bounds, starts) + 1
        self.first = np.where(np.isnat(starts), 0, at)
        self.last = np.searchsorted(self.bounds, ends)
        self.ends, self.end_of = np.unique(ends, return_inverse=True)

    @property
    def texts(self) -> tuple[str, ...]:
        """The periods as they are written."""
        return tuple(p.text for p in self.periods)

    def spans_of(self, days: Days) -> NDArray[np.int64]:
        """The span of each day; len(bounds) for what lies after the last one, NaT among it."""
        numbers = days.astype(np.int64)
        known = self.bounds.astype(np.int64)
        if len(days) < 1000 or not len(known):
            spans = np.searchsorted(known, numbers, side="right")
        else:
            # A table by day is much faster than a search for each.
            table = np.searchsorted(known, np.arange(known[0] - 1, known[-1] + 1), side="right")
            spans = table[np.clip(numbers, known[0] - 1, known[-1]) - known[0] + 1]
        return np.where(np.isnat(days), len(known), spans)

    def sums(self, flow: Flow, code: str) -> Counts:
        """A flow summed over every period."""
        codes, groups = pd.factorize(flow.ids, sort=True)
        if len(codes) and codes.min() < 0:
            refuse_missing(flow.ids, int((codes < 0).sum()))
        many, spans = len(groups), len(self.bounds) + 1
        at = self.spans_of(flow.days) * many + codes
        tables = []
        for weights in (flow.numerator, flow.denominator):
            # Sums of whole numbers in float64 are exact up to 2**53.
            cells = np.bincount(at, weights, spans * many).astype(np.int64).reshape(spans, many)
            before = np.concatenate([np.zeros((1, many), dtype=np.int64), np.cumsum(cells, axis=0)])
            tables.append(before[self.last + 1] - before[np.minimum(self.first, self.last + 1)])
        return Counts(code, self.texts, pd.Index(groups), *tables)

    def stocks(self, frames: Sequence[pd.DataFrame], code: str) -> Counts:
        """Counts at the end of every period, from one frame (by area) for each of `ends`."""
        areas = pd.Index(np.unique(np.concatenate([frame.index.to_numpy() for frame in frames])))
        tables = [np.zeros((len(frames), len(areas)), dtype=np.int64) for _ in range(2)]
        for row, frame in enumerate(frames):
            at = areas.get_indexer(frame.index)
            for table, name in zip(tables, ("numerator", "denominator"), strict=True):
                table[row, at] = frame[name].to_numpy()
        return Counts(code, self.texts, areas, *(table[self.end_of] for table in tables))
