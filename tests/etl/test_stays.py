"""The stays of a household after what ledgers say of it, in whatever order they are loaded."""

from datetime import date
from itertools import permutations

import pytest

from etl.stays import Stay, Stays, Word, begins_on, told

JAN, MAR, JUN, SEP, DEC = (date(2020, month, 20) for month in (1, 3, 6, 9, 12))
HERE = Stay(1, 11)


def word(building: int, day: date, moved_in: date | None = None, moved_out: date | None = None, *,
         dwelling: int | None = None, stated: bool = True, mended: bool = False) -> Word:  # fmt: skip
    return Word(building, dwelling, moved_in, moved_out, day, is_stated=stated, is_mended=mended)


def short(stays: Stays) -> list[tuple[int, date | None, date | None]]:
    return [(stay.building, stay.since, stay.until) for stay in stays]


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        # Without a day of moving in: on the day of the ledger; with one: on that.
        (HERE, word(2, JUN), [(1, None, JUN), (2, JUN, None)]),
        (HERE, word(2, JUN, MAR), [(1, None, MAR), (2, MAR, None)]),
        # Of a day after the ledger's, or no later than the stay before, nothing follows.
        (HERE, word(2, JUN, SEP), [(1, None, JUN), (2, JUN, None)]),
        (Stay(1, 11, MAR), word(2, JUN, MAR), [(1, MAR, JUN), (2, JUN, None)]),
        (Stay(1, 11, MAR), word(2, JUN, JAN), [(1, MAR, JUN), (2, JUN, None)]),
        # It had left before it came elsewhere; it came and left again.
        (Stay(1, 11, None, MAR), word(2, SEP, JUN), [(1, None, MAR), (2, JUN, None)]),
        (HERE, word(2, SEP, MAR, JUN), [(1, None, MAR), (2, MAR, JUN)]),
        (HERE, word(2, SEP, None, JUN), [(1, None, JUN)]),
        # Another dwelling is a stay of its own; an unknown one is none; leaving ends the stay.
        (HERE, word(1, JUN, dwelling=12), [(1, None, JUN), (1, JUN, None)]),
        (HERE, word(1, JUN), [(1, None, None)]),
        (HERE, word(1, JUN, None, MAR), [(1, None, MAR)]),
        # Back to the same place; leaving taken back.
        (Stay(1, 11, None, MAR), word(1, SEP, JUN), [(1, None, MAR), (1, JUN, None)]),
        (Stay(1, 11, None, MAR), word(1, SEP), [(1, None, None)]),
        # A ledger that gives no day says nothing of when it began; one that gives another corrects it.
        (Stay(1, 11, MAR), word(1, JUN), [(1, MAR, None)]),
        (Stay(1, 11, MAR), word(1, JUN, JAN), [(1, JAN, None)]),
        # Corrections: mended; of the same day; unless that ledger says when it moved.
        (Stay(1, 11, MAR), word(2, JUN, mended=True), [(2, MAR, None)]),
        (Stay(1, 11, MAR, None, JUN), word(2, JUN), [(2, MAR, None)]),
        (Stay(1, 11, MAR, None, JUN), word(2, JUN, SEP), [(2, SEP, None)]),
        (Stay(1, 11, JAN, None, JUN), word(2, JUN, MAR), [(1, JAN, MAR), (2, MAR, None)]),
        # A ledger that states no day is no correction: a month already reported does not change.
        (Stay(1, 11, None, None, JUN), word(2, JUN, stated=False), [(1, None, JUN), (2, JUN, None)]),
    ],
)  # fmt: skip
def test_a_word_makes_a_stay_or_mends_one(before: Stay, said: Word, after: list[tuple[int, date, date]]) -> None:
    assert short(told([before], said)) == after


def test_a_move_taken_back_on_the_day_it_was_said_leaves_one_stay() -> None:
    moved = told([HERE], word(2, JUN))
    assert short(told(moved, word(1, JUN))) == [(1, None, None)]


def test_a_day_of_moving_told_later_moves_the_border_of_both_stays() -> None:
    moved = told([HERE], word(2, JUN))
    assert short(told(moved, word(2, SEP, MAR))) == [(1, None, MAR), (2, MAR, None)]


@pytest.mark.parametrize(
    ("said", "after"),
    [
        # As it was known already.
        (word(1, MAR), [(1, None, JUN), (2, JUN, DEC), (3, DEC, None)]),
        (word(2, SEP), [(1, None, JUN), (2, JUN, DEC), (3, DEC, None)]),
        # Elsewhere: between what was said before and after.
        (word(4, MAR), [(1, None, MAR), (4, MAR, JUN), (2, JUN, DEC), (3, DEC, None)]),
        (word(4, SEP, date(2020, 8, 1)), [(1, None, JUN), (2, JUN, date(2020, 8, 1)), (4, date(2020, 8, 1), DEC),
                                          (3, DEC, None)]),
        # Where it went next, earlier than was known.
        (word(2, MAR), [(1, None, MAR), (2, MAR, DEC), (3, DEC, None)]),
        (word(3, SEP), [(1, None, JUN), (2, JUN, SEP), (3, SEP, None)]),
    ],
)  # fmt: skip
def test_an_older_ledger_loaded_late_says_where_it_lived_then(
    said: Word, after: list[tuple[int, date | None, date | None]]
) -> None:
    stays = told(told([Stay(1, None, None, None, JAN)], word(2, JUN)), word(3, DEC))
    assert short(told(stays, said)) == after


def test_a_ledger_older_than_the_first_comes_before_it() -> None:
    stays = (Stay(2, None, None, None, JUN),)
    assert short(told(stays, word(1, JAN))) == [(1, None, JUN), (2, JUN, None)]
    assert short(told((Stay(2, None, MAR, None, JUN),), word(1, JAN))) == [(1, None, MAR), (2, MAR, None)]
    # One that the later ledger contradicts.
    assert short(told((Stay(2, None, JAN, None, JUN),), word(1, MAR, JAN))) == [(2, JAN, None)]


def test_the_order_of_loading_does_not_matter() -> None:
    words = [word(2, MAR), word(4, JUN), word(3, SEP, date(2020, 9, 1))]
    found = set()
    for order in permutations(words):
        stays: Stays = (Stay(1, None, None, None, JAN),)
        for said in order:
            stays = told(stays, said)
        found.add(tuple(short(stays)))
    assert found == {((1, None, MAR), (2, MAR, JUN), (4, JUN, date(2020, 9, 1)), (3, date(2020, 9, 1), None))}


@pytest.mark.parametrize(
    ("said", "is_first", "since"),
    [
        (word(1, JUN), True, None),
        (word(1, JUN), False, JUN),
        (word(1, JUN, MAR), False, MAR),
        (word(1, JUN, mended=True), False, None),
        (word(1, JUN, None, MAR), False, None),
    ],
)
def test_where_the_first_stay_begins(said: Word, is_first: bool, since: date | None) -> None:
    assert begins_on(said, is_first=is_first) == since
