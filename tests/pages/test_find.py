"""查找 above every page: a building typed leads to its grid; what is not there is said."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

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
    assert any("您的区域里没有“<b>没有”" in one.value for one in page.caption)
