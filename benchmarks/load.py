"""Writing the sample county and loading it into an empty store: seconds and peak memory of the two child processes."""

from pathlib import Path

from benchmarks.children import run_measured
from benchmarks.figures import Figure

LIMIT_SECONDS, LIMIT_MB = 30.0, 600.0


def measure(folder: Path) -> tuple[list[Figure], str]:
    """Figures, and the address of the loaded store, which the other benches show."""
    ledgers, database = folder / "sample", f"sqlite:///{folder / 'bench.db'}"
    sample = run_measured(["-m", "etl", "sample", "--out", str(ledgers)])
    load = run_measured(["-m", "etl", "load", str(ledgers), "--database", database])
    again = run_measured(["-m", "etl", "load", str(ledgers), "--database", database])
    figures = [
        Figure("示例 + 载入 sample + load", sample.seconds + load.seconds, "s", LIMIT_SECONDS),
        Figure("最大内存 peak memory", max(sample.peak_mb, load.peak_mb), "MB", LIMIT_MB),
        Figure("其中 of it: etl sample", sample.seconds, "s", note=f"{sample.peak_mb:,.0f} MB"),
        Figure("其中 of it: etl load", load.seconds, "s", note=f"{load.peak_mb:,.0f} MB"),
        Figure("再次载入(无变化)load again, nothing changed", again.seconds, "s", note=f"{again.peak_mb:,.0f} MB"),
    ]
    return figures, database
