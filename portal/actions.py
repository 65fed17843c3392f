"""The only door for changes by people (唯一写入口): role, scope, version, and a note in the audit log for each.

Every function takes the viewer first and raises NotAllowedError for one who may not, AccountError for what cannot be,
ChangedMeanwhileError when somebody else was first. Nobody changes their own account, and nobody gives away more area
than they have.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from data import accounts as kept
from data.errors import AccountError
from data.store import changing
from portal import accounts, audit, reads, rules
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import store_to_change

_EVENTS = {
    "add_account": "role_change", "change_account": "role_change", "add_link": "screen_link",
    "revoke_link": "screen_link", "sign_out": "sign_out",
}  # fmt: skip
"""What each change is in the audit log."""


def _note(viewer: Viewer, action: str, what: str, details: dict[str, Any]) -> None:
    """One line in the audit log."""
    audit.note(viewer, action, what, **details)


def _may(viewer: Viewer, action: str) -> None:
    accounts.check(viewer)
    if viewer.role not in rules.ACTIONS.get(action, ()):
        _note(viewer, "refused", action, {})
        raise NotAllowedError(
            "您的身份不能做这项修改；需要管理员。", "Your role may not change this; ask an administrator."
        )


def _within(viewer: Viewer, codes: Iterable[str]) -> None:
    outside = [code for code in codes if reads.area(viewer, code) is None]
    if outside:
        _note(viewer, "refused", "area", {"areas": outside})
        # The same words for an area elsewhere and for one that is not there at all.
        raise AccountError(
            f"没有这个区域，或不在您的管理范围内：{outside[0]}；请核对区划代码。",
            f"There is no area {outside[0]}, or it is outside your own; check the code.",
        )


def _account(viewer: Viewer, account_id: str) -> kept.Account:
    """An account that this viewer manages; one elsewhere is as if it were not there."""
    found = next((a for a in reads.accounts_of(viewer) if a.account_id == account_id), None)
    if found is None:
        raise AccountError("没有这个账户；请刷新后再试。", "There is no such account; reload and try again.")
    if viewer.actor == f"account:{account_id}":
        raise NotAllowedError(
            "不能修改自己的账户；请另一位管理员修改。", "Nobody changes their own account; ask another administrator."
        )
    return found


def add_account(
    viewer: Viewer, subject: str, role: str, areas: Iterable[str], detail: str | None = None
) -> kept.Account:
    """Let somebody in: by what the identity provider calls them."""
    _may(viewer, "add_account")
    codes = list(areas)
    _within(viewer, codes)
    with changing(store_to_change()) as conn:
        made = kept.add_account(conn, subject, role, codes, by=viewer.actor, now=accounts.now(), detail=detail)
    _done(viewer, "add_account", made.account_id, {"role": role, "areas": codes, "detail": detail})
    return made


def change_account(viewer: Viewer, account_id: str, version_no: int, **changes: Any) -> kept.Account:
    """Change role, areas, detail or is_active of an account, made from its version `version_no`."""
    _may(viewer, "change_account")
    before = _account(viewer, account_id)
    if "areas" in changes:
        _within(viewer, changes["areas"])
    with changing(store_to_change()) as conn:
        new = kept.change_account(conn, account_id, version_no, by=viewer.actor, now=accounts.now(), **changes)
    names = ("role", "areas", "detail", "is_active")
    told = {name: [getattr(before, name), getattr(new, name)] for name in names if name in changes}
    _done(viewer, "change_account", account_id, told)
    return new


def add_link(viewer: Viewer, area_code: str, label: str, expires_at: datetime) -> tuple[kept.ScreenLink, str]:
    """Open a screen for an area; the token is shown this once."""
    _may(viewer, "add_link")
    _within(viewer, [area_code])
    with changing(store_to_change()) as conn:
        made, token = kept.add_link(conn, area_code, label, expires_at, by=viewer.actor, now=accounts.now())
    _done(viewer, "add_link", made.link_id, {"area": area_code, "until": expires_at.isoformat()})
    return made, token


def revoke_link(viewer: Viewer, link_id: str) -> None:
    """Close a screen's link."""
    _may(viewer, "revoke_link")
    if link_id not in {link.link_id for link in reads.links_of(viewer)}:
        raise AccountError("没有这个屏幕链接；请刷新后再试。", "There is no such screen link; reload and try again.")
    with changing(store_to_change()) as conn:
        kept.revoke_link(conn, link_id, by=viewer.actor, now=accounts.now())
    _done(viewer, "revoke_link", link_id, {})


def sign_out(viewer: Viewer) -> None:
    """End every sign-in of the viewer."""
    _may(viewer, "sign_out")
    kind, _, account_id = viewer.actor.partition(":")
    if kind == "account":
        with changing(store_to_change()) as conn:
            kept.sign_out(conn, account_id, accounts.now())
        _done(viewer, "sign_out", account_id, {})


def _done(viewer: Viewer, action: str, what: str, details: dict[str, Any]) -> None:
    accounts.forget()
    _note(viewer, _EVENTS[action], f"{action}:{what}", details)
