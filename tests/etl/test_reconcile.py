"""`python -m etl reconcile` on the sample county and on one that does not agree."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from data import schema
from data.store import open_store, writing
from tests.support.hand_count import TOWN, Sample

Etl = Callable[..., "subprocess.CompletedProcess[str]"]


def test_no_figure_of_the_sample_with_a_ledger_differs(etl: Etl, county_store: str, sample_dir: Path) -> None:
    done = etl("reconcile", "--json", database=county_store)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    found = {row["figure_no"]: row for row in result["figures"]}
    assert result["summary"]["differs"] == 0
    assert len(found) == 85
    hand = Sample(sample_dir)
    assert found["F30"]["values"][0]["ledger"] == hand.visited(TOWN)[0] == 15_447
    assert found["F30"]["verdict"] == "same"
    wanted = {"F31": "within", "F32": "same", "F33": "within", "F34": "same", "F35": "same", "F50": "same",
              "F62": "same", "F66": "same", "F67": "same"}  # fmt: skip
    assert {number: found[number]["verdict"] for number in wanted} == wanted
    for number in ("F08", "F29", "F36", "F51", "F52", "F73", "F76"):  # look-alikes of figures with a ledger
        assert found[number]["verdict"] == "no_ledger"
    assert all(row["sentence"].count(row["text"]) for row in found.values())


def test_a_figure_that_differs_ends_with_status_3_and_stands_first(
    etl: Etl, county_folder: Path, tmp_path: Path
) -> None:
    shutil.copy(county_folder / "county.db", tmp_path / "county.db")
    url = f"sqlite:///{tmp_path / 'county.db'}"
    engine = open_store(url)
    with writing(engine) as conn:
        group = schema.org.c.org_kind == "building_group"
        conn.execute(update(schema.org).where(group, schema.org.c.org_id % 10 == 0).values(is_void=True))
    engine.dispose()
    done = etl("reconcile", database=url)
    assert done.returncode == 3
    lines = [line for line in done.stdout.splitlines() if "F" in line]
    assert "F35" in lines[0] and "不符" in lines[0] and "205个" in lines[0]
    assert "不符 1" in done.stdout


def test_a_store_without_data_is_refused_in_one_sentence(etl: Etl, tmp_path: Path) -> None:
    done = etl("reconcile", "--json", "--lang", "en", database=f"sqlite:///{tmp_path / 'none.db'}")
    assert done.returncode == 1
    assert "run make run" in json.loads(done.stdout)["error"]["message"]
