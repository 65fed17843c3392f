"""python -m etl (命令行): write the sample county, load files, ask for facts. Heavy imports wait until needed."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from data.settings import read_settings
from etl import audit, load_commands
from etl.account_commands import commands
from etl.command_line import (
    AsJson,
    Database,
    InLang,
    Lang,
    Wait,
    address,
    open_at,
    plain_errors,
    print_json,
    waiting_aloud,
)

app = typer.Typer(
    help="网格一张图的数据命令 / data commands of Wangge", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip


class Level(StrEnum):
    """Levels of areas."""

    county = "county"
    township = "township"
    community = "community"
    grid = "grid"


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", help="输出文件夹 / folder to write to")],
    lang: InLang = Lang.zh,
) -> None:
    """生成示例县的全部文件 / write the files of the sample county."""
    with plain_errors(lang, as_json=False):
        from etl.sample.write import write_sample

        files = write_sample(out, progress=lambda text: typer.echo(text, err=True))
    zh, en = f"已写出 {len(files)} 个文件到 {out}", f"{len(files)} files written to {out}"
    typer.echo(zh if lang == Lang.zh else en)


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
    with plain_errors(lang, as_json=as_json):
        from etl.ask import read_facts

        engine = open_at(database)
        rows = read_facts(engine, indicator, level.value, period, read_settings().edition)
    if as_json:
        print_json(rows)
    else:
        _print_table(rows, lang)


@app.command()
def rollup(
    verify: Annotated[bool, typer.Option("--verify", help="只核对,不写入 / compare only, write nothing")] = False,
    database: Database = "",
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """按台账重算全部指标值,或逐一核对 / count every fact anew from the rows, or prove the stored ones."""
    with plain_errors(lang, as_json=as_json):
        from etl.verify import rebuild, rollup_json, rollup_lines
        from etl.verify import verify as verify_facts

        engine = open_at(database)
        edition = read_settings().edition
        if verify:
            result = verify_facts(engine, edition)
        else:
            result = rebuild(engine, edition, wait=wait, report=waiting_aloud(lang))
        if not verify and result.different:
            audit.note_change(database, "load", "rollup", facts=result.different)
    if as_json:
        print_json(rollup_json(result, lang))
    else:
        for line in rollup_lines(result, lang):
            typer.echo(line)
    if verify and result.different:
        raise typer.Exit(1)


@app.command()
def purge(
    is_trial: Annotated[bool, typer.Option("--dry-run", help="只看会清理什么 / only say what would go")] = False,
    database: Database = "",
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """清理保存到期的内容(见 docs/data-protection.md) / take away what has been kept long enough."""
    with plain_errors(lang, as_json=as_json):
        from etl.purge import purge as purge_store
        from etl.purge import purge_json, purge_lines

        engine = open_at(database)
        result = purge_store(engine, is_trial=is_trial, wait=wait, report=waiting_aloud(lang))
        if result.batch_id is not None:
            audit.note_purge(database or read_settings().database, {p.table: p.count for p in result.gone})
    if as_json:
        print_json(purge_json(result, is_trial=is_trial))
    else:
        for line in purge_lines(result, lang.value, is_trial=is_trial):
            typer.echo(line)


@app.command()
def reconcile(database: Database = "", as_json: AsJson = False, lang: InLang = Lang.zh) -> None:
    """对账:公开数与台账数(有不符时退出码为 3)/ published figures beside the ledger (exit status 3 when one differs)."""
    with plain_errors(lang, as_json=as_json):
        from etl.reconcile import differs, print_reconciliation, read_reconciliation

        result = read_reconciliation(open_at(database), lang.value)
    if as_json:
        print_json(result)
    else:
        print_reconciliation(result, lang.value)
    if differs(result):
        raise typer.Exit(3)


@app.command()
def lineage(
    indicator: Annotated[str, typer.Option("--indicator", help="指标代码,如 VIS-01 / indicator code")],
    area: Annotated[str, typer.Option("--area", help="区划代码 / code of the area")] = "",
    period: Annotated[str, typer.Option("--period", help="统计期 / period")] = "",
    rows: Annotated[bool, typer.Option("--rows", help="列出每一行 / list every row")] = False,
    database: Database = "",
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """一个数从哪来:口径、行、文件、没有计入的 / where a number comes from."""
    with plain_errors(lang, as_json=as_json):
        from etl.lineage import print_lineage, read_lineage

        settings = read_settings()
        result = read_lineage(
            open_at(database), indicator, area or settings.county, period, settings.edition,
            with_rows=rows, lang=lang.value,
        )  # fmt: skip
    if as_json:
        print_json(result)
    else:
        print_lineage(result, lang.value)


@app.command()
def book(
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件 / file to write")],
    lang: InLang = Lang.zh,
) -> None:
    """把指标口径写成手册 / write the indicator book for the manual."""
    with plain_errors(lang, as_json=False):
        from data.book import as_markdown

        out.write_text(as_markdown(), encoding="utf-8")
    typer.echo(f"已写出 {out}" if lang == Lang.zh else f"{out} written")


@app.command()
def expect(
    area: Annotated[str, typer.Option("--area", help="区划代码 / code of the area")] = "",
    what: Annotated[str, typer.Option("--what", help="统计对象,如 grid_branch / what is counted")] = "",
    count: Annotated[int | None, typer.Option("--count", min=0, help="官方数 / official count")] = None,
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="截止日期 / as of")] = None,
    source: Annotated[str, typer.Option("--source", help="依据 / where the count stands")] = "",
    reason: Annotated[str, typer.Option("--reason", help="说明 / remark")] = "",
    database: Database = "",
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """填写官方数;不带参数时列出全部 / state an official count; without options, list them all."""
    with plain_errors(lang, as_json=as_json):
        from etl.errors import incomplete
        from etl.expect import expected_json, print_expected, read_expected, state_expected

        engine, edition = open_at(database), read_settings().edition
        if area or what or count is not None:
            if not area or not what or count is None:
                raise incomplete("--area", "--what", "--count")
            day = on.date() if on else None
            state_expected(
                engine, edition, area=area, what=what, count=count, on=day, source=source, reason=reason, wait=wait,
                report=waiting_aloud(lang),
            )  # fmt: skip
            audit.note_change(database, "load", f"expected:{area}:{what}", count=count)
        totals = read_expected(engine, edition)
    if as_json:
        print_json(expected_json(totals))
    else:
        print_expected(totals, lang.value)


@app.command()
def target(
    indicator: Annotated[str, typer.Option("--indicator", help="指标代码,如 VIS-01 / indicator code")] = "",
    area: Annotated[str, typer.Option("--area", help="区划代码 / code of the area")] = "",
    goal: Annotated[float | None, typer.Option("--goal", help="目标,0 到 1 / goal from 0 to 1")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="从哪天起 / first day")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="为什么另定目标 / why this goal")] = "",
    database: Database = "",
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """给一个区划另定目标;不带参数时列出全部 / give an area a goal of its own; without options, list them all."""
    with plain_errors(lang, as_json=as_json):
        from etl.errors import incomplete
        from etl.expect import print_targets, read_targets, state_target

        engine, edition = open_at(database), read_settings().edition
        if indicator or area or goal is not None:
            if not indicator or not area or goal is None:
                raise incomplete("--indicator", "--area", "--goal")
            day = since.date() if since else None
            state_target(
                engine, edition, indicator=indicator, area=area, goal=goal, since=day, reason=reason, wait=wait,
                report=waiting_aloud(lang),
            )  # fmt: skip
            audit.note_change(database, "load", f"target:{area}:{indicator}", goal=goal)
        targets = read_targets(engine, edition)
    if as_json:
        print_json(targets)
    else:
        print_targets(targets, lang.value)


@app.command()
def release(
    is_wanted: Annotated[
        bool, typer.Option("--now", help="不等到日子,马上发布 / now, whether it is time or not")
    ] = False,
    database: Database = "",
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """到日子就重新发布公开数(见 docs/data-protection.md) / release the public numbers anew, where it is time."""
    with plain_errors(lang, as_json=as_json):
        from etl.release import release as make_release
        from etl.release import release_json, release_lines

        found, is_new = make_release(
            open_at(database), is_wanted=is_wanted, wait=wait, report=waiting_aloud(lang)
        )  # fmt: skip
        if is_new and found:
            audit.note_change(database, "load", f"release:{found.release_id}", data_on=found.data_on.isoformat())
    if as_json:
        print_json(release_json(found, is_new=is_new))
    else:
        for line in release_lines(found, lang.value, is_new=is_new):
            typer.echo(line)


@app.command()
def upgrade(database: Database = "", wait: Wait = None, lang: InLang = Lang.zh) -> None:
    """把数据库升级到本程序的版本 / bring the database to this program's version."""
    with plain_errors(lang, as_json=False):
        engine = open_at(database, make=True, wait=wait, report=waiting_aloud(lang))
        from etl.release import release_where_due
        from etl.verify import rebuild_where_lacking

        counted = rebuild_where_lacking(engine, read_settings().edition, wait=wait, report=waiting_aloud(lang))
        if counted and counted.different:
            audit.note_change(database, "load", "rollup", facts=counted.different)
        release_where_due(engine, wait=wait, report=waiting_aloud(lang))
    typer.echo(f"数据库已就绪:{address(engine)}" if lang == Lang.zh else f"The database is ready: {address(engine)}")


@app.command()
def status(database: Database = "", as_json: AsJson = False, lang: InLang = Lang.zh) -> None:
    """数据库里有什么 / what the database holds."""
    with plain_errors(lang, as_json=as_json):
        from etl.ask import read_status

        engine = open_at(database)
        found = {"database": address(engine), **read_status(engine)}
    if as_json:
        print_json(found)
    else:
        rows = {f"rows.{name}": count for name, count in found.pop("rows").items()}
        for name, value in (found | rows).items():
            typer.echo(f"{name}: {value}")


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


load_commands.register(app)
app.add_typer(audit.commands(plain_errors, print_json), name="audit")

_database = typer.Typer(help="数据库的角色 / roles of the database", no_args_is_help=True)
app.add_typer(_database, name="database")


@_database.command("roles")
def roles(
    role: Annotated[str, typer.Argument(help="网页使用的角色 / role of the dashboard")],
    database: Database = "",
    lang: InLang = Lang.zh,
) -> None:
    """授予网页角色读取权限(PostgreSQL) / grant the dashboard's role what it needs (PostgreSQL)."""
    with plain_errors(lang, as_json=False):
        from data.roles import grant
        from data.store import changing

        with changing(open_at(database)) as conn:
            grant(conn, role)
        audit.note_change(database, "role_change", f"database_role:{role}")
    typer.echo(f"已授权给 {role}" if lang == Lang.zh else f"Granted to {role}")


_accounts, _screens = commands(open_at, lambda: plain_errors(Lang.zh, as_json=False))
app.add_typer(_accounts, name="account")
app.add_typer(_screens, name="screen")

if __name__ == "__main__":
    app(prog_name="python -m etl")
