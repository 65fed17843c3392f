"""Overview: the numbers of the tiny county as a reader sees them, and a map whose data comes by signed address."""

from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlparse

from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from tests.support.maps import the_deck

Open = Callable[..., AppTest]


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_headline_says_value_n_of_d_and_what_is_left(open_page: Open) -> None:
    app = open_page("overview")
    assert not app.exception
    text = html_of(app)
    # 9+8+10+3+4+2 of 10+10+10+10+5+2 households: 36 of 47.
    assert "76.6 %" in text
    assert "36 / 47 户" in text
    assert "还差 11 户" in text
    assert "2020年，宣恩县2个乡镇的走访覆盖率" in text
    assert "数据截至 2020年12月31日" in text
    assert "示例数据" in text


def test_a_rate_of_the_year_and_its_months_are_called_so(open_page: Open) -> None:
    text = html_of(open_page("overview"))
    assert "走访覆盖率 · 全年" in text and "网格党支部组建率 · 期末" in text
    assert "每月当月的走访覆盖率" in text
    assert "走访覆盖率 · 当月" in html_of(open_page("overview", period="2020-12"))


def test_the_same_view_in_english(open_page: Open) -> None:
    text = html_of(open_page("overview", lang="en"))
    assert "36 / 47 households" in text
    assert "11 left to do" in text
    assert "Sample data" in text
    assert "Data as of 31 Dec 2020" in text


def test_an_area_in_the_address_is_the_area_shown(open_page: Open) -> None:
    app = open_page("overview", area="422825100", level="grid", ind="ORG-03")
    text = html_of(app)
    assert "珠山镇4个网格的楼栋党小组覆盖率" in text
    assert "7 / 8 栋" in text  # 2+2+1+2 of 8
    assert [button.label for button in app.button if button.key and button.key.startswith("crumb_")] == ["宣恩县"]


def test_the_table_puts_the_lowest_first_and_the_unknown_last(open_page: Open) -> None:
    (table,) = open_page("overview", level="community").dataframe
    rows = table.value
    assert rows["name"].tolist() == ["双龙湖社区", "椒园社区", "兴隆社区", "庆阳坝村"]
    # 6 of 7 says less than 17 of 20: drawn towards the 76.6 % of all it ranks lower, though 85.7 % is more than 85.0 %.
    assert rows["value"].tolist() == ["13 / 20", "6 / 7", "17 / 20", "—"]
    assert rows["rate"].isna().all() and rows["left"].tolist()[:3] == [7, 1, 3]
    assert rows["of"].tolist()[0] == "13 / 20"


def test_the_legend_counts_every_class_and_the_unknown(open_page: Open) -> None:
    legend = html_of(open_page("overview", level="community"))
    assert "没有数据</span><b>1</b>" in legend
    assert "85% – &#60;90%</span><b>0</b>" in legend and "n / d 不到 30 户</span><b>3</b>" in legend
    assert "内部工作用图 · 未经审图" in legend


def test_the_map_has_no_basemap_and_fetches_its_data_by_signed_address(open_page: Open) -> None:
    deck = the_deck(open_page("overview", level="community"))
    assert deck.get("mapProvider") is None
    assert deck.get("mapStyle", "__MAP_STYLE__") == "__MAP_STYLE__"
    for layer in deck["layers"]:
        address = urlparse(layer["data"])
        assert not address.netloc
        assert address.path.startswith("/map/")
        assert parse_qs(address.query)["sig"]
    assert {layer["id"].split("-")[0] for layer in deck["layers"]} >= {"areas", "unknown", "labels"}


def test_a_rerun_keeps_the_address_of_every_layer(open_page: Open) -> None:
    app = open_page("overview")
    before = the_deck(app)
    app.run()
    assert the_deck(app) == before


def test_a_screen_sees_hidden_numbers_as_hidden(open_page: Open) -> None:
    app = open_page("overview", role="screen", level="grid")
    (table,) = app.dataframe
    # In a grid of ten homes whoever was not visited would be known as well as who was.
    assert table.value["value"].tolist().count("＊") == 6
    assert "隐私隐藏</span><b>6</b>" in html_of(app)


def test_a_grid_worker_stays_in_their_grid(open_page: Open) -> None:
    app = open_page("overview", role="grid_worker", post="422825100001002", area="422825")
    text = html_of(app)
    assert "兴隆社区第2网格" in text
    assert ">8 / 10<" in text and "不到 30 户，不看比率" in text
    assert "36 / 47" not in text


def test_choosing_an_indicator_writes_it_into_the_address(open_page: Open) -> None:
    app = open_page("overview")
    app.selectbox(key="choose_ind").select("DIS-03").run()
    assert app.query_params["ind"] in ("DIS-03", ["DIS-03"])
    assert ">7 / 9<" in html_of(app)


def test_an_area_with_a_goal_of_its_own_says_so_and_why(open_page: Open, tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        row = {"indicator": "VIS-01", "area_id": 2, "since_on": date(2020, 1, 1), "goal": 0.8, "reason": "山路远"}
        conn.execute(insert(schema.target), [{**row, "batch_id": 1, "is_void": False}])
    engine.dispose()
    # 30 of 40 in the town: 32 are wanted there.
    app = open_page("overview", area="422825100", ind="VIS-01")
    assert "还差 2 户 · 目标 80.0 %（珠山镇：山路远）" in html_of(app)
    # 13 and 17 of 20 there, and 6 of 7 in the other township, of which one community of two has sent nothing.
    app = open_page("overview")
    assert "1 个乡镇台账不足 80%，不参加排名；下面排的是已有台账的 3 个社区。" in html_of(app)
    (table,) = app.dataframe
    assert dict(zip(table.value["name"], table.value["left"], strict=True)) == {
        "双龙湖社区": 3, "兴隆社区": 0, "椒园社区": 1}  # fmt: skip
