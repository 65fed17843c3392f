"""A load is all or nothing (R1 to R10): killed anywhere, out of space, beside a backup, in the middle of an upgrade."""

import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text

import etl.rollup
from data import schema
from data.store import is_ready, open_store, reading, upgrade
from etl.errors import LoadError
from etl.load import Outcome
from etl.maps import read_map
from geo.periods import parse_period
from tests.etl import tiny
from tests.support.killed import Killed, forked, is_whole, loading, same, second_load, state
from tests.support.postgres import Cluster

Load = Callable[..., Outcome]
LATEST = 1.5
"""How long after a stage began the last kills come, in times of what it took undisturbed: a fork is slower."""


@pytest.fixture(autouse=True)
def few_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted when is the matter of test_rollup."""
    monkeypatch.setattr(etl.rollup, "kept_periods", lambda first, data_on: [parse_period(f"{data_on.year}")])


@pytest.fixture
def base(sqlite_engine: Engine, load: Load, county: Path) -> Path:
    """A file with the tiny county, to be copied."""
    load(sqlite_engine, county)
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    sqlite_engine.dispose()
    return Path(str(sqlite_engine.url.database))


@pytest.fixture
def more(tmp_path: Path) -> Path:
    return second_load(tmp_path / "more")


def copied(base: Path, name: str) -> str:
    for old in base.parent.glob(f"{name}*"):
        if old.is_file():
            old.unlink()
    return f"sqlite:///{shutil.copy(base, base.with_name(name))}"


def undisturbed(base: Path, more: Path, load: Load) -> tuple[Any, Any, float, float]:
    """The states before and after the second load, how long it takes, and how long its writing."""
    engine = open_store(copied(base, "calm.db"))
    before, stages = state(engine), {}
    began = time.perf_counter()
    load(engine, more, report=lambda stage, done, of: stages.setdefault(stage, time.perf_counter()))
    ended = time.perf_counter()
    after = state(engine)
    assert not same(before, after) and is_whole(engine)
    engine.dispose()
    return before, after, ended - began, ended - stages["write"]


# --- R1, R2 -----------------------------------------------------------------------------------------------------------


def kill_at(count: int, base: Path, more: Path, load: Load) -> Killed:
    """Kill the second load at `count` moments: half of them anywhere, half while it writes."""
    before, after, takes, writes_for = undisturbed(base, more, load)
    rng, found = random.Random(count), Killed()
    for number in range(count):
        url = copied(base, "killed.db")
        stage, most = ("write", writes_for) if number % 2 else ("read", takes)
        wait = rng.random() * most * LATEST
        forked(loading(url, more, load), lambda told, stage=stage, wait=wait: wait if told == stage else None)  # type: ignore[misc]
        engine = open_store(url)
        now = state(engine)
        found.points += 1
        found.as_before += same(now, before)
        found.as_after += same(now, after)
        found.whole += is_whole(engine)
        load(engine, more)
        found.repeated += same(state(engine), after)
        engine.dispose()
    return found


def assert_none_partial(found: Killed, count: int) -> None:
    assert found.points == found.as_before + found.as_after == found.whole == found.repeated == count, found.figure()


def test_a_load_killed_at_twenty_moments_is_there_or_not(base: Path, more: Path, load: Load) -> None:
    assert_none_partial(kill_at(20, base, more, load), 20)


@pytest.mark.soak
def test_a_load_killed_at_two_hundred_moments_is_there_or_not(base: Path, more: Path, load: Load) -> None:
    found = kill_at(200, base, more, load)
    print(f"R1: {found.figure()}")
    assert found.as_after > 0 < found.as_before
    assert_none_partial(found, 200)


def _fresh(postgis: Cluster, name: str, template: str) -> str:
    postgis.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    postgis.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return postgis.url(name)


def test_a_load_into_postgis_killed_at_a_few_moments_is_there_or_not(
    postgis: Cluster, county: Path, more: Path, load: Load
) -> None:
    killed_in_postgis(postgis, county, more, load, loader_kills=4, server_kills=2)


@pytest.mark.soak
def test_a_load_into_postgis_is_there_or_not_whoever_is_killed(
    postgis: Cluster, county: Path, more: Path, load: Load
) -> None:
    killed_in_postgis(postgis, county, more, load, loader_kills=50, server_kills=20)


def killed_in_postgis(
    postgis: Cluster, county: Path, more: Path, load: Load, *, loader_kills: int, server_kills: int
) -> None:
    template = open_store(_fresh(postgis, "killed_base", "template_store"))
    load(template, county)
    template.dispose()
    calm = open_store(_fresh(postgis, "killed_calm", "killed_base"))
    before, stages = state(calm), {}
    began = time.perf_counter()
    load(calm, more, report=lambda stage, done, of: stages.setdefault(stage, time.perf_counter()))
    takes, writes_for = time.perf_counter() - began, time.perf_counter() - stages["write"]
    after = state(calm)
    calm.dispose()
    rng, loader, server = random.Random(2), Killed(), Killed()
    for number in range(loader_kills + server_kills):
        found = loader if number < loader_kills else server
        url = _fresh(postgis, "killed_now", "killed_base")
        stage, most = ("write", writes_for) if number % 2 else ("read", takes)
        wait = rng.random() * most * LATEST
        if found is loader:
            forked(loading(url, more, load), lambda told, stage=stage, wait=wait: wait if told == stage else None)  # type: ignore[misc]
        else:
            # Every backend of the server is killed under the load, as by a crash of one of them.
            with postgis_crash(postgis, wait if stage == "read" else takes - writes_for + wait):
                forked(loading(url, more, load), lambda told: None)
        engine = open_store(url)
        now = _patiently(lambda: state(engine))  # noqa: B023
        found.points += 1
        found.as_before += same(now, before)
        found.as_after += same(now, after)
        found.whole += 1
        load(engine, more)
        found.repeated += same(state(engine), after)
        engine.dispose()
    print(f"R2: the loader killed at {loader.figure()}; the server's process killed at {server.figure()}")
    assert_none_partial(loader, loader_kills)
    assert_none_partial(server, server_kills)


class postgis_crash:  # named as it reads where it is used
    """Some seconds after it begins, the server process that serves the load is killed -9."""

    def __init__(self, cluster: Cluster, wait: float) -> None:
        self._cluster, self._wait = cluster, wait

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _kill(self) -> None:
        time.sleep(self._wait)
        engine = open_store(self._cluster.url("postgres"))
        query = text("SELECT pid FROM pg_stat_activity WHERE datname = 'killed_now'")
        with engine.connect() as connection:
            pids = [row[0] for row in connection.execute(query)]
        engine.dispose()
        for pid in pids[:1]:
            subprocess.run(["kill", f"-{int(signal.SIGKILL)}", str(pid)], check=False)


def _patiently(ask: Callable[[], Any], seconds: float = 30) -> Any:
    """The answer, once the server has recovered."""
    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


# --- R3 ---------------------------------------------------------------------------------------------------------------


def _limits(base: Path, count: int) -> list[int]:
    """Sizes from that of the store to twice it."""
    size = base.stat().st_size
    return [size + n * size // count for n in range(count)]


def out_of_space(sizes: list[int], base: Path, more: Path, load: Load) -> tuple[int, int]:
    """Load with the store's file limited to each of the sizes; returns how often it failed by name and went through."""
    before, after, *_ = undisturbed(base, more, load)
    failed = 0
    for size in sizes:
        engine = open_store(copied(base, "full.db"))

        @event.listens_for(engine, "connect")
        def limited(connection: Any, _record: Any, size: int = size) -> None:
            page = connection.execute("PRAGMA page_size").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={size // page}").close()

        try:
            load(engine, more)
        except LoadError as error:
            assert error.code == "WRITE_FAILED" and "数据保持原样" in error.zh
            failed += 1
        now = state(engine)
        assert same(now, before) or same(now, after)
        assert is_whole(engine)
        engine.dispose()
    return failed, len(sizes) - failed


def test_a_full_disk_is_named_and_leaves_the_store_as_it_was(base: Path, more: Path, load: Load) -> None:
    failed, through = out_of_space(_limits(base, 5), base, more, load)
    assert failed > 0 < through


@pytest.mark.soak
def test_disks_of_forty_sizes_leave_the_store_as_it_was(base: Path, more: Path, load: Load) -> None:
    failed, through = out_of_space(_limits(base, 40), base, more, load)
    print(f"R3: 40 sizes: {failed} named errors, {through} loads, 0 partial batches")
    assert failed > 5 < through


def test_a_write_that_fails_at_the_system_leaves_the_store_as_it_was(base: Path, more: Path, load: Load) -> None:
    """The system refuses to write past a size, as it does on a disk with faults or a quota."""
    before, after, *_ = undisturbed(base, more, load)
    for size in _limits(base, 4)[:3]:
        url = copied(base, "faulty.db")

        def work(tell: Callable[[str], None], url: str = url, size: int = size) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, resource.RLIM_INFINITY))
            load(open_store(url), more)

        forked(work, lambda told: None)
        engine = open_store(url)
        now = state(engine)
        assert (same(now, before) or same(now, after)) and is_whole(engine)
        engine.dispose()


# --- R4, R5 -----------------------------------------------------------------------------------------------------------


def retried(count: int, base: Path, more: Path, load: Load) -> int:
    """Load the same files again and again; returns how many rows that added."""
    engine = open_store(copied(base, "again.db"))
    load(engine, more)
    before, added = state(engine), 0
    for _ in range(count):
        assert load(engine, more).batch_id is None
    after = state(engine)
    for name in before:
        added += abs(len(after[name]) - len(before[name]))
    assert same(before, after)
    engine.dispose()
    return added


def test_the_same_files_three_times_change_nothing(base: Path, more: Path, load: Load) -> None:
    assert retried(3, base, more, load) == 0


@pytest.mark.soak
def test_a_thousand_retries_add_nothing(base: Path, more: Path, load: Load) -> None:
    added = retried(1000, base, more, load)
    print(f"R5: 1,000 retries, {added} rows added, every table as after the first load")
    assert added == 0


# --- R8 ---------------------------------------------------------------------------------------------------------------


def backed_up(count: int, base: Path, more: Path, load: Load) -> int:
    """Back the store up at moments of a load; returns how many copies are whole and equal to a committed state."""
    before, after, takes, _ = undisturbed(base, more, load)
    rng, good = random.Random(count), 0
    for number in range(count):
        url = copied(base, "source.db")
        target = base.with_name(f"backup{number}.db")
        engine = open_store(url)
        loads = threading.Thread(target=load, args=(engine, more))
        loads.start()
        time.sleep(rng.random() * takes)
        source, copy = sqlite3.connect(str(engine.url.database)), sqlite3.connect(target)
        source.backup(copy)
        source.close()
        copy.close()
        loads.join()
        engine.dispose()
        restored = open_store(f"sqlite:///{target}")
        now = state(restored)
        good += is_whole(restored) and (same(now, before) or same(now, after))
        restored.dispose()
    return good


def test_a_backup_beside_a_load_is_a_committed_state(base: Path, more: Path, load: Load) -> None:
    assert backed_up(3, base, more, load) == 3


@pytest.mark.soak
def test_twenty_backups_beside_loads_are_committed_states(base: Path, more: Path, load: Load) -> None:
    good = backed_up(20, base, more, load)
    print(f"R8: {good} of 20 backups whole and equal to a committed state")
    assert good == 20


# --- R9 ---------------------------------------------------------------------------------------------------------------


def upgrades_killed(count: int, folder: Path) -> int:
    """Kill an upgrade from nothing at moments, then start it again; returns how many stores came to be ready."""
    began = time.perf_counter()
    engine = open_store(f"sqlite:///{folder / 'calm.db'}")
    upgrade(engine)
    takes = time.perf_counter() - began
    with reading(engine) as conn:
        tables = conn.execute(text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()
    rng, good = random.Random(count), 0
    for number in range(count):
        url = f"sqlite:///{folder / f'killed{number}.db'}"

        def work(tell: Callable[[str], None], url: str = url) -> None:
            tell("begun")
            upgrade(open_store(url))

        forked(work, lambda told: rng.random() * takes)
        killed = open_store(url)
        upgrade(killed)
        with reading(killed) as conn:
            found = conn.execute(text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()
        good += is_ready(killed) and is_whole(killed) and found == tables
        killed.dispose()
    return good


def test_an_upgrade_that_was_killed_goes_on(tmp_path: Path) -> None:
    assert upgrades_killed(5, tmp_path) == 5


@pytest.mark.soak
def test_upgrades_killed_at_fifty_moments_go_on(tmp_path: Path) -> None:
    good = upgrades_killed(50, tmp_path)
    print(f"R9: {good} of 50 killed upgrades reach the new version when started again, 0 unreadable")
    assert good == 50


# --- R10 --------------------------------------------------------------------------------------------------------------

MAP = 'kind = "household"\nmode = "snapshot"\n[columns]\nhousehold_no = "户编号"\nbuilding_code = "楼栋编码"\n'


def worse_files(folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """(what is wrong, the file, whether it is the whole register) for ten files that are worse than what is known."""
    heads, rows = tiny.HOUSEHOLD_HEADINGS, tiny.HOUSEHOLDS
    for number, kept in enumerate([rows[:3], rows[:2], rows[:1], rows[3:], rows[4:]]):
        place = folder / f"fewer{number}"
        place.mkdir(parents=True)
        yield "fewer rows", tiny.write_register(place, kept), True
    for name, headings, cells in (
        ("no rows", heads, []), ("moved heading", ("说明", *heads[:-1]), [("x", *row[:-1]) for row in rows[:2]]),
        ("no heading", rows[0], rows[1:]), ("another heading", ("甲", "乙", "丙"), [(1, 2, 3)]),
        ("no number", ("序号", *heads[1:]), rows),
    ):  # fmt: skip
        place = folder / name
        place.mkdir(parents=True)
        yield name, tiny.write_sheet(place / "户登记台账.xlsx", headings, cells), name == "moved heading"


def test_ten_worse_files_do_not_replace_a_good_one(base: Path, load: Load, tmp_path: Path) -> None:
    engine = open_store(copied(base, "good.db"))
    before, told = state(engine), []
    (tmp_path / "m.toml").write_text(MAP, "utf-8")
    for _, path, is_register in worse_files(tmp_path / "worse"):
        with pytest.raises(LoadError) as error:
            load(engine, path, **({"maps": [read_map(tmp_path / "m.toml")]} if is_register else {}))
        told.append(error.value.code)
        assert same(state(engine), before)
    print(f"R10: 0 of {len(told)} worse files loaded unasked: {', '.join(sorted(set(told)))}")
    assert len(told) == 10
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(schema.household)).scalar() == len(tiny.HOUSEHOLDS)
