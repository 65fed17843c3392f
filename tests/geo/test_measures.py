"""All measures for many periods in one call."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from geo.as_stood import AT_END, COURSES
from geo.indicators import households_visited
from geo.measures import FACTS, FLOWS, Tables, measure_all
from geo.periods import parse_period

DAY = date(2020, 12, 10)
TABLES = Tables(
    grids=pd.DataFrame({"grid_id": [1, 2]}),
    buildings=pd.DataFrame({"building_id": [5, 6], "grid_id": [1, 2], "is_residential": [True, True]}),
    households=pd.DataFrame(
        {
            "household_id": ["h1", "h2"], "grid_id": [1, 1], "person_count": [3, 4],
            "moved_in_on": [None, date(2020, 12, 1)], "moved_out_on": [None, None], "cycle_months": [1, 1],
        }
    ),
    visits=pd.DataFrame(
        {
            "household_id": ["h1", "zz", "h1"], "visited_on": [DAY, DAY, date(2020, 11, 3)],
            "is_valid": [True, True, False], "is_met": [True, True, False],
            "is_noted": [True, True, True], "is_near": [True, True, True], "is_located": [True, True, None],
            "has_photo": [False, True, True],
        }
    ),
    cases=pd.DataFrame(
        {
            "case_id": [1, 2, 3, 4], "grid_id": [2, 2, 1, 1],
            "case_kind": ["dispute", "suggestion", "wish", "dispute"],
            "screened_on": [date(2020, 11, 30), date(2020, 11, 1), date(2020, 12, 2), date(2020, 12, 3)],
            "accepted_on": [date(2020, 12, 1), date(2020, 11, 1), None, date(2020, 12, 3)],
            "due_on": [date(2020, 12, 20), date(2020, 12, 15), None, date(2020, 12, 14)],
            "first_due_on": [date(2020, 12, 20), date(2020, 12, 15), None, date(2020, 12, 14)],
            "resolved_on": [None, None, date(2020, 12, 9), date(2020, 12, 12)],
            "closed_on": [None, date(2020, 11, 2), date(2020, 12, 9), date(2020, 12, 15)],
            "handled_on": [None, date(2020, 11, 2), date(2020, 12, 9), date(2020, 12, 4)],
            "disposed_on": [None, date(2020, 12, 1), date(2020, 12, 9), date(2020, 12, 12)],
            "reopened_on": [None, None, None, date(2020, 12, 13)],
            "reworked_on": [None, date(2020, 12, 2), None, date(2020, 12, 13)],
            "settled_on": [None, date(2020, 11, 2), date(2020, 12, 9), date(2020, 12, 10)],
            "is_valid": [True, True, True, True], "is_resolved": [False, True, True, True],
            "is_closed": [False, True, True, True], "is_handled": [True, True, True, True],
            "is_disposed": [False, True, True, True], "is_reopened": [False, False, False, True],
            "is_reworked": [False, True, False, True], "is_answered": [False, True, False, True],
            "is_satisfied": [False, True, False, False], "is_content": [False, True, False, True],
        }
    ),
    covers=pd.DataFrame(
        {
            "target_id": [1, 5], "org_kind": ["grid_branch", "building_group"], "is_established": [True, True],
            "is_covered": [True, True], "valid_from": [date(2020, 12, 1), None], "valid_to": [None, None],
        }
    ),
    leads=pd.DataFrame({"building_id": [6], "valid_from": [None], "valid_to": [None]}),
    sites=pd.DataFrame({"community_id": [40]}),
    facilities=pd.DataFrame(
        {"community_id": [40], "facility_kind": ["clinic"], "is_in_use": [True], "built_on": [None]}
    ),
    plots=pd.DataFrame(
        {"community_id": [40], "counted_on": [DAY], "households_count": [9], "households_with_plot_count": [9]}
    ),
    kinds=("clinic", "plot"),
)  # fmt: skip


def pairs(frame, code, period):
    """{area: (numerator, denominator)} of one indicator and period."""
    rows = frame.reset_index()
    rows = rows[(rows["indicator"] == code) & (rows["period"] == period)]
    return {row.area_id: (row.numerator, row.denominator) for row in rows.itertuples()}


@pytest.fixture(scope="module")
def facts():
    periods = [parse_period(text) for text in ("2020-11", "2020-12", "2020", "todate:2020-12-15")]
    return measure_all(TABLES, periods, date(2020, 12, 15))


# code: {grid: (numerator, denominator)} of November, and of December up to the 15th.
BY_HAND = {
    "ORG-01": ({1: (0, 1), 2: (0, 1)}, {1: (1, 1), 2: (0, 1)}),
    "ORG-02": ({1: (0, 1), 2: (0, 1)}, {1: (1, 1), 2: (0, 1)}),
    "ORG-03": ({1: (1, 1), 2: (0, 1)}, {1: (1, 1), 2: (0, 1)}),
    "ORG-04": ({1: (0, 1), 2: (1, 1)}, {1: (0, 1), 2: (1, 1)}),
    "VIS-01": ({1: (0, 1)}, {1: (1, 2)}),
    "VIS-02": ({1: (0, 3)}, {1: (3, 7)}),
    # h1 is due every month and was not met in November; December is not over.
    "VIS-03": ({1: (0, 1)}, {}),
    "VIS-04": ({}, {1: (1, 1)}),
    "VIS-05": ({}, {1: (1, 1)}),
    "VIS-06": ({1: (0, 1)}, {1: (1, 1)}),
    "VIS-07": ({1: (1, 1)}, {1: (0, 1)}),
    "APP-01": ({2: (1, 1)}, {}),
    "APP-02": ({}, {2: (1, 1)}),
    "DIS-01": ({2: (1, 1)}, {1: (1, 1)}),
    "DIS-02": ({2: (0, 1)}, {1: (1, 1)}),
    "DIS-03": ({}, {1: (1, 1), 2: (0, 1)}),
    # Due on the 20th, the data ends on the 15th: neither due nor overdue.
    "DIS-04": ({}, {1: (1, 1)}),
    "DIS-05": ({}, {1: (1, 1)}),
    "DIS-06": ({1: (0, 1)}, {1: (1, 2), 2: (1, 0)}),
    "DIS-07": ({}, {2: (0, 1)}),
    "CAS-01": ({}, {1: (1, 1), 2: (1, 1)}),
    "CAS-02": ({}, {1: (1, 1), 2: (1, 1)}),
    # The dispute of grid 1 was settled in time and closed a day late.
    "CAS-03": ({}, {1: (0, 1), 2: (1, 1)}),
    "CAS-04": ({}, {1: (1, 1), 2: (1, 1)}),
    "SAT-01": ({2: (1, 1)}, {1: (0, 1)}),
    "SAT-02": ({2: (1, 1)}, {1: (1, 1)}),
    "WIS-01": ({}, {1: (1, 1)}),
    "WIS-02": ({}, {1: (1, 1)}),
    "REL-01": ({40: (0, 1)}, {40: (1, 1)}),
    "REL-02": ({40: (1, 2)}, {40: (2, 2)}),
    "REL-03": ({}, {40: (9, 9)}),
}
STOOD_BY_HAND = {
    # November: the suggestion was closed in it; the dispute found on its last day was not taken up by then, nor ever on
    # a day that is known. December ends for now with the data date.
    "APP-01": ({2: (1, 1)}, {}),
    "DIS-01": ({2: (0, 1)}, {1: (1, 1)}),
    "DIS-02": ({}, {1: (1, 1)}),
    "DIS-03": ({}, {1: (1, 1), 2: (0, 1)}),
    "DIS-05": ({}, {1: (1, 1)}),
    "CAS-01": ({}, {1: (1, 1), 2: (1, 1)}),
    "CAS-02": ({}, {1: (1, 1), 2: (1, 1)}),
    "CAS-04": ({}, {1: (1, 1), 2: (1, 1)}),
    "WIS-01": ({}, {1: (1, 1)}),
    "WIS-02": ({}, {1: (1, 1)}),
}
STOCKS = {code for code in BY_HAND if code not in FLOWS}


@pytest.mark.parametrize("code", BY_HAND)
def test_every_measure(facts, code):
    november, december = BY_HAND[code]
    assert pairs(facts, code, "2020-11") == november
    assert pairs(facts, code, "2020-12") == december
    # At the data date both the year and all to date hold what the month holds, and flows of the month before as well.
    both = {
        area: tuple(map(sum, zip(november.get(area, (0, 0)), december.get(area, (0, 0)), strict=True)))
        for area in november.keys() | december.keys()
    }
    whole = december if code in STOCKS else both
    assert pairs(facts, code, "2020") == pairs(facts, code, "todate:2020-12-15") == whole


@pytest.mark.parametrize("code", STOOD_BY_HAND)
def test_every_measure_as_it_stood(facts, code):
    november, december = STOOD_BY_HAND[code]
    assert pairs(facts, code + AT_END, "2020-11") == november
    assert pairs(facts, code + AT_END, "2020-12") == december


def test_as_it_stood_is_without_what_came_after():
    cases = pd.DataFrame({
        "grid_id": 7, "case_kind": "dispute", "is_valid": True, "is_resolved": [True, True, True, False],
        "accepted_on": [date(2020, 11, 20)] * 4,
        # In its month, a month later, on a day nobody knows, on a day its state does not bear out.
        "resolved_on": [date(2020, 11, 30), date(2020, 12, 1), None, date(2020, 11, 21)],
    })  # fmt: skip
    tables = replace(TABLES, cases=cases)
    periods = [parse_period(text) for text in ("2020-11", "2020-Q4", "2020")]
    found = measure_all(tables, periods, date(2020, 12, 15), codes=["DIS-03", "DIS-03" + AT_END])
    assert pairs(found, "DIS-03", "2020-11") == pairs(found, "DIS-03", "2020") == {7: (3, 4)}
    assert pairs(found, "DIS-03" + AT_END, "2020-11") == {7: (1, 4)}
    # The year is not over: it stood at the data date.
    assert pairs(found, "DIS-03" + AT_END, "2020-Q4") == pairs(found, "DIS-03" + AT_END, "2020") == {7: (2, 4)}


def test_every_number_as_it_stood_is_tried_by_hand():
    assert set(STOOD_BY_HAND) == set(COURSES)


def test_the_same_as_one_measure_alone(facts):
    alone = households_visited(TABLES.households, TABLES.visits, date(2020, 1, 1), date(2020, 12, 16))
    assert pairs(facts, "VIS-01", "2020") == {1: tuple(alone.loc[1])}


def test_form(facts):
    assert facts.index.names == ["indicator", "period", "area_id"]
    assert facts.index.is_unique
    assert facts.dtypes.astype(str).to_dict() == {"numerator": "int64", "denominator": "int64"}
    assert set(facts.index.get_level_values("indicator")) <= set(FACTS)


def test_chosen_codes_only():
    facts = measure_all(TABLES, [parse_period("2020")], date(2020, 12, 31), codes=["REL-01"])
    assert facts.index.to_list() == [("REL-01", "2020", 40)]


def test_no_period_gives_an_empty_frame_of_the_same_form():
    facts = measure_all(TABLES, [], date(2020, 12, 31))
    assert facts.empty
    assert facts.index.names == ["indicator", "period", "area_id"]
