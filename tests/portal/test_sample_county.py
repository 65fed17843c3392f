"""Numbers of the pages on the sample county, each counted by hand from its ledgers."""

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from portal import disputes, reach, reads, snapshot, visits
from portal.identity import Viewer
from tests.support.hand_count import Sample

LEADER = Viewer("leader", "422825", "internal")
pytestmark = pytest.mark.usefixtures("county_settings")


TOWN = "422825100"


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()


@pytest.fixture(scope="module")
def hand(sample_dir: Path) -> Sample:
    return Sample(sample_dir)


@pytest.mark.parametrize(
    ("community", "kind", "item", "walk_m", "out"),
    [
        ("柚乡苑社区", "创业就业空间", "work_space", 500, 234),
        ("长兴社区", "生活超市", "shop", 500, 193),
        ("酉水情社区", "便民服务中心", "service_centre", 300, 52),
        ("酉水情社区", "便民服务中心", "service_centre", 500, 0),
    ],
)
def test_households_out_of_reach(hand: Sample, community: str, kind: str, item: str, walk_m: int, out: int) -> None:
    found = next(one for one in reach.reaches(LEADER, limit_m=walk_m) if one.area.name == community)
    shown = found.out[item]
    assert (shown.numerator, shown.denominator) == hand.out_of_reach(community, kind, walk_m)
    assert shown.numerator == out


def course(period: str) -> disputes.Course:
    found = disputes.course(LEADER, period, "422825")
    assert found is not None
    return found


def test_days_to_resolution(hand: Sample) -> None:
    took, days = course("2020").took, hand.days_to_resolution()
    assert took is not None and took.settled == len(days)
    # The last day of the first half, and of the first nine tenths.
    assert (took.half, took.nine_tenths) == (days[math.ceil(len(days) / 2) - 1], days[math.ceil(len(days) * 0.9) - 1])
    assert (took.half, took.nine_tenths) == (18, 41)


@pytest.mark.parametrize(("period", "on"), [("2020", date(2020, 12, 31)), ("2020-06", date(2020, 6, 30))])
def test_the_open_ones_by_age(hand: Sample, period: str, on: date) -> None:
    days = hand.days_open(on)
    bands = [sum(low <= n <= high for n in days) for low, high in ((0, 7), (8, 15), (16, 30), (31, 60), (61, 9999))]
    assert course(period).ages == bands and sum(bands) > 0


def test_steps_aside_and_answers(hand: Sample) -> None:
    found = course("2020")
    assert (found.ops["escalate"], found.ops["urge"], found.ops["reopen"]) == (
        hand.with_step("上报"), hand.with_step("督办"), hand.with_step("重开"))  # fmt: skip
    assert found.ops["escalate"] == 19
    assert [found.answers[a] for a in ("satisfied", "fairly", "dissatisfied")] == [
        hand.answers("满意"), hand.answers("基本满意"), hand.answers("不满意")]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [("D02", "邻里"), ("D12", "医疗"), ("D15", "易迁安置")])
def test_type_by_area(hand: Sample, kind: str, name: str) -> None:
    found = disputes.matrix(LEADER, "2020", "422825", reads.below(LEADER, "422825", "township"))
    assert found is not None
    assert found.whole is not None
    # Too few are unresolved to say of which kinds they are; of the township no kinds are told, so near is the county.
    assert TOWN not in found.rows
    cell = found.whole.kinds.get(kind, reads.Measure(None, 0))
    assert (cell.numerator, cell.denominator) == (None, hand.of_type("", name)[1])
    worker = Viewer("community_lead", "422825", "households")
    exact = disputes.matrix(worker, "2020", "422825", reads.below(worker, "422825", "township"))
    assert exact is not None
    cell = exact.rows[TOWN].kinds.get(kind, reads.Measure(0, 0))
    assert (cell.numerator, cell.denominator) == hand.of_type(TOWN, name)


@pytest.mark.parametrize("place", ["422825", TOWN, "422825100001001"])
def test_what_calls_found(hand: Sample, place: str) -> None:
    found = visits.calls(LEADER, "2020", place)
    assert found is not None
    assert found.results == {result: hand.calls(result, place) for result in ("met", "absent", "refused", "vacant")}


def test_calls_of_a_day(hand: Sample) -> None:
    days = visits.calendar(LEADER, "2020", "422825").set_index("day")["calls"]
    for on in (date(2020, 3, 2), date(2020, 12, 28)):
        assert days[str(on)] == hand.calls_on(on) > 0
    assert len(days) == 366 and days.sum() == 33553


def test_households_met_lately(hand: Sample) -> None:
    found = visits.recency(LEADER, TOWN)
    assert found is not None
    assert (found.lately.numerator, found.lately.denominator) == hand.met_within(90, TOWN) == (5338, 16901)
    assert found.year["met"] == hand.visited(TOWN)[0]


@pytest.mark.parametrize(
    "period", ["2020", "2020-Q3", "2020-05", "ytd:2020-12-31", "last30:2020-12-31", "todate:2020-12-31"]
)
def test_counts_of_visits_are_those_of_the_indicators(period: str) -> None:
    worker = Viewer("community_lead", "422825", "households")
    for area in reads.below(worker, "422825", "grid")[:6] + reads.below(worker, "422825", "township"):
        found = visits.calls(worker, period, area.code)
        met, sound, located = (
            reads.measure(worker, code, period, area.code) for code in ("VIS-06", "VIS-04", "VIS-05")
        )
        if found is None:
            assert met.part == "unknown"
            continue
        assert (found.met, found.sound, found.located) == (met, sound, located)
        rows = visits.due(worker, period, area.code)
        due = rows.kinds.values() if rows else ()
        paid = reads.measure(worker, "VIS-03", period, area.code)
        assert sum(m.numerator or 0 for m in due) == (paid.numerator or 0)
        assert sum(m.denominator or 0 for m in due) == (paid.denominator or 0)
