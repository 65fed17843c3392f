"""What a row refers to (关联): words and numbers of the ledger → ids of the store. What is not there refuses the row.

A row that refers to a refused row is refused as well, so nothing hangs in the air. Links are resolved on all rows,
also on those already refused, so that the reader sees all their faults at once.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from data import schema
from etl.clean import Ledger
from etl.match import STATING, Doors, Matcher, ambiguous, match_buildings, match_households
from etl.places import Places
from etl.plan import Plan
from etl.problems import Reason, missing, not_found, shorten

_BY_NUMBER: dict[str, tuple[Any, str, str, str, str, str]] = {
    # link: table, its number, its id, column of the ledger, what it is
    "building": (schema.building, "building_code", "building_id", "building_code", "楼栋", "building"),
    "household": (schema.household, "household_no", "household_id", "household_no", "户", "household"),
    "org": (schema.org, "org_no", "org_id", "org_no", "组织", "organisation"),
    "parent": (schema.org, "org_no", "org_id", "parent_no", "上级组织", "organisation above it"),
    "case": (schema.case_file, "case_no", "case_id", "case_no", "事项", "case"),
}


def link_ledger(ledger: Ledger, plan: Plan, places: Places) -> None:
    """Add `<link>_id` for every link of the kind; a required one that is empty or any that leads nowhere refuses."""
    # Grid and building first: a community that is not stated follows from them, and a household from its door.
    last = ("household", "community")
    matcher = Matcher(plan, places)
    for link in sorted(ledger.source.links, key=lambda name: last.index(name) + 1 if name in last else 0):
        required = ledger.source.links[link] == "required"
        if link == "community":
            ids = _communities(ledger, plan, places, required)
        elif link == "grid":
            ids = _grids(ledger, places, required)
        else:
            ids = _numbered(ledger, plan, link, required)
            if link == "building" and "building_name" in ledger.source.columns:
                ids = match_buildings(ledger, matcher, ids, lambda cells: _stated(cells, places))
            if link == "household" and "room_no" in ledger.source.columns and _lacks_numbers(ledger):
                ids = match_households(ledger, Doors(plan), ids)
        ledger.frame[f"{link}_id"] = pd.Series(ids, index=ledger.frame.index, dtype=object)


def _lacks_numbers(ledger: Ledger) -> bool:
    """Whether a household is to be found by its door; a missing number that was reported is not looked for."""
    frame = ledger.frame
    return any(row not in ledger.reasons for row in frame.index[frame["household_no"].isna()])


def _numbered(ledger: Ledger, plan: Plan, link: str, required: bool) -> list[Any]:
    table, number, key, column, what_zh, what_en = _BY_NUMBER[link]
    values = ledger.columns[column]
    if not required and not any(value is not None for value in values.values):
        return [None] * len(values)
    rows = plan.columns(table, number, key)
    ids = dict(zip(rows[number], rows[key], strict=True))
    # A ledger names the same thing again and again: each is looked up once.
    ids_of = values.told([ids.get(value) for value in values.values])
    found: list[Any] = ids_of.cells().tolist()
    if None not in ids_of.values:
        return found
    for row, (value, key_of) in enumerate(zip(values, found, strict=True)):
        if value is None:
            if required and not ledger.source.columns[column].required:
                ledger.refuse(row, missing(ledger.heading(row, column)))
        elif key_of is None:
            ledger.refuse(row, not_found(ledger.heading(row, column), shorten(value), what_zh, what_en))
    return found


def _grids(ledger: Ledger, places: Places, required: bool) -> list[int | None]:
    """By code, else by name within the community that the row states."""
    has_name = "grid_name" in ledger.source.columns

    def find(row: int, cells: dict[str, Any]) -> int | None:
        if cells.get("grid_code"):
            grid = places.find("grid", cells["grid_code"])
            if grid is None:
                ledger.refuse(row, not_found(ledger.heading(row, "grid_code"), cells["grid_code"], "网格", "grid"))
            return grid
        name = cells.get("grid_name")
        if not name:
            return None
        community = _stated(cells, places)
        grids = places.named("grid", name, community) if isinstance(community, int) else places.named("grid", name)
        if len(grids) != 1:
            ledger.refuse(row, _unclear(ledger.heading(row, "grid_name"), name, grids, places, "网格", "grid"))
            return None
        return grids[0]

    column = "grid_name" if has_name and not ledger.source.columns["grid_code"].required else "grid_code"
    return _each(ledger, ("grid_code", "grid_name", *STATING), find, column if required else None)


def _communities(ledger: Ledger, plan: Plan, places: Places, required: bool) -> list[int | None]:
    """By code, else by the grid or building of the row, else by the first digits of its own code, else by name."""
    buildings = plan.rows(schema.building)
    of_building = dict(zip(buildings["building_id"], buildings["community_id"], strict=True))
    columns = ledger.source.columns
    own_code = next((name for name in ("grid_code", "building_code") if name in ledger.source.key), "")

    def find(row: int, cells: dict[str, Any]) -> int | None:
        if cells.get("community_code"):
            community = places.find("community", cells["community_code"])
            if community is None:
                heading = ledger.heading(row, "community_code")
                ledger.refuse(row, not_found(heading, cells["community_code"], "社区(村)", "community"))
            return community
        if cells.get("grid_id") is not None:
            return places.parent[cells["grid_id"]]
        if cells.get("building_id") is not None:
            return of_building.get(cells["building_id"])
        own = cells.get(own_code)
        if own and (community := places.find("community", own[:12])) is not None:
            return community
        name = cells.get("community_name")
        if not name:
            if own:
                ledger.refuse(row, not_found(ledger.heading(row, own_code), own[:12], "社区(村)", "community"))
            return None
        stated = _stated(cells, places)
        if isinstance(stated, list):
            heading = ledger.heading(row, "community_name")
            ledger.refuse(row, _unclear(heading, name, stated, places, "社区(村)", "community"))
            return None
        return stated

    wanted = ("community_name" if "community_name" in columns else "community_code") if required else None
    return _each(ledger, (*STATING, "grid_id", "building_id", own_code), find, wanted)


def _stated(cells: dict[str, Any], places: Places) -> int | list[int] | None:
    """The community a row states by code or name; the list of candidates when there is not exactly one."""
    if cells.get("community_code"):
        return places.find("community", cells["community_code"])
    name = cells.get("community_name")
    if not name:
        return None
    townships = places.named("township", cells["township_name"]) if cells.get("township_name") else []
    if cells.get("township_name") and not townships:
        return []
    found = places.named("community", name, townships[0] if len(townships) == 1 else None)
    return found[0] if len(found) == 1 else found


def stated_communities(ledger: Ledger, places: Places) -> list[int | None]:
    """The community each row states by code or name; None where it states none, or it is not clear which."""
    present = [name for name in STATING if name in ledger.frame]
    found: dict[tuple[Any, ...], int | None] = {}
    for values in set(ledger.frame[present].itertuples(index=False, name=None)):
        community = _stated(dict(zip(present, values, strict=True)), places)
        found[values] = community if isinstance(community, int) else None
    return [found[values] for values in ledger.frame[present].itertuples(index=False, name=None)]


def _each(
    ledger: Ledger,
    names: tuple[str, ...],
    find: Callable[[int, dict[str, Any]], int | None],
    wanted: str | None,
) -> list[int | None]:
    """`find` for every row; rows where nothing is stated at all are refused when `wanted` names the column to fill."""
    present = [name for name in dict.fromkeys(names) if name in ledger.frame]
    found: list[int | None] = []
    for row, *values in ledger.frame[present].itertuples():
        found.append(find(row, dict(zip(present, values, strict=True))))
        if found[-1] is None and wanted:
            # A cell that is empty, unreadable or leads nowhere has been reported already.
            told = {reason.column for reason in ledger.reasons.get(row, ())}
            if told.isdisjoint(ledger.heading(row, name) for name in present if name in ledger.source.columns):
                ledger.refuse(row, missing(ledger.heading(row, wanted)))
    return found


def _unclear(heading: str, name: str, found: list[int], places: Places, what_zh: str, what_en: str) -> Reason:
    if not found:
        return not_found(heading, shorten(name), what_zh, what_en)
    return ambiguous(heading, name, [_titled(area, places) for area in found])


def _titled(area: int, places: Places) -> str:
    above = places.parent[area]
    return f"{places.name[above] if above is not None else ''}{places.name[area]}({places.code.get(area, '')})"
