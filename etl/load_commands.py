"""`python -m etl load`, `plan`, `datum` and `undo` (装载命令): load ledgers, look at one first, take a load back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.settings import read_settings
from etl import audit
from etl.command_line import (
    AsJson,
    AsLines,
    Database,
    InLang,
    Lang,
    Wait,
    address,
    error_json,
    open_at,
    plain_errors,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from etl.extract import Opened

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="文件或文件夹 / files or folders")]
Maps = Annotated[list[Path], typer.Option("--map", help="列映射,可多次 / column map, once or more")]
DataDate = Annotated[datetime | None, typer.Option("--data-date", formats=["%Y-%m-%d"], help="数据日期 / data date")]

Trial = Annotated[bool, typer.Option("--dry-run", help="只看会怎样,什么都不写 / say what would happen, write nothing")]

MayShrink = Annotated[
    bool, typer.Option("--yes-shrink", help="快照可以终止三成以上的行 / a snapshot may end more than 30 %")
]

MayBeFar = Annotated[
    bool, typer.Option("--yes-far-day", help="远晚于其余的日期也可信 / days far beyond all others are right")
]

MayRepair = Annotated[
    bool, typer.Option("--repair", help="修复面积不变的错误图形 / repair faulty outlines whose area stays the same")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("load")(load)
    app.command("plan")(plan)
    app.command("undo")(undo)
    app.command("kinds")(kinds)
    app.command("unpack")(unpack)
    app.command("datum")(datum)
    app.command("watch")(watch)


def load(
    paths: Paths,
    maps: Maps = [],  # noqa: B006  (typer wants a list)
    database: Database = "",
    data_date: DataDate = None,
    is_trial: Trial = False,
    may_shrink: MayShrink = False,
    may_be_far: MayBeFar = False,
    as_lines: AsLines = False,
    may_repair: MayRepair = False,
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """装载台账和图层 / load ledgers and layers, all or nothing."""
    with plain_errors(lang, as_json=as_json), progress(lang, as_lines=as_lines) as report, _opened(paths) as opened:
        from data.store import open_store
        from etl.load import load as load_files
        from etl.maps import read_map
        from etl.report import outcome_json, print_outcome
        from etl.trial import trial_store

        settings = read_settings()
        read = [read_map(path) for path in maps]
        url = database or settings.database
        engine = trial_store(url) if is_trial else open_store(url)
        day = data_date.date() if data_date else None
        outcome = load_files(
            engine,
            paths,
            edition=settings.edition,
            maps=read,
            data_on=day,
            opened=opened,
            is_trial=is_trial,
            may_shrink=may_shrink,
            may_be_far=may_be_far,
            may_repair=may_repair,
            wait=wait,
            report=report,
        )
        if not is_trial and (warning := audit.note_load(url, outcome)):
            typer.echo(warning, err=True)
        result = outcome_json(outcome, address(engine), lang)
    if as_json:
        print_json(result)
    else:
        print_outcome(result, outcome, lang)


def _opened(paths: list[Path]) -> "Opened":
    """The files, read by other processes while this one loads its libraries."""
    from etl.extract import Opened
    from etl.files import find_files

    return Opened(find_files(paths))


def plan(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="台账文件,几个要加 --json / a ledger")],
    kind: Annotated[str, typer.Option("--kind", help="哪种台账,默认按表头猜 / kind of ledger, else guessed")] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="哪张工作表 / which sheet")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="写到文件,默认输出到屏幕 / file to write")] = None,
    kept: Annotated[
        Path | None,
        typer.Option("--kept", help="记住的列映射所在文件夹,只用于 --json / folder of kept maps, for --json"),
    ] = None,
    assigned: Annotated[
        list[str], typer.Option("--assign", help="列=表头,只用于 --json / COLUMN=HEADING, for --json")
    ] = [],  # noqa: B006  (typer wants a list)
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """为没有认出的台账起草列映射 / draft a column map for a ledger; nothing is loaded."""
    if len(paths) > 1:
        _plan_all(paths, kept, lang, is_plain=as_json and not (kind or sheet or out or assigned))
        return
    path = paths[0]
    if as_json and not out:
        with plain_errors(lang, as_json=as_json):
            from etl.proposal import propose

            told = dict(text.partition("=")[::2] for text in assigned)
            proposal = propose(path, kind=kind, sheet=sheet, kept=kept, assigned=told)
        print_json(proposal)
        return
    with plain_errors(lang, as_json=as_json):
        from etl.draft import draft_file

        draft = draft_file(path, kind=kind, sheet=sheet)
        text = draft.text()
        if out:
            out.write_text(text, encoding="utf-8")
    if as_json:
        print_json(draft.json(str(out) if out else None))
    elif not out:
        typer.echo(text, nl=False)
    for line in draft.advice(lang.value, str(out) if out else ""):
        typer.echo(line, err=True)


def _plan_all(paths: list[Path], kept: Path | None, lang: Lang, *, is_plain: bool) -> None:
    """A list of what is understood of each file, or its error, as JSON."""
    with plain_errors(lang, as_json=True):
        from etl.errors import LoadError
        from etl.proposal import propose_all

        if not is_plain:
            raise LoadError(
                "ONE_FILE",
                "几个文件一起看时只能用 --json 和 --kept;其他选项请逐个文件用。",
                "Several files go together with --json and --kept alone; use other options with one file at a time.",
            )
        answers = propose_all(paths, kept=kept)
    print_json([error_json(one.code, one.text(lang.value)) if isinstance(one, LoadError) else one for one in answers])


def datum(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="有坐标的文件 / a file with coordinates")],
    maps: Maps = [],  # noqa: B006  (typer wants a list)
    database: Database = "",
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """查证文件的坐标系,与库里的楼栋和边界比对;不载入 / find out what coordinate system a file is in."""
    with plain_errors(lang, as_json=as_json):
        from etl.datum import find_datum
        from etl.datum_report import datum_json, datum_lines
        from etl.maps import read_map

        read = tuple(read_map(map_, believes_crs=False) for map_ in maps)
        found = find_datum(open_at(database), path, edition=read_settings().edition, maps=read)
    if as_json:
        print_json(datum_json(found, lang.value))
    else:
        for one in found:
            for line in datum_lines(one, lang.value):
                typer.echo(line)


def undo(
    batch: Annotated[int, typer.Argument(metavar="BATCH", help="第几批,见 status 或数据接入页 / number of the load")],
    is_trial: Trial = False,
    database: Database = "",
    as_lines: AsLines = False,
    wait: Wait = None,
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """撤销一次装载;后来的批次动过同样的行时不撤销 / take a load back, unless later ones built on it."""
    with plain_errors(lang, as_json=as_json), progress(lang, as_lines=as_lines) as report:
        from etl.undo import undo as undo_batch
        from etl.undo import undone_json, undone_lines

        edition = read_settings().edition
        done = undo_batch(open_at(database), batch, edition=edition, is_trial=is_trial, wait=wait, report=report)
        if not is_trial:
            counts = {"removed": sum(done.removed.values()), "restored": sum(done.restored.values())}
            audit.note_change(database, "undo", f"batch:{batch}", by=f"batch:{done.batch_id}", **counts)
    if as_json:
        print_json(undone_json(done))
    else:
        for line in undone_lines(done, lang.value):
            typer.echo(line)


def kinds(as_json: AsJson = False, lang: InLang = Lang.zh) -> None:
    """各类台账和它们的列 / the kinds of ledger and their columns."""
    from etl.proposal import kinds_json

    found = kinds_json()
    if as_json:
        print_json(found)
        return
    for entry in found:
        columns = "、".join(column["heading"] + ("*" if column["is_required"] else "") for column in entry["columns"])
        typer.echo(f"{entry['kind']} · {entry[lang.value]}:{columns}")


def unpack(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="压缩包 / an archive")],
    out: Annotated[Path, typer.Option("--out", help="解压到哪个文件夹 / folder to unpack into")],
    as_json: AsJson = False,
    lang: InLang = Lang.zh,
) -> None:
    """解压台账或 Shapefile 的压缩包 / unpack a zip of ledgers or of a shapefile."""
    with plain_errors(lang, as_json=as_json):
        from etl.unpack import unpack as unpack_file

        files = unpack_file(path, out)
    if as_json:
        print_json({"files": [file.name for file in files]})
    else:
        for file in files:
            typer.echo(str(file))


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="投递文件夹 / folder to watch")],
    is_once: Annotated[
        bool, typer.Option("--once", help="处理完现有文件就结束 / end when what is there is done")
    ] = False,
    every_seconds: Annotated[float, typer.Option("--every", min=0.1, help="隔几秒看一次 / seconds between looks")] = 10,
    still_seconds: Annotated[
        float, typer.Option("--still", min=0, help="文件静止几秒后才读 / seconds a file must stand still")
    ] = 5,
    may_be_far: MayBeFar = False,
    database: Database = "",
    lang: InLang = Lang.zh,
) -> None:
    """看守一个文件夹,放进去的台账自动载入 / load what is dropped into a folder, with its saved maps."""
    with plain_errors(lang, as_json=False):
        from etl.watch import Watch, only_one, run

        settings = read_settings()
        url = database or settings.database
        with only_one(folder):
            # The store is made where there is none: the first files dropped may be those of a new county.
            engine = open_at(url, make=True)
            looking = Watch(
                folder, engine, edition=settings.edition, url=url, still_seconds=still_seconds, may_be_far=may_be_far
            )
            try:
                run(looking, is_once=is_once, every_seconds=every_seconds, still_seconds=still_seconds, said=typer.echo)
            except KeyboardInterrupt:
                raise typer.Exit(0) from None
