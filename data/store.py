"""Opening the store: SQLite (WAL) as the embedded default, PostgreSQL + PostGIS for a server.

On SQLite a write transaction begins IMMEDIATE, so that a second writer waits (up to the busy timeout) instead of
failing in the middle; readers go on reading the last committed state. Nobody else sets up a connection.
"""

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from data import faults
from data.errors import NoStoreError, StoreError, StoreVersionError
from data.faults import in_our_words
from data.settings import settings

BUSY_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 5
"""A PostgreSQL that does not answer by then is out of reach: nobody waits for the minutes of the network."""
WRITE_CACHE_KIB = 128 * 1024


def open_store(url: str, *, must_exist: bool = False, wait_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """The engine for a store's address; makes the folder of a SQLite file.

    must_exist : a SQLite file that is not there is never made, not now and not by a later connection either.
    wait_ms : how long a reader waits for a lock on SQLite; a writer waits BUSY_TIMEOUT_MS whatever it is.
    Raises NoStoreError for an address that is none, EmptyStoreError for a missing SQLite file when `must_exist`.
    """
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except ArgumentError as error:
        # Not the address itself: a password may stand in it.
        raise NoStoreError(
            "数据库地址（WANGGE_DATABASE）无法识别；请管理员按 README 改正后重新启动。",
            "WANGGE_DATABASE is no database address; the administrator corrects it as README says and starts again.",
            "sqlite:///FILE, postgresql://USER@HOST/NAME",
        ) from error
    if backend == "sqlite":
        return _open_sqlite(address.render_as_string(hide_password=False), address.database, must_exist, wait_ms)
    if backend == "postgresql":
        own = address.set(drivername="postgresql+psycopg")
        waits = {} if "connect_timeout" in own.query else {"connect_timeout": CONNECT_SECONDS}
        return create_engine(own, pool_pre_ping=True, connect_args=waits)
    raise NoStoreError(
        "数据库地址（WANGGE_DATABASE）不是可用的类型；请管理员按 README 改正后重新启动。",
        "WANGGE_DATABASE is of a kind that is not supported; the administrator corrects it and starts again.",
        f"{backend}: sqlite, postgresql",
    )


def _open_sqlite(url: str, database: str | None, must_exist: bool, wait_ms: int) -> Engine:
    path = _file(database)
    if path:
        if must_exist and not path.exists():
            raise faults.no_file(path.name)
        if not must_exist:
            _make_folder(path)
    engine = create_engine(url)

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> Any:
        if path is None:
            return _prepared(dialect.connect(*args, **options), wait_ms)
        try:
            if not must_exist:
                return _prepared(dialect.connect(*args, **options), wait_ms)
            return _prepared(dialect.connect(_as_uri(path, "rw"), **{**options, "uri": True}), wait_ms)
        except sqlite3.OperationalError:
            if not path.is_file() or is_writable(path):
                raise
        # Nothing can be written here, so SQLite may lack the files beside it that it reads by.
        mode = "ro" if _has_log(path) else "ro&immutable=1"
        return _prepared(dialect.connect(_as_uri(path, mode), **{**options, "uri": True}), wait_ms)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS if is_writing else wait_ms}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _as_uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _prepared(connection: Any, wait_ms: int) -> Any:
    # The driver's own BEGIN is switched off: transactions are begun by _begin.
    connection.isolation_level = None
    try:
        for pragma in (
            f"busy_timeout={wait_ms}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}").close()
        # What cannot be read shows here, and not in the middle of a page.
        connection.execute("SELECT count(*) FROM sqlite_master").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    try:
        return Path(f"{path}-wal").stat().st_size > 0
    except OSError:
        return False


def is_writable(path: Path) -> bool:
    """Whether this process may write a SQLite file: SQLite writes beside it as well."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def cells_folder(engine: Engine) -> Path | None:
    """Where the cell tables of the boundaries are kept: `DATABASE.cells` beside a SQLite file, else WANGGE_CACHE.

    What lies there is made from the boundaries and may be removed at any time. None for a store in memory.
    """
    if engine.dialect.name != "sqlite":
        return settings().cache / "cells"
    return None if is_in_memory(engine) else Path(f"{engine.url.database}.cells")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            "无法建立数据库所在的文件夹；请换一个位置或检查权限。",
            "Cannot make the folder of the database; choose another place or check its rights.",
            f"{path.parent}: {error.strerror}",
        ) from error


@contextmanager
def reading(engine: Engine, areas: Collection[int] | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the store from beginning to end.

    areas : ids of the areas whose rows, with everything inside, PostgreSQL is to let through (row-level security); None
    for what is no single person's or passes `portal.reads` afterwards. SQLite has no such rules.
    Raises NoStoreError, of the kind that fits, when the store cannot be read.
    """
    with in_our_words(engine), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            _let_through(connection, "all" if areas is None else ",".join(map(str, sorted(areas))))
            yield connection


def _let_through(connection: Connection, areas: str) -> None:
    """Whose rows this transaction sees; the setting ends with it, so a pooled connection keeps nothing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('wangge.areas', :areas, true)"), {"areas": areas})


@contextmanager
def _much_cache(connection: Connection) -> Iterator[None]:
    """Room for the pages of a load on SQLite: an index grows everywhere at once, pages out of reach are read again."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    usual = driver.execute("PRAGMA cache_size").fetchone()[0]
    driver.execute(f"PRAGMA cache_size=-{WRITE_CACHE_KIB}").close()
    try:
        yield
    finally:
        driver.execute(f"PRAGMA cache_size={usual}").close()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: all of it is kept, or nothing of it when an exception leaves the block."""
    with engine.connect() as connection:
        connection = connection.execution_options(is_writing=True)
        with _much_cache(connection), connection.begin():
            if connection.dialect.name == "postgresql":
                # One load at a time, as on SQLite; readers are not held up.
                connection.execute(text("SELECT pg_advisory_xact_lock(42282500)"))
            _let_through(connection, "all")
            yield connection


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A short write of a few rows (an account, a link): as `writing`, but it does not wait for a load on PostgreSQL.

    Raises NoStoreError, of the kind that fits, when nothing can be changed.
    """
    with in_our_words(engine), engine.connect() as connection:
        connection = connection.execution_options(is_writing=True)
        with connection.begin():
            yield connection


def _alembic(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the tables to this program's version; does nothing when they are."""
    with in_our_words(engine):
        command.upgrade(_alembic(engine), "head")


@lru_cache(maxsize=1)
def head_revision() -> str | None:
    """The version of the tables that this program reads."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def check_ready(engine: Engine) -> None:
    """Raises EmptyStoreError when there are no tables, NoStoreError when the store cannot be opened or is none, and
    StoreVersionError when the tables are of another version."""
    with in_our_words(engine), engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if "batch" not in tables:
            # A file with tables of somebody else's: loading into it would mix them with ours.
            is_foreign = engine.dialect.name == "sqlite" and bool(tables - {"alembic_version"})
            raise faults.damaged() if is_foreign else faults.no_tables()
        found = MigrationContext.configure(connection).get_current_revision()
    if found != head_revision():
        raise StoreVersionError(
            "数据库版本与程序不一致；请运行 python -m etl upgrade。",
            "The database is of another version than this program; run python -m etl upgrade.",
        )


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address; None for any other address, and for a store in memory."""
    try:
        address = make_url(url)
    except ArgumentError:
        return None
    return _file(address.database) if address.get_backend_name() == "sqlite" else None


def file_at(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path, whatever it is called: its device and inode; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_in_memory(engine: Engine) -> bool:
    """Whether a store lives in this process alone, where each thread has one of its own."""
    return engine.dialect.name == "sqlite" and _file(engine.url.database) is None


def _file(database: str | None) -> Path | None:
    """The file of a SQLite store; None for one in memory."""
    return Path(database) if database and database != ":memory:" else None


def is_ready(engine: Engine) -> bool:
    """Whether the store can be read by this program; looking leaves no file behind where there is none."""
    if engine.dialect.name == "sqlite" and (path := _file(engine.url.database)) and not path.exists():
        return False
    try:
        check_ready(engine)
    except StoreError:
        return False
    return True
