"""The vocabulary: one meaning for one word, in both languages."""

import pytest

from data import terms


@pytest.mark.parametrize("vocabulary", terms.ALL.values(), ids=lambda v: v.name)
def test_every_code_has_both_labels_and_no_word_means_two_things(vocabulary: terms.Vocabulary) -> None:
    words: dict[str, str] = {}
    for code, term in vocabulary.items():
        assert term.zh and term.en
        for word in {term.zh, *term.synonyms}:
            assert words.setdefault(word, code) == code, f"{vocabulary.name}: {word} means {words[word]} and {code}"


def test_a_missing_code_is_a_dash_and_an_unknown_one_stands_for_itself() -> None:
    assert terms.VISIT_RESULTS.label(None) == "—"
    assert terms.VISIT_RESULTS.label("met", "en") == "Met"
    assert terms.VISIT_RESULTS.label("surprise") == "surprise"


def test_a_code_cannot_stand_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        terms.Vocabulary("x", terms.Term("a", "甲", "A"), terms.Term("a", "乙", "B"))
