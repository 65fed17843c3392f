"""Work on many things, a chunk at a time, on all cores: numpy and GEOS let other threads run while they compute."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CHUNK = 131_072
"""Points taken at once: what a chunk needs stays in the processor's cache."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_chunks(work: Callable[[int, int], Any], count: int, size: int = CHUNK) -> list[Any]:
    """`work(start, stop)` for every chunk of `count` things, on the cores there are; results in order."""
    chunks = [(start, min(start + size, count)) for start in range(0, count, size)]
    threads = min(cores(), len(chunks))
    if threads < 2:
        return [work(start, stop) for start, stop in chunks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda chunk: work(*chunk), chunks))
