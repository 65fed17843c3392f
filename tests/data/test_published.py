"""The 85 published figures: all there, each interval by hand, look-alikes apart."""

import re

import pytest

from data.published import (
    Interval,
    Value,
    acceptance,
    figures,
    number_words,
    place_name,
    unit_name,
    verdict,
)
from data.reconcile import LEDGERS
from data.terms import QUALIFIER_WORDS, QUALIFIERS, VERDICTS

FIGURES = list(figures().values())
CHINESE = re.compile("[\u4e00-\u9fff]")
ALIKE = [
    {"F23", "F71"}, {"F20", "F61"}, {"F15", "F49"}, {"F07", "F78"}, {"F29", "F36", "F51", "F73"}, {"F32", "F52"},
    {"F08", "F33"}, {"F66", "F76"}, {"F13", "F24", "F69"}, {"F28", "F44"},
]  # fmt: skip


def test_all_of_them_are_there_in_order() -> None:
    assert list(figures()) == [f"F{n:02}" for n in range(1, 86)]


@pytest.mark.parametrize("figure", FIGURES, ids=list(figures()))
def test_a_figure_stands_in_its_sentence_and_has_words_in_both_languages(figure) -> None:
    assert figure.text in figure.sentence
    assert CHINESE.search(figure.zh) and figure.en and not CHINESE.search(figure.en)
    assert CHINESE.search(place_name(figure.place, "zh")) and not CHINESE.search(place_name(figure.place, "en"))
    for value in figure.values:
        assert not CHINESE.search(unit_name(value.unit, "en"))
        assert not CHINESE.search(number_words(value, "en"))


@pytest.mark.parametrize(
    "figure", [f for f in FIGURES if f.figure_no not in ("F06", "F67", "F70", "F85")], ids=lambda f: f.figure_no
)
def test_the_numbers_are_those_of_the_text(figure) -> None:
    """Read from the words of the article anew: digits, and 万 as ten thousands of its last written digit."""
    written = [
        (round(float(number) * (10_000 if wan else 1)), 10_000 // 10 ** len(number.partition(".")[2]) if wan else 1)
        for number, wan in re.findall(r"(\d+(?:\.\d+)?)(万)?", figure.text)
    ]
    if figure.figure_no == "F45":  # 一次性扣满12分情形2种: twelve is what they take
        written = written[1:]
    for value in figure.values:
        assert (value.value, value.step if value.qualifier == "wan" else 1) in [
            (number, step if value.qualifier == "wan" else 1) for number, step in written
        ]


@pytest.mark.parametrize(
    ("number", "lowest", "highest"),
    [
        ("F01", 10, 10), ("F04", 10_001, 19_999), ("F06", 9_000, 9_999), ("F07", 11, 19), ("F12", 90, 110),
        ("F17", 831, 839), ("F26", 505_000, 514_999), ("F29", 2_701, 2_799), ("F30", 15_447, 15_447),
        ("F31", 33_500, 34_499), ("F33", 121, 129), ("F37", 3_201, 3_299), ("F41", 301, 399),
        ("F42", 15_000, 24_999), ("F46", None, 6), ("F63", 43_205_000, 43_214_999), ("F64", 3, None),
        ("F74", 2_001, 2_999), ("F78", 11, 19), ("F80", 2_995_000, 3_004_999), ("F81", 100_000, None),
        ("F83", 20_000_001, None),
    ],
)  # fmt: skip
def test_the_interval_of_a_figure(number: str, lowest: int | None, highest: int | None) -> None:
    assert figures()[number].values[0].interval == Interval(lowest, highest)


@pytest.mark.parametrize(
    ("qualifier", "inside", "outside"),
    [
        ("eq", (120,), (119, 121)), ("yu", (121, 129), (120, 130)), ("jin", (108, 119), (107, 120)),
        ("zuoyou", (108, 132), (107, 133)), ("gt", (121, 10**9), (120,)), ("ge", (120, 10**9), (119,)),
        ("le", (0, 120), (121,)), ("wan", (115, 124), (114, 125)),
    ],
)  # fmt: skip
def test_every_qualifier_at_its_edges(qualifier: str, inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    interval = acceptance(120, qualifier, 10)
    assert all(count in interval for count in inside)
    assert not any(count in interval for count in outside)


def test_every_qualifier_has_a_rule_and_words() -> None:
    assert set(QUALIFIERS) == set(QUALIFIER_WORDS)
    for qualifier in QUALIFIERS:
        assert acceptance(120, qualifier, 10)
    with pytest.raises(ValueError, match="no qualifier"):
        acceptance(120, "many")


def test_rules_are_told_from_counts() -> None:
    assert {f.figure_no for f in FIGURES if f.is_rule} == {
        *("F10", "F14", "F43", "F44", "F45", "F46", "F47", "F54", "F64", "F65", "F67", "F70", "F79", "F81", "F82")
    }


@pytest.mark.parametrize("group", ALIKE, ids=lambda group: "-".join(sorted(group)))
def test_look_alikes_are_known_and_stay_apart(group: set[str]) -> None:
    for number in group:
        assert set(figures()[number].look_alikes) == group - {number}
    assert len({figures()[number].metric for number in group}) == len(group)


def test_no_count_of_the_ledger_answers_two_figures() -> None:
    metrics = [figure.metric for figure in FIGURES]
    assert len(set(metrics)) == len(metrics)
    assert set(LEDGERS) <= set(metrics)
    parts = [(ledger.indicator, ledger.part) for ledger in LEDGERS.values() if ledger.indicator]
    assert len(set(parts)) == len(parts)
    words = [ledger.zh for ledger in LEDGERS.values()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("number", "found", "expected"),
    [
        ("F30", (15_447,), "same"), ("F30", (15_446,), "differs"), ("F30", (None,), "no_ledger"),
        ("F33", (125,), "within"), ("F33", (120,), "differs"),
        ("F85", (13, 200_000), "within"), ("F85", (13, None), "no_ledger"), ("F85", (12, None), "differs"),
        ("F85", (13, 205_000), "differs"), ("F67", (1, 6), "same"), ("F67", (1, 5), "differs"),
        ("F70", (), "no_ledger"),
    ],
)  # fmt: skip
def test_the_verdict(number: str, found: tuple[int | None, ...], expected: str) -> None:
    assert verdict(figures()[number].values, found) == expected
    assert expected in VERDICTS


def test_numbers_in_words() -> None:
    assert number_words(Value(10_000, "人次", "jin"), "zh") == "近10,000人次"
    assert number_words(Value(20_000_000, "元", "gt"), "en") == "more than 20,000,000 yuan"
    assert number_words(Value(10, "%", "eq"), "en") == "10%"
