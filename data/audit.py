"""Audit events (审计): who did what to which data, as a chain in which a change shows (哈希链).

The hash of an event is SHA-256 over its fields as canonical JSON and the hash of the event before, so altering,
deleting, adding or reordering one breaks the chain there; the head shows a tail that was cut off. What the chain alone
cannot show: somebody who may write the store and computes every later hash and the head anew. Against that, note number
and hash of the last event elsewhere (`python -m etl audit verify` prints them) and hand them to the next check.

An event holds counts and opaque ids, never a name, a number of a person or free text; `opaque` sees to that.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, delete, func, insert, select, update

from data import terms
from data.audit_store import appending, audit_event, audit_head, looking
from data.settings import LEAST_AUDIT_DAYS

GENESIS = "0" * 64
WITHHELD = "＊"
_OPAQUE = re.compile(r"[A-Za-z0-9_.:,/=@+-]{0,120}")
_PERSONAL = re.compile(
    r"(?<![A-Za-z0-9])(?:\+?86)?1[3-9]\d{9}(?![A-Za-z0-9])|(?<![A-Za-z0-9])\d{17}[\dXx](?![A-Za-z0-9])"
)
_FIELDS = ("event_no", "happened_at", "actor", "role", "area_code", "action", "object", "details", "previous_hash")
_CHUNK = 5000


@dataclass(frozen=True)
class Event:
    """One audit event as it is kept; `happened_at` is ISO 8601 in UTC, `details` JSON text."""

    event_no: int
    happened_at: str
    actor: str
    role: str
    area_code: str
    action: str
    object: str
    details: str
    previous_hash: str
    event_hash: str


@dataclass(frozen=True)
class Verdict:
    """What a check found: how many events are kept, whether the chain is whole, else the first event that is not.

    reason : "" | altered | missing | cut (events at its end are gone) | added | purged (its beginning was deleted by
    other means than a purge) | noted (the event noted elsewhere is another one).
    """

    kept: int
    first_no: int
    last_no: int
    last_hash: str
    whole: int
    broken_no: int | None = None
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        return self.broken_no is None


def opaque(value: object) -> object:
    """A value fit for an event: numbers and opaque ids as they are, anything that could be words or a person withheld.

    >>> opaque(3), opaque("batch:7"), opaque(None), opaque("张三"), opaque("a\\r\\nb"), opaque(["x", 2])
    (3, 'batch:7', None, '＊', '＊', ['x', 2])
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [opaque(item) for item in value[:50]]
    text = str(value)
    return text if _OPAQUE.fullmatch(text) and not holds_personal_number(text) else WITHHELD


def holds_personal_number(text: str) -> bool:
    """Whether something that looks like an identity or a mobile number stands in a text.

    >>> holds_personal_number("zhao"), holds_personal_number("u 139" + "12345678")
    (False, True)
    """
    return _PERSONAL.search(text) is not None


def append(
    engine: Engine,
    action: str,
    *,
    actor: str,
    role: str = "",
    area_code: str = "",
    object: str = "",
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> int:
    """Add one event and return its number.

    action : a code of terms.AUDIT_ACTIONS. actor, object and the values of details are made opaque. Raises ValueError
    for an unknown action, AuditError when the store cannot be written.
    """
    if action not in terms.AUDIT_ACTIONS:
        raise ValueError(f"no such audit action: {action}")
    with appending(engine) as conn:
        return _add(conn, action, actor, role, area_code, object, details or {}, now)


def _add(
    conn: Connection, action: str, actor: str, role: str, area_code: str, thing: str, details: Mapping[str, Any],
    now: datetime | None,
) -> int:  # fmt: skip
    head = _head(conn)
    number, previous = (head["event_no"], head["event_hash"]) if head else (0, GENESIS)
    row: dict[str, Any] = {
        "event_no": number + 1,
        "happened_at": _moment(now or datetime.now(UTC)),
        "actor": str(opaque(actor))[:64],
        "role": str(opaque(role))[:24],
        "area_code": str(opaque(area_code))[:24],
        "action": action,
        "object": opaque(thing),
        "details": _canonical({str(opaque(key)): opaque(value) for key, value in details.items()}),
        "previous_hash": previous,
    }
    row["event_hash"] = _hash(row)
    conn.execute(insert(audit_event), [row])
    ends = {"event_no": row["event_no"], "event_hash": row["event_hash"]}
    if head:
        conn.execute(update(audit_head).values(ends))
    else:
        conn.execute(insert(audit_head), [{"head_id": 1, **ends, "purged_no": 0, "purged_hash": GENESIS}])
    return int(row["event_no"])


def _head(conn: Connection) -> RowMapping | None:
    return conn.execute(select(audit_head)).mappings().first()


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("the time of an event needs its zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(row: Mapping[str, Any] | RowMapping) -> str:
    return hashlib.sha256(_canonical({name: row[name] for name in _FIELDS}).encode()).hexdigest()


# --- reading ----------------------------------------------------------------------------------------------------------


def _where(
    actions: Iterable[str], since: datetime | None, until: datetime | None, actor: str
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen := list(actions):
        found.append(audit_event.c.action.in_(chosen))
    if since:
        found.append(audit_event.c.happened_at >= _moment(since))
    if until:
        found.append(audit_event.c.happened_at < _moment(until))
    if actor:
        found.append(audit_event.c.actor == actor)
    return found


def read(
    engine: Engine, *, actions: Iterable[str] = (), since: datetime | None = None, until: datetime | None = None,
    actor: str = "", limit: int = 1000,
) -> list[Event]:  # fmt: skip
    """The newest events first, at most `limit`, of some actions (none given: all) in [since, until)."""
    statement = select(audit_event).where(*_where(actions, since, until, actor))
    with looking(engine) as conn:
        rows = conn.execute(statement.order_by(audit_event.c.event_no.desc()).limit(limit)).mappings().all()
    return [Event(**row) for row in rows]


def count(engine: Engine, *, since: datetime | None = None, until: datetime | None = None) -> dict[str, int]:
    """How many events of each action there are in [since, until); every action has a number."""
    statement = select(audit_event.c.action, func.count()).where(*_where((), since, until, ""))
    with looking(engine) as conn:
        found = {action: int(many) for action, many in conn.execute(statement.group_by(audit_event.c.action))}
    return {action: found.get(action, 0) for action in terms.AUDIT_ACTIONS} | found


def head(engine: Engine) -> tuple[int, str]:
    """Number and hash of the last event; 0 and 64 zeros before the first."""
    with looking(engine) as conn:
        found = _head(conn)
    return (int(found["event_no"]), str(found["event_hash"])) if found else (0, GENESIS)


# --- checking ---------------------------------------------------------------------------------------------------------


def verify(engine: Engine, noted: tuple[int, str] | None = None) -> Verdict:
    """Go through the whole chain and name the first event that is not as it was written.

    noted : number and hash of an event written down elsewhere; it must still be in the chain.
    """
    with looking(engine) as conn:
        head = _head(conn)
        number, previous = (int(head["purged_no"]), str(head["purged_hash"])) if head else (0, GENESIS)
        first, begins, last_purge, kept = number + 1, number, None, 0
        broken: tuple[int, str] | None = None
        for row in _rows(conn):
            kept += 1
            if broken:
                continue
            broken = _fault(row, number + 1, previous)
            if broken:
                continue
            if noted and row["event_no"] == noted[0] and row["event_hash"] != noted[1]:
                broken = noted[0], "noted"
            number, previous = int(row["event_no"]), str(row["event_hash"])
            last_purge = row["details"] if row["action"] == "purge" else last_purge
    whole = number - begins - bool(broken and broken[1] == "noted")
    if not broken:
        broken = _ends(head, number, previous, last_purge) or _noted_beyond(noted, number)
    return Verdict(kept, first, number, previous, whole, *(broken or (None, "")))


def _rows(conn: Connection) -> Iterator[RowMapping]:
    statement = select(audit_event).order_by(audit_event.c.event_no).execution_options(yield_per=_CHUNK)
    yield from conn.execute(statement).mappings()


def _fault(row: RowMapping, number: int, previous: str) -> tuple[int, str] | None:
    if row["event_no"] != number:
        return number, "missing" if row["event_no"] > number else "added"
    if row["previous_hash"] != previous or row["event_hash"] != _hash(row):
        return number, "altered"
    return None


def _ends(head: RowMapping | None, number: int, last_hash: str, purge: str | None) -> tuple[int, str] | None:
    """Whether the chain ends at its head, and begins where the last purge says it was cut."""
    if head is None:
        return (1, "added") if number else None
    if head["event_no"] != number or head["event_hash"] != last_hash:
        return (number + 1, "cut") if head["event_no"] > number else (int(head["event_no"]) + 1, "added")
    if head["purged_no"]:
        said = json.loads(purge or "{}")
        if (said.get("up_to"), said.get("hash")) != (head["purged_no"], head["purged_hash"]):
            return int(head["purged_no"]) + 1, "purged"
    return None


def _noted_beyond(noted: tuple[int, str] | None, number: int) -> tuple[int, str] | None:
    return (number + 1, "cut") if noted and noted[0] > number else None


# --- retention --------------------------------------------------------------------------------------------------------


def purge(engine: Engine, keep_days: int, *, actor: str, role: str = "", now: datetime | None = None) -> int:
    """Delete what happened more than `keep_days` ago, from the beginning of the chain, and return how much.

    Number and hash of the last event deleted stay in the head and in an event of their own, so the rest can still be
    checked. Nothing is deleted after the first event that is young enough. Raises ValueError below 183 days.
    """
    if keep_days < LEAST_AUDIT_DAYS:
        raise ValueError(f"audit events are kept for {LEAST_AUDIT_DAYS} days at least, not {keep_days}")
    now = now or datetime.now(UTC)
    oldest = _moment(now - timedelta(days=keep_days))
    event = audit_event.c
    with appending(engine) as conn:
        young = select(func.min(event.event_no)).where(event.happened_at >= oldest)
        until = conn.execute(young).scalar()
        statement = select(event.event_no, event.event_hash).order_by(event.event_no.desc()).limit(1)
        last = conn.execute(statement if until is None else statement.where(event.event_no < until)).first()
        if last is None:
            return 0
        removed = conn.execute(delete(audit_event).where(event.event_no <= last.event_no)).rowcount
        conn.execute(update(audit_head).values(purged_no=last.event_no, purged_hash=last.event_hash))
        details = {"removed": removed, "up_to": last.event_no, "hash": last.event_hash, "days": keep_days}
        _add(conn, "purge", actor, role, "", "audit", details, now)
    return int(removed)
