"""Official counts and goals by command line and by ledger, and what each load says of them."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from data import audit, schema
from data.audit_store import open_audit
from data.store import open_store, writing

Etl = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def copy(county_folder: Path, tmp_path: Path) -> str:
    """A store with the sample county that may be written to."""
    shutil.copy(county_folder / "county.db", tmp_path / "county.db")
    return f"sqlite:///{tmp_path / 'county.db'}"


def noted(url: str) -> list[tuple[str, str, str]]:
    """Action, object and details of the events, oldest first."""
    return [(event.action, event.object, event.details) for event in reversed(audit.read(open_audit(url)))]


def test_the_load_of_the_sample_reports_all_of_all(county_load: dict[str, Any]) -> None:
    found = {(t["area_code"], t["what"]): (t["found"], t["expected"], t["missing"]) for t in county_load["expected"]}
    assert found["422825100", "grid_branch"] == (30, 30, [])
    assert found["422825100", "building_group"] == (205, 205, [])
    assert found["422825100", "grid"] == (30, 30, [])
    assert found["422825", "community"] == (293, 293, [])
    assert all(entry["missing_count"] == 0 for entry in county_load["expected"])


def test_a_load_names_the_grid_that_has_lost_its_branch(etl: Etl, copy: str, tmp_path: Path) -> None:
    engine = open_store(copy)
    with writing(engine) as conn:
        grid = conn.execute(schema.area_code.select().where(schema.area_code.c.code == "422825100001002")).one().area_id
        org = schema.org.c.grid_id == grid
        conn.execute(update(schema.org).where(org, schema.org.c.org_kind == "grid_branch").values(is_void=True))
    engine.dispose()
    ledger = tmp_path / "官方数.csv"
    ledger.write_text("区划代码,统计对象,官方数\n422825100,网格党支部,30\n422825199,网格,1\n", encoding="utf-8")
    done = etl("load", ledger, "--json", database=copy)
    report = json.loads(done.stdout)
    (total,) = [t for t in report["expected"] if t["what"] == "grid_branch"]
    assert (total["found"], total["expected"], total["missing_count"]) == (29, 30, 1)
    assert [m["area_code"] for m in total["missing"]] == ["422825100001002"]
    # A count of an area that is not there is refused by name.
    (refusal,) = report["files"][0]["refusals"]
    assert refusal["row"] == 3 and refusal["reasons"][0]["code"] == "NOT_FOUND"
    plain = etl("load", ledger, database=copy)
    assert re.search(r"珠山镇 网格党支部:29 / 30,缺 1;还没有的:.*\(422825100001002\)", plain.stdout)


def test_a_count_typed_in_is_reported_at_once(etl: Etl, copy: str) -> None:
    done = etl("expect", "--area", "422825100", "--what", "building_group", "--count", "206", "--source", "县委文件",
               "--json", database=copy)  # fmt: skip
    assert done.returncode == 0, done.stderr
    (total,) = [t for t in json.loads(done.stdout) if t["what"] == "building_group"]
    assert (total["found"], total["expected"], total["missing_count"], total["missing"]) == (205, 206, 1, [])
    assert total["source"] == "县委文件"
    version = json.loads(etl("status", "--json", database=copy).stdout)
    assert (version["version"], version["is_sample"], version["data_date"]) == (2, True, "2020-12-31")
    # The same once more is no change.
    etl("expect", "--area", "422825100", "--what", "building_group", "--count", "206", "--source", "县委文件",
        database=copy)  # fmt: skip
    assert json.loads(etl("status", "--json", database=copy).stdout)["version"] == 2
    assert noted(copy) == [("load", "expected:422825100:building_group", '{"count":206}')] * 2


def test_goals_are_kept_with_their_reason(etl: Etl, copy: str) -> None:
    done = etl("target", "--indicator", "VIS-01", "--area", "422825101", "--goal", "0.95", "--reason", "山路远",
               "--json", database=copy)  # fmt: skip
    assert json.loads(done.stdout) == [
        {"indicator": "VIS-01", "area_code": "422825101", "area_name": "椒园镇", "since_on": "2020-01-01", "goal": 0.95,
         "reason": "山路远"}
    ]  # fmt: skip
    assert "椒园镇 VIS-01 走访覆盖率: 95%, 2020-01-01起, 山路远" in etl("target", database=copy).stdout
    assert noted(copy) == [("load", "target:422825101:VIS-01", '{"goal":0.95}')]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("expect", "--area", "422825100"), "Give --area, --what, --count together"),
        (("expect", "--area", "1", "--what", "grid", "--count", "1"), "There is no area with the code '1'"),
        (("expect", "--area", "422825", "--what", "tree", "--count", "1"), "Unknown thing to count 'tree'"),
        (("target", "--indicator", "VIS-01"), "Give --indicator, --area, --goal together"),
        (("target", "--indicator", "X-1", "--area", "422825", "--goal", "1"), "There is no indicator 'X-1'"),
        (("target", "--indicator", "VIS-01", "--area", "422825", "--goal", "95"), "write a number from 0 to 1"),
        (("target", "--indicator", "VIS-01", "--area", "422825", "--goal", "0.9"), "Say with --reason why"),
    ],
)
def test_bad_input_gets_one_sentence(etl: Etl, county_store: str, arguments: tuple[str, ...], message: str) -> None:
    done = etl(*arguments, "--lang", "en", database=county_store)
    assert done.returncode == 1
    assert message in done.stderr and done.stderr.count("\n") == 1
