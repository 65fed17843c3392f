"""The measures against numbers counted by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from geo import indicators
from geo.errors import GeoError

START, END = date(2020, 3, 1), date(2020, 4, 1)
"""March 2020; its last day is the 31st."""


def counts(frame):
    """{id: (numerator, denominator)} of a measure, after checking its form."""
    assert list(frame.columns) == ["numerator", "denominator"]
    assert frame["numerator"].dtype == frame["denominator"].dtype == np.dtype("int64")
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    return {key: (row.numerator, row.denominator) for key, row in zip(frame.index, frame.itertuples(), strict=True)}


def homes(*rows):
    """Households: (household_id, grid_id, person_count, moved_in_on, moved_out_on)."""
    return pd.DataFrame(rows, columns=["household_id", "grid_id", "person_count", "moved_in_on", "moved_out_on"])


def calls(*rows):
    """Visits: (household_id, visited_on, met someone)."""
    frame = pd.DataFrame(rows, columns=["household_id", "visited_on", "is_valid"])
    return frame.assign(is_met=frame["is_valid"])


def covers(*rows):
    """Covers: (target_id, org_kind, is_established, is_covered, valid_from, valid_to)."""
    names = ["target_id", "org_kind", "is_established", "is_covered", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=names)


def cases(*rows):
    """Disputes: (grid_id, accepted_on, due_on, resolved_on, closed_on); resolved when it has that day."""
    frame = pd.DataFrame(rows, columns=["grid_id", "accepted_on", "due_on", "resolved_on", "closed_on"])
    return frame.assign(
        case_id=range(len(frame)),
        first_due_on=frame["due_on"],
        case_kind="dispute",
        is_valid=True,
        is_resolved=frame["resolved_on"].notna(),
        is_closed=frame["closed_on"].notna(),
    )


# --- visits -----------------------------------------------------------------------------------------------------------


def test_second_visit_to_a_household_counts_once():
    register = homes(("h1", 7, 3, None, None), ("h2", 7, 2, None, None))
    visits = calls(("h1", date(2020, 3, 5), True), ("h1", date(2020, 3, 9), True))
    assert counts(indicators.households_visited(register, visits, START, END)) == {7: (1, 2)}
    assert counts(indicators.residents_visited(register, visits, START, END)) == {7: (3, 5)}
    assert counts(indicators.visits_met(register, visits, START, END)) == {7: (2, 2)}


def test_first_day_is_inside_and_the_day_after_the_last_is_not():
    register = homes(*((name, 7, 1, None, None) for name in ("before", "first", "last", "after")))
    visits = calls(
        ("before", date(2020, 2, 29), True),
        ("first", date(2020, 3, 1), True),
        ("last", date(2020, 3, 31), True),
        ("after", date(2020, 4, 1), True),
    )
    assert counts(indicators.households_visited(register, visits, START, END)) == {7: (2, 4)}
    assert counts(indicators.households_visited(register, visits, None, END)) == {7: (3, 4)}
    assert counts(indicators.visits_met(register, visits, START, END)) == {7: (2, 2)}


def test_only_households_living_there_on_the_last_day_count():
    visits = calls(*((name, date(2020, 3, 10), True) for name in ("stays", "left", "leaves", "came", "comes")))
    register = homes(
        ("stays", 7, 1, None, None),
        ("left", 7, 1, None, date(2020, 3, 31)),  # the first day no longer there is the last day of the period
        ("leaves", 7, 1, None, date(2020, 4, 1)),
        ("came", 7, 1, date(2020, 3, 31), None),
        ("comes", 7, 1, date(2020, 4, 1), None),
    )
    assert counts(indicators.households_visited(register, visits, START, END)) == {7: (3, 3)}
    assert counts(indicators.visits_met(register, visits, START, END)) == {7: (5, 5)}


def test_a_call_that_met_nobody_is_a_call_but_not_a_visited_household():
    register = homes(("h1", 7, 1, None, None), ("h2", 8, 1, None, None))
    visits = calls(("h1", date(2020, 3, 5), False), ("h1", date(2020, 3, 6), None), ("h2", date(2020, 3, 6), True))
    assert counts(indicators.households_visited(register, visits, START, END)) == {7: (0, 1), 8: (1, 1)}
    assert counts(indicators.visits_met(register, visits, START, END)) == {7: (0, 2), 8: (1, 1)}


def test_a_grid_without_households_or_without_calls_is_absent():
    register = homes(("h1", 7, 1, None, date(2020, 1, 1)), ("h2", 8, 1, None, None))
    assert counts(indicators.households_visited(register, calls(), START, END)) == {8: (0, 1)}
    assert counts(indicators.visits_met(register, calls(), START, END)) == {}


def test_visits_outside_the_register_change_nothing():
    register = homes(("h1", 7, 1, None, None))
    visits = calls(("h9", date(2020, 3, 5), True))
    assert counts(indicators.households_visited(register, visits, START, END)) == {7: (0, 1)}
    assert counts(indicators.visits_met(register, visits, START, END)) == {}


def test_households_of_unknown_size_are_in_neither_number_of_people():
    register = homes(("h1", 7, 4, None, None), ("h2", 7, pd.NA, None, None), ("h3", 8, None, None, None))
    register["person_count"] = register["person_count"].astype("Int64")
    visits = calls(("h1", date(2020, 3, 5), True), ("h2", date(2020, 3, 5), True), ("h3", date(2020, 3, 5), True))
    assert counts(indicators.residents_visited(register, visits, START, END)) == {7: (4, 4)}


def test_dates_may_be_timestamps_and_ids_whole_numbers():
    register = homes((1, "G2", 3, pd.NaT, pd.NaT), (2, "G1", 2, pd.Timestamp(2020, 1, 1), pd.NaT))
    visits = calls((1, pd.Timestamp(2020, 3, 31), True))
    assert counts(indicators.households_visited(register, visits, START, END)) == {"G1": (0, 1), "G2": (1, 1)}


def test_arguments_are_left_as_they_were():
    register, visits = homes(("h1", 7, 3, None, None)), calls(("h1", date(2020, 3, 5), True))
    before = register.copy(), visits.copy()
    indicators.residents_visited(register, visits, START, END)
    pd.testing.assert_frame_equal(register, before[0])
    pd.testing.assert_frame_equal(visits, before[1])


def test_a_household_in_no_grid_at_all_is_an_error_with_its_number():
    with pytest.raises(GeoError, match="未落格") as error:
        indicators.households_visited(homes(("h1", None, 1, None, None)), calls(), START, END)
    assert "1 rows have no grid_id" in error.value.en


# --- organisation -----------------------------------------------------------------------------------------------------

GRIDS = pd.DataFrame({"grid_id": [1, 2, 3, 4]})


def test_joint_and_extended_cover_is_not_a_branch_of_its_own():
    ledger = covers(
        (1, "grid_branch", True, True, None, None),
        (2, "grid_branch", False, True, None, None),
        (3, "relocation_org", False, True, None, None),
        (4, "relocation_org", True, False, None, None),
    )
    own = indicators.grids_with_branch(GRIDS, ledger, END)
    assert counts(own) == {1: (1, 1), 2: (0, 1), 3: (0, 1), 4: (0, 1)}
    assert counts(indicators.grids_covered(GRIDS, ledger, END)) == {1: (1, 1), 2: (1, 1), 3: (1, 1), 4: (0, 1)}


def test_covers_count_on_the_last_day_only():
    ledger = covers(
        (1, "grid_branch", True, True, date(2020, 3, 31), None),
        (2, "grid_branch", True, True, date(2020, 4, 1), None),
        (3, "grid_branch", True, True, date(2019, 1, 1), date(2020, 3, 31)),
        (4, "grid_branch", True, True, date(2019, 1, 1), date(2020, 4, 1)),
    )
    expected = {1: (1, 1), 2: (0, 1), 3: (0, 1), 4: (1, 1)}
    assert counts(indicators.grids_with_branch(GRIDS, ledger, END)) == expected
    assert counts(indicators.grids_covered(GRIDS, ledger, END)) == expected


def test_grids_not_in_force_are_absent():
    dated = GRIDS.assign(valid_from=[None, date(2020, 4, 1), None, None], valid_to=[None, None, date(2020, 3, 1), None])
    assert counts(indicators.grids_covered(dated, covers(), END)) == {1: (0, 1), 4: (0, 1)}


def test_a_group_covering_building_1_does_not_cover_grid_1():
    ledger = covers((1, "building_group", True, True, None, None), (2, "grid_branch", True, True, None, None))
    houses = pd.DataFrame({"building_id": [1, 2], "grid_id": [1, 1], "is_residential": [True, True]})
    assert counts(indicators.grids_covered(GRIDS, ledger, END))[1] == (0, 1)
    assert counts(indicators.buildings_in_group(houses, ledger, END)) == {1: (1, 2)}


def test_with_target_kind_a_group_may_cover_a_grid():
    ledger = covers((1, "building_group", True, True, None, None)).assign(target_kind="grid")
    houses = pd.DataFrame({"building_id": [1], "grid_id": [1], "is_residential": [True]})
    assert counts(indicators.grids_covered(GRIDS, ledger, END))[1] == (1, 1)
    assert counts(indicators.buildings_in_group(houses, ledger, END)) == {1: (0, 1)}


def test_buildings_in_group():
    houses = pd.DataFrame(
        {"building_id": [1, 2, 3, 4, 5], "grid_id": [7, 7, 7, 8, 9], "is_residential": [True, True, False, True, False]}
    )
    ledger = covers(
        (1, "building_group", True, True, None, None),
        (1, "building_group", True, True, None, None),  # two groups, one building
        (2, "building_group", True, False, None, None),
        (3, "building_group", True, True, None, None),  # not residential
        (4, "building_group", True, True, None, date(2020, 3, 1)),  # over
    )
    assert counts(indicators.buildings_in_group(houses, ledger, END)) == {7: (1, 2), 8: (0, 1)}


def test_buildings_with_lead():
    houses = pd.DataFrame({"building_id": [1, 2, 3], "grid_id": [7, 7, 8], "is_residential": [True, True, True]})
    leads = pd.DataFrame(
        {
            "building_id": [1, 1, 2, 3],
            "valid_from": [date(2019, 1, 1), date(2020, 2, 1), date(2019, 1, 1), date(2020, 4, 1)],
            "valid_to": [date(2020, 2, 1), None, date(2020, 3, 15), None],
        }
    )
    assert counts(indicators.buildings_with_lead(houses, leads, END)) == {7: (1, 2), 8: (0, 1)}


# --- cases ------------------------------------------------------------------------------------------------------------


def test_suggestions_closed_by_day_of_acceptance():
    ledger = cases(
        (7, date(2020, 3, 1), None, None, date(2020, 9, 1)),  # closed later, still of this cohort
        (7, date(2020, 3, 31), None, None, None),
        (7, date(2020, 2, 29), None, None, date(2020, 3, 9)),  # accepted before
        (7, None, None, None, None),  # not accepted yet
        (8, date(2020, 3, 9), None, None, date(2020, 3, 9)),
        (8, date(2020, 3, 9), None, None, date(2020, 3, 9)),
    ).assign(case_kind=["suggestion"] * 5 + ["dispute"])
    ledger.loc[4, "is_valid"] = False
    assert counts(indicators.suggestions_closed(ledger, START, END)) == {7: (1, 2)}


def test_disputes_resolved_is_not_disputes_closed():
    ledger = cases(
        (7, date(2020, 3, 2), None, date(2020, 6, 1), date(2020, 6, 1)),
        (7, date(2020, 3, 2), None, None, date(2020, 3, 20)),  # mediation failed: closed, not resolved
        (7, date(2020, 4, 1), None, date(2020, 4, 2), None),  # the next period
        (8, date(2020, 3, 2), None, None, None),
    )
    assert counts(indicators.disputes_resolved(ledger, START, END)) == {7: (1, 2), 8: (0, 1)}
    assert counts(indicators.disputes_resolved(ledger, None, date(2021, 1, 1))) == {7: (2, 3), 8: (0, 1)}


def test_cases_not_taken_up_are_in_no_number():
    day = date(2020, 3, 10)
    ledger = cases((7, day, day, day, None)).assign(is_valid=False)
    assert counts(indicators.disputes_resolved(ledger, START, END)) == {}
    assert counts(indicators.disputes_in_time(ledger, START, END, END)) == {}
    assert counts(indicators.disputes_overdue(ledger, END)) == {}


def test_disputes_in_time_by_due_day():
    ledger = cases(
        (7, date(2020, 2, 1), date(2020, 3, 1), date(2020, 3, 1), None),  # on its due day
        (7, date(2020, 2, 1), date(2020, 3, 1), date(2020, 3, 2), None),  # a day late
        (7, date(2020, 2, 1), date(2020, 3, 20), None, None),
        (7, date(2020, 2, 1), None, date(2020, 3, 2), None),  # no deadline
        (8, date(2020, 2, 1), date(2020, 3, 21), date(2020, 2, 2), None),
        (8, date(2020, 2, 1), date(2020, 4, 1), date(2020, 2, 2), None),  # the next period
    )
    assert counts(indicators.disputes_in_time(ledger, START, END, date(2020, 12, 31))) == {7: (1, 3), 8: (1, 1)}
    # On 20 March the one due on the 21st is not known yet.
    assert counts(indicators.disputes_in_time(ledger, START, END, date(2020, 3, 20))) == {7: (1, 3)}


def test_disputes_open_and_overdue_on_the_last_day():
    ledger = cases(
        (7, date(2020, 3, 1), date(2020, 3, 30), None, None),  # overdue
        (7, date(2020, 3, 1), date(2020, 3, 31), None, None),  # due on the last day: not yet
        (7, date(2020, 3, 31), None, None, None),  # no deadline
        (7, date(2020, 4, 1), date(2020, 4, 2), None, None),  # not accepted yet
        (8, date(2020, 1, 1), date(2020, 1, 9), None, date(2020, 3, 31)),  # closed on the last day
        (8, date(2020, 1, 1), date(2020, 1, 9), None, date(2020, 4, 1)),  # closed the day after
        (9, None, date(2020, 1, 9), None, None),  # never accepted
    )
    assert counts(indicators.disputes_overdue(ledger, END)) == {7: (1, 3), 8: (1, 1)}


def test_a_dispute_on_approved_hold_is_open_and_not_overdue():
    day = date(2020, 3, 10)
    ledger = cases(*[(7, date(2020, 3, 1), day, None, None)] * 5)
    holds = pd.DataFrame(
        [
            (0, date(2020, 3, 8), None, None),  # on hold since
            (1, date(2020, 3, 8), date(2020, 3, 31), date(2020, 4, 2)),  # resumed on the last day, due in April
            (2, date(2020, 3, 8), date(2020, 3, 18), date(2020, 3, 20)),  # resumed, and past the later day as well
            (3, date(2020, 4, 1), None, None),  # the hold begins in April
            (4, date(2020, 3, 5), date(2020, 3, 5), day),  # lifted on the day it was asked for
        ],
        columns=["case_id", "held_on", "resumed_on", "due_on"],
    )
    assert counts(indicators.disputes_overdue(ledger, END)) == {7: (5, 5)}
    assert counts(indicators.disputes_overdue(ledger, END, holds)) == {7: (3, 5)}
    # A week on the second is past its later day, too, and the fourth is on hold.
    assert counts(indicators.disputes_overdue(ledger, date(2020, 4, 8), holds)) == {7: (3, 5)}


# --- relocation -------------------------------------------------------------------------------------------------------

KINDS = ("clinic", "shop", "plot")
SITES = pd.DataFrame({"community_id": [3, 1, 2]})


def facilities(*rows):
    return pd.DataFrame(rows, columns=["community_id", "facility_kind", "is_in_use", "built_on"])


def plots(*rows):
    names = ["community_id", "counted_on", "households_count", "households_with_plot_count"]
    return pd.DataFrame(rows, columns=names)


BUILT = [(site, kind, True, None) for site in (1, 2, 3) for kind in ("clinic", "shop")]


def test_sites_need_every_kind_in_use_by_the_last_day():
    ledger = facilities(
        (1, "clinic", True, date(2020, 3, 31)), (1, "shop", True, None), (1, "plot", True, None),
        (2, "clinic", True, date(2020, 4, 1)), (2, "shop", True, None), (2, "plot", True, None),
        (3, "clinic", False, None), (3, "shop", True, None), (3, "plot", True, None),
        (9, "clinic", True, None),
    )  # fmt: skip
    measured = indicators.sites_complete(SITES, ledger, plots(), END, kinds=KINDS)
    assert counts(measured) == {1: (1, 1), 2: (0, 1), 3: (0, 1)}
    assert measured.index.name == "community_id"


def test_plots_are_met_when_at_the_last_count_every_household_had_one():
    ledger = plots(
        (1, date(2020, 3, 1), 80, 80),
        (1, date(2020, 1, 1), 80, 20),
        (1, date(2020, 4, 1), 80, 10),  # counted after the period
        (2, date(2020, 1, 1), 50, 50),
        (2, date(2020, 2, 1), 60, 59),  # more moved in
        (3, date(2020, 2, 1), 70, None),
    )
    measured = indicators.sites_complete(SITES, facilities(*BUILT), ledger, END, kinds=KINDS)
    assert counts(measured) == {1: (1, 1), 2: (0, 1), 3: (0, 1)}


def test_no_household_is_not_every_household():
    measured = indicators.sites_complete(SITES, facilities(*BUILT), plots((1, START, 0, 0)), END, kinds=KINDS)
    assert counts(measured)[1] == (0, 1)


# --- empty frames -----------------------------------------------------------------------------------------------------


def test_every_measure_of_nothing_is_an_empty_frame_of_the_right_form():
    no_houses = pd.DataFrame({"building_id": [], "grid_id": [], "is_residential": []})
    no_leads = pd.DataFrame({"building_id": [], "valid_from": [], "valid_to": []})
    for measured in (
        indicators.grids_with_branch(GRIDS[:0], covers(), END),
        indicators.grids_covered(GRIDS[:0], covers(), END),
        indicators.buildings_in_group(no_houses, covers(), END),
        indicators.buildings_with_lead(no_houses, no_leads, END),
        indicators.households_visited(homes(), calls(), START, END),
        indicators.residents_visited(homes(), calls(), START, END),
        indicators.visits_met(homes(), calls(), START, END),
        indicators.suggestions_closed(cases(), START, END),
        indicators.disputes_resolved(cases(), START, END),
        indicators.disputes_in_time(cases(), START, END, END),
        indicators.disputes_overdue(cases(), END),
    ):
        assert counts(measured) == {}
        assert measured.index.name == "grid_id"
    assert counts(indicators.sites_complete(SITES[:0], facilities(), plots(), END, kinds=KINDS)) == {}


# --- up the tree ------------------------------------------------------------------------------------------------------

PARENTS = pd.Series({11: 1, 12: 1, 21: 2, 1: 100, 2: 100, 100: None})


def measured(rows):
    index = pd.Index(list(rows), name="grid_id")
    return pd.DataFrame(list(rows.values()), columns=["numerator", "denominator"], index=index)


def test_children_sum_to_their_parent_on_every_level():
    rolled = indicators.roll_up(measured({11: (1, 2), 12: (0, 3), 21: (4, 4)}), PARENTS)
    assert counts(rolled) == {1: (1, 5), 2: (4, 4), 11: (1, 2), 12: (0, 3), 21: (4, 4), 100: (5, 9)}
    assert rolled.index.name == "grid_id"


def test_areas_may_stand_on_different_levels():
    rolled = indicators.roll_up(measured({11: (1, 2), 2: (1, 1)}), PARENTS)
    assert counts(rolled) == {1: (1, 2), 2: (1, 1), 11: (1, 2), 100: (2, 3)}


def test_several_indicators_and_periods_at_once_are_kept_apart():
    parts = {("A", "2020"): measured({11: (1, 2), 12: (1, 1)}), ("A", "2020-12"): measured({11: (0, 2)})}
    rolled = indicators.roll_up(pd.concat(parts, names=["indicator", "period", "area_id"]), PARENTS)
    assert rolled.index.names == ["indicator", "period", "area_id"]
    assert rolled.loc[("A", "2020", 100)].to_list() == [2, 3]
    assert rolled.loc[("A", "2020-12", 100)].to_list() == [0, 2]
    assert len(rolled) == 4 + 3


def test_ids_may_be_text():
    rolled = indicators.roll_up(measured({"g1": (1, 2)}), pd.Series({"g1": "c", "c": None}))
    assert counts(rolled) == {"c": (1, 2), "g1": (1, 2)}


def test_nothing_rolls_up_to_nothing():
    assert counts(indicators.roll_up(measured({11: (1, 2)})[:0], PARENTS)) == {}


def test_a_loop_in_the_tree_is_an_error():
    with pytest.raises(GeoError, match="成环"):
        indicators.roll_up(measured({11: (1, 2)}), pd.Series({11: 12, 12: 11}))
