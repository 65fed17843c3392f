"""Counts of visits for their page: kept up by every load, taken back with it, and checked against the rows."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, delete, update

from benchmarks.prefecture import Sizes
from data import schema
from data.store import open_store, reading, writing
from data.visit_cells import unpacked
from etl.stored import StoreRows
from etl.tables import measure_tables
from etl.verify import rebuild, verify
from etl.visit_counts import TABLES, stored_visits
from geo.visit_counts import visits_by_day
from tests.support.made_prefecture import made_prefecture

SIZES = Sizes(townships=2, communities=4, grids_each=2, buildings=30, households=60, visits=200, cases=10, months=3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_prefecture(tmp_path_factory.mktemp("visits") / "store.db", SIZES)


@pytest.fixture
def engine(made: Path, tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{shutil.copy(made, tmp_path / 'store.db')}")


def test_every_area_is_the_sum_of_those_inside(engine: Engine) -> None:
    with reading(engine) as conn:
        found = stored_visits(conn)
        areas = pd.read_sql_table("area", conn).set_index("area_id")
    calls = unpacked(found["visit_month"])
    for rows, count in (
        (calls, "count"),
        (found["visit_due"], "due_count"),
        (found["visit_recency"], "households_count"),
    ):
        of = rows.groupby(rows["area_id"].map(areas["level"]))[count].sum()
        assert of["grid"] == of["community"] == of["township"] == of["county"] > 0
    is_result = calls["what"].isin(["met", "absent", "refused", "vacant"])
    assert calls[is_result & (calls["area_id"] == 1)]["count"].sum() == SIZES.visits
    homes = found["visit_recency"]
    assert homes[homes["area_id"] == 1]["households_count"].sum() == SIZES.households


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (delete(schema.visit_month).where(schema.visit_month.c.area_id == 2), "逐日走访"),
        (update(schema.visit_due).where(schema.visit_due.c.area_id == 1).values(done_count=0), "应走访"),
        (update(schema.visit_recency).where(schema.visit_recency.c.area_id == 1).values(households_count=1), "距上次"),
    ],
)
def test_a_count_that_is_not_what_its_rows_give_is_found_and_put_right(
    engine: Engine, change: object, said: str
) -> None:
    with writing(engine) as conn:
        conn.execute(change)  # type: ignore[call-overload]
    result = verify(engine, "NBS2020")
    assert result.different and all(said in difference.words("zh") for difference in result.differences)
    rebuild(engine, "NBS2020")
    assert not verify(engine, "NBS2020").different


def test_a_store_from_before_these_counts_gets_them_by_a_rollup(engine: Engine) -> None:
    with writing(engine) as conn:
        for table in TABLES:
            conn.execute(delete(table))
    assert verify(engine, "NBS2020").different
    assert rebuild(engine, "NBS2020").batch_id == 3
    with reading(engine) as conn:
        assert all(len(rows) for rows in stored_visits(conn).values())


def test_calls_of_many_days_are_counted_as_those_of_few(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(engine) as conn:
        tables = measure_tables(StoreRows(conn), date(2020, 12, 31))
    usual = visits_by_day(tables.households, tables.visits)
    monkeypatch.setattr("geo.visit_counts.DENSE", 0)
    many = visits_by_day(tables.households, tables.visits)
    assert len(usual) and usual.equals(many)
