"""Facts and building states from the rows of a plan (汇总): flags by the terms, the measures of geo, sums upward."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from data import schema, terms
from etl.plan import Plan
from geo.indicators import roll_up
from geo.measures import Tables, measure_all
from geo.periods import Period, kept_periods


def latest_event(plan: Plan, today: date) -> date | None:
    """The last day on which something happened (a visit, a step of a case), not after today; None when nothing did."""
    of_cases = ("found_on", "accepted_on", "resolved_on", "closed_on")
    events = [(schema.visit, "visited_on"), (schema.case_step, "step_on"), *((schema.case_file, n) for n in of_cases)]
    days = [day for table, name in events for day in plan.rows(table)[name] if day is not None and day <= today]
    return max(days, default=None)


def first_event(plan: Plan, data_on: date) -> date:
    """The first day that facts are kept from: the first visit or acceptance, at most ten years before the data date."""
    days = [
        day
        for table, name in ((schema.visit, "visited_on"), (schema.case_file, "accepted_on"))
        for day in plan.rows(table)[name]
        if day is not None and day <= data_on
    ]
    return max(min(days, default=data_on), date(data_on.year - 10, 1, 1))


def facts_of(plan: Plan, data_on: date) -> pd.DataFrame:
    """Every indicator for every kept period and area: `indicator`, `area_id`, `period`, `numerator`, `denominator`."""
    periods = kept_periods(first_event(plan, data_on), data_on)
    parts = []
    for day, group in _by_last_day(plan, periods, data_on):
        parts.append(measure_all(measure_tables(plan, day), group, data_on))
    areas = plan.rows(schema.area)
    parents = pd.Series(areas["parent_id"].to_numpy(), index=areas["area_id"].to_numpy(), dtype="Int64")
    measured = pd.concat([part for part in parts if len(part)] or parts[:1])
    if measured.empty:
        return pd.DataFrame(columns=["indicator", "area_id", "period", "basis", "numerator", "denominator"])
    facts = roll_up(measured, parents).reset_index()
    return facts.assign(basis="ledger")[["indicator", "area_id", "period", "basis", "numerator", "denominator"]]


def _by_last_day(plan: Plan, periods: list[Period], data_on: date) -> list[tuple[date, list[Period]]]:
    """Periods by the last day they reach: buildings are counted in the grid they lay in then."""
    placed = plan.rows(schema.building_grid)["building_id"]
    if placed.is_unique:
        return [(data_on, periods)]
    groups: dict[date, list[Period]] = {}
    for period in periods:
        groups.setdefault(min(period.last_day, data_on), []).append(period)
    return sorted(groups.items())


def measure_tables(plan: Plan, on: date) -> Tables:
    """What the measures read, with buildings in the grids of a day."""
    areas = plan.rows(schema.area)
    shapes = plan.rows(schema.area_shape)
    of_grids = areas[(areas["level"] == "grid") & (areas["area_kind"] != "unplaced")]
    begins = shapes.groupby("area_id")["valid_from"].min()
    grids = pd.DataFrame({"grid_id": _ids(of_grids["area_id"]), "valid_from": _days(of_grids["area_id"].map(begins))})
    grid_of = _grid_of_buildings(plan, on)
    rows = plan.rows(schema.building)
    buildings = pd.DataFrame(
        {
            "building_id": _ids(rows["building_id"]), "grid_id": _ids(rows["building_id"].map(grid_of)),
            "is_residential": rows["is_residential"].astype(bool),
        }
    )  # fmt: skip
    rows = plan.rows(schema.household)
    households = pd.DataFrame(
        {
            "household_id": rows["household_id"], "grid_id": _ids(rows["building_id"].map(grid_of)),
            "person_count": rows["person_count"].astype("Int64"),
            "moved_in_on": _days(rows["moved_in_on"]), "moved_out_on": _days(rows["moved_out_on"]),
        }
    )  # fmt: skip
    rows = plan.rows(schema.visit)
    visits = pd.DataFrame(
        {
            "household_id": rows["household_id"], "visited_on": _days(rows["visited_on"]),
            "is_valid": rows["is_valid"].astype(bool), "is_met": (rows["visit_result"] == "met").astype(bool),
        }
    )  # fmt: skip
    sites = areas[(areas["level"] == "community") & areas["is_relocation"].astype(bool)]
    facilities = plan.rows(schema.facility)
    plots = plan.rows(schema.plot_allocation)
    return Tables(
        grids=grids,
        buildings=buildings,
        households=households,
        visits=visits,
        cases=flag_cases(plan),
        covers=_covers(plan),
        leads=_leads(plan),
        sites=pd.DataFrame({"community_id": _ids(sites["area_id"])}),
        facilities=pd.DataFrame(
            {
                "community_id": _ids(facilities["community_id"]), "facility_kind": facilities["facility_kind"],
                "is_in_use": (facilities["facility_state"] == "present").astype(bool),
                "built_on": _days(facilities["built_on"]),
            }
        ),
        plots=pd.DataFrame(
            {
                "community_id": _ids(plots["community_id"]), "counted_on": _days(plots["counted_on"]),
                "households_count": plots["households_count"].astype("Int64"),
                "households_with_plot_count": plots["households_with_plot_count"].astype("Int64"),
            }
        ),
        kinds=terms.ONE_PLUS_SIX,
    )  # fmt: skip


def flag_cases(plan: Plan) -> pd.DataFrame:
    """Cases with the flags the measures take: valid, resolved (the parties agree), closed (the file is)."""
    rows = plan.rows(schema.case_file)
    is_resolved = rows["lifecycle"].isin(terms.RESOLVED_LIFECYCLES)
    # A dispute is resolved only with success; suggestions have no outcome.
    is_resolved &= (rows["outcome"] == "success") | (rows["case_kind"] != "dispute")
    return pd.DataFrame(
        {
            "case_id": _ids(rows["case_id"]), "grid_id": _ids(rows["grid_id"]), "case_kind": rows["case_kind"],
            "building_id": rows["building_id"].astype("Int64"),
            "accepted_on": _days(rows["accepted_on"]), "due_on": _days(rows["due_on"]),
            "resolved_on": _days(rows["resolved_on"].where(is_resolved, None)), "closed_on": _days(rows["closed_on"]),
            "is_valid": ~rows["lifecycle"].isin(terms.INVALID_LIFECYCLES).astype(bool),
            "is_resolved": is_resolved.astype(bool),
            "is_closed": rows["lifecycle"].isin(terms.CLOSED_LIFECYCLES).astype(bool),
        }
    )  # fmt: skip


def building_states_of(plan: Plan, data_on: date) -> pd.DataFrame:
    """One row per building at the data date, as schema.building_state says; "met" is met in its calendar year."""
    tables = measure_tables(plan, data_on)
    rows = plan.rows(schema.building)
    states = rows[["building_id", "is_residential", "dwellings_count"]].set_index("building_id")
    homes = plan.rows(schema.household)[["household_id", "building_id"]].merge(
        tables.households[["household_id", "moved_in_on", "moved_out_on"]], on="household_id"
    )
    after = pd.Timestamp(data_on + timedelta(days=1))
    is_here = ~(homes["moved_in_on"] >= after) & ~(homes["moved_out_on"] < after)
    homes = homes.assign(is_here=is_here)
    calls = tables.visits[tables.visits["visited_on"] < after]
    year = calls[calls["visited_on"] >= pd.Timestamp(data_on.year, 1, 1)]
    last = calls[calls["is_valid"]].groupby("household_id")["visited_on"].max()
    homes = homes.assign(
        was_met=homes["household_id"].isin(year["household_id"][year["is_valid"]]) & homes["is_here"],
        was_called=homes["household_id"].isin(year["household_id"]) & homes["is_here"],
        last_on=last.reindex(homes["household_id"]).to_numpy(),
    )
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


def _grid_of_buildings(plan: Plan, on: date) -> dict[int, int]:
    """The grid of each building on a day; before the first boundary it is the first one."""
    placed = plan.rows(schema.building_grid).sort_values(["building_id", "valid_from"])
    grids: dict[int, int] = {}
    for building, start, grid in zip(placed["building_id"], placed["valid_from"], placed["grid_id"], strict=True):
        if building not in grids or start <= on:
            grids[building] = grid
    return grids


def _covers(plan: Plan) -> pd.DataFrame:
    orgs = plan.rows(schema.org)
    kinds = dict(zip(orgs["org_id"], orgs["org_kind"], strict=True))
    rows = plan.rows(schema.org_cover)
    return pd.DataFrame(
        {
            "target_id": _ids(rows["target_id"]), "target_kind": rows["target_kind"],
            "org_kind": rows["org_id"].map(kinds), "is_established": rows["is_established"].astype(bool),
            "is_covered": rows["is_covered"].astype(bool),
            "valid_from": _days(rows["valid_from"]), "valid_to": _days(rows["valid_to"]),
        }
    )  # fmt: skip


def _leads(plan: Plan) -> pd.DataFrame:
    posts, targets = plan.rows(schema.post), plan.rows(schema.post_target)
    rows = targets[targets["target_kind"] == "building"].merge(
        posts[posts["post_kind"] == "building_lead"][["post_id", "valid_from", "valid_to"]], on="post_id"
    )
    return pd.DataFrame(
        {
            "building_id": _ids(rows["target_id"]),
            "valid_from": _days(rows["valid_from"]), "valid_to": _days(rows["valid_to"]),
        }
    )  # fmt: skip


def _ids(values: pd.Series) -> pd.Series:
    return values.astype("int64")


def _days(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values)
