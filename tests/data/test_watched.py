"""A store that is looked after: which file, whose log, what is told of it, without a server."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from data import audit, schema, served, watched
from data.audit_store import open_audit
from data.errors import (
    DamagedStoreError,
    EmptyStoreError,
    LockedStoreError,
    MissingStoreError,
    ReplacedStoreError,
    StoreVersionError,
)
from data.store import open_store, writing
from data.watched import SETTLE_SECONDS, Watched
from tests.support.server import ROOT


def load(url: str, batch: int, minute: int = 0) -> None:
    """One more load in a store."""
    row = {"batch_id": batch, "loaded_at": datetime(2026, 1, 1, 8, minute, tzinfo=UTC), "seconds": 1.0,
           "data_on": date(2020, 12, 31), "is_sample": True, "notes": None}  # fmt: skip
    engine = open_store(url)
    with writing(engine) as conn:
        conn.execute(insert(schema.batch), [row])
    engine.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that a test lets pass for the watch, besides those that pass."""
    more, real = [0.0], time.monotonic
    monkeypatch.setattr(watched.time, "monotonic", lambda: real() + more[0])
    return more


@pytest.fixture
def store(sqlite_url: str, clock: list[float]) -> Iterator[Watched]:
    """The store of this test, with one load, looked at once."""
    load(sqlite_url, 1)
    found = Watched(sqlite_url)
    assert found.look().version == 1
    yield found
    found.close()


def path_of(store: Watched) -> Path:
    return Path(store.url.removeprefix("sqlite:///"))


def settle(path: Path, clock: list[float]) -> None:
    """A file that stands still, for long enough."""
    past = time.time() - 60
    os.utime(path, (past, past))
    clock[0] += SETTLE_SECONDS


def test_a_file_put_in_place_while_the_log_of_the_old_one_lies_there_is_not_mixed(
    store: Watched, clock: list[float], tmp_path: Path
) -> None:
    path, key = path_of(store), store.look().key
    with closing(sqlite3.connect(path)) as conn, closing(sqlite3.connect(tmp_path / "backup")) as backup:
        conn.backup(backup)
        backup.execute("UPDATE batch SET loaded_at = '2025-05-05 05:05:05.000000'")
        backup.commit()
    load(store.url, 2)
    assert Path(f"{path}-wal").stat().st_size > 0 and store.look().version == 2
    path.rename(tmp_path / "old")
    (tmp_path / "backup").rename(path)
    with pytest.raises(ReplacedStoreError):
        store.look()
    # The old log went into the old file, which is whole; the new file meets none.
    assert Path(f"{path}-wal").stat().st_size == 0
    with closing(sqlite3.connect(tmp_path / "old")) as old:
        assert old.execute("SELECT max(batch_id) FROM batch").fetchone() == (2,)
    settle(path, clock)
    found = store.look()
    assert found.version == 1 and found.key != key
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print("W12: 2 of 2 files whole, 0 mixed")


def test_a_log_that_somebody_still_reads_keeps_the_new_file_shut(
    store: Watched, clock: list[float], tmp_path: Path
) -> None:
    path = path_of(store)
    load(store.url, 2)
    shutil.copy(path, tmp_path / "backup")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM batch").fetchall()
        load(store.url, 3)
        store.look()
        (tmp_path / "backup").rename(path)
        for _ in range(2):
            with pytest.raises(ReplacedStoreError, match="-wal"):
                store.look()
            settle(path, clock)
    for name in ("-wal", "-shm"):
        Path(f"{path}{name}").unlink(missing_ok=True)
    assert store.look().version in (1, 2)


def test_a_store_with_the_same_number_of_another_load_has_another_key(store: Watched, clock: list[float]) -> None:
    """Restored over the very file, as `cp` does it: the inode stays."""
    path, before = path_of(store), store.look()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE batch SET loaded_at = '2025-05-05 05:05:05.000000'")
        conn.commit()
    after = store.look()
    assert after.version == before.version == 1 and after.key != before.key
    assert store.look().key == after.key


def test_a_file_that_never_was_and_one_that_went_are_two_things(sqlite_url: str, clock: list[float]) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".away"))
    found = Watched(sqlite_url)
    with pytest.raises(EmptyStoreError):
        found.look()
    path.with_suffix(".away").rename(path)
    assert found.look().version == 0
    path.rename(path.with_suffix(".away"))
    for _ in range(3):
        with pytest.raises(MissingStoreError):
            found.look()
        assert not path.exists(), "looking made an empty file where the store was"
    path.with_suffix(".away").rename(path)
    assert found.look().version == 0


@pytest.mark.parametrize("kind", ["empty", "text", "folder", "another program's"])
def test_what_is_no_store_of_ours(store: Watched, clock: list[float], kind: str, tmp_path: Path) -> None:
    path = path_of(store)

    def put() -> None:
        if kind == "folder":
            path.mkdir()
        elif kind == "empty":
            path.touch()
        elif kind == "text":
            path.write_bytes(b"no database " * 500)
        else:
            with closing(sqlite3.connect(path)) as conn:
                conn.execute("CREATE TABLE theirs (a)")

    path.rename(tmp_path / "old")
    put()
    for _ in range(2):
        with pytest.raises(ReplacedStoreError):
            store.look()
        settle(path, clock)
    with pytest.raises(ReplacedStoreError, match="空的、损坏的"):
        store.look()
    # A process that begins now: only what is empty may be filled.
    with pytest.raises(EmptyStoreError if kind == "empty" else DamagedStoreError):
        Watched(store.url).look()


def test_a_file_of_another_version_is_not_read(store: Watched, clock: list[float]) -> None:
    with closing(sqlite3.connect(path_of(store))) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '0001'")
        conn.commit()
    with pytest.raises(StoreVersionError):
        store.look()


LOCK = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("PRAGMA locking_mode=EXCLUSIVE")
conn.execute("BEGIN EXCLUSIVE")
conn.execute("UPDATE batch SET seconds = 2")
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_store_that_nobody_may_read_is_told_at_once_after_one_wait(sqlite_url: str) -> None:
    load(sqlite_url, 1)
    found = Watched(sqlite_url)
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, sqlite_url.removeprefix("sqlite:///")], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == b"locked\n"
        begun = time.monotonic()
        for _ in range(20):
            with pytest.raises(LockedStoreError):
                found.look()
        took = time.monotonic() - begun
        other.stdin.close()
    assert took < 2 * watched.WAIT_MS / 1000, took
    time.sleep(watched.REMEMBER_SECONDS)
    assert found.look().version == 1
    found.close()
    print(f"locked: 20 looks took {took:.1f} s")


def test_events_never_go_into_an_audit_file_that_was_moved_away(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///")).with_suffix(".audit.db")
    audit.append(open_audit(sqlite_url), "sign_in", actor="a", object="role:leader", details={})
    assert open_audit(sqlite_url) is open_audit(sqlite_url)
    file.rename(tmp_path / "moved")
    for name in ("-wal", "-shm"):
        Path(f"{file}{name}").rename(tmp_path / f"moved{name}")
    audit.append(open_audit(sqlite_url), "sign_in", actor="b", object="role:leader", details={})
    assert [event.actor for event in audit.read(open_audit(sqlite_url))] == ["b"]
    open_audit.cache_clear()
    with closing(sqlite3.connect(tmp_path / "moved")) as moved:
        assert moved.execute("SELECT actor FROM audit_event").fetchall() == [("a",)]


def test_a_store_that_a_server_has_open_is_not_deleted(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; from data.watched import Watched; Watched(sys.argv[1]).look(); "
         "print('open', flush=True); sys.stdin.read()", sqlite_url],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as server:  # fmt: skip
        assert server.stdout is not None and server.stdin is not None
        assert server.stdout.readline() == b"open\n"
        assert not served.remove_unserved(sqlite_url) and path.exists()
        # What a served store allows: loading.
        load(sqlite_url, 1)
        server.kill()
    assert served.remove_unserved(sqlite_url) and not path.exists()
    print("R14: 0 served stores deleted")
