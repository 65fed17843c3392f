"""The quality page: cases whose state and dates contradict each other, and rows stated elsewhere than they lie."""

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal import case_doubts, quality, snapshot
from portal.identity import NotAllowedError, Viewer
from tests.pages.test_intake import frame, html_of
from tests.portal.tiny_county import COMMUNITIES, COUNTY, TOWN

Open = Callable[..., AppTest]
STEWARD = Viewer("steward", COUNTY, "internal")


@pytest.fixture
def odd(tiny_store: str) -> Iterator[None]:
    """D-1 archived without any day, D-4 open with a closing day, outcomes for the rest; D-1 and D-2 are stated in the
    next community, a facility and two buildings too, as far as known."""
    case, facility, building = schema.case_file, schema.facility, schema.building
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(update(case).where(case.c.lifecycle.in_(["50", "60"])).values(outcome="success"))
        conn.execute(update(case).where(case.c.case_no == "D-1").values(resolved_on=None, closed_on=None))
        conn.execute(update(case).where(case.c.case_no == "D-4").values(closed_on=case.c.accepted_on))
        conn.execute(update(case).values(stated_community_id=case.c.community_id))
        conn.execute(update(case).where(case.c.case_no.in_(["D-1", "D-2"])).values(stated_community_id=5))
        conn.execute(update(facility).where(facility.c.facility_no == "F1").values(stated_community_id=5))
        conn.execute(update(building).where(building.c.building_id == 101).values(stated_community_id=5))
        conn.execute(update(building).where(building.c.building_id == 102).values(stated_community_id=4))
    engine.dispose()
    snapshot.forget()
    yield
    snapshot.forget()


@pytest.mark.usefixtures("odd")
def test_contradictions_are_counted_for_stewards_of_the_county() -> None:
    found = case_doubts.doubted(STEWARD)
    assert found.of["dispute"] == 9 and found.doubtful["dispute"] == 2
    assert {kind: counts["dispute"] for kind, counts in found.by.items()} == {"closed_no_day": 1, "day_not_closed": 1}
    for viewer in (Viewer("leader", COUNTY, "internal"), Viewer("steward", TOWN, "internal")):
        with pytest.raises(NotAllowedError):
            case_doubts.doubted(viewer)


@pytest.mark.usefixtures("odd")
def test_what_is_stated_elsewhere_is_counted_of_what_is_known() -> None:
    found = quality.faults(STEWARD, COUNTY)
    out = found.points[found.points["fault"] == "elsewhere"]
    assert out[["kind", "community_name", "stated_name"]].values.tolist() == [
        ["building", "兴隆社区", "双龙湖社区"], ["facility", "椒园社区", "双龙湖社区"],
    ]  # fmt: skip
    assert found.moved[["stated", "lies", "cases"]].values.tolist() == [["双龙湖社区", "兴隆社区", 2]]
    # Of most buildings nobody knows what was stated.
    assert found.stating == {"building": 2, "facility": 6, "case": 9}
    features = [one["properties"] for one in json.loads(quality.layer(STEWARD, COUNTY, "zh"))["features"]]
    assert {one["n"]: one["v"] for one in features if one["l"] != quality.EDGE} == {
        "双龙湖社区 → 兴隆社区": "2 件事项写明前者，位置在后者"
    }
    assert sum(one["v"] == "写明的是双龙湖社区" for one in features) == 2
    # Those who answer for the community next to it see nothing of it, the public nothing at all.
    for viewer in (Viewer("leader", COMMUNITIES[3], "internal"), Viewer("screen", COUNTY, "public")):
        other = quality.faults(viewer, viewer.area_code)
        assert other.points.empty and other.moved.empty


@pytest.mark.usefixtures("odd")
def test_the_page_says_it_with_the_rules(open_page: Open) -> None:
    page = open_page("intake", role="steward", view="quality")
    assert not page.exception
    html = html_of(page)
    for words in (
        "状态与日期矛盾的事项",
        "状态已办结（已归档），没有办结日期",
        "算办结，不进要看办结那天的数",
        "状态定算不算",
    ):
        assert words in html
    assert "2</b> / 9" in html and "1</b> / 9" in html
    assert "2 / 9 · 22.2 %" in html and "1 / 2 · 50.0 %" in html and "1 / 6 · 16.7 %" in html
    assert "位置在哪个社区就算哪个社区的" in html
    assert frame(page, "件数")["件数"].tolist() == [2]
    english = html_of(open_page("intake", role="steward", view="quality", lang="en"))
    assert "closed or archived, without a closing day" in english and "states another community" in english
