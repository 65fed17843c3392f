"""Month after month (逐月): a slider over the months kept and a button that plays them; the address holds it."""

import time
from collections.abc import Sequence

import streamlit as st

from portal import address
from portal.choice import Choice, period_label
from portal.identity import Viewer
from portal.months import kept_months, month_of, next_month
from portal.words import lang, t

STEP_SECONDS = 2.0
PLAYING, SINCE = "_plays_months", "_month_shown_at"


def month_slider(viewer: Viewer, choice: Choice) -> None:
    """Under a map: the last 24 months; nothing where fewer than two are kept."""
    months = kept_months(viewer)
    if len(months) < 2:
        return
    is_playing = bool(st.session_state.get(PLAYING)) and choice.period in months[:-1]
    key = address.chooser_key("month", month_of(months, choice.period))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wg_months"):
        st.button(t("停", "Stop") if is_playing else t("播放", "Play"), key="wg_play", on_click=_toggle,
                  icon=":material/pause:" if is_playing else ":material/play_arrow:",
                  args=(months, choice.period, is_playing))  # fmt: skip
        st.select_slider(t("月份", "Month"), months, key=key, label_visibility="collapsed",
                         format_func=lambda text: period_label(text, lang()), on_change=_take, args=(key,))  # fmt: skip
    st.session_state[SINCE] = time.monotonic()
    if is_playing:
        _play(months, choice.period)


def _toggle(months: Sequence[str], period: str, is_playing: bool) -> None:
    st.session_state[PLAYING] = not is_playing
    if not is_playing and period not in months[:-1]:
        address.go(period=months[0])


def _take(key: str) -> None:
    st.session_state[PLAYING] = False
    address.write_choice("period", key)


@st.fragment(run_every=STEP_SECONDS)
def _play(months: Sequence[str], period: str) -> None:
    """Goes on to the next month, once the one on screen has stood long enough."""
    if time.monotonic() - st.session_state[SINCE] >= STEP_SECONDS - 0.5:
        address.go(period=next_month(months, period))
        st.rerun()
