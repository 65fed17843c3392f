"""Calls by day, visits due by kind and days since the last one: a grid of three homes counted by hand."""

from datetime import date

import pandas as pd

from geo.measure_visits import visits_in_time
from geo.visit_counts import NEVER, UNCALLED, due_by_month, households_by_recency, visits_by_day

HOMES = pd.DataFrame(
    {
        "household_id": ["h1", "h2", "h3"], "grid_id": [1, 1, 2], "household_kind": ["care", "ordinary", "ordinary"],
        "cycle_months": [1, 6, 6], "moved_in_on": pd.NaT, "moved_out_on": pd.NaT,
    }
)  # fmt: skip


def calls(*rows: tuple[str, date, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["household_id", "visited_on", "visit_result"])
    is_met = frame["visit_result"] == "met"
    return frame.assign(is_met=is_met, is_valid=is_met, is_located=None, is_near=False, is_told=True, is_noted=is_met)


def cells(found: pd.DataFrame) -> dict[tuple[int, str, str], int]:
    return {(row.area_id, str(row.day)[:10], row.what): row.count for row in found.itertuples(index=False)}


def test_every_call_has_one_result_and_calls_at_strangers_none() -> None:
    day = date(2026, 3, 2)
    found = cells(visits_by_day(HOMES, calls(("h1", day, "met"), ("h2", day, "met"), ("h3", day, "refused"),
                                             ("nobody", day, "met"))))  # fmt: skip
    assert found == {
        (1, "2026-03-02", "met"): 2, (1, "2026-03-02", "noted"): 2, (1, "2026-03-02", "told"): 2,
        (2, "2026-03-02", "refused"): 1, (2, "2026-03-02", "told"): 1,
    }  # fmt: skip


def test_a_sound_call_met_somebody_near_and_left_a_note() -> None:
    rows = calls(*[("h1", date(2026, 3, 2), result) for result in ("met", "met", "absent", "met")])
    rows = rows.assign(is_located=[True, True, True, None], is_near=[True, False, True, False])
    found = cells(visits_by_day(HOMES, rows))
    whats = {what: count for (_, _, what), count in found.items()}
    assert whats == {"met": 3, "absent": 1, "placed": 3, "located": 3, "told": 4, "noted": 3, "sound": 1}


def test_due_by_kind_sums_to_the_visits_due() -> None:
    rows = calls(("h2", date(2026, 2, 3), "met"), ("h1", date(2026, 5, 9), "met"), ("h3", date(2026, 7, 1), "met"))
    found = due_by_month(HOMES, rows, date(2026, 7, 1))
    assert found["household_kind"].value_counts().to_dict() == {"care": 5, "ordinary": 1}
    assert found[found["household_kind"] == "care"]["done_count"].sum() == 1
    whole = visits_in_time(HOMES, rows, None, date(2026, 7, 1))
    assert [found["done_count"].sum(), found["due_count"].sum()] == whole.loc[1].to_list() == [2, 6]


def test_days_since_are_those_of_the_last_time_somebody_was_met() -> None:
    rows = calls(
        ("h1", date(2025, 12, 31), "met"), ("h1", date(2026, 1, 20), "vacant"), ("h1", date(2026, 1, 30), "absent"),
        ("h2", date(2026, 1, 1), "met"), ("h2", date(2026, 1, 30), "refused"), ("h3", date(2026, 2, 1), "met"),
    )  # fmt: skip
    found = households_by_recency(HOMES, rows, date(2026, 1, 31))
    assert found.to_numpy().tolist() == [[1, 0, "met", 1], [1, 31, "absent", 1], [2, NEVER, UNCALLED, 1]]


def test_who_moved_away_or_is_still_to_come_does_not_count() -> None:
    homes = HOMES.assign(moved_in_on=[pd.NaT, pd.Timestamp(2026, 2, 1), pd.NaT],
                         moved_out_on=[pd.NaT, pd.NaT, pd.Timestamp(2026, 1, 31)])  # fmt: skip
    found = households_by_recency(homes, calls(), date(2026, 1, 31))
    assert found.to_numpy().tolist() == [[1, NEVER, UNCALLED, 1]]
