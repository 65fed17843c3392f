"""Type by area, and type by area by period: nothing can be worked out from the margins of one and the other."""

import itertools

import numpy as np
import pytest

from geo.disclosure import is_small
from geo.disclosure_audit import determined, intervals, total_of
from geo.linked_sums import hide_linked
from tests.geo.attacker import check_nothing_told


def crossed(*shape):
    """A table with totals in every direction: the place of each cell (0 is the total of a direction), and its sums."""
    place = {at: i for i, at in enumerate(itertools.product(*(range(many + 1) for many in shape)))}
    sums = []
    for axis, many in enumerate(shape):
        for at in place:
            if at[axis] == 0:
                parts = [place[(*at[:axis], part, *at[axis + 1 :])] for part in range(1, many + 1)]
                sums.append(total_of(place[at], parts))
    return place, sums


def filled(rng, *shape, top=12):
    """Random numerators and denominators of a crossed table, totals included."""
    counts = []
    denominator = rng.integers(0, top, shape)
    for inner in (rng.binomial(denominator, 0.6), denominator):
        full = inner
        for axis in range(len(shape)):
            full = np.concatenate([full.sum(axis=axis, keepdims=True), full], axis=axis)
        counts.append(full.ravel().astype(float))
    return counts


def attack(seed, *shape, k=5):
    place, sums = crossed(*shape)
    n, d = filled(np.random.default_rng(seed), *shape, top=4 + seed % 30)
    hidden = hide_linked(n, d, sums, k)
    small = is_small(n, d, k)
    assert not (small & ~hidden).any()
    whole = [counts.astype(int) for counts in (n, d, d - n)]
    return check_nothing_told(sums, np.flatnonzero(hidden).tolist(), whole, np.flatnonzero(small), k), len(place)


def test_a_small_cell_of_type_by_area_takes_a_rectangle():
    place, sums = crossed(3, 3)
    inner = np.full((3, 3), 20)
    inner[0, 0] = 3
    full = np.pad(inner, ((1, 0), (1, 0)))
    full[0, :], full[:, 0] = full[1:].sum(axis=0), full[:, 1:].sum(axis=1)
    full[0, 0] = inner.sum()
    n, d = full.ravel().astype(float), 2.0 * full.ravel()
    hidden = hide_linked(n, d, sums)
    # Hiding one more in its row and one more in its column is not enough: the fourth corner is needed.
    assert hidden.sum() == 4
    rows, columns = zip(*(at for at, i in place.items() if hidden[i]), strict=True)
    assert len(set(rows)) == len(set(columns)) == 2


def test_a_cell_that_no_single_sum_betrays_is_found_by_the_attacker():
    # Every row and column has two hidden cells or none, and yet rows 1 + 2 less columns 1 + 2 leave the cell (2, 3).
    place, sums = crossed(4, 4)
    hidden = [place[at] for at in ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (3, 4), (4, 3), (4, 4))]
    assert all(len(set(one) & set(hidden)) != 1 for one in sums)
    assert determined(sums, hidden) == {place[2, 3]}


def test_such_a_cell_is_not_left_told():
    _, sums = crossed(4, 4)
    small = {(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (3, 4), (4, 3), (4, 4)}
    inner = np.array([[3 if (i, j) in small else 20 for j in range(1, 5)] for i in range(1, 5)])
    full = np.pad(inner, ((1, 0), (1, 0)))
    full[0, 1:], full[1:, 0], full[0, 0] = inner.sum(axis=0), inner.sum(axis=1), inner.sum()
    n, d = full.ravel().astype(float), 3.0 * full.ravel()
    hidden = hide_linked(n, d, sums)
    assert hidden.sum() > len(small)
    assert determined(sums, np.flatnonzero(hidden).tolist()) == set()


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_told_of_type_by_area(seed):
    attack(seed, 4, 3)


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_told_of_type_by_area_by_month(seed):
    attack(seed, 3, 2, 3)


@pytest.mark.soak
def test_nothing_is_told_in_500_tables():
    attacked, cells = zip(*(attack(seed, 4, 4) for seed in range(500)), strict=True)
    assert sum(attacked) > 0.1 * sum(cells)
    print(f"D2: 500 tables, {sum(cells)} cells, {sum(attacked)} of them hidden and attacked, 0 determined")


def test_the_attacker_finds_the_ends_that_trying_everything_finds():
    rng = np.random.default_rng(7)
    for _ in range(40):
        place, sums = crossed(2, 3)
        n, _ = filled(rng, 2, 3, top=3)
        values = n.astype(int).tolist()
        inner = [i for at, i in place.items() if 0 not in at]
        hidden = [i for i in inner if rng.random() < 0.6]
        fits = []
        for guess in itertools.product(range(max(values) + 1), repeat=len(hidden)):
            tried = values.copy()
            for cell, value in zip(hidden, guess, strict=True):
                tried[cell] = value
            if all(sum(factor * tried[cell] for cell, factor in one.items()) == 0 for one in sums):
                fits.append(guess)
        ends = [(min(one), max(one)) for one in zip(*fits, strict=True)]
        found = intervals(sums, hidden, values)
        assert [found[cell] for cell in hidden] == ends
