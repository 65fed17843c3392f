"""A store that is looked after while it is served (看守数据库): is it still there, and still the same one.

One stat at each look tells whether the SQLite file was moved away, replaced or written by others; one query tells the
version of its tables, of its data, and which load that was. An engine belongs to one file: when another one stands at
the address, the old connections are closed, and the new file is opened once it stands still. A restored store may hold
another load under the same number, so whatever is kept is kept under `Look.key`, never under the number alone.
"""

import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from data import faults, queries, served
from data.errors import DamagedStoreError, EmptyStoreError, NoStoreError, StoreVersionError
from data.store import check_ready, file_at, head_revision, is_writable, open_store, reading, sqlite_file

WAIT_MS = 1_500
"""How long a reader waits for a lock; readers never wait for a load, so whoever waits longer waits for a stranger."""
SETTLE_SECONDS, STILL_SECONDS, LONGEST_SETTLE_SECONDS = 5.0, 2.0, 25.0
"""A replaced file is opened after so long, once nobody has written to it for so long; after so long in any case."""
REMEMBER_SECONDS = 2.0
"""Who asks soon after a look that failed gets its answer, instead of waiting for the same lock or line again."""
LOCKED_SECONDS = 4.0
"""A writer that has waited for so long waits for more than the end of a load."""


@dataclass(frozen=True)
class Standing:
    """A file as one stat shows it: which one it is, and when it was last written."""

    device: int
    inode: int
    written_ns: int
    size: int

    @property
    def file(self) -> tuple[int, int]:
        return self.device, self.inode


def standing(path: Path) -> Standing | None:
    """The regular file at a path; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Standing(found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size) if path.is_file() else None


@dataclass(frozen=True)
class Look:
    """What one look found: the engine, the number of the last load that changed something, a key that no other state of
    a store has, and the number of the last load of all."""

    engine: Engine
    version: int
    key: str
    loads: int


class Watched:
    """The store at one address, as one process sees it. Safe for many threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._path = sqlite_file(url)
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._known: Standing | None = None
        # A connection of our own to the file that is served. It keeps that file's number from being given to another
        # one, its log from being written into it when the others close, and its log can be emptied when it was moved.
        self._anchor: Any = None
        self._log_file: tuple[int, int] | None = None
        self._noticed: tuple[tuple[int, int], float] | None = None
        self._failed: tuple[float, NoStoreError | StoreVersionError] | None = None
        self._busy_since: float | None = None

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self) -> Look:
        """Raises NoStoreError, of the kind that fits, or StoreVersionError when there is nothing to read."""
        with self._lock:
            if self._failed and time.monotonic() - self._failed[0] < REMEMBER_SECONDS:
                again = self._failed[1]
                raise type(again)(again.zh, again.en, again.inner)
        try:
            found = self._look()
        except (NoStoreError, StoreVersionError) as error:
            self._failed = (time.monotonic(), error) if _is_slow(error) else None
            raise
        self._failed = None
        return found

    def engine(self) -> Engine:
        """The engine of what stands at the address now. Raises as `look` does, without asking the store anything."""
        with self._lock:
            if self._path is not None:
                return self._of_file(self._path)
            if self._engine is None:
                self._engine = open_store(self.url, must_exist=True, wait_ms=WAIT_MS)
                served.hold(self.url)
            return self._engine

    def is_still(self, engine: Engine) -> bool:
        """Whether an engine is that of the file that stands at the address now."""
        with self._lock:
            found = standing(self._path) if self._path else None
            is_same = self._path is None or (found and self._known and found.file == self._known.file)
            return bool(is_same) and engine is self._engine

    def _look(self) -> Look:
        engine = self.engine()
        try:
            with reading(engine) as conn:
                revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
                if revision == head_revision():
                    version = queries.data_version(conn)
                    key = self._key(queries.identity(conn), version)
                    return Look(engine, version, key, queries.last_batch(conn))
        except EmptyStoreError:
            # The file went between the stat and the query.
            raise faults.missing() if self._known else faults.no_file() from None
        except NoStoreError:
            raise
        except DBAPIError as error:
            # A table is not there: which, and so what it is instead, is found out here.
            check_ready(engine)
            raise faults.unreachable(faults.first_line(error)) from error
        check_ready(engine)
        raise faults.unreachable("the tables changed between two looks")

    def _key(self, identity: str, version: int) -> str:
        file = self._known.file if self._known else ()
        return f"{version}-{sha256(repr((self.url, file, identity)).encode()).hexdigest()[:12]}"

    # --- the file -----------------------------------------------------------------------------------------------------

    def _of_file(self, path: Path) -> Engine:
        found = standing(path)
        if self._engine is None or self._known is None:
            return self._begin(path, found)
        if found is None:
            self._noticed = None
            # A folder where the file was is another thing than no file.
            raise faults.unfit() if path.exists() else faults.missing()
        if found.file != self._known.file:
            return self._take_over(path, found)
        self._noticed = None
        if found != self._known:
            # Written by others, perhaps over the very file: what a connection remembers of its pages may be past.
            self._engine.dispose()
            self._known = found
        self._log_file = file_at(Path(f"{path}-wal")) or self._log_file
        return self._engine

    def _begin(self, path: Path, found: Standing | None) -> Engine:
        """The first opening in this process."""
        if found is None and path.exists():
            raise faults.damaged()
        engine = open_store(self.url, must_exist=True, wait_ms=WAIT_MS)
        served.hold(self.url)
        try:
            check_ready(engine)
        except BaseException:
            # Nothing was served yet, so nothing can be missed or replaced.
            engine.dispose()
            raise
        self._serve(engine, path)
        return engine

    def _serve(self, engine: Engine, path: Path) -> None:
        connection = engine.raw_connection()
        anchor = connection.driver_connection
        connection.detach()
        self._engine, self._known, self._noticed = engine, standing(path), None
        self._anchor, self._log_file = anchor, file_at(Path(f"{path}-wal"))

    def _leave(self) -> None:
        """Close what is open of a file that is not at its place any more; its log is written into it, wherever it is.

        Or the log would be taken for that of the file which stands there now.
        """
        assert self._engine is not None
        self._engine.dispose()
        if self._anchor is not None:
            with suppress(sqlite3.Error):
                self._anchor.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            self._anchor.close()
            self._anchor = None

    def _take_over(self, path: Path, found: Standing) -> Engine:
        """Another file stands where the one we serve was. Raises ReplacedStoreError until that can be read."""
        now = time.monotonic()
        if self._noticed is None or self._noticed[0] != found.file:
            self._noticed = (found.file, now)
            self._leave()
        waited, log = now - self._noticed[1], Path(f"{path}-wal")
        if self._log_file and file_at(log) == self._log_file and log.stat().st_size:
            raise faults.stale_log()
        is_moving = time.time() - found.written_ns / 1e9 < STILL_SECONDS and waited < LONGEST_SETTLE_SECONDS
        if waited < SETTLE_SECONDS or is_moving:
            raise faults.settling()
        engine = open_store(self.url, must_exist=True, wait_ms=WAIT_MS)
        try:
            check_ready(engine)
        except (EmptyStoreError, DamagedStoreError):
            engine.dispose()
            raise faults.unfit() from None
        except BaseException:
            engine.dispose()
            raise
        self._serve(engine, path)
        return engine

    # --- what can be changed ------------------------------------------------------------------------------------------

    def change_fault(self) -> NoStoreError | None:
        """Why nothing can be changed in a store that can be read; None when it can, or when there is none to ask."""
        if self._path is None or self._engine is None or standing(self._path) is None:
            return None
        if not is_writable(self._path):
            return faults.read_only()
        if self._is_free():
            self._busy_since = None
            return None
        self._busy_since = self._busy_since or time.monotonic()
        return faults.locked_for_changes() if time.monotonic() - self._busy_since >= LOCKED_SECONDS else None

    def file_key(self) -> str:
        """Which store this is: the file, or the address. A load does not change it."""
        return f"{self.url} {self._known.file if self._known else ''}"

    def wait_for_writers(self) -> None:
        """Until the lock of writers is free, or has been held for so long that it is a fault."""
        while self._busy_since and time.monotonic() - self._busy_since < LOCKED_SECONDS:
            time.sleep(0.2)
            if self._is_free():
                self._busy_since = None

    def is_waiting(self) -> bool:
        """Whether somebody has held the lock of writers since a moment ago, not yet so long that it is a fault."""
        return self._busy_since is not None

    def _is_free(self) -> bool:
        """Whether the lock of writers could be had at once."""
        assert self._engine is not None
        try:
            raw = self._engine.raw_connection()
        except Exception:
            return True  # `look` says what is wrong
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA busy_timeout=0")
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        except Exception as error:
            return "locked" not in str(error)
        finally:
            raw.close()
        return True

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            if self._anchor is not None:
                self._anchor.close()


def _is_slow(error: NoStoreError | StoreVersionError) -> bool:
    """Whether finding that out may have taken a wait."""
    return error.state in ("locked", "unreachable")
