"""Hiding small numbers on a province: seconds for one frame of 60,000 grids with communities and townships."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, median
from geo.disclosure import hide_small

GRIDS, COMMUNITIES, TOWNSHIPS = 60_000, 12_000, 1_200
COMMUNITY_0, TOWNSHIP_0, PROVINCE = 1_000_000, 2_000_000, 3_000_000
LIMIT_SECONDS, RUNS = 2.0, 3


def frame() -> pd.DataFrame:
    """Invented counts for every grid and their sums above; a community has about 5 grids, a township 10 communities."""
    rng = np.random.default_rng(422825)
    community = np.append(np.arange(COMMUNITIES), rng.integers(0, COMMUNITIES, GRIDS - COMMUNITIES))
    denominator = rng.poisson(12, GRIDS) + rng.integers(0, 60, GRIDS)
    numerator = rng.binomial(denominator, rng.beta(4, 2, GRIDS))
    grids = pd.DataFrame({"area_id": np.arange(GRIDS), "parent_id": COMMUNITY_0 + community})
    grids = grids.assign(numerator=numerator, denominator=denominator)
    communities = _sums(grids)
    communities["parent_id"] = TOWNSHIP_0 + (communities["area_id"] - COMMUNITY_0) * TOWNSHIPS // COMMUNITIES
    townships = _sums(communities).assign(parent_id=PROVINCE)
    return pd.concat([grids, communities, townships], ignore_index=True)


def _sums(below: pd.DataFrame) -> pd.DataFrame:
    sums = below.groupby("parent_id", as_index=False)[["numerator", "denominator"]].sum()
    return sums.rename(columns={"parent_id": "area_id"})


def measure(database: str, folder: Path) -> list[Figure]:
    """Figures; the store of the other benches is not needed."""
    cells, seconds = frame(), []
    for _ in range(RUNS):
        started = time.perf_counter()
        shown = hide_small(cells)
        seconds.append(time.perf_counter() - started)
    grids = shown["area_id"] < GRIDS
    return [
        Figure("隐私隐藏：60,000 个网格及两级上级 suppression, two parent levels", median(seconds), "s", LIMIT_SECONDS),
        Figure("其中隐藏的网格 grids hidden", 100 * float(shown["is_hidden"][grids].mean()), "%",
               note=f"{int(shown['is_hidden'][grids].sum()):,} / {GRIDS:,}"),
    ]  # fmt: skip
