"""The way in and out on screen (出入口): whom the frame lets in, what a stranger reads, the watch of a session."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAuthError

from data.errors import StoreError
from data.settings import settings
from portal import accounts, actions, audit, health, identity, rules, sign_in, trouble
from portal.identity import Viewer
from portal.sign_in import Refusal
from portal.words import t

TRY_SECONDS = 10


def named() -> sign_in.SignIn | Refusal | None:
    """Whom the provider names, before the store is opened; None in the demo and for the link of a screen."""
    if settings().identity == "demo" or sign_in.link_token():
        return None
    return sign_in.sign_in()


def show_only(refusal: Refusal) -> None:
    """Nothing but why nobody comes in, at every address of ours; noted, unless nobody has tried yet."""
    if refusal.why != "sign_in":
        _note(refusal)
    show_alone(lambda: _refusal(refusal))


def _note(refusal: Refusal) -> None:
    if refusal.why == "link":
        link, is_ours = accounts.link_of(sign_in.link_token())
        audit.not_let_in(refusal.why, link, actor=link if is_ours else "")
    else:
        subject = refusal.subject
        actor = accounts.actor_of(sign_in.SignIn(subject)) if subject else ""
        audit.not_let_in(refusal.why, actor=actor, subject=subject)


def show_alone(draw: Path | Callable[[], None]) -> None:
    """One thing and no navigation, at every address of ours: a page that is not listed cannot be opened either.

    draw : what draws it, or the file of a page.
    """
    pages = [st.Page(draw, title="·", url_path="home", default=True)]
    pages += [st.Page(draw, title="·", url_path=name) for name in rules.PAGES]
    st.navigation(pages, position="hidden").run()


def _refusal(refusal: Refusal) -> None:
    trouble.refused(refusal.why, refusal.subject)
    if settings().identity != "oidc" or refusal.why == "link":
        return
    if refusal.why in ("unknown", "off", "no_claim"):
        st.button(t("换一个账户登录", "Sign in as somebody else"), key="wg_sign_out", on_click=st.logout)
    else:
        st.button(t("登录", "Sign in"), key="wg_sign_in", type="primary", on_click=_ask_provider)


def _ask_provider() -> None:
    try:
        st.login()
    except StreamlitAuthError:
        trouble.no_provider()


def is_public_demo() -> bool:
    """Whether the demo, which knows nobody, could be reached from other machines."""
    return settings().identity == "demo" and not identity.is_loopback(st.get_option("server.address"))


def sign_out_button(viewer: Viewer) -> None:
    """Ends every sign-in of this person, here and elsewhere."""
    if settings().identity == "oidc":
        st.button(t("退出登录", "Sign out"), key="wg_sign_out", on_click=_sign_out, args=(viewer,))


def _sign_out(viewer: Viewer) -> None:
    actions.sign_out(viewer)
    st.logout()


def watch(viewer: Viewer, *, is_wall: bool = False, is_refused: bool = False) -> None:
    """Looks again every few seconds at an open session: is the viewer still the same, and the store? If not, runs the
    page. While something is wrong with the store the page stays as it is, under a band that says so.

    is_wall : the wall says by itself what is wrong. is_refused : single buildings and households are not shown, because
    it would leave no trace (`audit.is_refused`); when that changes, the page runs too.
    """
    st.fragment(_watch_again, run_every=settings().recheck_seconds)(viewer, health.state(), is_wall, is_refused)


def _watch_again(viewer: Viewer, drawn: str, is_wall: bool, was_refused: bool) -> None:
    fault = health.fault()
    is_away = fault is not None and not fault.is_readable
    if not is_away and (health.state() != drawn or audit.is_refused(viewer) != was_refused):
        st.rerun()
    if fault is not None and fault.state != drawn and not is_wall and not was_refused:
        trouble.band(trouble.store_title(fault.state), fault.zh, fault.en)
    if is_away or not viewer.who:
        return  # nothing is known while the store is away, and nothing can be read either
    try:
        found = look(is_click=False)
    except StoreError:
        return
    if found != viewer:
        st.rerun()


def try_again() -> None:
    """Runs the page again in a while: it comes back by itself when its store does, and nobody has to do anything."""
    st.session_state["_tried"] = False
    st.fragment(_try_again, run_every=TRY_SECONDS)()


def _try_again() -> None:
    if st.session_state.get("_tried"):
        st.rerun()
    st.session_state["_tried"] = True


def look(*, is_click: bool) -> Viewer | Refusal | None:
    """Who is here now; None in the demo."""
    if token := sign_in.link_token():
        return sign_in.by_link(token)
    found = named()
    return sign_in.viewer_of(found, is_click=is_click) if isinstance(found, sign_in.SignIn) else found
