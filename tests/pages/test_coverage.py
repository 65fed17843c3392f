"""组织覆盖 on the tiny county: 4 of 6 grids have a branch, 7 of 12 buildings a group."""

from collections.abc import Callable

import pandas as pd
import pytest
from sqlalchemy import delete, update
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal import snapshot
from tests.portal.tiny_county import GRIDS
from tests.support.maps import the_map

Open = Callable[..., AppTest]


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def table_of(app: AppTest, column: str) -> pd.DataFrame:
    """The table that has a column."""
    (found,) = [table.value for table in app.dataframe if column in table.value]
    return found


def test_the_figures_stand_with_n_of_d_and_what_is_left(open_page: Open) -> None:
    app = open_page("coverage")
    assert not app.exception
    text = html_of(app)
    # 2+2+1+2+0+0 of 12 buildings; 4 of 6 grids with a branch of their own, all 6 covered; 6 buildings with a lead.
    for words in ("58.3 %", "7 / 12 栋", "还差 5 栋", "4 / 6 个网格", "6 / 6 个网格", "6 / 12 栋"):
        assert words in text
    assert "2020年，宣恩县2个乡镇的楼栋党小组覆盖率" in text
    assert "覆盖 7 栋，平均每组 1.8 栋" in text


def test_what_is_missing_is_named(open_page: Open) -> None:
    app = open_page("coverage")
    houses = table_of(app, "building")
    assert houses["building"].tolist() == ["6栋", "9栋", "10栋", "11栋", "12栋"]
    assert houses["lead"].tolist() == ["没有楼栋长"] * 5
    grids = table_of(app, "cover")
    assert list(zip(grids["community"], grids["grid"], strict=True)) == [
        ("椒园社区", "第1网格"),
        ("椒园社区", "第2网格"),
    ]
    assert "每个党小组都有楼栋长。" in html_of(app)


def test_branches_outside_their_grid_and_leads_with_too_many_are_named(
    open_page: Open, tiny_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("coverage", role="community_lead")
    assert "有位置的党支部都在本网格内。" in " ".join(one.value for one in app.caption) + html_of(app)
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        # Into the second grid, east of its own.
        conn.execute(update(schema.org).where(schema.org.c.org_no == "ZB000").values(lon=109.43))
    engine.dispose()
    snapshot.forget()
    monkeypatch.setattr("portal.coverage.most_households", lambda: 4)
    app = open_page("coverage", role="community_lead")
    assert table_of(app, "branch")[["grid", "branch"]].to_numpy().tolist() == [["第1网格", "第1网格党支部"]]
    # Buildings 101 and 102 have 5 households each and a lead of their own.
    assert table_of(app, "post")[["post", "households"]].to_numpy().tolist()[:2] == [["P020", 5], ["P021", 5]]
    # A leader's detail has no households of single buildings, nor of their leads.
    assert not [table for table in open_page("coverage").dataframe if "post" in table.value]


def test_before_any_cover_is_loaded_every_grid_is_named(open_page: Open, tiny_store: str) -> None:
    with writing(open_store(tiny_store)) as conn:
        conn.execute(delete(schema.org_cover))
        conn.execute(delete(schema.fact).where(schema.fact.c.indicator == "ORG-01", schema.fact.c.numerator > 0))
    app = open_page("coverage")
    assert not app.exception
    assert set(table_of(app, "cover")["cover"]) == {"没有党组织覆盖"}


def test_a_grid_shows_its_buildings_by_group(open_page: Open) -> None:
    app = open_page("coverage", area=GRIDS[2])
    text = html_of(app)
    assert "有党小组</span><b>1</b>" in text
    assert "× 没有党小组</span><b>1</b>" in text
    assert "by=group" in the_map(app)


def test_a_grid_shows_its_building_leads_when_these_are_asked_for(open_page: Open) -> None:
    app = open_page("coverage", area=GRIDS[1], ind="ORG-04")
    assert "× 没有楼栋长</span><b>1</b>" in html_of(app)
    assert "by=lead" in the_map(app)


def test_groups_are_drawn_near_and_can_be_switched_off(open_page: Open) -> None:
    assert "kind=building_group" not in the_map(open_page("coverage"))
    assert "kind=building_group" in the_map(open_page("coverage", area=GRIDS[0]))
    assert "kind=building_group" not in the_map(open_page("coverage", area=GRIDS[0], layers="none"))


def test_the_same_numbers_in_english(open_page: Open) -> None:
    app = open_page("coverage")
    app.query_params["lang"] = "en"
    text = html_of(app.run())
    assert "7 / 12 buildings" in text
    assert "5 left to do" in text
    assert "Every group has a building lead." in text


def test_the_tree_opens_areas_on_the_map_and_unfolds_groups(open_page: Open) -> None:
    text = html_of(open_page("coverage", area="422825100001", level="grid"))
    assert "<details><summary><a" in text and "area=422825100001001" in text
    assert "党小组 1 个，覆盖 2/2 栋" in text
    assert "网格 4 · 党支部 4 · 党小组 4 · 楼栋 7/8" in html_of(open_page("coverage"))
