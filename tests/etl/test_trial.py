"""A trial run tells what the load then does, and leaves the store byte for byte as it was."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from data.errors import NoStoreError, StoreVersionError
from data.store import open_store, reading, upgrade, writing
from etl.__main__ import app
from etl.ask import read_facts
from etl.load import Outcome
from etl.trial import trial_store
from tests.etl import tiny
from tests.etl.test_load import few_periods  # noqa: F401 (a fixture)

Load = Callable[..., Outcome]
runner = CliRunner()
NEW_VISITS = [
    *tiny.VISITS[:1], ("V2", "H1", "2020-06-01", "W01", "入户", "未见面", 0, "无", "×"), *tiny.VISITS[2:],
    ("V7", "H3", "2020-12-01", "W01", "入户", "见面", 1, "", ""),
    ("V8", "H99", "2020-12-01", "W01", "入户", "见面", 1, "", ""),
]  # fmt: skip


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def numbers(engine: Engine, indicator: str) -> tuple[Any, Any]:
    row = read_facts(engine, indicator, "county", "2020", "NBS2020")[0]
    return row["numerator"], row["denominator"]


def test_what_a_trial_says_is_what_the_load_does(load: Load, county: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    engine = open_store(f"sqlite:///{folder / 'w.db'}")
    load(engine, county)
    engine.dispose()
    before, was = fingerprint(folder), numbers(engine, "VIS-01")
    engine.dispose()
    visits = tiny.write_visits(tmp_path, NEW_VISITS)
    looking = trial_store(f"sqlite:///{folder / 'w.db'}")
    trial = load(looking, visits, is_trial=True)
    looking.dispose()
    assert trial.batch_id is None and trial.moves is not None
    assert fingerprint(folder) == before
    move = next(move for move in trial.moves if move.indicator == "VIS-01")
    assert move.before == was == (3, 5)
    done = load(engine, visits)
    assert move.after == numbers(engine, "VIS-01") == (4, 5)
    for told in trial.moves:
        assert told.after == numbers(engine, told.indicator), told.indicator
    assert trial.ledgers[0].sheets[0].counts == done.ledgers[0].sheets[0].counts
    assert done.moves is None


def test_a_trial_on_no_store_makes_none(county: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none' / 'w.db'}"
    done = runner.invoke(app, ["load", str(county), "--dry-run", "--json", "--database", url])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["is_trial"] and result["batch_id"] is None and not (tmp_path / "none").exists()
    kinds = {entry["kind"]: entry for entry in result["trial"]["kinds"]}
    assert (kinds["visit"]["added"], kinds["visit"]["refused"]) == (6, 0)
    numbers = {entry["indicator"]: entry for entry in result["trial"]["numbers"]}
    assert numbers["VIS-01"]["before"] is None
    assert numbers["VIS-01"]["after"] == {"numerator": 3, "denominator": 5}
    assert {"ORG-03", "DIS-03"} <= numbers.keys()


def test_a_person_reads_which_numbers_move(county: Path, sqlite_url: str, tmp_path: Path) -> None:
    runner.invoke(app, ["load", str(county), "--database", sqlite_url])
    visits = tiny.write_visits(tmp_path, NEW_VISITS)
    done = runner.invoke(app, ["load", str(visits), "--dry-run", "--database", sqlite_url])
    assert "走访台账:将新增 1,更改 1,不变 5,拒收 1" in done.stdout
    assert "VIS-01" in done.stdout and "3 / 5 → 4 / 5" in done.stdout and "其余" in done.stdout
    assert "试装:什么都没有写入" in done.stdout and "H99" in done.stdout
    english = runner.invoke(app, ["load", str(visits), "--dry-run", "--database", sqlite_url, "--lang", "en"])
    assert "1 would be added, 1 changed" in english.stdout and "nothing was written" in english.stdout


def test_an_older_store_is_not_upgraded_by_a_trial(sqlite_url: str) -> None:
    engine = open_store(sqlite_url)
    upgrade(engine)
    with writing(engine) as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(StoreVersionError):
        trial_store(sqlite_url)
    with reading(engine) as conn:
        assert conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0001"


def test_a_trial_into_a_store_out_of_reach_says_so() -> None:
    with pytest.raises(NoStoreError, match="无法打开数据库"):
        trial_store("postgresql://nobody@127.0.0.1:1/none")
