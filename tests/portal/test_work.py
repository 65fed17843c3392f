"""Sums of the daily work: counted within the viewer's scope, no open dispute is 0 and no ledger is unknown."""

import json

import pytest

from portal import work
from portal.identity import Viewer
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS

pytestmark = pytest.mark.usefixtures("tiny_store")
LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")
WORKER = Viewer("grid_worker", GRIDS[1], "households")


def test_buildings_by_state_in_the_order_of_the_terms() -> None:
    assert work.building_states(LEADER, COUNTY) == {
        "visited": 3, "partly": 3, "not_visited": 3, "absent": 3, "not_applicable": 0, "unknown": 0,
    }  # fmt: skip


def test_buildings_by_state_stay_within_the_scope() -> None:
    assert sum(work.building_states(WORKER, GRIDS[1]).values()) == 2
    assert work.building_states(WORKER, GRIDS[0]) == {}
    assert work.building_states(SCREEN, COUNTY) == {}


def test_no_open_dispute_is_zero_and_no_ledger_of_them_is_unknown() -> None:
    found = work.open_disputes(LEADER, "2020", [GRIDS[0], GRIDS[1], GRIDS[4], COMMUNITIES[3]])
    assert [(m.numerator, m.denominator) for m in found.values()] == [(1, 1), (0, 0), (0, 0), (None, None)]
    assert found[GRIDS[1]].rate is None and found[COMMUNITIES[3]].part == "unknown"


def test_marks_say_the_state_and_nothing_else() -> None:
    marks = json.loads(work.building_marks(LEADER, GRIDS[1]))
    assert [mark["t"] for mark in marks] == ["■", "▲"]
    assert all(set(mark) == {"p", "t"} for mark in marks)
    assert work.building_marks(SCREEN, COUNTY) == b"[]"
