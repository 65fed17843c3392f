"""What the portal notes in the audit store (留痕), and the page that reads it.

Pages, routes and doors call the functions here; each event is noted once, however often Streamlit runs the page again.
An audit store that cannot be written (`fault`) stops nobody from reading sums: that goes to the log and to /health, and
what could not be noted is counted outside the log. Looking at single buildings or households and making a file are
refused then (`is_refused`, `viewed`, `exporting`): what leaves no trace must not happen, and a fault of the store must
not become the way to look unseen. The end of the log is said in the server's own log at the first event and every hour,
to be compared with what the log says later.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from data import audit
from data.audit import Event, Verdict
from data.audit_store import audit_url, open_audit
from data.errors import AuditError, StoreError
from data.settings import settings

if TYPE_CHECKING:
    from portal.identity import Viewer

log = logging.getLogger("wangge.audit")
_SEEN = "_audited"
_PSEUDONYM = "_audit_actor"
RECHECK_SECONDS = 60
"""How long the page may go on showing the result of a check of a chain that has not grown."""
UNKNOWN_PER_MINUTE = 600
TRY_SECONDS = 10
"""How long it may be taken for known whether an event can be noted."""
TELL_SECONDS = 3600
FAULT = "audit"
"""What /health calls it when no event can be noted."""


@dataclass
class _Knocks:
    """Refusals of somebody outside: noted in this minute, and how many were only counted since the last event."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    minute: int = -1
    noted: int = 0
    more: int = 0


@dataclass
class _Known:
    """Whether events can be noted in the audit store of an address, and when that was found out (monotonic)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    database: str = ""
    is_broken: bool = False
    at: float = 0.0
    told_at: float = 0.0


_knocks = _Knocks()
_known = _Known()
_checked: dict[str, tuple[tuple[int, str], float, Verdict]] = {}


def actor_of(viewer: "Viewer | None") -> str:
    """Who a viewer is, as the events call them: their account, else a pseudonym of this session."""
    account = getattr(viewer, "actor", "") or getattr(viewer, "account_id", "")
    if account:
        return str(account)
    try:
        return str(st.session_state.setdefault(_PSEUDONYM, f"session:{secrets.token_hex(4)}"))
    except Exception:
        return "nobody"


def _write(viewer: "Viewer | None", action: str, thing: str, details: dict[str, Any], actor: str) -> None:
    database = settings().database
    try:
        engine = open_audit(database)
        audit.append(
            engine, action, actor=actor, role=viewer.role if viewer else "", area_code=_area_of(viewer), object=thing,
            details=details,
        )  # fmt: skip
    except StoreError:
        _know(database, is_broken=True)
        raise
    _know(database, is_broken=False)
    _tell_end(engine)


def _know(database: str, *, is_broken: bool) -> None:
    if _known.database != database:
        _known.told_at = 0.0
    _known.database, _known.is_broken, _known.at = database, is_broken, time.monotonic()


def fault() -> str:
    """Why no event can be noted now, as a code of one word; "" when one can. Tried out, at most every ten seconds, by
    an event that is taken back, so that it ends by itself when its cause does."""
    database = settings().database
    with _known.lock:
        if _known.database != database or time.monotonic() - _known.at >= TRY_SECONDS:
            was_broken = _known.database == database and _known.is_broken
            try:
                audit.try_out(engine := open_audit(database))
                audit.tell(engine)
            except StoreError as error:
                _know(database, is_broken=True)
                if not was_broken:
                    log.error("no audit event can be noted (%s)", _cause(error))
            else:
                _know(database, is_broken=False)
                if was_broken:
                    log.warning("audit events can be noted again")
                _tell_end(engine)
        return FAULT if _known.is_broken else ""


def is_refused(viewer: "Viewer") -> bool:
    """Whether a viewer of single buildings or households is shown nothing now, because it would leave no trace."""
    return viewer.may_see("buildings") and bool(fault())


def _tell_end(engine: Any) -> None:
    """Say in the server's log where the audit log ends: whoever keeps that log elsewhere can compare them."""
    now = time.monotonic()
    if _known.told_at and now - _known.told_at < TELL_SECONDS:
        return
    _known.told_at = now
    try:
        number, digest, is_anchored = audit.end(engine)
    except StoreError:
        return
    log.warning("audit head %d:%s", number, digest)
    if not is_anchored:
        log.error("the audit log does not hold what was noted outside it: run python -m etl audit verify")


def _cause(error: StoreError) -> str:
    return str(error.__cause__ or error).splitlines()[0]


def _area_of(viewer: "Viewer | None") -> str:
    areas = getattr(viewer, "areas", None)
    return str(areas[0] if areas else getattr(viewer, "area_code", ""))


def note(
    viewer: "Viewer | None", action: str, thing: str = "", *, actor: str = "", is_needed: bool = False, **details: Any
) -> None:
    """Note one event. is_needed : raise AuditError when it cannot be noted, instead of saying so in the log."""
    try:
        _write(viewer, action, thing, details, actor or actor_of(viewer))
    except StoreError as error:
        if is_needed:
            raise
        audit.lose(audit_url(settings().database), action)
        log.error("audit event not noted: %s %s (%s)", action, audit.opaque(thing), _cause(error))


def once(viewer: "Viewer | None", action: str, thing: str, *, is_needed: bool = False, **details: Any) -> None:
    """As `note`, but once for a session, a viewer and a thing."""
    seen: set[tuple[Any, ...]] = st.session_state.setdefault(_SEEN, set())
    key = (action, thing, viewer, tuple(sorted(details.items())))
    if key not in seen:
        note(viewer, action, thing, is_needed=is_needed, **details)
        seen.add(key)


def signed_in(viewer: "Viewer") -> None:
    """Somebody was let in: once for a session and for what they were let in as."""
    once(viewer, "sign_in", f"role:{viewer.role}")


def viewed(viewer: "Viewer", thing: str, version: int, **counts: int) -> None:
    """Rows of single buildings, households or cases are about to be shown: once for a session and a data version.

    thing : kind and opaque id. Raises AuditError, before anything is shown, when this cannot be noted.
    """
    once(viewer, "detail_view", thing, is_needed=True, version=version, **counts)


def page_refused(viewer: "Viewer | None", page: str) -> None:
    """Somebody opened a page that is not theirs."""
    once(viewer, "refused", f"page:{page}")


def route_refused(viewer: "Viewer | None", path: str, reason: str) -> None:
    """An address was asked for that is not theirs; runs without a session."""
    if viewer is None:
        _unknown_refused(f"route:{path}", reason)
    else:
        note(viewer, "refused", f"route:{path}", actor=getattr(viewer, "actor", "") or "address", reason=reason)


def door_refused(door: str, reason: str) -> None:
    """A request, a handshake or an upload was turned away before anybody was known."""
    _unknown_refused(f"door:{door}", reason)


def not_let_in(reason: str, thing: str = "sign_in", *, actor: str = "", subject: str = "") -> None:
    """A sign-in or the link of a screen was refused: once for a session and a reason.

    reason : a key of `trouble.REFUSALS`. thing : "sign_in", or the link by its number or hash. actor : the account or
    link, where there is one; subject : what the provider calls a stranger, withheld where it could be personal.
    """
    seen: set[tuple[Any, ...]] = st.session_state.setdefault(_SEEN, set())
    key = ("sign_in_refused", reason, actor)
    if key not in seen:
        called = {"subject": subject} if subject and not actor else {}
        _unknown_refused(thing, reason, action="sign_in_refused", actor=actor or "unknown", **called)
        seen.add(key)


def _unknown_refused(
    thing: str, reason: str, *, action: str = "refused", actor: str = "unknown", **details: Any
) -> None:
    """Somebody outside was refused. Past so many in a minute they are counted, and the next event says how many:
    nobody may fill the disk, or hold the store up for others, by knocking.
    """
    with _knocks.lock:
        minute = int(time.monotonic() // 60)
        if minute != _knocks.minute:
            _knocks.minute, _knocks.noted = minute, 0
        _knocks.noted += 1
        if _knocks.noted > UNKNOWN_PER_MINUTE:
            _knocks.more += 1
            return
        more, _knocks.more = _knocks.more, 0
    counted: dict[str, Any] = {"not_noted_before": more} if more else {}
    note(None, action, thing, actor=actor, reason=reason, **details, **counted)


def exporting(viewer: "Viewer", thing: str, make: Callable[[], bytes], **details: Any) -> Callable[[], bytes]:
    """A function for a download button that notes the export, then makes the file; it fails when it cannot be noted.

    The button calls it in a thread without a session, so who asks is settled here.
    """
    actor = actor_of(viewer)

    def noted() -> bytes:
        note(viewer, "export", thing, actor=actor, is_needed=True, **details)
        return make()

    return noted


# --- for the page -----------------------------------------------------------------------------------------------------


def _for_admin(viewer: "Viewer") -> Any:
    if viewer.role != "admin":
        raise AuditError("只有管理员可以查阅审计。", "Only an administrator may read the audit log.")
    return open_audit(settings().database)


def events(
    viewer: "Viewer", actions: Iterable[str] = (), since: datetime | None = None, until: datetime | None = None,
    limit: int = 1000,
) -> list[Event]:  # fmt: skip
    """The newest events first, at most `limit`. Administrators only; reading is an event too, once for a session."""
    engine = _for_admin(viewer)
    once(viewer, "audit_read", "audit")
    return audit.read(engine, actions=actions, since=since, until=until, limit=limit)


def counts(viewer: "Viewer", since: datetime | None = None, until: datetime | None = None) -> dict[str, int]:
    """How many events there are of each action. Administrators only."""
    return audit.count(_for_admin(viewer), since=since, until=until)


def chain(viewer: "Viewer", now: float | None = None) -> Verdict:
    """Whether the chain is whole; checked again when it has grown, or a minute after. Administrators only."""
    engine = _for_admin(viewer)
    moment = time.monotonic() if now is None else now
    url, head = str(engine.url), audit.head(engine)
    kept = _checked.get(url)
    if kept is None or kept[0] != head or moment - kept[1] > RECHECK_SECONDS:
        kept = _checked[url] = (head, moment, audit.verify(engine))
    return kept[2]
