"""矛盾纠纷 on the tiny county: 7 of 9 resolved, 6 of 9 in time, both open ones past due."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.audit import read
from data.audit_store import open_audit
from data.settings import settings
from portal import disputes
from portal.identity import Viewer
from portal.reads import HIDDEN, Measure, below
from portal.splits import Told
from tests.portal.tiny_county import COMMUNITIES, COUNTY, TOWNSHIP

LEADER = Viewer("leader", COUNTY, "internal")
Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    """All HTML of a page as one text."""
    return "\n".join(str(block.proto.body) for block in page.get("html"))


def chart(page: AppTest, key: str) -> dict[str, Any]:
    """The option of a chart."""
    shown = next(c for c in page.get("echarts_chart") if c.proto.id.endswith(key))
    found: dict[str, Any] = json.loads(shown.proto.spec)
    return found


def bars(page: AppTest, key: str) -> dict[str, tuple[Any, str]]:
    """The rows of a bar chart: name → length of the bar and the words at its end."""
    option = chart(page, key)
    first, tail = (series["data"] for series in option["series"])
    return {
        name: (bar["value"], end["label"]["formatter"])
        for name, bar, end in zip(option["yAxis"]["data"], first, tail, strict=True)
    }


def table(page: AppTest) -> pd.DataFrame:
    found: pd.DataFrame = next(t.value for t in page.dataframe if "overdue" in t.value)
    return found


def test_resolved_in_time_and_past_due_are_said_with_n_of_d(open_page: Open) -> None:
    page = open_page("disputes", level="grid")
    text = words(page)
    assert "2020年，宣恩县6个网格的纠纷化解率" in text
    for figure in (">7 / 9<", ">6 / 9<", ">2 / 2<", "不到 20 起，不看比率"):
        assert figure in text
    assert not page.exception


def test_closed_stands_apart_from_resolved(open_page: Open) -> None:
    text = words(open_page("disputes"))
    assert "已办结（手续办完）" in text and "其中化解 7 起 · 共受理 9 起" in text
    assert "已办结，但没有化解" in text


def test_the_lifecycle_adds_up(open_page: Open) -> None:
    rows = bars(open_page("disputes"), "bars_lifecycle")
    assert rows == {
        "受理": (9, "9 起"),
        "调解中": (2, "2 起"),
        "达成协议，待履行": (0, "0 起"),
        "已化解，待回访": (1, "1 起"),
        "已化解，已归档": (6, "6 起"),
        "调解不成，已办结": (0, "0 起"),
    }
    assert sum(value for value, _ in rows.values()) == 2 * 9


def test_few_disputes_are_told_without_categories(open_page: Open) -> None:
    page = open_page("disputes")
    assert "纠纷类别" in words(page) and "不分类别" in words(page)
    assert not [one for one in page.get("echarts_chart") if one.proto.id.endswith("bars_category")]


def test_a_sensitive_category_is_hidden_with_one_more_and_the_reason(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {"D02": Measure(20, 22, "known"), "D14": Measure(None, 12, "known"), "D01": HIDDEN, "D05": HIDDEN}
    monkeypatch.setattr(disputes, "categories", lambda *_: Told(kinds))
    page = open_page("disputes")
    rows = bars(page, "bars_category")
    assert rows["邻里"] == (20, "20 / 22")
    hidden = [name for name, (_, end) in rows.items() if end == "＊"]
    assert len(hidden) == 2 and "婚姻家庭" in hidden
    assert list(rows)[-2:] == hidden, "their place must not tell their size"
    assert "为保护隐私不显示" in words(page) and "只有一个数的是受理数" in words(page)


def test_the_table_has_accepted_resolved_open_and_overdue(open_page: Open) -> None:
    rows = table(open_page("disputes", area=COMMUNITIES[0])).set_index("name")
    columns = ["accepted", "resolved", "due", "open", "overdue"]
    assert list(rows.loc["第1网格", columns]) == [4, 3, "2 / 4", 1, 1]
    # No open dispute is a 0 where the ledger has disputes.
    assert list(rows.loc["第2网格", columns]) == [2, 2, "2 / 2", 0, 0]


def test_an_area_without_any_dispute_is_told_from_one_without_a_ledger(open_page: Open) -> None:
    rows = table(open_page("disputes", area=TOWNSHIP, level="grid")).set_index("name")
    assert rows.loc["第1网格", ["open", "overdue"]].tolist() == [0, 0] and rows.loc["第1网格", "value"] == "无"
    rows = table(open_page("disputes", area=TOWNSHIP, level="community")).set_index("name")
    assert rows.loc["庆阳坝村", ["accepted", "open", "overdue"]].isna().all()
    assert rows.loc["庆阳坝村", "value"] == "—"


def test_months_count_what_the_indicator_counts(open_page: Open) -> None:
    months = chart(open_page("disputes", ind="DIS-04"), "months_disputes")
    in_time, late = (series["data"] for series in months["series"][:2])
    assert (in_time[11]["value"], late[11]["value"]) == (6, 3)
    assert "6 / 9" in in_time[11]["name"]


def test_a_leader_sees_no_case(open_page: Open) -> None:
    page = open_page("disputes", area=COMMUNITIES[0])
    shown = words(page) + "".join(t.value.to_csv() for t in page.dataframe)
    shown += "".join(c.proto.spec for c in page.get("echarts_chart"))
    assert "D-1" not in shown and "D-4" not in shown


def test_the_open_ones_by_clock_and_age(open_page: Open) -> None:
    text = words(open_page("disputes"))
    assert "2020年12月31日在办 2 起" in text
    # No case has a log, so no clock is known; a clock that is not known is not in time.
    assert "没有办理步骤</span>" in text and "2 / 2</span><span>100.0 %" in text
    assert "31–60天</span>" in text and "1 / 2</span><span>50.0 %" in text


def test_past_due_and_red_cards_are_two_counts_with_their_rules(open_page: Open) -> None:
    text = words(open_page("disputes"))
    assert "在办超期 2 起，红牌 0 起：" in text and "红牌（一逾期即是）</span>" in text


def test_days_to_resolution_are_unknown_for_so_few(open_page: Open) -> None:
    page = open_page("disputes")
    assert "已化解 7 / 受理 9 起，不足 20 起，不计算" in words(page)
    page.query_params["lang"] = "en"
    assert "7 resolved of 9 accepted: fewer than 20, not computed" in words(page.run())


def test_months_before_the_ledger_are_hatched(open_page: Open) -> None:
    text = words(open_page("disputes"))
    assert text.count('<td class="wg-cell-unknown">—</td>') == 2  # January and February
    assert '<td class="wg-cell-zero">0</td>' in text  # June had none


def test_type_by_area_tells_no_kinds_of_few(open_page: Open) -> None:
    text = words(open_page("disputes", level="grid"))
    matrix = text[text.index("wg-types") :]
    assert matrix.count("wg-cell-hidden") == 1 and "2/2" not in matrix  # the style sheet names it
    assert "另有 1 个区域这一期没有受理过纠纷" in text


def test_type_by_area_has_the_marks_of_each_state(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told({"D02": Measure(20, 22, "known"), "D14": Measure(None, 12, "known"), "D01": HIDDEN})
    areas = below(LEADER, COUNTY, "township")
    sums = {a.code: Measure(30, 40, "known") for a in areas}
    matrix = disputes.Matrix(areas, ["D02", "D14", "D01"], {areas[0].code: told}, told, sums, 0)
    monkeypatch.setattr(disputes, "matrix", lambda *_: matrix)
    text = words(open_page("disputes"))
    assert text.count('<td class="wg-cell-hidden"') == 2 and text.count(">20/22<") == 2 and text.count(">12<") == 2
    assert 'colspan="3">不分类别' in text and "只有一个数的是受理数" in text


def test_single_cases_are_for_those_who_may_see_them(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tiny_store: str
) -> None:
    assert "逐件" not in words(open_page("disputes"))
    monkeypatch.setenv("WANGGE_DETAILS", "community_lead=households")
    settings.cache_clear()
    page = open_page("disputes", role="community_lead", area=COMMUNITIES[0])
    (cases,) = [t.value for t in page.dataframe if "case_no" in t.value]
    assert cases["case_no"].iloc[0] == "D-4" and cases["clock"].iloc[0] == "—"
    page.selectbox(key="choose_case").select("D-2").run()
    assert page.query_params["case"] in ("D-2", ["D-2"])
    noted = {row.object for row in read(open_audit(tiny_store)) if row.action == "detail_view"}
    assert {f"disputes:{COMMUNITIES[0]}:2020", "dispute:D-4", "dispute:D-2"} <= noted
