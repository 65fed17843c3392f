"""What pages say of who has reported: the sentence, the cards, the legend, the table, the wall, and what is owed."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from streamlit.testing.v1 import AppTest

from tests.portal.tiny_county import TOWN
from tests.support.maps import the_deck

Open = Callable[..., AppTest]
VILLAGE = "422825200201"


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_sentence_and_every_card_say_how_many_have_the_ledger(open_page: Open) -> None:
    html = html_of(open_page("overview"))
    assert "<h1>2020年，宣恩县2个乡镇的走访覆盖率（3 / 4 个社区有台账）</h1>" in html
    # Visits, and disputes beside them.
    assert html.count('wg-units">3 / 4 个社区有台账</div>') >= 2
    english = html_of(open_page("overview", lang="en"))
    assert "(3 of 4 communities reported)</h1>" in english
    # A grid has no communities.
    assert "个社区有台账" not in html_of(open_page("overview", area="422825100001001"))


def test_a_part_is_an_outline_and_never_a_hatching(open_page: Open) -> None:
    app = open_page("overview")
    layers = {layer["id"].split("-")[0]: layer for layer in the_deck(app)["layers"]}
    marked = layers["partial"]
    assert marked["filled"] is False and marked["stroked"] is True and not marked.get("pickable")
    assert parse_qs(urlparse(marked["data"]).query)["part"] == ["partial"]
    assert "部分上报</span><b>1</b>" in html_of(app)
    # In the town everybody has reported: nothing is outlined.
    app = open_page("overview", area=TOWN)
    assert not [layer for layer in the_deck(app)["layers"] if layer["id"].startswith("partial")]
    assert "部分上报" not in html_of(app)


def test_the_table_has_the_column_and_says_who_is_not_ranked(open_page: Open) -> None:
    app = open_page("overview", level="community")
    (table,) = app.dataframe
    assert dict(zip(table.value["name"], table.value["units"], strict=True)) == {
        "双龙湖社区": "1 / 1", "兴隆社区": "1 / 1", "椒园社区": "1 / 1", "庆阳坝村": "0 / 1"}  # fmt: skip
    assert table.value["name"].iloc[-1] == "庆阳坝村"
    assert "1 个社区（村）没有台账，不参加排名，列在最后。" in html_of(app)
    assert "ranked here are the 3 communities that have reported." in html_of(open_page("overview", lang="en"))


def test_the_wall_says_it_under_every_number(open_page: Open) -> None:
    html = html_of(open_page("briefing", role="screen"))
    assert html.count("3 / 4 个社区有台账") >= 3 and "1 / 1 个社区有台账" in html


def test_a_steward_sees_what_is_owed_and_the_words_to_send(open_page: Open) -> None:
    app = open_page("intake", role="steward", view="owed")
    assert "个社区欠报" in html_of(app) and "零报告算已报" in html_of(app)
    (table,) = [element.value for element in app.dataframe if "late" in element.value]
    # Of the month due last, and of no other, unless asked.
    assert set(table["month"]) == {"2020年11月"} and set(table["late"]) == {21}
    assert "走访台账" in set(table["ledger"])
    (letter,) = app.code
    assert "以下台账还没有收到" in letter.value
    app = open_page("intake", role="steward", view="owed", month="2020-06", ledger="visit", lang="en")
    (table,) = [element.value for element in app.dataframe if "late" in element.value]
    assert table["code"].tolist() == [VILLAGE] and table["last_month"].tolist() == ["—"]
    (letter,) = app.code
    assert "never received" in letter.value and "June 2020" in letter.value


def test_an_address_with_nonsense_is_the_usual_view(open_page: Open) -> None:
    app = open_page("intake", role="steward", view="owed", month="<b>", ledger="x", township="y", unit="z")
    assert not app.exception
    (table,) = [element.value for element in app.dataframe if "late" in element.value]
    assert set(table["month"]) == {"2020年11月"}
