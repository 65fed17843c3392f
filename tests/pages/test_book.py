"""The indicator book on screen: the words of the manual beside the numbers of the tiny county."""

import re
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from data.book import lines
from data.registry import indicators
from portal.identity import demo_viewer
from portal.words import esc
from tests.support.server import ROOT

Open = Callable[..., AppTest]


def html_of(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def test_every_indicator_with_its_words_and_its_value(open_page: Open) -> None:
    html = html_of(open_page("book"))
    for code, indicator in indicators().items():
        assert f'id="{code}"' in html
        for label, text in lines(indicator, "zh"):
            assert f"<dt>{esc(label)}</dt><dd>{esc(text)}</dd>" in html.replace("\u00a0", " ")
    # 36 of 47 households were met in the county.
    assert re.search('id="VIS-01".{0,140}<b>76.6 %</b><span>36 / 47 户</span>', html)
    assert re.search(r'href="/lineage\?ind=VIS-01[^"]*area=422825&', html.replace("&#38;", "&"))


def test_an_area_without_data_is_unknown_and_not_zero(open_page: Open) -> None:
    html = html_of(open_page("book", area="422825200201"))
    assert re.search('id="VIS-01".{0,140}<b>—</b><span>这里还没有数据</span></div>', html)


def test_a_topic_is_chosen_in_the_address(open_page: Open) -> None:
    app = open_page("book", topic="disputes")
    found = set(re.findall('<section class="wg-panel wg-book" id="([^"]+)"', html_of(app)))
    assert found == {code for code, indicator in indicators().items() if indicator.topic == "disputes"}
    app.segmented_control(key="choose_topic").set_value("visits").run()
    assert app.query_params["topic"] in ("visits", ["visits"])


def test_the_book_in_english(tiny_store: str) -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "book.py"), default_timeout=60)
    app.query_params["lang"] = "en"
    app.session_state["_viewer"] = demo_viewer("steward", "", "422825", [])
    html = html_of(app.run())
    assert "<dt>Numerator</dt><dd>registered households met at least once in the period</dd>" in html
    assert "36 / 47 households" in html
