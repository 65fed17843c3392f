"""The store on both engines: one transaction, readers beside a writer, clear sentences for a bad address."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from data import queries, schema
from data.errors import EmptyStoreError, NoStoreError, StoreError
from data.store import check_ready, is_ready, open_store, reading, upgrade, writing

WITH_HOLE = shapely.Polygon(
    [(109.4, 29.9), (109.6, 29.9), (109.6, 30.1), (109.4, 30.1)],
    [[(109.45, 29.95), (109.55, 29.95), (109.55, 30.05), (109.45, 30.05)]],
)


def _a_batch(number: int) -> dict[str, object]:
    return {
        "batch_id": number,
        "loaded_at": datetime(2026, 1, number, 8, 0, tzinfo=UTC),
        "data_on": date(2020, 12, 31),
        "is_sample": True,
    }


def _an_area() -> dict[str, object]:
    return {"area_id": 1, "level": "county", "area_name": "宣恩县", "area_kind": "county"}


def test_tables_are_those_of_the_schema(engine: Engine) -> None:
    found = set(inspect(engine).get_table_names())
    assert set(schema.metadata.tables) <= found
    with engine.connect() as conn:
        context = MigrationContext.configure(
            conn, opts={"include_object": lambda _o, name, kind, reflected, _c: not reflected or kind != "table"
                        or name in schema.metadata.tables}
        )  # fmt: skip
        differences = compare_metadata(context, schema.metadata)
    # The spatial indexes stand in the migration alone.
    differences = [d for d in differences if not (d[0] == "remove_index" and str(d[1].name).endswith("_geom"))]
    assert differences == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    check_ready(engine)


def test_shapes_come_back_as_they_went_in(engine: Engine) -> None:
    parts = shapely.MultiPolygon([WITH_HOLE, shapely.box(109.7, 29.9, 109.8, 30.0)])
    with writing(engine) as conn:
        conn.execute(insert(schema.area), [_an_area()])
        conn.execute(
            insert(schema.area_shape),
            [{"area_id": 1, "valid_from": date(2020, 1, 1), "geom": parts.wkb, "geom_status": "synthetic"}],
        )
    with reading(engine) as conn:
        found = queries.area_shapes(conn, date(2020, 12, 31))
        before = queries.area_shapes(conn, date(2019, 12, 31))
    assert found.crs.to_string() == "EPSG:4490"
    assert found.geometry.iloc[0].equals_exact(parts, 0)
    assert len(before) == 0


def test_postgis_knows_the_reference_system_and_has_its_index(postgres_engine: Engine) -> None:
    with writing(postgres_engine) as conn:
        conn.execute(insert(schema.area), [_an_area()])
        conn.execute(
            insert(schema.area_shape),
            [{"area_id": 1, "valid_from": date(2020, 1, 1), "geom": WITH_HOLE.wkb, "geom_status": "user"}],
        )
        kind, srid = conn.execute(text("SELECT GeometryType(geom), ST_SRID(geom) FROM area_shape")).one()
        indexes = conn.execute(text("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%gist%'")).scalars().all()
    assert (kind, srid) == ("POLYGON", 4490)
    assert len(indexes) == 4


def test_a_failed_write_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as conn:
        conn.execute(insert(schema.batch), [_a_batch(1)])
        conn.execute(insert(schema.batch), [_a_batch(1)])
    with reading(engine) as conn:
        assert queries.data_version(conn) == 0


def test_a_reader_keeps_its_state_while_a_load_is_written(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(insert(schema.batch), [_a_batch(1)])
    with reading(engine) as reader:
        assert queries.data_version(reader) == 1
        with writing(engine) as conn:
            conn.execute(insert(schema.batch), [_a_batch(2)])
        assert queries.data_version(reader) == 1
    with reading(engine) as reader:
        assert queries.data_version(reader) == 2


def test_counts_that_do_not_add_up_are_refused_by_the_store(engine: Engine) -> None:
    counts = {"read_count": 5, "loaded_count": 4, "updated_count": 0, "unchanged_count": 0, "refused_count": 0}
    source = {"file_id": 1, "sha256": "0" * 64, "file_name": "a.xlsx", "size_bytes": 1,
              "first_read_at": datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip
    with pytest.raises(IntegrityError), writing(engine) as conn:
        conn.execute(insert(schema.batch), [_a_batch(1)])
        conn.execute(insert(schema.source_file), [source])
        conn.execute(
            insert(schema.batch_file),
            [{"batch_id": 1, "file_id": 1, "sheet": "", "file_name": "a.xlsx", "ledger_kind": "visit",
              "not_data_count": 0, **counts}],
        )  # fmt: skip


def test_a_row_cannot_point_nowhere(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as conn:
        conn.execute(insert(schema.area), [{**_an_area(), "parent_id": 99}])


def test_an_empty_store_has_version_zero_and_no_areas(engine: Engine) -> None:
    with reading(engine) as conn:
        assert queries.status(conn)["version"] == 0
        assert len(queries.areas(conn, "NBS2020")) == 0
        assert queries.periods(conn) == []


def test_status_gives_the_age_in_utc(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(insert(schema.batch), [_a_batch(1)])
    with reading(engine) as conn:
        status = queries.status(conn)
    assert status["loaded_at"] == datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
    assert status["data_on"] == date(2020, 12, 31)
    assert status["is_sample"] is True


def test_void_rows_are_not_read(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(
            insert(schema.area), [{**_an_area(), "is_void": False}, {**_an_area(), "area_id": 2, "is_void": True}]
        )
        conn.execute(
            insert(schema.area_code),
            [{"edition": "NBS2020", "code": "422825", "area_id": 1}, {"edition": "NBS2020", "code": "1", "area_id": 2}],
        )
    with reading(engine) as conn:
        assert queries.areas(conn, "NBS2020")["area_code"].tolist() == ["422825"]
        assert len(queries.live_rows(conn, schema.area)) == 1


def test_sqlite_runs_in_wal_mode_with_patience(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'a' / 'store.db'}")
    with engine.connect() as conn:
        assert conn.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert conn.execute(text("PRAGMA busy_timeout")).scalar_one() >= 5000
        assert conn.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    first, second = open_store(url), open_store(url)
    upgrade(first)
    with writing(first) as conn:
        conn.execute(insert(schema.batch), [_a_batch(1)])
    with writing(second) as conn:
        conn.execute(insert(schema.batch), [_a_batch(2)])
        assert conn.execute(select(func.count()).select_from(schema.batch)).scalar_one() == 2


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmptyStoreError) as caught:
        open_store(f"sqlite:///{tmp_path / 'none.db'}", must_exist=True)
    assert caught.value.inner == "none.db" and "make run" in caught.value.en


def test_a_store_without_tables_is_not_ready(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not is_ready(engine)
    with pytest.raises(EmptyStoreError):
        check_ready(engine)


def test_a_store_out_of_reach_is_not_taken_for_an_empty_one() -> None:
    engine = open_store("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(NoStoreError) as caught:
        check_ready(engine)
    assert not isinstance(caught.value, EmptyStoreError)


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x"])
def test_a_bad_address_gets_one_sentence(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "\n" not in caught.value.zh
    assert caught.value.en.endswith(".")
