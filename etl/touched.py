"""Which communities a load touched (触及的社区): all where a row lies, or lay, that is new, changed or taken back.

A community is the unit of work: every distinct count is local to one, and what lies above it is a sum. So the facts of
the others are as they were.
"""

from typing import Any

import pandas as pd

from data import schema
from etl.plan import Plan
from etl.tables import grids_ever, parents_of


def touched_communities(plan: Plan) -> frozenset[int] | None:
    """The communities touched by the changes of a plan; None when anything may be: the tree, or a boundary redrawn."""
    areas = plan.touched(schema.area, "area_id", "level", "parent_id", "is_void")
    if not areas["level"].isin(["community", "grid"]).all() or areas["is_void"].eq(True).any() or _has_moved(areas):
        return None
    levels = plan.columns(schema.area, "area_id", "level")
    level = dict(zip(levels["area_id"], levels["level"], strict=True))
    redrawn = set(plan.former(schema.area_shape, "area_id")["area_id"])
    if any(level.get(area) == "grid" for area in redrawn):
        # A boundary of former days may move a point between any two grids.
        return None
    parents = parents_of(plan)
    drawn = set(plan.touched(schema.area_shape, "area_id")["area_id"])
    places = set(areas["area_id"]) | drawn | _places_of(plan)
    found = {area if level.get(area) == "community" else parents.get(area) for area in places if area is not None}
    return frozenset(area for area in found if area is not None and level.get(area) == "community")


def _has_moved(areas: pd.DataFrame) -> bool:
    """Whether an area came under another parent."""
    return bool((areas.groupby("area_id")["parent_id"].nunique(dropna=False) > 1).any())


def _places_of(plan: Plan) -> set[Any]:
    """The grids and communities where changed rows lie or lay."""
    buildings = set(plan.touched(schema.building, "building_id")["building_id"])
    places: set[Any] = set()
    for table, owner, key in ((schema.org_cover, schema.org, "org_id"), (schema.post_target, schema.post, "post_id")):
        targets = _of_owners(plan, table, owner, key)
        buildings |= set(targets["target_id"][targets["target_kind"] == "building"])
        places |= set(targets["target_id"][targets["target_kind"] == "grid"])
    buildings |= _homes(plan)
    cases = _cases(plan)
    buildings |= set(cases["building_id"])
    places |= set(cases["grid_id"])
    for table in (schema.facility, schema.plot_allocation):
        places |= set(plan.touched(table, "community_id")["community_id"])
    moved = plan.touched(schema.building_grid, "building_id", "grid_id")
    placed = plan.columns(schema.building_grid, "grid_id", only=("building_id", buildings | set(moved["building_id"])))
    return places | set(placed["grid_id"]) | set(moved["grid_id"])


def _of_owners(plan: Plan, table: schema.Table, owner: schema.Table, key: str) -> pd.DataFrame:
    """Targets that changed, and those of organisations or posts that did."""
    names = (key, "target_kind", "target_id")
    owners = set(plan.touched(owner, key)[key])
    return pd.concat([plan.touched(table, *names), plan.columns(table, *names, only=(key, owners))])


def _homes(plan: Plan) -> set[Any]:
    """Buildings of households that changed, moved, or were called on: all they ever lived in, for a visit counts in
    each period for the grid where its household lives at the end.
    """
    moved = plan.touched(schema.household_stay, "household_id", "building_id")
    changed = plan.touched(schema.household, "household_id", "building_id")
    called = set(plan.touched(schema.visit, "household_id")["household_id"])
    found = set(changed["building_id"]) | set(moved["building_id"])
    theirs = called | set(changed["household_id"]) | set(moved["household_id"])
    for table, ids in ((schema.household, called), (schema.household_stay, theirs)):
        found |= set(plan.columns(table, "building_id", only=("household_id", ids))["building_id"])
    return found


def _cases(plan: Plan) -> pd.DataFrame:
    """Where cases lie or lay that changed, or whose log did."""
    names = ("building_id", "grid_id", "lon", "lat")
    logged = set(plan.touched(schema.case_step, "case_id")["case_id"])
    cases = pd.concat(
        [plan.touched(schema.case_file, *names), plan.columns(schema.case_file, *names, only=("case_id", logged))]
    )
    cases = cases[cases["grid_id"].notna()]
    then = pd.DataFrame({"building_id": None, "grid_id": sorted(grids_ever(plan, cases))}, dtype=object)
    return pd.concat([cases[["building_id", "grid_id"]], then])
