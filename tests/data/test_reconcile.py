"""What the store answers to the published figures, on SQLite and PostgreSQL."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, insert, update

from data import schema
from data.reconcile import Reconciled, reconcile
from data.store import reading, writing

TOWN_GRID, OTHER_GRID = 11, 12
LAST_DAY = date(2020, 12, 31)


def put(conn: Connection, table: Table, *rows: dict[str, Any]) -> None:
    own = {"batch_id": 1, "is_void": False} if "is_void" in table.c else {}
    conn.execute(insert(table), [{**own, **row} for row in rows])


def org(number: int, kind: str, grid: int, **more: Any) -> dict[str, Any]:
    return {"org_id": number, "org_no": f"Z{number}", "org_kind": kind, "org_name": f"组织{number}", "grid_id": grid,
            "set_up_on": None, "dissolved_on": None, **more}  # fmt: skip


@pytest.fixture
def store(engine: Engine) -> Engine:
    """The county with two townships of one grid each, and a load of the ledger of building groups."""
    with writing(engine) as conn:
        put(conn, schema.batch, {"batch_id": 1, "loaded_at": datetime(2021, 1, 1, tzinfo=UTC), "data_on": LAST_DAY,
                                 "is_sample": False})  # fmt: skip
        for area_id, level, parent in [
            (1, "county", None), (2, "township", 1), (3, "township", 1), (4, "community", 2), (5, "community", 3),
            (TOWN_GRID, "grid", 4), (OTHER_GRID, "grid", 5),
        ]:  # fmt: skip
            put(conn, schema.area, {"area_id": area_id, "level": level, "parent_id": parent,
                                    "area_name": f"区{area_id}", "is_relocation": False,
                                    "is_inferred": False, "is_context": False})  # fmt: skip
        for code, area_id in (("422825", 1), ("422825100", 2), ("422825101", 3)):
            put(conn, schema.area_code, {"edition": "NBS2020", "code": code, "area_id": area_id})
        put(conn, schema.source_file, {"file_id": 1, "sha256": "a" * 64, "file_name": "党小组.xlsx", "size_bytes": 1,
                                       "first_read_at": datetime(2021, 1, 1, tzinfo=UTC)})  # fmt: skip
        counts = {f"{n}_count": 0 for n in ("read", "loaded", "updated", "unchanged", "refused", "not_data")}
        put(conn, schema.batch_file, {"batch_id": 1, "file_id": 1, "sheet": "", "file_name": "党小组.xlsx",
                                      "ledger_kind": "building_group", **counts})  # fmt: skip
    return engine


def of(engine: Engine, number: str) -> Reconciled:
    with reading(engine) as conn:
        return next(row for row in reconcile(conn) if row.figure.figure_no == number)


def test_an_empty_store_has_no_ledger_of_anything(engine: Engine) -> None:
    with reading(engine) as conn:
        rows = reconcile(conn)
    assert len(rows) == 85
    assert {row.verdict for row in rows} == {"no_ledger"}


def test_groups_of_the_town_are_counted_at_the_end_of_the_year(store: Engine) -> None:
    with writing(store) as conn:
        put(conn, schema.org,
            org(1, "building_group", TOWN_GRID), org(2, "building_group", TOWN_GRID, set_up_on=date(2020, 12, 31)),
            org(3, "building_group", TOWN_GRID, set_up_on=date(2021, 1, 1)),
            org(4, "building_group", TOWN_GRID, dissolved_on=date(2020, 12, 31)),
            org(5, "building_group", OTHER_GRID), org(6, "building_group", TOWN_GRID, is_void=True),
            org(7, "grid_branch", TOWN_GRID))  # fmt: skip
    row = of(store, "F35")
    assert (row.found, row.verdict, row.area_name) == ((2,), "differs", "区2")


def test_none_in_a_loaded_ledger_is_none_and_not_unknown(store: Engine) -> None:
    assert of(store, "F35").found == (0,)  # the ledger of groups was loaded, without a row of the town
    row = of(store, "F34")  # that of branches was not
    assert (row.found, row.verdict) == ((None,), "no_ledger")


def test_the_fact_of_the_town_and_no_other_answers(store: Engine) -> None:
    facts = [("VIS-01", 1, "2020", 17_000), ("VIS-01", 2, "2020", 15_447), ("VIS-01", 2, "2020-12", 15_000),
             ("VIS-02", 2, "2020", 34_499)]  # fmt: skip
    with writing(store) as conn:
        put(conn, schema.fact, *(
            {"indicator": i, "area_id": a, "period": p, "basis": "ledger", "numerator": n, "denominator": 40_000}
            for i, a, p, n in facts))  # fmt: skip
    assert (of(store, "F30").found, of(store, "F30").verdict) == ((15_447,), "same")
    assert (of(store, "F31").found, of(store, "F31").verdict) == ((34_499,), "within")
    with writing(store) as conn:
        conn.execute(update(schema.fact).where(schema.fact.c.indicator == "VIS-02").values(numerator=34_500))
    assert of(store, "F31").verdict == "differs"


def test_the_program_asks_of_a_site_what_was_published(store: Engine) -> None:
    assert (of(store, "F67").found, of(store, "F67").verdict) == ((1, 6), "same")


def test_a_county_that_is_not_this_one_has_no_figures(store: Engine) -> None:
    with writing(store) as conn:
        conn.execute(update(schema.area_code).values(code=schema.area_code.c.code + "9"))
    with reading(store) as conn:
        assert {row.verdict for row in reconcile(conn)} == {"no_ledger"}
