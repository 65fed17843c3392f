"""The ledgers owed (催报): a filtered table of community, ledger and month, its files, and the words to send."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from data import terms
from pages.components.export import WORDS
from pages.components.first_map import draw_table
from pages.components.page import heading, is_phone
from pages.components.paged import one_page
from portal import address, audit, reads
from portal.choice import period_label
from portal.identity import Viewer
from portal.owed import due_day, letter, owed, owed_words
from portal.table_export import KINDS, table_file
from portal.watermark import mark_of
from portal.words import UNKNOWN, count, day, esc, inert, lang, t

HEADS = {
    "code": ("代码", "Code"), "parent": ("乡镇", "Township"), "name": ("社区（村）", "Community"),
    "ledger": ("台账", "Ledger"), "month": ("所属月份", "Month"), "late": ("已迟（天）", "Days late"),
    "last_month": ("上次收到的月份", "Last month received"), "last_load": ("上次载入", "Last loaded"),
}  # fmt: skip
HEIGHT = 420


def draw_owed(viewer: Viewer) -> None:
    """What is owed of the month chosen (the last one due, unless the address says another), and one letter."""
    rows = owed(viewer)
    on = reads.status().data_on
    rule = t(f"每月台账下月 {due_day()} 日前报；截至{day(on)}；零报告算已报",
             f"due on day {due_day()} of the next month; counted to {day(on)}; a nil report counts")  # fmt: skip
    heading(f"催报：{owed_words(rows, 'zh')}", f"Ledgers owed: {owed_words(rows, 'en')}", rule, rule)
    if rows.empty or on is None:
        words = t("没有欠报的台账，或还没有按月报的台账。", "Nothing is owed, or no ledger comes month by month yet.")
        st.html(f'<div class="wg-panel">{esc(words)}</div>')
        return
    left, right = st.columns([0.64, 0.36], gap="small")
    with left:
        chosen = _filtered(rows)
        _draw_rows(viewer, chosen)
    with right:
        _draw_letter(rows, list(dict.fromkeys(chosen["code"])))


def _filtered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as the address or the choosers over the table say."""
    months = sorted(rows["month"].unique(), reverse=True)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        month = _choose("month", t("所属月份", "Month"), months, period_label, months[0])
        ledger = _choose("ledger", t("台账", "Ledger"), list(rows["ledger"].unique()), _ledger)
        parent = _choose("township", t("乡镇", "Township"), list(dict.fromkeys(rows["parent"])), str)
    good = pd.Series(True, index=rows.index)
    for column, wanted in (("month", month), ("ledger", ledger), ("parent", parent)):
        if wanted:
            good &= rows[column] == wanted
    return rows[good].reset_index(drop=True)


def _ledger(code: str) -> str:
    return terms.LEDGERS.label(code, lang())


ALL = "all"
"""In the address: every month, ledger or township."""


def _choose(name: str, label: str, options: Sequence[str], words: Callable[[str], str], default: str = ALL) -> str:
    """What is chosen of some; "" for all of them."""
    asked = st.query_params.get(name, "")
    key = address.chooser_key(name, asked if asked in (*options, ALL) else default)
    everything = t("全部", "All")
    st.selectbox(label, [ALL, *options], key=key, width=200,
                 format_func=lambda value: everything if value == ALL else words(value),
                 on_change=address.write_choice, args=(name, key))  # fmt: skip
    chosen = str(st.session_state[key])
    return "" if chosen == ALL else chosen


def _draw_rows(viewer: Viewer, rows: pd.DataFrame) -> None:
    shown = rows.assign(
        ledger=rows["ledger"].map(_ledger), month=rows["month"].map(period_label),
        last_month=[period_label(month) if month else UNKNOWN for month in rows["last_month"]],
        last_load=[day(on) for on in rows["last_load"]],
    )  # fmt: skip
    heads = {name: t(*words) for name, words in HEADS.items()}
    many = t(f"{owed_words(rows, 'zh')}（已按上面筛选）", f"{owed_words(rows, 'en')} (as chosen above)")
    st.html(f'<div class="wg-note">{esc(many)}</div>')
    columns = [name for name in heads if not is_phone() or name in ("name", "ledger", "month", "late")]
    draw_table(one_page(shown, {"late": heads["late"], "name": heads["name"]}, "owed"), key="table_owed", height=HEIGHT,
               column_order=columns, column_config=dict(heads))  # fmt: skip
    code, mark = reads.home(viewer).code, mark_of(viewer)
    with st.popover(t("导出", "Export"), key="wg_export_owed"):
        for kind, mime in KINDS.items():
            make = partial(table_file, viewer, "owed", code, t("催报", "Ledgers owed"), shown, heads, mark, kind)
            st.download_button(
                t(*WORDS[kind]), mime=mime, key=f"export_owed_{kind}", on_click="ignore", type="tertiary",
                file_name=f"{t('催报', 'ledgers_owed')}.{kind}",
                data=audit.exporting(viewer, f"owed:{code}", make, rows=len(shown), kind=kind),
            )  # fmt: skip


def _draw_letter(rows: pd.DataFrame, codes: Sequence[str]) -> None:
    """The words for one of the communities in the table, about all it owes, with a button that copies them."""
    if not codes:
        return
    names = dict(zip(rows["code"], rows["parent"] + " " + rows["name"], strict=True))
    code = _choose("unit", t("发给哪个社区", "To which community"), codes, names.__getitem__, codes[0]) or codes[0]
    st.code(letter(rows[rows["code"] == code], lang()), language=None, wrap_lines=True)
    st.caption(inert(t(f"右上角可复制；写的是这个社区欠报的全部 {count(int((rows['code'] == code).sum()))} 期。",
                       "Copy at the upper right; it is about everything that this community owes.")))  # fmt: skip
