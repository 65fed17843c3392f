"""Purging through the command: what it says, what it does, that the facts still follow from the rows."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from typer.testing import CliRunner

from data import audit, schema
from data.audit_store import open_audit
from data.store import open_store, reading, writing
from etl.__main__ import app
from etl.audit import actor
from etl.purge import purge
from etl.verify import verify

runner = CliRunner()


@pytest.fixture
def old_county(county_folder: Path, tmp_path: Path) -> str:
    """A copy of the sample county with two visits too old to be kept: 2009 by two households."""
    shutil.copy(county_folder / "county.db", tmp_path / "county.db")
    url = f"sqlite:///{tmp_path / 'county.db'}"
    with writing(open_store(url)) as conn:
        homes = conn.execute(select(schema.household.c.household_id).order_by(schema.household.c.household_id).limit(2))
        last = conn.execute(select(func.max(schema.visit.c.visit_id))).scalar_one()
        for n, home in enumerate(homes.scalars().all(), 1):
            conn.execute(insert(schema.visit).values(
                visit_id=last + n, visit_no=f"OLD{n}", household_id=home, visited_on=date(2009, 12, 31),
                visit_result="met", is_valid=True, is_void=False, batch_id=1))  # fmt: skip
    return url


def run(*arguments: str) -> Any:
    return runner.invoke(app, ["purge", *arguments])


def visits(url: str) -> int:
    with reading(open_store(url)) as conn:
        return conn.execute(select(func.count()).select_from(schema.visit)).scalar_one()


def test_a_trial_says_what_would_go_and_does_nothing(old_county: str) -> None:
    before = visits(old_county)
    said = run("--dry-run", "--json", "--database", old_county)
    assert said.exit_code == 0, said.output
    result = json.loads(said.stdout)
    assert (result["is_trial"], result["batch_id"]) == (True, None)
    assert {"table": "visit", "why": "expired", "count": 2} in result["gone"]
    assert visits(old_county) == before


def test_what_is_over_goes_and_the_facts_follow(old_county: str) -> None:
    before = visits(old_county)
    said = run("--database", old_county, "--lang", "en")
    assert said.exit_code == 0, said.output
    assert "visit · expired · 2" in said.output
    assert visits(old_county) == before - 2
    assert verify(open_store(old_county), "NBS2020").differences == []
    events = audit.read(open_audit(old_county), actions=["purge"])
    assert [event.actor for event in events] == [actor()]
    assert "Nothing has been kept too long." in run("--database", old_county, "--lang", "en").output


def test_nothing_is_half_done(old_county: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    before = visits(old_county)
    monkeypatch.setattr("etl.purge.write_anew", fail)
    with pytest.raises(RuntimeError):
        purge(open_store(old_county), now=datetime(2026, 11, 25, tzinfo=UTC))
    assert visits(old_county) == before
