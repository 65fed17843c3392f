"""The state of every building at the data date (楼栋状态): what its households, visits and cases amount to."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data import schema
from etl.plan import Plan
from etl.tables import Part, Rows, measure_tables
from geo.counting import days_of, flags
from geo.measures import Tables
from geo.stays import homes_of, households_of, numbers_of


@dataclass(frozen=True)
class StateChanges:
    """States to write in place of those of `buildings` (None: of all)."""

    states: pd.DataFrame
    buildings: frozenset[int] | None = None


def state_changes(plan: Plan, data_on: date, known_on: date | None, part: Part | None) -> StateChanges:
    """What a plan changes of the building states; on another data date, or without a part touched, all of them."""
    if part is None or data_on != known_on:
        return StateChanges(building_states_of(plan, data_on))
    states = building_states_of(plan, data_on, measure_tables(plan, data_on, part))
    here = plan.touched(schema.building, "building_id")["building_id"]
    return StateChanges(states, frozenset(states["building_id"]) | frozenset(here))


def building_states_of(rows: Rows, data_on: date, tables: Tables | None = None) -> pd.DataFrame:
    """One row per building at the data date, as schema.building_state says; "met" is met in its calendar year.

    tables : what `measure_tables` gives for that day, where it is there already; only its buildings are in the answer.
    """
    tables = tables or measure_tables(rows, data_on)
    states = rows.columns(schema.building, "building_id", "is_residential", "dwellings_count").set_index("building_id")
    states = states.loc[tables.buildings["building_id"]]
    homes = tables.households
    after = pd.Timestamp(data_on + timedelta(days=1))
    is_here = ~(homes["moved_in_on"] >= after) & ~(homes["moved_out_on"] < after)
    homes = homes.assign(is_here=is_here)
    days = days_of(tables.visits["visited_on"])
    number, who, at = numbers_of(homes), households_of(homes, tables.visits), homes_of(homes, tables.visits)
    seen = (who >= 0) & (days <= np.datetime64(data_on))
    good = seen & flags(tables.visits["is_valid"])
    this_year = days >= np.datetime64(data_on, "Y")
    was_met, was_called = np.zeros(len(homes), dtype=bool), np.zeros(len(homes), dtype=bool)
    # Met is a household, wherever it lived then; the last visit is one to this building.
    was_met[who[good & this_year]], was_called[who[seen & this_year]] = True, True
    last = np.full(len(homes), np.iinfo(np.int64).min)
    here = good & (at >= 0)
    np.maximum.at(last, at[here], days[here].astype(np.int64))
    homes = homes.assign(
        was_met=was_met[number] & is_here, was_called=was_called[number] & is_here,
        last_on=last.astype("datetime64[D]"),
    )  # fmt: skip
    sums = homes.groupby("building_id").agg(
        registered=("is_here", "sum"), met=("was_met", "sum"), called=("was_called", "sum"), last_on=("last_on", "max")
    )
    states = states.join(sums).fillna({"registered": 0, "met": 0, "called": 0})
    registered, met, called = (states[name].astype(int) for name in ("registered", "met", "called"))
    no_dwellings = ~states["is_residential"].astype(bool) | (states["dwellings_count"] == 0)
    state = np.select(
        [no_dwellings & (registered == 0), registered == 0, met == registered, met > 0, called > 0],
        ["not_applicable", "unknown", "visited", "partly", "absent"],
        "not_visited",
    )
    cases = tables.cases[tables.cases["is_valid"] & ~tables.cases["is_closed"]]
    count_open = cases.groupby(["case_kind", "building_id"]).size()
    return pd.DataFrame(
        {
            "building_id": states.index, "as_of_on": data_on, "building_state": state,
            "households_count": registered.where(registered > 0).astype("Int64").to_numpy(),
            "households_visited_count": met.where(registered > 0).astype("Int64").to_numpy(),
            "last_visit_on": states["last_on"].to_numpy(),
            "open_suggestions_count": _counts(count_open, "suggestion", states.index),
            "open_disputes_count": _counts(count_open, "dispute", states.index),
        }
    )  # fmt: skip


def _counts(sizes: pd.Series, kind: str, buildings: pd.Index) -> np.ndarray:
    if kind not in sizes.index.get_level_values(0):
        return np.zeros(len(buildings), dtype=int)
    return sizes[kind].reindex(buildings).fillna(0).astype(int).to_numpy()
