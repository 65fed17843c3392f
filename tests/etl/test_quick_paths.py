"""What is quick for the many usual cells says the same as what is slow and says it for all."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.cells import CLEANERS, BadCell
from etl.clean import _is_usual, _plain_cells, _spelled, clean_ledger, is_no_data
from etl.columns import MANY, Block, beside, by_column, coded, column_of, joined, width_of
from etl.extract import RawSheet, _filled, _read_quoted, read_plain
from etl.files import InputFile
from etl.headings import Layout
from etl.sources import Column, sources
from etl.totals import total_word

VISIT = sources()["visit"].columns
NUMBER, DECIMAL = VISIT["visit_no"], VISIT["source_lon"]
TEXTS = st.text(st.sampled_from("0123456789aAeEvVxX.-+_ 'nif１Ａ"), min_size=1, max_size=40)
FILE = InputFile(Path("走访.csv"), "0" * 64, 1)
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


def cleaned(cell: Any, column: Column) -> Any:
    try:
        return CLEANERS[column.type](cell, column)
    except BadCell as bad:
        return bad.code


@pytest.mark.parametrize("column", [NUMBER, DECIMAL], ids=["number_id", "number"])
@given(texts=st.lists(st.none() | TEXTS, max_size=5) | st.lists(st.none() | st.integers() | st.floats(), max_size=5))
def test_cells_cleaned_at_one_go_are_those_cleaned_one_by_one(column: Column, texts: list[Any]) -> None:
    found = _plain_cells(texts, column)
    if found is not None:
        assert found == [text if text is None else cleaned(text, column) for text in texts]


def test_numbers_that_have_lost_their_end_are_never_taken_at_one_go() -> None:
    for text in ("1e5", "1E23", "12e3"):
        assert _plain_cells(["V1", text], NUMBER) is None
    assert _plain_cells(["nan"], DECIMAL) is None and _plain_cells(["1e13"], DECIMAL) is None
    assert _plain_cells(["109.5", None, "-30"], DECIMAL) == [109.5, None, -30.0]


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_a_row_that_is_usual_at_a_glance_is_one_of_data(row: list[Any]) -> None:
    if _is_usual(row, TITLES):
        assert not is_no_data(row, TITLES) and total_word(row) is None


def test_equal_values_of_different_types_are_spelled_differently() -> None:
    assert _spelled("n", [1, True, 1.0, None]) == ["\x1fn=1", "\x1fn=True", "\x1fn=1.0", ""]


ROWS = st.lists(st.lists(CELLS | st.sampled_from([1, 1.0, True]), min_size=4, max_size=4), min_size=1, max_size=12)


@given(ROWS)
def test_rows_kept_by_column_are_the_rows(rows: list[list[Any]]) -> None:
    block = Block([coded(column) for column in zip(*rows, strict=True)])
    for found in (list(block), block[:], [block[n] for n in range(len(rows))], pickle.loads(pickle.dumps(block))[:]):
        assert found == rows and [list(map(type, row)) for row in found] == [list(map(type, row)) for row in rows]
    assert block[1:3] == rows[1:3] and width_of(block) == width_of(rows)
    made = [coded(["x"] * len(rows))]
    assert list(beside(block, 6, made)) == beside(rows, 6, made) == [[*row, None, None, "x"] for row in rows]
    for position in (0, 3, 9):
        assert column_of(block, position).cells().tolist() == column_of(rows, position).cells().tolist()


@given(ROWS)
def test_a_ledger_is_the_same_whether_kept_by_row_or_by_column(rows: list[list[Any]]) -> None:
    layout = Layout(sources()["visit"], {"visit_no": 0, "household_no": 1, "visited_on": 2, "visit_result": 3},
                    ["走访编号", "户编号", "走访日期", "走访结果"], 1, [0])  # fmt: skip
    rows = [list(layout.headings), *rows]
    block = Block([coded(column) for column in zip(*rows, strict=True)])
    by_row, by_column = (
        clean_ledger(layout.source, [(FILE, RawSheet("", kept, range(1, 1 + len(rows))), layout)])
        for kept in (rows, block)
    )
    assert by_row.frame.equals(by_column.frame) and by_row.reasons == by_column.reasons
    assert list(by_row.row_of) == list(by_column.row_of) and by_row.sheets == by_column.sheets
    assert [by_row.kept_cells(row) for row in by_row.reasons] == [by_column.kept_cells(row) for row in by_row.reasons]


WORDS = st.text(st.sampled_from("a1 \u3000\x1c\x85,栋\u200b"), max_size=4)


@given(st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_a_text_without_quotes_is_the_same_by_either_reader(lines: list[list[str]], end: str) -> None:
    text = end.join("\t".join(line) for line in lines) + end
    plain, (rows, numbers) = read_plain(text, "\t", least=0), _read_quoted(text, "\t")
    if plain is not None:
        # Lines without anything behind the last one are no rows to either.
        assert list(plain) == by_column(rows, _filled)[: len(plain)] and not any(map("".join, rows[len(plain) :]))
        assert numbers[: len(plain)] == list(range(1, len(plain) + 1))


def test_what_the_plain_reader_cannot_tell_goes_to_the_other_one() -> None:
    assert read_plain('a,"b"\n', ",", least=0) is None and read_plain("a,b\r1,2\n", ",", least=0) is None
    assert read_plain("a,b\n1,2,3\n", ",", least=0) is None and read_plain("a,b\n1\n", ",", least=0) is None
    assert read_plain("a,b\n\n1,2\n", ",", least=0)[:] == [["a", "b"], [None, None], ["1", "2"]]  # type: ignore[index]
    assert read_plain("a,b\n1,\n", ",", least=0)[:] == [["a", "b"], ["1", None]]  # type: ignore[index]
    assert read_plain("a,b\n1,\n", ",") is None
    # A line of commas alone would take a minute by Arrow.
    assert read_plain("," * 2_000_000, ",") is None


def test_values_that_no_row_has_are_let_go() -> None:
    column = coded(["title", "a", "b", "a"])
    assert column.take(np.array([1, 3])).values == ["a"]
    assert joined([column, coded(["c", "a"])]).cells().tolist() == ["title", "a", "b", "a", "c", "a"]


def test_many_rows_of_one_width_are_kept_by_column_and_say_the_same() -> None:
    rows = [["V1", "  ", 1], ["V2", "", True], ["V3", "x", 1.0]] * (MANY // 3 + 1)
    block = by_column(rows, _filled)
    assert isinstance(block, Block) and not isinstance(by_column(rows[:9], _filled), Block)
    assert block[:3] == by_column(rows[:3], _filled) == [["V1", None, 1], ["V2", None, True], ["V3", "x", 1.0]]
    assert [type(row[2]) for row in block[:3]] == [int, bool, float]
    assert by_column([*rows, ["short"]], _filled)[-1] == ["short"]
