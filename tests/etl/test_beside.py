"""Reading and noting beside a load: nobody waits for it, nobody sees half of it, nobody hears "database is locked"."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from data import audit, schema
from data.audit_store import open_audit
from data.store import open_store, reading
from tests.etl import tiny
from tests.support.server import ROOT

READERS, NOTERS = 20, 2
LOADS = """
import sys
from pathlib import Path
from data.store import open_store
from etl.load import load
engine = open_store(sys.argv[1])
for number in range(int(sys.argv[2])):
    load(engine, [Path(sys.argv[3 + number % 2])], edition="NBS2020")
"""
Totals = tuple[Any, ...]


def totals(conn: Any) -> Totals:
    """Numbers of one state of the store that were written at different moments of its load."""
    fact, visit = schema.fact.c, schema.visit.c
    level = schema.area.c.level
    county, grids = (
        conn.execute(
            select(func.sum(fact.numerator)).join(schema.area, schema.area.c.area_id == fact.area_id)
            .where(fact.indicator == "VIS-01", fact.period == "2020", level == name)
        ).scalar()
        for name in ("county", "grid")
    )  # fmt: skip
    met = conn.execute(select(func.count()).where(visit.is_valid, ~visit.is_void)).scalar()
    households = conn.execute(select(func.count()).select_from(schema.household)).scalar()
    return county, grids, met, households


@dataclass
class Watch:
    """What the readers and noters found until the load had ended."""

    url: str
    is_over: threading.Event = field(default_factory=threading.Event)
    seen: list[Totals] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    reads: int = 0
    waits: list[float] = field(default_factory=list)

    def read(self) -> None:
        engine = open_store(self.url)
        while not self.is_over.is_set():
            try:
                with reading(engine) as conn:
                    found = totals(conn)
                self.reads += 1
                if found not in self.seen:
                    self.seen.append(found)
            except Exception as error:
                self.errors.append(repr(error))
            time.sleep(0.1)
        engine.dispose()

    def note(self) -> None:
        events = open_audit(self.url)
        while not self.is_over.is_set():
            began = time.perf_counter()
            try:
                audit.append(events, "sign_in", actor="session:1")
            except Exception as error:
                self.errors.append(repr(error))
            self.waits.append(time.perf_counter() - began)
            time.sleep(0.05)

    def during(self, command: list[str]) -> None:
        """Run a command with everybody watching."""
        threads = [threading.Thread(target=self.read) for _ in range(READERS)]
        threads += [threading.Thread(target=self.note) for _ in range(NOTERS)]
        for thread in threads:
            thread.start()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        self.is_over.set()
        for thread in threads:
            thread.join()
        assert done.returncode == 0, done.stderr


def state(url: str) -> Totals:
    engine = open_store(url)
    with reading(engine) as conn:
        found = totals(conn)
    engine.dispose()
    return found


def test_twenty_readers_beside_loads_that_change_the_totals(
    sqlite_url: str, tmp_path: Path, load: Callable[..., Any]
) -> None:
    folders = [tiny.write_county(tmp_path / name) for name in ("one", "two")]
    # Nobody was met on V3 in the one, somebody was in the other.
    tiny.write_visits(folders[1], [row if row[0] != "V3" else (*row[:5], "见面", 1, "", "") for row in tiny.VISITS])
    engine = open_store(sqlite_url)
    states = []
    for folder in folders:
        load(engine, folder)
        states.append(state(sqlite_url))
    engine.dispose()
    assert states[0] != states[1] and all(county == grids for county, grids, *_ in states)
    watch = Watch(sqlite_url)
    watch.during([sys.executable, "-c", LOADS, sqlite_url, "3", *map(str, folders)])
    assert watch.errors == []
    assert set(watch.seen) == set(states)
    assert watch.reads > 100 and len(watch.waits) > 20
    assert max(watch.waits) < 5
    assert audit.verify(open_audit(sqlite_url)).kept == len(watch.waits)
    print(f"R7: {watch.reads} reads, {len(watch.waits)} events beside 3 loads; longest wait {max(watch.waits):.3f} s")


@pytest.mark.soak
def test_twenty_readers_beside_the_largest_load(sqlite_url: str, sample_dir: Path) -> None:
    before, watch = state(sqlite_url), Watch(sqlite_url)
    watch.during([sys.executable, "-m", "etl", "load", str(sample_dir), "--database", sqlite_url])
    assert watch.errors == []
    assert set(watch.seen) == {before, state(sqlite_url)}
    assert max(watch.waits) < 5
    print(
        f"R7: {watch.reads} reads, {len(watch.waits)} events beside the sample; longest wait {max(watch.waits):.3f} s"
    )
