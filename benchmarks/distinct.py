"""Distinct households visited by grid and month out of ten million visits: bits against pandas, DuckDB and polars.

Every engine counts in a process of its own, in the same run, with its data in memory; all must give the same table.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.children import ROOT
from benchmarks.figures import Figure

VISITS, GRIDS, HOUSEHOLDS, MONTHS = 10_000_000, 10_000, 1_500_000, 36
PEERS = {"pandas": 10.0, "duckdb": 5.0, "polars": 2.5}
"""Engine → how many times as long as ours it should take at least."""


def measure(database: str, folder: Path) -> list[Figure]:
    """Seconds of each engine, and ours as a share of theirs. Raises RuntimeError when the tables differ."""
    folder = folder / "distinct"
    folder.mkdir()
    write_visits(folder)
    seconds = {engine: run(engine, folder) for engine in ("ours", *PEERS, "one_month")}
    ours = np.load(folder / "table-ours.npy")
    for engine in PEERS:
        if not np.array_equal(ours, np.load(folder / f"table-{engine}.npy")):
            raise RuntimeError(f"{engine} counts something else")
    if not np.array_equal(ours[:, -1:], np.load(folder / "table-one_month.npy")):
        raise RuntimeError("one month alone is not that month of all")
    figures = [Figure("1000万次走访 10,000,000 visits: ours", seconds["ours"], "s")]
    for engine, times in PEERS.items():
        note = f"{engine} {seconds[engine]:.3g} s, {seconds[engine] / seconds['ours']:.1f}×"
        figures.append(
            Figure(f"与{engine}之比 ours / {engine}", seconds["ours"] / seconds[engine], "", 1 / times, note)
        )
    month = seconds["one_month"]
    share = month / seconds["ours"]
    figures.append(Figure("一个新月与36个月之比 one new month / all 36", share, "", 1 / 25, f"{1000 * month:.3g} ms"))
    return figures


def run(engine: str, folder: Path) -> float:
    """Seconds of one engine."""
    command = [sys.executable, "-m", "benchmarks.peer.distinct", engine, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{engine} ended with {done.returncode}:\n{done.stderr}")
    return float(done.stdout.split()[-1])


def write_visits(folder: Path, *, seed: int = 1) -> None:
    """Visits in any order: household (numbered in the order of the grids), its grid, month; the starts of the grids."""
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(np.arange(1, HOUSEHOLDS), GRIDS - 1, replace=False))
    starts = np.concatenate([[0], cuts])
    grid_of = np.repeat(np.arange(GRIDS, dtype=np.int32), np.diff(starts, append=HOUSEHOLDS))
    household = rng.integers(0, HOUSEHOLDS, VISITS, dtype=np.int32)
    arrays = {
        "household": household, "grid": grid_of[household], "month": rng.integers(0, MONTHS, VISITS, dtype=np.int32),
        "starts": starts, "households": np.array(HOUSEHOLDS),
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
