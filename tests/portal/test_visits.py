"""Visits of the tiny county: 50 calls in 2020, 41 met, one refused; 47 homes, 36 met; a grid of few care visits."""

import pytest

from portal import visits
from portal.identity import Viewer
from portal.reads import Measure, below
from portal.visits import NEVER, UNCALLED
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP

LEADER = Viewer("leader", COUNTY, "internal")
PUBLIC = Viewer("leader", COUNTY, "public")
STEWARD = Viewer("steward", COUNTY, "households")
pytestmark = pytest.mark.usefixtures("tiny_store")


def test_what_calls_found_in_a_period() -> None:
    year, june = visits.calls(LEADER, "2020", COUNTY), visits.calls(LEADER, "2020-06", COUNTY)
    assert year is not None and june is not None
    assert year.results == {"met": 41, "absent": 8, "refused": 1, "vacant": 0} and year.all == 50
    assert june.results == {"met": 6, "absent": 0, "refused": 0, "vacant": 0}
    assert year.noted == Measure(35, 44, "known")
    assert year.located.part == year.sound.part == "unknown", "the ledger keeps no places"


@pytest.mark.parametrize(("period", "many"), [("last30:2020-12-31", 44), ("last365:2020-12-31", 50), ("2020-12", 44)])
def test_windows_begin_on_any_day(period: str, many: int) -> None:
    found = visits.calls(LEADER, period, COUNTY)
    assert found is not None and found.all == many


def test_a_month_without_a_call_has_no_result() -> None:
    assert visits.calls(LEADER, "2020-05", COUNTY) is None
    assert visits.calls(LEADER, "2020", COMMUNITIES[3]) is None


def test_the_public_sees_none_of_it() -> None:
    """That somebody refused is said of no building and no area to them."""
    assert visits.calls(PUBLIC, "2020", COUNTY) is None
    assert visits.recency(PUBLIC, COUNTY) is None
    assert visits.due(PUBLIC, "2020", COUNTY) is None
    assert visits.workload(PUBLIC, "2020", below(PUBLIC, COUNTY, "grid")) == []
    assert visits.calendar(PUBLIC, "2020", COUNTY).empty


def test_nothing_outside_ones_own_areas() -> None:
    lead = Viewer("community_lead", COMMUNITIES[0], "internal")
    assert visits.calls(lead, "2020", TOWN) is None and visits.recency(lead, GRIDS[2]) is None
    assert visits.due(lead, "2020", TOWNSHIP) is None and visits.calendar(lead, "2020", COUNTY).empty
    assert [row.area.code for row in visits.workload(lead, "2020", below(LEADER, COUNTY, "grid"))] == list(GRIDS[:2])


def test_days_since_and_why() -> None:
    found = visits.recency(LEADER, TOWN)
    assert found is not None and found.all == 40
    assert (found.bands[0], found.bands[NEVER]) == (30, 10)
    assert found.lately == Measure(30, 40, "known")
    assert (found.year["met"], found.year["refused"], found.year[UNCALLED]) == (30, 1, 9)


def test_the_calendar_knows_zero_from_unknown() -> None:
    days = visits.calendar(LEADER, "2020", GRIDS[0]).set_index("day")
    assert days.loc["2020-12-28"].to_list() == [13, 11] and days.loc["2020-12-29"].to_list() == [0, 0]
    assert len(days) == 366
    assert visits.calendar(LEADER, "2020-06", COUNTY)["day"].min().month == 1, "facts begin in January 2020"


def test_few_care_visits_are_told_by_the_number_of_all_alone() -> None:
    whole = visits.due(LEADER, "2020", COUNTY)
    assert whole is not None
    assert whole.kinds == {"care": Measure(34, 73, "known"), "ordinary": Measure(36, 47, "known")}
    # A grid where 13 were due says nothing of kinds: beside its exact total any would tell of the few.
    assert visits.due(LEADER, "2020", GRIDS[1]) is None
    rows = visits.due(STEWARD, "2020", GRIDS[1])
    assert rows is not None and rows.kinds["care"] == Measure(2, 3, "known")


def test_a_window_that_cuts_months_shows_no_kinds() -> None:
    assert visits.due(LEADER, "last90:2020-12-31", COUNTY) is None
    rows = visits.due(STEWARD, "last90:2020-12-31", COUNTY)
    assert rows is not None and rows.kinds["care"] == Measure(34, 73, "known")


def test_workload_is_by_area_in_their_order() -> None:
    found = visits.workload(LEADER, "2020", below(LEADER, COUNTY, "township"))
    assert [(row.area.code, row.calls, row.met, row.posts) for row in found] == [(TOWN, 43, 35, 4), (TOWNSHIP, 7, 6, 2)]
    assert found[0].per_post == pytest.approx(30 * 43 / 4 / 366)
    empty = visits.workload(LEADER, "2020", below(LEADER, TOWNSHIP, "community"))[1]
    assert (empty.calls, empty.posts, empty.per_post, empty.recency) == (0, 0, None, None)
