"""Stored rows → the frames the measures read (指标用表): flags by the terms, grids as of a day, cut to communities."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Table

from data import schema, terms
from data.limits import limits
from data.shape_type import STORE_CRS
from etl.case_days import marked_days
from etl.places import LOCAL
from geo.assign import assign_points
from geo.case_state import case_states
from geo.clock import PAUSED, due_days, holds_of
from geo.crs import geodesic_m
from geo.measure_cases import due_after_holds
from geo.measures import Tables
from geo.stays import homes_of, households_of, numbers_of


class Rows(Protocol):
    """Where live rows come from: the plan of a load, or the store."""

    kept: dict[Any, Any]
    """What was made from these rows and is asked for again; forgotten when they change."""

    def columns(self, table: Table, *names: str, only: tuple[str, Collection[Any]] | None = None) -> pd.DataFrame:
        """Columns of the live rows of a table, as objects; dates as `date` or as text, None where missing.

        only : a column and the values it must have one of.
        """
        ...

    def different(self, table: Table, name: str) -> set[Any]:
        """The values of a column in the live rows, each once; days as above."""
        ...


@dataclass(frozen=True)
class Part:
    """The communities measured together, with their grids; every distinct count is local to one community."""

    communities: frozenset[int]
    grids: frozenset[int]

    @property
    def areas(self) -> frozenset[int]:
        """Both."""
        return self.communities | self.grids


def part_of(rows: Rows, communities: frozenset[int]) -> Part:
    """Some communities with all their grids, 未落格 among them."""
    areas = rows.columns(schema.area, "area_id", "level", "parent_id")
    inside = (areas["level"] == "grid") & areas["parent_id"].isin(communities)
    return Part(communities, frozenset(areas["area_id"][inside]))


def is_everything(rows: Rows, part: Part) -> bool:
    """Whether no community is left out."""
    areas = rows.columns(schema.area, "area_id", "level")
    return set(areas["area_id"][areas["level"] == "community"]) <= part.communities


def parents_of(rows: Rows) -> dict[int, int]:
    """Area → the one above it; tops are left out."""
    areas = rows.columns(schema.area, "area_id", "parent_id")
    return {a: p for a, p in zip(areas["area_id"], areas["parent_id"], strict=True) if p is not None}


def measure_tables(rows: Rows, on: date, part: Part | None = None) -> Tables:
    """What the measures read, with buildings and cases in the grids of a day; of some communities or of all."""
    key = ("measure tables", on, part)
    if key not in rows.kept:
        while len(rows.kept) > 1:  # they are large: those of everybody, and those of a part
            rows.kept.pop(next(iter(rows.kept)))
        rows.kept[key] = _measure_tables(rows, on, part)
    tables: Tables = rows.kept[key]
    return tables


def _measure_tables(rows: Rows, on: date, part: Part | None) -> Tables:
    grid_of = grids_of_buildings(rows, on)
    if part is not None:
        grid_of = grid_of[grid_of.isin(part.grids)]
    places = _Places(grid_of, part)
    stays, is_inside = _stays(rows, places)
    households = stays[is_inside].reset_index(drop=True)
    households = households.assign(household=numbers_of(households))
    areas = rows.columns(schema.area, "area_id", "level", "is_relocation")
    sites = areas[(areas["level"] == "community") & areas["is_relocation"].astype(bool)]
    cases = flag_cases(rows, on, part)
    holds = _holds(rows, cases["case_id"])
    cases = cases.assign(due_on=due_after_holds(cases["case_id"], cases["first_due_on"], holds))
    return Tables(
        grids=places.cut(_grids(rows), "grid_id"),
        buildings=_buildings(rows, places),
        households=households,
        visits=_visits(rows, places, stays, is_inside, households),
        cases=cases,
        holds=holds,
        covers=_covers(rows, places),
        leads=_leads(rows, places),
        sites=places.cut(pd.DataFrame({"community_id": _ids(sites["area_id"])}), "community_id"),
        facilities=places.cut(_facilities(rows), "community_id"),
        plots=places.cut(_plots(rows), "community_id"),
        kinds=terms.ONE_PLUS_SIX,
    )


def grids_of_buildings(rows: Rows, on: date) -> pd.Series:
    """Building → its grid on a day; before its first boundary it is the first one."""
    placed = rows.columns(schema.building_grid, "building_id", "valid_from", "grid_id")
    building, grid = _numbers(placed["building_id"]), _numbers(placed["grid_id"])
    since = _days(placed["valid_from"])
    order = np.lexsort((since, building))
    building, grid, since = building[order], grid[order], since[order]
    is_first = np.append(True, building[1:] != building[:-1])[: len(building)]
    holds = is_first | (since <= np.datetime64(on))
    # Dates rise within a building, so the last of the rows that hold is the one in force.
    return pd.Series(grid[holds], index=building[holds]).groupby(level=0, sort=True).last()


def moving_days(rows: Rows) -> NDArray[np.datetime64]:
    """The days on which anything came to another grid, sorted; between two of them every place keeps its grid."""
    placed = rows.columns(schema.building_grid, "building_id", "valid_from")
    shapes = rows.columns(schema.area_shape, "area_id", "valid_from")
    later = [
        _days(frame["valid_from"])[frame[key].duplicated(keep=False).to_numpy(bool)]
        for frame, key in ((placed, "building_id"), (shapes, "area_id"))
    ]
    return np.unique(np.concatenate(later))


class _Places:
    """Buildings in the grids of a day, and what is left of a frame when only some communities are measured."""

    def __init__(self, grid_of: pd.Series, part: Part | None) -> None:
        self.grid_of = grid_of
        self.part = part

    def cut(self, frame: pd.DataFrame, name: str) -> pd.DataFrame:
        """The rows whose grid or community is measured."""
        return frame if self.part is None else frame[frame[name].isin(self.part.areas).to_numpy(bool)]

    def of(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """The rows with a `building_id` that lies in a grid measured, and that grid."""
        at = self.grid_of.index.get_indexer(pd.Index(_numbers(frame["building_id"])))
        known = at >= 0
        return frame if known.all() else frame[known], self.grid_of.to_numpy()[at[known]]


def _grids(rows: Rows) -> pd.DataFrame:
    areas = rows.columns(schema.area, "area_id", "level", "area_kind")
    shapes = rows.columns(schema.area_shape, "area_id", "valid_from")
    begins = pd.Series(_days(shapes["valid_from"]), index=_numbers(shapes["area_id"])).groupby(level=0).min()
    real = areas[(areas["level"] == "grid") & (areas["area_kind"] != "unplaced")]
    ids = _ids(real["area_id"])
    return pd.DataFrame({"grid_id": ids, "valid_from": begins.reindex(ids).to_numpy()})


def _buildings(rows: Rows, places: _Places) -> pd.DataFrame:
    found, grids = places.of(rows.columns(schema.building, "building_id", "is_residential"))
    return pd.DataFrame(
        {
            "building_id": _numbers(found["building_id"]), "grid_id": grids,
            "is_residential": found["is_residential"].to_numpy(bool),
        }
    )  # fmt: skip


def lived(rows: Rows, homes: pd.DataFrame) -> pd.DataFrame:
    """Households as one row per stay, those of one household together in the order of their days.

    homes : rows of schema.household; those without stays of their own have the one their row says.
    """
    names = {name: name for name in ("household_id", "stay_no", "building_id", "dwelling_id")}
    names |= {"valid_from": "moved_in_on", "valid_to": "moved_out_on"}
    ids = rows.different(schema.household_stay, "household_id")
    moved = homes["household_id"].isin(ids).to_numpy(bool) if ids else np.zeros(len(homes), dtype=bool)
    if not moved.any():
        return homes
    own = homes[moved].drop(columns=["building_id", "dwelling_id", "moved_in_on", "moved_out_on"], errors="ignore")
    stays = rows.columns(schema.household_stay, *names, only=("household_id", set(own["household_id"])))
    stays = stays.rename(columns=names).sort_values(["household_id", "stay_no"])
    stays = stays.merge(own, on="household_id")
    return pd.concat([homes[~moved], stays[list(homes.columns)]], ignore_index=True)


def _stays(rows: Rows, places: _Places) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Every stay of the households that have one where it is measured, and which stays lie there."""
    names = ("household_id", "building_id", "household_kind", "person_count", "moved_in_on", "moved_out_on")
    theirs = None if places.part is None else ("building_id", set(places.grid_of.index))
    found = rows.columns(schema.household, *names, only=theirs)
    if theirs is not None:
        once = set(rows.columns(schema.household_stay, "household_id", only=theirs)["household_id"])
        gone = once - set(found["household_id"])
        if gone:
            found = pd.concat([found, rows.columns(schema.household, *names, only=("household_id", gone))])
    found = lived(rows, found)
    at = places.grid_of.index.get_indexer(pd.Index(_numbers(found["building_id"])))
    cycles = limits().cycle_months
    kinds = found["household_kind"].where(found["household_kind"].notna(), "ordinary")
    since, until = _days(found["moved_in_on"]), _days(found["moved_out_on"])
    ids = _words(found["household_id"])
    frame = pd.DataFrame(
        {
            "household_id": ids, "grid_id": np.append(places.grid_of.to_numpy(np.int64), -1)[at],
            "building_id": _numbers(found["building_id"]), "household_kind": _words(kinds),
            "person_count": found["person_count"].astype("Int64").array,
            "cycle_months": kinds.map(cycles).fillna(0).to_numpy(np.int64),
            "moved_in_on": since, "moved_out_on": until, "since_on": _since(ids.to_numpy(object), since, until),
        }
    )  # fmt: skip
    return frame, at >= 0


def _since(
    ids: NDArray[np.object_], since: NDArray[np.datetime64], until: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """The first day of the stays that led to each one without a day between them."""
    follows = np.zeros(len(ids), dtype=bool)
    follows[1:] = (ids[1:] == ids[:-1]) & (since[1:] == until[:-1])
    return since[np.maximum.accumulate(np.where(follows, 0, np.arange(len(ids))))] if len(ids) else since


_VISIT = ("household_id", "visited_on", "is_valid", "visit_result", "has_photo", "has_note", "lon", "lat")


def _visits(
    rows: Rows, places: _Places, stays: pd.DataFrame, is_inside: NDArray[np.bool_], households: pd.DataFrame
) -> pd.DataFrame:
    """Visits with the household and the stay they belong to, as rows of `households`: those of `stays` measured."""
    homes = None if places.part is None else ("household_id", set(stays["household_id"]))
    found = rows.columns(schema.visit, *_VISIT, only=homes)
    days = _days(found["visited_on"])
    who = households_of(stays, found)
    at = homes_of(stays, pd.DataFrame({"household": who, "visited_on": days}))
    if not is_inside.all():
        # The last stands for −1: none that is measured.
        own, first = (np.full(len(stays) + 1, -1, dtype=np.intp) for _ in range(2))
        own[:-1][is_inside] = np.arange(len(households))
        first[numbers_of(stays)[is_inside]] = households["household"]
        who, at = first[who], own[at]
    located = found["lon"].notna().to_numpy(bool) & found["lat"].notna().to_numpy(bool)
    photo, note = found["has_photo"], found["has_note"]
    frame = pd.DataFrame(
        {
            "household_id": _words(found["household_id"]), "household": who, "home": at, "visited_on": days,
            "is_valid": found["is_valid"].to_numpy(bool), "is_met": (found["visit_result"] == "met").to_numpy(bool),
            "visit_result": _words(found["visit_result"]), "has_photo": photo.astype("boolean").array,
            "is_told": photo.notna().to_numpy(bool) | note.notna().to_numpy(bool),
            "is_noted": (photo == True).to_numpy(bool) | (note == True).to_numpy(bool),  # noqa: E712 (None is no)
            "is_located": pd.array(located, dtype="boolean"), "is_near": np.zeros(len(found), dtype=bool),
        }
    )  # fmt: skip
    return _near(rows, frame, found[located], located, households)


def _near(
    rows: Rows, frame: pd.DataFrame, found: pd.DataFrame, located: NDArray[np.bool_], households: pd.DataFrame
) -> pd.DataFrame:
    """Which visits were recorded near their building; in a community that keeps no places nobody knows."""
    parents = parents_of(rows)
    community = households["grid_id"].map(parents).to_numpy()
    at = frame["home"].to_numpy()
    keeps = set(community[at[located & (at >= 0)]])
    kept = np.isin(community[at], list(keeps)) & (at >= 0) if keeps else np.zeros(len(frame), dtype=bool)
    is_near = np.zeros(len(frame), dtype=bool)
    if keeps:
        points = rows.columns(schema.building, "building_id", "lon", "lat").set_index("building_id").astype(float)
        known = at[located] >= 0
        building = points.reindex(households["building_id"].to_numpy()[at[located][known]])
        lon, lat = (found[name].astype(float).to_numpy()[known] for name in ("lon", "lat"))
        away = geodesic_m(lon, lat, building["lon"].to_numpy(), building["lat"].to_numpy())
        is_near[np.flatnonzero(located)[known]] = away <= limits().near_m
    return frame.assign(is_located=frame["is_located"].mask(~kept, pd.NA), is_near=is_near)


_CASE = (
    "case_id", "case_kind", "lifecycle", "outcome", "satisfaction", "reopened_count", "building_id", "grid_id",
    "found_on", "accepted_on", "due_on", "resolved_on", "closed_on", "lon", "lat",
)  # fmt: skip


_STATES = ("closed_on", "resolved_on", "is_valid", "is_resolved", "is_closed")
_STEP = ("case_id", "step_seq", "step_op", "step_on", "lifecycle_after")

TOGETHER = {"visit": _VISIT, "case_file": _CASE, "case_step": _STEP}
"""Columns of large tables that are all wanted when one is."""


def flag_cases(rows: Rows, on: date, part: Part | None = None) -> pd.DataFrame:
    """Cases in the grids of a day with the flags the measures take; see `geo.measure_cases`. Holds moved no day yet."""
    found = rows.columns(schema.case_file, *_CASE)
    grids = _grids_of_cases(rows, found, on)
    if part is not None:
        inside = np.isin(grids, list(part.grids))
        found, grids = found[inside], grids[inside]
    steps = rows.columns(schema.case_step, *_STEP)
    returned = set(steps["case_id"][steps["step_op"] == "return"])
    state, kind = found["lifecycle"], found["case_kind"]
    dated = found.assign(**{name: _days(found[name]) for name in ("resolved_on", "closed_on")})
    states = case_states(dated, terms.CASE_CODES)
    again = found["reopened_count"].fillna(0).astype(int) > 0
    accepted, found_on = (_days(found[name]) for name in ("accepted_on", "found_on"))
    flagged = pd.DataFrame(
        {
            "case_id": _numbers(found["case_id"]), "grid_id": grids, "case_kind": kind.to_numpy(object),
            "building_id": found["building_id"].astype("Int64").array,
            "screened_on": np.where(np.isnat(found_on), accepted, found_on), "accepted_on": accepted,
            "first_due_on": _due(found, accepted),
            **{name: states[name].to_numpy() for name in _STATES},
            "is_handled": state.isin(terms.HANDLED_LIFECYCLES).to_numpy(bool),
            "is_disposed": state.isin(terms.DISPOSED_LIFECYCLES).to_numpy(bool),
            "is_reopened": again.to_numpy(bool),
            "is_reworked": (again | found["case_id"].isin(returned)).to_numpy(bool),
            "is_answered": found["satisfaction"].isin(terms.ANSWERS).to_numpy(bool),
            "is_satisfied": (found["satisfaction"] == "satisfied").to_numpy(bool),
            "is_content": found["satisfaction"].isin(terms.CONTENT_ANSWERS).to_numpy(bool),
        }
    )  # fmt: skip
    return flagged.assign(**marked_days(flagged, steps.assign(step_on=_days(steps["step_on"]))))


def _due(
    cases: pd.DataFrame, accepted: NDArray[np.datetime64], holds: pd.DataFrame | None = None
) -> NDArray[np.datetime64]:
    """The due day as the ledger says it, else by the limit of handling of its kind; later by the days on hold.

    holds : the `days` and `work_days` of each case, in the same order.
    """
    due = _days(cases["due_on"])
    is_silent = np.isnat(due)
    if holds is not None:
        due = due + holds["days"].to_numpy(np.int64)
    for kind in set(cases["case_kind"]):
        if limit := limits().cases.get((kind, "handle")):
            rows = is_silent & (cases["case_kind"] == kind).to_numpy(bool)
            unit = "work_days" if limit.unit.startswith("work") else "days"
            due[rows] = due_days(accepted[rows], limit, 0 if holds is None else holds[unit].to_numpy(np.int64)[rows])
    return due


def _holds(rows: Rows, ids: pd.Series) -> pd.DataFrame:
    """The approved pauses of some cases, each with the due day that holds from its end on."""
    pauses = [code for code, stage in terms.LIFECYCLE_STAGES.items() if stage == PAUSED]
    names = ("case_id", "lifecycle_after")
    paused = rows.columns(schema.case_step, *names, only=("lifecycle_after", pauses))["case_id"]
    concerned = set(paused) & set(ids)
    log = rows.columns(schema.case_step, *_STEP, only=("case_id", concerned))
    log = log.assign(step_on=_days(log["step_on"]), **{name: _numbers(log[name]) for name in ("case_id", "step_seq")})
    holds = holds_of(log, terms.LIFECYCLE_STAGES)
    files = rows.columns(schema.case_file, "case_id", "case_kind", "accepted_on", "due_on", only=("case_id", concerned))
    files = files.set_index("case_id").loc[holds["case_id"]]
    return holds.assign(due_on=_due(files, _days(files["accepted_on"]), holds))


def _grids_of_cases(rows: Rows, cases: pd.DataFrame, on: date) -> NDArray[np.int64]:
    """Where each case lay on a day: with its building, at its point by the boundaries of then, else as stored."""
    grids = _numbers(cases["grid_id"]).copy()
    building = cases["building_id"].astype("Int64").fillna(-1).to_numpy(np.int64)
    grid_of = grids_of_buildings(rows, on)
    at = grid_of.index.get_indexer(pd.Index(building))
    grids[at >= 0] = grid_of.to_numpy()[at[at >= 0]]
    by_point = np.flatnonzero((building < 0) & cases["lon"].notna().to_numpy(bool))
    drawn = _grids_drawn(rows, on) if len(by_point) else None
    if drawn is not None:
        lon, lat = (cases[name].iloc[by_point].astype(float).to_numpy() for name in ("lon", "lat"))
        then = pd.Series(assign_points(lon, lat, drawn))
        inside = then.notna().to_numpy(bool)
        grids[by_point[inside]] = then[inside].astype("int64").to_numpy()
    return grids


def grids_ever(rows: Rows, cases: pd.DataFrame) -> set[int]:
    """Every grid in which some cases lay on any day, where things came to other grids at all."""
    moves = moving_days(rows)
    if not len(moves):
        return set()
    days = [moves[0] - np.timedelta64(1, "D"), *moves]
    return {int(grid) for day in days for grid in _grids_of_cases(rows, cases, day.item())}


def _grids_drawn(rows: Rows, on: date) -> gpd.GeoDataFrame | None:
    """The boundaries of grids in force on a day; None when none was redrawn ever, so that what is stored holds."""
    shapes = rows.columns(schema.area_shape, "area_id", "valid_from", "valid_to")
    areas = rows.columns(schema.area, "area_id", "level")
    grids = set(areas["area_id"][areas["level"] == "grid"])
    own = shapes["area_id"].isin(grids).to_numpy(bool)
    if not shapes["area_id"][own].duplicated().any():
        return None
    since, until = _days(shapes["valid_from"]), _days(shapes["valid_to"])
    day = np.datetime64(on)
    own = own & (since <= day) & (np.isnat(until) | (until > day))
    known = rows.columns(schema.area_code, "edition", "code", "area_id")
    codes = known[known["edition"] == LOCAL].set_index("area_id")["code"]
    geom = rows.columns(schema.area_shape, "geom")["geom"].to_numpy(object)[own]
    ids = _ids(shapes["area_id"][own])
    frame = pd.DataFrame({"grid_id": ids.to_numpy(), "grid_code": codes.reindex(ids).astype(str).to_numpy()})
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(geom), crs=STORE_CRS)


def _covers(rows: Rows, places: _Places) -> pd.DataFrame:
    orgs = rows.columns(schema.org, "org_id", "org_kind")
    kinds = dict(zip(orgs["org_id"], orgs["org_kind"], strict=True))
    names = ("org_id", "target_kind", "target_id", "is_established", "is_covered", "valid_from", "valid_to")
    found = _on_targets(rows.columns(schema.org_cover, *names), places)
    return pd.DataFrame(
        {
            "target_id": _numbers(found["target_id"]), "target_kind": found["target_kind"].to_numpy(object),
            "org_kind": found["org_id"].map(kinds).to_numpy(object),
            "is_established": found["is_established"].to_numpy(bool), "is_covered": found["is_covered"].to_numpy(bool),
            "valid_from": _days(found["valid_from"]), "valid_to": _days(found["valid_to"]),
        }
    )  # fmt: skip


def _leads(rows: Rows, places: _Places) -> pd.DataFrame:
    posts = rows.columns(schema.post, "post_id", "post_kind", "valid_from", "valid_to")
    targets = _on_targets(rows.columns(schema.post_target, "post_id", "target_kind", "target_id"), places)
    leads = posts[posts["post_kind"] == "building_lead"]
    found = targets[targets["target_kind"] == "building"].merge(leads, on="post_id")
    return pd.DataFrame(
        {
            "building_id": _numbers(found["target_id"]),
            "valid_from": _days(found["valid_from"]), "valid_to": _days(found["valid_to"]),
        }
    )  # fmt: skip


def _on_targets(rows: pd.DataFrame, places: _Places) -> pd.DataFrame:
    """The rows on a grid or building that is measured."""
    if places.part is None:
        return rows
    on_grid = (rows["target_kind"] == "grid") & rows["target_id"].isin(places.part.grids)
    on_building = (rows["target_kind"] == "building") & rows["target_id"].isin(places.grid_of.index)
    return rows[(on_grid | on_building).to_numpy(bool)]


def _facilities(rows: Rows) -> pd.DataFrame:
    found = rows.columns(schema.facility, "community_id", "facility_kind", "facility_state", "built_on")
    return pd.DataFrame(
        {
            "community_id": _ids(found["community_id"]), "facility_kind": found["facility_kind"],
            "is_in_use": (found["facility_state"] == "present").astype(bool), "built_on": _days(found["built_on"]),
        }
    )  # fmt: skip


def _plots(rows: Rows) -> pd.DataFrame:
    names = ("community_id", "counted_on", "households_count", "households_with_plot_count")
    found = rows.columns(schema.plot_allocation, *names)
    counts = {name: found[name].astype("Int64") for name in names[2:]}
    return pd.DataFrame(
        {"community_id": _ids(found["community_id"]), "counted_on": _days(found["counted_on"]), **counts}
    )


def _words(values: pd.Series) -> pd.Series:
    """Words as they are: pandas would make a copy of its own kind of a million of them."""
    return pd.Series(values.to_numpy(object), dtype=object, copy=False)


def _ids(values: pd.Series) -> pd.Series:
    return values.astype("int64")


def _numbers(values: pd.Series) -> NDArray[np.int64]:
    return values.to_numpy(np.int64)


def _days(values: pd.Series) -> NDArray[np.datetime64]:
    """Whole days from `date` objects or from text as stored; NaT where missing."""
    cells = values.to_numpy(object)
    if any(type(cell) is str for cell in cells[:1000]):
        return cells.astype("datetime64[D]")
    # numpy takes thirty times as long over `date` objects, and there are few different ones.
    missing = np.iinfo(np.int64).min
    number_of = {
        cell: missing if cell is None or cell != cell else cell.toordinal() - _EPOCH for cell in set(cells.tolist())
    }
    return np.fromiter(map(number_of.__getitem__, cells), dtype=np.int64, count=len(cells)).astype("datetime64[D]")


_EPOCH = date(1970, 1, 1).toordinal()
