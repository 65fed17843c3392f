"""The registry refuses faulty entries, and its classes suit the length of the period."""

import pytest

from data.registry import _indicator, indicators


def test_every_indicator_of_the_first_pages_is_there() -> None:
    wanted = {"ORG-01", "ORG-02", "ORG-03", "VIS-01", "VIS-02", "VIS-06", "DIS-03", "DIS-04", "REL-01"}
    assert wanted <= set(indicators())


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
        "breaks": [0.5],
    }  # fmt: skip
    return {**entry, **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"direction": "sideways"}, "direction"),
        ({"lowest_level": "street"}, "lowest_level"),
        ({"breaks": [0.9, 0.5]}, "breaks"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_faulty_entry_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _indicator("X-01", _entry(**changes))
