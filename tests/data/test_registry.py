"""The registry refuses faulty entries, every entry is whole, and its classes suit the length of the period."""

import ast
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from data.limits import read_limits
from data.registry import Indicator, Published, _indicator, indicators
from geo import indicators as functions
from geo.measures import DISTINCT, FLOWS, MEASURES
from portal.words import percent
from tests.support.server import ROOT

CHINESE = re.compile("[\u4e00-\u9fff]")
PAGES = {file.stem for file in (ROOT / "pages").glob("*.py")}
# Domain.md §7, what the core tables can hold; 07 of each is an addition of ours.
WANTED = {
    *(f"ORG-0{n}" for n in range(1, 5)), *(f"VIS-0{n}" for n in range(1, 8)), "APP-01", "APP-02",
    *(f"DIS-0{n}" for n in range(1, 8)), *(f"CAS-0{n}" for n in range(1, 6)), "SAT-01", "SAT-02",
    "WIS-01", "WIS-02", "REL-01", "REL-02", "REL-03",
}  # fmt: skip


def words_missing(indicator: Indicator) -> list[str]:
    """The texts an entry lacks, or has in the wrong language."""
    lacking = []
    for part in ("", "numerator_", "denominator_", "unit_", "cohort_"):
        zh, en = getattr(indicator, f"{part}zh"), getattr(indicator, f"{part}en")
        lacking += [f"{part}zh"] * (not CHINESE.search(zh)) + [f"{part}en"] * (not en or bool(CHINESE.search(en)))
    for variant in indicator.variants:
        if not (CHINESE.search(variant.zh) and CHINESE.search(variant.place_zh) and variant.en and variant.place_en):
            lacking.append("variants")
    return lacking


def hand_counted() -> set[str]:
    """Codes of the table of hand-counted cases in tests/geo/test_measures.py."""
    tree = ast.parse((ROOT / "tests" / "geo" / "test_measures.py").read_text(encoding="utf-8"))
    tables = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "BY_HAND"]
    assert len(tables) == 1 and isinstance(tables[0], ast.Dict)
    return {ast.literal_eval(key) for key in tables[0].keys if key is not None}


def test_every_indicator_that_the_tables_can_hold_is_there() -> None:
    assert set(indicators()) == WANTED


@pytest.mark.parametrize("indicator", indicators().values(), ids=list(indicators()))
def test_an_entry_has_words_a_function_a_hand_counted_case_and_a_page(indicator: Indicator) -> None:
    assert words_missing(indicator) == []
    assert indicator.topic in PAGES
    assert indicator.min_sample >= 1 and indicator.scale > 1 and indicator.breaks
    if indicator.is_index:
        assert set(indicator.parts) <= set(MEASURES) and indicator.code not in MEASURES
    else:
        assert indicator.code in MEASURES
        assert indicator.code in hand_counted()


def test_an_entry_that_lacks_something_would_be_found() -> None:
    whole = indicators()["VIS-01"]
    faulty = Indicator(**{**vars(whole), "cohort_zh": "", "numerator_en": "户"})
    assert words_missing(faulty) == ["numerator_en", "cohort_zh"]
    assert "NOPE-01" not in hand_counted()


def test_every_function_is_in_the_registry_and_evaluated_one_way() -> None:
    assert set(MEASURES) == {code for code, entry in indicators().items() if not entry.is_index}
    assert set(FLOWS) | set(DISTINCT) <= set(MEASURES) and not set(FLOWS) & set(DISTINCT)


PUBLISHED = [(code, figure) for code, entry in indicators().items() for figure in entry.published]


def test_the_published_figures_are_there() -> None:
    typed = {(code, f.numerator, f.denominator, f.percent) for code, f in PUBLISHED}
    assert typed == {
        ("DIS-02", 842, 869, "96.9"), ("CAS-02", 911, 972, "93.72"), ("CAS-03", 737, 972, "75.82"),
        ("SAT-01", 9595, 10000, "95.95"), ("SAT-02", 9972, 10000, "99.72"),
    }  # fmt: skip
    # Of the same answers: satisfied, fairly satisfied, dissatisfied.
    assert Decimal("95.95") + Decimal("3.77") == Decimal("99.72") == 100 - Decimal("0.28")


@pytest.mark.parametrize(("code", "figure"), PUBLISHED, ids=[f"{code} {f.source}" for code, f in PUBLISHED])
def test_a_published_figure_is_what_its_numbers_give(code: str, figure: Published) -> None:
    exact = 100 * Decimal(figure.numerator) / Decimal(figure.denominator)
    assert str(exact.quantize(Decimal(figure.percent), ROUND_HALF_UP)) == figure.percent
    # On screen a rate has the same digits, as far as it has them.
    shown = percent(figure.numerator, figure.denominator).rstrip(" %")
    assert str(exact.quantize(Decimal(shown), ROUND_HALF_UP)) == shown


def test_the_index_is_the_weighted_sum_of_its_parts() -> None:
    weights = indicators()["CAS-05"].parts
    assert list(weights.values()) == [60, 30, -10]
    # 60·0.75823 + 30·0.93724 + 10·(1 − 0.02) = 45.4938 + 28.1173 + 9.8
    assert functions.composite_index(737 / 972, 911 / 972, 0.02) == 83.41


@pytest.mark.parametrize(
    ("period", "first_break"),
    [("2020", 0.8), ("2020-12", 0.05), ("2020-Q4", 0.15), ("last30:2020-12-31", 0.05), ("ytd:2020-12-31", 0.8)],
)
def test_short_periods_have_their_own_classes(period: str, first_break: float) -> None:
    assert indicators()["VIS-01"].class_breaks(period)[0] == first_break


def test_a_rate_without_short_classes_keeps_its_own() -> None:
    assert indicators()["DIS-03"].class_breaks("2020-12") == indicators()["DIS-03"].breaks


def _entry(**changes: object) -> dict[str, object]:
    words = {f"{part}_{lang}": "x" for part in ("numerator", "denominator", "unit") for lang in ("zh", "en")}
    entry: dict[str, object] = {
        "topic": "visits", "zh": "x", "en": "x", **words, "direction": "up", "lowest_level": "grid", "goal": 1.0,
        "breaks": [0.5], "ledgers": ["visit"],
    }  # fmt: skip
    return {**entry, **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"direction": "sideways"}, "direction"),
        ({"lowest_level": "street"}, "lowest_level"),
        ({"breaks": [0.9, 0.5]}, "breaks"),
        ({"ledgers": []}, "ledgers"),
        ({"ledgers": ["dispute|diary"]}, "ledgers"),
        ({"surplus": 1}, "surplus"),
        ({"variants": [{"zh": "x"}]}, "place_zh"),
    ],
)
def test_a_faulty_entry_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _indicator("X-01", _entry(**changes))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('unit = "month"', 'unit = "moon"', "case.dispute.handle: amount"),
        ("[case.dispute.handle]", "[case.quarrel.handle]", "case.quarrel.handle: unknown"),
        ("soon = 7", "soon = 1", "case.dispute.handle: soon"),
        ("red = 0", "green = 0", "case.dispute.handle: .*green"),
        ("care = 1", "care = 13", "cycle_months.care"),
        ("care = 1", "pity = 1", "unknown kind pity"),
    ],
)
def test_a_faulty_limit_is_named(before: str, after: str, said: str) -> None:
    text = (Path(ROOT) / "data" / "limits.toml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(ValueError, match=said):
        read_limits(text.replace(before, after, 1))
