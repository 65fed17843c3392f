"""The least that assigning points must cost on this machine (下限): read x and y once, and one random read a point."""

import statistics
import time
from collections.abc import Callable

import numpy as np

_TABLE_BYTES = 64_000_000


def floor_seconds(points: int, threads: int = 2) -> float:
    """Seconds for a number of points, the work divided evenly over the threads.

    Both rates are measured here, on one thread: adding up 128 MB, and taking 4 million numbers out of 64 MB at random.
    """
    long = np.ones(16_000_000)
    table = np.zeros(_TABLE_BYTES // 4, dtype=np.int32)
    places = np.random.default_rng(1).integers(0, len(table), 4_000_000)
    taken = np.empty(len(places), dtype=np.int32)
    a_byte = _median(lambda: long.sum()) / long.nbytes
    a_read = _median(lambda: table.take(places, out=taken, mode="clip")) / len(places)
    return points * (16 * a_byte + a_read) / threads


def _median(work: Callable[[], object]) -> float:
    rounds = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        rounds.append(time.perf_counter() - started)
    return statistics.median(rounds)
