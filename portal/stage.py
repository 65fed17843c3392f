"""What the first picture of a session waits for (首屏): the map's areas first, everything else when they stand.

A browser that opens the dashboard has megabytes of script to read and shaders to compile, one after the other. So the
first run of a session sends the frame, the numbers and the map, which draws its areas first and says when they stand;
the next run sends the whole page. Later runs never wait, and a reader without our page shell (whose cookie is missing)
gets everything at once.
"""

import re

import streamlit as st

_DRAWN = "_first_map_drawn"
_WAITING = "_first_map_waiting"

PHONE = 640
"""Windows narrower than this (CSS pixels) get the phone layout."""


def window_size() -> tuple[int, int] | None:
    """Width and height of the reader's window in CSS pixels when the page was opened; None without our page shell.

    The shell sets the cookie before anything else runs (portal/shell.py), so every browser with scripts has it.
    """
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", str(st.context.cookies.get("wangge_window")))
    return (int(found[1]), int(found[2])) if found else None


def window() -> tuple[int, int]:
    """Width and height of the reader's window in CSS pixels when the page was opened; 1440×900 when unknown."""
    return window_size() or (1440, 900)


def begin() -> None:
    """A run begins: nothing waits until a map says so."""
    st.session_state.pop(_WAITING, None)


def wait_for_map() -> bool:
    """Called by the first map of a run: True when the page is to wait for it, and to draw only what cannot."""
    if _DRAWN in st.session_state or window_size() is None:
        return False
    st.session_state[_WAITING] = True
    return True


def is_waiting() -> bool:
    """Whether what needs scripts of its own (charts, tables) is to leave its place empty in this run."""
    return _WAITING in st.session_state


def go_on() -> None:
    """The map stands: from now on every run of this session draws everything."""
    st.session_state[_DRAWN] = True
