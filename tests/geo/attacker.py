"""What a test knows about a table: its cells, the sums that tie them, and what the exact attacker makes of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geo.disclosure_audit import determined, intervals, total_of


def random_tree(rng: np.random.Generator, depth: int, top: int = 60) -> pd.DataFrame:
    """A tree of 2 or 3 levels under one root: `area_id`, `parent_id`, `numerator`, `denominator`; leaves are random."""
    rows, level = [(0, None)], [0]
    for _ in range(depth):
        below = []
        for area in level:
            for _ in range(rng.integers(1, 6)):
                below.append(len(rows))
                rows.append((len(rows), area))
        level = below
    frame = pd.DataFrame(rows, columns=["area_id", "parent_id"]).astype("Int64")
    scale = rng.integers(2, top)
    is_leaf = ~frame["area_id"].isin(frame["parent_id"])
    denominator = np.where(
        is_leaf, rng.integers(0, scale, len(frame)) * rng.integers(0, 2, len(frame), endpoint=True), 0
    )
    numerator = rng.binomial(denominator, rng.random())
    frame["numerator"], frame["denominator"] = summed(frame, numerator), summed(frame, denominator)
    return frame


def summed(frame: pd.DataFrame, leaves: np.ndarray) -> np.ndarray:
    """Every row as the sum of its leaves; children stand after their parents."""
    sums = leaves.copy()
    parents = frame["parent_id"].to_numpy(np.float64, na_value=-1).astype(int)
    for row in range(len(frame) - 1, 0, -1):
        sums[parents[row]] += sums[row]
    return sums


def tree_sums(frame: pd.DataFrame) -> list[dict[int, int]]:
    """The sums of a tree whose row numbers are its area ids."""
    inside = frame[frame["parent_id"].notna()]
    return [total_of(int(top), map(int, group)) for top, group in inside.groupby("parent_id")["area_id"]]


def check_nothing_told(
    sums: list[dict[int, int]], hidden: Iterable[int], counts: Iterable[np.ndarray], small: Iterable[int], k: int
) -> int:
    """Fail when a hidden cell can be worked out, or a small one be pinned to less than k; returns the cells attacked.

    counts : each number that adds up, by cell. Where the whole sum a cell hangs in is 0, so is the cell, openly.
    """
    hidden = sorted(hidden)
    assert determined(sums, hidden) == set()
    small = set(small)
    for values in counts:
        found = intervals(sums, hidden, values)
        for cell, (low, high) in found.items():
            assert low <= values[cell] and (high is None or high >= values[cell])
            told = high is not None and high - low < k
            if told and cell in small:
                assert not 0 < values[cell] < k, f"cell {cell} = {values[cell]} lies in [{low}, {high}]"
    return len(hidden)
