"""What needs attention: each rule by hand on the tiny county, in order, each area once, nothing hidden."""

from collections.abc import Sequence

import pytest
from sqlalchemy import insert

from data import schema
from data.registry import indicators
from data.store import open_store, writing
from portal import reads, snapshot
from portal.attention import notices
from portal.choice import Choice
from portal.identity import Viewer
from tests.portal.tiny_county import COUNTY, GRIDS

LEADER = Viewer("leader", COUNTY, "internal")
PUBLIC = Viewer("leader", COUNTY, "public")


def found(viewer: Viewer, ind: str, period: str, compared: str | None = None) -> list[tuple[str, str]]:
    county = reads.area(viewer, COUNTY)
    assert county
    choice = Choice(county, indicators()[ind], period, "grid", (), "zh", compared)
    return [(one.area.code, one.words) for one in notices(viewer, choice, reads.below(viewer, COUNTY, "grid"))]


@pytest.mark.usefixtures("tiny_store")
def test_disputes_past_due_come_first_then_what_is_left() -> None:
    # Past due: one each in the first and the fourth grid. Left of 100 %: 1, 2, 0, 7, 1, 0 households.
    assert found(LEADER, "VIS-01", "2020") == [
        (GRIDS[0], "1 起纠纷超期"), (GRIDS[3], "1 起纠纷超期"),
        (GRIDS[1], "8 / 10 · 还差 2"), (GRIDS[4], "4 / 5 · 还差 1"),
    ]  # fmt: skip


@pytest.mark.usefixtures("tiny_store", "any_sample")
def test_a_rate_that_got_worse_is_said_with_what_it_is_compared_with() -> None:
    # 3 of 10 households a month in July, 0 of 10 in April; the grids of 5 and 2 fall by 3 of 5 and 2 of 2.
    said = dict(found(LEADER, "VIS-01", "2020-04", "2020-07"))
    assert said[GRIDS[5]] == "−100.0 百分点 比2020年7月" and said[GRIDS[4]] == "−60.0 百分点 比2020年7月"
    assert said[GRIDS[1]] == "−30.0 百分点 比2020年7月"
    assert "百分点" not in "".join(dict(found(LEADER, "VIS-01", "2020-07", "2020-04")).values())


@pytest.mark.usefixtures("tiny_store")
def test_a_rate_of_too_few_gets_no_worse() -> None:
    assert "百分点" not in "".join(dict(found(LEADER, "VIS-01", "2020-04", "2020-07")).values())


def last_month(url: str, homes: Sequence[tuple[int, int, int]], calls: Sequence[tuple[int, int, int]]) -> None:
    rows = [
        {"indicator": code, "area_id": area, "period": "last30:2020-12-31", "basis": "ledger", "numerator": n,
         "denominator": d, "batch_id": 1}
        for code, some in (("VIS-01", homes), ("VIS-06", calls)) for area, n, d in some
    ]  # fmt: skip
    engine = open_store(url)
    with writing(engine) as conn:
        conn.execute(insert(schema.fact), rows)
    engine.dispose()
    snapshot.forget()


def test_a_grid_with_households_and_no_visit_for_a_month_is_silent(tiny_store: str) -> None:
    last_month(tiny_store, [(12, 0, 10), (13, 4, 10)], [(13, 4, 4)])
    assert dict(found(LEADER, "VIS-01", "2020"))[GRIDS[1]] == "30 天没有走访记录"
    assert GRIDS[2] not in dict(found(LEADER, "VIS-01", "2020"))


@pytest.mark.usefixtures("tiny_store")
def test_nothing_hidden_is_told() -> None:
    assert found(PUBLIC, "VIS-01", "2020") == []
    assert len(found(LEADER, "VIS-01", "2020")) <= 6
