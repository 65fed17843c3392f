"""Exact numbers of releases: no two of them differ by a little, and no sum of them tells what is held back."""

import random
from collections.abc import Iterator

import pytest

from geo.coarse import coarse
from geo.release import Number, held

K = 5
MONTHS = [f"2020-{month:02}" for month in range(1, 13)]
QUARTERS = {f"2020-Q{q}": MONTHS[3 * q - 3 : 3 * q] for q in range(1, 5)}


def test_rounding_leaves_every_count_and_change_a_range_of_five() -> None:
    shown = {count: coarse(count) for count in range(1000)}
    for here in sorted(set(shown.values()))[1:-1]:
        assert sum(other == here for other in shown.values()) == K
    # Between two looks: whatever is shown before and after, the change can be five different ones or more.
    for before in range(8, 60):
        for after in range(8, 60):
            befores = [n for n in shown if shown[n] == shown[before]]
            changes = {there - here for here in befores for there in shown if shown[there] == shown[after]}
            assert len(changes) >= K


def _whole(months: dict[str, Number]) -> dict[str, Number]:
    """Months with their quarters and year, as sums."""
    found = dict(months)
    for text, inside in {**QUARTERS, "2020": MONTHS}.items():
        pairs = [months[month] for month in inside if month in months]
        if pairs:
            found[text] = (sum(n for n, _ in pairs), sum(d or 0 for _, d in pairs))
    return found


def _county(rng: random.Random, releases: int) -> Iterator[dict[str, Number]]:
    """A county's cases: months begin one after the other; cases come in late, are closed, and are taken back."""
    months: dict[str, list[int]] = {}
    for number in range(releases):
        for month in MONTHS[: 1 + number * 12 // releases]:
            n, rest = months.setdefault(month, [0, 0])
            come = rng.choice((0, 0, 0, 1, 2, 3, 9)) if month in list(months)[-2:] else rng.choice((0, 0, 0, 0, 1))
            closed = min(rest + come, rng.choice((0, 0, 1, 2, 5)))
            back = min(rest + come - closed, rng.choice((0, 0, 0, 0, 0, 1, 4)))
            months[month] = [n + closed, rest + come - closed - back]
        yield _whole({month: (float(n), float(n + rest)) for month, (n, rest) in months.items()})


def _three(number: Number | None) -> tuple[float, float, float]:
    n, d = number or (0.0, 0.0)
    return n, d or 0.0, (d or 0.0) - n


def _released(truths: Iterator[dict[str, Number]], k: int) -> Iterator[tuple[dict[str, Number], dict[str, Number]]]:
    last: dict[str, Number] | None = None
    earlier: dict[str, list[Number]] = {}
    for now in truths:
        last = held(now, last, earlier, k)
        for period, number in last.items():
            earlier.setdefault(period, []).append(number)
        yield now, last


def _check(seed: int, releases: int) -> tuple[int, int]:
    """Every pair of releases of one county; returns how many numbers moved, and how many were held back."""
    made = list(_released(_county(random.Random(seed), releases), K))
    moved = back = 0
    for at, (now, shown) in enumerate(made):
        assert all(n <= (d or 0) for n, d in shown.values())
        # The quarters and the year tell nothing that the months do not.
        assert (
            _whole({month: shown.get(month, (0.0, 0.0)) for month in MONTHS if month in now}).items() >= shown.items()
        )
        for earlier_truth, earlier in made[:at]:
            for period in {*shown, *earlier}:
                here, there = _three(shown.get(period)), _three(earlier.get(period))
                if any(0 < number < K for number in (*here, *there)):
                    continue  # small, so not shown at all
                for one, other in zip(here, there, strict=True):
                    assert one == other or abs(one - other) >= K, (seed, at, period, one, other)
            assert earlier_truth is not now
        if at:
            last = made[at - 1][1]
            for period in now:
                for true, one, before in zip(
                    *map(_three, (now[period], shown.get(period), last.get(period))), strict=True
                ):
                    moved += one != before
                    back += one == before != true
                    if one != before:
                        assert abs(true - before) >= K
    return moved, back


@pytest.mark.parametrize("seed", range(12))
def test_of_five_releases_no_two_differ_by_a_little(seed: int) -> None:
    _check(seed, 5)


def test_of_releases_day_by_day_no_two_differ_by_a_little() -> None:
    moved, back = _check(1, 30)
    assert moved > 50 and back > 200


@pytest.mark.soak
def test_of_fifty_releases_no_two_differ_by_a_little() -> None:
    found = [_check(seed, 50) for seed in range(200)]
    moved, back = (sum(counts) for counts in zip(*found, strict=True))
    print(f"D8: 200 counties of 50 releases, {moved:,} numbers moved, {back:,} held back, 0 differ by 1 … {K - 1}")


def test_numbers_that_do_not_add_up_over_months_are_held_one_by_one() -> None:
    last: dict[str, Number] = {"2020-01": (20.0, 60.0), "2020-02": (30.0, 60.0), "2020-Q1": (40.0, 60.0)}
    now: dict[str, Number] = {"2020-01": (21.0, 60.0), "2020-02": (36.0, 60.0), "2020-Q1": (47.0, 60.0)}
    assert held(now, last, {}, K) == {"2020-01": (20.0, 60.0), "2020-02": (36.0, 60.0), "2020-Q1": (47.0, 60.0)}


def test_months_and_their_quarter_do_not_tell_what_is_held_back() -> None:
    # One case more in January, nine in March: the quarter says nine, or January would follow.
    last = _whole({"2020-01": (20.0, 30.0), "2020-02": (20.0, 30.0), "2020-03": (10.0, 20.0)})
    now = _whole({"2020-01": (21.0, 31.0), "2020-02": (20.0, 30.0), "2020-03": (19.0, 29.0)})
    shown = held(now, last, {}, K)
    assert (shown["2020-01"], shown["2020-03"], shown["2020-Q1"]) == ((20.0, 30.0), (19.0, 29.0), (59.0, 89.0))


def test_what_was_shown_long_ago_counts_too() -> None:
    earlier: dict[str, list[Number]] = {"2020": [(100.0, 200.0), (110.0, 210.0)]}
    assert held({"2020": (102.0, 202.0)}, {"2020": (110.0, 210.0)}, earlier, K) == {"2020": (100.0, 200.0)}


def test_of_things_nothing_is_held_back_and_a_first_release_is_exact() -> None:
    assert held({"2020": (31.0, 40.0)}, {"2020": (30.0, 40.0)}, {}, 0) == {"2020": (31.0, 40.0)}
    assert held({"2020": (3.0, 278.0)}, None, {}, K) == {"2020": (3.0, 278.0)}
    assert held({"2020": (7.0, None)}, {"2020": (6.0, None)}, {}, K) == {"2020": (6.0, None)}
