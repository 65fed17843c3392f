"""What is wrong with a store, in our own words (数据库故障): the one place where the text of a driver ends.

A driver names user, host, port, file and statement. That goes into `inner`, for the log and for whoever types a command
on the server, and never into a sentence. Each sentence says what is so and what to do; it comes back by itself.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.errors import (
    DamagedStoreError,
    EmptyStoreError,
    FullStoreError,
    LockedStoreError,
    MissingStoreError,
    NoStoreError,
    ReadOnlyStoreError,
    ReplacedStoreError,
)


def no_file(name: str = "") -> EmptyStoreError:
    """There never was a file, as far as this process knows."""
    return EmptyStoreError(
        "找不到数据库文件；请先运行 make run 或 python -m etl load 载入数据。",
        "There is no database file; run make run or python -m etl load first.",
        name,
    )


def no_tables() -> EmptyStoreError:
    return EmptyStoreError(
        "数据库里还没有数据表；请先运行 make run 或 python -m etl load 载入数据。",
        "The database has no tables yet; run make run or python -m etl load first.",
    )


def missing() -> MissingStoreError:
    return MissingStoreError(
        "数据库文件被移走或删除了。请管理员放回原处或从备份恢复，放回后自动继续；要从空库开始，请重新启动服务。",
        "The database file was moved or deleted. The administrator puts it back or restores a backup, and this "
        "goes on by itself; to begin with an empty one, start the server again.",
    )


def settling() -> ReplacedStoreError:
    return ReplacedStoreError(
        "数据库文件刚被换成另一个，正在等它写完再打开；片刻后自动恢复，登录和权限以新文件为准。",
        "The database file was just replaced by another one, which is opened once it stands still. This returns by "
        "itself in a moment; rights are then those of the new file.",
    )


def stale_log() -> ReplacedStoreError:
    return ReplacedStoreError(
        "数据库文件被换过，但旁边还留着旧文件的 -wal 日志，混在一起会损坏数据，所以没有打开。"
        "请管理员把旧的 -wal 和 -shm 文件移走，之后自动恢复。",
        "The database file was replaced, but the -wal log of the old one still lies beside it; together they would "
        "spoil the data, so it was not opened. The administrator moves the old -wal and -shm files away, and this "
        "returns by itself.",
    )


def unfit() -> ReplacedStoreError:
    return ReplacedStoreError(
        "数据库文件被换过，现在的文件是空的、损坏的，或不是本系统的数据库。请管理员放回正确的文件，之后自动恢复。",
        "The database file was replaced, and what stands there now is empty, damaged or not of this program. The "
        "administrator puts the right file back, and this returns by itself.",
    )


def damaged(inner: str = "") -> DamagedStoreError:
    return DamagedStoreError(
        "无法打开数据库：那里不是本系统的数据库文件，或文件已损坏。请管理员检查 WANGGE_DATABASE，或从备份恢复。",
        "Cannot open the database: what stands there is no database of this program, or is damaged. The administrator "
        "checks WANGGE_DATABASE, or restores a backup.",
        inner,
    )


def locked(inner: str = "") -> LockedStoreError:
    return LockedStoreError(
        "数据库正被另一个程序锁住，暂时不能读写；锁一放开就自动恢复。若一直如此，请管理员查看是哪个程序占用了它。",
        "Another program keeps the database locked: it cannot be read or written for now. This returns by itself once "
        "the lock is gone; if it lasts, the administrator looks which program holds it.",
        inner,
    )


def locked_for_changes() -> LockedStoreError:
    return LockedStoreError(
        "数据库正被另一个程序锁住：可以照常查看，修改和载入要等它放开。",
        "Another program keeps the database locked: reading goes on, changes and loads wait for it.",
    )


def read_only(inner: str = "") -> ReadOnlyStoreError:
    return ReadOnlyStoreError(
        "数据库是只读的：可以照常查看，不能修改账户，也不能载入。请管理员检查数据库文件及其文件夹的写权限。",
        "The database is read-only: reading goes on, accounts cannot be changed and nothing can be loaded. The "
        "administrator checks the right to write to its file and folder.",
        inner,
    )


def full(inner: str = "") -> FullStoreError:
    return FullStoreError(
        "没有写入：磁盘空间不足，数据保持原样。请管理员腾出空间后再试。",
        "Nothing was written: the disk is full; the data are as they were. Make room and try again.",
        inner,
    )


def unreachable(inner: str = "") -> NoStoreError:
    return NoStoreError(
        "无法打开数据库：服务没有启动、连不上，或没有权限。请管理员检查；恢复后自动继续。",
        "Cannot open the database: its service is down, out of reach, or does not let us in. The administrator checks "
        "it; this goes on by itself once it is back.",
        inner,
    )


_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: locked, sqlite3.SQLITE_LOCKED: locked, sqlite3.SQLITE_READONLY: read_only,
    sqlite3.SQLITE_FULL: full, sqlite3.SQLITE_CORRUPT: damaged, sqlite3.SQLITE_NOTADB: damaged,
    sqlite3.SQLITE_CANTOPEN: unreachable, sqlite3.SQLITE_IOERR: unreachable, sqlite3.SQLITE_PERM: unreachable,
    sqlite3.SQLITE_AUTH: unreachable, sqlite3.SQLITE_PROTOCOL: locked,
}  # fmt: skip
_OF_POSTGRES = {"25006": read_only, "53100": full, "55P03": locked, "42501": unreachable}
"""SQLSTATE of what is not just out of reach."""


def told(error: BaseException) -> NoStoreError | None:
    """What a driver's error means for the store; None where it is a fault of the program or of the rows."""
    if isinstance(error, PoolTimeoutError):
        return unreachable(str(error))
    if not isinstance(error, DBAPIError):
        return None
    inner = first_line(error)
    if isinstance(error.orig, sqlite3.Error):
        # The lower byte is the kind, the rest tells kinds apart further.
        make = _OF_SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        return make(inner) if make else None
    make = _OF_POSTGRES.get(getattr(error.orig, "sqlstate", None) or "")
    if make:
        return make(inner)
    is_away = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return unreachable(inner) if is_away else None


@contextmanager
def in_our_words(engine: Engine | None = None) -> Iterator[None]:
    """What a driver says of the store leaves this block as NoStoreError; faults of the program pass as they are."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        found = told(error)
        if found is None:
            raise
        raise (_at(engine, found) if engine is not None else found) from error


def _at(engine: Engine, found: NoStoreError) -> NoStoreError:
    """SQLite says "unable to open" of a missing file, a folder and a lack of rights alike: told apart here."""
    path = Path(engine.url.database) if engine.dialect.name == "sqlite" and engine.url.database else None
    if path is None or type(found) is not NoStoreError:
        return found
    if path.is_dir():
        return damaged(found.inner)
    return no_file(path.name) if not path.exists() else found


def first_line(error: SQLAlchemyError) -> str:
    """The first line of what a driver says: where and as whom it tried, never a password."""
    cause = getattr(error, "orig", error)
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
