"""审计 Audit: what was done with the data, by whom, and whether the record of it is whole."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards
from pages.components.page import heading, is_phone, section
from portal import address, audit
from portal.exports import KINDS, as_csv, as_xlsx
from portal.identity import Viewer, require_page
from portal.watermark import mark_of
from portal.words import CHINA, count, esc, lang, t

PERIODS = {"1": ("一天内", "Last day"), "7": ("7天内", "Last 7 days"), "30": ("30天内", "Last 30 days"),
           "": ("全部", "All")}  # fmt: skip
FIRST = ("sign_in", "refused", "detail_view", "export", "load", "role_change")
"""The actions with a card of their own; the others share one."""
MOST = 1000
COLUMNS = {
    "event_no": ("编号", "No."), "at": ("时间", "Time"), "what": ("行为", "Action"), "object": ("对象", "Object"),
    "actor": ("谁", "Who"), "role": ("身份", "Role"), "area_code": ("区域", "Area"), "details": ("数量", "Counts"),
}  # fmt: skip
REASONS = {
    "altered": ("被改动", "was altered"), "missing": ("缺失", "is missing"), "added": ("是后加的", "was added"),
    "cut": ("起到末尾被删除", "and all behind it are gone"),
    "purged": ("之前被非正常删除", "is where events before it were deleted by other means"),
    "anchored": ("与日志之外的锚点不同", "is not the one that the anchor outside the log says"),
    "anchor": ("起无从核对，锚点文件读不出来", "and all behind it cannot be checked, the anchor is unreadable"),
}  # fmt: skip


def ask() -> tuple[str, str]:
    """Which action and how far back, from the address; "" for all."""
    action, days = st.query_params.get("action", ""), st.query_params.get("days", "7")
    action, days = action if action in terms.AUDIT_ACTIONS else "", days if days in PERIODS else "7"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        key = address.chooser_key("action", action)
        everything = t("全部", "All")
        st.selectbox(
            t("行为", "Action"), ["", *terms.AUDIT_ACTIONS], key=key, width=200, on_change=address.write_choice,
            args=("action", key),
            format_func=lambda code: terms.AUDIT_ACTIONS.label(code, lang()) if code else everything,
        )  # fmt: skip
        key = address.chooser_key("days", days)
        st.selectbox(
            t("时间", "Period"), list(PERIODS), key=key, width=160, format_func=lambda name: t(*PERIODS[name]),
            on_change=_take_days, args=(key,),
        )  # fmt: skip
    return action, days


def _take_days(key: str) -> None:
    # An empty value would fall back to the usual one: all is said outright.
    st.query_params["days"] = st.session_state[key]


def state(viewer: Viewer) -> None:
    """Whether the chain is whole, and how many loads it tells of, as the head of the page."""
    found = audit.chain(viewer)
    loads = audit.counts(viewer)["load"]
    whole = f"{count(found.whole)} / {count(found.kept)}"
    if found.is_whole:
        heading(
            f"审计：完整 {whole} 条，载入 {count(loads)} 次",
            f"Audit: {count(found.whole)} of {count(found.kept)} events whole, {count(loads)} loads",
        )
        return
    if found.is_unbroken:
        heading(
            f"审计：未被改动 {whole} 条，但有 {count(found.lost)} 件事没能记下，载入 {count(loads)} 次",
            f"Audit: {count(found.whole)} of {count(found.kept)} events unchanged, {count(found.lost)} not noted, "
            f"{count(loads)} loads",
        )
        st.warning(
            t("它们发生时审计记录写不进去；“未能留痕”的记录说明何时。",
              "No event could be written when they happened; the events “Not noted” say when.")
        )  # fmt: skip
        return
    zh, en = REASONS.get(found.reason, REASONS["altered"])
    heading(f"审计：不完整，第 {found.broken_no} 条{zh}", f"Audit: broken, event {found.broken_no} {en}")
    st.error(
        t(f"前 {count(found.whole)} 条完好，共 {count(found.kept)} 条。请保留现场，用命令 etl audit verify 复核。",
          f"{count(found.whole)} before it are whole, of {count(found.kept)}. Keep everything as it is and check with "
          "python -m etl audit verify.")
    )  # fmt: skip


def sums(viewer: Viewer, since: datetime | None) -> None:
    """How many events of each kind."""
    found = audit.counts(viewer, since)
    cards = [card(terms.AUDIT_ACTIONS.label(code, lang()), count(found[code])) for code in FIRST]
    rest = sum(many for code, many in found.items() if code not in FIRST)
    draw_cards(*cards, card(t("其他", "Other"), count(rest)))


def table(rows: list[audit.Event]) -> pd.DataFrame:
    """The events as a reader sees them, newest first."""
    lines = [
        {
            **{name: getattr(row, name) for name in ("event_no", "object", "actor", "area_code")},
            "at": f"{datetime.fromisoformat(row.happened_at).astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
            "what": terms.AUDIT_ACTIONS.label(row.action, lang()),
            "role": terms.ROLES.label(row.role, lang()),
            "details": row.details.strip("{}").replace('"', ""),
        }
        for row in rows
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def draw(viewer: Viewer, shown: pd.DataFrame, total: int) -> None:
    """The events, and the same as a file."""
    section("记录", "Events", t("最新的在前，北京时间", "newest first, China time"))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        heads, lines = [t(*words) for words in COLUMNS.values()], shown.to_numpy(dtype=object).tolist()
        mark = mark_of(viewer)
        for word, ending, make in (
            ("Excel", "xlsx", partial(as_xlsx, t("审计", "Audit"), heads, lines, mark)),
            ("CSV", "csv", partial(as_csv, heads, lines, mark)),
        ):  # fmt: skip
            st.download_button(
                t(f"下载 {word}", f"Download {word}"), mime=KINDS[ending], key=f"audit_{ending}", on_click="ignore",
                data=audit.exporting(viewer, "audit", make, rows=len(lines), kind=ending),
                file_name=t("审计", "audit") + f".{ending}",
            )  # fmt: skip
        many = t(f"{count(len(shown))} / {count(total)} 条", f"{count(len(shown))} of {count(total)} events")
        st.html(f'<span class="wg-note">{esc(many)}</span>', width="content")
    names = ("at", "what", "object") if is_phone() else tuple(COLUMNS)
    st.dataframe(shown[list(names)], hide_index=True, key="events", height=420,
                 column_config={name: st.column_config.Column(t(*COLUMNS[name])) for name in names})  # fmt: skip


viewer = require_page("audit")
state(viewer)
action, days = ask()
since = datetime.now(UTC) - timedelta(days=int(days)) if days else None
rows = audit.events(viewer, [action] if action else [], since, limit=MOST)
found = audit.counts(viewer, since)
sums(viewer, since)
draw(viewer, table(rows), found[action] if action else sum(found.values()))
