"""Since the last briefing: two days told apart, stocks and flows between them by hand, nothing for public viewers."""

import json
from datetime import date

import pytest

from portal import change_layers, changes
from portal.changes import Pair, Span, happened, pairs, span
from portal.identity import Viewer
from portal.reads import HIDDEN, UNKNOWN, Measure, area
from tests.portal.earlier import add_earlier
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP

LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")
OVER = Span(date(2020, 11, 30), date(2020, 12, 31))


@pytest.fixture(autouse=True)
def earlier(tiny_store: str) -> None:
    add_earlier(tiny_store)


def events(code: str) -> changes.Happened:
    place = area(LEADER, code)
    assert place
    return happened(LEADER, OVER, changes.rows_of(LEADER, OVER, code), [place])[code]


def test_the_days_are_those_asked_for_else_the_one_before() -> None:
    for period, since in (("2020", ""), ("2020", "2020-11-30"), ("2021-03", "2019-01-01")):
        assert span(LEADER, period, since) == OVER
    assert span(LEADER, "2020-11", "") is None, "there is no day before the first"
    assert span(SCREEN, "2020", "") is None
    assert OVER.periods == ("ytd:2020-11-30", "ytd:2020-12-31")
    assert Span(date(2019, 12, 31), date(2020, 3, 31)).periods == ("last365:2019-12-31", "last365:2020-03-31")


def test_a_rate_on_two_days() -> None:
    found = pairs(LEADER, "VIS-01", OVER, [COUNTY, GRIDS[3], COMMUNITIES[3]])
    assert [(m.numerator, m.denominator) for m in found[COUNTY]] == [(33, 47), (36, 47)]
    assert found[COUNTY].more == 3 and found[GRIDS[3]].step == pytest.approx(0.1)
    assert found[COMMUNITIES[3]] == (UNKNOWN, UNKNOWN) and found[COMMUNITIES[3]].step is None
    assert Pair(HIDDEN, Measure(1, 2, "known")).more is None


def test_what_happened_in_the_county_by_hand() -> None:
    found = events(COUNTY)
    # D-9 (grid 6) has no ledger then: accepted since. Open then: grids 1 and 4; the same now.
    assert (found.covered, found.lapsed) == (1, 1)
    assert (found.accepted, found.closed, found.reopened) == (1, 1, 1)
    assert (found.still, found.late) == ((2, 2), (1, 2))
    assert found.built == 1


def test_what_happened_stays_in_its_area() -> None:
    assert (events(GRIDS[0]).covered, events(GRIDS[3]).lapsed, events(GRIDS[0]).lapsed) == (1, 1, 0)
    assert events(TOWN).reopened == 1 and events(TOWNSHIP).reopened == 0
    assert events(TOWNSHIP).built == 1 and events(TOWN).built == 0
    nowhere = events(COMMUNITIES[3])
    assert (nowhere.accepted, nowhere.closed, nowhere.reopened, nowhere.still) == (None, None, None, (None, None))


def test_buildings_outside_the_viewers_own_are_not_listed() -> None:
    lead = Viewer("community_lead", COMMUNITIES[1], "internal")
    assert [len(rows) for rows in changes.covers(lead, OVER, COMMUNITIES[1])] == [0, 1]
    assert [len(rows) for rows in changes.covers(lead, OVER, TOWN)] == [0, 0]


@pytest.mark.usefixtures("any_sample")
def test_the_map_carries_the_change_and_its_class() -> None:
    body = json.loads(change_layers.draw(LEADER, COUNTY, "grid", "VIS-01", OVER, "known", "zh"))
    found = {f["properties"]["c"]: f["properties"] for f in body["features"]}
    assert (found[GRIDS[0]]["v"], found[GRIDS[0]]["k"]) == ("+20.0 百分点", 4)
    assert found[GRIDS[0]]["x"] == "70.0 % (7 / 10) → 90.0 % (9 / 10)"
    assert (found[GRIDS[1]]["v"], found[GRIDS[1]]["k"]) == ("±0.0 百分点", 2)
    assert change_layers.class_counts(LEADER, COUNTY, "grid", "VIS-01", OVER) == ([0, 0, 4, 0, 2], 0, 0)
    assert change_layers.class_counts(LEADER, COUNTY, "community", "VIS-01", OVER)[2] == 1


def test_a_public_viewer_gets_nothing() -> None:
    assert json.loads(change_layers.draw(SCREEN, COUNTY, "grid", "VIS-01", OVER, "known", "zh"))["features"] == []
    assert change_layers.write(SCREEN, COUNTY, "grid", "VIS-01", OVER, 10.0, 13, "zh") == b"[]"
    assert [len(rows) for rows in changes.covers(SCREEN, OVER, COUNTY)] == [0, 0]
