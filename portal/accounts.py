"""What an account or a screen link may see now (当前权限): asked again every few seconds, so that a change soon tells.

An answer is kept for `recheck_seconds`. Every read and every map address goes by `check`, whatever page, timer or
socket asked for it, so a right that was taken away ends everywhere at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from data import accounts
from data.settings import settings
from data.store import reading
from portal.identity import NotAllowedError, Viewer, detail_of
from portal.snapshot import store, watched

KEPT = 10_000
_kept: OrderedDict[tuple[str, str, str], tuple[float, Any]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class SignIn:
    """One sign-in of a person: what the identity provider calls them, and when they signed in (seconds, 0: unknown)."""

    subject: str
    at: int = 0


def now() -> datetime:
    """The time of day; tests replace it."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds that pass, for how old an answer is; tests replace it."""
    return time.monotonic()


def of_sign_in(sign_in: SignIn) -> tuple[Viewer | None, str]:
    """The viewer of a sign-in; else None and why: "unknown" (no account), "off" (switched off), "ended" (over)."""
    found = _ask("subject", sign_in.subject, lambda conn: accounts.account_of(conn, sign_in.subject))
    if found is None:
        return None, "unknown"
    return _viewer(found, sign_in.at)


def _viewer(account: accounts.Account, at: int) -> tuple[Viewer | None, str]:
    if not account.is_active:
        return None, "off"
    if at and not _is_on(account, at):
        return None, "ended"
    detail = account.detail or detail_of(account.role)
    return Viewer(account.role, account.areas, detail, who=f"account:{account.account_id}:{at}"), ""


def _is_on(account: accounts.Account, at: int) -> bool:
    end = datetime.fromtimestamp(at, UTC) + timedelta(hours=settings().sign_in_hours)
    is_signed_out = account.signed_out_at is not None and at <= account.signed_out_at.timestamp()
    return now() < end and not is_signed_out


def of_link(token: str) -> Viewer | None:
    """The viewer of a screen's link; None for a token that opens nothing (any more)."""
    hashed = accounts.token_hash(token)
    with reading(store()) as conn:
        found = accounts.link_of(conn, hashed)
    return _screen(found) if found and found.holds(now()) else None


def actor_of(sign_in: SignIn) -> str:
    """How the audit log writes the account of a sign-in, whether it may come in or not; "" without an account."""
    found = _ask("subject", sign_in.subject, lambda conn: accounts.account_of(conn, sign_in.subject))
    return f"account:{found.account_id}" if found else ""


def subject_of(viewer: Viewer) -> str:
    """What the administrators know a viewer's account by; "" without one."""
    kind, _, key = viewer.actor.partition(":")
    found = _ask("account", key, lambda conn: accounts.account(conn, key)) if kind == "account" else None
    return found.subject if found else ""


def link_of(token: str) -> tuple[str, bool]:
    """How the audit log writes a link, and whether it is or was one of ours: by its number, else by its hash."""
    hashed = accounts.token_hash(token)
    with reading(store()) as conn:
        found = accounts.link_of(conn, hashed)
    return (f"link:{found.link_id}", True) if found else (f"link:sha256:{hashed[:16]}", False)


def _screen(link: accounts.ScreenLink) -> Viewer:
    return Viewer("screen", (link.area_code,), "public", who=f"link:{link.link_id}")


def granted(who: str) -> Viewer | None:
    """What the account or link of a viewer may see now; None when it may see nothing any more."""
    kind, key, *rest = who.split(":")
    if kind == "account":
        account = _ask("account", key, lambda conn: accounts.account(conn, key))
        return _viewer(account, int(rest[0]))[0] if account else None
    link = _ask("link", key, lambda conn: accounts.link(conn, key))
    return _screen(link) if link and link.holds(now()) else None


def check(viewer: Viewer) -> None:
    """Raises NotAllowedError unless this viewer may still see what they could when they were let in.

    In the demo everybody is let in by choosing a role; in no other mode is anybody here without an account or link.
    """
    is_good = _narrowed(granted(viewer.who), viewer) if viewer.who else settings().identity == "demo"
    if not is_good:
        raise NotAllowedError(
            "您的权限刚刚改变或登录已结束；请刷新页面。",
            "Your rights have just changed or your sign-in has ended; reload the page.",
        )


def _narrowed(now_granted: Viewer | None, viewer: Viewer) -> bool:
    """Whether a viewer is what is granted now, or the same at a lower detail (the wall of a leader)."""
    return (
        now_granted is not None
        and now_granted.areas == viewer.areas
        and now_granted.may_see(viewer.detail)
        and (viewer.role == now_granted.role or (viewer.role, viewer.detail) == ("screen", "public"))
    )


def forget() -> None:
    """Ask the store again at the next look: something was just changed here."""
    with _lock:
        _kept.clear()


def _ask(kind: str, key: str, query: Callable[[Any], Any]) -> Any:
    moment = ticks()
    # Asked first: what is kept of a file that was replaced answers nobody.
    engine = store()
    place = (watched().file_key(), kind, key)
    with _lock:
        at, answer = _kept.get(place, (None, None))
    if at is not None and moment - at < settings().recheck_seconds:
        return answer
    with reading(engine) as conn:
        answer = query(conn)
    with _lock:
        _kept[place] = moment, answer
        _kept.move_to_end(place)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return answer
