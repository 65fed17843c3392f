"""The period to compare with: the one before, or another as long; it stands in the address and on every card."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_visits import words

Open = Callable[..., AppTest]


@pytest.mark.usefixtures("any_sample")
def test_changes_are_counted_from_the_period_chosen(open_page: Open) -> None:
    # A month holds month % 4 households in every grid: 3 x 6 in March and July, 6 in May.
    plain = words(open_page("overview", period="2020-07", level="grid"))
    assert "比上期" in plain and "比2020年5月" not in plain
    page = open_page("overview", period="2020-07", level="grid", vs="2020-05")
    text = words(page)
    assert "比2020年5月" in text and "比上期" not in text
    table = page.dataframe[0].value
    # 3 of 10 in July, 1 of 10 in May; the grid of five rises by 2 of 5, the smallest one has 2 at most.
    assert sorted(table["change"]) == ["+20.0", "+20.0", "+20.0", "+20.0", "+40.0", "+50.0"]
    assert page.selectbox(key="choose_vs").value == "2020-05"


def test_a_period_that_cannot_be_compared_counts_as_none(open_page: Open) -> None:
    page = open_page("overview", period="2020-07", vs="2020-Q4")
    assert "比上期" in words(page) and page.selectbox(key="choose_vs").value == ""
    assert not open_page("overview", period="todate:2020-12-31").exception
