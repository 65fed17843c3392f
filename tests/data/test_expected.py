"""Official counts beside the store: complete, too few with their names, too many, no ledger; on both engines."""

from datetime import date

import pytest
from sqlalchemy import Engine, insert

from data import schema
from data.expected import Expected, expected_totals
from data.store import reading, writing
from tests.data.test_reconcile import OTHER_GRID, TOWN_GRID, org, put, store

__all__ = ["store"]
EDITION = "NBS2020"


def totals(engine: Engine) -> dict[tuple[str, str], Expected]:
    with reading(engine) as conn:
        return {(total.area_code, total.what): total for total in expected_totals(conn, EDITION)}


def expect(engine: Engine, area_id: int, what: str, many: int) -> None:
    with writing(engine) as conn:
        put(conn, schema.expected_total, {"area_id": area_id, "what": what, "expected_count": many,
                                          "counted_on": date(2020, 12, 31), "source_text": "文件"})  # fmt: skip


@pytest.fixture
def county(store: Engine) -> Engine:
    """With codes for the grids, a branch in one of them, and the ledger of branches loaded."""
    with writing(store) as conn:
        put(conn, schema.area_code, *(
            {"edition": "LOCAL", "code": code, "area_id": area_id}
            for code, area_id in (("G1", TOWN_GRID), ("G2", OTHER_GRID))))  # fmt: skip
        conn.execute(insert(schema.source_file), [
            {"file_id": 2, "sha256": "b" * 64, "file_name": "党支部.xlsx", "size_bytes": 1,
             "first_read_at": schema_time()}])  # fmt: skip
        counts = {f"{n}_count": 0 for n in ("read", "loaded", "updated", "unchanged", "refused", "not_data")}
        put(conn, schema.batch_file, {"batch_id": 1, "file_id": 2, "sheet": "", "file_name": "党支部.xlsx",
                                      "ledger_kind": "grid_branch", **counts})  # fmt: skip
        put(conn, schema.org, org(1, "grid_branch", TOWN_GRID), org(2, "grid_branch", OTHER_GRID))
        put(conn, schema.org_cover,
            {"org_id": 1, "target_kind": "grid", "target_id": TOWN_GRID, "valid_from": date(2020, 1, 1),
             "is_established": True, "is_covered": True})  # fmt: skip
    return store


def schema_time() -> object:
    from datetime import UTC, datetime

    return datetime(2021, 1, 1, tzinfo=UTC)


def test_all_are_there(county: Engine) -> None:
    expect(county, 2, "grid_branch", 1)
    total = totals(county)["422825100", "grid_branch"]
    assert (total.found, total.expected, total.missing, total.lacking) == (1, 1, 0, ())
    assert (total.source, total.counted_on) == ("文件", date(2020, 12, 31))


def test_what_is_missing_is_named(county: Engine) -> None:
    # Two branches are on record, but only the one of the town's grid covers it as its own.
    expect(county, 1, "grid_branch", 3)
    total = totals(county)["422825", "grid_branch"]
    assert (total.found, total.missing) == (2, 1)
    assert [(m.area_code, m.area_name) for m in total.lacking] == [("G2", f"区{OTHER_GRID}")]


def test_more_than_expected_is_said_too(county: Engine) -> None:
    expect(county, 1, "grid_branch", 1)
    total = totals(county)["422825", "grid_branch"]
    assert (total.missing, total.lacking) == (-1, ())


def test_without_a_ledger_nothing_is_known(county: Engine) -> None:
    expect(county, 1, "household", 5)
    expect(county, 1, "village_centre", 5)
    assert all(total.found is None and total.missing is None for total in totals(county).values())


def test_places_are_counted_without_unplaced_ones_and_neighbours(county: Engine) -> None:
    with writing(county) as conn:
        for area_id, kind, is_context in ((50, "unplaced", False), (51, "urban_grid", True)):
            put(conn, schema.area, {"area_id": area_id, "level": "grid", "parent_id": 4, "area_name": "未落格",
                                    "area_kind": kind, "is_relocation": False, "is_inferred": False,
                                    "is_context": is_context})  # fmt: skip
    expect(county, 1, "grid", 2)
    expect(county, 2, "township", 1)
    found = totals(county)
    assert found["422825", "grid"].found == 2
    assert found["422825100", "township"].found == 1


def test_they_come_in_the_order_of_the_vocabulary(county: Engine) -> None:
    for what in ("building_group", "grid_branch", "grid"):
        expect(county, 1, what, 1)
    assert [what for _, what in totals(county)] == ["grid", "grid_branch", "building_group"]
