"""Where things lie (落格): buildings by their footprint, facilities by their point, cases by building, point or word.

One rule for all of them: **located wins**. What lies in a grid is in that grid and its community; what lies in none,
in the community that is drawn around it; what has no place of its own or lies in no community, where its ledger states.
What is stated is kept beside it (`stated_community_id`, `stated_grid_id`) and differences are counted, at every load
One rule for all: **located wins**. What lies in a grid is in that grid and its community; what lies in none, in the
community that is drawn around it; what has no place of its own or lies in no community, where its ledger states. What
is stated is kept beside it (`stated_community_id`, `stated_grid_id`) and differences are counted, at every load
(`etl.place_notices`) and on the quality page. Organisations lie nowhere: they belong to what they name.

Every load places all live rows again, because new boundaries move old buildings; only what differs becomes a change.
What lies in no grid goes to the 未落格 of its community, which is made when it is first needed.
"""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import schema
from etl.places import Places
from etl.plan import Plan
from etl.shapes import areas_in_force
from etl.take_areas import SINCE, Unplaced
from geo.assign import Grids, ReadyGrids, assign_footprints, assign_points, ready_grids


def place_all(plan: Plan, edition: str, cells: Path | None = None) -> None:
    """Give every building, facility and case of the plan its grid and, with it, its community.

    cells : folder where the cell tables of boundaries are kept from load to load; None: none is kept.
    """
    places = Places(plan, edition)
    grids = areas_in_force(plan, places, "grid")
    count = sum(len(plan.rows(table)) for table in (schema.building, schema.facility, schema.case_file))
    ready = ready_grids(grids, cells, count=count)
    communities = areas_in_force(plan, places, "community")
    begins = dict(zip(grids["grid_id"].tolist(), grids["valid_from"], strict=True))
    unplaced = Unplaced(plan, places)
    _place_buildings(plan, places, ready, begins, communities, unplaced)
    _place_facilities(plan, places, ready, communities, unplaced)
    _place_cases(plan, places, ready, communities, unplaced)
    unplaced.put()


def _place_buildings(
    plan: Plan,
    places: Places,
    grids: ReadyGrids,
    begins: dict[int, Any],
    communities: gpd.GeoDataFrame,
    unplaced: Unplaced,
) -> None:
    buildings = plan.rows(schema.building)
    if buildings.empty:
        return
    shapes = shapely.from_wkb(buildings["geom"].to_numpy(object))
    is_point = shapely.is_missing(shapes)
    found = _within(buildings, shapes, grids)
    lost = np.array([grid is None for grid in found], dtype=bool)
    around = iter(_within(buildings[lost], shapes[lost], communities))
    grid_ids, community_ids = [], []
    for grid, stated in zip(found, buildings["community_id"], strict=True):
        community: Any = places.parent[grid] if grid is not None else (next(around) or stated)
        grid_ids.append(grid if grid is not None else unplaced.of(community))
        community_ids.append(community)
    plan.patch(
        schema.building,
        pd.DataFrame({"building_id": buildings["building_id"], "community_id": community_ids}, dtype=object),
    )
    placed = pd.DataFrame(
        {
            "building_id": buildings["building_id"], "grid_id": grid_ids, "valid_to": None,
            "valid_from": [begins.get(grid, SINCE) for grid in grid_ids],
            "way": np.where(lost, "unplaced", np.where(is_point, "point", "footprint")),
        }, dtype=object,
    )  # fmt: skip
    _replace_places(plan, placed)


def _within(buildings: pd.DataFrame, shapes: Any, areas: Grids) -> list[int | None]:
    """The area of each building: by its footprint, else by its point."""
    is_point = shapely.is_missing(shapes)
    found = np.full(len(shapes), None, dtype=object)
    found[~is_point] = _plain(assign_footprints(shapes[~is_point], areas))
    lon, lat = (buildings[name][is_point].astype(float) for name in ("lon", "lat"))
    found[is_point] = _plain(assign_points(lon, lat, areas))
    return found.tolist()


def _replace_places(plan: Plan, placed: pd.DataFrame) -> None:
    """A building that came to another grid by a later boundary keeps the former one for the days before."""
    now = plan.in_force(schema.building_grid)
    current = {
        b: (grid, way, start)
        for b, grid, way, start in zip(now["building_id"], now["grid_id"], now["way"], now["valid_from"], strict=True)
    }
    rows = list(placed.itertuples(index=False))
    fresh, ended, moved = [], [], []
    for row in rows:
        old = current.get(row.building_id)
        if old is None:
            fresh.append(row)
        elif old[:2] == (row.grid_id, row.way):
            continue
        elif old[2] < row.valid_from:
            ended.append({"building_id": row.building_id, "valid_from": old[2], "valid_to": row.valid_from})
            fresh.append(row)
        else:
            moved.append({"building_id": row.building_id, "valid_from": old[2], "grid_id": row.grid_id, "way": row.way})
    for changed in (ended, moved):
        if changed:
            plan.patch(schema.building_grid, pd.DataFrame(changed, dtype=object))
    if fresh:
        new = pd.DataFrame(fresh, columns=placed.columns, dtype=object)
        plan.put(schema.building_grid, new, ["building_id", "valid_from"])


def _place_facilities(
    plan: Plan, places: Places, grids: Grids, communities: gpd.GeoDataFrame, unplaced: Unplaced
) -> None:
    facilities = plan.rows(schema.facility)
    facilities = facilities[facilities["lon"].notna() & facilities["lat"].notna()]
    if facilities.empty:
        return
    lon, lat = (facilities[name].astype(float) for name in ("lon", "lat"))
    found, around = _plain(assign_points(lon, lat, grids)), _plain(assign_points(lon, lat, communities))
    rows = []
    for facility, grid, drawn, kept, said in zip(
        facilities["facility_id"], found, around, facilities["community_id"], facilities["stated_community_id"],
        strict=True,
    ):  # fmt: skip
        # Before the stated one was kept beside it, the community was the stated one.
        stated = kept if said is None else said
        community: Any = places.parent[grid] if grid is not None else (drawn or stated)
        place = grid if grid is not None else unplaced.of(community)
        rows.append((facility, community, said if community == stated else stated, place))
    columns = ["facility_id", "community_id", "stated_community_id", "grid_id"]
    plan.patch(schema.facility, pd.DataFrame(rows, columns=columns, dtype=object))


def _place_cases(plan: Plan, places: Places, grids: Grids, communities: gpd.GeoDataFrame, unplaced: Unplaced) -> None:
    cases = plan.rows(schema.case_file)
    if cases.empty:
        return
    now = plan.in_force(schema.building_grid)
    of_building = dict(zip(now["building_id"], now["grid_id"], strict=True))
    has_point = (cases["lon"].notna() & cases["lat"].notna()).to_numpy(bool)
    lon, lat = (cases[name].astype(float).to_numpy() for name in ("lon", "lat"))
    by_point, around = _plain(assign_points(lon, lat, grids)), _plain(assign_points(lon, lat, communities))
    ids: list[Any] = []
    community_ids = []
    for n, (building, grid, community) in enumerate(
        zip(cases["building_id"], cases["grid_id"], cases["community_id"], strict=True)
    ):
        if building is not None:
            place = of_building[building]
        elif has_point[n]:
            place = by_point[n] or unplaced.of(around[n] or _stated(places, community, grid))
        else:
            place = grid or unplaced.of(community)
        ids.append(place)
        community_ids.append(places.parent[place])
    rows = {"case_id": cases["case_id"], "grid_id": ids, "community_id": community_ids}
    plan.patch(schema.case_file, pd.DataFrame(rows, dtype=object))


def _stated(places: Places, community: int | None, grid: int | None) -> Any:
    """The community a case states, or that of the grid it states; etl.take_people refuses one that says neither."""
    return places.parent[grid] if community is None and grid is not None else community


def _plain(ids: Any) -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in ids]
