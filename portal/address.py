"""The address of a view (网址即视图): everything on screen stands in it, so a view is a bookmark.

The choosers write here and every run reads from here; there is no second place where a choice is kept, except that
the last view of a session is restored when the navigation opens a page without one.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

KEPT = (
    "area", "ind", "period", "vs", "since", "show", "ind2", "period2", "level", "layers", "classes", "lang", "role",
    "post", "screen", "item", "within",
)  # fmt: skip
_SAFE = re.compile(r"[\w:,.\-]{1,80}")
_MEMORY = "_last_view"


@dataclass(frozen=True)
class View:
    """What the address says; empty where it says nothing. `layers` None means the page's own choice."""

    area: str = ""
    ind: str = ""
    period: str = ""
    vs: str = ""
    since: str = ""
    show: str = ""
    ind2: str = ""
    period2: str = ""
    level: str = ""
    layers: tuple[str, ...] | None = None
    classes: str = ""
    lang: str = "zh"
    role: str = ""
    post: str = ""
    screen: str = ""
    item: str = ""
    within: str = ""
    case: str = ""


def _text(key: str) -> str:
    value = st.query_params.get(key, "")
    return value if _SAFE.fullmatch(value) else ""


def view() -> View:
    """The view in the address of this run; a value that no page ever writes counts as none."""
    layers = st.query_params.get("layers")
    return View(
        area=_text("area"),
        ind=_text("ind"),
        period=_text("period"),
        vs=_text("vs"),
        since=_text("since"),
        show=_text("show"),
        ind2=_text("ind2"),
        period2=_text("period2"),
        level=_text("level"),
        layers=None
        if layers is None
        else tuple(name for name in _text("layers").split(",") if name and name != "none"),
        classes=_text("classes"),
        lang="en" if _text("lang") == "en" else "zh",
        role=_text("role"),
        post=_text("post"),
        screen=_text("screen"),
        item=_text("item"),
        within=_text("within"),
        case=_text("case"),
    )


def asked_page() -> str:
    """The page named in the browser's address, whether or not there is one; "" for the first."""
    return str(st.context.url or "").split("?")[0].rstrip("/").rpartition("/")[2]


def go(**changes: Any) -> None:
    """Write changes into the address: None or "" takes a key out; a list becomes a comma list ("none" when empty)."""
    for key, value in changes.items():
        if value is None or value == "":
            st.query_params.pop(key, None)
        elif isinstance(value, list | tuple):
            st.query_params[key] = ",".join(value) or "none"
        else:
            st.query_params[key] = str(value)


def link(page: str, **changes: Any) -> str:
    """The address of a page for who is here now, in their language; `changes` are what the view shows there."""
    own = {key: st.query_params[key] for key in ("role", "post", "lang") if key in st.query_params}
    return f"/{page}?{urlencode({**own, **changes})}"


def here(area: str) -> str:
    """The whole address of what is on screen, as it can be sent to others.

    area : the area shown, which is another than the one asked for where that is not the reader's.
    """
    place = str(st.context.url or "/").split("?")[0]
    kept = {key: st.query_params[key] for key in KEPT if key in st.query_params}
    if "area" in kept:
        kept["area"] = area
    return f"{place}?{urlencode(kept, safe=':,')}" if kept else place


def keep() -> None:
    """Restore the last view when a page was opened by the navigation, which drops the address; remember this one."""
    if not any(key in st.query_params for key in KEPT) and _MEMORY in st.session_state:
        for key, value in st.session_state[_MEMORY].items():
            st.query_params[key] = value
    remember()


def remember() -> None:
    """Keep this view for the next page of the session."""
    st.session_state[_MEMORY] = {key: st.query_params[key] for key in KEPT if key in st.query_params}


def chooser_key(name: str, value: Any) -> str:
    """The widget key of a chooser, set to what the address says, so that the address is the one truth."""
    key = f"choose_{name}"
    st.session_state[key] = value
    return key


def write_choice(name: str, key: str) -> None:
    """Callback of a chooser: its value goes into the address."""
    go(**{name: st.session_state[key]})
