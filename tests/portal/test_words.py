"""Numbers and days as a reader sees them."""

import doctest
from datetime import date

import pytest

from portal import words


def test_the_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(15447, 16901, "91.4 %"), (0, 12, "0.0 %"), (12, 12, "100.0 %"), (9999, 10000, "99.9 %"), (1, 9999, "0.1 %"),
     (None, 3, "—"), (3, None, "—"), (0, 0, "—")],
)  # fmt: skip
def test_percent(numerator: float | None, denominator: float | None, shown: str) -> None:
    assert words.percent(numerator, denominator) == shown


def test_text_is_safe_in_html_and_in_template_strings() -> None:
    assert words.esc("<b>${x}`\\") == "&#60;b&#62;&#36;&#123;x&#125;&#96;&#92;"


def test_days_in_both_languages() -> None:
    assert words.day(date(2020, 12, 31), "zh") == "2020年12月31日"
    assert words.day(date(2020, 12, 31), "en") == "31 Dec 2020"
    assert words.day(None, "zh") == "—"
