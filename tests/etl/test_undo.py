"""Taking a load back: the store answers as before it, or says which later loads are in the way."""

import json
import random
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select, update
from typer.testing import CliRunner

from data import schema, writes
from data.counts import has_ledger
from data.queries import status
from data.retention import purge_rows
from data.store import open_store, reading, writing
from etl.__main__ import app
from etl.errors import LoadError
from etl.expect import state_expected
from etl.lineage import read_lineage
from etl.load import Outcome
from etl.plan import TABLES
from etl.undo import undo
from etl.verify import rebuild, verify
from tests.etl import tiny
from tests.etl.test_load import few_periods  # noqa: F401 (a fixture)
from tests.etl.test_snapshot import snapshot
from tests.etl.tiny import A1, A2, SOUTH, STEP, WEST, A, B, cell

Load = Callable[..., Outcome]
runner = CliRunner()
EDITION = "NBS2020"


def answers(engine: Engine) -> dict[str, Any]:
    """What the store says: every row with its load, every fact and state, the lineage of a number, its data date."""
    with reading(engine) as conn:
        found: dict[str, Any] = {table.name: writes.read_rows(conn, table) for table in TABLES}
        facts = writes.read_rows(conn, schema.fact).drop(columns="batch_id")
        found["fact"] = facts.sort_values(["indicator", "area_id", "period"], ignore_index=True)
        states = writes.read_rows(conn, schema.building_state)
        found["building_state"] = states.sort_values("building_id", ignore_index=True)
        found["ledgers"] = {kind: has_ledger(conn, kind) for kind in ("household", "visit", "dispute", "grid_branch")}
        found["status"] = {key: value for key, value in status(conn).items() if key not in ("version", "loaded_at")}
    if found["ledgers"]["visit"]:
        lineage = read_lineage(engine, "VIS-01", "422825", "2020", EDITION, with_rows=True, lang="zh")
        found["lineage"] = json.loads(json.dumps({**lineage, "version": None}, default=str))
    return found


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [
        name
        for name in before.keys() | after.keys()
        if not (
            before[name].reset_index(drop=True).equals(after[name].reset_index(drop=True))
            if isinstance(before.get(name), pd.DataFrame)
            else before.get(name) == after.get(name)
        )
    ]


def batches_of(engine: Engine) -> dict[int, Any]:
    with reading(engine) as conn:
        t = schema.batch
        return {row.batch_id: row.undone_by for row in conn.execute(select(t.c.batch_id, t.c.undone_by))}


def test_a_load_is_taken_back(engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(engine, county)
    before = answers(engine)
    changed = [("V1", "H1", "2020-12-20", "W01", "入户", "未见面", 0, "", ""), *tiny.VISITS[1:],
               ("V9", "H3", "2020-12-24", "W01", "入户", "见面", 1, "", ""),
               ("V8", "H99", "2020-12-24", "W01", "入户", "见面", 1, "", "")]  # fmt: skip
    path = tiny.write_visits(tmp_path, changed)
    assert load(engine, path).batch_id == 2
    assert differing(before, answers(engine))
    done = undo(engine, 2, edition=EDITION)
    assert (done.batch_id, done.removed, done.restored) == (3, {"visit": 1}, {"visit": 1})
    assert differing(before, answers(engine)) == []
    assert verify(engine, EDITION).different == 0
    assert batches_of(engine) == {1: None, 2: 3, 3: None}
    # The same file again is a load again, and speaks for its rows.
    again = load(engine, path)
    assert again.batch_id == 4 and [sheet.counts["loaded"] for sheet in again.ledgers[0].sheets] == [1]


def test_the_first_load_taken_back_leaves_nothing(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    undo(sqlite_engine, 1, edition=EDITION)
    found = answers(sqlite_engine)
    assert all(found[table.name].empty for table in TABLES) and found["fact"].empty and found["building_state"].empty
    assert not any(found["ledgers"].values()) and found["status"]["data_on"] is None
    with reading(sqlite_engine) as conn:
        assert status(conn)["version"] == 0, "pages say that there are no data yet"
    done = load(sqlite_engine, county)
    assert done.batch_id == 3 and verify(sqlite_engine, EDITION).different == 0


def test_a_redrawn_boundary_is_taken_back(sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(sqlite_engine, county)
    before = answers(sqlite_engine)
    grids = [(A1, "东门一", A, cell(0, 0, 0.4, 2)), (A2, "东门二", A, cell(0.4, 0, 1.6, 2))]
    load(sqlite_engine, tiny.write_grids(tmp_path, grids, drawn="2020-09-01"))
    assert {"building_grid", "area_shape"} <= set(differing(before, answers(sqlite_engine)))
    undo(sqlite_engine, 2, edition=EDITION)
    assert differing(before, answers(sqlite_engine)) == []


def test_a_snapshot_is_taken_back(sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(sqlite_engine, county)
    before = answers(sqlite_engine)
    path = tiny.write_register(tmp_path, tiny.HOUSEHOLDS[:3])
    load(sqlite_engine, path, maps=[snapshot(path)], may_shrink=True)
    undo(sqlite_engine, 2, edition=EDITION)
    assert differing(before, answers(sqlite_engine)) == []


def test_later_loads_that_built_on_it_are_named(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir(), (tmp_path / "c").mkdir()
    household = ("H8", f"{A}00001", "1", "1", "105", "普通", 2, None, None)
    load(sqlite_engine, tiny.write_register(tmp_path / "a", [household]))
    load(
        sqlite_engine, tiny.write_visits(tmp_path / "b", [("V9", "H8", "2020-12-01", "W01", "入户", "见面", 1, "", "")])
    )
    load(sqlite_engine, tiny.write_register(tmp_path / "c", [(*household[:6], 3, None, None)]))
    before = answers(sqlite_engine)
    with pytest.raises(
        LoadError, match=r"第 2 批的行后来又被第 4 批、第 3 批改动或引用\(2 行:household、visit\)"
    ) as later:
        undo(sqlite_engine, 2, edition=EDITION)
    assert later.value.code == "BUILT_ON" and differing(before, answers(sqlite_engine)) == []
    for batch in (4, 3, 2):
        undo(sqlite_engine, batch, edition=EDITION)
    with pytest.raises(LoadError, match="第 2 批已由第 7 批撤销"):
        undo(sqlite_engine, 2, edition=EDITION)


def test_a_load_between_others_is_taken_back_alone(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    load(
        sqlite_engine, tiny.write_visits(tmp_path / "a", [("V8", "H3", "2020-12-24", "W01", "入户", "见面", 1, "", "")])
    )
    load(
        sqlite_engine, tiny.write_visits(tmp_path / "b", [("V9", "H2", "2020-12-20", "W01", "入户", "见面", 1, "", "")])
    )
    assert undo(sqlite_engine, 2, edition=EDITION).data_on == date(2020, 12, 20), "of what is left"
    with reading(sqlite_engine) as conn:
        kept = set(conn.execute(select(schema.visit.c.visit_no)).scalars())
    assert "V9" in kept and "V8" not in kept and verify(sqlite_engine, EDITION).different == 0


def test_a_boundary_that_later_rows_were_placed_by_stays(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    """Undoing it would move rows of a later load, which then could never be undone themselves."""
    load(sqlite_engine, county)
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    grids = [(A1, "东门一", A, cell(0, 0, 0.4, 2)), (A2, "东门二", A, cell(0.4, 0, 1.6, 2))]
    load(sqlite_engine, tiny.write_grids(tmp_path / "a", grids, drawn="2020-09-01"))
    point = (
        "D9",
        "",
        "",
        "",
        WEST + 0.7 * STEP,
        SOUTH + STEP,
        "邻里",
        "",
        date(2020, 10, 1),
        "",
        None,
        None,
        "已受理",
        "",
    )
    load(sqlite_engine, tiny.write_disputes(tmp_path / "b", [point], []))
    with pytest.raises(LoadError, match=r"又被第 3 批改动或引用\(1 行:case_file\)"):
        undo(sqlite_engine, 2, edition=EDITION)
    for batch in (3, 2):
        undo(sqlite_engine, batch, edition=EDITION)
    assert verify(sqlite_engine, EDITION).different == 0


def test_what_is_no_load_or_no_longer_kept_cannot_be_undone(sqlite_engine: Engine, load: Load, county: Path) -> None:
    with pytest.raises(LoadError, match="还没有装载过"):
        undo(sqlite_engine, 1, edition=EDITION)
    load(sqlite_engine, county)
    with pytest.raises(LoadError, match="没有第 9 批;最近一批是第 1 批"):
        undo(sqlite_engine, 9, edition=EDITION)
    state_expected(sqlite_engine, EDITION, area="422825100", what="grid", count=3, on=None, source="", reason="")
    with pytest.raises(LoadError, match="第 2 批不是台账装载"):
        undo(sqlite_engine, 2, edition=EDITION)
    with pytest.raises(LoadError, match=r"又被第 2 批改动或引用\(1 行:expected_total\)"):
        undo(sqlite_engine, 1, edition=EDITION)
    with writing(sqlite_engine) as conn:
        t = schema.batch
        conn.execute(update(t).values(loaded_at=datetime.now(UTC) - timedelta(days=31)))
        purge_rows(conn, date(2020, 12, 31), datetime.now(UTC))
    with pytest.raises(LoadError, match="保存 30 天"):
        undo(sqlite_engine, 1, edition=EDITION)


def test_a_roll_up_in_between_is_no_hindrance(sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(sqlite_engine, county)
    before = answers(sqlite_engine)
    load(sqlite_engine, tiny.write_visits(tmp_path, [("V8", "H3", "2020-12-24", "W01", "入户", "见面", 1, "", "")]))
    with writing(sqlite_engine) as conn:
        conn.execute(update(schema.fact).values(numerator=schema.fact.c.numerator + 1))
    assert rebuild(sqlite_engine, EDITION).batch_id == 3
    undo(sqlite_engine, 2, edition=EDITION)
    after = answers(sqlite_engine)
    assert set(differing(before, after)) <= {"status", "fact", "building_state", "lineage"}
    assert verify(sqlite_engine, EDITION).different == 0


def test_the_command_undoes_and_leaves_a_trace(county: Path, sqlite_url: str, tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> Any:
        return runner.invoke(app, [*map(str, arguments), "--database", sqlite_url])

    run("load", county)
    run("load", tiny.write_visits(tmp_path, [("V8", "H3", "2020-12-24", "W01", "入户", "见面", 1, "", "")]))
    trial = run("undo", "2", "--dry-run")
    assert "将撤销第 2 批:删去 1 行,恢复 0 行" in trial.stdout
    done = run("undo", "2", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "undone": 2, "batch_id": 3, "is_trial": False, "data_date": "2020-12-10", "removed": {"visit": 1},
        "restored": {},
    }  # fmt: skip
    events = json.loads(run("audit", "list", "--action", "undo", "--json").stdout)
    assert [event["object"] for event in events] == ["batch:2"] and events[0]["details"]["removed"] == 1
    failed = run("undo", "2")
    assert failed.exit_code == 1 and failed.stderr.count("\n") == 1


# --- random sequences -------------------------------------------------------------------------------------------------


def random_load(load: Load, engine: Engine, folder: Path, draw: random.Random) -> int | None:
    """One load of one to three ledgers with rows drawn, changed or left out, at times as a snapshot."""
    folder.mkdir()
    homes = [(f"H{n}", draw.choice(tiny.BUILDINGS)[0], "1", str(n), f"{n}01", draw.choice(["普通", "关爱"]),
              draw.choice([None, 1, 2]), draw.choice([None, date(2020, 2, n)]), None)
             for n in draw.sample(range(1, 12), draw.randint(1, 5))]  # fmt: skip
    calls = [
        (f"V{n}", f"H{draw.randint(1, 8)}", date(2020, draw.randint(1, 12), n), "W01", "入户",
         draw.choice(["见面", "未见面"]), 1, "", "")
        for n in draw.sample(range(1, 20), draw.randint(1, 6))
    ]  # fmt: skip
    cases = [
        (f"D{n}", draw.choice(["东门", "新居"]), "", draw.choice(["", tiny.BUILDINGS[n % 5][0]]), None, None, "邻里",
         "", date(2020, 5, n), "", None, None, draw.choice(["已受理", "调解中"]), "")
        for n in range(1, draw.randint(2, 6))
    ]  # fmt: skip
    edge = draw.choice([0.4, 0.8, 1])
    grids = [(A1, "东门一", A, cell(0, 0, edge, 2)), (A2, "东门二", A, cell(edge, 0, 2 - edge, 2)),
             (f"{B}001", "新居一", B, cell(2, 0, draw.choice([1, 2]), 2))]  # fmt: skip
    writers: dict[str, Callable[[], Path]] = {
        "household": lambda: tiny.write_register(folder, homes),
        "visit": lambda: tiny.write_visits(folder, calls),
        "dispute": lambda: tiny.write_disputes(folder, cases, []),
        "grid": lambda: tiny.write_grids(folder, grids, drawn=draw.choice(["2019-01-01", "2020-06-01", "2020-09-01"])),
    }
    kinds = draw.sample(list(writers), draw.randint(1, 2))
    paths = [writers[kind]() for kind in kinds]
    maps = [snapshot(paths[0])] if kinds == ["household"] or kinds == ["visit"] else []
    return load(engine, *paths, maps=maps, may_shrink=True).batch_id


def check_sequence(load: Load, base: Path, folder: Path, seed: int, length: int) -> int:
    """Random loads, then random undoings: refused ones change nothing, others lead back; returns how many held."""
    draw = random.Random(seed)
    engine = open_store(f"sqlite:///{shutil.copy(base, folder / f'{seed}.db')}")
    before: dict[int, dict[str, Any]] = {}
    loads: list[int] = []
    for step in range(length):
        was = answers(engine)
        if (batch := random_load(load, engine, folder / f"{seed}-{step}", draw)) is not None:
            before[batch], loads = was, [*loads, batch]
    held = 0
    while loads:
        batch = draw.choice([*loads, loads[-1]])
        was = answers(engine)
        try:
            undo(engine, batch, edition=EDITION)
        except LoadError as error:
            assert error.code == "BUILT_ON" and batch != loads[-1]
            assert differing(was, answers(engine)) == []
            continue
        assert verify(engine, EDITION).different == 0
        if batch == loads[-1] and batch in before:
            assert differing(before[batch], answers(engine)) == []
            held += 1
        # Loads after it began with what it had added.
        before = {other: was for other, was in before.items() if other < batch}
        loads.remove(batch)
    engine.dispose()
    return held


@pytest.fixture
def base(load: Load, county: Path, tmp_path: Path) -> Path:
    engine = open_store(f"sqlite:///{tmp_path / 'base.db'}")
    load(engine, county)
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return tmp_path / "base.db"


@pytest.mark.parametrize("seed", [1, 2])
def test_random_loads_are_taken_back(load: Load, base: Path, tmp_path: Path, seed: int) -> None:
    assert check_sequence(load, base, tmp_path, seed, 4)


@pytest.mark.soak
def test_fifty_random_loads_are_taken_back(load: Load, base: Path, tmp_path: Path) -> None:
    held = 0
    for seed in range(100, 150):
        held += check_sequence(load, base, tmp_path, seed, 6)
        if held >= 50:
            break
    print(f"R6: {held} loads taken back, each to what the store answered before it")
    assert held >= 50
