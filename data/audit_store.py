"""Where audit events lie (审计库): beside the store, never in it, so that no event waits for a load.

On SQLite a second file `NAME.audit.db` beside `NAME.db`; on PostgreSQL the schema `audit` of the same database, with a
lock of its own. Both are made on first use, with the head; on PostgreSQL by the role that loads, and the dashboard's
gets its rights from `data.roles`. Several processes may append at once: whoever holds the lock reads the head, adds one
event behind it and moves the head, all in one transaction, so the chain never forks. A SQLite file that was deleted or
replaced is noticed at the next event (device and inode): nothing is written into a file that nobody can find any more.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.errors import AuditError, StoreError
from data.store import BUSY_TIMEOUT_MS, file_at, open_store

metadata = MetaData()
SCHEMA = "audit"
LOCK = 42282501
"""The advisory lock of appends on PostgreSQL; a load holds another one."""
TRIES = 20
GENESIS = "0" * 64
"""What the first event hangs on."""
_files: WeakKeyDictionary[Engine, tuple[int, int] | None] = WeakKeyDictionary()
"""Device and inode of the SQLite file that an engine has open."""

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

FIRST_HEAD = {"head_id": 1, "event_no": 0, "event_hash": GENESIS, "purged_no": 0, "purged_hash": GENESIS}


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


@lru_cache(maxsize=4)
def open_audit(database: str) -> Engine:
    """The audit store of a store's address, with its tables; raises AuditError when it cannot be made.

    Another file put in its place is found at the next event or look: events never go on into one that was moved away.
    """
    engine = open_store(audit_url(database))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _keep_over_power_cuts)
    else:
        engine = engine.execution_options(schema_translate_map={None: SCHEMA})
        with _plain_errors():
            make_tables(engine)
    _find_file(engine)
    return engine


def _keep_over_power_cuts(connection: Any, _record: Any) -> None:
    # What was allowed because it was noted must stay noted, also when the current goes the moment after.
    connection.execute("PRAGMA synchronous=FULL").close()


def _find_file(engine: Engine) -> None:
    """On SQLite: open the file anew, and make its tables, when it is not the one that was opened."""
    if engine.dialect.name != "sqlite":
        return
    with _plain_errors():
        path = Path(str(engine.url.database))
        if engine in _files and _files[engine] == file_at(path):
            return
        engine.dispose()
        make_tables(engine)
        # Kept open by the pool, so that the number of this file is given to no other one.
        _files[engine] = file_at(path)


def make_tables(engine: Engine) -> None:
    """The tables of an audit store, with its head before the first event, where they are not there yet."""
    for tries_left in range(TRIES, 0, -1):
        try:
            with engine.connect() as conn:
                schema = SCHEMA if conn.dialect.name == "postgresql" else None
                if inspect(conn).has_table("audit_head", schema=schema):
                    return
            with _writing(engine) as conn:
                if inspect(conn).has_table("audit_head", schema=schema):  # two at once
                    return
                if conn.dialect.name == "postgresql":
                    conn.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                metadata.create_all(conn)
                conn.execute(insert(audit_head), [FIRST_HEAD])
            return
        except (AuditError, OperationalError) as error:
            # Turning a new SQLite file into a WAL one does not wait for others who are doing the same.
            if tries_left == 1 or "locked" not in str(error.__cause__ or error):
                raise
            time.sleep(0.05)


def make_for_roles(engine: Engine) -> None:
    """The tables of the audit store on PostgreSQL, with its head, made by the role that is to own them: whoever gets
    rights on them may add events, and make nothing. Raises AuditError."""
    engine = engine.execution_options(schema_translate_map={None: SCHEMA})
    with _plain_errors():
        make_tables(engine)
    with appending(engine) as conn:  # one of an earlier version had no head before its first event
        if not conn.execute(select(audit_head)).first() and not conn.execute(select(audit_event).limit(1)).first():
            conn.execute(insert(audit_head), [FIRST_HEAD])


@contextmanager
def appending(engine: Engine) -> Iterator[Connection]:
    """One write transaction on the audit store; the next one waits for it, ten seconds at most. Raises AuditError."""
    _find_file(engine)
    with _writing(engine) as connection:
        yield connection


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with _plain_errors(), engine.connect() as connection:
        connection = connection.execution_options(is_writing=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the audit store. Raises AuditError."""
    _find_file(engine)
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
