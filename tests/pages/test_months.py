"""Month after month: the slider stands in the address, playing begins at the first month and ends at the last."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest

from pages.components import months

Open = Callable[..., AppTest]


def test_the_slider_shows_the_month_and_writes_it(open_page: Open) -> None:
    page = open_page("overview", period="2020")
    slider = page.select_slider(key="choose_month")
    assert slider.value == "2020-12" and len(slider.options) == 12
    slider.set_value("2020-07").run()
    assert page.query_params["period"] == "2020-07" and not page.exception
    assert "2020年7月" in "".join(str(block.proto.body) for block in page.get("html"))


def test_playing_goes_from_the_first_month_to_the_last(open_page: Open) -> None:
    page = open_page("visits", period="2020")
    page.button(key="wg_play").click().run()
    assert page.query_params["period"] == "2020-01" and page.button(key="wg_play").label == "停"
    page.button(key="wg_play").click().run()
    assert page.query_params["period"] == "2020-01" and page.button(key="wg_play").label == "播放"
    # At the last month there is nothing left to play.
    page = open_page("visits", period="2020-12")
    page.session_state[months.PLAYING] = True
    page.run()
    assert page.button(key="wg_play").label == "播放"


def test_the_address_to_share_is_the_view(open_page: Open) -> None:
    page = open_page("overview", period="2020-07", level="grid", vs="2020-05")
    shared = parse_qs(urlsplit(page.code[0].value).query)
    assert shared == {"period": ["2020-07"], "level": ["grid"], "vs": ["2020-05"]}
