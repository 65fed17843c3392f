"""Releases in the store: when one is made, what it keeps, and what a load, an undoing or a restart does to it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select, update
from typer.testing import CliRunner

from data import releases, schema
from data.registry import indicators
from data.settings import read_settings
from data.store import reading, writing
from etl.__main__ import app
from etl.load import Outcome
from etl.release import is_due, release_if_due
from etl.undo import undo

Load = Callable[..., Outcome]
MORNING = datetime(2026, 11, 30, 1, tzinfo=UTC)
"""Nine o'clock in China."""
COUNTY = 1


def last(engine: Engine) -> releases.Release | None:
    with reading(engine) as conn:
        return releases.last_release(conn)


def total(conn: Connection, number: int, code: str = "VIS-01", period: str = "2020") -> tuple[float, float | None]:
    t = schema.release_total
    row = conn.execute(select(t.c.numerator, t.c.denominator).where(
        t.c.release_id == number, t.c.indicator == code, t.c.period == period)).one()  # fmt: skip
    return row.numerator, row.denominator


def grown(conn: Connection, numerator: float, denominator: float) -> None:
    """The visits of 2020 in the county and all below it become others."""
    t = schema.fact
    conn.execute(update(t).where(t.c.indicator == "VIS-01", t.c.period == "2020").values(
        numerator=numerator, denominator=denominator))  # fmt: skip


def two_towns(conn: Connection) -> None:
    """A county of two townships with the same number each; the county's is exact only then."""
    for table, rows in (
        (schema.batch, [{"batch_id": 1, "loaded_at": MORNING, "data_on": date(2020, 12, 31), "is_sample": False}]),
        (schema.area, [{"area_id": i, "level": level, "parent_id": parent, "area_name": str(i), "is_relocation": False,
                        "is_inferred": False, "is_context": False, "is_void": False, "batch_id": 1}
                       for i, level, parent in ((1, "county", None), (2, "township", 1), (3, "township", 1))]),
        (schema.fact, [{"indicator": "VIS-01", "area_id": i, "period": period, "basis": "ledger", "batch_id": 1,
                        "numerator": 278.0, "denominator": 791.0}
                       for i in (1, 2, 3) for period in ("2020", "ytd:2020-12-31")]),
    ):  # fmt: skip
        conn.execute(table.insert(), rows)


@pytest.mark.parametrize(("days", "daily", "weekly"), [(0, False, False), (1, True, False), (7, True, True)])
def test_when_it_is_time(days: int, daily: bool, weekly: bool) -> None:
    before = releases.Release(1, date(2026, 11, 30), date(2020, 12, 31), 1, MORNING)
    today = before.released_on + timedelta(days=days)
    assert (is_due(before, today, "daily"), is_due(before, today, "weekly")) == (daily, weekly)
    assert not is_due(before, today, "manual") and not is_due(None, today, "manual")


def test_a_setting_that_is_none_is_named() -> None:
    assert read_settings({"WANGGE_RELEASE": "weekly"}).release == "weekly"
    with pytest.raises(ValueError, match="WANGGE_RELEASE"):
        read_settings({"WANGGE_RELEASE": "hourly"})


def test_a_release_holds_what_stood_on_its_day_and_a_small_change_waits(engine: Engine) -> None:
    with writing(engine) as conn:
        two_towns(conn)
        assert release_if_due(conn, MORNING) is not None
        assert releases.periods(conn, 1) == ["2020"]  # no window that moves with the data date
        assert total(conn, 1) == (278, 791)
        # One home and its four people more: on the same day nothing is released, on the next the county waits.
        grown(conn, 279, 795)
        assert release_if_due(conn, MORNING + timedelta(hours=8)) is None
        assert {n for _, _, n, _ in releases.numbers(conn, 1, "VIS-01", ["2020"])} == {278}
        assert release_if_due(conn, MORNING + timedelta(days=1)) is not None
        assert total(conn, 2) == (278, 791)
        grown(conn, 284, 805)
        release_if_due(conn, MORNING + timedelta(days=2))
        assert total(conn, 3) == (284, 805)
        # The facts of the last two are kept, and of totals whatever was new.
        kept = conn.execute(select(schema.release_fact.c.release_id).distinct()).scalars()
        assert set(kept) == {2, 3}
        grown(conn, 300, 900)
        release_if_due(conn, MORNING + timedelta(days=3))
        t = schema.release_total
        shown = conn.execute(select(t.c.release_id, t.c.numerator).order_by(t.c.release_id)).all()
        assert {n for _, n in shown} == {278, 284, 300}
        # Back to within four of what was shown on the first day: that is what is shown again.
        grown(conn, 280, 790)
        release_if_due(conn, MORNING + timedelta(days=4))
        assert total(conn, 5) == (278, 791)


def test_a_day_begins_in_china(engine: Engine) -> None:
    with writing(engine) as conn:
        two_towns(conn)
        release_if_due(conn, datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
        made = release_if_due(conn, datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    assert made is not None and made.released_on == date(2026, 12, 1)


def test_the_first_load_releases_at_once_and_the_second_of_the_day_does_not(
    sqlite_engine: Engine, county: Path, load: Load
) -> None:
    load(sqlite_engine, county)
    first = last(sqlite_engine)
    assert first is not None and (first.release_id, first.batch_id, first.data_on) == (1, 1, date(2020, 12, 10))
    with reading(sqlite_engine) as conn:
        t = schema.fact
        fixed = ~t.c.period.contains(":"), t.c.indicator.in_(list(indicators()))
        facts = conn.execute(select(func.count()).select_from(t).where(*fixed))
        kept = conn.execute(select(func.count()).select_from(schema.release_fact))
        assert facts.scalar_one() == kept.scalar_one() > 0
    undo(sqlite_engine, 1, edition="NBS2020")
    again = last(sqlite_engine)
    assert again == first
    with reading(sqlite_engine) as conn:
        # Its areas went, and others may be given their numbers.
        assert not conn.execute(select(schema.release_fact.c.area_id)).first()
        assert not conn.execute(select(schema.release_total.c.area_id)).first()


def test_by_command(sqlite_engine: Engine, sqlite_url: str) -> None:
    run, to = CliRunner(), ["--database", sqlite_url]
    assert "还没有发布过" in run.invoke(app, ["release", *to]).stdout
    with writing(sqlite_engine) as conn:
        two_towns(conn)
    # A store that was filled before there were releases gets its first with the upgrade.
    assert run.invoke(app, ["upgrade", *to]).exit_code == 0
    first = last(sqlite_engine)
    assert first is not None and first.release_id == 1
    assert "还没到日子" in run.invoke(app, ["release", *to]).stdout
    assert "公开数已发布" in run.invoke(app, ["release", "--now", *to]).stdout
    assert '"release_id": 2' in run.invoke(app, ["release", "--json", *to]).stdout
