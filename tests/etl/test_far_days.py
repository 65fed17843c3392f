"""A mistyped year: it is asked about before it moves the data date, and the date comes back with the corrected row."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

import etl.watch
from data import schema
from data.limits import limits
from data.queries import status
from data.store import open_store, reading
from etl.__main__ import app
from etl.errors import LoadError
from etl.extract import extract_file
from etl.far_days import far_from
from etl.load import Outcome
from etl.maps import read_map
from etl.stated_day import stated_day
from etl.undo import undo
from etl.verify import verify
from etl.watch import Watch
from geo.periods import kept_periods
from tests.etl import tiny
from tests.etl.test_load import few_periods, stored  # noqa: F401 (a fixture)
from tests.etl.tiny import A1
from tests.support.loaded_county import loaded_county

__all__ = ["loaded_county"]
Load = Callable[..., Outcome]
EDITION = "NBS2020"
TODAY = date(2026, 6, 1)
"""So that 2026 is no day to come, which would be refused by itself."""
KNOWN = date(2020, 12, 10)
runner = CliRunner()


@pytest.fixture
def known(loaded_county: bytes, tmp_path: Path) -> Iterator[Engine]:
    """A store that holds the tiny county, in a file of this test's own."""
    (tmp_path / "known.db").write_bytes(loaded_county)
    engine = open_store(f"sqlite:///{tmp_path / 'known.db'}")
    yield engine
    engine.dispose()


def visit(number: str, day: str | date, home: str = "H1") -> tuple[Any, ...]:
    return (number, home, day, "W01", "入户", "见面", 1, "有", "√")


def as_of(engine: Engine) -> date:
    with reading(engine) as conn:
        found: date = status(conn)["data_on"]
    return found


def stops(load: Load, engine: Engine, *paths: Path, **options: Any) -> LoadError:
    with pytest.raises(LoadError) as error:
        load(engine, *paths, **{"today": TODAY, **options})
    assert error.value.code == "FAR_DAY", error.value.zh
    return error.value


def test_a_mistyped_year_asks_first_and_comes_back_with_its_correction(
    engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(engine, county)
    typo = tiny.write_visits(tmp_path, [visit("TV1", "2026-03-05")], "错.xlsx")
    error = stops(load, engine, typo)
    assert "错.xlsx[Sheet1]第4行“走访日期”2026-03-05" in error.zh and "其余最晚 2020-12-10" in error.zh
    assert "--yes-far-day" in error.zh and as_of(engine) == KNOWN
    trial = load(engine, typo, today=TODAY, is_trial=True)
    assert [(far.file, far.sheet, far.row, far.column, far.day, far.others) for far in trial.far] == [
        ("错.xlsx", "Sheet1", 4, "走访日期", date(2026, 3, 5), KNOWN)
    ]
    assert trial.data_on == date(2026, 3, 5), "a trial shows where the date would go"
    assert load(engine, typo, today=TODAY, may_be_far=True).data_on == as_of(engine) == date(2026, 3, 5)
    assert verify(engine, EDITION).different == 0
    fixed = tiny.write_visits(tmp_path, [visit("TV1", "2020-03-05")], "对.xlsx")
    assert load(engine, fixed, today=TODAY).data_on == as_of(engine) == KNOWN
    assert verify(engine, EDITION).different == 0
    with reading(engine) as conn:
        t, states = schema.fact, schema.building_state
        later = conn.execute(select(func.count()).select_from(t).where(t.c.period.like("%2026%"))).scalar()
        days = set(conn.execute(select(states.c.as_of_on)).scalars())
    assert later == 0 and days == {KNOWN}
    print("R12: 1 of 1 slips asked about, 0 facts differ after the correction")


def test_every_period_follows_the_date_forth_and_back(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.rollup.kept_periods", kept_periods)
    load(sqlite_engine, county)
    before = stored(sqlite_engine)
    later = tiny.write_visits(tmp_path, [visit("TV1", "2021-03-05")], "错.xlsx")
    load(sqlite_engine, later, today=TODAY, may_be_far=True)
    assert verify(sqlite_engine, EDITION).different == 0
    undo(sqlite_engine, 2, edition=EDITION)
    after = stored(sqlite_engine)
    for name in ("fact", "building_state", "visit_month", "visit_due", "visit_recency"):
        key = [column.key for column in schema.metadata.tables[name].primary_key.columns]
        one, other = (rows[name].drop(columns="batch_id", errors="ignore") for rows in (before, after))
        assert one.sort_values(key, ignore_index=True).equals(other.sort_values(key, ignore_index=True)), name
    load(sqlite_engine, later, today=TODAY, may_be_far=True)
    fixed = tiny.write_visits(tmp_path, [visit("TV1", "2020-03-05")], "对.xlsx")
    assert load(sqlite_engine, fixed, today=TODAY).data_on == KNOWN
    assert verify(sqlite_engine, EDITION).different == 0


def test_it_is_told_only_once(known: Engine, load: Load, tmp_path: Path) -> None:
    typo = tiny.write_visits(tmp_path, [visit("TV1", "2026-03-05")])
    load(known, typo, today=TODAY, may_be_far=True)
    assert load(known, typo, today=TODAY).batch_id is None
    near = tiny.write_visits(tmp_path, [visit("TV2", "2026-03-07")], "近.xlsx")
    assert load(known, near, today=TODAY).data_on == date(2026, 3, 7)


LATE = "2026-03-05"


def disputes(folder: Path, **changed: str) -> Path:
    row = dict(zip(tiny.DISPUTE_HEADINGS, ("D9", *tiny.DISPUTES[0][1:]), strict=True)) | changed
    return tiny.write_sheet(folder / "纠纷.xlsx", tiny.DISPUTE_HEADINGS, [tuple(row.values())], sheet="纠纷登记")


def step(folder: Path) -> Path:
    return tiny.write_sheet(folder / "步骤.xlsx", tiny.STEP_HEADINGS, [("D3", 1, "受理", LATE, "已受理", "新居")])


def suggestion(folder: Path) -> Path:
    headings = ("建议编号", "所属社区", "意见类别", "收集日期", "受理日期", "状态")
    return tiny.write_sheet(folder / "意见.xlsx", headings, [("S9", "东门社区", "环境卫生", LATE, LATE, "已受理")])


def wish(folder: Path) -> Path:
    headings = ("心愿编号", "所属社区", "心愿类别", "征集日期", "完成日期", "状态")
    row = ("W9", "东门社区", "生活用品", "2020-11-01", LATE, "已完成")
    return tiny.write_sheet(folder / "心愿.xlsx", headings, [row])


MOVING: dict[str, Callable[[Path], Path]] = {
    "found": lambda folder: disputes(
        folder, 排查日期=LATE, 受理日期=LATE, 办理时限="2026-04-05", 化解日期="", 办结日期="", 状态="已受理", 结果=""
    ),
    "accepted": lambda folder: disputes(
        folder, 受理日期=LATE, 办理时限="2026-04-05", 化解日期="", 办结日期="", 状态="已受理", 结果=""
    ),
    "resolved": lambda folder: disputes(folder, 化解日期=LATE, 办结日期=LATE),
    "closed": lambda folder: disputes(folder, 办结日期=LATE),
    "step": step, "suggestion": suggestion, "wish": wish,
}  # fmt: skip


@pytest.mark.parametrize("column", MOVING)
def test_every_column_that_can_move_the_date_asks(column: str, known: Engine, load: Load, tmp_path: Path) -> None:
    assert LATE in stops(load, known, MOVING[column](tmp_path)).zh


def test_a_post_of_later_cannot_move_the_date(known: Engine, load: Load, tmp_path: Path) -> None:
    posts = tiny.write_sheet(
        tmp_path / "岗位.xlsx", ("岗位编号", "岗位", "人员编号", "网格编码", "是否党员", "任职日期", "离任日期"),
        [("P9", "网格员", "W05", A1, "是", LATE, "")],
    )  # fmt: skip
    assert load(known, posts, today=TODAY).data_on == KNOWN


# --- what is believed -------------------------------------------------------------------------------------------------


def days_from(first: date, count: int, prefix: str = "N") -> list[tuple[Any, ...]]:
    return [visit(f"{prefix}{n}", first + timedelta(days=n)) for n in range(count)]


def test_a_ledger_of_later_days_is_believed_and_one_slip_in_it_is_not(
    known: Engine, load: Load, tmp_path: Path
) -> None:
    """A year lies between two honest loads."""
    later = days_from(date(2022, 1, 3), 20)
    slip = tiny.write_visits(tmp_path, [*later, visit("X1", "2025-01-12")], "一月.xlsx")
    error = stops(load, known, slip)
    assert "2025-01-12" in error.zh and "其余最晚 2022-01-22" in error.zh and "有 1 个日期" in error.zh
    right = tiny.write_visits(tmp_path, later, "一月.xlsx")
    assert load(known, right, today=TODAY).data_on == date(2022, 1, 22)


def test_a_month_that_comes_a_month_late_is_believed(known: Engine, load: Load, tmp_path: Path) -> None:
    late = tiny.write_visits(tmp_path, [visit("N1", KNOWN + timedelta(days=limits().far.gap_days))])
    assert load(known, late, today=TODAY).data_on == date(2021, 1, 24)


def test_a_first_load_is_held_against_the_rest_of_itself(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    tiny.write_visits(county, [*tiny.VISITS, visit("X1", "2025-05-03")])
    error = stops(load, sqlite_engine, county)
    assert "2025-05-03" in error.zh and "其余最晚 2020-12-10" in error.zh
    tiny.write_visits(county)
    assert load(sqlite_engine, county, today=TODAY).data_on == KNOWN, "days lie thin in it, but none is far"


STATED = {
    "in its title": ("走访台账(统计截止日期:2026年3月31日)", "走访.xlsx", "注:"),
    "in a note": ("走访台账", "走访.xlsx", "注:数据截至2026.3.31"),
    "in its name": ("走访台账", "走访_截至20260331.xlsx", "注:"),
}


@pytest.mark.parametrize("where", STATED)
def test_days_up_to_the_one_a_file_states_are_believed(where: str, known: Engine, load: Load, tmp_path: Path) -> None:
    title, name, note = STATED[where]
    book = Workbook()
    for row in ((title,), tiny.VISIT_HEADINGS, visit("N1", "2026-03-05"), (note,)):
        book.active.append(list(row))
    book.save(tmp_path / name)
    assert load(known, tmp_path / name, today=TODAY).data_on == date(2026, 3, 5), "its last day, not the stated"


def test_a_day_to_come_is_no_day_to_believe(known: Engine, load: Load, tmp_path: Path) -> None:
    path = tiny.write_sheet(tmp_path / "走访.xlsx", tiny.VISIT_HEADINGS, [visit("N1", "2026-03-05")],
                            title="走访台账(截至2062年12月)")  # fmt: skip
    stops(load, known, path)


def test_the_day_of_a_map_and_one_that_is_stated_are_believed(known: Engine, load: Load, tmp_path: Path) -> None:
    path = tiny.write_visits(tmp_path, [*tiny.VISITS, visit("N1", "2026-03-05")])
    columns = "\n".join(
        f'{name} = "{heading}"'
        for name, heading in zip(
            ("visit_no", "household_no", "visited_on", "visitor_no", "visit_form", "visit_result"),
            tiny.VISIT_HEADINGS, strict=False,
        )
    )  # fmt: skip
    (tmp_path / "m.toml").write_text(
        f'kind = "visit"\nmode = "snapshot"\nas_of = 2026-03-31\n[columns]\n{columns}\n', "utf-8"
    )
    assert load(known, path, maps=[read_map(tmp_path / "m.toml")], today=TODAY).data_on == date(2026, 3, 5)
    other = tiny.write_visits(tmp_path, [visit("N2", "2026-05-20")], "五月.xlsx")
    assert load(known, other, data_on=date(2026, 5, 31), today=TODAY).data_on == date(2026, 5, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("数据截至2020年12月", date(2020, 12, 31)), ("截止2020年底", date(2020, 12, 31)),
        ("截至 2020/2", date(2020, 2, 29)), ("统计截止时间：２０２０．６．１８", date(2020, 6, 18)),
        ("截止日期 2020-06-18", date(2020, 6, 18)), ("数据截至月底", None), ("截至2020年13月", None),
        ("截至2020年2月30日", None), ("2020年12月31日", None), ("截至第1234567批", None),
    ],
)  # fmt: skip
def test_how_a_day_is_stated(text: str, day: date | None) -> None:
    assert stated_day([text]) == day


def test_what_is_far_among_many_and_few() -> None:
    rule, month = limits().far, [date(2020, 3, day) for day in range(1, 32)]
    once = dict.fromkeys(month, 1)
    far = date(2021, 3, 5)
    # One day filled down a whole page is still one day.
    assert far_from([*month, far], {**once, far: 40}, date(2020, 2, 28), rule) == far
    # A slip long ago hides none of today.
    assert far_from([date(1920, 3, 5), *month, far], {date(1920, 3, 5): 1, **once, far: 1}, None, rule) == far
    # Two rows a quarter apart, and nothing known: who can say.
    assert far_from([month[0], far], {month[0]: 1, far: 1}, None, rule) is None
    # Days that lie thin: a visit every second month.
    thin = [date(2019, 1, 1) + timedelta(days=60 * n) for n in range(12)]
    assert far_from([*thin, thin[-1] + timedelta(days=90)], {thin[-1] + timedelta(days=90): 1}, thin[-1], rule) is None


# --- the date follows the live rows -----------------------------------------------------------------------------------


def test_the_slip_taken_back_below_a_later_load_takes_the_date_with_it(
    known: Engine, load: Load, tmp_path: Path
) -> None:
    load(known, tiny.write_visits(tmp_path, [visit("TV1", "2026-03-05")]), today=TODAY, may_be_far=True)
    honest = tiny.write_visits(tmp_path, [visit("N1", "2020-12-20")], "十二月.xlsx")
    assert load(known, honest, today=TODAY).data_on == date(2026, 3, 5)
    assert undo(known, 2, edition=EDITION).data_on == as_of(known) == date(2020, 12, 20)
    assert verify(known, EDITION).different == 0
    assert undo(known, 3, edition=EDITION).data_on == as_of(known) == KNOWN
    assert verify(known, EDITION).different == 0


def test_a_stated_day_holds_until_another_is_stated(known: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(known, county, data_on=date(2020, 12, 31))
    more = tiny.write_visits(tmp_path, [visit("N1", "2020-12-20")])
    assert load(known, more).data_on == date(2020, 12, 31)
    later = tiny.write_visits(tmp_path, [visit("N2", "2021-01-10")], "一月.xlsx")
    assert load(known, later).data_on == date(2021, 1, 10)
    gone = tiny.write_visits(tmp_path, [visit("N2", "2020-01-10")], "改.xlsx")
    assert load(known, gone).data_on == date(2020, 12, 31), "backwards, but not behind what was stated"
    assert load(known, gone, data_on=date(2020, 12, 25)).data_on == date(2020, 12, 25)
    assert load(known, gone).batch_id is None
    assert load(known, gone, data_on=date(2020, 12, 25)).batch_id is None
    assert verify(known, EDITION).different == 0
    # Taken back, the statement before it holds again.
    assert undo(known, 6, edition=EDITION).data_on == date(2020, 12, 31)


# --- by command and in a folder ---------------------------------------------------------------------------------------


def test_the_command_refuses_by_a_code_and_a_switch_overrides(
    known: Engine, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.load_commands.audit.note_load", lambda url, outcome: "")
    typo = tiny.write_visits(tmp_path, [visit("TV1", "2026-03-05")])
    args = ["load", str(typo), "--json", "--database", str(known.url)]
    stopped = runner.invoke(app, args)
    assert stopped.exit_code == 1 and json.loads(stopped.stdout)["error"]["code"] == "FAR_DAY"
    trial = json.loads(runner.invoke(app, [*args, "--dry-run"]).stdout)
    assert trial["far_days"] == [
        {"file": "走访台账.xlsx", "sheet": "Sheet1", "row": 4, "column": "走访日期", "day": "2026-03-05",
         "others": "2020-12-10"}
    ]  # fmt: skip
    told = runner.invoke(app, ["load", str(typo), "--dry-run", "--database", str(known.url)]).stdout
    assert "走访台账.xlsx[Sheet1]第4行“走访日期”2026-03-05" in told and "--yes-far-day" in told
    assert json.loads(runner.invoke(app, [*args, "--yes-far-day"]).stdout)["data_date"] == "2026-03-05"


def test_a_watched_folder_refuses_it(
    known: Engine, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etl.watch, "extract_files", lambda files: [extract_file(file.path) for file in files])
    monkeypatch.setattr(etl.watch.audit, "note_load", lambda url, outcome: "")
    folder = tmp_path / "投递"
    folder.mkdir()

    def dropped(**how: Any) -> tuple[str, date]:
        tiny.write_visits(folder, [visit("TV1", "2025-03-05")])
        watch = Watch(folder, known, edition=EDITION, url="", still_seconds=0, **how)
        (taken,) = watch.look()
        return taken.error.code if taken.error else "", as_of(known)

    assert dropped() == ("FAR_DAY", KNOWN)
    assert (folder / "refused" / "走访台账.xlsx").exists()
    assert dropped(may_be_far=True) == ("", date(2025, 3, 5))
