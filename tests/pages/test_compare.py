"""前后对比 on the tiny county: 33 of 47 households met by 30 November, 36 of 47 by the end of the year."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from portal.identity import demo_viewer
from tests.pages.test_visits import layers, words
from tests.portal.earlier import add_earlier
from tests.portal.tiny_county import COMMUNITIES, COUNTY
from tests.support.maps import decks
from tests.support.server import ROOT

Open = Callable[..., AppTest]


@pytest.fixture
def earlier(tiny_store: str) -> None:
    add_earlier(tiny_store)


def plain(page: AppTest) -> str:
    return words(page).replace("\u00a0", " ")


@pytest.mark.usefixtures("earlier", "any_sample")
def test_sentences_say_what_happened_with_n_of_d(open_page: Open) -> None:
    text = plain(open_page("compare", level="grid"))
    assert "宣恩县：2020年11月30日以来有哪些变化" in text
    for sentence in (
        "本年走访到的户净增3户。走访覆盖率由70.2 %（33 / 47 户）变为76.6 %（36 / 47 户）。",
        "新覆盖楼栋1栋，失去覆盖1栋。",
        "新受理1起，办结1起，又反复1起；在办由2起变为2起，其中超期2起（此前1起）。",
        "新投用1处：椒园社区文化广场（2020年12月1日）。",
        "好转最多：第1网格 +20.0 百分点、第2网格 +10.0 百分点。",
    ):
        assert sentence in text, sentence


@pytest.mark.usefixtures("earlier", "any_sample")
def test_sentences_in_english() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "compare.py"), default_timeout=60)
    page.query_params.update({"level": "grid", "lang": "en"})
    page.session_state["_viewer"] = demo_viewer("leader", "", COUNTY, [])
    text = plain(page.run())
    assert "3 more households met this year. Visit coverage: 70.2 % (33 / 47 households), now 76.6 %" in text
    assert "1 accepted, 1 closed, 1 opened again; 2 open then, now 2, 2 of them past due (1 then)." in text


@pytest.mark.usefixtures("earlier", "any_sample")
def test_the_table_holds_every_area_and_the_lists_their_rows(open_page: Open) -> None:
    page = open_page("compare", level="community")
    table, new, gone, built = (frame.value for frame in page.dataframe)
    assert table["name"].tolist() == ["兴隆社区", "双龙湖社区", "椒园社区", "庆阳坝村"]
    assert table["both"].tolist()[0] == "75.0 % (15 / 20) → 85.0 % (17 / 20)"
    assert table.iloc[3][["both", "step", "accepted", "still"]].tolist() == ["— → —", "无法比较", "—", "—"]
    assert (len(new), len(gone), len(built)) == (1, 1, 1)
    assert new.iloc[0]["building"] == "1栋"
    known = layers(page)["areas-422825-community"]
    assert "since=2020-11-30" in known and "asof=2020-12-31" in known


def test_without_an_earlier_day_the_page_says_so(open_page: Open) -> None:
    page = open_page("compare", area=COMMUNITIES[0])
    assert "还没有两个可以对比的日期" in " ".join(one.value for one in page.caption)
    assert not page.exception and not decks(page)


@pytest.mark.usefixtures("earlier", "any_sample")
def test_two_indicators_stand_side_by_side(open_page: Open) -> None:
    page = open_page("compare", level="grid", show="sides", ind2="DIS-03")
    assert "宣恩县：2020年走访覆盖率与2020年纠纷化解率" in plain(page)
    (table,) = (frame.value for frame in page.dataframe)
    first = table[table["name"] == "第1网格"].iloc[0]
    assert first[["left", "left_of", "right", "right_of"]].tolist() == ["90.0 %", "9 / 10", "75.0 %", "3 / 4"]
    assert not page.exception


@pytest.mark.usefixtures("earlier", "any_sample")
def test_a_year_without_a_year_before_stands_beside_itself_a_month_earlier(open_page: Open) -> None:
    page = open_page("compare", level="grid", show="sides")
    assert "2020年走访覆盖率与2020年1月1日至11月30日走访覆盖率" in plain(page)
    table = page.dataframe[0].value
    assert table["step"].tolist()[0] == "+20.0"  # 第1网格 of 椒园社区 by hand: see the sentences above
