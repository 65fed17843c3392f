"""The indicator book: every entry in both languages, and the manual is what the command would write now."""

import re
from copy import copy
from dataclasses import replace
from types import SimpleNamespace

import pytest

from data.book import as_markdown, by_topic, lines
from data.registry import indicators
from data.terms import TOPICS
from tests.support.server import ROOT

CHINESE = re.compile("[\u4e00-\u9fff]")


def test_the_manual_is_up_to_date() -> None:
    written = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert written == as_markdown(), "run: python -m etl book --out docs/indicators.md"


@pytest.mark.parametrize("code", list(indicators()))
def test_an_entry_says_the_same_things_in_both_languages(code: str) -> None:
    zh, en = (lines(indicators()[code], lang) for lang in ("zh", "en"))
    assert len(zh) == len(en) >= 9
    for label, text in en:
        assert text and not CHINESE.search(label + text)
    for label, text in zh:
        assert text and CHINESE.search(label)
    told = dict(zh)
    assert told["分子"] == indicators()[code].numerator_zh and told["方向"] in ("越高越好", "越低越好")


def test_every_indicator_stands_once_under_a_topic_with_words() -> None:
    assert sorted(i.code for found in by_topic().values() for i in found) == sorted(indicators())
    assert set(by_topic()) <= set(TOPICS)


def test_what_the_registry_says_is_what_is_told() -> None:
    indicator = replace(indicators()["VIS-01"], goal=0.9, breaks=(0.5, 0.75), month_breaks=(), quarter_breaks=())
    told = dict(lines(indicator, "en"))
    assert told["Default goal"].startswith("90 %;")
    assert told["Classes"] == "below 50 %, 50 % to below 75 %, 75 % and more"
    assert "Classes of a month" not in told


def test_entries_that_the_registry_gains_are_told_too() -> None:
    richer = copy(indicators()["DIS-03"])
    variant = SimpleNamespace(zh="甲", en="A", place_zh="某地", place_en="somewhere")
    gained = {"cohort_zh": "受理日", "cohort_en": "day of acceptance", "min_sample": 20, "is_sensitive": True,
               "scale": 10_000, "variants": (variant,)}  # fmt: skip
    for name, value in gained.items():
        object.__setattr__(richer, name, value)
    told = dict(lines(richer, "zh"))
    assert told["算入哪个统计期"] == "受理日" and "20" in told["样本下限"] and "10" in told["隐私"]
    assert told["公式"] == "分子 ÷ 分母 × 10,000" and told["别处的算法"] == "甲 (某地)"
