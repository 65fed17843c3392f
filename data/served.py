"""A mark that a store is being served (正在使用): nobody deletes or rebuilds a file that a server has open.

Every server holds a shared lock on `NAME.served` beside the SQLite file for as long as it lives; the system gives it
back however the server ends. Who wants to delete the store asks for the lock alone. Loading and upgrading need none.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.store import sqlite_file

_held: dict[str, int] = {}


def _mark(url: str) -> Path | None:
    path = sqlite_file(url)
    return Path(f"{path}.served") if path else None


def hold(url: str) -> None:
    """Mark a store as served until this process ends; where nothing can be written beside it, nobody can delete it."""
    mark = _mark(url)
    if mark is None or str(mark) in _held:
        return
    try:
        lock = _opened(mark)
    except OSError:
        return
    # Waits only while somebody deletes or rebuilds it, which ends.
    fcntl.flock(lock, fcntl.LOCK_SH)
    _held[str(mark)] = lock


def _opened(mark: Path) -> int:
    try:
        return os.open(mark, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
        return os.open(mark, os.O_RDONLY)


@contextmanager
def alone(url: str) -> Iterator[bool]:
    """Whether no server has the store open; none begins to serve it before the block ends."""
    mark = _mark(url)
    if mark is None:
        yield False
        return
    lock = _opened(mark)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(lock)


def remove_unserved(url: str) -> bool:
    """Delete a SQLite store with its logs, unless a server has it open; whether it is gone."""
    path = sqlite_file(url)
    with alone(url) as may:
        if may and path:
            for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                name.unlink(missing_ok=True)
    return may
