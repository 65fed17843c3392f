"""Audit events (审计): who did what to which data, as a chain in which a change shows (哈希链).

The hash of an event is SHA-256 over its fields as canonical JSON and the hash of the event before, so altering,
deleting, adding or reordering one breaks the chain there; the head shows a tail that was cut off, and the anchor
(`data.audit_anchor`), which lies outside the log, one that was emptied, replaced or restored to an earlier day. What
neither can show: somebody who may write both and computes every later hash anew. Against that, note number and hash of
the last event elsewhere (`python -m etl audit verify` prints them, the server's log does) and hand them to the next
check.

An event holds counts and opaque ids, never a name, a number of a person or free text; `opaque` sees to that.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import ArgumentError

from data import audit_anchor, roles, terms
from data.audit_anchor import Anchor, BadAnchorError
from data.audit_store import FIRST_HEAD, GENESIS, appending, audit_event, audit_head, looking
from data.settings import LEAST_AUDIT_DAYS

__all__ = [
    "GENESIS",
    "Event",
    "Verdict",
    "append",
    "count",
    "head",
    "opaque",
    "purge",
    "read",
    "tell",
    "try_out",
    "verify",
]
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
    other means than a purge) | noted (the event noted elsewhere is another one) | anchored (that of the anchor is) |
    anchor (its file says nothing readable).
    anchored_since : the event from which on the anchor holds; None while there was none. lost : how many events
    happened and could not be noted, since the one noted elsewhere. unable : database roles of dashboards that may not
    add events.
    """

    kept: int
    first_no: int
    last_no: int
    last_hash: str
    whole: int
    broken_no: int | None = None
    reason: str = ""
    anchored_since: int | None = None
    lost: int = 0
    unable: tuple[str, ...] = ()

    @property
    def is_unbroken(self) -> bool:
        """Whether what is kept is as it was written."""
        return self.broken_no is None

    @property
    def is_whole(self) -> bool:
        """Whether it is that, and all that happened is there."""
        return self.is_unbroken and not self.lost and not self.unable


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
    return _extend(engine, lambda conn: _add(conn, action, actor, role, area_code, object, details or {}, now), now)


def tell(engine: Engine) -> None:
    """Note how much could not be noted before, if there is anything. Raises AuditError."""
    if audit_anchor.lost(_address(engine)):
        _extend(engine, lambda conn: _ends_of(_head(conn)), None)


def _extend(engine: Engine, add: Callable[[Connection], tuple[int, str]], now: datetime | None) -> int:
    """One transaction of what could not be noted before, and of what is added; the anchor follows it."""
    address = _address(engine)
    with audit_anchor.telling(address) as lost, appending(engine) as conn:
        before, anchor = _ends_of(_head(conn)), _anchor(conn, address)
        if lost:
            told = {"lost": len(lost), "since": lost[0].split(" ")[0], "until": lost[-1].split(" ")[0]}
            _add(conn, "not_noted", "server", "", "", "audit", told, now)
        ends = add(conn)
    _move_anchor(address, anchor, before, ends)
    return ends[0]


def lose(engine_or_address: Engine | str, action: str) -> None:
    """Keep in mind, outside the log, that something happened and could not be noted; the next event tells of it."""
    address = engine_or_address if isinstance(engine_or_address, str) else _address(engine_or_address)
    with contextlib.suppress(OSError, ArgumentError):
        audit_anchor.lose(address, action)


def try_out(engine: Engine) -> None:
    """Add an event and take it back: raises AuditError when none can be added now."""
    with contextlib.suppress(_TakenBackError), appending(engine) as conn:
        _add(conn, "audit_read", "server", "", "", "audit", {}, None)
        raise _TakenBackError


class _TakenBackError(Exception):
    """Ends a transaction without its effect."""


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _add(
    conn: Connection, action: str, actor: str, role: str, area_code: str, thing: str, details: Mapping[str, Any],
    now: datetime | None,
) -> tuple[int, str]:  # fmt: skip
    head = _head(conn)
    number, previous = _ends_of(head)
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
    else:  # a log of an earlier version in which nothing was noted yet
        conn.execute(insert(audit_head), [{**FIRST_HEAD, **ends}])
    return row["event_no"], row["event_hash"]


def _head(conn: Connection) -> RowMapping | None:
    return conn.execute(select(audit_head)).mappings().first()


def _ends_of(head: RowMapping | None) -> tuple[int, str]:
    return (int(head["event_no"]), str(head["event_hash"])) if head else (0, GENESIS)


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
        return _ends_of(_head(conn))


def end(engine: Engine) -> tuple[int, str, bool]:
    """Number and hash of the last event as `head`, and whether the log still holds what its anchor says."""
    with looking(engine) as conn:
        return *_ends_of(_head(conn)), _anchor(conn, _address(engine))[1]


# --- the anchor -------------------------------------------------------------------------------------------------------


def _anchor(conn: Connection, address: str) -> tuple[Anchor | None, bool]:
    """The anchor, and whether the log still holds what it says, so that it may be moved on."""
    try:
        anchor = audit_anchor.read(address)
    except (BadAnchorError, OSError):
        return None, False
    return anchor, anchor is None or not _is_gone(conn, (anchor.event_no, anchor.event_hash))


def _is_gone(conn: Connection, point: tuple[int, str]) -> bool:
    """Whether an event that was there is not, or is another one; one that a purge deleted is not gone."""
    head, (number, digest) = _head(conn), point
    if number == 0 or (head and number < head["purged_no"]):
        return False
    if head and (number, digest) in (_ends_of(head), (head["purged_no"], head["purged_hash"])):
        return False
    event = audit_event.c
    return conn.execute(select(event.event_hash).where(event.event_no == number)).scalar() != digest


def _move_anchor(
    address: str, found: tuple[Anchor | None, bool], before: tuple[int, str], ends: tuple[int, str]
) -> None:
    """Let the anchor say where the log ends now. One that the log contradicts stays: it is what shows a cut."""
    anchor, is_good = found
    if is_good:
        since = anchor.since if anchor else before[0] + 1
        with contextlib.suppress(OSError):  # the event is safe; the anchor lags behind, as it may
            audit_anchor.write(address, Anchor(*ends, since))


# --- checking ---------------------------------------------------------------------------------------------------------


def verify(engine: Engine, noted: tuple[int, str] | None = None) -> Verdict:
    """Go through the whole chain and name the first event that is not as it was written.

    noted : number and hash of an event written down elsewhere; it must still be in the chain. What could not be noted
    before it is known to whoever wrote it down, and is not counted again. A missing anchor is made.
    """
    address = _address(engine)
    anchor, anchor_fault = _read_anchor(address)
    lost = audit_anchor.lost(address)
    with looking(engine) as conn:
        unable = tuple(roles.unable_to_note(conn))
        head = _head(conn)
        number, previous = (int(head["purged_no"]), str(head["purged_hash"])) if head else (0, GENESIS)
        first, begins, last_purge, kept = number + 1, number, None, 0
        points = [*([(noted, "noted")] if noted else []), *_of_anchor(anchor)]
        # What a purge ended with is in the head, what stood before that is nowhere.
        broken = _differs(points, number, previous)
        for row in _rows(conn):
            kept += 1
            if broken:
                continue
            broken = _fault(row, number + 1, previous)
            if broken:
                continue
            broken = _differs(points, row["event_no"], row["event_hash"])
            if row["action"] == "not_noted" and row["event_no"] > (noted or (0, ""))[0]:
                lost += int(json.loads(row["details"]).get("lost", 0))
            number, previous = int(row["event_no"]), str(row["event_hash"])
            last_purge = row["details"] if row["action"] == "purge" else last_purge
    whole = number - begins - bool(broken and broken[1] in ("noted", "anchored"))
    if not broken:
        beyond = any(point[0] > number for point, _ in points)
        broken = _ends(head, number, previous, last_purge) or ((number + 1, "cut") if beyond else None)
    broken = broken or anchor_fault
    if not broken and anchor is None and number:
        _move_anchor(address, (None, True), (number - 1, ""), (number, previous))
    since = anchor.since if anchor else None
    broken_no, reason = broken or (None, "")
    return Verdict(
        kept, first, number, previous, whole, broken_no, reason, anchored_since=since, lost=lost, unable=unable
    )


def _read_anchor(address: str) -> tuple[Anchor | None, tuple[int, str] | None]:
    try:
        return audit_anchor.read(address), None
    except (BadAnchorError, OSError):
        return None, (1, "anchor")


def _of_anchor(anchor: Anchor | None) -> list[tuple[tuple[int, str], str]]:
    return [((anchor.event_no, anchor.event_hash), "anchored")] if anchor else []


def _differs(points: list[tuple[tuple[int, str], str]], number: int, digest: str) -> tuple[int, str] | None:
    """Whether one of the events that are known from elsewhere has another hash here, and from where it is known."""
    return next(((number, why) for (no, known), why in points if no == number and known != digest), None)


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
    address = _address(engine)
    with appending(engine) as conn:
        before, anchor = _ends_of(_head(conn)), _anchor(conn, address)
        young = select(func.min(event.event_no)).where(event.happened_at >= oldest)
        until = conn.execute(young).scalar()
        statement = select(event.event_no, event.event_hash).order_by(event.event_no.desc()).limit(1)
        last = conn.execute(statement if until is None else statement.where(event.event_no < until)).first()
        if last is None:
            return 0
        removed = conn.execute(delete(audit_event).where(event.event_no <= last.event_no)).rowcount
        conn.execute(update(audit_head).values(purged_no=last.event_no, purged_hash=last.event_hash))
        details = {"removed": removed, "up_to": last.event_no, "hash": last.event_hash, "days": keep_days}
        ends = _add(conn, "purge", actor, role, "", "audit", details, now)
    _move_anchor(address, anchor, before, ends)
    return int(removed)
