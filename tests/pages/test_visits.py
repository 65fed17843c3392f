"""入户走访 on the tiny county: 36 of 47 households met, 11 to go; 3 buildings in each of four states."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal import visits
from portal.reads import HIDDEN, Measure
from portal.splits import Told
from tests.portal.tiny_county import COMMUNITIES, GRIDS
from tests.support.maps import the_deck

Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    """All HTML of a page as one text."""
    return "\n".join(str(block.proto.body) for block in page.get("html"))


def bars(page: AppTest, key: str) -> dict[str, tuple[Any, str]]:
    """The rows of a bar chart: name → length of the bar and the words at its end."""
    chart = next(chart for chart in page.get("echarts_chart") if chart.proto.id.endswith(key))
    option = json.loads(chart.proto.spec)
    first, tail = (series["data"] for series in option["series"])
    return {
        name: (bar["value"], end["label"]["formatter"])
        for name, bar, end in zip(option["yAxis"]["data"], first, tail, strict=True)
    }


def layers(page: AppTest) -> dict[str, str]:
    """The layers of the map: id → address of the data."""
    return {layer["id"]: layer["data"] for layer in the_deck(page)["layers"]}


def test_coverage_is_said_with_n_of_d_and_what_is_left(open_page: Open) -> None:
    page = open_page("visits", level="grid")
    text = words(page)
    assert "2020年，宣恩县6个网格的走访覆盖率" in text
    for figure in ("76.6 %", "36 / 47 户", "还差 11 户", "75 / 99 人", "41 / 50 次", ">3 / 5<", "不到 20 条，不看比率"):
        assert figure in text
    assert not page.exception


def test_the_areas_with_most_left_stand_first(open_page: Open) -> None:
    rows = bars(open_page("visits", level="grid"), "bars_left")
    assert list(rows.items())[:2] == [
        ("双龙湖社区第2网格", (7, "7 户，共 10 户")),
        ("兴隆社区第2网格", (2, "2 户，共 10 户")),
    ]
    assert len(rows) == 4, "two grids have nothing left"


def test_buildings_are_counted_by_state_and_zero_is_a_zero(open_page: Open) -> None:
    page = open_page("visits", area=COMMUNITIES[0])
    assert list(bars(page, "bars_states").values()) == [
        (1, "1 栋"), (1, "1 栋"), (1, "1 栋"), (1, "1 栋"), (0, "0 栋"), (0, "0 栋"),
    ]  # fmt: skip
    assert "住宅楼栋共 4 栋" in words(page)


def test_a_grid_shows_its_buildings_by_state_and_never_their_households(open_page: Open) -> None:
    page = open_page("visits", area=GRIDS[1])
    assert not page.exception
    shown = layers(page)
    assert any(name.startswith("buildings-") and "by=state" in address for name, address in shown.items())
    assert any(name.startswith("marks-") for name in shown)
    assert "■ 未走访</span><b>1</b>" in words(page) and "▲ 多次未遇或拒访</span><b>1</b>" in words(page)
    listed = next(table.value for table in page.dataframe if "estate" in table.value)
    assert list(listed.columns) == ["building", "estate", "state", "group", "lead"]
    assert list(listed["state"]) == ["■ 未走访", "▲ 多次未遇或拒访"]


@pytest.mark.parametrize(("switched_on", "shows_buildings"), [("", False), ("buildings", True), ("branches", False)])
def test_a_community_shows_buildings_when_asked(open_page: Open, switched_on: str, shows_buildings: bool) -> None:
    address = {"layers": switched_on} if switched_on else {}
    page = open_page("visits", area=COMMUNITIES[0], **address)
    assert any(name.startswith("buildings-") for name in layers(page)) is shows_buildings


def test_what_is_unknown_is_not_zero(open_page: Open) -> None:
    page = open_page("visits", area=COMMUNITIES[3])
    text = words(page)
    assert '<div class="wg-value">—</div>' in text and "0.0 %" not in text
    assert "还没有户登记，无法判断" in text


def test_another_indicator_and_english(open_page: Open) -> None:
    page = open_page("visits", ind="APP-01", level="grid")
    page.query_params["lang"] = "en"
    text = words(page.run())
    assert (
        "Suggestions closed: 6 grids of 宣恩县, 2020" in text
        and ">3 / 5<" in text
        and "fewer than 20 suggestions" in text
    )
    assert set(bars(page, "bars_left").values()) == {(1, "1 of 3"), (1, "1 of 1")}


def test_what_calls_found_and_how_long_ago_with_n_of_d(open_page: Open) -> None:
    text = words(open_page("visits"))
    for figure in ("本期走访 50 次", "41 / 50", "82.0 %", "8 / 50", "1 / 50", "35 / 44", "34 / 73", "46.6 %",
                   "今年还没见到 11 户", "10 / 11", "36 / 47"):  # fmt: skip
        assert figure in text, figure
    assert text.count("wg-cell-unknown") >= 2, "no place is recorded: unknown, not 0"


def test_few_visits_are_told_without_kinds(open_page: Open) -> None:
    text = words(open_page("visits", area=GRIDS[1]))
    assert "不按户类分" in text and "关爱户</span>" not in text and "2 / 3" not in text
    assert "10 / 13" in text, "their number stands there all the same"


def test_care_visits_that_are_hidden_look_so(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Told({"ordinary": Measure(9, 12, "known"), "tenant": Measure(None, 30, "known"), "care": HIDDEN})
    monkeypatch.setattr(visits, "due", lambda *_: row)
    text = words(open_page("visits"))
    assert text.count("wg-hbar wg-hidden") == 1 and "一并隐藏：" in text
    # A number whose part is not told has no share and no 0.
    assert "<span>30</span><span></span>" in text and "0 / 30" not in text and "只列应走访数" in text


def test_the_calendar_has_its_numbers_as_a_table_and_no_cell_for_unknown_days(open_page: Open) -> None:
    page = open_page("visits", period="2020-12")
    chart = next(chart for chart in page.get("echarts_chart") if chart.proto.id.endswith("calendar"))
    option = json.loads(chart.proto.spec)
    cells = option["series"][0]["data"]
    assert len(cells) == 366 and option["visualMap"]["pieces"][0]["label"] == "0"
    assert next(cell["name"] for cell in cells if cell["name"].startswith("12月28日")) == "12月28日 走访 44 次，见到 35"
    weeks = next(table.value for table in page.dataframe if "week" in table.value)
    last = weeks.iloc[0]
    assert (last["week"], last["calls"], last["met"], last["d0"], last["d3"]) == ("2020-12-28", 44, 35, 44, 0)
    assert weeks["d4"].isna()[0] and not weeks["d4"].isna()[1], "the day after the data date is no 0"


def test_areas_stand_in_their_order_and_unknown_is_not_zero(open_page: Open) -> None:
    page = open_page("visits", area="422825200", level="community")
    table = next(table.value for table in page.dataframe if "per_post" in table.value)
    assert list(table["name"]) == ["椒园社区", "庆阳坝村"]
    assert list(table["lately"]) == ["6 / 7", "—"] and table["calls"].isna().to_list() == [False, True]


def test_no_person_is_named(open_page: Open) -> None:
    page = open_page("visits", level="grid")
    everything = words(page) + "".join(table.value.to_csv() for table in page.dataframe)
    assert not any(f"W{n:04}" in everything or f"P{n:03}" in everything for n in range(1, 30))


def test_tables_are_exported_by_those_who_may(open_page: Open) -> None:
    page = open_page("visits")
    kinds = {button.proto.id.split("-")[-1] for button in page.get("download_button")}
    assert {"export_weeks_xlsx", "export_weeks_csv", "export_workload_xlsx", "export_workload_csv"} <= kinds


def test_a_store_without_these_counts_says_when_they_come(open_page: Open, tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        for table in (schema.visit_month, schema.visit_due, schema.visit_recency):
            conn.execute(delete(table))
    engine.dispose()
    page = open_page("visits")
    assert not page.exception and any("下一次装载之后显示" in caption.value for caption in page.caption)
