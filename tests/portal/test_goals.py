"""Goals: the nearest area up the tree, from their first day on, else the registry's."""

from datetime import date

import pytest
from sqlalchemy import insert

from data import schema
from data.registry import indicators
from data.store import open_store, writing
from portal.goals import Goal, goal, left_to_goal
from portal.identity import Viewer
from portal.reads import Measure
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP

LEADER = Viewer("leader", COUNTY, "internal")
VISITS = indicators()["VIS-01"]


@pytest.fixture
def goals(tiny_store: str) -> None:
    """VIS-01: the county 0.9 from 2020, the town (2) 0.95 from July, its first community (4) 0.8 from 2020."""
    rows = [
        (1, date(2020, 1, 1), 0.9),
        (2, date(2020, 7, 1), 0.95),
        (4, date(2020, 1, 1), 0.8),
        (4, date(2020, 12, 1), 0.85),
    ]
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(insert(schema.target), [
            {"indicator": "VIS-01", "area_id": area_id, "since_on": since, "goal": value, "reason": f"因{value}",
             "batch_id": 1, "is_void": False}
            for area_id, since, value in rows])  # fmt: skip
    engine.dispose()


@pytest.mark.usefixtures("goals")
@pytest.mark.parametrize(
    ("period", "code", "value", "area"),
    [
        ("2020", COUNTY, 0.9, "宣恩县"), ("2020", TOWN, 0.95, "珠山镇"), ("2020", TOWNSHIP, 0.9, "宣恩县"),
        ("2020", COMMUNITIES[1], 0.95, "珠山镇"), ("2020", GRIDS[0], 0.85, "兴隆社区"),
        ("2020-06", TOWN, 0.9, "宣恩县"), ("2020-07", TOWN, 0.95, "珠山镇"), ("2020-11", GRIDS[0], 0.8, "兴隆社区"),
        ("2020-12", GRIDS[0], 0.85, "兴隆社区"),
    ],
)  # fmt: skip
def test_the_nearest_goal_in_force_holds(period: str, code: str, value: float, area: str) -> None:
    found = goal(LEADER, VISITS, period, code)
    assert (found.value, found.area_name, found.reason, found.is_own) == (value, area, f"因{value}", True)


@pytest.mark.usefixtures("goals")
def test_where_no_goal_is_set_the_registry_has_it() -> None:
    assert goal(LEADER, VISITS, "2019", COUNTY) == Goal(VISITS.goal)
    assert goal(LEADER, indicators()["DIS-03"], "2020", COUNTY) == Goal(0.9)
    assert not goal(LEADER, VISITS, "2020", "nowhere").is_own


@pytest.mark.parametrize(
    ("numerator", "denominator", "aim", "left"),
    [
        (17, 20, 0.95, 2), (19, 20, 0.95, 0), (18, 20, 0.95, 1), (9, 10, 1.0, 1), (20, 20, 0.9, 0), (0, 7, 0.9, 7),
        (85, 100, 0.86, 1),
    ],
)  # fmt: skip
def test_a_part_of_one_more_is_one_more(numerator: int, denominator: int, aim: float, left: int) -> None:
    assert left_to_goal(Measure(numerator, denominator, "known"), aim) == left
