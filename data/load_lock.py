"""One load at a time (装载锁): whatever writes data waits here for what writes now, before it reads the store.

On SQLite it is a lock on a file beside the store, on PostgreSQL one of a session on a connection of its own. Both end
with the process that holds them, however that ends, and are free for the next at once. Reading never waits, nor do
accounts and links, which are no data.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, NullPool, TextClause, create_engine, text
from sqlalchemy.exc import OperationalError

from data.errors import NoStoreError, StoreError
from data.settings import settings
from data.store import is_in_memory

LOOK_SECONDS = 0.2
"""How often one that waits looks whether it is its turn."""
KEY = 42282502
"""Of the lock on PostgreSQL; that of a write transaction is the number before (data.store)."""
CHINA = ZoneInfo("Asia/Shanghai")

KINDS = {
    "load": ("装载", "load"), "undo": ("撤销", "undoing of a load"), "rollup": ("重算", "roll-up"),
    "purge": ("清理", "purge"), "expect": ("官方数填写", "entry of an official count"),
    "target": ("目标填写", "entry of a goal"), "upgrade": ("数据库升级", "upgrade of the database"),
    "release": ("公开数发布", "release of public numbers"),
}  # fmt: skip
"""What writes data, in words."""


@dataclass(frozen=True)
class Holder:
    """Who has the lock: a code of KINDS, and since when (UTC, ISO); empty where that is not known."""

    kind: str = ""
    since: str = ""

    def words(self, lang: str) -> str:
        """Who writes now, as the beginning of a sentence.

        >>> Holder("load", "2026-11-29T14:05:31+00:00").words("zh")
        '另一次装载自 22:05 起正在进行'
        """
        zh, en = KINDS.get(self.kind, KINDS["load"])
        try:
            at = f"{datetime.fromisoformat(self.since).astimezone(CHINA):%H:%M}"
        except ValueError:
            return f"另一次{zh}正在进行" if lang == "zh" else f"Another {en} is running"
        return f"另一次{zh}自 {at} 起正在进行" if lang == "zh" else f"Another {en} is running since {at}"

    def waiting(self, lang: str) -> str:
        """What is said while one waits."""
        return self.words(lang) + (",正在等它结束……" if lang == "zh" else ", waiting for it to end …")


class StillRunningError(StoreError):
    """Another load did not end within the time that one waits; nothing was written. `code` and `status` are stable."""

    code = "BUSY"
    exit_status = 75
    """As mail programs say "try again later"."""

    def __init__(self, holder: Holder, seconds: float) -> None:
        minutes = seconds // 60
        limit = (f"{minutes:g} 分钟", f"{minutes:g} min") if minutes > 1 else (f"{seconds:g} 秒", f"{seconds:g} s")
        super().__init__(
            f"{holder.words('zh')},等了 {limit[0]}还没有结束,本次未写入任何内容;"
            "请等它结束后再试,或用 --wait 多等一会儿。",
            f"{holder.words('en')} and did not end within {limit[1]}, nothing was written; "
            "try again when it has ended, or wait longer with --wait.",
        )


Told = Callable[[Holder, float, float], None]
"""Hears who is waited for, for how many seconds so far, and for how many at most."""
_held = threading.local()


@contextmanager
def load_lock(
    engine: Engine, kind: str, *, seconds: float | None = None, told: Told = lambda holder, waited, most: None
) -> Iterator[None]:
    """Hold the lock of a store; whoever holds it in this thread holds it already.

    kind : of KINDS, for those who wait. seconds : how long to wait, default WANGGE_LOAD_WAIT.

    Raises StillRunningError when it is not free by then, NoStoreError for a store that cannot be reached.
    """
    most = settings().load_wait_seconds if seconds is None else seconds
    held: set[str] = _held.__dict__.setdefault("stores", set())
    name = str(engine.url)
    if is_in_memory(engine) or name in held:
        yield
        return
    with _lock_of(engine, kind) as lock:
        _wait(lock, most, told)
        held.add(name)
        try:
            yield
        finally:
            held.discard(name)


def _lock_of(engine: Engine, kind: str) -> AbstractContextManager["_FileLock | _SessionLock"]:
    return _on_file(engine, kind) if engine.dialect.name == "sqlite" else _on_session(engine, kind)


def _wait(lock: "_FileLock | _SessionLock", most: float, told: Told) -> None:
    began = time.monotonic()
    while not lock.take():
        waited = time.monotonic() - began
        holder = lock.holder()
        if waited >= most:
            raise StillRunningError(holder, most)
        told(holder, waited, most)
        time.sleep(min(LOOK_SECONDS, max(0.01, most - waited)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- SQLite -----------------------------------------------------------------------------------------------------------


def lock_file(engine: Engine) -> Path:
    """The file beside a SQLite store on which its loads have their lock; it says who holds it, and stays."""
    return Path(f"{os.path.realpath(engine.url.database or '')}.load-lock")


class _FileLock:
    """A file that is open, locked once `take` says so; the system lets go of it when the process ends."""

    def __init__(self, file: int, kind: str, *, is_writable: bool) -> None:
        self._file, self._kind, self._is_writable = file, kind, is_writable

    def take(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # On a full disk the lock holds all the same.
        with suppress(OSError):
            if self._is_writable:
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, json.dumps(asdict(Holder(self._kind, _now()))).encode(), 0)
        return True

    def holder(self) -> Holder:
        try:
            return Holder(**json.loads(os.pread(self._file, 1000, 0)))
        except (ValueError, TypeError):
            # Taken a moment ago, and not yet said by whom.
            return Holder()


@contextmanager
def _on_file(engine: Engine, kind: str) -> Iterator[_FileLock]:
    path = lock_file(engine)
    try:
        # Not handed on to the processes that read files: it would be held until the last of them has ended.
        file, is_writable = os.open(path, os.O_RDWR | os.O_CREAT, 0o660), True
    except PermissionError:
        # Made by another account that loads into this store.
        file, is_writable = os.open(path, os.O_RDONLY), False
    try:
        yield _FileLock(file, kind, is_writable=is_writable)
    finally:
        os.close(file)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


class _SessionLock:
    """A connection that does nothing but hold the lock: no pool takes it back, and it ends with its process."""

    def __init__(self, connection: Connection, kind: str) -> None:
        self._connection, self._kind = connection, kind

    def take(self) -> bool:
        if not self._ask(text("SELECT pg_try_advisory_lock(:key)"), key=KEY):
            return False
        # The one thing of another session that every role may read.
        name = f"wangge {self._kind} {_now()}"
        self._ask(text("SELECT set_config('application_name', :name, false)"), name=name)
        return True

    def holder(self) -> Holder:
        parts = str(self._ask(_HOLDER, key=KEY) or "").split(" ")
        return Holder(*parts[1:]) if len(parts) == 3 else Holder()

    def _ask(self, query: TextClause, **values: Any) -> Any:
        try:
            return self._connection.execute(query, values).scalar()
        except OperationalError as error:
            raise _unreachable(self._connection.engine, error) from error


_HOLDER = text(
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = :key AND l.objsubid = 1 AND l.granted "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_PATIENT = text(
    # A session that waits is not to be ended for it, and one whose machine is gone is to be missed within minutes.
    "SELECT set_config(name, value, false) FROM (VALUES ('idle_session_timeout', '0'), ('tcp_keepalives_idle', '60'), "
    "('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '6')) AS wanted (name, value) "
    "WHERE current_setting(name, true) IS NOT NULL"
)


@contextmanager
def _on_session(engine: Engine, kind: str) -> Iterator[_SessionLock]:
    own = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        connection = own.connect()
    except OperationalError as error:
        raise _unreachable(engine, error) from error
    with connection:
        connection.execute(_PATIENT)
        yield _SessionLock(connection, kind)


def _unreachable(engine: Engine, error: OperationalError) -> NoStoreError:
    place, why = engine.url.render_as_string(hide_password=True), str(error.orig).strip().splitlines()[0]
    return NoStoreError(f"无法打开数据库 {place}:{why}。", f"Cannot open the database {place}: {why}.")
