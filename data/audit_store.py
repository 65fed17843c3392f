"""Where audit events lie (审计库): beside the store, never in it, so that no event waits for a load.

On SQLite a second file `NAME.audit.db` beside `NAME.db`; on PostgreSQL the schema `audit` of the same database, with a
lock of its own. Both are made on first use. Several processes may append at once: whoever holds the lock reads the
head, adds one event behind it and moves the head, all in one transaction, so the chain never forks.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, Text, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.errors import AuditError, StoreError
from data.store import file_at, open_store, sqlite_file

metadata = MetaData()
SCHEMA = "audit"
LOCK = 42282501
"""The advisory lock of appends on PostgreSQL; a load holds another one."""
TRIES = 20

audit_event = Table(
    "audit_event", metadata,
    Column("event_no", Integer, primary_key=True, autoincrement=False, comment="counted from 1, without a gap"),
    Column("happened_at", String(32), nullable=False, comment="ISO 8601 with its zone, UTC"),
    Column("actor", String(64), nullable=False, comment="opaque: an account, a session of the demo, the command line"),
    Column("role", String(24), nullable=False, comment="a code of role; '' for nobody known"),
    Column("area_code", String(24), nullable=False, comment="the top of the actor's areas; '' for nobody known"),
    Column("action", String(24), nullable=False, comment="a code of audit_action"),
    Column("object", String(120), nullable=False, comment="kind and opaque id, e.g. batch:7"),
    Column("details", Text, nullable=False, comment="JSON of counts and opaque ids"),
    Column("previous_hash", String(64), nullable=False, unique=True, comment="of the event before"),
    Column("event_hash", String(64), nullable=False, unique=True, comment="SHA-256 of everything above"),
    comment="one row per sign-in, refusal, detail view, export, load, undo or change of rights; a hash chain",
)  # fmt: skip

audit_head = Table(
    "audit_head", metadata,
    Column("head_id", Integer, primary_key=True, autoincrement=False, comment="1"),
    Column("event_no", Integer, nullable=False, comment="of the last event"),
    Column("event_hash", String(64), nullable=False, comment="of the last event: shows a tail that was cut off"),
    Column("purged_no", Integer, nullable=False, comment="of the last event deleted after its time; 0 for none"),
    Column("purged_hash", String(64), nullable=False, comment="of that event: what is left hangs on it"),
    comment="one row per chain: where it ends, and where it begins after a purge",
)  # fmt: skip


def audit_url(database: str) -> str:
    """The address of the audit store that belongs to a store.

    >>> audit_url("sqlite:///var/wangge.db"), audit_url("postgresql://a@b/c")
    ('sqlite:///var/wangge.audit.db', 'postgresql://a@b/c')
    """
    try:
        address = make_url(database)
    except ArgumentError:
        return database  # open_store says what is wrong with it
    if address.get_backend_name() != "sqlite" or not address.database:
        return database
    return str(address.set(database=Path(address.database).with_suffix(".audit.db").as_posix()))


_opened: dict[str, tuple[tuple[int, int] | None, Engine]] = {}
_opening = threading.Lock()


def open_audit(database: str) -> Engine:
    """The audit store of a store's address, with its tables; raises AuditError when it cannot be made.

    The same engine again for as long as the same file stands there: events never go on into one that was moved away.
    """
    url = audit_url(database)
    path = sqlite_file(url)
    with _opening:
        kept = _opened.get(url)
        if kept is not None and (path is None or (kept[0] is not None and file_at(path) == kept[0])):
            return kept[1]
    # Not under the lock: a server out of reach holds each up by itself. Two may open at once; the last one is kept.
    engine = _open(url)
    with _opening:
        # What is there now is kept open by the pool, so the number of its file is given to no other one.
        _opened[url] = (file_at(path) if path else None), engine
    if kept is not None:
        kept[1].dispose()
    return engine


def close_audits() -> None:
    """Forget every open audit store; for tests."""
    with _opening:
        for _, engine in _opened.values():
            engine.dispose()
        _opened.clear()


def _open(url: str) -> Engine:
    engine = open_store(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _keep_over_power_cuts)
    else:
        engine = engine.execution_options(schema_translate_map={None: SCHEMA})
    with _plain_errors():
        _make_tables(engine)
    return engine


def _keep_over_power_cuts(connection: Any, _record: Any) -> None:
    # What was allowed because it was noted must stay noted, also when the current goes the moment after.
    connection.execute("PRAGMA synchronous=FULL").close()


def _make_tables(engine: Engine) -> None:
    for tries_left in range(TRIES, 0, -1):
        try:
            with engine.connect() as conn:
                schema = SCHEMA if conn.dialect.name == "postgresql" else None
                if inspect(conn).has_table("audit_head", schema=schema):
                    return
            with appending(engine) as conn:
                if conn.dialect.name == "postgresql":
                    conn.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                metadata.create_all(conn)
            return
        except (AuditError, OperationalError) as error:
            # Turning a new SQLite file into a WAL one does not wait for others who are doing the same.
            if tries_left == 1 or "locked" not in str(error.__cause__ or error):
                raise
            time.sleep(0.05)


@contextmanager
def appending(engine: Engine) -> Iterator[Connection]:
    """One write transaction on the audit store; the next one waits for it. Raises AuditError."""
    with _plain_errors(), engine.connect() as connection:
        connection = connection.execution_options(is_writing=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the audit store. Raises AuditError."""
    with _plain_errors(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        raise AuditError(
            "审计记录现在无法读写；请检查数据库旁的审计文件(或 audit 模式)的权限和磁盘空间。",
            "The audit store cannot be read or written; check the rights and space of the file beside the database.",
        ) from error
    except StoreError:
        raise
