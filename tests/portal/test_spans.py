"""One name, one magnitude: a number says of which stretch it is; words that limits decide come from the limits."""

from dataclasses import replace

import pytest

from data.limits import limits
from data.registry import indicators
from portal import disputes, goals, reads
from portal.choice import Choice
from portal.identity import Viewer
from portal.ranking import ranked_rows
from portal.snapshot import held
from portal.spans import months_word, span_word
from tests.portal.tiny_county import COUNTY

LEADER = Viewer("leader", COUNTY, "internal")
FLOW, STOCK = indicators()["VIS-01"], indicators()["DIS-07"]


@pytest.mark.usefixtures("tiny_store")
def test_a_rate_of_a_year_is_not_called_as_one_of_a_month() -> None:
    words = {"2020-12": "当月", "2020-Q4": "当季", "2020": "全年", "ytd:2020-11-30": "本年累计", "2021": "本年累计",
             "last90:2020-12-31": "近90天", "todate:2020-12-31": "历年累计"}  # fmt: skip
    assert {period: span_word(FLOW, period, "zh") for period in words} == words
    assert {span_word(STOCK, period, "zh") for period in words} == {"期末"}
    assert (months_word(FLOW, "zh"), months_word(STOCK, "zh")) == ("每月当月", "每月月末")
    assert span_word(FLOW, "2020", "en") == "whole year"


def test_what_is_counted_at_the_end_is_known_from_the_book() -> None:
    found = {code for code, rule in indicators().items() if rule.is_stock}
    assert found == {"ORG-01", "ORG-02", "ORG-03", "ORG-04", "DIS-07", "REL-01", "REL-02", "REL-03"}


def test_red_cards_say_the_days_of_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert disputes.clock_words("red", "zh") == "红牌（一逾期即是）"
    assert disputes.clock_words("yellow", "zh") == "黄牌（剩3天以内）"
    here = limits()
    for limit, words in (
        (replace(here.cases["dispute", "handle"], red=5), "红牌（逾期超过5天）"),
        (replace(here.cases["dispute", "handle"], red=2, unit="work_day"), "红牌（逾期超过2个工作日）"),
    ):
        other = replace(here, cases={**here.cases, ("dispute", "handle"): limit})
        monkeypatch.setattr(disputes, "limits", lambda other=other: other)
        assert disputes.clock_words("red", "zh") == words
    assert disputes.clock_words("in_time", "zh") == "正常"


@pytest.mark.usefixtures("tiny_store")
def test_what_is_left_is_to_the_goal_and_above_it_where_less_is_better() -> None:
    with held():
        where = Choice(reads.home(LEADER), STOCK, "2020", "grid", (), "zh")
        rows = ranked_rows(LEADER, where, reads.below(LEADER, COUNTY, "grid"))
    # Of one open dispute each, one is past due where the goal is none.
    assert goals.goal(LEADER, STOCK, "2020", COUNTY).value == STOCK.goal
    assert rows["left"].dropna().tolist() == [1, 1]
    assert goals.left_words(0.95, "zh") == "距目标还差" and goals.left_words(1.0, "zh") == "还差"
