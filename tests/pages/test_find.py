"""查找 above every page: a building typed leads to its grid; what is not there is said."""

from collections.abc import Callable

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal.words import inert
from tests.portal.tiny_county import GRIDS


def test_a_hit_opens_its_grid_and_empties_the_field(open_page: Callable[..., AppTest]) -> None:
    page = open_page("overview")
    page.text_input(key="find").set_value("12栋").run()
    page.button(key="hit_0").click().run()
    assert page.query_params["area"] == GRIDS[5]
    assert page.text_input(key="find").value == ""
    assert not page.exception


def test_what_is_not_there_is_said(open_page: Callable[..., AppTest]) -> None:
    page = open_page("overview")
    page.text_input(key="find").set_value("<b>没有").run()
    assert any(inert("您的区域里没有“<b>没有”") in one.value for one in page.caption)


def test_a_name_with_markdown_in_it_stays_a_name(open_page: Callable[..., AppTest], tiny_store: str) -> None:
    name = "**椒园** ![x](http://a.example/b.png) :red[镇]"
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(update(schema.area).where(schema.area.c.area_name == "椒园镇").values(area_name=name))
    engine.dispose()
    page = open_page("overview", area=GRIDS[5])
    page.text_input(key="find").set_value("![x]").run()
    labels = [button.label for button in page.button if "园" in button.label and "镇" in button.label]
    assert labels == [inert(name), inert(f"{name} · 宣恩县")]
