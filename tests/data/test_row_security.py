"""Row-level security on PostgreSQL (A6): raw SELECT as the dashboard's role shows the areas set, else nothing."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from data import roles
from data.errors import StoreError
from data.store import changing, check_ready, open_store, reading, writing
from tests.portal.tiny_county import build, copy_into

SCOPED = ("building", "building_grid", "building_state", "dwelling", "household", "household_stay", "visit",
          "visit_plan", "case_file", "case_step", "org", "org_cover", "facility", "plot_allocation", "post",
          "post_target", "fact", "visit_month", "visit_due", "visit_recency", "release_fact", "release_total",
          "refused_row", "load_notice", "nil_report")  # fmt: skip
# Grid 11 lies in community 4 of township 2; 14 in 5 of 2; 15 and 16 in 6 of 3.
GRID, COMMUNITY, TOWNSHIP = 11, 4, 2


@pytest.fixture
def app(postgres_engine: Engine, tmp_path: object) -> Iterator[Engine]:
    """The filled store, opened as the dashboard's role."""
    source = open_store(build(tmp_path / "tiny.db"))  # type: ignore[operator]
    copy_into(source, postgres_engine)
    role = f"app_{os.getpid()}"
    with postgres_engine.connect() as conn:
        conn = conn.execution_options(isolation_level="AUTOCOMMIT")
        conn.execute(text(f"DROP ROLE IF EXISTS {role}"))
        conn.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'of-this-test'"))
    with changing(postgres_engine) as conn:
        roles.grant(conn, role)
    url = make_url(postgres_engine.url.render_as_string(hide_password=False))
    engine = create_engine(url.set(username=role, password="of-this-test"))
    yield engine
    engine.dispose()
    with postgres_engine.connect() as conn:
        conn = conn.execution_options(isolation_level="AUTOCOMMIT")
        conn.execute(text(f"DROP OWNED BY {role}"))
        conn.execute(text(f"DROP ROLE {role}"))


def counts(conn: Connection) -> dict[str, int]:
    return {table: conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in SCOPED}


def test_the_role_is_nobody_special(app: Engine) -> None:
    with app.connect() as conn:
        special = conn.execute(text(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"))  # fmt: skip
        assert special.scalar_one() is False
        forced = conn.execute(text(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))  # fmt: skip
        assert set(forced.scalars()) == set(SCOPED)
        owned = conn.execute(text("SELECT count(*) FROM pg_tables WHERE tableowner = current_user"))
        assert owned.scalar_one() == 0
    check_ready(app)


def test_without_areas_nothing_is_seen(app: Engine) -> None:
    with app.connect() as conn:
        assert set(counts(conn).values()) == {0}


def test_a_grid_sees_its_own_rows_and_no_other(app: Engine, postgres_engine: Engine) -> None:
    with reading(app, [GRID]) as conn:
        found = counts(conn)
        assert set(conn.execute(text("SELECT grid_id FROM building_grid")).scalars()) == {GRID}
        assert set(conn.execute(text("SELECT building_id FROM household")).scalars()) == {101, 102}
        # Where a household of its own lived before is not its own.
        assert set(conn.execute(text("SELECT building_id FROM household_stay")).scalars()) == {101}
        assert set(conn.execute(text("SELECT grid_id FROM case_file")).scalars()) == {GRID}
        assert set(conn.execute(text("SELECT area_id FROM fact")).scalars()) == {GRID}
        # A sub-query and a join see no more.
        assert conn.execute(text("SELECT count(*) FROM visit WHERE household_id IN (SELECT 'h9')")).scalar_one() == 0
        joined = "SELECT count(*) FROM case_file c JOIN case_step s USING (case_id) WHERE c.grid_id <> 11"
        assert conn.execute(text(joined)).scalar_one() == 0
    assert found["building"] == found["dwelling"] == found["visit"] == found["visit_plan"] == 2
    assert (found["case_file"], found["case_step"], found["refused_row"]) == (4, 4, 0)
    print("A6: 0 foreign rows in", len(SCOPED), "tables")


@pytest.mark.parametrize("area", [GRID, COMMUNITY, TOWNSHIP, 1])
def test_no_foreign_row_at_any_level(app: Engine, postgres_engine: Engine, area: int) -> None:
    grids = {GRID: {11}, COMMUNITY: {11, 12, 21}, TOWNSHIP: {11, 12, 13, 14, 21, 22}, 1: set(range(11, 24))}[area]
    with reading(app, [area]) as conn:
        for table in ("building_grid", "case_file"):
            assert set(conn.execute(text(f"SELECT grid_id FROM {table}")).scalars()) <= grids
        seen = conn.execute(text("SELECT count(*) FROM household")).scalar_one()
    assert seen == 2 * len([g for g in grids if g < 20 and g < 17])


def test_the_setting_ends_with_its_transaction(app: Engine) -> None:
    for _ in range(3):
        with reading(app) as conn:
            assert counts(conn)["household"] == 12
        with app.connect() as conn:
            assert counts(conn)["household"] == 0


def test_the_role_changes_no_data(app: Engine) -> None:
    for table in ("household", "case_file", "area", "batch"):
        with pytest.raises(ProgrammingError, match="permission denied"), writing(app) as conn:
            conn.execute(text(f"DELETE FROM {table}"))


def test_a_role_that_would_go_round_the_rules_is_refused(postgres_engine: Engine) -> None:
    for role in ("tester", "nobody_there"):
        with pytest.raises(StoreError), changing(postgres_engine) as conn:
            roles.grant(conn, role)


def test_sqlite_has_no_roles(sqlite_engine: Engine) -> None:
    with pytest.raises(StoreError), changing(sqlite_engine) as conn:
        roles.grant(conn, "app")
