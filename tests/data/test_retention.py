"""How long rows are kept: what is over goes, on both engines, and nothing else; every table has its rule."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from data import schema
from data.retention import Purged, facts_begin, purge_rows, rules
from data.store import reading, writing

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
DATA_ON = date(2026, 10, 31)
"""Facts begin on 2016-01-01."""
LONG_AGO, LATELY = NOW - timedelta(days=200), NOW - timedelta(days=30)


def household(number: str, moved_out_on: date | None = None, **more: Any) -> dict[str, Any]:
    return {"household_id": number, "household_no": number, "building_id": 1, "moved_out_on": moved_out_on,
            "is_void": False, "batch_id": 1, **more}  # fmt: skip


def visit(number: int, household_id: str, visited_on: date, **more: Any) -> dict[str, Any]:
    return {"visit_id": number, "visit_no": f"V{number}", "household_id": household_id, "visited_on": visited_on,
            "visit_result": "met", "is_valid": True, "visitor_no": "W1", "is_void": False, "batch_id": 1,
            **more}  # fmt: skip


def case(number: int, closed_on: date | None) -> dict[str, Any]:
    return {"case_id": number, "case_no": f"D{number}", "case_kind": "dispute", "lifecycle": "accepted",
            "grid_id": 1, "community_id": 1, "closed_on": closed_on, "reopened_count": 0,
            "is_void": False, "batch_id": 1}  # fmt: skip


@pytest.fixture
def store(engine: Engine) -> Engine:
    """Two loads, one long ago; a building with households, visits and cases from 2015 to 2026."""
    old, fresh = date(2015, 12, 31), date(2016, 1, 1)
    rows: dict[str, list[dict[str, Any]]] = {
        "batch": [{"batch_id": 1, "loaded_at": LONG_AGO}, {"batch_id": 2, "loaded_at": LATELY}],
        "area": [{"area_id": 1, "level": "county", "area_name": "某县", "batch_id": 1}],
        "building": [{"building_id": 1, "building_code": "a", "community_id": 1, "is_residential": True}],
        # gone: left before facts begin. visited: left as early, but a visit since then names it.
        "household": [household("here"), household("gone", old), household("visited", old), household("left", fresh),
                      household("taken back", is_void=True), household("just taken", is_void=True, batch_id=2)],
        "visit_plan": [{"household_id": "gone", "cycle_days": 30}, {"household_id": "here", "cycle_days": 30}],
        "visit": [visit(1, "here", old), visit(2, "here", fresh), visit(3, "gone", old), visit(4, "visited", fresh),
                  visit(5, "here", DATA_ON - timedelta(days=730)), visit(6, "here", DATA_ON, is_void=True)],
        "case_file": [case(1, old), case(2, fresh), case(3, None)],
        "case_step": [{"case_id": n, "step_seq": 1, "step_op": "accept", "step_on": old,
                       "lifecycle_after": "accepted"} for n in (1, 2, 3)],
        "source_file": [{"file_id": 1, "sha256": "0", "file_name": "a.xlsx", "size_bytes": 1,
                         "first_read_at": LONG_AGO}],
        "refused_row": [{"batch_id": n, "refused_no": 1, "file_id": 1, "file_name": "a.xlsx", "sheet": "", "row": 5,
                         "reasons": [], "cells": {}} for n in (1, 2)],
    }  # fmt: skip
    with writing(engine) as conn:
        for name, values in rows.items():
            for value in values:
                conn.execute(insert(schema.metadata.tables[name]).values(value))
    return engine


def left(engine: Engine, table: str, column: str) -> list[Any]:
    with reading(engine) as conn:
        found = schema.metadata.tables[table].c[column]
        return list(conn.execute(select(found).order_by(found)).scalars())


def test_what_is_over_goes_and_nothing_else(store: Engine) -> None:
    with writing(store) as conn:
        done = purge_rows(conn, DATA_ON, NOW)
    assert left(store, "visit", "visit_id") == [2, 4, 5]
    assert left(store, "household", "household_id") == ["here", "just taken", "left", "visited"]
    assert left(store, "visit_plan", "household_id") == ["here"]
    assert left(store, "case_file", "case_id") == [2, 3]
    assert left(store, "case_step", "case_id") == [2, 3]
    assert left(store, "refused_row", "batch_id") == [2]
    assert set(done) == {
        Purged("visit", "blanked", 4), Purged("visit", "expired", 2), Purged("visit", "void", 1),
        Purged("visit_plan", "expired", 1), Purged("household", "expired", 1), Purged("household", "void", 1),
        Purged("case_file", "expired", 1), Purged("case_step", "expired", 1), Purged("refused_row", "expired", 1),
    }  # fmt: skip


def test_who_called_is_forgotten_after_two_years(store: Engine) -> None:
    with writing(store) as conn:
        purge_rows(conn, DATA_ON, NOW)
        found = conn.execute(select(schema.visit.c.visit_id).where(schema.visit.c.visitor_no.is_not(None))).scalars()
        assert list(found) == [5]


def test_a_second_time_nothing_is_left_to_do(store: Engine) -> None:
    with writing(store) as conn:
        purge_rows(conn, DATA_ON, NOW)
        assert purge_rows(conn, DATA_ON, NOW) == []


def test_fresh_rows_all_stay(store: Engine) -> None:
    def sizes() -> list[int]:
        with reading(store) as conn:
            return [
                conn.execute(select(func.count()).select_from(t)).scalar_one() for t in schema.metadata.sorted_tables
            ]

    before = sizes()
    with writing(store) as conn:
        # Ages count from the data date: a county whose ledgers end in 2020 loses nothing by waiting.
        assert purge_rows(conn, date(2016, 10, 31), LONG_AGO) == []
    assert sizes() == before


def test_every_table_has_its_rule() -> None:
    assert set(rules()) == set(schema.metadata.tables)


def test_facts_begin_with_a_calendar_year() -> None:
    assert facts_begin(DATA_ON) == date(2016, 1, 1)
