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

    from etl.load import Report


class Lang(StrEnum):
    """Languages of messages."""

    zh = "zh"
    en = "en"


Database = Annotated[str, typer.Option("--database", help="数据库地址 / database address (WANGGE_DATABASE)")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出 JSON / JSON only on stdout")]
InLang = Annotated[Lang, typer.Option("--lang", help="消息语言 / language of messages")]


def address(engine: "Engine") -> str:
    """A store as it is named to the reader, without its password."""
    return engine.url.render_as_string(hide_password=True)


def open_at(database: str, *, make: bool = False) -> "Engine":
    """The store at the address given, else at that of the settings; made and upgraded when `make`."""
    from data.store import check_ready, open_store
    from data.store import upgrade as upgrade_store

    engine = open_store(database or read_settings().database, must_exist=not make)
    if make:
        upgrade_store(engine)
    else:
        check_ready(engine)
    return engine


@contextmanager
def plain_errors(lang: Lang, *, as_json: bool) -> Iterator[None]:
    """What goes wrong as one sentence on stderr and exit status 1; with --json on stdout as well.

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
        raise typer.Exit(1) from None


def error_json(code: str, text: str) -> dict[str, Any]:
    """What a program reads of something that went wrong."""
    return {"error": {"code": code, "message": text}}


_STAGES = {
    "read": ("读取文件", "Reading files"), "check": ("核对各类台账", "Checking ledgers"),
    "facts": ("计算指标", "Computing facts"), "write": ("写入数据库", "Writing"), "done": ("完成", "Done"),
}  # fmt: skip


@contextmanager
def progress(lang: Lang, *, as_lines: bool = False) -> Iterator["Report"]:
    """A bar on stderr that follows the stages of a load; nothing when nobody is looking at it.

    as_lines : a line of JSON for each step instead, for a program: `stage`, `done`, `of`.
    """
    if as_lines:

        def write(stage: str, done: int, of: int) -> None:
            sys.stderr.write(json.dumps({"stage": stage, "done": done, "of": of}) + "\n")
            sys.stderr.flush()

        yield write
        return
    if not sys.stderr.isatty():
        yield lambda stage, done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_STAGES["read"][lang == Lang.en])

        def report(stage: str, done: int, of: int) -> None:
            bar.update(task, description=_STAGES[stage][lang == Lang.en], completed=done, total=of)

        yield report


def print_json(value: Any) -> None:
    """A result for a program, on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")
