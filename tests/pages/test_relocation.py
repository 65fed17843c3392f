"""易迁社区 on the tiny county: one community, five of six items in use, 6 of 7 households with a plot."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.portal.tiny_county import COMMUNITIES, GRIDS
from tests.support.maps import the_map

Open = Callable[..., AppTest]
SITE = COMMUNITIES[2]


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_figures_stand_with_n_of_d_and_what_is_left(open_page: Open) -> None:
    app = open_page("relocation")
    assert not app.exception
    text = html_of(app)
    assert "2020年，宣恩县1个易迁社区的“1+6”配套" in text
    for words in ("0 / 1 个社区", "5 / 6 项", "还缺 1 项", "6 / 7 户", "还缺 1 户"):
        assert words in text


def test_the_matrix_says_every_state_with_a_mark_and_a_word(open_page: Open) -> None:
    text = html_of(open_page("relocation"))
    assert '<td class="wg-sum">5/6</td>' in text
    assert text.count('<td class="wg-cell-present">') == 5
    assert '<td class="wg-cell-planned"><span class="wg-mark wg-mark-planned" title="在建">◐</span>在建</td>' in text
    # The three zones of the service centre are in no ledger row.
    assert text.count('title="缺">×') == 3 + 1  # and the key to the marks


def test_an_inferred_community_is_said_to_be_one(open_page: Open) -> None:
    text = html_of(open_page("relocation"))
    assert '椒园社区<span class="wg-inferred"' in text
    assert "尚无正式名单确认" in text


def test_what_is_missing_is_listed(open_page: Open) -> None:
    (table,) = [one for one in open_page("relocation").dataframe if "state" in one.value]
    found = list(zip(table.value["kind"], table.value["state"], strict=True))
    assert found == [("标准化卫生室", "◐ 在建"), ("菜地", "还缺 1 户"), ("议事厅", "× 缺"), ("警卫室", "× 缺"),
                     ("四点半学堂", "× 缺")]  # fmt: skip


def test_a_community_has_its_own_map_and_all_its_facilities(open_page: Open) -> None:
    app = open_page("relocation", area=SITE)
    assert "2020年，椒园社区的“1+6”配套" in html_of(app)
    assert "/map/facilities?" in the_map(app)
    (facilities,) = [table.value for table in app.dataframe if "built" in table.value]
    assert len(facilities) == 6
    assert facilities["built"].tolist()[0] == "2018年1月1日"
    assert set(facilities["standard"]) == {"—"}  # never inspected


def test_before_they_were_built_they_were_not_in_use(open_page: Open) -> None:
    # Everything was built on 1 January 2018; in 2017 nothing was in use and nobody had counted plots.
    text = html_of(open_page("relocation", area=SITE, period="2017"))
    assert "0 / 6 项" in text
    assert "还没有菜地分配台账" in text


def test_a_grid_of_a_relocation_community_shows_the_community(open_page: Open) -> None:
    assert "椒园社区的“1+6”配套" in html_of(open_page("relocation", area=GRIDS[4]))


def test_an_area_without_any_says_so_and_shows_the_others(open_page: Open) -> None:
    text = html_of(open_page("relocation", area=COMMUNITIES[0]))
    assert "兴隆社区没有易迁社区，下面是宣恩县的。" in text
    assert "宣恩县1个易迁社区" in text


def test_choosing_a_community_writes_it_into_the_address(open_page: Open) -> None:
    app = open_page("relocation")
    app.selectbox(key="choose_site").select(SITE).run()
    assert app.query_params["area"] in (SITE, [SITE])


def test_the_same_numbers_in_english(open_page: Open) -> None:
    app = open_page("relocation")
    app.query_params["lang"] = "en"
    text = html_of(app.run())
    assert "0 / 1 communities" in text
    assert "6 / 7 households" in text
    assert "◐</span>Under construction" in text


def test_one_community_says_how_many_are_out_of_reach(open_page: Open) -> None:
    app = open_page("relocation", area=SITE)
    text = html_of(app)
    assert "在建 · 500 米外 6 / 6 户" in text  # the clinic
    assert "按直线距离×1.4估算" in text
    for layer in ("reach_rings", "reach_houses", "reach_best"):
        assert f"/map/{layer}?" in the_map(app)
    (walks,) = [table.value for table in app.dataframe if "clinic" in table.value and "building" in table.value]
    assert set(walks["clinic"]) == {"× 没有在用的"}


def test_a_leader_is_told_of_no_single_building(open_page: Open) -> None:
    text = html_of(open_page("relocation", area=SITE, within="1000"))
    assert "在用 · 1000 米外 ＊" in text and "为保护隐私不显示" in text
    lead = html_of(open_page("relocation", area=SITE, within="1000", role="community_lead"))
    assert "在用 · 1000 米外 ＊" not in lead


def test_walk_and_kind_stand_in_the_address(open_page: Open) -> None:
    app = open_page("relocation", area=SITE, item="shop", within="300")
    assert "步行到生活超市" in html_of(app) and "item=shop" in the_map(app) and "within=300" in the_map(app)
    app.selectbox(key="choose_item").select("clinic").run()
    assert app.query_params["item"] in ("clinic", ["clinic"])
    assert "步行到标准化卫生室" in html_of(open_page("relocation", area=SITE, item="clinic", within="12"))


def test_all_communities_have_their_households_out_of_reach_and_one_best_place(open_page: Open) -> None:
    app = open_page("relocation")
    (table,) = [one.value for one in app.dataframe if "clinic" in one.value]
    assert table["clinic"].to_list() == ["6 / 6"]
    text = html_of(app)
    assert "再增一处，最有用的是" in text and "<b>椒园社区</b>：在" in text and "标准化卫生室在建，建成后" in text
    assert "增设标准化卫生室" not in text
