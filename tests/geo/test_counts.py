"""Counting many periods at once gives what each measure gives for each period alone, and sums up the tree."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.counting import Flow
from geo.counts import Counts, Windows
from geo.distinct import households_by_grid_and_month, met_bits, met_in
from geo.errors import GeoError
from geo.indicators import roll_up
from geo.measures import DISTINCT, FACTS, Tables, measure_all, measure_each
from geo.periods import kept_periods, parse_period

FIRST, DATA_ON = date(2020, 1, 20), date(2020, 4, 9)
DAYS = st.integers(-40, 120).map(lambda n: FIRST + timedelta(days=n))
MAYBE = st.one_of(st.none(), DAYS)
GRIDS = st.sampled_from([11, 12, 21])
FLAGS = st.booleans()
PARENTS = {11: 1, 12: 1, 21: 2, 1: 100, 2: 100}


def frame(columns, rows):
    return pd.DataFrame(rows, columns=columns)


@st.composite
def tables(draw):
    """Any tables of a few rows over three grids of two communities."""

    def rows(*cells, most=8):
        return draw(st.lists(st.tuples(*cells), max_size=most))

    home = ["grid_id", "person_count", "moved_in_on", "moved_out_on", "cycle_months"]
    homes = frame(home, rows(GRIDS, st.sampled_from([None, 1, 5]), MAYBE, MAYBE, st.sampled_from([0, 1, 2])))
    homes = homes.assign(household_id=[f"h{n}" for n in range(len(homes))], grid_id=homes["grid_id"].astype("int64"))
    names = st.sampled_from([f"h{n}" for n in range(9)])
    answers = ["is_handled", "is_disposed", "is_resolved", "is_closed", "is_reopened", "is_reworked", "is_answered",
               "is_satisfied", "is_content"]  # fmt: skip
    days = ["screened_on", "accepted_on", "due_on", "resolved_on", "closed_on", "handled_on", "disposed_on",
            "reopened_on", "reworked_on", "settled_on"]  # fmt: skip
    kinds = st.sampled_from(["dispute", "suggestion", "wish"])
    cells = rows(GRIDS, kinds, FLAGS, *[MAYBE] * 10, *[FLAGS] * 9)
    cases = frame(["grid_id", "case_kind", "is_valid", *days, *answers], cells)
    cases = cases.assign(first_due_on=cases["due_on"])
    buildings = frame(["grid_id", "is_residential"], rows(GRIDS, FLAGS))
    targets = st.sampled_from([0, 1, 2, 3, 11, 12, 21])
    return Tables(
        grids=pd.DataFrame({"grid_id": [11, 12, 21], "valid_from": [date(2015, 1, 1), draw(MAYBE), None]}),
        buildings=buildings.assign(building_id=range(len(buildings)), grid_id=buildings["grid_id"].astype("int64")),
        households=homes,
        visits=frame(["household_id", "visited_on", "is_valid", "is_met", "is_noted", "is_near", "is_located",
                      "has_photo"], rows(names, DAYS, *[FLAGS] * 4, *[st.sampled_from([True, False, None])] * 2,
                                         most=15)),
        cases=cases.assign(grid_id=cases["grid_id"].astype("int64")),
        covers=frame(["target_id", "target_kind", "org_kind", "is_established", "is_covered", "valid_from", "valid_to"],
                     rows(targets, st.sampled_from(["grid", "building"]),
                          st.sampled_from(["grid_branch", "building_group"]), FLAGS, FLAGS, MAYBE, MAYBE)),
        leads=frame(["building_id", "valid_from", "valid_to"], rows(st.integers(0, 7), MAYBE, MAYBE)),
        sites=pd.DataFrame({"community_id": [1, 2]}),
        facilities=frame(["community_id", "facility_kind", "is_in_use", "built_on"],
                         rows(st.sampled_from([1, 2]), st.sampled_from(["clinic", "plot"]), FLAGS, MAYBE)),
        plots=frame(["community_id", "counted_on", "households_count", "households_with_plot_count"],
                    rows(st.sampled_from([1, 2]), DAYS, st.integers(0, 3), st.integers(0, 3))),
        kinds=("clinic", "plot"),
    )  # fmt: skip


def as_dict(counted):
    return {key: (row.numerator, row.denominator) for key, row in zip(counted.index, counted.itertuples(), strict=True)}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_tables=tables())
def test_all_at_once_is_each_alone(given_tables):
    periods = kept_periods(FIRST, DATA_ON)
    found = as_dict(measure_all(given_tables, periods, DATA_ON))
    cut = DATA_ON + timedelta(days=1)
    # A month inside, the quarter and the year that are not over, and windows that begin in the middle of a month.
    asked = [p for p in periods if p.text in ("2020-02", "2020-Q2", "2020", "last30:2020-03-31", "todate:2020-04-09")]
    assert len(asked) == 5
    alone = {
        (code, period.text, area): pair
        for code, measure in FACTS.items()
        for period in asked
        for area, pair in as_dict(measure(given_tables, period.start, min(period.end, cut))).items()
    }
    texts = {period.text for period in asked}
    assert {key: pair for key, pair in found.items() if key[1] in texts} == alone


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_tables=tables())
def test_children_sum_to_their_parent_and_both_ways_up_agree(given_tables):
    periods = [parse_period(text) for text in ("2020-02", "2020-Q1", "todate:2020-04-09")]
    flat = measure_all(given_tables, periods, DATA_ON)
    steps = {
        (counts.code, period, area): pair
        for counts in measure_each(given_tables, periods, DATA_ON)
        for (period, area), pair in as_dict(counts.rolled_up(PARENTS).frame()).items()
    }
    assert steps == as_dict(roll_up(flat, pd.Series(PARENTS))) if len(flat) else steps == {}
    for parent in (1, 2, 100):
        for code, text in {key[:2] for key in steps if not key[0].startswith("REL") or parent == 100}:
            children = [steps.get((code, text, child), (0, 0)) for child, above in PARENTS.items() if above == parent]
            assert steps.get((code, text, parent), (0, 0)) == tuple(map(sum, zip(*children, strict=True)))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_tables=tables())
def test_kinds_of_cases_sum_to_all_of_them(given_tables):
    periods = [parse_period("todate:2020-04-09")]

    def closed(cases):
        only = Tables(**{**vars(given_tables), "cases": cases})
        return measure_all(only, periods, DATA_ON, codes=["CAS-02"]).sum().tolist()

    cases = given_tables.cases
    parts = [closed(cases[(cases["case_kind"] == kind).to_numpy(bool)]) for kind in ("dispute", "suggestion", "wish")]
    assert closed(cases) == [sum(numbers) for numbers in zip(*parts, strict=True)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 9999), many=st.integers(0, 60))
def test_bits_count_what_a_set_counts(seed, many):
    rng = np.random.default_rng(seed)
    starts, homes, months = np.array([0, 2, 5]), 9, 4
    visits, of = rng.integers(0, homes, many), rng.integers(0, months, many)
    grid = np.searchsorted(starts, np.arange(homes), side="right") - 1
    calls, distinct = households_by_grid_and_month(visits, of, starts, households_count=homes, months_count=months)
    pairs = {(month, home) for month, home in zip(of.tolist(), visits.tolist(), strict=True)}
    for month in range(months):
        for place in range(3):
            assert distinct[month, place] == sum(m == month and grid[h] == place for m, h in pairs)
            assert calls[month, place] == sum((of == month) & (grid[visits] == place))
    bits = met_bits(visits, of, households_count=homes, spans_count=months)
    windows = [(0, 1), (1, 1), (0, 2), (2, 3), (0, 3)]
    for (first, last), met in zip(windows, met_in(bits, windows), strict=True):
        assert met.tolist() == bits[first : last + 1].any(axis=0).tolist()


def test_a_flow_is_summed_over_half_open_periods():
    flow = Flow(pd.Series([7, 7, 7]), np.array(["2020-01-31", "2020-02-01", "NaT"], dtype="datetime64[D]"), np.ones(3))
    windows = Windows([parse_period(text) for text in ("2020-01", "2020-02", "2020", "last30:2020-02-29")], DATA_ON)
    counts = windows.sums(flow, "X-01")
    assert counts.denominator[:, 0].tolist() == [1, 1, 2, 2]
    assert Counts("X-01", windows.texts, counts.areas, counts.numerator, counts.denominator).frame().shape == (4, 2)


def test_a_flow_without_a_place_and_a_looping_tree_are_refused():
    windows = Windows([parse_period("2020-01")], DATA_ON)
    nowhere = Flow(pd.Series([None, 7.0], name="grid_id"), np.array(["2020-01-01"] * 2, dtype="M8[D]"), np.ones(2))
    with pytest.raises(GeoError, match="未落格"):
        windows.sums(nowhere, "X-01")
    one = np.ones((1, 1), dtype=np.int64)
    with pytest.raises(GeoError, match="成环"):
        Counts("X-01", ("2020",), pd.Index([11]), one, one).rolled_up({11: 12, 12: 11})
    assert set(DISTINCT) == {"VIS-01", "VIS-02"}


@pytest.mark.parametrize("many", [1, 7, 8, 9, 40])
def test_the_share_of_a_thread_changes_nothing(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr("geo.distinct._CHUNK", 3)
    monkeypatch.setattr("geo.distinct._SHARE", 8)
    rng = np.random.default_rng(many)
    starts = np.array([0, 4, 5])
    homes, months = rng.integers(0, 9, many), rng.integers(0, 5, many)
    visits, met = households_by_grid_and_month(homes, months, starts, households_count=9, months_count=5)
    grids = np.searchsorted(starts, homes, side="right") - 1
    for month in range(5):
        for grid in range(3):
            here = homes[(months == month) & (grids == grid)]
            assert (visits[month, grid], met[month, grid]) == (len(here), len(set(here.tolist())))
