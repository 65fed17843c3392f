"""Addresses that ask for what is not there say so and are put right (see portal/put_right.py)."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import open_page
from tests.portal.tiny_county import COUNTY, GRIDS, TOWN, tiny_store
from tests.support.server import ROOT

__all__ = ["open_page", "tiny_store"]
Open = Callable[..., AppTest]


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def said(app: AppTest) -> list[str]:
    assert not app.exception
    return re.findall("<p>(.*?)</p>", html_of(app).partition('<div class="wg-put-right">')[2].partition("</div>")[0])


@pytest.mark.parametrize(
    ("page", "address", "sentence"),
    [
        ("overview", {"area": "999999999"}, "网址里的区域 999999999 不存在，现显示宣恩县。"),
        ("visits", {"area": "999999999"}, "网址里的区域 999999999 不存在，现显示宣恩县。"),
        ("overview", {"ind": "FOO-99"}, "网址里的指标 FOO-99 不存在，现显示走访覆盖率。"),
        ("disputes", {"ind": "VIS-01"}, "网址里的指标 VIS-01 这一页没有，现显示纠纷化解率。"),
        ("overview", {"period": "2099-13"}, "网址里的期间 2099-13 无法识别，现显示2020年。"),
        ("overview", {"period": "2099-12"}, "网址里的期间 2099-12 这里没有数据，现显示2020年。"),
        ("overview", {"period": "last90:2020-12-15"},
         "网址里的期间 last90:2020-12-15 这里没有数据，现显示截至2020年12月31日的90天。"),
        ("overview", {"vs": "1999"}, "网址里的对比期间 1999 不能与现在的期间对比，现显示2019年。"),
        ("overview", {"level": "galaxy"}, "网址里的层级 galaxy 这里没有，现显示乡镇。"),
        ("overview", {"classes": "magic"}, "网址里的分级方法 magic 不存在，现显示指标自己的分级。"),
        ("overview", {"role": "king"}, "网址里的身份 king 不存在，现显示领导。"),
        ("overview", {"role": "grid_worker", "post": "1"}, "网址里的网格 1 不存在，现显示兴隆社区 第1网格。"),
        ("overview", {"area": "您的账户被盗"}, "网址里的区域不存在，现显示宣恩县。"),
        ("overview", {"area": "<script>"}, "网址里的区域不存在，现显示宣恩县。"),
        ("compare", {"show": "sides", "ind2": "FOO-99"}, "网址里的右图指标 FOO-99 不存在，现显示走访覆盖率。"),
        ("compare", {"show": "sides", "period2": "1999"}, "网址里的右图期间 1999 这里没有数据，现显示2020年。"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_and_leaves_the_address(open_page: Open, page: str, address: dict[str, str],
                                                          sentence: str) -> None:  # fmt: skip
    app = open_page(page, **{"role": "leader", **address})
    assert said(app) == [sentence]
    wrong = next(reversed(address))
    assert wrong not in app.query_params
    assert {key: app.query_params[key] for key in address if key != wrong} == {
        key: value for key, value in address.items() if key != wrong
    }


def test_several_are_said_one_by_one_in_the_language_of_the_reader(open_page: Open) -> None:
    app = open_page("overview", area="999999999", ind="FOO-99", period="2099-13", lang="en", role="leader")
    assert said(app) == [
        "The period 2099-13 in the address is no period; this is 2020.",
        "The indicator FOO-99 in the address is not there; this is Visit coverage.",
        "The area 999999999 in the address is not there; this is 宣恩县.",
    ]
    assert dict(app.query_params) == {"lang": "en", "role": "leader"}


def test_a_foreign_area_and_none_at_all_get_the_same_words(open_page: Open) -> None:
    sentences = []
    for area in (GRIDS[3], "422825999999999"):
        app = open_page("overview", role="grid_worker", post=GRIDS[0], area=area)
        sentences.append(said(app)[0])
        assert "area" not in app.query_params
    assert sentences == ["网址里的区域不存在，或不在您的区域内，现显示第1网格。"] * 2


def test_a_good_address_is_silent_and_stays(open_page: Open) -> None:
    asked = {"role": "leader", "area": TOWN, "ind": "DIS-03", "period": "2020-12", "level": "grid", "classes": "equal"}
    app = open_page("overview", **asked)
    assert not said(app) and dict(app.query_params) == asked
    print("W23: 16 kinds of wrong address said and put right, 0 words for a good one")


def test_the_sentence_goes_when_the_reader_goes_on(open_page: Open) -> None:
    app = open_page("overview", role="leader", area="999999999")
    assert said(app) and said(app.run())  # the second run of a first picture
    app.query_params["area"] = TOWN
    assert not said(app.run())


def test_the_navigation_may_carry_a_view_that_a_page_has_not(open_page: Open) -> None:
    app = open_page("overview", role="leader", ind="VIS-01")
    assert not said(app.switch_page(str(ROOT / "pages" / "disputes.py")).run())
    assert app.query_params["ind"] == "VIS-01"


def test_a_screen_for_an_area_that_is_not_there_says_so_on_the_wall(open_page: Open) -> None:
    app = open_page("overview", screen="999999999", role="screen")
    assert "网址里的大屏区域 999999999 不存在，现显示宣恩县。" in html_of(app)
    assert app.query_params["screen"] == "county"
    assert "网址里的" not in html_of(open_page("overview", screen=COUNTY, role="screen"))
