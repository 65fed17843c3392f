"""The sample county after its load: every figure that it was made to hold, and nothing lost on the way."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from data import schema
from data.reconcile import reconcile
from data.store import open_store, reading
from etl.ask import read_facts
from tests.conftest import run_etl
from tests.support.hand_count import Sample

RELOCATION_COMMUNITIES = 9


def urban(engine: Engine, indicator: str, period: str = "2020") -> tuple[int, int]:
    """Numerator and denominator over the grids of the five communities with more than one."""
    rows = read_facts(engine, indicator, "grid", period, "NBS2020")
    grids = Counter(row["area_code"][:12] for row in read_facts(engine, "ORG-01", "grid", "2020", "NBS2020"))
    inside = [row for row in rows if grids[row["area_code"][:12]] > 1]
    return sum(row["numerator"] for row in inside), sum(row["denominator"] for row in inside)


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        ("ORG-01", (30, 30)),
        ("ORG-02", (30, 30)),
        ("ORG-03", (1540, 1600)),
        ("VIS-01", (15447, 16901)),
        ("DIS-03", (125, 150)),
    ],
)
def test_figures_of_the_thirty_grids(county_engine: Engine, indicator: str, expected: tuple[int, int]) -> None:
    assert urban(county_engine, indicator) == expected


def test_people_and_suggestions_of_the_thirty_grids(county_engine: Engine) -> None:
    assert 33_500 <= urban(county_engine, "VIS-02")[0] < 34_500
    assert urban(county_engine, "APP-01")[1] == 104


def test_wishes_of_the_county_and_the_figure_published(county_engine: Engine) -> None:
    # 185 registered, 4 called off; 165 came true, 9 more were taken on.
    assert urban(county_engine, "WIS-01") == (165, 181)
    assert urban(county_engine, "WIS-02") == (174, 181)
    with reading(county_engine) as conn:
        verdicts = {row.figure.figure_no: row.verdict for row in reconcile(conn)}
    assert verdicts["F50"] == "same" and "differs" not in verdicts.values()


def test_places_of_visits_are_known_where_the_ledger_keeps_them(county_engine: Engine, sample_dir: Path) -> None:
    hand = Sample(sample_dir)
    calls, located = Counter[str](), Counter[str]()
    for number, row in {str(row["走访编号"]): row for row in reversed(hand.visits)}.items():
        home = hand.households.get(str(row["户编号"]))
        if home is None or number.startswith("ZF2020-9"):
            continue
        calls[home["grid"][:12]] += 1
        located[home["grid"][:12]] += bool(row.get("经度"))
    rows = read_facts(county_engine, "VIS-05", "community", "2020", "NBS2020")
    without = [code for code, many in calls.items() if not located[code]]
    assert len(without) == 1 and without[0] not in {row["area_code"] for row in rows}
    for row in rows:
        # Households that moved out within the year are in the register no longer, their visits are counted.
        assert row["numerator"] >= located[row["area_code"]] > 0.7 * row["numerator"]
    sound = {r["area_code"]: r for r in read_facts(county_engine, "VIS-04", "community", "2020", "NBS2020")}
    assert all(0 < sound[r["area_code"]]["numerator"] < r["numerator"] for r in rows)


def test_the_register_and_the_groups(county_engine: Engine) -> None:
    with reading(county_engine) as conn:
        kinds = dict(conn.execute(select(schema.org.c.org_kind, func.count()).group_by(schema.org.c.org_kind)).all())
    assert (kinds["grid_branch"], kinds["building_group"]) == (30, 205)
    assert kinds["relocation_org"] == len(read_facts(county_engine, "REL-01", "community", "2020", "NBS2020"))
    assert kinds["relocation_org"] == RELOCATION_COMMUNITIES


def test_children_sum_to_their_parents_everywhere(county_engine: Engine) -> None:
    for indicator in ("VIS-01", "VIS-06", "ORG-03", "DIS-03", "DIS-07"):
        for period in ("2020", "2020-12", "last90:2020-12-31", "todate:2020-06-30"):
            sums = []
            for level in ("grid", "community", "township", "county"):
                rows = read_facts(county_engine, indicator, level, period, "NBS2020")
                sums.append((sum(r["numerator"] for r in rows), sum(r["denominator"] for r in rows)))
            assert len(set(sums)) == 1, f"{indicator} {period}: {sums}"


def test_every_row_is_accounted_for(county_load: dict[str, Any]) -> None:
    for entry in [*county_load["files"], county_load["totals"]]:
        assert entry["read"] == entry["loaded"] + entry["updated"] + entry["unchanged"] + entry["refused"]
    assert county_load["data_date"] == "2020-12-31"
    # About a dozen rows are plainly wrong, each in its own way.
    refusals = [refusal for entry in county_load["files"] for refusal in entry["refusals"]]
    assert len(refusals) == county_load["totals"]["refused"] and 8 <= len(refusals) <= 24
    codes = {reason["code"] for refusal in refusals for reason in refusal["reasons"]}
    assert {"MISSING", "BAD_DATE", "BAD_NUMBER", "UNKNOWN_VALUE", "NOT_FOUND", "DUPLICATE", "FUTURE"} <= codes


def test_the_files_again_change_nothing(county_folder: Path, sample_dir: Path, tmp_path: Path) -> None:
    store = shutil.copy(county_folder / "county.db", tmp_path / "county.db")
    before = Path(store).read_bytes()
    done = run_etl("load", sample_dir, "--json", database=f"sqlite:///{store}")
    assert done.returncode == 0 and '"batch_id": null' in done.stdout
    with reading(open_store(f"sqlite:///{store}")) as conn:
        assert conn.execute(select(func.count()).select_from(schema.batch)).scalar() == 1
    assert Path(store).read_bytes() == before
