"""A household with several stays, counted by hand: where it lives at the end, and where it was called on."""

from datetime import date

import numpy as np
import pandas as pd

from geo import indicators
from geo.measures import Tables, measure_all
from geo.periods import parse_period
from geo.stays import homes_of, households_of, numbers_of
from geo.visit_counts import NEVER, households_by_recency

MOVED = date(2020, 3, 20)
NONE = pd.DataFrame()
# h1 moved from grid 7 to grid 8 on 20 March; h2 left grid 7 on 10 January, came to grid 8 on 1 March; h3 stays in 7.
HOMES = pd.DataFrame(
    [
        ("h3", 7, None, None, None), ("h1", 7, None, MOVED, None), ("h1", 8, MOVED, None, None),
        ("h2", 7, None, date(2020, 1, 10), None), ("h2", 8, date(2020, 3, 1), None, date(2020, 3, 1)),
    ],
    columns=["household_id", "grid_id", "moved_in_on", "moved_out_on", "since_on"],
).assign(person_count=2, cycle_months=1, household_kind="ordinary")  # fmt: skip
CALLS = pd.DataFrame(
    [
        ("h3", date(2020, 1, 5)),
        ("h1", date(2020, 3, 19)),
        ("h1", MOVED),
        ("h2", date(2020, 1, 9)),
        ("h2", date(2020, 2, 1)),
        ("h2", date(2020, 3, 2)),
        ("h9", MOVED),
    ],
    columns=["household_id", "visited_on"],
).assign(is_valid=True, is_met=True, visit_result="met", is_located=None, is_near=False, is_noted=False, has_photo=None)
MARCH = (date(2020, 3, 1), date(2020, 4, 1))


def pairs(frame: pd.DataFrame) -> dict[int, tuple[int, int]]:
    return {int(key): (int(row.numerator), int(row.denominator))
            for key, row in zip(frame.index, frame.itertuples(), strict=True)}  # fmt: skip


def test_every_visit_has_its_stay_and_its_household() -> None:
    assert numbers_of(HOMES).tolist() == [0, 1, 1, 3, 3]
    assert households_of(HOMES, CALLS).tolist() == [0, 1, 1, 3, 3, 3, -1]
    # Between two stays it is still the one before.
    assert homes_of(HOMES, CALLS).tolist() == [0, 1, 2, 3, 3, 4, -1]
    # Before the first: that one; the order of the rows does not matter.
    back = HOMES[::-1].assign(moved_in_on=[date(2020, 3, 1), date(2020, 1, 8), MOVED, None, None])
    early = pd.DataFrame({"household_id": ["h2", "h1"], "visited_on": [date(2019, 1, 1)] * 2})
    assert homes_of(back.reset_index(drop=True), early).tolist() == [1, 3]


def test_households_count_where_they_live_at_the_end_and_calls_where_they_were_made() -> None:
    # h1 met on both sides of its move counts once, in grid 8.
    assert pairs(indicators.households_visited(HOMES, CALLS, *MARCH)) == {7: (0, 1), 8: (2, 2)}
    assert pairs(indicators.residents_visited(HOMES, CALLS, *MARCH)) == {7: (0, 2), 8: (4, 4)}
    assert pairs(indicators.visits_met(HOMES, CALLS, *MARCH)) == {7: (1, 1), 8: (2, 2)}
    # In February h2 lives nowhere.
    assert pairs(indicators.households_visited(HOMES, CALLS, date(2020, 2, 1), MARCH[0])) == {7: (0, 2)}


def test_a_visit_is_due_where_a_household_lives_on_the_last_day() -> None:
    # h1 was registered all March and lives in grid 8 on its last day; h2 since 1 March. Grid 7 still owes h3 one.
    assert pairs(indicators.visits_in_time(HOMES, CALLS, *MARCH)) == {7: (0, 1), 8: (2, 2)}
    # Who came on 2 March owes none for it.
    later = HOMES.assign(since_on=[None, None, None, None, date(2020, 3, 2)])
    assert pairs(indicators.visits_in_time(later, CALLS, *MARCH)) == {7: (0, 1), 8: (1, 1)}


def test_many_periods_at_once_give_the_same() -> None:
    tables = Tables(
        grids=pd.DataFrame({"grid_id": [7, 8]}), buildings=pd.DataFrame({"building_id": [], "grid_id": []}),
        households=HOMES, visits=CALLS,
        cases=pd.DataFrame({"case_id": [1], "grid_id": [7], "case_kind": "dispute", "accepted_on": MOVED,
                            "is_valid": True}),
        covers=NONE, leads=NONE, sites=NONE, facilities=NONE, plots=NONE, kinds=(),
    )  # fmt: skip
    codes = ["VIS-01", "VIS-02", "VIS-03", "VIS-06", "DIS-06"]
    found = measure_all(tables, [parse_period("2020-03")], date(2020, 3, 31), codes=codes)
    for code, measure in (
        ("VIS-01", indicators.households_visited), ("VIS-02", indicators.residents_visited),
        ("VIS-03", indicators.visits_in_time), ("VIS-06", indicators.visits_met),
    ):  # fmt: skip
        assert pairs(found.loc[code, "2020-03"]) == pairs(measure(HOMES, CALLS, *MARCH)), code
    assert pairs(found.loc["DIS-06", "2020-03"]) == {7: (1, 1), 8: (0, 2)}


def test_days_since_a_household_was_met_go_with_it() -> None:
    found = households_by_recency(HOMES, CALLS, date(2020, 3, 31))
    assert found["area_id"].tolist() == [7, 8] and found["households_count"].tolist() == [1, 2]
    assert found["days_from"].tolist() == [61, 0] and NEVER not in found["days_from"].tolist()


def test_a_stay_that_is_not_measured_counts_for_its_household_alone() -> None:
    """Of some communities only: the visits made elsewhere make a household met, and are no visits of here."""
    here = HOMES[HOMES["grid_id"] == 8].reset_index(drop=True)
    at = homes_of(HOMES, CALLS)
    own = np.array([-1, -1, 0, -1, 1, -1])
    visits = CALLS.assign(household=[-1, 0, 0, 1, 1, 1, -1], home=own[at])
    tables = Tables(NONE, NONE, here, visits, *[NONE] * 6, kinds=())
    found = measure_all(tables, [parse_period("2020"), parse_period("2020-03")], date(2020, 3, 31),
                        codes=["VIS-01", "VIS-06"])  # fmt: skip
    assert pairs(found.loc["VIS-01", "2020"]) == {8: (2, 2)} and pairs(found.loc["VIS-06", "2020"]) == {8: (2, 2)}
