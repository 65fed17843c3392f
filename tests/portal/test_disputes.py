"""The course of disputes on the tiny county: 9 accepted in 2020, 7 of them resolved, D-4 and D-8 open."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, text

from data import schema
from data.store import open_store, writing
from geo.case_times import Spread
from portal import disputes, reads, snapshot
from portal.identity import NotAllowedError, Viewer
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN

LEADER = Viewer("leader", COUNTY, "internal")
PUBLIC = Viewer("leader", COUNTY, "public")
LEAD = Viewer("community_lead", COMMUNITIES[0], "households")
Log = Callable[..., None]


@pytest.fixture
def log(tiny_store: str) -> Log:
    """log(case, (day, op, lifecycle), …): the steps of a case."""

    def write(case_id: int, *steps: tuple[date, str, str]) -> None:
        engine = open_store(tiny_store)
        with writing(engine) as conn:
            conn.execute(insert(schema.case_step), [
                {"case_id": case_id, "step_seq": n, "step_on": on, "step_op": op, "lifecycle_after": after,
                 "handler_unit": "兴隆社区 0718123456", "batch_id": 1, "is_void": False}
                for n, (on, op, after) in enumerate(steps, 1)])  # fmt: skip
        engine.dispose()
        snapshot.forget()

    return write


def course(code: str = COUNTY, period: str = "2020") -> disputes.Course:
    found = disputes.course(LEADER, period, code)
    assert found is not None
    return found


@pytest.mark.usefixtures("tiny_store")
def test_accepted_resolved_and_open() -> None:
    found = course()
    assert (found.accepted, found.resolved, found.open) == (9, 7, 2)
    # Open for 60 days (1 November) and 91 (1 October).
    assert found.ages == [0, 0, 0, 1, 1]
    # None of the cases has a log yet.
    assert found.clocks[""] == 2


@pytest.mark.usefixtures("tiny_store")
def test_days_are_unknown_below_the_minimum_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    assert course().took is None and course().least == 20
    known = disputes.indicators()
    rule = known["DIS-03"].__class__(**{**known["DIS-03"].__dict__, "min_sample": 7})
    monkeypatch.setattr(disputes, "indicators", lambda: {**known, "DIS-03": rule})
    snapshot.forget()
    # 17, 39, 29, 4, 8, 8 and 6 days: four of seven took 8 or less, all seven 39.
    assert course().took == Spread(7, 8, 39)


@pytest.mark.usefixtures("tiny_store")
def test_the_open_ones_are_those_of_the_day() -> None:
    # On 30 September D-8 was not accepted yet and D-3 was closed; on 31 August only D-2 (closed 9 August) was over.
    assert course(period="2020-Q3").open == 0
    found = course(period="2020-07")
    assert (found.accepted, found.open, found.ages) == (1, 1, [0, 0, 1, 0, 0])
    assert course(GRIDS[4]).open == 0


def test_clocks_come_from_the_log(log: Log) -> None:
    log(4, (date(2020, 11, 1), "accept", "20"), (date(2020, 11, 20), "extend", "33"))
    log(
        8, (date(2020, 10, 1), "accept", "20"), (date(2020, 10, 5), "escalate", "31"), (date(2020, 11, 5), "urge", "30")
    )
    found = course()
    assert {clock: n for clock, n in found.clocks.items() if n} == {"stopped": 1, "red": 1}
    assert found.ops == {"escalate": 1, "assign": 0, "urge": 1, "extend": 1, "reopen": 0}


@pytest.mark.usefixtures("tiny_store")
def test_answers_are_those_of_the_disputes_closed_in_the_period(tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(text("UPDATE case_file SET satisfaction = 'satisfied' WHERE case_no IN ('D-1', 'D-5')"))
    engine.dispose()
    snapshot.forget()
    assert course().answers == {"satisfied": 2, "fairly": 0, "dissatisfied": 0, "no_answer": 5}
    # D-1 and nothing else was closed in May.
    assert course(period="2020-05").answers == {"satisfied": 1, "fairly": 0, "dissatisfied": 0, "no_answer": 0}


@pytest.mark.usefixtures("tiny_store")
def test_months_of_acceptance() -> None:
    months = course(period="2020-01").months
    # The ledger begins in March.
    assert months.loc[2020, [1, 2]].isna().all()
    assert months.loc[2020, 3:].to_list() == [1, 2, 1, 0, 1, 1, 1, 1, 1, 0]


@pytest.mark.usefixtures("tiny_store")
def test_nothing_for_the_public_or_outside() -> None:
    assert disputes.course(PUBLIC, "2020", COUNTY) is None
    assert disputes.course(LEAD, "2020", COMMUNITIES[1]) is None
    assert disputes.matrix(PUBLIC, "2020", COUNTY, reads.below(PUBLIC, COUNTY, "community")) is None


@pytest.mark.usefixtures("tiny_store")
@pytest.mark.parametrize("period", ["2020", "2020-11", "2020-Q4", "last90:2020-12-31"])
def test_few_disputes_are_told_by_their_number_alone(period: str) -> None:
    # The county has eight: any row of kinds beside exact totals would tell of the one within a family.
    assert disputes.categories(LEADER, period, COUNTY) is None
    found = disputes.matrix(LEADER, period, COUNTY, reads.below(LEADER, COUNTY, "grid"))
    assert found is not None and found.whole is None and not found.rows and not found.types
    if period == "2020":
        assert (found.sums[GRIDS[0]].numerator, found.sums[GRIDS[0]].denominator) == (3, 4)
        assert [a.code for a in found.areas] == [GRIDS[n] for n in (0, 1, 2, 3, 5)] and found.without == 1


@pytest.mark.usefixtures("tiny_store")
def test_whoever_may_see_the_rows_sees_every_cell() -> None:
    found = disputes.matrix(LEAD, "2020", COMMUNITIES[0], reads.below(LEAD, COMMUNITIES[0], "grid"))
    assert found is not None and found.whole is not None and not found.whole.hides
    assert (found.whole.kinds["D01"].numerator, found.whole.kinds["D01"].denominator) == (0, 1)
    assert (found.rows[GRIDS[0]].kinds["D02"].numerator, found.rows[GRIDS[0]].kinds["D02"].denominator) == (2, 2)


def test_single_cases_and_their_log_for_those_who_may(log: Log) -> None:
    log(4, (date(2020, 11, 1), "accept", "20"), (date(2020, 11, 20), "extend", "33"))
    rows = disputes.listed(LEAD, "2020", COMMUNITIES[0])
    # The open one first, then by acceptance; D-4 has been open for 60 days and is on hold.
    assert rows["case_no"].to_list() == ["D-4", "D-5", "D-6", "D-1", "D-2", "D-3"]
    assert rows["days"].to_list() == [60, 4, 8, 17, 39, 29]
    assert rows["clock"].to_list() == ["stopped"] * 6
    steps = disputes.log_of(LEAD, "D-4", COMMUNITIES[0])
    assert steps["step_op"].to_list() == ["accept", "extend"]
    assert steps["unit"].to_list() == ["兴隆社区 ***"] * 2
    assert disputes.log_of(LEAD, "D-8", COMMUNITIES[0]).empty
    with pytest.raises(NotAllowedError):
        disputes.listed(LEADER, "2020", TOWN)
    with pytest.raises(NotAllowedError):
        disputes.log_of(LEADER, "D-4", TOWN)
