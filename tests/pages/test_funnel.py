"""The funnel: limits by hand, which side an area lies on, and the chart and table the disputes page draws of it."""

import json
import math
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.components.funnel import funnel_note, funnel_option, funnel_rows, is_good
from portal.fairness import Funnel, _limits, funnel
from portal.reads import HIDDEN, UNKNOWN, Measure

Open = Callable[..., AppTest]


def measured(*pairs: tuple[float, float]) -> dict[str, Measure]:
    return {chr(97 + i): Measure(n, d, "known") for i, (n, d) in enumerate(pairs)}


ALIKE = [(46 + i % 9, 100) for i in range(20)]
FOUND = measured((3, 100), (97, 100), *ALIKE)
"""One far below, one far above, and twenty (c to v) of 46 to 54 of 100."""


def drawn(found: dict[str, Measure]) -> Funnel:
    answer = funnel(found)
    assert answer is not None
    return answer


def test_areas_beyond_chance_are_named_by_their_side() -> None:
    found = drawn(FOUND)
    # 1,093 of 2,200; three sigma of 100 at one half are 15 points, of which the first two are far beyond.
    assert (found.target, found.spread) == (1093 / 2200, 1.0)
    sides = dict(zip(found.points["code"], found.points["side"], strict=True))
    assert (sides.pop("a"), sides.pop("b")) == ("far_below", "far_above")
    assert set(sides.values()) == {"inside"}


def test_all_of_very_few_are_no_rarity() -> None:
    found = drawn(measured((3, 4), (2, 2), (1, 1), (0, 1), (1, 1)))
    assert set(found.points["side"]) == {"inside"}


@given(st.integers(1, 40), st.integers(0, 40), st.integers(20, 80))
def test_outside_is_what_chance_gives_less_often_than_said(size: int, many: int, percent: int) -> None:
    many = min(many, size)
    p = percent / 100
    limits = _limits(pd.Series([size], dtype=float), p, 1.0).iloc[0]
    chance = [math.comb(size, k) * p**k * (1 - p) ** (size - k) for k in range(size + 1)]
    as_many, as_few = sum(chance[many:]), sum(chance[: many + 1])
    for tail, low, high in ((0.025, limits["low"], limits["high"]), (0.001, limits["lowest"], limits["highest"])):
        if min(abs(as_many - tail), abs(as_few - tail)) > 1e-9:
            assert (many / size > high) == (as_many < tail)
            assert (many / size < low) == (as_few < tail)


def test_limits_narrow_with_size_and_hold_one_another() -> None:
    curve = drawn(measured((5, 10), (50, 100), (480, 1000), (2, 5))).curve
    assert (curve["lowest"] <= curve["low"]).all() and (curve["high"] <= curve["highest"]).all()
    assert curve["size"].is_monotonic_increasing and curve["size"].iloc[0] <= 5 <= 1000 <= curve["size"].iloc[-1]
    width = curve["high"] - curve["low"]
    assert width.iloc[-1] < width.iloc[0] / 5


def test_without_enough_to_compare_there_is_none() -> None:
    assert funnel(measured((1, 2), (3, 4))) is None
    assert funnel(measured((0, 5), (0, 4), (0, 9))) is None and funnel(measured((5, 5), (4, 4), (9, 9))) is None
    assert funnel({"a": HIDDEN, "b": UNKNOWN, **measured((1, 2))}) is None
    # What counts more than its denominator is no share.
    assert funnel(measured((1, 2), (1, 3), (9, 4))) is None


PAIRS = st.integers(1, 200).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


@given(st.lists(PAIRS, min_size=3, max_size=12))
def test_every_area_has_a_point_and_a_side(pairs: list[tuple[int, int]]) -> None:
    found = funnel(measured(*pairs))
    if found is None:
        assert sum(n for n, _ in pairs) in (0, sum(d for _, d in pairs))
        return
    assert len(found.points) == len(pairs) and found.spread >= 1
    named = {code: code.upper() for code in found.points["code"]}
    rows = funnel_rows(found, named, "zh")
    option = funnel_option(found, named, direction="up", unit="起", language="zh")
    assert len(rows) == len(option["series"][-1]["data"]) == len(pairs)


def test_the_chart_has_points_limits_and_the_overall_rate() -> None:
    found = drawn(FOUND)
    names = {code: f"{code}网格" for code in FOUND}
    option = funnel_option(found, names, direction="up", unit="起", language="zh")
    json.dumps(option)
    *lines, overall, points = option["series"]
    assert [line["lineStyle"]["type"] for line in lines] == ["solid", "solid", "dashed", "dashed"]
    assert {rate for _, rate in overall["data"]} == {49.68}
    far = next(p for p in points["data"] if p["name"].startswith("a网格"))
    assert far["name"] == "a网格  3.0 %  3/100 起  ▼▼ 远低于" and far["symbolRotate"] == 180
    assert far["value"] == [100, 3.0]
    colours = {p["name"][0]: p["itemStyle"]["color"] for p in points["data"]}
    # More is better: the low one is the one to look at.
    assert colours["a"] != colours["b"] == colours["c"]
    down = funnel_option(found, names, direction="down", unit="起", language="en")["series"][-1]["data"]
    assert {p["name"][0]: p["itemStyle"]["color"] for p in down}["b"] == colours["a"]
    assert is_good("below", "down") and not is_good("inside", "down")


def test_of_many_areas_only_those_outside_are_named() -> None:
    found = drawn(measured((3, 100), *[(50 + n % 7, 100) for n in range(400)]))
    names = dict.fromkeys(found.points["code"], "网格")
    option = funnel_option(found, names, direction="up", unit="起", language="zh")
    *_, crowd, named = option["series"]
    assert len(crowd["data"]) + len(named["data"]) == 401
    assert [p["name"].startswith("网格  3.0 %") for p in named["data"]] == [True]


def test_the_table_has_the_farthest_first() -> None:
    rows = funnel_rows(drawn(FOUND), {code: code for code in FOUND}, "en")
    assert rows.loc[:1, ["name", "of", "side"]].values.tolist() == [
        ["a", "3 / 100", "▼▼ far below"], ["b", "97 / 100", "▲▲ far above"],
    ]  # fmt: skip
    assert "49.7 %" in funnel_note(drawn(FOUND), "zh") and "widened" not in funnel_note(drawn(FOUND), "en")


def test_areas_that_differ_beyond_chance_widen_the_limits() -> None:
    found = drawn(measured((20, 100), (80, 100), (50, 100), (35, 100), (65, 100)))
    assert found.spread > 5 and "widened" in funnel_note(found, "en")
    assert set(found.points["side"]) == {"inside"}


@pytest.mark.parametrize(("ind", "is_there"), [("DIS-03", True), ("DIS-06", False), ("CAS-05", False)])
def test_the_disputes_page_draws_it_for_shares(open_page: Open, ind: str, is_there: bool) -> None:
    page = open_page("disputes", level="grid", ind=ind)
    assert not page.exception
    charts = [c for c in page.get("echarts_chart") if c.proto.id.endswith("funnel")]
    tables = [t.value for t in page.dataframe if "side" in t.value]
    assert bool(charts) == bool(tables) == is_there
    if is_there:
        # Five grids have disputes; 7 of 9 resolved, and so few cases say nothing.
        assert len(tables[0]) == 5 and set(tables[0]["side"]) == {"● 正常波动"}
