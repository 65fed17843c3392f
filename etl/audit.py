"""python -m etl audit (审计命令): check the chain of events, list them, delete what was kept long enough."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from data.settings import read_settings

REASONS = {
    "altered": ("被改动", "was altered"),
    "missing": ("缺失", "is missing"),
    "added": ("是后加的", "was added"),
    "cut": ("起到末尾被删除", "and all behind it are gone"),
    "purged": ("之前的记录被非正常删除", "is not where a purge ended: what stood before was deleted by other means"),
    "noted": ("与先前抄录的不同", "is not the one noted before"),
    "anchored": ("与锚点(日志之外的记号)不同", "is not the one that the anchor, outside the log, says"),
    "none": ("起一条也没有,而库里有载入过的台账", "and all others are not there, though ledgers were loaded"),
    "anchor": ("起无从核对:锚点文件读不出来", "and all behind it cannot be checked: the anchor says nothing readable"),
}
PlainErrors = Callable[..., AbstractContextManager[None]]
Database = Annotated[str, typer.Option("--database", help="数据库地址 / database address (WANGGE_DATABASE)")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出 JSON / JSON only on stdout")]
InLang = Annotated[str, typer.Option("--lang", help="消息语言 / language of messages: zh, en")]


ACTOR = "WANGGE_ACTOR"
"""What a page sets for the commands it starts: the account on whose word it does."""


def actor() -> str:
    """Who types a command: the command line, and the user of the operating system where that name is opaque.

    A page that starts a command for somebody says who that is.

    >>> actor().split(":")[0]
    'cli'
    """
    from data.audit import WITHHELD, opaque

    if (told := os.environ.get(ACTOR, "")) and opaque(told) != WITHHELD:
        return told
    try:
        import pwd

        name = pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # no such list here, or a user who is not in it
        name = f"uid-{os.getuid()}" if hasattr(os, "getuid") else ""
    return f"cli:{name}" if name and opaque(name) != WITHHELD else "cli"


def note_change(database: str, action: str, thing: str, **details: Any) -> None:
    """Note a change that was written; when it cannot be noted that is said on stderr: a right may have to go at once,
    whatever became of the audit store. A number that is stated by command is loaded ("load") as one in a ledger is.

    database : address of the store; empty: the one of the settings.
    """
    if said := _append(database or read_settings().database, action, thing, details):
        typer.echo(said, err=True)


def _append(database: str, action: str, thing: str, details: Mapping[str, Any]) -> str:
    """Note something that was written; returns what to say when it could not be noted, else nothing."""
    from data.audit import append, lose
    from data.audit_store import audit_url, open_audit
    from data.errors import StoreError

    try:
        append(open_audit(database), action, actor=actor(), object=thing, details=details)
    except StoreError as error:
        lose(audit_url(database), action)
        return f"{error.zh} {error.en}"
    return ""


def note_load(database: str, outcome: Any) -> str:
    """Note a load that was written; returns what to say when it could not be noted, else nothing.

    The load is in the store already, so a fault here is a warning and no failure.
    """
    counts: dict[str, int] = {}
    for ledger in outcome.ledgers:
        for sheet in ledger.sheets:
            for name, many in sheet.counts.items():
                counts[name] = counts.get(name, 0) + many
    batch = f"batch:{outcome.batch_id}" if outcome.batch_id is not None else "batch:none"
    files = len({sheet.file.sha256 for ledger in outcome.ledgers for sheet in ledger.sheets})
    ended = sum(entry.count for entry in outcome.ended)
    return _append(database, "load", batch, {"files": files, **counts, **({"ended": ended} if ended else {})})


def note_purge(database: str, gone: dict[str, int]) -> None:
    """Note a purge that was written: how many rows of each table went. Raises StoreError when it cannot be noted."""
    from data.audit import append
    from data.audit_store import open_audit

    append(open_audit(database), "purge", actor=actor(), object="store", details=gone)


def commands(plain_errors: PlainErrors, print_json: Callable[[Any], None]) -> typer.Typer:
    """The commands; how errors are said and JSON is printed comes from the whole program."""
    app = typer.Typer(help="审计记录 / audit events", no_args_is_help=True)

    @app.command()
    def verify(
        noted: Annotated[
            str, typer.Option("--noted", "--head", help="先前抄录的 编号:哈希 / NUMBER:HASH noted at an earlier check")
        ] = "",
        database: Database = "",
        as_json: AsJson = False,
        lang: InLang = "zh",
    ) -> None:
        """核对记录是否完整,指出第一条有问题的 / check the chain and name the first event that is broken."""
        with plain_errors(_Lang(lang), as_json=as_json):
            from data.audit import verify as check

            verdict = check(_audit(database), _noted(noted))
            if not verdict.last_no and verdict.is_whole and _has_loads(database):
                # Neither log nor anchor is there, but each load is an event.
                verdict = replace(verdict, broken_no=1, reason="none")
        if as_json:
            print_json({**asdict(verdict), "is_unbroken": verdict.is_unbroken, "is_whole": verdict.is_whole})
        else:
            typer.echo(verdict_text(verdict, lang))
        if not verdict.is_whole:
            raise typer.Exit(1)

    @app.command("list")
    def list_events(
        action: Annotated[str, typer.Option("--action", help="只列一种 / one action only")] = "",
        limit: Annotated[int, typer.Option("--limit", help="最多几条 / at most so many")] = 50,
        database: Database = "",
        as_json: AsJson = False,
        lang: InLang = "zh",
    ) -> None:
        """列出最近的记录 / list the newest events."""
        with plain_errors(_Lang(lang), as_json=as_json):
            from data import audit

            engine = _audit(database)
            rows = audit.read(engine, actions=[action] if action else [], limit=limit)
            audit.append(engine, "audit_read", actor=actor(), object="audit", details={"rows": len(rows)})
        if as_json:
            print_json([{**asdict(row), "details": json.loads(row.details)} for row in rows])
        else:
            for row in rows:
                typer.echo(_line(asdict(row), lang))

    @app.command()
    def purge(database: Database = "", as_json: AsJson = False, lang: InLang = "zh") -> None:
        """删除超过保存期的记录 / delete what is older than WANGGE_AUDIT_DAYS."""
        with plain_errors(_Lang(lang), as_json=as_json):
            from data import audit

            days = read_settings().audit_days
            removed = audit.purge(_audit(database), days, actor=actor())
        if as_json:
            print_json({"removed": removed, "days": days})
        else:
            zh, en = f"已删除 {removed} 条超过 {days} 天的记录", f"{removed} events older than {days} days deleted"
            typer.echo(zh if lang == "zh" else en)

    return app


class _Lang(str):
    """A language as the whole program passes it on."""

    @property
    def value(self) -> str:
        return "en" if self == "en" else "zh"


def _audit(database: str) -> Any:
    from data.audit_store import open_audit

    return open_audit(database or read_settings().database)


def _has_loads(database: str) -> bool:
    """Whether anything was loaded into the store that the events belong to."""
    from data.queries import data_version
    from data.store import is_ready, open_store, reading

    engine = open_store(database or read_settings().database)
    if not is_ready(engine):
        return False
    with reading(engine) as conn:
        return data_version(conn) > 0


def _noted(text: str) -> tuple[int, str] | None:
    from data.errors import AuditError

    if not text:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise AuditError(
            f"“{text}”不是 编号:哈希;请照抄上次核对时显示的那一串。",
            f"{text!r} is no NUMBER:HASH; copy what an earlier check printed.",
        )
    return int(number), digest


def verdict_text(verdict: Any, lang: str) -> str:
    """The result of a check in sentences, with what to note down for the next one."""
    return "\n".join(zh if lang == "zh" else en for zh, en in _sentences(verdict))


def _sentences(verdict: Any) -> Iterator[tuple[str, str]]:
    note = f"{verdict.last_no}:{verdict.last_hash}"
    if not verdict.is_unbroken:
        zh, en = REASONS[verdict.reason]
        yield (
            f"不完整:第 {verdict.broken_no} 条{zh};此前 {verdict.whole} 条完好,共 {verdict.kept} 条。",
            f"Broken: event {verdict.broken_no} {en}; {verdict.whole} before it are whole, of {verdict.kept}.",
        )
    if verdict.lost:
        yield (
            f"有缺口:{verdict.lost} 件事发生时没能记下(行为“未能留痕”说明何时)。",
            f"With a gap: {verdict.lost} things happened and could not be noted (events “Not noted” say when).",
        )
    if verdict.unable:
        roles = ", ".join(verdict.unable)
        yield (
            f"网页角色 {roles} 无权写审计,其登录和查看没有留痕;请运行 python -m etl database roles 角色。",
            f"The dashboard's role {roles} may not add events, so sign-ins and looks leave no trace; "
            "run python -m etl database roles ROLE.",
        )
    if verdict.is_whole:
        yield (
            f"完整:{verdict.whole} / {verdict.kept} 条。请另处抄录 {note}",
            f"Whole: {verdict.whole} of {verdict.kept} events. Note elsewhere: {note}",
        )
    elif verdict.is_unbroken:
        yield (
            f"已记下的 {verdict.kept} 条未被改动。查明后请另处抄录 {note},下次用 --head 核对,不再重复报。",
            f"The {verdict.kept} events kept are as they were written. When this is explained, note elsewhere {note} "
            "and check with --head next time; it is not told again.",
        )
    if verdict.anchored_since is None and verdict.kept and verdict.is_unbroken:
        yield (
            f"没有锚点(升级前的记录,或锚点文件被删);已从第 {verdict.last_no} 条起重立。"
            "此前是否被整段删过,只能用另处抄录的编号核对。",
            f"There was no anchor (a log of an earlier version, or its file was deleted); it is set anew at event "
            f"{verdict.last_no}. Whether all was cut before, only a number noted elsewhere can tell.",
        )
    elif verdict.anchored_since and verdict.anchored_since > verdict.first_no:
        yield (f"锚点自第 {verdict.anchored_since} 条起。", f"The anchor holds since event {verdict.anchored_since}.")


def _line(row: Mapping[str, Any], lang: str) -> str:
    from data.terms import AUDIT_ACTIONS

    what = AUDIT_ACTIONS.label(row["action"], lang)
    parts = (row["event_no"], row["happened_at"], row["actor"], row["role"], row["area_code"], what, row["object"])
    return "\t".join(str(part) for part in (*parts, row["details"]))
