"""What is quick for the many usual cells says the same as what is slow and says it for all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.cells import CLEANERS, BadCell
from etl.clean import _is_usual, _plain_cells, _spelled, is_no_data
from etl.extract import _filled, _shared
from etl.sources import Column, sources
from etl.totals import total_word

VISIT = sources()["visit"].columns
NUMBER, DECIMAL = VISIT["visit_no"], VISIT["source_lon"]
TEXTS = st.text(st.sampled_from("0123456789aAeEvVxX.-+_ 'nif１Ａ"), min_size=1, max_size=40)
TITLES = {"走访编号", "户编号", "走访日期"}
CELLS = st.sampled_from(
    [
        None,
        "H1",
        "V2",
        "合计",
        "小计:",
        "总计",
        "计生办",
        "走访编号",
        " 户编号",
        "走访日期",
        "注:截至月底",
        "2020-01-01",
        3,
        2.5,
    ]
)


def cleaned(cell: str, column: Column) -> Any:
    try:
        return CLEANERS[column.type](cell, column)
    except BadCell as bad:
        return bad.code


@pytest.mark.parametrize("column", [NUMBER, DECIMAL], ids=["number_id", "number"])
@given(texts=st.sets(TEXTS, min_size=1, max_size=5))
def test_cells_cleaned_at_one_go_are_those_cleaned_one_by_one(column: Column, texts: set[str]) -> None:
    found = _plain_cells(texts, column)
    if found is not None:
        assert found == {text: cleaned(text, column) for text in texts}


def test_numbers_that_have_lost_their_end_are_never_taken_at_one_go() -> None:
    for text in ("1e5", "1E23", "12e3"):
        assert _plain_cells({"V1", text}, NUMBER) is None
    assert _plain_cells({"nan"}, DECIMAL) is None and _plain_cells({"1e13"}, DECIMAL) is None
    assert _plain_cells({"109.5", "-30"}, DECIMAL) == {"109.5": 109.5, "-30": -30.0}


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_a_row_that_is_usual_at_a_glance_is_one_of_data(row: list[Any]) -> None:
    if _is_usual(row, TITLES):
        assert not is_no_data(row, TITLES) and total_word(row) is None


def test_equal_values_of_different_types_are_spelled_differently() -> None:
    assert _spelled("n", [1, True, 1.0, None]) == ["\x1fn=1", "\x1fn=True", "\x1fn=1.0", ""]
    assert _spelled("n", ["a"] * 5) == _spelled("n", ["a", "b", "c", "d", "e"])[:1] * 5


@given(st.lists(st.lists(st.sampled_from(["", " ", "\u3000", "a", "b", "c d"]), max_size=3), max_size=8))
def test_cells_of_a_text_are_the_same_whether_they_are_shared_or_not(rows: list[list[str]]) -> None:
    assert _shared(rows, {"a": "a"}) == [[_filled(cell) for cell in row] for row in rows]
