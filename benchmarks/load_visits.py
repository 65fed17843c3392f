"""Loading a million visits of a year into an invented prefecture: beside the plain way of pandas, and a second time.

Ours is `etl load` as people call it: every cell checked, every row accounted for, 50,000 buildings in 1,000 grids
placed anew, rolled up into every indicator and period. The plain way reads, joins, writes and counts visits by grid and
month, and checks nothing. Both must count the same. Every run is a process of its own on its own copy of the store.
"""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

from benchmarks import made_visits
from benchmarks.children import Cost, run_measured
from benchmarks.figures import Figure, median
from benchmarks.made_visits import CHANGED, SIZES, VISITS
from benchmarks.prefecture import Sizes

FASTER, PEAK_MB, WORKBOOK_FASTER, AGAIN_FASTER = 2.0, 2048.0, 3.0, 2.0
WORKBOOK_ROWS, ROUNDS = 200_000, 3


def measure(
    database: str, folder: Path, *, sizes: Sizes = SIZES, visits: int = VISITS, rows: int = WORKBOOK_ROWS,
    rounds: int = ROUNDS,
) -> list[Figure]:  # fmt: skip
    """The figures. Raises RuntimeError when the plain way counts something else."""
    base, layer = folder / "visits.db", folder / "grids.gpkg"
    homes = made_visits.make_store(f"sqlite:///{base}", replace(sizes, visits=0, cases=0))
    with sqlite3.connect(base) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        grids = [row[0] for row in conn.execute("SELECT area_id FROM area_shape")]
    made_visits.write_grids(layer, grids)
    lines = made_visits.visit_lines(homes, visits)
    ledger = made_visits.write_csv(folder / "走访台账.csv", lines)
    corrected = made_visits.write_csv(folder / "走访台账_更正.csv", made_visits.changed(lines, CHANGED))
    book = made_visits.write_xlsx(folder / "走访台账.xlsx", lines.head(rows))
    first, again, changed, plain = [list[Cost]() for _ in range(4)]
    for _ in range(rounds):
        store, theirs = _copy(base), folder / "plain.db"
        theirs.unlink(missing_ok=True)
        first.append(_load(ledger, store))
        plain.append(
            run_measured(["-m", "benchmarks.peer.plain_visits", str(ledger), str(layer), f"sqlite:///{theirs}"])
        )
        _check_equal(store, theirs)
        again.append(_load(ledger, store))
        changed.append(_load(corrected, store))
    ours, slow = [list[Cost]() for _ in range(2)]
    for _ in range(rounds):
        ours.append(_load(book, _copy(base)))
        slow.append(run_measured(["-m", "benchmarks.peer.openpyxl_load", str(book), f"sqlite:///{_copy(base)}"]))
    loaded, peer = _seconds(first), _seconds(plain)
    workbook, openpyxl = _seconds(ours), _seconds(slow)
    peak = max(cost.peak_mb for cost in (*first, *again, *changed))
    return [
        Figure(f"{visits:,} 次走访:载入与pandas之比 etl load / read_csv, sjoin, to_sql", loaded / peer, "", 1 / FASTER,
               f"pandas {peer:.3g} s, {peer / loaded:.2f}×"),
        Figure("其中 of it: etl load", loaded, "s", note=f"{rounds} 次 rounds; 逐格检查 every cell checked"),
        Figure("最大内存 peak memory", peak, "MB", PEAK_MB),
        Figure("同一文件再载入与首次之比 the same file again / first", _seconds(again) / loaded, "", 1 / AGAIN_FASTER,
               f"{_seconds(again):.3g} s"),
        Figure(f"改动{CHANGED:.0%}后再载入与首次之比 {CHANGED:.0%} changed / first", _seconds(changed) / loaded, "",
               1 / AGAIN_FASTER, f"{_seconds(changed):.3g} s"),
        Figure(f"{rows:,} 行工作簿:载入与openpyxl之比 workbook, etl load / the same through openpyxl",
               workbook / openpyxl, "", 1 / WORKBOOK_FASTER, f"openpyxl {openpyxl:.3g} s, {openpyxl / workbook:.2f}×"),
        Figure("其中 of it: etl load", workbook, "s"),
    ]  # fmt: skip


def _copy(base: Path) -> Path:
    """A copy of the store; what stands beside a former one of its name goes."""
    path = base.with_name("loaded.db")
    for old in (path, path.with_name("loaded.db-wal"), path.with_name("loaded.db-shm")):
        old.unlink(missing_ok=True)
    shutil.rmtree(path.with_name("loaded.db.cells"), ignore_errors=True)
    return Path(shutil.copy(base, path))


def _load(ledger: Path, store: Path) -> Cost:
    return run_measured(["-m", "etl", "load", str(ledger), "--database", f"sqlite:///{store}"])


def _seconds(costs: list[Cost]) -> float:
    return median([cost.seconds for cost in costs])


def _check_equal(store: Path, theirs: Path) -> None:
    """Calls and calls that met somebody, by grid and month."""
    ours = (
        "SELECT area_id, period, numerator, denominator FROM fact WHERE indicator = 'VIS-06' "
        "AND period GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'"
    )
    plain = "SELECT grid_id, month, met, calls FROM visits_by_month"
    with sqlite3.connect(store) as conn, sqlite3.connect(theirs) as other:
        counted = set(other.execute(plain))
        found = {row for row in conn.execute(ours) if row[0] in {grid for grid, *_ in counted}}
    if found != counted:
        raise RuntimeError(f"the plain way counts something else in {len(found ^ counted)} places")
