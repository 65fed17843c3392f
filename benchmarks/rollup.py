"""Rolling up an invented prefecture: against SQL GROUP BY on SQLite, its memory, and a load that touches little of it.

1,000 grids, 50,000 buildings, 1,000,000 visits and 100,000 cases over 36 months. Everything runs in a process of its
own on the same store; the numbers of both ways must be equal, and `rollup --verify` must find no difference.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.children import ROOT, run_measured
from benchmarks.figures import Figure
from benchmarks.peer.group_by import queries
from benchmarks.prefecture import Sizes, make_prefecture

FASTER, PEAK_MB, TOUCHED_SHARE = 3.0, 2048.0, 0.05


def measure(database: str, folder: Path, *, sizes: Sizes | None = None) -> list[Figure]:
    """The figures. Raises RuntimeError when numbers differ."""
    store = folder / "prefecture.db"
    address = f"sqlite:///{store}"
    make_prefecture(address, sizes or Sizes()).dispose()
    ours, theirs = folder / "ours.csv", folder / "sql.csv"
    seconds = run("all_facts", address, str(ours), *queries())
    peer = run("group_by", str(store), str(theirs))
    if sorted(ours.open()) != sorted(theirs.open()):
        raise RuntimeError("SQL counts something else")
    full = run_measured(["-m", "etl", "rollup", "--database", address, "--json"])
    touched = run("some_facts", address)
    run_measured(["-m", "etl", "rollup", "--verify", "--database", address, "--json"])
    note = f"SQLite {peer:.3g} s, {peer / seconds:.1f}×"
    return [
        Figure("全量汇总与SQL之比 full rollup / one GROUP BY per indicator", seconds / peer, "", 1 / FASTER, note),
        Figure("其中 of it: ours", seconds, "s", note=f"{len(queries())} 个指标 indicators"),
        Figure("python -m etl rollup,含写入 with writing", full.seconds, "s"),
        Figure("最大内存 peak memory", full.peak_mb, "MB", PEAK_MB),
        Figure("三个社区1万行之后 / 全量 10,000 rows in three communities / full", touched / full.seconds, "",
               TOUCHED_SHARE, f"{touched:.3g} s; 核对无差异 verified, 0 differences"),
    ]  # fmt: skip


def run(module: str, *arguments: str) -> float:
    """Seconds that a peer prints."""
    command = [sys.executable, "-m", f"benchmarks.peer.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr}")
    return float(done.stdout.split()[-1])
