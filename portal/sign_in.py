"""How people get in (登录): the demo's choice, an OIDC provider, a trusted proxy, or the link of a screen.

The provider says who somebody is, once, when the socket opens; what they may see is ours and asked again on every run
(`portal.accounts`). A sign-in ends after its hours, or when nobody has clicked for a while.
"""

import os
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass

import streamlit as st

from data.settings import settings
from portal import accounts, identity
from portal.accounts import SignIn
from portal.identity import Viewer

LINK = "screen_link"
FREE_GUESSES, SLOWED_SECONDS = 5, 1.0
_KEPT = 10_000
_clicked: OrderedDict[str, float] = OrderedDict()
_guesses: OrderedDict[str, deque[float]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Refusal:
    """Nobody comes in, and why: a key of `trouble.REFUSALS`. `subject` is what the provider calls them, if it did."""

    why: str
    subject: str = ""


def sign_in() -> SignIn | Refusal:
    """Whom the provider or the proxy names for this session, before the store is asked anything."""
    return _by_oidc() if settings().identity == "oidc" else _by_proxy()


def _by_oidc() -> SignIn | Refusal:
    claims = st.user.to_dict()
    if not claims.get("is_logged_in"):
        return Refusal("sign_in")
    subject, at = str(claims.get(settings().oidc_claim) or ""), claims.get("iat")
    # A sign-in without its time could never end.
    return SignIn(subject, int(at)) if subject and isinstance(at, int | float) else Refusal("no_claim")


def _by_proxy() -> SignIn | Refusal:
    if not is_trusted(st.context.ip_address, st.get_option("server.address")):
        return Refusal("no_proxy")
    named = st.context.headers.get_all(settings().proxy_header)
    # Two of them: the proxy did not strip the one that came from outside.
    if len(named) != 1 or not (subject := named[0].strip()):
        return Refusal("no_header")
    return SignIn(subject)


def is_trusted(peer: str | None, bound_to: object) -> bool:
    """Whether a request may name a person in a header: it came from this machine or from a listed proxy.

    peer : address of the socket's other end, None for this machine. bound_to : the address the server listens on. The
    server rewrites a peer from X-Forwarded-For where FORWARDED_ALLOW_IPS says so: that must not go past this machine.
    """
    if identity.is_loopback(bound_to):
        return True
    rewriters = {part.strip() for part in os.environ.get("FORWARDED_ALLOW_IPS", "").split(",")} - {""}
    if not rewriters <= {*identity.LOOPBACK}:
        return False
    return peer is None or peer in identity.LOOPBACK or peer in settings().proxies


def viewer_of(found: SignIn, *, is_click: bool) -> Viewer | Refusal:
    """What a sign-in may see now. `is_click`: somebody is at the keyboard, so the idle time begins anew."""
    viewer, why = accounts.of_sign_in(found)
    if viewer is None:
        return Refusal(why, found.subject)
    if not _is_awake(_session(viewer), is_click):
        return Refusal("idle", found.subject)
    return viewer


def _session(viewer: Viewer) -> str:
    """What the idle time belongs to: the sign-in with all its windows; without its time, this one session."""
    if not viewer.who.endswith(":0"):
        return viewer.who
    return viewer.who + str(st.session_state.setdefault("_session", os.urandom(8).hex()))


def _is_awake(session: str, is_click: bool) -> bool:
    now, limit = accounts.now().timestamp(), settings().idle_minutes * 60
    with _lock:
        last = _clicked.get(session, now)
        if now - last > limit:
            return False
        if is_click or session not in _clicked:
            _clicked[session] = now
            _clicked.move_to_end(session)
            while len(_clicked) > _KEPT:
                _clicked.popitem(last=False)
    return True


def link_token() -> str:
    """The token of a screen in the address; "" when there is none."""
    return st.query_params.get(LINK, "")


def by_link(token: str) -> Viewer | Refusal:
    """The screen of a link. Who tries many wrong ones waits for each; a right one never waits."""
    viewer = accounts.of_link(token)
    if viewer is not None:
        return viewer
    if _is_guessing(st.context.ip_address or "here"):
        _pause()
    return Refusal("link")


def _pause() -> None:
    time.sleep(SLOWED_SECONDS)


def _is_guessing(address: str) -> bool:
    """Count one wrong link from an address; True from the sixth within a minute on."""
    now = time.monotonic()
    with _lock:
        tries = _guesses.setdefault(address, deque(maxlen=FREE_GUESSES + 1))
        tries.append(now)
        _guesses.move_to_end(address)
        while len(_guesses) > _KEPT:
            _guesses.popitem(last=False)
        return len(tries) > FREE_GUESSES and now - tries[0] < 60


def forget() -> None:
    """Nobody clicked or guessed yet; for tests."""
    with _lock:
        _clicked.clear()
        _guesses.clear()
