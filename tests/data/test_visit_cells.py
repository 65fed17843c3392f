"""Counts of a month in one cell come out as they went in, and every result of a visit has its number."""

from datetime import date

import pandas as pd
import pytest

from data import terms
from data.visit_cells import WHATS, packed, unpacked


def counts(*rows: tuple[int, str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["area_id", "day", "what", "count"])
    return frame.assign(day=frame["day"].to_numpy().astype("datetime64[D]"))


def test_a_month_is_one_cell() -> None:
    given = counts((4, "2020-01-31", "met", 3), (4, "2020-02-01", "met", 1), (4, "2020-02-29", "refused", 70_000),
                   (9, "2020-02-29", "noted", 2))  # fmt: skip
    rows = packed(given)
    assert list(zip(rows["area_id"], rows["month_on"], strict=True)) == [
        (4, date(2020, 1, 1)), (4, date(2020, 2, 1)), (9, date(2020, 2, 1)),
    ]  # fmt: skip
    assert [len(cell) for cell in rows["cells"]] == [6, 12, 6]
    pd.testing.assert_frame_equal(unpacked(rows), given, check_dtype=False)


def test_nothing_is_no_row() -> None:
    assert packed(counts()).empty and unpacked(packed(counts())).empty


def test_every_result_of_a_visit_has_a_number_of_its_own() -> None:
    assert set(terms.VISIT_RESULTS) <= set(WHATS) and len(set(WHATS.values())) == len(WHATS)
    assert sorted(WHATS.values()) == list(range(1, len(WHATS) + 1))


def test_what_has_no_number_is_not_stored_as_something_else() -> None:
    with pytest.raises(KeyError):
        packed(counts((4, "2020-01-31", "dreamt", 3)))
