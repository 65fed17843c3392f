"""Tables read by column: the same store comes of it, and nothing is read that nobody asked for."""

import itertools
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

import etl.plan
import etl.rollup
import etl.table_rows
from data import schema, writes
from data.store import open_store, reading, upgrade
from etl.errors import LoadError
from etl.load import Outcome
from etl.plan import read_plan
from etl.table_rows import CHANGE, Appended, Held, Overwritten, Stored
from etl.undo import undo
from geo.periods import parse_period
from tests.etl import tiny

Load = Callable[..., Outcome]
CLOCKED = ("loaded_at", "first_read_at", "made_at", "seconds", "sha256", "size_bytes")


@pytest.fixture(autouse=True)
def few_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted when is the matter of test_rollup."""
    monkeypatch.setattr(etl.rollup, "kept_periods", lambda first, data_on: [parse_period(f"{data_on.year}")])


def objects(*values: Any) -> Any:
    return np.array(values, dtype=object)


@pytest.fixture
def asked() -> list[list[str]]:
    return []


@pytest.fixture
def stored(asked: list[list[str]]) -> Stored:
    columns = {"id": objects(1, 2, 3), "name": objects("a", "b", None)}

    class Table:
        def columns(self, names: Sequence[str]) -> dict[str, Any]:
            asked.append(list(names))
            return {name: columns[name] for name in names}

        def some(self, names: Sequence[str], only: tuple[str, Collection[Any]]) -> dict[str, Any] | None:
            return None

        def different(self, name: str) -> set[Any]:
            return set(columns[name].tolist())

    return Stored(list(columns), 3, Table())


def test_a_column_is_read_when_it_is_asked_for_and_once(stored: Stored, asked: list[list[str]]) -> None:
    assert len(stored) == 3 and stored[CHANGE].tolist() == ["", "", ""] and asked == []
    assert stored["name"].tolist() == ["a", "b", None] and stored["name"] is stored["name"] and asked == [["name"]]
    stored.need("id", "name", CHANGE)
    assert asked == [["name"], ["id"]]


def test_what_changes_lies_over_what_is_stored(stored: Stored, asked: list[list[str]]) -> None:
    changed = Overwritten(stored, np.array([1]), {"name": ["B"], CHANGE: "update"})
    assert asked == [] and changed["name"].tolist() == ["a", "B", None] and stored["name"].tolist() == ["a", "b", None]
    assert changed["id"] is stored["id"], "a column that nobody changed is not copied"
    with pytest.raises(KeyError):
        Overwritten(stored, np.array([1]), {"nowhere": ["B"]})


def test_new_rows_are_told_without_reading_the_others(stored: Stored, asked: list[list[str]]) -> None:
    more = Appended(stored, {"id": objects(4), CHANGE: objects("insert")}, 1)
    fresh = more.frame(np.array([3]), ["id", "name"])
    assert fresh.to_dict("list") == {"id": [4], "name": [None]} and fresh.index.tolist() == [3] and asked == []
    assert more.frame(np.zeros(0, dtype=np.int64)).empty and asked == []
    assert more.frame(np.array([0, 3]), ["id"])["id"].tolist() == [1, 4] and more["name"].tolist()[2:] == [None, None]


def test_nothing_behind_nothing() -> None:
    nothing = Held(pd.DataFrame({"id": []}, dtype=object))
    assert Appended(nothing, {"id": objects(4)}, 1).frame(names=["id"])["id"].tolist() == [4]


def rows_of(engine: Engine) -> dict[str, pd.DataFrame]:
    with reading(engine) as conn:
        return {
            name: writes.read_rows(conn, table).drop(columns=list(CLOCKED), errors="ignore")
            for name, table in schema.metadata.tables.items()
        }


def loads(engine: Engine, load: Load, county: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything, then changes of every kind, one taken back; the store after each."""
    drawn = itertools.count()
    monkeypatch.setattr("secrets.token_hex", lambda length: f"{next(drawn):016x}")
    upgrade(engine)
    load(engine, county)
    found = [rows_of(engine)]
    visits = [("V1", "H1", "2020-12-20", "W01", "入户", "未见面", 0, "", ""), *tiny.VISITS[1:],
              ("V9", "H3", "2020-12-24", "W01", "入户", "见面", 1, "", ""),
              ("V8", "H99", "2020-12-24", "W01", "入户", "见面", 1, "", "")]  # fmt: skip
    load(engine, tiny.write_visits(folder, visits))
    found.append(rows_of(engine))
    load(engine, tiny.write_register(folder, [*tiny.HOUSEHOLDS[:-1]]))
    load(engine, tiny.write_disputes(folder, tiny.DISPUTES[:2], tiny.STEPS[:4]))
    found.append(rows_of(engine))
    undo(engine, 2, edition="NBS2020")
    return [*found, rows_of(engine)]


def test_large_tables_come_to_the_same_store(
    engine: Engine, load: Load, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = loads(open_store(f"sqlite:///{tmp_path / 'usual.db'}"), load, county, tmp_path, monkeypatch)
    monkeypatch.setattr(etl.plan, "LARGE", 0)
    monkeypatch.setattr(etl.table_rows, "FEW", 1 / 100)  # all that is asked for by name is few
    by_column = loads(engine, load, county, tmp_path, monkeypatch)
    for before, after in zip(usual, by_column, strict=True):
        assert [name for name in before if not before[name].map(repr).equals(after[name].map(repr))] == []


def test_a_column_of_another_version_is_not_taken(
    engine: Engine, load: Load, county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(engine, county)
    monkeypatch.setattr(etl.plan, "LARGE", 0)
    with reading(engine) as conn:
        plan = read_plan(conn)
    assert plan.columns(schema.visit, "visit_no")["visit_no"].tolist() == [visit[0] for visit in tiny.VISITS]
    tiny.write_visits(county, [*tiny.VISITS[1:], ("V9", "H3", "2020-12-24", "W01", "入户", "见面", 1, "", "")])
    load(engine, county / "走访台账.xlsx")
    with pytest.raises(LoadError) as error:
        plan.columns(schema.visit, "visited_on")
    assert error.value.code == "CHANGED"


def test_rows_are_found_by_what_has_an_index(engine: Engine, load: Load, county: Path, monkeypatch: Any) -> None:
    load(engine, county)
    names = ["visit_no", "household_id", "visited_on", "has_photo"]
    with reading(engine) as conn:
        homes = read_plan(conn).columns(schema.household, "household_no", "household_id").set_index("household_no")
        wanted = {homes.at[number, "household_id"] for number in ("H1", "H2")}
        usual = read_plan(conn).columns(schema.visit, *names, only=("household_id", wanted))
        days = read_plan(conn).different(schema.visit, "visited_on")
    monkeypatch.setattr(etl.plan, "LARGE", 0)
    monkeypatch.setattr(etl.table_rows, "FEW", 1 / 100)
    monkeypatch.setattr(etl.plan, "read_columns", None)  # is not called
    with reading(engine) as conn:
        plan = read_plan(conn)
    found = plan.columns(schema.visit, *names, only=("household_id", wanted))
    assert (
        len(found) and found.equals(usual.reset_index(drop=True)) and plan.different(schema.visit, "visited_on") == days
    )
    with pytest.raises(TypeError):
        plan.columns(schema.visit, "visit_no", only=("visit_result", {"met"}))
