"""Opening the store: SQLite (WAL) as the embedded default, PostgreSQL + PostGIS for a server.

On SQLite a write transaction begins IMMEDIATE, so that a second writer waits (up to the busy timeout) instead of
failing in the middle; readers go on reading the last committed state. Nobody else sets up a connection.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from data.errors import EmptyStoreError, NoStoreError, StoreError, StoreVersionError
from data.settings import settings

BUSY_TIMEOUT_MS = 10_000
WRITE_CACHE_KIB = 128 * 1024


def open_store(url: str, *, must_exist: bool = False) -> Engine:
    """The engine for a store's address; makes the folder of a SQLite file.

    Raises StoreError for an address that is none, EmptyStoreError for a missing SQLite file when `must_exist`.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f"数据库地址无法识别:{url!r};请写成 sqlite:///文件 或 postgresql://用户@主机/库名。",
            f"Not a database address: {url!r}; write sqlite:///FILE or postgresql://USER@HOST/NAME.",
        ) from error
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address.render_as_string(hide_password=False), address.database, must_exist)
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise StoreError(
        f"不支持的数据库类型:{address.get_backend_name()};请使用 SQLite 或 PostgreSQL。",
        f"Unsupported database: {address.get_backend_name()}; use SQLite or PostgreSQL.",
    )


def _open_sqlite(url: str, database: str | None, must_exist: bool) -> Engine:
    if path := _file(database):
        if must_exist and not path.exists():
            raise EmptyStoreError(
                f"找不到数据库文件 {path.name};请先运行 make run 或 python -m etl load 载入数据。",
                f"There is no database file {path.name}; run make run or python -m etl load first.",
            )
        if not must_exist:
            _make_folder(path)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver's own BEGIN is switched off: transactions are begun by _begin below.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=NORMAL"
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


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
            f"无法建立数据库所在的文件夹 {path.parent}:{error.strerror};请换一个位置或检查权限。",
            f"Cannot make the folder {path.parent}: {error.strerror}; choose another place or check its rights.",
        ) from error


@contextmanager
def reading(engine: Engine, areas: Collection[int] | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the store from beginning to end.

    areas : ids of the areas whose rows, with everything inside, PostgreSQL is to let through (row-level security); None
    for what is no single person's or passes `portal.reads` afterwards. SQLite has no such rules.
    """
    with engine.connect() as connection:
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
    """A short write of a few rows (an account, a link): as `writing`, but it does not wait for a load on PostgreSQL."""
    with engine.connect() as connection:
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
    try:
        command.upgrade(_alembic(engine), "head")
    except OperationalError as error:
        raise StoreError(
            f"无法打开数据库 {_place(engine)}:{_first_line(error)};请检查地址、权限和服务是否已启动。",
            f"Cannot open the database {_place(engine)}: {_first_line(error)}; check the address, rights and service.",
        ) from error


def check_ready(engine: Engine) -> None:
    """Raises EmptyStoreError when there are no tables, NoStoreError when the store cannot be opened, and
    StoreVersionError when the tables are of another version."""
    script = ScriptDirectory.from_config(_alembic(engine))
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("batch"):
                raise EmptyStoreError(
                    "数据库里还没有数据表;请先运行 make run 或 python -m etl load 载入数据。",
                    "The database has no tables yet; run make run or python -m etl load first.",
                )
            found = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise NoStoreError(
            f"无法打开数据库 {_place(engine)}:{_first_line(error)}。",
            f"Cannot open the database {_place(engine)}: {_first_line(error)}.",
        ) from error
    if found != script.get_current_head():
        raise StoreVersionError(
            "数据库版本与程序不一致;请运行 python -m etl upgrade。",
            "The database is of another version than this program; run python -m etl upgrade.",
        )


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


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _first_line(error: OperationalError) -> str:
    return str(error.orig).strip().splitlines()[0]
