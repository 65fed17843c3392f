"""Small cells and the ones that would give them away."""

import pandas as pd

from geo.disclosure import hide_small


def cells(*rows):
    """Rows: (area_id, parent_id, numerator, denominator)."""
    return pd.DataFrame(rows, columns=["area_id", "parent_id", "numerator", "denominator"])


def hidden(frame, **options):
    return frame.loc[hide_small(frame, **options)["is_hidden"], "area_id"].tolist()


def test_a_small_cell_takes_the_smallest_other_one_with_it():
    assert hidden(cells((1, 9, 4, 50), (2, 9, 20, 60), (3, 9, 20, 30), (4, 9, 30, 90))) == [1, 3]


def test_small_denominators_count_too():
    assert hidden(cells((1, 9, 0, 4), (2, 9, 20, 60), (3, 9, 20, 30))) == [1, 3]


def test_two_small_cells_hide_one_another():
    assert hidden(cells((1, 9, 4, 50), (2, 9, 1, 60), (3, 9, 20, 30))) == [1, 2]


def test_zero_and_k_are_not_small():
    assert hidden(cells((1, 9, 0, 50), (2, 9, 5, 60), (3, 9, 20, 30))) == []


def test_an_empty_cell_goes_along_only_when_there_is_no_other():
    assert hidden(cells((1, 9, 2, 50), (2, 9, 0, 0), (3, 9, 20, 30))) == [1, 3]
    assert hidden(cells((1, 9, 2, 50), (2, 9, 0, 0))) == [1, 2]


def test_groups_are_apart_by_parent_period_and_indicator():
    frame = pd.concat(
        [
            cells((1, 9, 2, 50), (2, 9, 20, 60), (3, 8, 20, 60), (4, 8, 20, 60)).assign(period="2020"),
            cells((1, 9, 20, 50), (2, 9, 20, 60)).assign(period="2020-12"),
        ],
        ignore_index=True,
    )
    assert hide_small(frame)["is_hidden"].tolist() == [True, True, False, False, False, False]


def test_a_lone_child_hides_its_equal_parent_and_then_a_sibling_of_that():
    frame = cells((1, 10, 3, 50), (10, 100, 3, 50), (11, 100, 30, 60), (12, 100, 40, 80), (100, None, 73, 190))
    assert hidden(frame) == [1, 10, 11]


def test_a_row_hidden_as_a_companion_is_not_given_away_by_its_children():
    frame = cells(
        (10, 100, 3, 50), (11, 100, 30, 60), (12, 100, 40, 80), (100, None, 73, 190),
        (1, 11, 20, 40), (2, 11, 10, 20), (3, 12, 30, 50), (4, 12, 10, 30),
    )  # fmt: skip
    # 11 goes with 10; of its children one is enough, for their sum is not shown.
    assert hidden(frame) == [10, 11, 2]


def test_no_hidden_number_can_be_had_by_subtraction():
    frame = cells(
        (100, None, 61, 200), (10, 100, 6, 40), (11, 100, 25, 60), (12, 100, 30, 100),
        (1, 10, 2, 10), (2, 10, 4, 30), (3, 11, 25, 60), (4, 12, 3, 20), (5, 12, 27, 50), (6, 12, 0, 30),
    )  # fmt: skip
    is_hidden = dict(zip(frame["area_id"], hide_small(frame)["is_hidden"], strict=True))
    for area, children in {100: (10, 11, 12), 10: (1, 2), 11: (3,), 12: (4, 5, 6)}.items():
        # One unknown in a sum with everything else shown is no secret.
        assert sum(is_hidden[one] for one in (area, *children)) != 1


def test_hidden_numbers_are_missing_and_the_argument_is_left_alone():
    frame = cells((1, 9, 4, 50), (2, 9, 20, 60), (3, 9, 20, 30))
    before = frame.copy()
    shown = hide_small(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert shown["numerator"].tolist() == [pd.NA, 20, pd.NA]
    assert shown["denominator"].tolist() == [pd.NA, 60, pd.NA]
    assert shown["numerator"].dtype == "Int64"


def test_a_value_that_was_missing_already_is_missing_and_not_hidden():
    frame = cells((1, 9, 10, 50), (2, 9, None, None))
    shown = hide_small(frame)
    assert shown["is_hidden"].tolist() == [False, False]
    assert shown["numerator"].isna().tolist() == [False, True]


def test_another_threshold():
    assert hidden(cells((1, 9, 8, 50), (2, 9, 20, 60)), k=10) == [1, 2]


def test_no_rows():
    assert hide_small(cells())["is_hidden"].tolist() == []
