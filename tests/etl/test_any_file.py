"""Whatever is uploaded ends as loaded or as a named error in plain Chinese (H1, H2): no crash, no hang, no row lost.

Files are read in processes with the limits of a load's readers, one after the other, and each is named before it is
touched; a process that dies is begun anew behind the file that brought it down.
"""

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pytest
from sqlalchemy import Engine

from etl.load import Outcome
from tests.support.hostile_files import SECRET
from tests.support.ledger_corpus import Recipe, damaged, recipes, seeds
from tests.support.server import ROOT

Load = Callable[..., Outcome]
CHINESE = re.compile("[\u4e00-\u9fff]{4,}")
SECONDS, MEGABYTES = 30, 1024
SILENT_SECONDS = 240


@dataclass
class Found:
    """What became of the files: name of the recipe → what the process said, or how it ended."""

    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    crashes: dict[str, str] = field(default_factory=dict)
    readers_down: int = 0

    def faults(self) -> dict[str, str]:
        """Files that ended neither as loaded nor as a named error, or took too much."""
        found = dict(self.crashes)
        for name, result in self.results.items():
            if "failed" in result:
                found[name] = result["failed"]
            elif not result["is_loaded"] and not CHINESE.search(result["zh"]):
                found[name] = f"no sentence: {result['zh']}"
            elif result.get("unaccounted"):
                found[name] = "rows unaccounted for"
            elif result["seconds"] > SECONDS or result["peak_mb"] > MEGABYTES:
                found[name] = f"{result['seconds']} s, {result['peak_mb']} MB"
            elif SECRET in json.dumps(result, ensure_ascii=False):
                found[name] = "another file was read"
        return found

    def figure(self) -> str:
        ends = Counter("loaded" if r.get("is_loaded") else r.get("code", "failed") for r in self.results.values())
        slowest = max(self.results.values(), key=lambda r: r["seconds"])
        peak = max(r["peak_mb"] for r in self.results.values())
        rows = sum(r.get("rows", 0) for r in self.results.values())
        named = ", ".join(f"{count} {end}" for end, count in ends.most_common())
        return (
            f"{len(self.results) + len(self.crashes)} files: {named}; {self.readers_down} readers brought down, "
            f"{len(self.crashes)} crashes, "
            f"{len(self.faults())} faults; slowest {slowest['seconds']} s, at most {peak} MB; {rows} rows all told"
        )


def _lines(process: "subprocess.Popen[str]") -> "queue.Queue[str]":
    found: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            found.put(line)
        found.put("")

    threading.Thread(target=read, daemon=True).start()
    return found


def _run(store: Path, folder: Path, names: list[tuple[str, str]], where: str = "here") -> Found:
    """Load files in one process after another; names : (recipe, path in the folder)."""
    found, left = Found(), list(names)
    while left:
        # What a dying process says goes to a file: a pipe that nobody reads would hold it up.
        with TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            left = left[_until_it_ends(store, folder, left, where, errors, found) :]
    return found


def _until_it_ends(
    store: Path, folder: Path, left: list[tuple[str, str]], where: str, errors: IO[str], found: Found
) -> int:
    """Load files in one process for as long as it lives; returns how many are done, the one it died of among them."""
    process = subprocess.Popen(
        # Through a shell: a process begins with the memory of the one it was made by, which is that of all these tests.
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-m", "tests.support.corpus_child",
         f"sqlite:///{store}", str(folder), where],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        start_new_session=True, env={"PYTHONPATH": str(ROOT), **os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert process.stdin is not None
    lines = _lines(process)
    process.stdin.write("\0".join(path for _, path in left))
    process.stdin.close()
    done = 0
    try:
        while line := lines.get(timeout=SILENT_SECONDS):
            if not line.startswith("begin "):
                found.results[left[done][0]] = json.loads(line)
                done += 1
    except queue.Empty:
        found.crashes[left[done][0]] = "said nothing for too long"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    status = process.wait()
    if done < len(left):
        errors.seek(0)
        last = errors.read().strip().splitlines()[:1]
        found.crashes.setdefault(left[done][0], f"ended with {status} {last}")
        done += 1
    return done


def become(wanted: list[Recipe], store: Path, folder: Path) -> Found:
    """Make files and load them, two at a time."""
    made = []
    for number, recipe in enumerate(wanted):
        place = folder / f"{number:04}"
        place.mkdir(parents=True)
        made.append((recipe.name, str(recipe.write(place).relative_to(folder))))
    halves = made[::2], made[1::2]
    stores = [shutil.copy(store, store.with_name(f"half{n}.db")) for n in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda half, at: _run(Path(at), folder, half), halves, stores)
    # What brought the reading process down is loaded as a load does it, where that process is not the load's own.
    fallen = one.crashes | other.crashes
    apart = _run(Path(stores[0]), folder, [pair for pair in made if pair[0] in fallen], "apart")
    return Found(one.results | other.results | apart.results, apart.crashes, len(fallen))


@pytest.fixture
def store(sqlite_engine: Engine, load: Load, county: Path) -> Path:
    """A store with the tiny county, its journal written home so that it may be copied."""
    load(sqlite_engine, county)
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    sqlite_engine.dispose()
    return Path(str(sqlite_engine.url.database))


def test_two_hundred_odd_and_hostile_files_end_well(store: Path, tmp_path: Path) -> None:
    found = become(recipes(200), store, tmp_path / "corpus")
    assert found.faults() == {}
    assert len(found.results) == 200 and sum(r["is_loaded"] for r in found.results.values()) > 20
    assert not Path("/tmp/wangge-climbed").exists() and not Path("/tmp/wangge-climbed.kml").exists()


def test_two_hundred_damaged_files_end_well(store: Path, tmp_path: Path) -> None:
    sound = seeds()
    copies = [damaged(sound[n % len(sound)], n // len(sound)) for n in range(200)]
    found = become(copies, store, tmp_path / "corpus")
    assert found.faults() == {} and len(found.results) == 200


def test_sound_files_of_every_format_are_loaded(store: Path, tmp_path: Path) -> None:
    found = become(seeds(), store, tmp_path / "corpus")
    assert {name: r for name, r in found.results.items() if not r["is_loaded"]} == {} and found.crashes == {}
    assert {name.split("/")[2] for name in found.results} >= {
        "xls",
        "xlsx",
        "ods",
        "csv",
        ".shp",
        ".gpkg",
        ".kmz",
        ".fgb",
    }


def test_a_file_that_brings_its_process_down_would_be_named(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("一.csv", "二.csv", "三.csv"):
        (folder / name).write_text("a,b\n1,2\n", "utf-8")
    # A hook of Python that ends the process when the second file is opened.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nsys.addaudithook(lambda e, a: e == 'open' and '二.csv' in str(a[0]) and os._exit(9))\n",
        "utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    found = _run(store, folder, [(name, name) for name in ("一.csv", "二.csv", "三.csv")])
    assert list(found.crashes) == ["二.csv"] and "ended with 9" in found.crashes["二.csv"]
    assert sorted(found.results) == ["一.csv", "三.csv"]


@pytest.mark.soak
def test_fifteen_hundred_odd_and_hostile_files_end_well(store: Path, tmp_path: Path) -> None:
    found = become(recipes(1500), store, tmp_path / "corpus")
    print(f"H1, R4, H9: {found.figure()}")
    assert found.faults() == {} and len(found.results) == 1500


@pytest.mark.soak
def test_two_thousand_damaged_files_end_well(store: Path, tmp_path: Path) -> None:
    copies = [damaged(seed, number) for seed in seeds()[:40] for number in range(50)]
    found = become(copies, store, tmp_path / "corpus")
    print(f"H2: {found.figure()}")
    assert found.faults() == {} and len(found.results) == 2000
