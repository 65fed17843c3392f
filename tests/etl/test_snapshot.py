"""A file that is the whole register: what it lacks ends and keeps its past; a file that lacks much is refused."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from data import schema
from data.store import reading
from etl.__main__ import app
from etl.ask import read_facts
from etl.draft import draft_file
from etl.errors import LoadError
from etl.load import Outcome
from etl.maps import ColumnMap, read_map
from etl.verify import verify
from tests.etl import tiny
from tests.etl.test_load import column, counts, same, stored
from tests.etl.tiny import A1, B

Load = Callable[..., Outcome]
runner = CliRunner()
DAY = date(2020, 12, 31)


def snapshot(path: Path, *entries: str) -> ColumnMap:
    """The map of a ledger of ours, as a snapshot."""
    text = draft_file(path).text().replace('mode = "append"', "\n".join(['mode = "snapshot"', *entries]))
    given = path.with_suffix(".toml")
    given.write_text(text, "utf-8")
    return read_map(given)


def register(folder: Path, households: Sequence[Any]) -> Path:
    folder.mkdir(exist_ok=True)
    return tiny.write_register(folder, households)


@pytest.fixture
def ready(sqlite_engine: Engine, load: Load, county: Path) -> Engine:
    load(sqlite_engine, county, data_on=DAY)
    return sqlite_engine


def number(engine: Engine, indicator: str, period: str) -> tuple[Any, Any]:
    row = read_facts(engine, indicator, "county", period, "NBS2020")[0]
    return row["numerator"], row["denominator"]


def test_a_household_that_is_no_longer_there_moves_out_and_keeps_its_past(
    ready: Engine, load: Load, tmp_path: Path
) -> None:
    assert number(ready, "VIS-01", "2020-11") == (0, 5)
    path = register(tmp_path / "new", tiny.HOUSEHOLDS[:5])
    outcome = load(ready, path, maps=[snapshot(path, "as_of = 2020-12-20")])
    assert [(entry.kind, entry.count, entry.of) for entry in outcome.ended] == [("household", 1, 5)], (
        "H5 had left before"
    )
    assert counts(outcome)["unchanged"] == 5
    out = column(ready, schema.household, "household_no", "moved_out_on")
    assert out["H6"] == date(2020, 12, 20) and out["H5"] == date(2020, 3, 1)
    assert number(ready, "VIS-01", "2020-11") == (0, 5), "a month already reported stays"
    assert number(ready, "VIS-01", "2020")[1] == 4
    assert verify(ready, "NBS2020").different == 0
    again = load(ready, path, maps=[snapshot(path, "as_of = 2020-12-20")])
    assert again.batch_id is None and again.ended[0].count == 0
    # It comes back when a file has it again.
    load(ready, register(tmp_path / "back", tiny.HOUSEHOLDS))
    assert column(ready, schema.household, "household_no", "moved_out_on")["H6"] is None
    assert number(ready, "VIS-01", "2020")[1] == 5 and verify(ready, "NBS2020").different == 0


def test_a_file_that_lacks_much_is_refused_unless_told(ready: Engine, load: Load, tmp_path: Path) -> None:
    before = stored(ready)
    for name, households in (
        ("few", tiny.HOUSEHOLDS[:3]),
        ("renumbered", [(f"X{h[0]}", *h[1:]) for h in tiny.HOUSEHOLDS]),
    ):
        path = register(tmp_path / name, households)
        with pytest.raises(LoadError, match=r"户登记台账”的 5 行中有 [25] 行不在文件里.*--yes-shrink") as much:
            load(ready, path, maps=[snapshot(path)])
        assert much.value.code == "SHRINK" and same(before, stored(ready))
    path = register(tmp_path / "few", tiny.HOUSEHOLDS[:3])
    trial = load(ready, path, maps=[snapshot(path)], is_trial=True)
    assert trial.ended[0].is_much and same(before, stored(ready))
    done = load(ready, path, maps=[snapshot(path)], may_shrink=True)
    assert (done.ended[0].count, done.ended[0].of) == (2, 5)


def test_an_empty_file_empties_its_register_only_when_told(ready: Engine, load: Load, tmp_path: Path) -> None:
    full = register(tmp_path / "full", tiny.HOUSEHOLDS)
    given = snapshot(full)
    empty = register(tmp_path / "empty", [])
    with pytest.raises(LoadError, match="没有数据行"):
        load(ready, empty, maps=[given])
    done = load(ready, empty, maps=[given], may_shrink=True)
    assert done.batch_id is not None and (done.ended[0].count, done.ended[0].of) == (5, 5)
    assert number(ready, "VIS-01", "2020-11") == (0, 5)


def test_a_file_of_one_community_says_nothing_of_the_others(ready: Engine, load: Load, tmp_path: Path) -> None:
    path = register(tmp_path / "b", [("H7", f"{B}00001", "1", "2", "201", "易迁", 2, None, None), *tiny.HOUSEHOLDS[5:]])
    outcome = load(ready, path, maps=[snapshot(path, f'area = "{B}"')])
    assert [(entry.count, entry.of) for entry in outcome.ended] == [(0, 1)]
    path = register(tmp_path / "c", [("H7", f"{B}00001", "1", "2", "201", "易迁", 2, None, None)])
    outcome = load(ready, path, maps=[snapshot(path, f'area = "{B}"')], may_shrink=True)
    assert [(entry.count, entry.of) for entry in outcome.ended] == [(1, 2)]
    with pytest.raises(LoadError, match="area 为“999”"):
        load(ready, path, maps=[snapshot(path, 'area = "999"')])


def test_a_refused_row_is_there_and_one_without_a_number_ends_nothing(
    ready: Engine, load: Load, tmp_path: Path
) -> None:
    faulty = [*tiny.HOUSEHOLDS[:5], ("H6", "42282510000999999", "1", "1", "101", "易迁", 1, None, None)]
    path = register(tmp_path / "faulty", faulty)
    assert load(ready, path, maps=[snapshot(path)]).ended[0].count == 0
    path = register(
        tmp_path / "none", [*tiny.HOUSEHOLDS[:5], (None, f"{B}00001", "1", "1", "101", "易迁", 1, None, None)]
    )
    ended = load(ready, path, maps=[snapshot(path)]).ended[0]
    assert (ended.count, ended.unreadable) == (0, 1) and "编号无法识别" in ended.line("zh")


def test_posts_and_organisations_end_and_what_is_not_dated_is_taken_back(
    ready: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    path = tiny.write_sheet(
        tmp_path / "网格员岗位.xlsx", ("岗位编号", "岗位", "人员编号", "网格编码", "是否党员", "任职日期", "离任日期"),
        [("P1", "网格员", "W01", A1, "是", "2019-03-01", "")],
    )  # fmt: skip
    load(ready, path, maps=[snapshot(path)], may_shrink=True)
    until = column(ready, schema.post, "post_no", "valid_to")
    assert until == {"P1": None, "P2": DAY, "P3": date(2020, 7, 1)}, "posts of buildings stand in another ledger"
    branches = tiny.write_sheet(
        tmp_path / "支部.xlsx", ("支部编号", "支部名称", "组织类型", "所属社区", "网格编码", "覆盖方式"),
        [("Z9", "新支部", "网格党支部", "东门社区", A1, "独立")],
    )  # fmt: skip
    outcome = load(ready, branches, maps=[snapshot(branches)], may_shrink=True)
    assert (outcome.ended[0].count, outcome.ended[0].of) == (1, 1), "the committee is none of its kinds"
    assert column(ready, schema.org, "org_no", "dissolved_on") == {
        "Z0": None, "Z1": DAY, "Z2": None, "G1": None, "Z9": None,
    }  # fmt: skip
    with reading(ready) as conn:
        t = schema.org_cover
        covers = conn.execute(select(t.c.org_id, t.c.valid_to).where(t.c.target_kind == "grid", t.c.is_void.is_(False)))
        ids = column(ready, schema.org, "org_no", "org_id")
        assert {(row.org_id, row.valid_to) for row in covers} == {
            (ids["Z1"], DAY),
            (ids["Z2"], None),
            (ids["Z9"], None),
        }
    visits = tiny.write_visits(tmp_path, tiny.VISITS[:5])
    outcome = load(ready, visits, maps=[snapshot(visits)])
    assert outcome.ended[0].count == 1 and "V6" not in column(ready, schema.visit, "visit_no", "visited_on")
    assert verify(ready, "NBS2020").different == 0


def test_a_snapshot_of_a_register_that_holds_nothing_ends_nothing(ready: Engine, load: Load, tmp_path: Path) -> None:
    path = tiny.write_sheet(
        tmp_path / "微心愿.xlsx", ("心愿编号", "所属社区", "心愿类别", "登记日期", "状态"),
        [("X1", "新居社区", "其他", "2020-12-01", "已登记")],
    )  # fmt: skip
    for area in ("", f'area = "{B}"'):
        outcome = load(ready, path, maps=[snapshot(path, area)], is_trial=True)
        assert [(entry.count, entry.of) for entry in outcome.ended] == [(0, 0)]


def test_a_building_that_somebody_lives_in_cannot_end(ready: Engine, load: Load, tmp_path: Path) -> None:
    path = tiny.write_buildings(tmp_path, tiny.BUILDINGS[:4])
    with pytest.raises(LoadError, match="仍被 1 行引用") as used:
        load(ready, path, maps=[snapshot(path)])
    assert used.value.code == "REFERRED"


def test_boundaries_are_no_snapshot(county: Path) -> None:
    with pytest.raises(LoadError, match="网格边界不能用 snapshot"):
        snapshot(county / "网格边界.shp")


def test_the_command_asks_before_much_ends(ready: Engine, tmp_path: Path, sqlite_url: str) -> None:
    path = register(tmp_path / "few", tiny.HOUSEHOLDS[:3])
    snapshot(path)
    command = ["load", str(path), "--map", str(path.with_suffix(".toml")), "--database", sqlite_url, "--json"]
    stopped = runner.invoke(app, command)
    assert stopped.exit_code == 1 and json.loads(stopped.stdout)["error"]["code"] == "SHRINK"
    trial = json.loads(runner.invoke(app, [*command, "--dry-run"]).stdout)
    assert trial["ended"] == [
        {"kind": "household", "count": 2, "of": 5, "on": "2020-12-31", "unreadable": 0, "is_much": True}
    ]
    done = runner.invoke(app, [*command[:-1], "--yes-shrink"])
    assert done.exit_code == 0 and "户登记台账:2 / 5 行不在文件中,自 2020-12-31 起终止" in done.stdout
