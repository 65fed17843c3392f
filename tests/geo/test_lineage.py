"""Shares of rows: by hand on a few rows, and always what the measure gives."""

from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import lineage
from geo.lineage import kinds_of, left_out, shares
from geo.measures import FACTS, Tables

YEAR = date(2020, 1, 1), date(2021, 1, 1)
NOTHING = pd.DataFrame()


def tables(**frames: Any) -> Tables:
    empty = {field.name: NOTHING for field in fields(Tables)}
    return Tables(**{**empty, "kinds": (), **frames})


def homes(*rows: tuple[str, int, int | None, date | None]) -> pd.DataFrame:
    """household_id, grid_id, person_count, moved_out_on."""
    frame = pd.DataFrame(rows, columns=["household_id", "grid_id", "person_count", "moved_out_on"])
    return frame.assign(person_count=frame["person_count"].astype("Int64"), moved_in_on=pd.NaT)


def calls(*rows: tuple[str, date, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["household_id", "visited_on", "is_valid"])
    return frame.assign(is_met=frame["is_valid"])


HOMES = homes(("h1", 1, 3, None), ("h2", 1, None, None), ("h3", 2, 4, None), ("h4", 2, 2, date(2020, 6, 1)))
CALLS = calls(("h1", date(2020, 3, 1), True), ("h1", date(2020, 4, 1), True), ("h3", date(2019, 3, 1), True),
              ("h4", date(2020, 5, 1), False), ("h9", date(2020, 5, 1), True))  # fmt: skip


def found(code: str, given_tables: Tables) -> list[tuple[Any, int, int, int]]:
    return list(
        shares(code, given_tables, *YEAR)[["key", "area_id", "numerator", "denominator"]].itertuples(
            index=False, name=None
        )
    )


def test_households_bring_in_themselves_or_their_people() -> None:
    # h1 met in the year, h2 and h3 not; h4 has moved out. h2's size is not recorded.
    assert found("VIS-01", tables(households=HOMES, visits=CALLS)) == [
        ("h1", 1, 1, 1),
        ("h2", 1, 0, 1),
        ("h3", 2, 0, 1),
    ]
    assert found("VIS-02", tables(households=HOMES, visits=CALLS)) == [("h1", 1, 3, 3), ("h3", 2, 0, 4)]


def test_a_visit_counts_where_its_household_lies_even_one_gone_since() -> None:
    # The visit of 2019 is of another period, h9 is in no register.
    assert found("VIS-06", tables(households=HOMES, visits=CALLS)) == [(0, 1, 1, 1), (1, 1, 1, 1), (3, 2, 0, 1)]


def test_grids_bring_in_themselves() -> None:
    grids = pd.DataFrame({"grid_id": [1, 2]})
    covers = pd.DataFrame({"target_id": [2], "org_kind": ["grid_branch"], "is_established": [True]})
    assert found("ORG-01", tables(grids=grids, covers=covers)) == [(1, 1, 0, 1), (2, 2, 1, 1)]


def test_what_is_left_out_has_a_reason_and_nothing_is_forgotten() -> None:
    given_tables = tables(households=HOMES, visits=CALLS)
    for code, expected in (("VIS-01", {"moved_out": 1}), ("VIS-02", {"moved_out": 1, "no_size": 1}),
                           ("VIS-06", {"other_period": 1})):  # fmt: skip
        rows = shares(code, given_tables, *YEAR)
        assert left_out(code, given_tables, YEAR[1], rows, [1, 2]) == expected
    rows = shares("VIS-01", given_tables, *YEAR)
    assert left_out("VIS-01", given_tables, YEAR[1], rows[rows["area_id"] == 1], [1]) == {}


def test_cases_of_another_kind_are_not_left_out_but_another_matter() -> None:
    cases = pd.DataFrame({
        "case_id": [1, 2, 3, 4, 5], "grid_id": 7, "case_kind": ["dispute"] * 4 + ["suggestion"],
        "accepted_on": [date(2020, 5, 1), None, date(2019, 5, 1), date(2020, 5, 1), date(2020, 5, 1)],
        "is_valid": [True, True, True, False, True], "is_resolved": True,
    })  # fmt: skip
    rows = shares("DIS-03", tables(cases=cases), *YEAR)
    assert rows["key"].tolist() == [1]
    reasons = left_out("DIS-03", tables(cases=cases), YEAR[1], rows, [7])
    assert reasons == {"not_taken_up": 1, "not_accepted": 1, "other_period": 1}


def test_what_is_not_due_yet_and_what_was_not_recorded_is_told() -> None:
    day = date(2020, 5, 1)
    cases = pd.DataFrame({
        "case_id": [1, 2, 3, 4, 5], "grid_id": 7, "case_kind": "dispute", "accepted_on": date(2020, 4, 1),
        "is_valid": [True, True, True, False, True], "first_due_on": [day, day, None, day, date(2019, 5, 1)],
        "due_on": [day, None, None, day, date(2019, 5, 1)], "resolved_on": None, "is_disposed": False,
    })  # fmt: skip
    for code in ("DIS-04", "CAS-01"):
        rows = shares(code, tables(cases=cases), *YEAR)
        assert rows["key"].tolist() == [1]
        reasons = left_out(code, tables(cases=cases), YEAR[1], rows, [7])
        assert reasons == {"on_hold": 1, "no_due_day": 1, "not_taken_up": 1, "other_period": 1}
    visits = calls(("h1", day, True), ("h1", day, True), ("h1", date(2019, 5, 1), True))
    visits = visits.assign(is_located=[True, None, True], has_photo=[None, None, False])
    for code, unknown in (("VIS-05", 1), ("VIS-07", 2)):
        given = tables(households=HOMES, visits=visits)
        reasons = left_out(code, given, YEAR[1], shares(code, given, *YEAR), [1, 2])
        assert reasons == {"not_recorded": unknown, "other_period": 1}


def test_a_measure_that_looks_beyond_the_row_stands_by_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_large_grids(t: Tables, start: date | None, end: date) -> pd.DataFrame:
        many = t.households.groupby("grid_id").size()
        return pd.DataFrame({"numerator": many, "denominator": many})[many > 1]

    monkeypatch.setattr(lineage, "FACTS", {"VIS-01": only_large_grids})
    rows = shares("VIS-01", tables(households=homes(("a", 1, 1, None), ("b", 1, 1, None), ("c", 2, 1, None))), *YEAR)
    assert rows[["kind", "key", "numerator"]].values.tolist() == [["grids", 1, 2]]
    assert left_out("VIS-01", tables(households=HOMES), YEAR[1], rows, [1, 2]) == {}


def test_every_measure_knows_what_it_counts() -> None:
    for code in FACTS:
        assert set(kinds_of(code)) <= set(lineage.KEYS)


DAYS = st.one_of(st.none(), st.dates(date(2019, 11, 1), date(2021, 2, 1)))


def drawn(data: st.DataObject, each: st.SearchStrategy[Any], many: int) -> list[Any]:
    return data.draw(st.lists(each, min_size=many, max_size=many))


def drawn_days(data: st.DataObject, many: int) -> pd.Series:
    return pd.to_datetime(pd.Series(drawn(data, DAYS, many), dtype=object))


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_shares_always_sum_to_the_measure(data: st.DataObject) -> None:
    many = data.draw(st.integers(1, 12))
    grids = drawn(data, st.integers(1, 3), many)
    frame = pd.DataFrame({
        "household_id": [f"h{i}" for i in range(many)], "grid_id": grids,
        "person_count": pd.array(drawn(data, st.one_of(st.none(), st.integers(1, 6)), many), dtype="Int64"),
        "moved_in_on": drawn_days(data, many), "moved_out_on": drawn_days(data, many),
    })  # fmt: skip
    names = st.sampled_from([f"h{i}" for i in range(many + 1)])
    call = st.tuples(names, st.dates(date(2019, 11, 1), date(2021, 2, 1)), st.booleans())
    visits = calls(*data.draw(st.lists(call, max_size=20)))
    cases = pd.DataFrame({
        "case_id": np.arange(many), "grid_id": grids,
        "case_kind": drawn(data, st.sampled_from(["dispute", "suggestion"]), many),
        **{name: drawn_days(data, many) for name in ("accepted_on", "closed_on", "due_on", "resolved_on")},
        **{name: drawn(data, st.booleans(), many) for name in ("is_valid", "is_closed", "is_resolved")},
    })  # fmt: skip
    given_tables = tables(households=frame, visits=visits, cases=cases.assign(first_due_on=cases["due_on"]))
    for code in ("VIS-01", "VIS-02", "VIS-06", "APP-01", "DIS-03", "DIS-04", "DIS-07"):
        rows = shares(code, given_tables, *YEAR)
        whole = FACTS[code](given_tables, *YEAR)
        assert (rows["kind"] == kinds_of(code)[0]).all()
        sums = rows.groupby("area_id")[["numerator", "denominator"]].sum()
        assert sums.to_dict("index") == whole.to_dict("index")
        # Every row of the kind is counted or left out, and none is both.
        kind = kinds_of(code)[0]
        frame_of = getattr(given_tables, kind)
        of_kind = frame_of if kind != "cases" else frame_of[frame_of["case_kind"] == lineage.CASE_KINDS[code[:3]]]
        if kind == "visits":
            of_kind = of_kind[of_kind["household_id"].isin(given_tables.households["household_id"])]
        gone = left_out(code, given_tables, YEAR[1], rows, [1, 2, 3])
        assert len(rows) + sum(gone.values()) == len(of_kind)
