"""`python -m etl account …` and `python -m etl screen …` (账户与屏幕命令): the first administrator, and emergencies.

The same as the page 账户与屏幕, without anybody signed in; `by` is written as "cli", and each change is an audit event.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import AccountError
from data.settings import read_settings
from etl import audit

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from data.accounts import Account

BY = "cli"
OpenStore = Callable[[str], "Engine"]
Database = Annotated[str, typer.Option("--database", help="数据库地址 / database address (WANGGE_DATABASE)")]
Subject = Annotated[str, typer.Argument(help="身份服务给出的标识 / what the identity provider calls the person")]
Role = Annotated[str, typer.Option("--role", help="角色代码,如 leader / role")]
Areas = Annotated[list[str], typer.Option("--area", help="区划代码,可多次 / area code, once or more")]
Detail = Annotated[str, typer.Option("--detail", help="详细程度;默认按角色,写 role 恢复 / detail; role: its default")]


def commands(open_store: OpenStore, plain: Callable[..., Any]) -> tuple[typer.Typer, typer.Typer]:
    """The two groups of commands; `plain` makes a sentence of an error."""
    return _account(open_store, plain), _screen(open_store, plain)


def _account(open_store: OpenStore, plain: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(help="谁可以登录 / who may sign in", no_args_is_help=True)

    @app.command("add")
    def add(subject: Subject, role: Role, area: Areas, detail: Detail = "", database: Database = "") -> None:
        """新增账户 / add an account."""
        from data import accounts

        with plain(), _changing(open_store(database)) as conn:
            _known(conn, area)
            made = accounts.add_account(
                conn,
                subject,
                role,
                area,
                by=BY,
                now=datetime.now(UTC),
                detail=None if detail == "role" else detail or None,
            )
        told = {"role": made.role, "areas": list(made.areas), "detail": made.detail}
        audit.note_change(database, "role_change", f"add_account:{made.account_id}", **told)
        _say(made)

    @app.command("set")
    def change(
        subject: Subject,
        role: Role = "",
        area: Areas = [],  # noqa: B006  (typer wants a list)
        detail: Detail = "",
        is_on: Annotated[bool, typer.Option("--on", help="重新启用 / switch on again")] = False,
        database: Database = "",
    ) -> None:
        """修改账户 / change an account."""
        given: dict[str, Any] = {"role": role, "areas": area, "detail": detail, "is_active": is_on}
        given = {name: value for name, value in given.items() if value}
        if detail == "role":
            given["detail"] = None
        _set(open_store, plain, database, subject, given)

    @app.command("off")
    def off(subject: Subject, database: Database = "") -> None:
        """停用账户;打开的会话一分钟内关闭 / switch an account off; open sessions close within a minute."""
        _set(open_store, plain, database, subject, {"is_active": False})

    @app.command("list")
    def show(database: Database = "") -> None:
        """列出账户 / list the accounts."""
        from data import accounts
        from data.store import reading

        with plain(), reading(open_store(database)) as conn:
            found = accounts.accounts(conn)
        for account in found:
            _say(account)

    return app


def _set(open_store: OpenStore, plain: Callable[..., Any], database: str, subject: str, given: dict[str, Any]) -> None:
    from data import accounts

    with plain(), _changing(open_store(database)) as conn:
        before = accounts.account_of(conn, subject)
        if before is None:
            raise AccountError(
                f"没有标识为“{subject}”的账户；请用 account list 查看。",
                f"There is no account {subject!r}; look at account list.",
            )
        _known(conn, given.get("areas", []))
        new = accounts.change_account(conn, before.account_id, before.version_no, by=BY, now=datetime.now(UTC), **given)
    told = {name: [getattr(before, name), getattr(new, name)] for name in given}
    audit.note_change(database, "role_change", f"change_account:{new.account_id}", **told)
    _say(new)


def _screen(open_store: OpenStore, plain: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(help="大屏链接 / links of briefing screens", no_args_is_help=True)

    @app.command("add")
    def add(
        label: Annotated[str, typer.Argument(help="挂在哪里 / where it hangs")],
        area: Annotated[str, typer.Option("--area", help="区划代码 / area code")],
        days: Annotated[int, typer.Option("--days", min=1, max=366, help="有效天数 / days it holds")] = 90,
        database: Database = "",
    ) -> None:
        """新建链接;令牌只显示这一次 / make a link; its token is shown this once."""
        from data import accounts

        now = datetime.now(UTC)
        with plain(), _changing(open_store(database)) as conn:
            _known(conn, [area])
            made, token = accounts.add_link(conn, area, label, now + timedelta(days=days), by=BY, now=now)
        told = {"area": made.area_code, "until": made.expires_at.isoformat()}
        audit.note_change(database, "screen_link", f"add_link:{made.link_id}", **told)
        typer.echo(f"{made.link_id}\t{made.expires_at:%Y-%m-%d}\t/?screen_link={token}")

    @app.command("revoke")
    def revoke(
        link_id: Annotated[str, typer.Argument(help="链接编号 / number of the link")], database: Database = ""
    ) -> None:
        """撤销链接;屏幕一分钟内关闭 / revoke a link; the screen closes within a minute."""
        from data import accounts

        with plain(), _changing(open_store(database)) as conn:
            accounts.revoke_link(conn, link_id, by=BY, now=datetime.now(UTC))
        audit.note_change(database, "screen_link", f"revoke_link:{link_id}")

    @app.command("list")
    def show(database: Database = "") -> None:
        """列出链接 / list the links."""
        from data import accounts
        from data.store import reading

        with plain(), reading(open_store(database)) as conn:
            found = accounts.links(conn)
        for link in found:
            state = "revoked" if link.revoked_at else "on" if link.holds(datetime.now(UTC)) else "over"
            typer.echo(f"{link.link_id}\t{state}\t{link.expires_at:%Y-%m-%d}\t{link.area_code}\t{link.label}")

    return app


def _changing(engine: "Engine") -> Any:
    from data.store import changing

    return changing(engine)


def _known(conn: "Connection", codes: list[str]) -> None:
    """Raises AccountError for an area that is not there; before the first load any code may be given."""
    from data.queries import areas

    known = set(areas(conn, read_settings().edition)["area_code"])
    unknown = [code for code in codes if known and code not in known]
    if unknown:
        raise AccountError(
            f"数据中没有区域 {unknown[0]}；请核对区划代码。",
            f"There is no area {unknown[0]} in the data; check its code.",
        )


def _say(account: "Account") -> None:
    state = "on" if account.is_active else "off"
    cells = (account.subject, state, account.role, account.detail or "-", ",".join(account.areas))
    typer.echo("\t".join(cells))
