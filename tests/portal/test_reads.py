"""The one door: scope on every answer, small numbers hidden from the public, counts of a building for those allowed."""

import pytest

from portal import reads
from portal.identity import Viewer, demo_viewer
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP

pytestmark = pytest.mark.usefixtures("tiny_store")
LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")
WORKER = Viewer("grid_worker", GRIDS[1], "households")
STEWARD = Viewer("steward", COUNTY, "internal")


def pair(measure: reads.Measure) -> tuple[float | None, float | None]:
    return measure.numerator, measure.denominator


def test_sums_at_every_level() -> None:
    found = reads.measures(LEADER, "VIS-01", "2020", [COUNTY, TOWN, TOWNSHIP, COMMUNITIES[0], GRIDS[0], COMMUNITIES[3]])
    assert {code: pair(m) for code, m in found.items()} == {
        COUNTY: (36, 47), TOWN: (30, 40), TOWNSHIP: (6, 7), COMMUNITIES[0]: (17, 20), GRIDS[0]: (9, 10),
        COMMUNITIES[3]: (None, None),
    }  # fmt: skip
    assert found[COMMUNITIES[3]].part == "unknown"


def test_an_area_outside_is_as_if_it_were_not_there() -> None:
    assert reads.area(WORKER, GRIDS[0]) is None
    assert reads.area(WORKER, COUNTY) is None
    assert reads.measures(WORKER, "VIS-01", "2020", [GRIDS[0], GRIDS[1]]).keys() == {GRIDS[1]}
    assert reads.trends(WORKER, "VIS-01", ["2020-03"], [GRIDS[0]]) == {}
    assert reads.below(WORKER, COUNTY, "grid") == []
    assert reads.orgs(WORKER, COUNTY).empty
    assert set(reads.buildings(WORKER)["grid_code"]) == {GRIDS[1]}
    assert [step.code for step in reads.trail(WORKER, GRIDS[1])] == [GRIDS[1]]


def test_no_filter_means_own_area() -> None:
    assert set(reads.cases(WORKER, "dispute")["case_no"]) == {"D-5", "D-6"}
    assert len(reads.buildings(LEADER)) == 12


def test_small_numbers_are_hidden_from_the_public_with_a_companion() -> None:
    found = reads.measures(SCREEN, "VIS-01", "2020", GRIDS)
    # 3/10, 4/5 and 2/2 are small; 10/10 goes with 3/10 because their sum is shown.
    assert [found[code].part for code in GRIDS] == ["known", "known", "hidden", "hidden", "hidden", "hidden"]
    assert found[GRIDS[2]].numerator is None
    assert reads.measure(SCREEN, "VIS-01", "2020", COUNTY).numerator == 36


def test_the_public_has_fixed_periods_only() -> None:
    assert all(":" not in period for period in reads.periods(SCREEN))
    assert "ytd:2020-12-31" in reads.periods(LEADER)


def test_counts_of_a_building_are_for_those_allowed() -> None:
    assert "households_count" not in reads.buildings(LEADER)
    assert "building_state" in reads.buildings(LEADER)
    assert "households_count" in reads.buildings(WORKER)
    assert reads.buildings(SCREEN).empty


def test_rows_of_cases_are_for_those_allowed() -> None:
    with pytest.raises(reads.NotAllowedError, match="汇总"):
        reads.cases(LEADER, "dispute")


def test_a_sensitive_category_is_hidden_with_a_companion() -> None:
    sums = reads.case_sums(LEADER, "dispute", "category", "2020").set_index("category")
    assert sums.loc["D02", "accepted"] == 2
    assert sums.loc["D01", "is_hidden"]
    assert sums["is_hidden"].sum() == 2
    assert sums.loc[sums["is_hidden"], "accepted"].isna().all()


def test_sums_of_cases_by_grid() -> None:
    sums = reads.case_sums(LEADER, "dispute", "grid_id", "2020", TOWN).set_index("grid_id")
    assert sums.loc[11, ["accepted", "resolved", "open", "overdue"]].tolist() == [4, 3, 1, 1]


def test_only_a_steward_sees_the_intake() -> None:
    assert reads.batches(STEWARD)["refused_count"].tolist() == [1]
    assert reads.refused_rows(STEWARD, 1)["row"].tolist() == [17]
    with pytest.raises(reads.NotAllowedError):
        reads.batches(LEADER)


def test_periods_before() -> None:
    assert reads.previous("2020-01") == "2019-12"
    assert reads.previous("2020-Q1") == "2019-Q4"
    assert reads.previous("2020") == "2019"
    assert reads.previous("ytd:2020-12-31") == "ytd:2019-12-31"
    assert reads.previous("todate:2020-12-31") is None
    assert reads.last_months("2020-Q1", 3) == ["2020-01", "2020-02", "2020-03"]


def test_the_demo_gives_a_worker_one_grid_and_everybody_else_the_county() -> None:
    grids = list(GRIDS)
    assert demo_viewer("grid_worker", GRIDS[2], COUNTY, grids) == Viewer("grid_worker", GRIDS[2], "households")
    assert demo_viewer("grid_worker", "elsewhere", COUNTY, grids).area_code == GRIDS[0]
    assert demo_viewer("emperor", "", COUNTY, grids) == LEADER
    assert demo_viewer("screen", "", COUNTY, grids) == SCREEN
