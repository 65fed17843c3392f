"""The age and the version of the data: from the last load that changed something, which one of refused rows is not."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Engine, insert, select, text

from data import schema
from data.queries import batches, data_version, last_batch, refused_rows, status
from data.store import _alembic, open_store, reading, upgrade
from etl.expect import state_expected
from etl.load import Outcome
from etl.undo import undo
from etl.verify import verify
from portal import quality, reads, snapshot
from portal.identity import Viewer
from tests.etl import tiny
from tests.etl.test_load import few_periods  # noqa: F401 (a fixture)
from tests.support.loaded_county import loaded_county, store
from tests.support.postgres import Cluster

__all__ = ["loaded_county", "store"]
Load = Callable[..., Outcome]
EDITION = "NBS2020"
REFUSED = [("X1", "H99", "2020-11-03", "W01", "入户", "见面", 1, "有", "√")]
STEWARD = Viewer("steward", "422825", "internal")


def told(engine: Engine) -> tuple[int, int, datetime, date]:
    """The version, the last load, the moment of the data and the data date."""
    with reading(engine) as conn:
        found = status(conn)
        assert found["version"] == data_version(conn)
        return found["version"], last_batch(conn), found["loaded_at"], found["data_on"]


def test_a_load_of_refused_rows_makes_nothing_new_and_is_listed(
    engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    assert load(engine, county).has_changes
    before = told(engine)
    done = load(engine, tiny.write_visits(tmp_path, REFUSED))
    assert (done.batch_id, done.has_changes) == (2, False)
    version, last, at, on = told(engine)
    assert (version, last, at, on) == (1, 2, *before[2:])
    with reading(engine) as conn:
        listed = batches(conn)
        assert listed["batch_id"].tolist() == [2, 1] and listed["has_changes"].tolist() == [False, True]
        assert listed["refused_count"].tolist() == [1, 0] and len(refused_rows(conn, 2)) == 1
    # The next that changes something is number three, and new.
    changed = load(engine, tiny.write_visits(tmp_path, [("V9", "H3", *REFUSED[0][2:])], "好.xlsx"))
    assert (changed.batch_id, changed.has_changes) == (3, True)
    assert told(engine)[:2] == (3, 3) and told(engine)[2] > at
    assert verify(engine, EDITION).different == 0
    print("R13: version and age unchanged by 1 load of refused rows")


def test_what_else_changes_something(sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(sqlite_engine, county)
    assert load(sqlite_engine, county, data_on=date(2020, 12, 31)).has_changes, "another data date"
    load(sqlite_engine, tiny.write_visits(tmp_path, REFUSED))
    assert told(sqlite_engine)[0] == 2
    undo(sqlite_engine, 3, edition=EDITION)
    assert told(sqlite_engine)[:2] == (2, 4), "nothing came back"
    state_expected(
        sqlite_engine, EDITION, area=tiny.A, what="grid_branch", count=1, on=None, source="", reason=""
    )  # fmt: skip
    assert told(sqlite_engine)[:2] == (5, 5), "a count that was typed in is seen on every page"
    more = load(sqlite_engine, tiny.write_visits(tmp_path, [("V9", "H3", *REFUSED[0][2:])], "好.xlsx"))
    undo(sqlite_engine, int(more.batch_id or 0), edition=EDITION)
    assert told(sqlite_engine)[:2] == (7, 7), "an undoing is a change"


def test_pages_keep_their_snapshot_and_stewards_see_the_refused_rows(
    store: str, load: Load, tmp_path: Path
) -> None:  # fmt: skip
    before, scores = reads.status(), quality.scores(STEWARD)
    held = snapshot.current()
    load(open_store(store), tiny.write_visits(tmp_path, REFUSED), today=datetime.now(UTC).date())
    assert reads.status() == before and snapshot.current() is held
    assert reads.batches(STEWARD)["batch_id"].tolist() == [2, 1]
    assert len(reads.refused_rows(STEWARD, 2)) == 1
    share = {score.code: score.shares["validity"] for score in quality.scores(STEWARD)}["visit"]
    was = {score.code: score.shares["validity"] for score in scores}["visit"]
    consistent = {score.code: score.shares["consistency"] for score in quality.scores(STEWARD)}["visit"]
    last = {score.code: score.shares["timeliness"] for score in scores}
    assert {score.code: score.shares["timeliness"] for score in quality.scores(STEWARD)} == last
    assert (share[1], consistent) == (was[1] + 1, (was[1], was[1] + 1)), "the refused row counts there at once"


# --- stores of the program before ------------------------------------------------------------------------------------


def old_store(url: str) -> Engine:
    """A store as the program before left it, with four loads.

    A sample that states its day, a load with a later day, one of refused rows alone, and an undoing.
    """
    engine = open_store(url)
    command.upgrade(_alembic(engine), "0010")
    with engine.begin() as conn:
        moment = "2026-01-02 08:00:00"
        for number, on, notes in (
            (1, "2020-12-31", "'[1]'"), (2, "2021-01-20", "NULL"), (3, "2021-01-20", "NULL"), (4, "2021-01-20", "NULL"),
        ):  # fmt: skip
            conn.execute(
                text(
                    "INSERT INTO batch (batch_id, loaded_at, data_on, is_sample, notes) "
                    f"VALUES ({number}, '{moment}', '{on}', :no, {notes})"
                ),
                {"no": False},
            )
        conn.execute(
            insert(schema.source_file),
            [{"file_id": 1, "sha256": "0" * 64, "file_name": "a", "size_bytes": 1, "first_read_at": datetime.now(UTC)}],
        )
        row = {"file_id": 1, "sheet": "", "file_name": "a", "ledger_kind": "visit", "unchanged_count": 0,
               "not_data_count": 0, "updated_count": 0}  # fmt: skip
        for batch, loaded in ((2, 1), (3, 0)):
            count = {"read_count": 1, "loaded_count": loaded, "refused_count": 1 - loaded, "batch_id": batch}
            conn.execute(insert(schema.batch_file), [{**row, **count}])
    return engine


def test_a_store_of_the_program_before_tells_its_loads_apart(tmp_path: Path, postgis: Cluster) -> None:
    postgis.execute("CREATE DATABASE before_0011 TEMPLATE template_postgis")
    for url in (f"sqlite:///{tmp_path / 'old.db'}", postgis.url("before_0011")):
        engine = old_store(url)
        upgrade(engine)
        with reading(engine) as conn:
            t = schema.batch
            rows: list[Any] = list(conn.execute(select(t.c.stated_on, t.c.has_changes).order_by(t.c.batch_id)))
        assert [row.has_changes for row in rows] == [True, True, False, True]
        assert rows[0].stated_on == date(2020, 12, 31) and [row.stated_on for row in rows[1:]] == [None] * 3
        engine.dispose()
    postgis.execute("DROP DATABASE before_0011 WITH (FORCE)")


def test_a_day_that_was_stated_stays_and_one_mistyped_does_not(
    sqlite_url: str, load: Load, county: Path
) -> None:  # fmt: skip
    """The last event is of 10 December 2020: a data date three weeks later was stated, one years later was not."""
    engine = open_store(sqlite_url)
    load(engine, county)
    for shown, stated in ((date(2020, 12, 31), date(2020, 12, 31)), (date(2026, 3, 5), None)):
        command.downgrade(_alembic(engine), "0010")
        with engine.begin() as conn:
            conn.execute(text("UPDATE batch SET data_on = :on"), {"on": shown.isoformat()})
        upgrade(engine)
        with reading(engine) as conn:
            assert conn.execute(select(schema.batch.c.stated_on)).scalar() == stated
    more = load(engine, county / "走访台账.xlsx", today=date(2026, 6, 1))
    assert more.data_on == date(2020, 12, 10), "the next load, whatever it holds, brings the date back"
    assert verify(engine, EDITION).different == 0
    engine.dispose()
