"""The attacker at what is served today: hidden numbers of tables by kind keep a range of 10, here and elsewhere."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from portal import snapshot
from portal.identity import Viewer
from tests.attack import served
from tests.attack.answers import HIDDEN, Served
from tests.attack.judge import SENSITIVE, findings, small_differences
from tests.attack.made_splits import SENSITIVE_KIND, made, served_of

LEADER = Viewer("leader", "422825", "internal")


@pytest.fixture
def _read_anew(county_settings: None) -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()


def attacked(found: Served, kind: str) -> tuple[int, int]:
    """How many rows are split and how many of their numbers hidden; fails where one can be told."""
    hidden = sum(value == HIDDEN for value in found.cells.values())
    told = [*findings(found, SENSITIVE), *small_differences(found, [kind], SENSITIVE)]
    assert not told, "\n".join(map(str, told[:20]))
    return sum(label.kind == kind and label.count.endswith(" d") for label in found.cells), hidden


@pytest.mark.usefixtures("_read_anew")
@pytest.mark.parametrize(
    ("collect", "kind"), [(served.dispute_types, "D01"), (served.visits_due, "care")], ids=["disputes", "visits"]
)
def test_nothing_can_be_told_in_the_sample(collect: Callable[[Viewer], Served], kind: str) -> None:
    rows, hidden = attacked(collect(LEADER), kind)
    assert rows and hidden
    print(f"Attacker, {kind}: {rows} rows of kinds, {hidden} hidden numbers, 0 told")


@pytest.mark.parametrize("number", [3, 8, 17, 21, 47])
def test_nothing_can_be_told_in_a_small_county(number: int) -> None:
    attacked_at(number)


def attacked_at(number: int) -> tuple[int, int]:
    rng = np.random.default_rng(number)
    county = made(rng)
    return attacked(served_of(county, SENSITIVE, is_monthly=bool(rng.random() < 0.3)), SENSITIVE_KIND)


@pytest.mark.soak
def test_nothing_can_be_told_in_two_hundred() -> None:
    found = [attacked_at(number) for number in range(100, 300)]
    rows, hidden = (sum(column) for column in zip(*found, strict=True))
    assert rows > 1000 and hidden > 500
    print(f"D7: 200 small counties, {rows} rows of kinds, {hidden} hidden numbers, 0 told")
