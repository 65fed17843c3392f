"""How many communities reporteds that a rate needs: by hand on the sample, narrowed, with nil reports."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest
from sqlalchemy import Table, delete, insert, select, update

from data import schema
from data.settings import settings
from data.store import open_store, writing
from portal import area_export, completeness, features, owed, reads, snapshot
from portal.identity import NotAllowedError, Viewer
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP
from tests.support.hand_count import Sample

LEADER = Viewer("leader", (COUNTY,), "internal")
SCREEN = Viewer("screen", (COUNTY,), "public")
STEWARD = Viewer("steward", (COUNTY,), "internal")
VILLAGE = "422825200201"
"""The community that has sent nothing."""


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()
    settings.cache_clear()


def pairs(viewer: Viewer, indicator: str, period: str, *codes: str) -> list[tuple[int, int] | None]:
    found = completeness.reported(viewer, indicator, period, codes)
    return [(found[code].n, found[code].d) if code in found else None for code in codes]


def put(url: str, table: Table, *rows: dict[str, Any]) -> None:
    """Rows as a second load would write them."""
    engine = open_store(url)
    with writing(engine) as conn:
        first = conn.execute(select(schema.batch)).mappings().first()
        many = conn.execute(select(schema.batch.c.batch_id)).scalars().all()
        if first is not None:
            conn.execute(insert(schema.batch), [{**first, "batch_id": max(many) + 1}])
        conn.execute(insert(table), [{**row, "batch_id": 1, "is_void": False} for row in rows])
    engine.dispose()
    snapshot.forget()


# --- the sample, counted from its files -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hand(sample_dir: Path) -> Sample:
    return Sample(sample_dir)


@pytest.mark.usefixtures("county_settings")
@pytest.mark.parametrize("viewer", [LEADER, SCREEN], ids=["leader", "public"])
@pytest.mark.parametrize(
    ("indicator", "ledgers", "county", "town"),
    [
        ("VIS-01", ("户登记", "走访"), (14, 293), (5, 24)),
        ("DIS-03", ("纠纷",), (13, 293), (5, 24)),
        ("DIS-06", ("纠纷", "户登记"), (13, 293), (5, 24)),
        ("APP-01", ("建议",), (10, 293), (5, 24)),
        ("WIS-01", ("微心愿",), (5, 293), (5, 24)),
        ("ORG-01", ("网格",), (14, 293), (5, 24)),
    ],
)
def test_the_sample_by_hand(
    hand: Sample, viewer: Viewer, indicator: str, ledgers: tuple[str, ...], county: tuple[int, int],
    town: tuple[int, int],
) -> None:  # fmt: skip
    have = set.intersection(*(hand.communities_with(ledger) for ledger in ledgers))
    every = hand.communities()
    assert (len(have & every), len(every)) == county
    assert (sum(c.startswith(TOWN) for c in have), sum(c.startswith(TOWN) for c in every)) == town
    assert pairs(viewer, indicator, "2020", COUNTY, TOWN) == [county, town]


@pytest.mark.usefixtures("county_settings")
def test_of_relocation_communities_the_nine_are_expected(hand: Sample) -> None:
    marked = hand.communities(only_relocation=True)
    assert len(marked) == 9 and marked <= hand.communities_with("设施")
    for indicator in ("REL-01", "REL-02", "REL-03"):
        assert pairs(LEADER, indicator, "2020", COUNTY) == [(9, 9)]
    # A township without one has nothing to report.
    bare = [a.code for a in reads.below(LEADER, COUNTY, "township") if not any(c.startswith(a.code) for c in marked)]
    assert bare and pairs(LEADER, "REL-01", "2020", *bare) == [None] * len(bare)


@pytest.mark.usefixtures("county_settings")
def test_no_township_of_the_sample_is_ranked_but_the_fourteen(hand: Sample) -> None:
    towns = reads.below(LEADER, COUNTY, "township")
    found = completeness.ranked(LEADER, "VIS-01", "2020", towns)
    assert {a.code for a in found.areas} == hand.communities_with("走访") and found.has_units
    assert len(found.left_out) == len(towns) == 9
    assert completeness.left_out_words(found) == (
        "9 个乡镇台账不足 80%，不参加排名；下面排的是已有台账的 14 个社区。")  # fmt: skip
    # Nine of nine have their facilities: they are ranked, and so is the township without any.
    assert not completeness.ranked(LEADER, "REL-01", "2020", towns).left_out


@pytest.mark.usefixtures("county_settings")
def test_another_edition_has_other_communities(hand: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_EDITION", "NBS2019")
    settings.cache_clear()
    snapshot.forget()
    every = hand.communities("NBS2019")
    # The nine relocation communities came after it.
    assert len(every) == 284
    assert pairs(LEADER, "VIS-01", "2020", COUNTY) == [(14 - 9, 284)]
    assert pairs(LEADER, "REL-01", "2020", COUNTY) == [None]


# --- the tiny county --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tiny_store")
def test_grids_and_foreign_areas_have_none() -> None:
    assert pairs(LEADER, "VIS-01", "2020", COUNTY, TOWN, TOWNSHIP, GRIDS[0]) == [(3, 4), (2, 2), (1, 2), None]
    assert pairs(LEADER, "VIS-01", "2020", COMMUNITIES[0], VILLAGE) == [(1, 1), (0, 1)]
    worker = Viewer("community_lead", (COMMUNITIES[0],), "internal")
    assert pairs(worker, "VIS-01", "2020", COUNTY, COMMUNITIES[0], COMMUNITIES[1]) == [None, (1, 1), None]


@pytest.mark.usefixtures("tiny_store")
def test_what_came_later_does_not_count_for_an_earlier_period() -> None:
    # The first disputes were found in March, April and August 2020.
    ends = ("2019", "2020-03", "2020-04", "2020-07", "2020-08")
    assert [pairs(LEADER, "DIS-03", period, COUNTY)[0] for period in ends] == [(0, 4), (1, 4), (2, 4), (2, 4), (3, 4)]


def test_any_of_several_ledgers_does_where_a_rate_is_of_all_cases(tiny_store: str) -> None:
    assert pairs(LEADER, "CAS-01", "2020", COUNTY) == [(3, 4)]
    assert pairs(LEADER, "WIS-01", "2020", COUNTY) == [(0, 4)]
    village = village_id(tiny_store)
    put(tiny_store, schema.nil_report, {"community_id": village, "ledger": "wish", "month_on": date(2020, 5, 1)})
    assert pairs(LEADER, "CAS-01", "2020", COUNTY) == [(4, 4)]


def village_id(url: str) -> int:
    engine = open_store(url)
    with writing(engine) as conn:
        found = conn.execute(select(schema.area_code.c.area_id).where(schema.area_code.c.code == VILLAGE)).scalar_one()
    engine.dispose()
    return int(found)


def test_a_nil_report_counts_from_its_month_on_and_settles_it(tiny_store: str) -> None:
    village = village_id(tiny_store)
    before = owed.owed(STEWARD)
    nothing = {"community_id": village, "ledger": "dispute", "month_on": date(2020, 6, 1)}
    put(tiny_store, schema.nil_report, {**nothing, "reported_on": date(2020, 7, 2)})
    assert pairs(LEADER, "DIS-03", "2020-05", TOWNSHIP) == [(0, 2)]
    assert pairs(LEADER, "DIS-03", "2020-06", TOWNSHIP) == [(1, 2)]
    assert pairs(LEADER, "DIS-03", "2020", COUNTY, TOWNSHIP, VILLAGE) == [(4, 4), (2, 2), (1, 1)]
    after = owed.owed(STEWARD)
    mine = (before["code"] == VILLAGE) & (before["ledger"] == "dispute")
    left = after[(after["code"] == VILLAGE) & (after["ledger"] == "dispute")]
    assert sorted(set(before[mine]["month"]) - set(left["month"])) == ["2020-06"]
    assert set(left["last_month"]) == {"2020-06"} and set(before[mine]["last_month"]) == {""}


def test_a_register_that_is_none_can_be_said_too(tiny_store: str) -> None:
    village = village_id(tiny_store)
    assert pairs(LEADER, "ORG-01", "2020", COUNTY) == [(3, 4)]
    put(tiny_store, schema.nil_report, {"community_id": village, "ledger": "grid", "month_on": date(2020, 6, 1)})
    assert pairs(LEADER, "ORG-01", "2020", COUNTY) == [(4, 4)]
    assert set(owed.owed(STEWARD)["ledger"]) == {"visit", "dispute"}


def test_a_nil_report_makes_nothing_to_count_of_what_was_unknown(tiny_store: str) -> None:
    village = village_id(tiny_store)
    assert reads.measure(LEADER, "DIS-03", "2020", VILLAGE).part == "unknown"
    put(tiny_store, schema.nil_report, {"community_id": village, "ledger": "dispute", "month_on": date(2020, 6, 1)})
    assert reads.measure(LEADER, "DIS-03", "2020", VILLAGE).part == "none"
    # Not before, and not of what needs another ledger too.
    assert reads.measure(LEADER, "DIS-03", "2020-05", VILLAGE).part == "unknown"
    assert reads.measure(LEADER, "DIS-06", "2020", VILLAGE).part == "unknown"


def test_a_nil_report_taken_back_counts_no_more(tiny_store: str) -> None:
    village = village_id(tiny_store)
    put(tiny_store, schema.nil_report, {"community_id": village, "ledger": "dispute", "month_on": date(2020, 6, 1)})
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(update(schema.nil_report).values(is_void=True))
    engine.dispose()
    snapshot.forget()
    assert pairs(LEADER, "DIS-03", "2020", COUNTY) == [(3, 4)]


def test_a_county_narrows_who_is_to_report_with_its_reason(tiny_store: str) -> None:
    scope = {"ledger": "dispute", "since_on": date(2020, 7, 1), "reason": "县委文件"}
    put(tiny_store, schema.reporting_scope, {**scope, "area_id": 2}, {**scope, "area_id": 6})
    # Before that day all are to report; from then on those of the town, and one more.
    assert pairs(LEADER, "DIS-03", "2020-06", COUNTY) == [(2, 4)]
    assert pairs(LEADER, "DIS-03", "2020", COUNTY, TOWN, TOWNSHIP, VILLAGE) == [(3, 3), (2, 2), (1, 1), None]
    found = completeness.reported(LEADER, "DIS-03", "2020", [COUNTY])[COUNTY]
    assert completeness.words(found, "zh") == (
        "3 / 3 个社区有台账（应报 3 个社区，依据县委文件，自2020年7月1日起）")  # fmt: skip
    assert completeness.words(found, "en") == (
        "3 of 3 communities reported (3 are to report since 1 Jul 2020: 县委文件)")  # fmt: skip
    # Of other ledgers all are.
    assert pairs(LEADER, "VIS-01", "2020", COUNTY) == [(3, 4)]
    assert pairs(LEADER, "DIS-06", "2020", COUNTY) == [(3, 3)]
    assert pairs(LEADER, "CAS-01", "2020", COUNTY) == [(3, 4)]
    assert VILLAGE not in set(owed.owed(STEWARD).query("ledger == 'dispute'")["code"])
    # A later day replaces the whole list.
    put(tiny_store, schema.reporting_scope,
        {"ledger": "dispute", "since_on": date(2020, 10, 1), "area_id": 1, "reason": "全县"})  # fmt: skip
    assert pairs(LEADER, "DIS-03", "2020-09", COUNTY) == [(3, 3)]
    assert pairs(LEADER, "DIS-03", "2020", COUNTY) == [(3, 4)]


@pytest.mark.usefixtures("tiny_store")
def test_from_four_of_five_on_an_area_is_ranked() -> None:
    assert completeness.Reported(4, 5).is_complete and not completeness.Reported(79, 100).is_complete
    assert completeness.Reported(4, 5).is_partial and not completeness.Reported(5, 5).is_partial
    towns = reads.below(LEADER, COUNTY, "township")
    found = completeness.ranked(LEADER, "VIS-01", "2020", towns)
    assert [a.code for a in found.areas] == list(COMMUNITIES[:3]) and found.has_units
    assert [a.code for a in found.left_out] == [TOWNSHIP]
    # Communities are no sum of units: the one without stands behind the others.
    units = reads.below(LEADER, COUNTY, "community")
    found = completeness.ranked(LEADER, "VIS-01", "2020", units)
    assert not found.has_units and found.listed[-1].code == VILLAGE and len(found.listed) == 4
    assert completeness.left_out_words(found) == "1 个社区（村）没有台账，不参加排名，列在最后。"
    # Grids have no units.
    grids = reads.below(LEADER, COUNTY, "grid")
    assert completeness.ranked(LEADER, "VIS-01", "2020", grids) == completeness.Ranked(grids, [])


# --- where it is shown ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tiny_store")
def test_the_map_outlines_and_tells_what_is_partial() -> None:
    told = {}
    for part in ("known", "light"):
        found = orjson.loads(features.areas(LEADER, COUNTY, "township", "VIS-01", "2020", part, "zh", only="values"))
        told |= dict(zip(found["c"], found["x"], strict=True))
    assert told[TOWN].endswith("· 2 / 2 个社区有台账") and told[TOWNSHIP].endswith("· 1 / 2 个社区有台账")
    marked = orjson.loads(features.areas(LEADER, COUNTY, "township", "VIS-01", "2020", "partial", "en", only="values"))
    assert marked["c"] == [TOWNSHIP] and marked["x"][0].endswith("· 1 of 2 communities reported")


@pytest.mark.usefixtures("tiny_store")
def test_the_worst_of_a_map_is_none_that_has_reported_too_little() -> None:
    # 椒园镇 has 6 of 7, 珠山镇 30 of 40.
    rows = orjson.loads(features.labels(LEADER, COUNTY, "township", "VIS-01", "2020", None, 13, "zh"))
    assert rows[0]["c"] == TOWN
    found = reads.measures(LEADER, "VIS-01", "2020", [TOWN, TOWNSHIP])
    assert features._worst_of(LEADER, "VIS-01", "2020", found) == [TOWN]


@pytest.mark.usefixtures("tiny_store")
def test_the_export_has_both_counts() -> None:
    asked = area_export.Asked(COUNTY, "township", "VIS-01", "2020")
    table = area_export.rows(LEADER, asked, "zh").set_index("code")
    assert table[["reporting_units", "expected_units"]].loc[TOWN].tolist() == [2, 2]
    assert table[["reporting_units", "expected_units"]].loc[TOWNSHIP].tolist() == [1, 2]
    grids = area_export.rows(LEADER, area_export.Asked(COUNTY, "grid", "VIS-01", "2020"), "en")
    assert grids["reporting_units"].isna().all()


# --- who owes what ----------------------------------------------------------------------------------------------------


def test_what_is_owed_by_hand(tiny_store: str) -> None:
    rows = owed.owed(STEWARD)
    visits = rows[rows["ledger"] == "visit"]
    # Calls of June and December in three communities; the ledger began in June, that of December is not due yet.
    assert set(visits["month"]) == {"2020-06", "2020-07", "2020-08", "2020-09", "2020-10", "2020-11"}
    assert visits[visits["code"] == COMMUNITIES[0]]["month"].tolist() == [
        "2020-07", "2020-08", "2020-09", "2020-10", "2020-11"]  # fmt: skip
    assert visits[visits["code"] == VILLAGE]["month"].iloc[0] == "2020-06"
    november = visits[visits["month"] == "2020-11"]
    assert set(november["late"]) == {21}  # due on 10 December, counted to 31 December
    assert november.set_index("code").loc[COMMUNITIES[0], ["last_month"]].tolist() == ["2020-12"]
    assert set(rows["ledger"]) == {"visit", "dispute"}  # nobody sends suggestions or wishes
    letter = owed.letter(rows[rows["code"] == VILLAGE], "zh")
    assert "庆阳坝村：截至2020年12月31日" in letter and "从未收到过" in letter and "零报告" in letter
    assert "send a nil report" in owed.letter(rows[rows["code"] == VILLAGE], "en")


def test_only_a_steward_sees_it_and_of_own_areas_alone(tiny_store: str) -> None:
    with pytest.raises(NotAllowedError):
        owed.owed(LEADER)
    assert set(owed.owed(Viewer("steward", (TOWN,), "internal"))["code"]) <= {*COMMUNITIES[:2]}


def test_without_anything_sent_nothing_is_owed(tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(delete(schema.visit_month))
        conn.execute(update(schema.case_file).values(is_void=True))
    engine.dispose()
    rows = owed.owed(STEWARD)
    assert rows.empty and list(rows.columns) == owed.COLUMNS and isinstance(rows, pd.DataFrame)
