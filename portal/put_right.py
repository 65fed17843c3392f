"""Addresses that ask for what is not there (网址更正): said in a sentence, and put right.

A bookmark outlives an area, a code has a slip, a link was made for somebody else's areas. What a session opens with is
judged once, by whoever reads it (frame, page, `choice`); what stands in the address later was written by our choosers,
and the navigation carries a view to pages that have not all of it. An area outside one's own gets the very words of one
that does not exist.
"""

import re

import streamlit as st

from portal import address
from portal.words import esc, t

_JUDGED = "_address_judged"
_SAID = "_address_said"
_SHOWN = "_address_shown"
_REPEATED = re.compile(r"[A-Za-z0-9:._-]{1,24}")
"""What may be repeated on the page. Longer words, or Chinese ones, could say something in our name."""


def asked(key: str) -> str | None:
    """What this session's first address says under a key, as it may be repeated on the page; None where it says
    nothing, "" where it is not fit to be repeated."""
    value = st.query_params.get(key)
    if st.session_state.get(_JUDGED) or not value:
        return None
    return value if _REPEATED.fullmatch(value) else ""


def wrong(
    key: str,
    what: tuple[str, str],
    shown: tuple[str, str],
    why: tuple[str, str] = ("不存在", "is not there"),
    *,
    is_repeated: bool = True,
    instead: str | None = None,
) -> None:
    """The value of a key is not what is shown: say so, and put the address right. Nothing once that was judged.

    what : what the key holds, "区域" and "area". shown : what is on screen. why : what is the matter with the value.
    is_repeated : whether the sentence names the value. instead : what the address says then; None takes the key out.
    """
    value = asked(key)
    if value is None or key in _said():
        return
    zh, en = (f" {value} ", f" {value}") if value and is_repeated else ("", "")
    _said()[key] = (
        f"网址里的{what[0]}{zh}{why[0]}，现显示{shown[0]}。",
        f"The {what[1]}{en} in the address {why[1]}; this is {shown[1]}.",
        instead,
    )


def _said() -> dict[str, tuple[str, str, str | None]]:
    found: dict[str, tuple[str, str, str | None]] = st.session_state.setdefault(_SAID, {})
    return found


def settle() -> None:
    """The end of a run that showed a page: what was wrong leaves the address, and from now on nothing is judged."""
    if not st.session_state.get(_JUDGED):
        address.go(**{key: instead for key, (_, _, instead) in _said().items()})
        st.session_state[_JUDGED] = True
        st.session_state[_SHOWN] = _here()


def words() -> list[str]:
    """The sentences, in the reader's language, until the reader goes on to another view."""
    if st.session_state.get(_JUDGED) and _here() != st.session_state[_SHOWN]:
        st.session_state.pop(_SAID, None)
    return [t(zh, en) for zh, en, _ in _said().values()]


def _here() -> dict[str, str]:
    # The language changes no view.
    return {key: value for key, value in st.query_params.items() if key != "lang"}


def draw() -> None:
    """A quiet line above the page for each sentence; nothing where all was right."""
    if found := words():
        st.html(f'<div class="wg-put-right">{"".join(f"<p>{esc(sentence)}</p>" for sentence in found)}</div>')
