"""Bulk writing on both engines: missing values of every kind become NULL, numpy and pandas values plain ones."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import IntegrityError

from data import schema
from data.store import reading, writing
from data.writes import CHUNK, MANY, delete_rows, insert_plain_rows, insert_rows, read_rows, replace_rows, update_rows

SQUARE = shapely.to_wkb(shapely.box(109.4, 29.9, 109.5, 30.0))


@pytest.fixture
def with_batch(engine: Engine) -> Engine:
    with writing(engine) as conn:
        batch = pd.DataFrame({"batch_id": [1], "loaded_at": [datetime(2026, 1, 1, tzinfo=UTC)], "is_sample": [False]})
        insert_rows(conn, schema.batch, batch.astype(object))
        area = {"area_id": [1], "level": ["county"], "area_name": ["某县"], "is_relocation": [False],
                "is_inferred": [False], "is_context": [False], "is_void": [False], "batch_id": [1]}  # fmt: skip
        insert_rows(conn, schema.area, pd.DataFrame(area))
    return engine


def codes(count: int) -> pd.DataFrame:
    numbers = [f"{n:06}" for n in range(count)]
    return pd.DataFrame({"edition": "E", "code": numbers, "area_id": 1, "code_name": "某", "is_void": False})


def test_values_of_every_kind_are_written(with_batch: Engine) -> None:
    buildings = pd.DataFrame(
        {
            "building_id": np.array([1, 2], dtype=np.int64), "building_code": ["a", "b"],
            "building_name": ["1栋", None],
            "community_id": [1, 1], "is_residential": np.array([True, False]), "is_void": False, "batch_id": 1,
            "floors_count": pd.array([6, pd.NA], dtype="Int64"), "lon": [109.4, float("nan")],
            "geom": [SQUARE, None], "min_lon": np.array([109.4, np.nan], dtype=np.float32),
        }
    )  # fmt: skip
    households = pd.DataFrame(
        {
            "household_id": ["x", "y"], "household_no": ["1", "2"], "building_id": [1, 2], "is_void": False,
            "moved_in_on": pd.to_datetime(["2020-05-03", None]), "moved_out_on": [date(2020, 6, 1), pd.NaT],
        }
    )  # fmt: skip
    with writing(with_batch) as conn:
        assert insert_rows(conn, schema.building, buildings) == 2
        assert insert_rows(conn, schema.household, households) == 2
    with reading(with_batch) as conn:
        first, second = conn.execute(select(schema.building).order_by(schema.building.c.building_id)).all()
        moved = conn.execute(select(schema.household.c.moved_in_on, schema.household.c.moved_out_on)).all()
    assert (first.building_name, first.floors_count, first.is_residential) == ("1栋", 6, True)
    assert shapely.from_wkb(first.geom).equals(shapely.from_wkb(SQUARE))
    assert (second.building_name, second.floors_count, second.lon, second.geom, second.min_lon) == (None,) * 5
    assert moved == [(date(2020, 5, 3), date(2020, 6, 1)), (None, None)]


def test_more_rows_than_a_chunk(with_batch: Engine) -> None:
    with writing(with_batch) as conn:
        insert_rows(conn, schema.area_code, codes(CHUNK + 3))
    with reading(with_batch) as conn:
        rows = read_rows(conn, schema.area_code)
    assert len(rows) == CHUNK + 3 and rows["code"].tolist()[-1] == f"{CHUNK + 2:06}"


def test_updating_names_rows_by_their_key(with_batch: Engine) -> None:
    with writing(with_batch) as conn:
        insert_rows(conn, schema.area_code, codes(3))
        changed = pd.DataFrame({"edition": "E", "code": ["000001"], "code_name": ["另"], "is_void": [True]})
        assert update_rows(conn, schema.area_code, changed) == 1
        assert update_rows(conn, schema.area_code, changed.iloc[:0]) == 0
    with reading(with_batch) as conn:
        rows = read_rows(conn, schema.area_code)
    assert rows["code_name"].tolist() == ["某", "另", "某"] and rows["is_void"].tolist() == [False, True, False]
    assert rows["batch_id"].tolist() == [None] * 3 and rows["batch_id"].dtype == object


def test_deleting_and_replacing(with_batch: Engine) -> None:
    table = schema.area_code
    with writing(with_batch) as conn:
        insert_rows(conn, table, codes(3))
        assert delete_rows(conn, table, pd.DataFrame({"edition": ["E"], "code": ["000000"]})) == 1
        assert delete_rows(conn, table, codes(0)) == 0
        insert_rows(conn, table, codes(1).assign(edition="F"))
        replace_rows(conn, table, codes(1), where=table.c.edition == "E")
    with reading(with_batch) as conn:
        assert read_rows(conn, table)[["edition", "code"]].to_numpy().tolist() == [["E", "000000"], ["F", "000000"]]
    with writing(with_batch) as conn:
        replace_rows(conn, table, codes(2))
    with reading(with_batch) as conn:
        assert read_rows(conn, table)["edition"].tolist() == ["E", "E"]


def test_a_column_that_is_none_is_named(with_batch: Engine) -> None:
    with writing(with_batch) as conn, pytest.raises(ValueError, match="area_code has no column colour"):
        insert_rows(conn, schema.area_code, codes(1).assign(colour="red"))


def test_an_empty_frame_writes_nothing(with_batch: Engine) -> None:
    with writing(with_batch) as conn:
        assert insert_rows(conn, schema.area_code, codes(0)) == 0
    with reading(with_batch) as conn:
        rows = read_rows(conn, schema.area_code)
    assert rows.empty and list(rows.columns) == [column.key for column in schema.area_code.c]


def test_plain_rows_are_written_the_same_on_both_engines(with_batch: Engine) -> None:
    many = CHUNK + 3
    facts = pd.DataFrame(
        {
            "numerator": np.arange(many, dtype=np.int64), "period": [f"{n:06}" for n in range(many)],
            "area_id": 1, "denominator": 7,
        }
    )  # fmt: skip
    same = {"indicator": "it's", "basis": "ledger", "batch_id": 1}
    with writing(with_batch) as conn:
        assert insert_plain_rows(conn, schema.fact, facts, same) == many
        stored = conn.execute(select(schema.fact).order_by(schema.fact.c.period)).all()
    assert len(stored) == many
    assert tuple(stored[-1]) == ("it's", 1, f"{many - 1:06}", "ledger", many - 1.0, 7.0, 1)


def test_many_rows_are_written_and_read_as_few_are(with_batch: Engine) -> None:
    """Through the driver, with the indexes of an empty table made afterwards."""
    many = MANY + 1
    building = pd.DataFrame({"building_id": [1], "building_code": ["a"], "community_id": [1], "is_residential": [True],
                             "is_void": [False], "batch_id": [1]})  # fmt: skip
    homes = pd.DataFrame(
        {
            "household_id": [f"{n:08}" for n in range(many)], "household_no": [f"H{n}" for n in range(many)],
            "building_id": 1, "person_count": pd.array([None, *range(1, many)], dtype="Int64"),
            "moved_in_on": [date(2020, 1, 1 + n % 28) if n % 3 else None for n in range(many)],
            "moved_out_on": pd.to_datetime(["2020-06-01", *[None] * (many - 1)]), "batch_id": 1,
        }
    )  # fmt: skip
    with writing(with_batch) as conn:
        insert_rows(conn, schema.building, building.astype(object))
        assert insert_rows(conn, schema.household, homes) == many
    with reading(with_batch) as conn:
        found = read_rows(conn, schema.household)
        asked = select(schema.household).order_by(schema.household.c.household_id)
        assert [tuple(row) for row in conn.execute(asked)] == list(found.itertuples(index=False, name=None))
        indexes = {index["name"] for index in inspect(conn).get_indexes("household")}
    assert "ix_household_building_id" in indexes
    first, second = found.iloc[0].to_dict(), found.iloc[1].to_dict()
    assert (first["person_count"], first["moved_in_on"], first["moved_out_on"]) == (None, None, date(2020, 6, 1))
    assert (second["person_count"], second["moved_in_on"], second["is_void"]) == (1, date(2020, 1, 2), False)


def test_a_transaction_that_fails_leaves_the_indexes(with_batch: Engine) -> None:
    rows = codes(MANY + 1).assign(area_id=99)  # no such area
    with pytest.raises(IntegrityError), writing(with_batch) as conn:
        insert_rows(conn, schema.area_code, rows)
    with reading(with_batch) as conn:
        assert read_rows(conn, schema.area_code).empty
        assert {index["name"] for index in inspect(conn).get_indexes("area_code")} == {"ix_area_code_area_id"}


def test_a_column_that_is_not_there_is_refused_however_many_rows(with_batch: Engine) -> None:
    with pytest.raises(ValueError, match="no column"), writing(with_batch) as conn:
        insert_rows(conn, schema.area_code, codes(CHUNK).assign(colour="red"))
