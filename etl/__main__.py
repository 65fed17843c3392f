"""python -m etl (命令行): write the sample county, load files, ask for facts. Heavy imports wait until needed."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from etl.load import Report

app = typer.Typer(
    help="网格一张图的数据命令 / data commands of Wangge", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip


class Lang(StrEnum):
    """Languages of messages."""

    zh = "zh"
    en = "en"


class Level(StrEnum):
    """Levels of areas."""

    county = "county"
    township = "township"
    community = "community"
    grid = "grid"


Database = Annotated[str, typer.Option("--database", help="数据库地址 / database address (WANGGE_DATABASE)")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出 JSON / JSON only on stdout")]
InLang = Annotated[Lang, typer.Option("--lang", help="消息语言 / language of messages")]


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", help="输出文件夹 / folder to write to")],
    lang: InLang = Lang.zh,
) -> None:
    """生成示例县的全部文件 / write the files of the sample county."""
    with _plain_errors(lang, as_json=False):
        from etl.sample.write import write_sample

        files = write_sample(out, progress=lambda text: typer.echo(text, err=True))
    zh, en = f"已写出 {len(files)} 个文件到 {out}", f"{len(files)} files written to {out}"
    typer.echo(zh if lang == Lang.zh else en)


@app.command()
def load(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="文件或文件夹 / files or folders")],
    database: Database = "",
    data_date: Annotated[
        datetime | None, typer.Option("--data-date", formats=["%Y-%m-%d"], help="数据日期 / data date")
    ] = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """装载台账和图层 / load ledgers and layers, all or nothing."""
    with _plain_errors(lang, as_json=as_json), _progress(lang) as report:
        from etl.load import load as load_files
        from etl.report import outcome_json, print_outcome

        settings = read_settings()
        engine = _open(database, make=True)
        day = data_date.date() if data_date else None
        outcome = load_files(engine, paths, edition=settings.edition, data_on=day, report=report)
        result = outcome_json(outcome, _address(engine), lang)
    if as_json:
        _print_json(result)
    else:
        print_outcome(result, outcome, lang)


@app.command()
def facts(
    indicator: Annotated[str, typer.Option("--indicator", help="指标代码,如 VIS-01 / indicator code")],
    level: Annotated[Level, typer.Option("--level", help="区划级别 / level of areas")] = Level.grid,
    period: Annotated[str, typer.Option("--period", help="统计期,如 2020、2020-Q4、2020-12 / period")] = "",
    database: Database = "",
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """查询指标的分子和分母 / numerators and denominators of an indicator."""
    with _plain_errors(lang, as_json=as_json):
        from etl.ask import read_facts

        engine = _open(database)
        rows = read_facts(engine, indicator, level.value, period, read_settings().edition)
    if as_json:
        _print_json(rows)
    else:
        _print_table(rows, lang)


@app.command()
def rollup(
    verify: Annotated[bool, typer.Option("--verify", help="只核对,不写入 / compare only, write nothing")] = False,
    database: Database = "",
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """按台账重算全部指标值,或逐一核对 / count every fact anew from the rows, or prove the stored ones."""
    with _plain_errors(lang, as_json=as_json):
        from etl.verify import rebuild, rollup_json, rollup_lines
        from etl.verify import verify as verify_facts

        engine = _open(database)
        edition = read_settings().edition
        result = verify_facts(engine, edition) if verify else rebuild(engine, edition)
    if as_json:
        _print_json(rollup_json(result, lang))
    else:
        for line in rollup_lines(result, lang):
            typer.echo(line)
    if verify and result.different:
        raise typer.Exit(1)


@app.command()
def upgrade(database: Database = "", lang: InLang = Lang.zh) -> None:
    """把数据库升级到本程序的版本 / bring the database to this program's version."""
    with _plain_errors(lang, as_json=False):
        engine = _open(database, make=True)
    typer.echo(f"数据库已就绪:{_address(engine)}" if lang == Lang.zh else f"The database is ready: {_address(engine)}")


@app.command()
def status(database: Database = "", as_json: AsJson = False, lang: InLang = Lang.zh) -> None:
    """数据库里有什么 / what the database holds."""
    with _plain_errors(lang, as_json=as_json):
        from etl.ask import read_status

        engine = _open(database)
        found = {"database": _address(engine), **read_status(engine)}
    if as_json:
        _print_json(found)
    else:
        rows = {f"rows.{name}": count for name, count in found.pop("rows").items()}
        for name, value in (found | rows).items():
            typer.echo(f"{name}: {value}")


def _open(database: str, *, make: bool = False) -> "Engine":
    """The store at the address given, else at that of the settings; made and upgraded for a load only."""
    from data.store import check_ready, open_store
    from data.store import upgrade as upgrade_store

    engine = open_store(database or read_settings().database, must_exist=not make)
    if make:
        upgrade_store(engine)
    else:
        check_ready(engine)
    return engine


def _address(engine: "Engine") -> str:
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def _plain_errors(lang: Lang, *, as_json: bool) -> Iterator[None]:
    """What goes wrong as one sentence on stderr and exit status 1; with --json on stdout as well."""
    try:
        yield
    except Exception as error:
        # Every error of ours, in whichever folder, carries its sentence in both languages.
        text = getattr(error, lang.value, None)
        if isinstance(error, OSError) and error.strerror:
            name = error.filename or ""
            zh, en = f"无法读写“{name}”:{error.strerror}。", f"Cannot read or write {name!r}: {error.strerror}."
            text = zh if lang == Lang.zh else en
        if not isinstance(text, str):
            raise
        typer.echo(text, err=True)
        if as_json:
            code = getattr(error, "code", type(error).__name__)
            _print_json({"error": {"code": code, "message": text}})
        raise typer.Exit(1) from None


_STAGES = {
    "read": ("读取文件", "Reading files"), "check": ("核对各类台账", "Checking ledgers"),
    "facts": ("计算指标", "Computing facts"), "write": ("写入数据库", "Writing"), "done": ("完成", "Done"),
}  # fmt: skip


@contextmanager
def _progress(lang: Lang) -> Iterator["Report"]:
    """A bar on stderr that follows the stages of a load; nothing when nobody is looking at it."""
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


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def _print_table(rows: list[dict[str, Any]], lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    heads = (
        ("区划代码", "名称", "分子", "分母", "比率")
        if lang == Lang.zh
        else ("Code", "Name", "Numerator", "Denominator", "Rate")
    )
    table = Table(*heads)
    for row in rows:
        top, below = row["numerator"], row["denominator"]
        rate = f"{top / below:.2%}" if below else "—"
        table.add_row(row["area_code"], row["area_name"], f"{top:,}", "—" if below is None else f"{below:,}", rate)
    Console().print(table)


if __name__ == "__main__":
    app(prog_name="python -m etl")
