"""The attacker's own arithmetic, beside a count of every table there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attack.bounds import ContradictionError, Table, ranges


def every_table(wholes: list[int], parts: list[list[int]], low: list[int], high: list[int]) -> list[tuple[int, ...]]:
    spans = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
    return [
        cells for cells in itertools.product(*spans)
        if all(cells[w] == sum(cells[p] for p in own) for w, own in zip(wholes, parts, strict=True))
    ]  # fmt: skip


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_ends_are_those_of_all_tables(data: st.DataObject) -> None:
    """Rows that cross, as areas and periods do; every table is counted."""
    many = data.draw(st.integers(3, 6))
    wholes, parts = [], []
    for _ in range(data.draw(st.integers(1, 3))):
        own = data.draw(st.lists(st.integers(0, many - 1), min_size=3, max_size=4, unique=True))
        wholes.append(own[0])
        parts.append(own[1:])
    low = [data.draw(st.integers(0, 2)) for _ in range(many)]
    high = [a + data.draw(st.integers(0, 3)) for a in low]
    table = Table(many)
    table.know(np.arange(many), np.array(low, float), np.array(high, float))
    for whole, own in zip(wholes, parts, strict=True):
        table.totals(np.array([whole]), np.array([own]))
    every = every_table(wholes, parts, low, high)
    if not every:
        with pytest.raises(ContradictionError):
            ranges(table, range(many))
        return
    found = ranges(table, range(many))
    for cell in range(many):
        values = [one[cell] for one in every]
        assert (found[cell].least, found[cell].most) == (min(values), max(values))
        assert found[cell].floor <= min(values) and (found[cell].top is None or found[cell].top >= max(values))


def test_what_has_no_limit_is_wide() -> None:
    table = Table(3)
    table.know(np.array([1]), np.array([3.0]), np.array([3.0]))
    table.totals(np.array([0]), np.array([[1, 2]]))  # 0 = 3 + something
    found = ranges(table, [0, 2])
    assert found[0].least == 3 and found[0].most > 1000 and found[0].top is None and found[2].least == 0


def test_a_part_is_no_more_than_its_whole() -> None:
    table = Table(2)
    table.know(np.array([0]), np.array([4.0]), np.array([4.0]))
    table.totals(np.array([0]), np.array([[1]]), is_equal=False)
    assert (ranges(table, [1])[1].least, ranges(table, [1])[1].most) == (0, 4)
