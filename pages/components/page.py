"""The head of a page, sections, the size of the reader's window."""

import streamlit as st

from portal.frame import as_of
from portal.stage import PHONE, window
from portal.words import esc, t


def heading(zh: str, en: str, note_zh: str = "", note_en: str = "") -> None:
    """The question of the page as a sentence, with the data date at its end; `note` stands small beside it."""
    note = f'<span class="wg-note">{esc(t(note_zh, note_en))}</span>' if note_zh else ""
    st.html(f'<div class="wg-head"><h1>{esc(t(zh, en))}</h1>{note}<span class="wg-asof">{esc(as_of())}</span></div>')


def section(zh: str, en: str, note: str = "") -> None:
    """The title of a part of a page, with a quiet note."""
    tail = f'<span class="wg-note">{esc(note)}</span>' if note else ""
    st.html(f'<div class="wg-section"><h2>{esc(t(zh, en))}</h2>{tail}</div>')


def is_phone() -> bool:
    """Whether the window is as narrow as a phone's."""
    return window()[0] < PHONE
