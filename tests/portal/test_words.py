"""Numbers and days as a reader sees them."""

import doctest
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import words


def test_the_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(15447, 16901, "91.4 %"), (0, 12, "0.0 %"), (12, 12, "100.0 %"), (9999, 10000, "99.9 %"), (1, 9999, "0.1 %"),
     (None, 3, "—"), (3, None, "—"), (0, 0, "—"), (1, 80, "1.3 %"), (3, 80, "3.8 %"), (9, 80, "11.3 %"),
     (0.9255, 1, "92.6 %"), (10, 1, "1,000.0 %")],
)  # fmt: skip
def test_percent(numerator: float | None, denominator: float | None, shown: str) -> None:
    assert words.percent(numerator, denominator) == shown


def test_text_is_safe_in_html_and_in_template_strings() -> None:
    assert words.esc("<b>${x}`\\") == "&#60;b&#62;&#36;&#123;x&#125;&#96;&#92;"


def test_days_in_both_languages() -> None:
    assert words.day(date(2020, 12, 31), "zh") == "2020年12月31日"
    assert words.day(date(2020, 12, 31), "en") == "31 Dec 2020"
    assert words.day(None, "zh") == "—"


@given(st.integers(1, 3000).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))))
def test_a_share_is_rounded_half_up_whatever_the_numbers(pair: tuple[int, int]) -> None:
    n, d = pair
    exact = (Decimal(100 * n) / Decimal(d)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    bounded = max(min(exact, Decimal("99.9")), Decimal("0.1")) if 0 < n < d else exact
    assert words.percent(n, d) == words.percent(float(n), float(d)) == f"{bounded} %"


def test_changes_are_rounded_half_up_on_both_sides() -> None:
    assert [words.points(x) for x in (0.0125, -0.0125, 0.0003, -0.0003, 0.4 - 0.3975)] == [
        "+1.3", "−1.3", "±0.0", "±0.0", "+0.3",
    ]  # fmt: skip
