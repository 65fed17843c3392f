"""Loads of one store take turns: who comes later waits, says for whom, and is written; a killed one is in no way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

import etl.watch
from data import audit, schema
from data.audit_store import open_audit
from data.load_lock import Holder, StillRunningError, load_lock, lock_file
from data.store import open_store, reading
from etl.__main__ import app
from etl.expect import state_expected, state_target
from etl.load import Outcome
from etl.purge import purge
from etl.undo import undo
from etl.verify import rebuild, verify
from etl.watch import Watch
from tests.etl import tiny
from tests.etl.test_load import few_periods  # noqa: F401 (a fixture)
from tests.support.server import ROOT

Load = Callable[..., Outcome]
EDITION = "NBS2020"
runner = CliRunner()


@contextmanager
def held_elsewhere(engine: Engine, kind: str = "load") -> Iterator[None]:
    """The lock is somebody else's, with a connection or file of their own."""
    has_it, is_done = threading.Event(), threading.Event()

    def hold() -> None:
        with load_lock(engine, kind):
            has_it.set()
            is_done.wait()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert has_it.wait(30)
        yield
    finally:
        is_done.set()
        other.join()


def write_visits(folder: Path, *numbers: str) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [(number, "H1", "2020-11-03", "W01", "入户", "见面", 1, "有", "√") for number in numbers]
    return tiny.write_visits(folder, rows, f"走访{numbers[0]}.xlsx")


def forks(works: list[Callable[[], int]]) -> list[int]:
    """Do some work in as many processes at once; the exit status of each."""
    children = []
    for work in works:
        if (child := os.fork()) == 0:
            status = 99
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                status = work()
            finally:
                os._exit(status)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_six_at_once_are_all_written(store_url: str, load: Load, county: Path, tmp_path: Path) -> None:
    engine = open_store(store_url)
    load(engine, county)
    engine.dispose()
    files = [write_visits(tmp_path / "six", f"S{n}", f"S{n}b") for n in range(6)]

    def loading(file: Path) -> int:
        own = open_store(store_url)
        done = load(own, file)
        own.dispose()
        return 0 if done.batch_id is not None else 1

    assert forks([lambda file=file: loading(file) for file in files]) == [0] * 6  # type: ignore[misc]
    with reading(engine) as conn:
        visits = set(conn.execute(select(schema.visit.c.visit_no)).scalars())
        t = schema.batch_file
        sums = [func.sum(t.c[name]) for name in ("read_count", "loaded_count")]
        read, loaded = conn.execute(select(*sums).where(t.c.batch_id > 1)).one()
        batches = conn.execute(select(schema.batch.c.batch_id).order_by(schema.batch.c.batch_id)).scalars().all()
    assert {f"S{n}{part}" for n in range(6) for part in ("", "b")} <= visits
    assert (read, loaded, batches) == (12, 12, [1, 2, 3, 4, 5, 6, 7])
    assert verify(engine, EDITION).different == 0
    engine.dispose()
    print(f"R11: {len(batches) - 1} of 6 loads written, {loaded} of {read} rows, 0 thrown away")


def test_one_that_waits_says_for_whom_and_then_has_its_turn(
    engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(engine, county)
    told: list[tuple[str, Holder | None]] = []
    let_go = threading.Event()

    def report(stage: str, done: int, of: int, holder: Holder | None = None) -> None:
        told.append((stage, holder))
        if stage == "wait":
            assert of == 1800
            let_go.set()

    with held_elsewhere(engine, "undo"):
        waiting = threading.Thread(target=load, args=(engine, write_visits(tmp_path, "S1")), kwargs={"report": report})
        waiting.start()
        assert let_go.wait(30)
    waiting.join()
    (holder,) = {holder for stage, holder in told if stage == "wait"}
    assert holder is not None and holder.kind == "undo"
    assert abs((datetime.now().astimezone() - datetime.fromisoformat(holder.since)).total_seconds()) < 60
    assert holder.waiting("zh").startswith("另一次撤销自 ") and holder.waiting("zh").endswith(",正在等它结束……")
    assert told[-1][0] == "done"


def test_the_longest_wait_ends_in_a_sentence(engine: Engine, load: Load, county: Path) -> None:
    load(engine, county)
    with held_elsewhere(engine), pytest.raises(StillRunningError) as error:
        load(engine, county, wait=0.1)
    assert error.value.code == "BUSY" and error.value.exit_status == 75
    assert error.value.zh.startswith("另一次装载自 ") and "等了 0.1 秒还没有结束,本次未写入任何内容" in error.value.zh
    assert load(engine, county).batch_id is None, "free as soon as the other has ended"


WRITERS: dict[str, Callable[[Engine], object]] = {
    "undo": lambda engine: undo(engine, 1, edition=EDITION, wait=0),
    "rollup": lambda engine: rebuild(engine, EDITION, wait=0),
    "purge": lambda engine: purge(engine, wait=0),
    "expect": lambda engine: state_expected(
        engine, EDITION, area=tiny.A, what="grid_branch", count=1, on=None, source="", reason="", wait=0
    ),
    "target": lambda engine: state_target(
        engine, EDITION, indicator="VIS-01", area=tiny.A, goal=0.9, since=None, reason="甲", wait=0
    ),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_whatever_writes_data_takes_its_turn(writer: str, sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    with held_elsewhere(sqlite_engine), pytest.raises(StillRunningError):
        WRITERS[writer](sqlite_engine)


def test_trials_and_readers_never_wait(engine: Engine, load: Load, county: Path) -> None:
    load(engine, county)
    with held_elsewhere(engine):
        assert load(engine, county, is_trial=True, wait=0).moves is not None
        assert undo(engine, 1, edition=EDITION, is_trial=True, wait=0).batch_id is None
        assert purge(engine, is_trial=True, wait=0).batch_id is None
        assert verify(engine, EDITION).different == 0
        # Nor does an event of the audit log, whose appends have a lock of their own.
        events, began = open_audit(engine.url.render_as_string(hide_password=False)), time.monotonic()
        audit.append(events, "sign_in", actor="a", object="role:leader", details={})
        assert time.monotonic() - began < 5 and audit.verify(events).kept == 1
    open_audit.cache_clear()


def test_a_schema_is_brought_up_in_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    engine = open_store(url)
    with held_elsewhere(engine):
        busy = runner.invoke(app, ["upgrade", "--wait", "0", "--database", url])
    assert busy.exit_code == 75 and "另一次装载自" in busy.stderr
    assert runner.invoke(app, ["upgrade", "--wait", "0", "--database", url]).exit_code == 0
    with held_elsewhere(engine):
        # Nothing to do: nobody waits for that.
        assert runner.invoke(app, ["upgrade", "--wait", "0", "--database", url]).exit_code == 0


def test_the_lock_outlives_its_pool_and_is_of_one_store(postgres_engine: Engine, sqlite_engine: Engine) -> None:
    with held_elsewhere(postgres_engine):
        postgres_engine.dispose()
        with pytest.raises(StillRunningError), load_lock(postgres_engine, "load", seconds=0):
            pass
        with load_lock(sqlite_engine, "load", seconds=0):
            assert lock_file(sqlite_engine).exists()


def test_two_names_of_a_file_are_one_store(sqlite_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "other.db").symlink_to(str(sqlite_engine.url.database))
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    with held_elsewhere(sqlite_engine), pytest.raises(StillRunningError), load_lock(other, "load", seconds=0):
        pass


# --- processes that are killed ----------------------------------------------------------------------------------------


def children_of(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(folder.name))
    return found


def is_there(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not buried by anybody does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(is_so: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "etl", *args]


def test_a_killed_load_leaves_no_process_and_no_lock(sqlite_url: str, load: Load, county: Path) -> None:
    """The load holds its readers, and waits for the lock, when it is killed -9; one reader is stopped, as if busy."""
    engine = open_store(sqlite_url)
    load(engine, county)
    with held_elsewhere(engine):
        args = ["load", str(county), "--json", "--progress", "--database", sqlite_url]
        with subprocess.Popen(
            command(*args), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as loader:
            assert loader.stderr is not None
            said = json.loads(next(line for line in loader.stderr if b'"wait"' in line))
            assert said["kind"] == "load" and datetime.fromisoformat(said["since"]) and said["of"] == 1800
            below = children_of(loader.pid)
            assert len(below) >= 2, "the readers, and what looks after what they share"
            readers = [pid for pid in below if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            os.kill(readers[0], signal.SIGSTOP)
            loader.kill()
            assert until(lambda: not any(map(is_there, below)))
    assert load(engine, county, wait=0).batch_id is None


def test_a_killed_holder_is_in_nobodys_way(store_url: str, load: Load, county: Path) -> None:
    engine = open_store(store_url)
    load(engine, county)
    engine.dispose()
    told, tells = os.pipe()
    holder = os.fork()
    if holder == 0:
        try:
            own = open_store(store_url)
            with load_lock(own, "load"):
                os.write(tells, b"x")
                time.sleep(600)
        finally:
            os._exit(1)
    assert os.read(told, 1) == b"x"
    with pytest.raises(StillRunningError):
        load(engine, county, wait=0)
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    began = time.monotonic()
    assert load(engine, county, wait=20).batch_id is None
    assert time.monotonic() - began < 15
    engine.dispose()


def test_a_reader_ends_with_its_parent(tmp_path: Path) -> None:
    """Both ways by themselves: by the kernel, and by what the reader does where there is no such kernel."""
    program = """
import multiprocessing, os, sys, time
from etl import sandbox
def work(told, is_deaf):
    if is_deaf:
        sandbox._DEATH_SIGNAL = 999999
    sandbox.end_with_parent()
    told.send(os.getpid())
    time.sleep(600)
if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    for is_deaf in (False, True):
        spawn.Process(target=work, args=(theirs, is_deaf)).start()
        print(ours.recv(), flush=True)
    time.sleep(600)
"""
    (tmp_path / "parent.py").write_text(program, "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")], cwd=ROOT, env=environ, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        below = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(map(is_there, below))
        parent.kill()
    assert until(lambda: not any(map(is_there, below)))


# --- what is said -----------------------------------------------------------------------------------------------------


def test_the_command_says_for_whom_it_waits_and_ends_by_a_code(
    sqlite_url: str, load: Load, county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_store(sqlite_url)
    load(engine, county)
    args = ["load", str(county / "走访台账.xlsx"), "--wait", "0.3", "--database", sqlite_url]
    with held_elsewhere(engine):
        plain = runner.invoke(app, args)
        as_json = runner.invoke(app, [*args, "--json", "--lang", "en"])
    assert plain.exit_code == as_json.exit_code == 75
    lines = plain.stderr.splitlines()
    assert lines[0].startswith("另一次装载自 ") and lines[0].endswith(" 起正在进行,正在等它结束……")
    assert len(lines) == 2 and "等了 0.3 秒还没有结束" in lines[1]
    error = json.loads(as_json.stdout)["error"]
    assert error["code"] == "BUSY" and error["message"].startswith("Another load is running since ")


def test_a_watched_file_waits_and_stays(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    load(sqlite_engine, county)
    monkeypatch.setattr(etl.watch.audit, "note_load", lambda url, outcome: "")
    monkeypatch.setattr("data.load_lock.settings", lambda: type("S", (), {"load_wait_seconds": 0.3}))
    folder = tmp_path / "投递"
    write_visits(folder, "S1")
    watch = Watch(folder, sqlite_engine, edition=EDITION, url="", still_seconds=0)
    with held_elsewhere(sqlite_engine):
        assert watch.look() == []
    said = capsys.readouterr().err
    assert said.count("走访S1.xlsx: 另一次装载自") == 2 and said.count("正在等它结束") == 1
    assert [taken.error for taken in watch.look()] == [None]


def test_a_nested_load_does_not_wait_for_itself(sqlite_engine: Engine) -> None:
    with load_lock(sqlite_engine, "load", seconds=0), load_lock(sqlite_engine, "load", seconds=0):
        pass
    with held_elsewhere(sqlite_engine):
        pass
