"""账户与屏幕 Accounts and screens: who may sign in and what they see, and the links of briefing screens."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data import terms
from pages.components.page import heading, is_phone, section
from portal import actions, reads
from portal.identity import Viewer, detail_of, require_page
from portal.sign_in import LINK
from portal.trouble import StoreError
from portal.words import UNKNOWN, count, day, lang, t

LONGEST_DAYS, USUAL_DAYS = 366, 90
TOLD = "_admin_told"


def names_of_areas(viewer: Viewer) -> dict[str, str]:
    """Every area that may be given away, by code: its name and code."""
    found = [
        a for own in reads.own_areas(viewer) for level in terms.LEVELS for a in reads.below(viewer, own.code, level)
    ]
    return {a.code: f"{reads.full_name(a)} {a.code}" for a in found}


def detail_words(detail: str, role: str = "") -> str:
    """A level of detail in words; "" is that of the role."""
    if detail:
        return terms.DETAILS.label(detail, lang())
    usual = terms.DETAILS.label(detail_of(role), lang()) if role else ""
    return t("按角色", "As the role") + (f" ({usual})" if usual else "")


def attempt(change: Callable[[], object], zh: str, en: str) -> None:
    """Make a change in the callback of its button, before the page is drawn again, and keep what to say about it.

    In a callback, because a form made from an older version is gone when the page is drawn.
    """
    try:
        change()
    except StoreError as error:
        st.session_state[TOLD] = (False, t(error.zh, error.en))
    else:
        st.session_state[TOLD] = (True, t(zh, en))


def say() -> None:
    """What became of the last change."""
    if TOLD in st.session_state:
        is_done, words = st.session_state.pop(TOLD)
        (st.success if is_done else st.warning)(words)


def accounts_table(found: list[Any], names: dict[str, str]) -> None:
    """One row per account."""
    rows = pd.DataFrame(
        {
            "subject": [a.subject for a in found],
            "role": [terms.ROLES.label(a.role, lang()) for a in found],
            "areas": ["、".join(names.get(code, code) for code in a.areas) for a in found],
            "detail": [detail_words(a.detail or "", a.role) for a in found],
            "state": [t("启用", "On") if a.is_active else t("停用", "Off") for a in found],
            "changed": [day(a.changed_at.date()) for a in found],
        }
    )
    words = {
        "subject": t("标识", "Identifier"), "role": t("角色", "Role"), "areas": t("区域", "Areas"),
        "state": t("状态", "State"), "detail": t("详细程度", "Detail"), "changed": t("最近修改", "Last change"),
    }  # fmt: skip
    shown = ["subject", "role", "state"] if is_phone() else list(words)
    st.dataframe(
        rows[shown], hide_index=True, key="accounts", placeholder=UNKNOWN,
        column_config={name: st.column_config.TextColumn(words[name]) for name in shown},
    )  # fmt: skip


def ask_rights(names: dict[str, str], key: str, role: str, areas: tuple[str, ...], detail: str) -> None:
    """The fields of what somebody may see: role, areas, detail."""
    st.selectbox(
        t("角色", "Role"), list(terms.ROLES), index=list(terms.ROLES).index(role), key=f"{key}_role",
        format_func=lambda code: terms.ROLES.label(code, lang()),
    )  # fmt: skip
    st.multiselect(
        t("负责区域（含其下全部）", "Areas, with everything inside"), list(names), key=f"{key}_areas",
        default=list(areas), format_func=names.__getitem__,
    )  # fmt: skip
    st.selectbox(
        t("详细程度", "Detail"), ["", *terms.DETAILS], index=["", *terms.DETAILS].index(detail), key=f"{key}_detail",
        format_func=detail_words,
    )  # fmt: skip


def rights(key: str) -> dict[str, Any]:
    """What was filled in there."""
    role, areas, detail = (st.session_state[f"{key}_{name}"] for name in ("role", "areas", "detail"))
    return {"role": role, "areas": areas, "detail": detail or None}


def new_account(viewer: Viewer, names: dict[str, str]) -> None:
    """The form of a new account."""
    with st.form("new_account", clear_on_submit=False):
        st.text_input(
            t("标识（身份服务给出的，不填姓名）", "Identifier, as the identity provider says; no name"),
            key="new_subject",
        )
        ask_rights(names, "new", "leader", (), "")

        def add() -> None:
            actions.add_account(viewer, st.session_state["new_subject"], **rights("new"))

        st.form_submit_button(t("新增账户", "Add the account"), type="primary", on_click=attempt,
                              args=(add, "已新增账户。", "The account was added."))  # fmt: skip


def one_account(viewer: Viewer, found: list[Any], names: dict[str, str]) -> None:
    """Choose an account and change it."""
    by_id = {a.account_id: a for a in found}
    picked = st.selectbox(
        t("要修改的账户", "Account to change"), list(by_id), key="picked", format_func=lambda key: by_id[key].subject
    )
    account = by_id[picked]
    names = names | {code: code for code in account.areas if code not in names}
    # The version is part of the keys: after a change, the form begins anew with what is there.
    key = f"{account.account_id}_{account.version_no}"
    with st.form(f"change_{key}"):
        ask_rights(names, key, account.role, account.areas, account.detail or "")
        st.toggle(t("启用", "On"), value=account.is_active, key=f"{key}_active")

        def save() -> None:
            is_active = st.session_state[f"{key}_active"]
            actions.change_account(viewer, picked, account.version_no, **rights(key), is_active=is_active)

        words = ("已保存；已登录的会话一分钟内生效。", "Saved; open sessions follow within a minute.")
        st.form_submit_button(t("保存修改", "Save"), on_click=attempt, args=(save, *words))


def screens_table(found: list[Any], names: dict[str, str]) -> None:
    """One row per screen link."""
    now = datetime.now().astimezone()
    states = [
        t("已撤销", "Revoked") if s.revoked_at else t("有效", "Holds") if s.holds(now) else t("已过期", "Over")
        for s in found
    ]
    rows = {
        t("名称", "Label"): [s.label for s in found],
        t("区域", "Area"): [names.get(s.area_code, s.area_code) for s in found],
        t("有效期至", "Until"): [day(s.expires_at.date()) for s in found],
        t("状态", "State"): states,
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="screens", placeholder=UNKNOWN)


def new_screen(viewer: Viewer, names: dict[str, str]) -> None:
    """The form of a new link; the link itself is shown once, below."""
    with st.form("new_screen"):
        st.text_input(t("名称（挂在哪里）", "Label: where it hangs"), key="screen_label")
        st.selectbox(t("显示区域", "Area shown"), list(names), key="screen_area", format_func=names.__getitem__)
        st.number_input(t("有效天数", "Days it holds"), 1, LONGEST_DAYS, USUAL_DAYS, key="screen_days")

        def make() -> None:
            label, code, days = (st.session_state[f"screen_{name}"] for name in ("label", "area", "days"))
            until = datetime.now().astimezone() + timedelta(days=int(days))
            st.session_state["_new_link"] = actions.add_link(viewer, code, label, until)[1]

        st.form_submit_button(t("新建屏幕链接", "Make a screen link"), type="primary", on_click=attempt,
                              args=(make, "已新建屏幕链接。", "The screen link was made."))  # fmt: skip
    if token := st.session_state.pop("_new_link", None):
        st.caption(t("链接只显示这一次，请现在打开或保存：", "The link is shown this once; open or keep it now:"))
        base = str(st.context.url or "").split("?")[0].removesuffix("/admin").removesuffix("/")
        st.code(f"{base}/?{LINK}={token}", language=None)


def revoke(viewer: Viewer, found: list[Any]) -> None:
    """Choose a link that still holds and close it."""
    open_ones = {s.link_id: s for s in found if s.holds(datetime.now().astimezone())}
    if not open_ones:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked = st.selectbox(
            t("要撤销的链接", "Link to revoke"), list(open_ones), key="revoked",
            format_func=lambda key: open_ones[key].label,
        )  # fmt: skip

        def close() -> None:
            actions.revoke_link(viewer, picked)

        words = ("已撤销；屏幕一分钟内关闭。", "Revoked; the screen closes within a minute.")
        st.button(t("撤销", "Revoke"), key="revoke", on_click=attempt, args=(close, *words))


def panel(title: tuple[str, str], draw: Callable[..., None], *things: Any) -> None:
    with st.expander(t(*title)):
        draw(*things)


viewer = require_page("admin")
names = names_of_areas(viewer)
accounts, screens = reads.accounts_of(viewer), reads.links_of(viewer)
on = sum(a.is_active for a in accounts)
heading(
    f"{count(len(accounts))}个账户，{count(on)}个启用；{count(len(screens))}个屏幕链接",
    f"{count(len(accounts))} accounts, {count(on)} on; {count(len(screens))} screen links",
)
say()
left, right = st.columns([0.6, 0.4], gap="small")
with left:
    section("账户", "Accounts", t("只记标识和权限，不记姓名", "identifiers and rights, no names"))
    accounts_table(accounts, names)
    if accounts:
        one_account(viewer, accounts, names)
    panel(("新增账户", "Add an account"), new_account, viewer, names)
with right:
    section("大屏链接", "Screen links", t("不用登录，只显示公开汇总", "no sign-in, public sums only"))
    screens_table(screens, names)
    new_screen(viewer, names)
    revoke(viewer, screens)
