"""Zero, nothing to count, unknown, hidden and small are five things, on the tiny county by hand."""

from collections import Counter
from datetime import date
from urllib.parse import unquote

import pytest
from sqlalchemy import insert

from data import schema
from data.registry import indicators
from data.store import open_store, writing
from pages.components.month_marks import month_marks, pale
from pages.components.sparkline import sparkline
from portal import change_layers, figures, reads, snapshot
from portal.changes import Pair
from portal.choice import Choice
from portal.classes import class_counts
from portal.identity import Viewer
from portal.ranking import ranked_rows
from portal.reads import HIDDEN, NONE, UNKNOWN, Measure
from portal.snapshot import held
from portal.standing import STANDINGS, drawn, standing
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWNSHIP

LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")
RATE = indicators()["DIS-03"]
ONE, ZERO, GOOD = Measure(1.0, 1.0, "known"), Measure(0.0, 40.0, "known"), Measure(30.0, 40.0, "known")


def test_each_stands_for_itself_and_has_its_own_words() -> None:
    found = [GOOD, ZERO, ONE, NONE, UNKNOWN, HIDDEN]
    assert [standing(m, RATE) for m in found] == list(STANDINGS)
    assert [drawn(m, RATE) for m in found] == ["known", "known", "light", "light", "unknown", "hidden"]
    assert [figures.shown(RATE, m, "zh") for m in found] == ["75.0 %", "0.0 %", "1 / 1", "无", "—", "＊"]
    assert [figures.shown(RATE, m, "en") for m in found][3] == "none"
    assert len({figures.why(RATE, m, "zh") for m in found}) == len(found)


def test_an_index_is_as_small_as_the_smallest_of_its_parts() -> None:
    rule, many = indicators()["CAS-05"], Measure(30.0, 40.0, "known")
    assert standing(reads._index_of(rule, [many, ONE, many]), rule) == "small"
    assert standing(reads._index_of(rule, [many, many, many]), rule) == "known"


@pytest.mark.usefixtures("tiny_store")
def test_nothing_to_count_is_told_from_no_ledger() -> None:
    def parts(ind: str, codes: tuple[str, ...], viewer: Viewer = LEADER, period: str = "2020") -> list[str]:
        return [m.part for m in reads.measures(viewer, ind, period, codes).values()]

    # 椒园社区 has had one dispute, in its second grid, and none is open; 庆阳坝村 has sent nothing at all.
    where = (TOWNSHIP, COMMUNITIES[2], GRIDS[4], COMMUNITIES[3])
    assert parts("DIS-07", where) == ["none", "none", "none", "unknown"]
    assert parts("DIS-03", where) == ["known", "known", "none", "unknown"]
    # No suggestion there, of no ledger of them.
    assert parts("APP-01", where) == ["unknown"] * 4
    assert parts("APP-02", (COMMUNITIES[0],)) == ["none"] and parts("CAS-01", where) == ["none"] * 3 + ["unknown"]
    # Before the first month of the ledger, in a period that is not kept, and in one to come nothing is known.
    assert parts("DIS-07", where, period="2019-12") == ["unknown"] * 4
    assert parts("DIS-07", where, period="2021-01") == ["unknown"] * 4
    assert parts("DIS-07", where, SCREEN, "todate:2020-12-31") == ["unknown"] * 4
    months = reads.trends(LEADER, "DIS-07", ["2019-12", "2020-12", "2021-01"], [GRIDS[1], COMMUNITIES[3]])
    assert [m.part for m in months[GRIDS[1]]] == ["unknown", "none", "unknown"]
    assert {m.part for m in months[COMMUNITIES[3]]} == {"unknown"}


@pytest.mark.usefixtures("tiny_store")
def test_the_legend_has_a_row_of_each_and_they_add_up() -> None:
    with held():
        choice = Choice(reads.home(LEADER), indicators()["DIS-07"], "2020", "grid", (), "zh")
        classes, others = class_counts(LEADER, choice)
    assert others == Counter({"none": 4, "small": 2}) and not any(c.count for c in classes)


@pytest.mark.usefixtures("tiny_store")
def test_a_small_one_is_ranked_behind_all_that_have_a_rate() -> None:
    with held():
        county = reads.home(LEADER)
        areas = [reads.area(LEADER, code) for code in (TOWNSHIP, "422825100", COMMUNITIES[3])]
        rows = ranked_rows(LEADER, Choice(county, indicators()["VIS-01"], "2020", "township", (), "zh"),
                           [a for a in areas if a])  # fmt: skip
    # 6 of 7 stands behind 30 of 40, and what is unknown behind both.
    assert rows["value"].tolist() == ["75.0 %", "6 / 7", "—"]
    assert rows["rate"].isna().tolist() == [False, True, True]
    assert rows["standing"].tolist() == ["known", "small", "unknown"]


def test_a_change_of_too_few_is_no_change() -> None:
    pair = Pair(Measure(0.0, 1.0, "known"), ONE)
    assert pair.step == 1.0 and pair.is_small(RATE) and pair.sound_step(RATE) is None
    assert change_layers.both(RATE, pair, "zh") == "0 / 1 → 1 / 1"
    assert change_layers.step_words(RATE, pair, "zh") == "数太少，不比"
    assert (
        Pair(ZERO, GOOD).sound_step(RATE) == 0.75 and change_layers.step_words(RATE, Pair(ZERO, GOOD), "zh")[0] == "+"
    )


def test_months_tell_zero_from_none_and_from_unknown() -> None:
    months = [GOOD, ZERO, ONE, NONE, UNKNOWN, HIDDEN]
    marks = month_marks(months, RATE, ["name"] * 6)["data"]
    assert [(mark["value"][0], mark["label"]["formatter"]) for mark in marks] == [
        (1, "0"), (3, "无"), (4, "—"), (5, "＊"),
    ]  # fmt: skip
    assert [mark["symbolSize"][1] for mark in marks] == [2, 0, 0, 0]
    assert [bool(pale(month, RATE)) for month in months] == [False, False, True, False, False, False]


def test_a_sparkline_has_a_gap_where_nothing_is_known() -> None:
    assert sparkline([UNKNOWN, NONE, HIDDEN], RATE) is None
    alone = [unquote(sparkline([GOOD, month], RATE) or "") for month in (ZERO, ONE, NONE, UNKNOWN, HIDDEN)]
    assert len(set(alone)) == 5
    # The bar alone, where the second month is not known.
    assert alone[3].count("<path") == 1 and alone[3].count("M") == 1 and "width='24'" in alone[3]


def test_who_reported_that_there_was_nothing_has_a_ledger(tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(insert(schema.nil_report), [{"ledger": "dispute", "community_id": 7, "month_on": date(2020, 10, 1),
                                                  "batch_id": 1, "is_void": False}])  # fmt: skip
    engine.dispose()
    snapshot.forget()
    village = COMMUNITIES[3]
    parts = {period: reads.measure(LEADER, "DIS-07", period, village).part for period in ("2020-09", "2020-10", "2020")}
    assert parts == {"2020-09": "unknown", "2020-10": "none", "2020": "none"}
    assert reads.measure(LEADER, "APP-01", "2020", village).part == "unknown"
