"""Loads place by the cell table as they do without one, and keep the table beside the store."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from data.settings import settings
from data.store import cells_folder, open_store, reading
from etl.assign import place_all
from etl.plan import Plan, read_plan
from geo import assign


def plan_of(url: str) -> Plan:
    with reading(open_store(url)) as conn:
        return read_plan(conn)


def test_the_sample_lies_where_it_lay(county_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store was loaded by the tree, as its objects are few; the table changes nothing."""
    monkeypatch.setattr(assign, "_MANY", 1)
    monkeypatch.setattr(assign, "_MANY_A_GRID", 0)
    plan = plan_of(county_store)
    place_all(plan, settings().edition, tmp_path)
    assert not plan.is_changed()
    (kept,) = tmp_path.iterdir()
    assert kept.suffix == ".cells"
    before = kept.stat()
    again = plan_of(county_store)
    place_all(again, settings().edition, tmp_path)
    assert not again.is_changed()
    assert kept.stat().st_mtime_ns == before.st_mtime_ns  # taken as it was


def test_few_objects_make_no_table(county_store: str, tmp_path: Path) -> None:
    plan = plan_of(county_store)
    place_all(plan, settings().edition, tmp_path)
    assert not plan.is_changed()
    assert list(tmp_path.iterdir()) == []
    shutil.rmtree(tmp_path)


def test_tables_lie_beside_the_store(tmp_path: Path) -> None:
    path = tmp_path / "county.db"
    assert cells_folder(open_store(f"sqlite:///{path}")) == Path(f"{path}.cells")
    assert cells_folder(create_engine("sqlite://")) is None
    server = create_engine("postgresql+psycopg://someone@db.example.org/wangge")
    assert cells_folder(server) == settings().cache / "cells"
