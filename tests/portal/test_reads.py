"""The one door: scope on every answer, small numbers hidden from the public, counts of a building for those allowed."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from data.registry import indicators
from data.store import open_store, writing
from portal import cases, reads
from portal.identity import Viewer, demo_viewer
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP, release_anew

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
    assert set(cases.rows(WORKER, "dispute")["case_no"]) == {"D-5", "D-6"}
    assert len(reads.buildings(LEADER)) == 12


def test_small_numbers_are_hidden_from_the_public_with_a_companion() -> None:
    found = reads.measures(SCREEN, "VIS-01", "2020", [*GRIDS, *COMMUNITIES[:3], TOWN, TOWNSHIP])
    # In each grid, in two of the three communities and in one of the two townships few were visited or few were not;
    # 13/20 goes with 17/20 because their sum would tell, and 30/40 with 6/7.
    assert {measure.part for measure in found.values()} == {"hidden"}
    assert found[GRIDS[2]].numerator is None
    assert pair(reads.measure(SCREEN, "VIS-01", "2020", COUNTY)) == (36, 47)


def times_twelve(url: str) -> None:
    """The tiny county with twelve times as many of everything: nothing in it is small any more."""
    engine = open_store(url, must_exist=True)
    with writing(engine) as conn:
        conn.execute(text("UPDATE fact SET numerator = numerator * 12, denominator = denominator * 12"))
    engine.dispose()
    release_anew(url)


def test_the_public_sees_counts_below_the_county_rounded_to_5(tiny_store: str) -> None:
    times_twelve(tiny_store)
    found = reads.measures(SCREEN, "VIS-01", "2020", [*GRIDS, COMMUNITIES[0], TOWN, COUNTY])
    assert [pair(m) for m in found.values()] == [
        (110, 120), (95, 120), (120, 120), (35, 120), (50, 60), (25, 25), (205, 240), (360, 480), (435, 565),
    ]  # fmt: skip
    # 205 of 240, not 204 of 240; and of 25 there is no rate, while the counts stand.
    assert found[COMMUNITIES[0]].rate == 205 / 240
    assert (found[GRIDS[5]].part, found[GRIDS[5]].rate) == ("small", None)
    assert pair(reads.measure(SCREEN, "ORG-03", "2020", GRIDS[0])) == (24, 24)
    assert pair(reads.measures(LEADER, "VIS-01", "2020", GRIDS)[GRIDS[0]]) == (108, 120)


def test_a_month_that_is_small_hides_the_months_of_its_quarter_and_not_the_year(tiny_store: str) -> None:
    times_twelve(tiny_store)
    engine = open_store(tiny_store, must_exist=True)
    with writing(engine) as conn:
        # 3 instead of 12 in one month of one grid, and in all it is part of.
        conn.execute(text("UPDATE fact SET numerator = numerator - 9 WHERE indicator = 'VIS-01' AND period = '2020-05' "
                          "AND area_id IN (11, 4, 2, 1)"))  # fmt: skip
    engine.dispose()
    release_anew(tiny_store)
    months = [f"2020-{month:02}" for month in range(1, 13)]
    parts = reads.trends(SCREEN, "VIS-01", ["2020", "2020-Q4", *months], GRIDS[:2])
    assert [m.part for m in parts[GRIDS[0]]] == ["known"] * 2 + ["known"] * 3 + ["hidden"] * 3 + ["known"] * 6
    assert [m.part for m in parts[GRIDS[0]]] == [m.part for m in parts[GRIDS[1]]]


def test_the_public_has_fixed_periods_only() -> None:
    assert all(":" not in period for period in reads.periods(SCREEN))
    assert "ytd:2020-12-31" in reads.periods(LEADER)
    assert reads.measure(SCREEN, "VIS-01", "ytd:2020-12-31", COUNTY) == reads.UNKNOWN


def test_a_sensitive_topic_is_hidden_from_leaders_below_10(monkeypatch: pytest.MonkeyPatch) -> None:
    known = indicators()
    monkeypatch.setattr(reads, "indicators", lambda: {**known, "VIS-01": replace(known["VIS-01"], is_sensitive=True)})
    found = reads.measures(LEADER, "VIS-01", "2020", [*GRIDS, COUNTY])
    assert {found[code].part for code in GRIDS} == {"hidden"}
    assert pair(found[COUNTY]) == (36, 47)
    # A window that cannot be hidden together with the months shows nothing of it; those who may see the rows see all.
    assert reads.measure(LEADER, "VIS-01", "last90:2020-12-31", COUNTY) == reads.HIDDEN
    assert pair(reads.measure(WORKER, "VIS-01", "2020", GRIDS[1])) == (8, 10)


def test_counts_of_a_building_are_for_those_allowed() -> None:
    assert "households_count" not in reads.buildings(LEADER)
    assert "building_state" in reads.buildings(LEADER)
    assert "households_count" in reads.buildings(WORKER)
    assert reads.buildings(SCREEN).empty


def test_rows_of_cases_are_for_those_allowed() -> None:
    with pytest.raises(reads.NotAllowedError, match="汇总"):
        cases.rows(LEADER, "dispute")


def test_disputes_are_not_summed_by_category_here() -> None:
    # They have a sensitive one: `portal.splits` is the only door.
    with pytest.raises(ValueError, match="category"):
        cases.sums(LEADER, "dispute", "category", "2020")


def test_the_public_sees_no_case_by_its_kind() -> None:
    sums = cases.sums(SCREEN, "suggestion", "category", "2020")
    assert sums["is_hidden"].all()
    assert sums["accepted"].isna().all()


def test_sums_of_cases_by_grid() -> None:
    sums = cases.sums(LEADER, "dispute", "grid_id", "2020", TOWN).set_index("grid_id")
    assert sums.loc[11, ["accepted", "resolved", "open"]].tolist() == [4, 3, 1]


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
