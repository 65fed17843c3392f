"""My buildings: a grid worker sees their own, the most urgent first, and nobody else sees the page."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from data import audit
from data.audit_store import open_audit
from pages.components import street_map
from portal import snapshot
from portal.identity import Viewer
from tests.portal import tiny_county
from tests.portal.tiny_county import GRIDS
from tests.support.server import ROOT


def test_the_worker_reads_how_many_are_done_and_the_rows(open_page: Callable[..., AppTest]) -> None:
    app = open_page("my_buildings", role="grid_worker")
    assert not app.exception
    text = " ".join(str(element.proto) for element in app.get("html"))
    assert "今年 1/2 栋走访完成" in text and "今年登记户都见到过" in text
    # Both were called on in December: what is due goes by days since the last visit, which is another thing.
    chips = next(group for group in app.get("button_group") if "own_filter" in group.proto.id)
    assert [option.content for option in chips.proto.options][1:3] == ["30天没走 0", "20天没走 0"]
    rows = [button.label for button in app.button if "户" in button.label]
    assert len(rows) == 2
    assert "4/5户" in rows[0]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the map was asked to draw, run by run: its keywords, and `codes` of the footprints."""
    asked: list[dict[str, Any]] = []

    def draw(features: list[dict[str, Any]], **more: Any) -> None:
        asked.append({**more, "codes": [feature["properties"]["code"] for feature in features]})

    monkeypatch.setattr(street_map, "draw_street_map", draw)
    return asked


def opened_by(*grids: str, **state: str) -> AppTest:
    run = AppTest.from_file(str(ROOT / "pages" / "my_buildings.py"), default_timeout=60)
    run.session_state["_viewer"] = Viewer("grid_worker", grids, "households")
    for key, value in state.items():
        run.session_state[key] = value
    with snapshot.held():
        return run.run()


def texts(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_a_worker_of_several_grids_sees_them_all(tiny_store: str, drawn: list[dict[str, Any]]) -> None:
    app = opened_by(GRIDS[0], GRIDS[3])
    assert not app.exception
    rows = [button.label for button in app.button if str(button.key).startswith("ownrow_")]
    assert len(rows) == 4
    assert sum("兴隆社区第1网格" in row for row in rows) == sum("双龙湖社区第2网格" in row for row in rows) == 2
    assert "1/4" in texts(app) and "兴隆社区第1网格、双龙湖社区第2网格" in texts(app)
    (plan,) = drawn
    assert len(plan["codes"]) == 4
    own = shapely.geometry.shape(plan["outline"])
    first, other = tiny_county._areas()[8][6], tiny_county._areas()[11][6]
    assert own.symmetric_difference(first.union(other)).area < 1e-9
    assert plan["bounds"] == pytest.approx(first.union(other).bounds)
    # Each is looked at, and each is noted.
    views = audit.read(open_audit(tiny_store), actions=["detail_view"])
    assert {view.object for view in views} == {f"buildings:{GRIDS[0]}", f"buildings:{GRIDS[3]}"}
    assert {view.details for view in views} == {'{"buildings":2,"version":1}'}


def test_one_of_several_grids_can_be_looked_at_alone(tiny_store: str, drawn: list[dict[str, Any]]) -> None:
    app = opened_by(GRIDS[0], GRIDS[3], own_grid=GRIDS[3])
    assert not app.exception
    assert len([button for button in app.button if str(button.key).startswith("ownrow_")]) == 2
    assert drawn[-1]["bounds"] == pytest.approx(tiny_county._areas()[11][6].bounds)
    assert "1/4" in texts(app)


def test_a_worker_of_one_grid_is_not_asked_which(tiny_store: str, drawn: list[dict[str, Any]]) -> None:
    app = opened_by(GRIDS[0])
    assert "own_grid" not in app.session_state
    assert not [button for button in app.button if "网格" in button.label]


def test_a_grid_that_is_no_more_ones_own_is_not_shown(tiny_store: str, drawn: list[dict[str, Any]]) -> None:
    app = opened_by(GRIDS[0], GRIDS[3], own_grid=GRIDS[1])
    assert not app.exception
    assert len(drawn[-1]["codes"]) == 4


def test_a_leader_cannot_open_it(open_page: Callable[..., AppTest]) -> None:
    overview = open_page("overview", role="leader")
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        overview.switch_page(str(ROOT / "pages" / "my_buildings.py"))


def test_the_most_urgent_building_stands_first(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal import own_buildings, reads
    from portal.identity import demo_viewer

    rows = pd.DataFrame(
        {
            "building_code": ["a", "b", "c", "d"],
            "grid_code": [None, tiny_county.GRIDS[0], None, None],
            "is_residential": True,
            "last_visit_on": pd.to_datetime(["2020-12-30", None, "2020-10-01", "2020-11-01"]),
            "households_count": [3, 3, 3, 3],
        }
    )
    monkeypatch.setattr(reads, "buildings", lambda _viewer, _code=None: rows)
    viewer = demo_viewer("grid_worker", "", "422825", list(tiny_county.GRIDS))
    found = own_buildings.own_buildings(viewer)
    assert reads.status().data_on == date(2020, 12, 31)
    assert found["building_code"].tolist() == ["b", "c", "d", "a"]
    assert found["due"].tolist() == ["never", "overdue", "overdue", "in_time"]
