"""Who may sign in and what they may see (账户与屏幕): accounts, their areas, the links of briefing screens.

Changes say which version they were made from; one that somebody else overtook changes nothing. Nothing is deleted: an
account is switched off, a link revoked. Times are UTC. Only etl and the doors of the portal call these.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from data import schema, terms
from data.errors import AccountError, ChangedMeanwhileError
from data.settings import DETAILS

TOKEN_BYTES = 24
"""Random bytes of a screen's token: 192 bits."""
UNSET: Any = object()


@dataclass(frozen=True)
class Account:
    """One person who may sign in; `areas` sorted, `detail` None where it is that of the role."""

    account_id: str
    subject: str
    role: str
    detail: str | None
    is_active: bool
    signed_out_at: datetime | None
    version_no: int
    areas: tuple[str, ...]
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True)
class ScreenLink:
    """One link of a briefing screen; it holds until `expires_at` unless `revoked_at` is set."""

    link_id: str
    area_code: str
    label: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


def token_hash(token: str) -> str:
    """What is kept of a token. Its 192 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- accounts ---------------------------------------------------------------------------------------------------------


def accounts(conn: Connection) -> list[Account]:
    """Every account, in the order of subjects."""
    return _accounts(conn)


def account_of(conn: Connection, subject: str) -> Account | None:
    """The account of what the identity provider calls a person; None for a stranger."""
    return next(iter(_accounts(conn, schema.account.c.subject == subject)), None)


def account(conn: Connection, account_id: str) -> Account | None:
    """An account by its key."""
    return next(iter(_accounts(conn, schema.account.c.account_id == account_id)), None)


def _accounts(conn: Connection, *where: Any) -> list[Account]:
    t, areas = schema.account, schema.account_area
    rows = conn.execute(select(t).where(*where).order_by(t.c.subject)).mappings().all()
    own: dict[str, list[str]] = {row["account_id"]: [] for row in rows}
    for account_id, code in conn.execute(
        select(areas).join(t, t.c.account_id == areas.c.account_id).where(*where).order_by(areas.c.area_code)
    ):
        own[account_id].append(code)
    return [
        Account(
            row["account_id"], row["subject"], row["role"], row["detail"], row["is_active"],
            _utc(row["signed_out_at"]), row["version_no"], tuple(own[row["account_id"]]),
            _utc(row["changed_at"]), row["changed_by"],
        )
        for row in rows
    ]  # fmt: skip


def add_account(
    conn: Connection,
    subject: str,
    role: str,
    areas: Iterable[str],
    *,
    by: str,
    now: datetime,
    detail: str | None = None,
) -> Account:
    """A new account; raises AccountError for a subject that has one, a role or detail that is none, or no area."""
    subject, codes = subject.strip(), _checked(role, detail, areas)
    if not subject or len(subject) > 255:
        raise AccountError(
            "账户标识不能为空，也不能超过 255 个字符。", "An account's subject has 1 to 255 characters; type it again."
        )
    account_id = secrets.token_hex(8)
    row = {
        "account_id": account_id, "subject": subject, "role": role, "detail": detail, "is_active": True,
        "version_no": 1, "created_at": now, "created_by": by, "changed_at": now, "changed_by": by,
    }  # fmt: skip
    if account_of(conn, subject):
        raise _taken(subject)
    try:
        conn.execute(insert(schema.account), row)
    except IntegrityError as error:  # two at once
        raise _taken(subject) from error
    _set_areas(conn, account_id, codes)
    return _found(account(conn, account_id))


def change_account(
    conn: Connection, account_id: str, version_no: int, *, by: str, now: datetime, role: str = UNSET,
    areas: Iterable[str] = UNSET, detail: str | None = UNSET, is_active: bool = UNSET,
) -> Account:  # fmt: skip
    """Change what is given; raises ChangedMeanwhileError unless the account is still of the version given."""
    before = account(conn, account_id)
    if before is None:
        raise AccountError("没有这个账户；请刷新后再试。", "There is no such account; reload and try again.")
    new: dict[str, Any] = {"role": role, "detail": detail, "is_active": is_active}
    new = {name: getattr(before, name) if value is UNSET else value for name, value in new.items()}
    codes = _checked(new["role"], new["detail"], before.areas if areas is UNSET else areas)
    t = schema.account
    changed = conn.execute(
        update(t)
        .where(t.c.account_id == account_id, t.c.version_no == version_no)
        .values(**new, version_no=version_no + 1, changed_at=now, changed_by=by)
    )
    if changed.rowcount != 1:
        raise ChangedMeanwhileError(
            "这个账户刚刚被别人改过，您的修改没有保存；请查看最新内容后再改。",
            "Somebody else has just changed this account, and your change was not saved; look at it and try again.",
        )
    _set_areas(conn, account_id, codes)
    return _found(account(conn, account_id))


def sign_out(conn: Connection, account_id: str, now: datetime) -> None:
    """End every sign-in of a person up to now, on all their devices."""
    conn.execute(update(schema.account).where(schema.account.c.account_id == account_id).values(signed_out_at=now))


def _checked(role: str, detail: str | None, areas: Iterable[str]) -> list[str]:
    if role not in terms.ROLES or (detail is not None and detail not in DETAILS):
        raise AccountError(
            f"没有角色“{role}”或详细程度“{detail}”；角色有：{'、'.join(terms.ROLES)}；详细程度有：{'、'.join(DETAILS)}。",
            f"No role {role!r} or detail {detail!r}; roles: {', '.join(terms.ROLES)}; details: {', '.join(DETAILS)}.",
        )
    codes = sorted({code.strip() for code in areas if code.strip()})
    if not codes:
        raise AccountError(
            "账户至少要有一个负责区域；请填写区划代码。", "An account needs at least one area; give its code."
        )
    return codes


def _set_areas(conn: Connection, account_id: str, codes: list[str]) -> None:
    conn.execute(delete(schema.account_area).where(schema.account_area.c.account_id == account_id))
    conn.execute(insert(schema.account_area), [{"account_id": account_id, "area_code": code} for code in codes])


def _taken(subject: str) -> AccountError:
    return AccountError(
        f"已有标识为“{subject}”的账户；请直接修改它。", f"There is an account {subject!r} already; change that one."
    )


def _found(found: Account | None) -> Account:
    assert found is not None
    return found


# --- screens ----------------------------------------------------------------------------------------------------------


def links(conn: Connection) -> list[ScreenLink]:
    """Every link, newest first."""
    t = schema.screen_link
    return [_link(row) for row in conn.execute(select(t).order_by(t.c.created_at.desc(), t.c.link_id)).mappings()]


def link_of(conn: Connection, hashed: str) -> ScreenLink | None:
    """The link with a token's hash: an index finds it, so the time of a guess says nothing about the token."""
    row = conn.execute(select(schema.screen_link).where(schema.screen_link.c.token_hash == hashed)).mappings().first()
    return _link(row) if row else None


def link(conn: Connection, link_id: str) -> ScreenLink | None:
    """A link by its key."""
    row = conn.execute(select(schema.screen_link).where(schema.screen_link.c.link_id == link_id)).mappings().first()
    return _link(row) if row else None


def add_link(
    conn: Connection, area_code: str, label: str, expires_at: datetime, *, by: str, now: datetime
) -> tuple[ScreenLink, str]:
    """A new link and its token, which is shown this once and not kept. Raises AccountError for one already over."""
    if expires_at <= now or not label.strip() or len(label) > 80:
        raise AccountError(
            "屏幕链接要有名称（最多 80 字），有效期要在今天之后。",
            "A screen link needs a label (at most 80 characters) and an end after today.",
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link_id = secrets.token_hex(8)
    conn.execute(insert(schema.screen_link), {
        "link_id": link_id, "token_hash": token_hash(token), "area_code": area_code, "label": label.strip(),
        "created_at": now, "created_by": by, "expires_at": expires_at})  # fmt: skip
    made = link(conn, link_id)
    assert made is not None
    return made, token


def revoke_link(conn: Connection, link_id: str, *, by: str, now: datetime) -> None:
    """Close a link for good; a second time changes nothing. Raises AccountError when there is none."""
    t = schema.screen_link
    if link(conn, link_id) is None:
        raise AccountError("没有这个屏幕链接；请刷新后再试。", "There is no such screen link; reload and try again.")
    conn.execute(
        update(t).where(t.c.link_id == link_id, t.c.revoked_at.is_(None)).values(revoked_at=now, revoked_by=by)
    )


def _link(row: Any) -> ScreenLink:
    return ScreenLink(
        row["link_id"], row["area_code"], row["label"], _utc(row["created_at"]), row["created_by"],
        _utc(row["expires_at"]), _utc(row["revoked_at"]),
    )  # fmt: skip


def _utc(moment: datetime | None) -> Any:
    # SQLite keeps no zone; everything is written in UTC.
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
