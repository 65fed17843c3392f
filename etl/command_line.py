"""What the commands of `python -m etl` share: options, errors as one sentence, JSON, a bar of progress."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from data.load_lock import Holder
    from etl.turn import Report


class Lang(StrEnum):
    """Languages of messages."""

    zh = "zh"
    en = "en"


Database = Annotated[str, typer.Option("--database", help="数据库地址 / database address (WANGGE_DATABASE)")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出 JSON / JSON only on stdout")]
InLang = Annotated[Lang, typer.Option("--lang", help="消息语言 / language of messages")]
Wait = Annotated[
    float | None,
    typer.Option("--wait", min=0, help="最多等另一次装载几秒 / seconds to wait for another load (WANGGE_LOAD_WAIT)"),
]
AsLines = Annotated[
    bool, typer.Option("--progress", help="进度逐行写到标准错误(JSON) / progress as lines of JSON on stderr")
]


def address(engine: "Engine") -> str:
    """A store as it is named to the reader, without its password."""
    return engine.url.render_as_string(hide_password=True)


def open_at(
    database: str, *, make: bool = False, wait: float | None = None, report: "Report | None" = None
) -> "Engine":
    """The store at the address given, else at that of the settings; made and upgraded when `make`, in its turn."""
    from data.roles import renew
    from data.roles import upgrade as upgrade_store
    from data.store import check_ready, is_ready, open_store
    from etl.turn import silent, turn

    engine = open_store(database or read_settings().database, must_exist=not make)
    if not make:
        check_ready(engine)
    elif is_ready(engine):
        renew(engine)
    else:
        with turn(engine, "upgrade", report or silent, wait):
            upgrade_store(engine)
    return engine


@contextmanager
def plain_errors(lang: Lang, *, as_json: bool) -> Iterator[None]:
    """What goes wrong as one sentence on stderr and exit status 1, or its own; with --json on stdout as well.

    Folders and what a driver says stand on stderr alone, for whoever is at the server: the JSON may reach a page.
    """
    try:
        yield
    except Exception as error:
        # Every error of ours, in whichever folder, carries its sentence in both languages.
        text, inner = getattr(error, lang.value, None), getattr(error, "inner", "")
        if isinstance(error, OSError) and error.strerror:
            inner, name = str(error.filename or ""), Path(str(error.filename or "")).name
            zh, en = f"无法读写“{name}”:{error.strerror}。", f"Cannot read or write {name!r}: {error.strerror}."
            text = zh if lang == Lang.zh else en
        if not isinstance(text, str):
            raise
        typer.echo(f"{text} ({inner})" if inner else text, err=True)
        if as_json:
            code = getattr(error, "code", type(error).__name__)
            print_json(error_json(code, text))
        raise typer.Exit(getattr(error, "exit_status", 1)) from None


def error_json(code: str, text: str) -> dict[str, Any]:
    """What a program reads of something that went wrong."""
    return {"error": {"code": code, "message": text}}


_STAGES = {
    "wait": ("等另一次装载结束", "Waiting for another load"), "read": ("读取文件", "Reading files"),
    "check": ("核对各类台账", "Checking ledgers"), "facts": ("计算指标", "Computing facts"),
    "write": ("写入数据库", "Writing"), "done": ("完成", "Done"),
}  # fmt: skip


def waiting_aloud(lang: Lang) -> "Report":
    """A report that says on stderr for whom one waits, once for each, and nothing else."""
    known: list[Holder | None] = [None]

    def report(stage: str, done: int, of: int, holder: "Holder | None" = None) -> None:
        if holder is not None and holder != known[0]:
            known[0] = holder
            typer.echo(holder.waiting(lang.value), err=True)

    return report


@contextmanager
def progress(lang: Lang, *, as_lines: bool = False) -> Iterator["Report"]:
    """A bar on stderr that follows the stages of a load; nothing when nobody is looking at it.

    as_lines : a line of JSON for each step instead, for a program: `stage`, `done`, `of`; of one that waits `done` and
    `of` are seconds, and `kind` and `since` say for whom. For whom one waits is said to everybody.
    """
    aloud = waiting_aloud(lang)
    if as_lines:

        def write(stage: str, done: int, of: int, holder: "Holder | None" = None) -> None:
            whom = {"kind": holder.kind, "since": holder.since} if holder is not None else {}
            sys.stderr.write(json.dumps({"stage": stage, "done": done, "of": of, **whom}) + "\n")
            sys.stderr.flush()

        yield write
        return
    if not sys.stderr.isatty():
        yield aloud
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_STAGES["read"][lang == Lang.en])

        def report(stage: str, done: int, of: int, holder: "Holder | None" = None) -> None:
            words = _STAGES[stage][lang == Lang.en] if holder is None else holder.waiting(lang.value)
            bar.update(task, description=words, completed=done, total=of)

        yield report


def print_json(value: Any) -> None:
    """A result for a program, on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")
