"""变化最大: the largest changes of a rate, known on both sides, better and worse told apart."""

from dataclasses import replace

import pytest

from data.registry import indicators
from portal import reads
from portal.choice import Choice
from portal.identity import Viewer
from portal.movers import movers
from portal.snapshot import held
from tests.portal.earlier import add_earlier
from tests.portal.tiny_county import COUNTY

LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")


@pytest.fixture
def earlier(tiny_store: str) -> None:
    add_earlier(tiny_store)


def found(viewer: Viewer, **changes: object) -> tuple[str, list[tuple[str, float, bool]]]:
    with held():
        view = Choice(reads.home(viewer), indicators()["VIS-01"], "2020", "grid", (), "zh", "2019")
        choice = replace(view, **changes)  # type: ignore[arg-type]
        period, moved = movers(viewer, choice, reads.below(viewer, COUNTY, "grid"))
    return period, [(one.area.code[-3:], round(one.step, 4), one.is_better) for one in moved]


@pytest.mark.usefixtures("earlier", "any_sample")
def test_a_year_without_one_before_is_held_against_itself_a_month_earlier() -> None:
    """By the end of November 33 of 47 were met: two fewer in the first grid, one in the fourth."""
    period, moved = found(LEADER)
    assert period == "ytd:2020-11-30"
    assert [step for _, step, _ in moved] == [0.2, 0.1] and all(better for *_, better in moved)


@pytest.mark.usefixtures("earlier")
def test_ten_households_are_too_few_to_have_moved_most() -> None:
    assert found(LEADER) == ("ytd:2020-11-30", [])


@pytest.mark.usefixtures("earlier")
def test_what_is_hidden_moves_nothing() -> None:
    assert found(SCREEN)[1] == []


@pytest.mark.usefixtures("tiny_store")
def test_without_an_earlier_period_there_is_none() -> None:
    assert found(LEADER, period="2020-03", compared="2019-03") == ("", [])
