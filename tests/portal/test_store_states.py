"""A store that is moved, replaced, locked or made read-only under a running server: told soon, and back by itself.

One server for all of it, behind a trusted proxy's header, with open sessions whose timers ring as in a browser.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data import accounts, served
from data.store import changing, open_store
from tests.portal.tiny_county import COUNTY, build
from tests.support.server import ROOT, Server, obeying, running_server
from tests.support.sockets import Socket, open_socket

HEADER = "X-Forwarded-User"
TOLD_SECONDS, BACK_SECONDS = 30, 60
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """A running server, its store's file, and the token of a screen."""

    server: Server
    file: Path
    token: str

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"{self.server.url}/health", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    file = tmp_path_factory.mktemp("states") / "store" / "tiny.db"
    file.parent.mkdir()
    url = build(file)
    engine = open_store(url)
    with changing(engine) as conn:
        accounts.add_account(conn, "boss", "leader", [COUNTY], by="test", now=NOW)
        accounts.add_account(conn, "gone", "leader", [COUNTY], by="test", now=NOW)
        _, token = accounts.add_link(conn, COUNTY, "大厅", NOW + timedelta(days=1), by="test", now=NOW)
    engine.dispose()
    environ = {"WANGGE_IDENTITY": "proxy", "WANGGE_RECHECK_SECONDS": "1"}
    with running_server(url, obeys_modes=True, **environ) as server:
        yield Place(server, file, token)


def until(is_so: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds until something is so; the test fails when it is not so in time."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds, what
        time.sleep(0.5)
    return time.monotonic() - begun


def ticked(session: Socket, words: str) -> bool:
    """Whether a session shows some words after its timers rang; nobody clicks."""
    return words.encode() in session.tick() + session.seen


@contextmanager
def sessions(place: Place) -> Iterator[tuple[Socket, Socket]]:
    """A leader's open page and a screen's wall, both with their numbers."""
    with ExitStack() as stack:
        page = stack.enter_context(open_socket(place.server.url, {HEADER: "boss"}))
        wall = stack.enter_context(open_socket(place.server.url))
        page.visit("visits")
        wall.visit(screen_link=place.token)
        assert page.shows("宣恩县") and wall.shows("宣恩县") and not page.shows('class="wg-band"')
        yield page, wall


def goes_and_comes(place: Place, state: str, title: str, spoil: Callable[[], None], heal: Callable[[], None]) -> None:
    """Spoil the store: health, an open page and the wall say so; heal it: all is as before, and nobody clicked."""
    until(lambda: place.health()[1]["state"] == "ok", BACK_SECONDS, "the store is not well to begin with")
    with sessions(place) as (page, wall):
        spoil()
        told = [
            until(lambda: place.health()[1]["state"] == state, TOLD_SECONDS, f"health does not say {state}"),
            until(lambda: ticked(page, title), TOLD_SECONDS, f"the open page does not say {state}"),
            until(lambda: ticked(wall, title), TOLD_SECONDS, f"the wall does not say {state}"),
        ]
        # The wall keeps its last picture, or reads on.
        assert wall.shows("map_wall") or wall.shows("deckGlJsonChart") or wall.shows("wg-w-side")
        code, said = place.health()
        assert said["ok"] is False and code == (200 if state in ("locked", "read_only") else 503)
        heal()
        back = [
            until(
                lambda: place.health() == (200, {"ok": True, "state": "ok", "data_version": 1}), BACK_SECONDS, "back"
            ),
            until(lambda: not ticked(page, title), BACK_SECONDS, "the page"),
            until(lambda: not ticked(wall, title), BACK_SECONDS, "the wall"),
        ]
    print(f"W11, {state}: told after {sum(told):.1f} s, back after {sum(back):.1f} s")


def test_a_file_that_is_moved_away_and_put_back(place: Place) -> None:
    away = place.file.with_suffix(".away")

    def spoil() -> None:
        place.file.rename(away)

    def heal() -> None:
        with open_socket(place.server.url, {HEADER: "boss"}) as late:
            late.visit("overview")
            assert late.shows("数据库文件不见了") and late.shows("放回后自动继续") and not late.shows("宣恩县")
            away.rename(place.file)
            # Whoever came meanwhile is let in without a click.
            until(lambda: ticked(late, "宣恩县"), BACK_SECONDS, "a page that was opened meanwhile")

    goes_and_comes(place, "missing", "数据库文件不见了", spoil, heal)
    assert not away.exists() and list(place.file.parent.glob("*.away")) == []


def test_a_restored_file_rules_at_once_and_an_account_off_in_it_is_out(place: Place) -> None:
    until(lambda: place.health()[1]["state"] == "ok", BACK_SECONDS, "the store is not well to begin with")
    copy = place.file.with_suffix(".copy")
    with closing(sqlite3.connect(place.file)) as old, closing(sqlite3.connect(copy)) as new:
        # What was written last lies in the log beside the file.
        old.execute("UPDATE account SET changed_by = 'later' WHERE subject = 'boss'")
        old.commit()
        old.backup(new)
        new.execute("UPDATE account SET is_active = 0 WHERE subject = 'gone'")
        new.commit()
    with open_socket(place.server.url, {HEADER: "gone"}) as page, sessions(place) as (_, wall):
        page.visit("overview")
        assert page.shows("宣恩县") and Path(f"{place.file}-wal").stat().st_size > 0
        copy.replace(place.file)
        told = until(lambda: place.health()[1]["state"] == "replaced", TOLD_SECONDS, "health does not say replaced")
        assert place.health()[0] == 503
        until(lambda: ticked(page, "数据库文件被换过"), TOLD_SECONDS, "the page does not say replaced")
        until(lambda: ticked(wall, "数据库文件被换过"), TOLD_SECONDS, "the wall does not say replaced")
        out = until(lambda: ticked(page, "您的账户已停用"), BACK_SECONDS, "the account that is off stays in")
        back = until(lambda: place.health()[1]["state"] == "ok", BACK_SECONDS, "not back")
        until(lambda: not ticked(wall, "数据库文件被换过"), BACK_SECONDS, "the wall")
        assert "宣恩县".encode() not in page.click()
    with closing(sqlite3.connect(place.file)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT is_active FROM account WHERE subject = 'gone'").fetchone() == (0,)
        assert conn.execute("SELECT changed_by FROM account WHERE subject = 'boss'").fetchone() == ("later",)
    print(
        f"W11, replaced: told after {told:.1f} s, the account off in it out after {out:.1f} s, back {back:.1f} s later"
    )


@pytest.mark.parametrize(
    "what",
    ["folder", pytest.param("empty", marks=pytest.mark.soak), pytest.param("foreign", marks=pytest.mark.soak)],
)
def test_what_is_no_store_of_ours_is_not_served_and_begins_nothing(place: Place, what: str, tmp_path: Path) -> None:
    away = place.file.with_suffix(".away")

    def spoil() -> None:
        place.file.rename(away)
        if what == "folder":
            place.file.mkdir()
        elif what == "empty":
            place.file.touch()
        else:
            place.file.write_bytes(b"not a database at all" * 100)
        old = time.time() - 60
        os.utime(place.file, (old, old))

    def heal() -> None:
        # Not the desk of a first load: nobody loads anew what was only mislaid.
        with open_socket(place.server.url, {HEADER: "boss"}) as late:
            until(lambda: "现在的文件是空的".encode() in late.visit("overview"), TOLD_SECONDS, "says what stands there")
            assert not late.shows("make run")
        if what == "folder":
            place.file.rmdir()
        else:
            place.file.unlink()
        away.rename(place.file)

    goes_and_comes(place, "replaced", "数据库文件被换过", spoil, heal)


def test_a_lock_that_stays_is_told_and_reading_goes_on(place: Place) -> None:
    with closing(sqlite3.connect(place.file, isolation_level=None)) as other:

        def spoil() -> None:
            other.execute("BEGIN EXCLUSIVE")

        def heal() -> None:
            with open_socket(place.server.url, {HEADER: "boss"}) as late:
                begun = time.monotonic()
                late.visit("overview")
                assert late.shows("宣恩县") and late.shows("可以照常查看") and time.monotonic() - begun < 5
            other.execute("ROLLBACK")

        goes_and_comes(place, "locked", "数据库被锁住", spoil, heal)


def test_a_store_that_may_not_be_written_is_read_and_nothing_else(place: Place) -> None:
    folder = place.file.parent

    def mode(file: int, of_folder: int) -> None:
        for one in folder.glob("tiny.db*"):
            one.chmod(file)
        folder.chmod(of_folder)

    def heal() -> None:
        url = f"sqlite:///{place.file}"
        refused = as_no_root(url, "-c", REFUSED)
        assert refused.stdout.count("数据库是只读的") == 3, refused.stdout + refused.stderr
        mode(0o644, 0o755)

    goes_and_comes(place, "read_only", "数据库只读", lambda: mode(0o444, 0o555), heal)


REFUSED = """
from data.errors import StoreError
from data.store import changing
from portal import actions, loading
from portal.identity import Viewer
from portal.snapshot import current, store

def write():
    with changing(store()) as conn:
        conn.exec_driver_sql("UPDATE account SET is_active = 0")

assert current().version == 1
for attempt in (
    write,
    lambda: actions.add_account(Viewer("admin", "422825", "internal"), "new", "leader", ["422825"]),
    lambda: loading._start(Viewer("steward", "422825", "internal"), "load", [], "zh"),
):
    try:
        attempt()
    except StoreError as error:
        print(error.zh)
"""


def as_no_root(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of Python that files' modes hold for."""
    return subprocess.run(
        ["setpriv", *obeying(), "--pdeathsig=TERM", sys.executable, *arguments], cwd=ROOT, capture_output=True,
        text=True, check=False, env={**os.environ, "WANGGE_DATABASE": url, "WANGGE_IDENTITY": "demo"},
    )  # fmt: skip


def test_a_store_that_a_server_has_open_is_not_deleted(place: Place, tmp_path: Path) -> None:
    assert place.health()[0] == 200
    assert not served.remove_unserved(f"sqlite:///{place.file}") and place.file.exists()
    other = tmp_path / "other.db"
    shutil.copy(place.file, other)
    assert served.remove_unserved(f"sqlite:///{other}") and not other.exists()
