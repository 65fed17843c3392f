"""Distinct households visited, the bitmap way (去重走访户): one bit per household and stretch of time.

Households are numbered in the order of their grids, so a grid is a run of neighbouring bits and its count one sum over
that run. A second visit sets the same bit again. A longer stretch is the OR of the shorter ones it is made of, which
is why only distinct counts need the bits, and sums of visits do not.
"""

from collections.abc import Iterable, Iterator
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from geo.chunks import in_chunks

Bits = NDArray[np.bool_]
Whole = NDArray[np.integer]

_CHUNK = 1 << 18
"""Visits taken at once: their positions stay in the cache of the processor."""

_SHARE = 1 << 20
"""Visits worth a thread: with fewer, the threads wait for each other longer than they work."""


def _pieces(start: int, stop: int) -> Iterator[slice]:
    return (slice(at, min(at + _CHUNK, stop)) for at in range(start, stop, _CHUNK))


def met_bits(households: Whole, spans: Whole, *, households_count: int, spans_count: int) -> Bits:
    """Which household was met in which span: one row per span, one column per household.

    households, spans : per visit the number of its household and of the span (month) it lies in, both from 0.

    >>> met_bits(np.array([0, 2, 0]), np.array([1, 0, 1]), households_count=3, spans_count=2).astype(int).tolist()
    [[0, 0, 1], [1, 0, 0]]
    """
    bits = np.zeros(spans_count * households_count, dtype=np.bool_)

    def mark(start: int, stop: int) -> None:
        for part in _pieces(start, stop):
            at = spans[part].astype(np.intp)
            at *= households_count
            at += households[part]
            bits[at] = True

    in_chunks(mark, len(households), _SHARE)
    return bits.reshape(spans_count, households_count)


def count_runs(bits: Bits, starts: Whole) -> NDArray[np.int64]:
    """Bits set in each run of neighbours, a run per grid; `starts` are the first positions, none of them empty.

    >>> count_runs(np.array([True, False, True, True]), np.array([0, 2])).tolist()
    [1, 2]
    """
    if not len(starts):
        return np.zeros((*bits.shape[:-1], 0), dtype=np.int64)
    rows = np.atleast_2d(bits).view(np.int8)
    found = np.empty((len(rows), len(starts)), dtype=np.int64)

    def sum_up(start: int, stop: int) -> None:
        # No grid has so many households that 32 bits would not hold them, and they are summed twice as fast.
        found[start:stop] = np.add.reduceat(rows[start:stop], starts, axis=1, dtype=np.int32)

    in_chunks(sum_up, len(rows), max(1, _SHARE // rows.shape[1]))
    return found.reshape(*bits.shape[:-1], len(starts))


def households_by_grid_and_month(
    households: Whole, months: Whole, starts: Whole, *, households_count: int, months_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Visits, and distinct households visited, by month (row) and grid (column).

    households : per visit the number of its household, numbered from 0 in the order of the grids. months : from 0.
    starts : the first household of each grid; every grid has one.

    >>> visits, homes = households_by_grid_and_month(np.array([0, 0, 2]), np.array([0, 0, 0]), np.array([0, 2]),
    ...                                              households_count=3, months_count=1)
    >>> visits.tolist(), homes.tolist()
    ([[2, 1]], [[1, 1]])
    """
    grids = len(starts)
    grid_of = np.repeat(np.arange(grids, dtype=np.int32), np.diff(starts, append=households_count))
    cells = np.zeros(months_count * grids, dtype=np.int64)
    adding = Lock()

    def count(start: int, stop: int) -> None:
        for part in _pieces(start, stop):
            at = months[part].astype(np.intp)
            at *= grids
            at += grid_of.take(households[part], mode="clip")  # clip: numbers of ours, no need to look twice
            visits = np.bincount(at, minlength=cells.size)
            with adding:
                np.add(cells, visits, out=cells)

    in_chunks(count, len(households), _SHARE)
    bits = met_bits(households, months, households_count=households_count, spans_count=months_count)
    return cells.reshape(months_count, grids), count_runs(bits, starts)


def met_in(bits: Bits, windows: Iterable[tuple[int, int]]) -> Iterator[Bits]:
    """Which households were met in each window of spans [first, last]; windows in the order of their last span.

    The OR of many rows is had from one number per household, the last span it was met in, kept while going forward.

    >>> bits = np.array([[True, False, False], [False, True, False]])
    >>> [met.astype(int).tolist() for met in met_in(bits, [(0, 0), (0, 1), (1, 1)])]
    [[1, 0, 0], [1, 1, 0], [0, 1, 0]]
    """
    latest = np.full(bits.shape[1], -1, dtype=np.int32)
    done = 0
    for first, last in windows:
        while done <= last:
            np.copyto(latest, done, where=bits[done])
            done += 1
        yield latest >= first
