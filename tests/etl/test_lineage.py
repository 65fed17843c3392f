"""The lineage of every indicator of the sample county: it is the stored number, down to rows and files."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from data.store import reading
from etl.lineage import read_lineage
from etl.plan import read_plan
from geo.measures import FACTS
from tests.support.hand_count import Sample

Etl = Callable[..., "subprocess.CompletedProcess[str]"]
EDITION = "NBS2020"
COMMUNITY = "422825100001"


@pytest.fixture(scope="module", autouse=True)
def read_once(county_engine: Engine) -> Iterator[None]:
    """The rows of the county are read once for all tests here."""
    with reading(county_engine) as conn:
        plan = read_plan(conn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.lineage.read_plan", lambda conn: plan)
        yield


def lineage(engine: Engine, code: str, area: str, period: str = "2020", lang: str = "zh") -> dict[str, Any]:
    return read_lineage(engine, code, area, period, EDITION, with_rows=True, lang=lang)


@pytest.mark.parametrize("code", list(FACTS))
def test_every_number_is_the_sum_of_its_rows(county_engine: Engine, code: str) -> None:
    for area, period in (("422825", "2020"), (COMMUNITY, "2020-Q3")):
        found = lineage(county_engine, code, area, period)
        if found["fact"] is None:
            assert (found["numerator"], found["denominator"]) == (0, 0)
            continue
        assert found["agrees"], f"{code} {area} {period}: {found['numerator']} / {found['denominator']}"
        for part in ("numerator", "denominator"):
            assert sum(row[part] for row in found["rows"]) == found[part]
            assert sum(row[part] for row in found["by_area"]) == found[part]


def test_the_households_of_a_community_by_hand(county_engine: Engine, sample_dir: Path) -> None:
    hand = Sample(sample_dir)
    found = lineage(county_engine, "VIS-01", COMMUNITY)
    homes = {number for number, row in hand.households.items() if row["grid"].startswith(COMMUNITY)}
    assert {row["no"] for row in found["rows"]} == homes
    assert {row["no"] for row in found["rows"] if row["numerator"]} == homes & hand.met
    assert (found["rows_in_numerator"], found["rows_in_denominator"]) == hand.visited(COMMUNITY)
    assert {row["batch_id"] for row in found["rows"]} == {1}


def test_files_are_those_of_its_ledgers_with_their_refused_rows(
    county_engine: Engine, county_load: dict[str, Any]
) -> None:
    found = lineage(county_engine, "VIS-01", COMMUNITY)
    kinds = {"household", "visit", "building", "grid"}
    loaded = {(f["file"], f["sheet"]): f for f in county_load["files"] if f["kind"] in kinds}
    assert {(f["file"], f["sheet"]) for f in found["files"]} == set(loaded)
    for file in found["files"]:
        told = loaded[file["file"], file["sheet"]]
        assert (file["read"], file["refused"]) == (told["read"], told["refused"])
        assert sum(reason["count"] for reason in file["reasons"]) == told["refused"]
        assert len(file["sha256"]) == 64


def test_people_without_a_size_are_named_as_left_out(county_engine: Engine) -> None:
    households, people = (lineage(county_engine, code, "422825") for code in ("VIS-01", "VIS-02"))
    reasons = {entry["reason"]: entry["count"] for entry in people["left_out"]}
    # Who is counted as a household and not with people has no size on record.
    assert households["rows_in_denominator"] - people["rows_in_denominator"] == reasons["no_size"] > 0


def test_the_command_prints_the_same_without_rows_unless_asked(
    etl: Etl, county_store: str, county_engine: Engine
) -> None:
    arguments = ("lineage", "--indicator", "ORG-03", "--area", COMMUNITY, "--period", "2020", "--json")
    plain = json.loads(etl(*arguments, database=county_store).stdout)
    assert "rows" not in plain
    full = json.loads(etl(*arguments, "--rows", database=county_store).stdout)
    assert full == lineage(county_engine, "ORG-03", COMMUNITY)
    assert {name: value for name, value in full.items() if name != "rows"} == plain


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--indicator", "X-1"), "There is no indicator 'X-1'"),
        (("--indicator", "VIS-01", "--area", "1"), "There is no area with the code '1'"),
        (("--indicator", "VIS-01", "--period", "2020-13"), "Unknown period '2020-13'"),
    ],
)
def test_bad_input_gets_one_sentence(etl: Etl, county_store: str, arguments: tuple[str, ...], message: str) -> None:
    done = etl("lineage", *arguments, "--lang", "en", database=county_store)
    assert done.returncode == 1
    assert message in done.stderr and done.stderr.count("\n") == 1
