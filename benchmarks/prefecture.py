"""An invented prefecture, written straight into a store: places, organisations, households, visits and cases.

Nothing in it stands for anything real. Every table that a measure reads has rows, so that the numbers of a bench are
those of a full roll-up. The same sizes and seed give the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from benchmarks.tiling import wandering_cells
from data import schema, terms, writes
from data.store import open_store, upgrade, writing

DATA_ON = date(2020, 12, 31)
ACROSS = 40
"""Grids in a row of the map."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything; communities hold `grids_each` grids and a 未落格."""

    townships: int = 10
    communities: int = 125
    grids_each: int = 8
    buildings: int = 50_000
    households: int = 300_000
    visits: int = 1_000_000
    cases: int = 100_000
    months: int = 36


def make_prefecture(address: str, sizes: Sizes, *, seed: int = 1) -> Engine:
    """Make a store at an address and fill it as batch 1, without facts; returns it open."""
    engine = open_store(address)
    upgrade(engine)
    with writing(engine) as conn:
        loaded = {"batch_id": 1, "loaded_at": datetime(2021, 1, 1, tzinfo=UTC), "data_on": DATA_ON}
        writes.insert_rows(conn, schema.batch, _frame(loaded | {"is_sample": True}, 1))
        for table, rows in _Maker(sizes, seed).tables():
            writes.insert_rows(conn, table, rows.assign(batch_id=1, is_void=False))
    return engine


class _Maker:
    """Ids: county 1, then townships, communities, grids; the last grid of a community is its 未落格."""

    def __init__(self, sizes: Sizes, seed: int) -> None:
        self.sizes = sizes
        self.rng = np.random.default_rng(seed)
        self.township = 2 + np.arange(sizes.townships)
        self.community = self.township[-1] + 1 + np.arange(sizes.communities)
        many = sizes.communities * (sizes.grids_each + 1)
        self.grid = self.community[-1] + 1 + np.arange(many)
        self.above = np.repeat(self.community, sizes.grids_each + 1)
        self.is_unplaced = np.arange(many) % (sizes.grids_each + 1) == sizes.grids_each
        self.first = _add_months(DATA_ON + timedelta(days=1), -sizes.months)
        weight = np.where(self.is_unplaced, 0.02, 1.0)
        self.grid_of = self.rng.choice(many, sizes.buildings, p=weight / weight.sum())
        # One building of each community lies in no grid, however few there are.
        self.grid_of[: sizes.communities] = np.flatnonzero(self.is_unplaced)
        self.town_of = self.township[np.arange(sizes.communities) * sizes.townships // sizes.communities]
        self.shapes = self._outlines(seed)
        self.home = np.sort(self.rng.integers(0, sizes.buildings, sizes.households))

    def tables(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        """Every table with its rows, each after those it refers to."""
        return [
            *self._areas(), *self._buildings(), *self._organisations(), *self._sites(), *self._households(),
            (schema.visit, self._visits()), *self._cases(),
        ]  # fmt: skip

    def _outlines(self, seed: int) -> dict[int, shapely.Geometry]:
        """Shape by area: the cells of the grids, and those of a community, a township and the county together."""
        cells = wandering_cells(self.sizes.communities * self.sizes.grids_each, ACROSS, seed=seed)
        found = dict(zip(self.grid[~self.is_unplaced].tolist(), cells, strict=True))
        each = cells.reshape(self.sizes.communities, self.sizes.grids_each)
        found |= {int(i): shapely.coverage_union_all(part) for i, part in zip(self.community, each, strict=True)}
        found |= {int(i): shapely.coverage_union_all(each[self.town_of == i].ravel()) for i in self.township}
        return {1: shapely.coverage_union_all(cells), **found}

    def _areas(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        s = self.sizes
        ids = np.concatenate([[1], self.township, self.community, self.grid])
        parents = [None, *[1] * s.townships, *self.town_of, *self.above]
        levels = ["county"] + ["township"] * s.townships + ["community"] * s.communities + ["grid"] * len(self.grid)
        kinds = [None] * (1 + s.townships + s.communities) + ["unplaced" if u else None for u in self.is_unplaced]
        is_site = np.zeros(len(ids), dtype=bool)
        is_site[1 + s.townships : 1 + s.townships + s.communities : 10] = True
        area = _frame(
            {
                "area_id": ids, "level": levels, "parent_id": parents, "area_name": [f"区域{i}" for i in ids],
                "area_kind": kinds, "is_relocation": is_site, "is_inferred": False, "is_context": False,
            }, len(ids),
        )  # fmt: skip
        edition = ["LOCAL" if level == "grid" else "NBS2020" for level in levels]
        code = _frame({"edition": edition, "code": [f"{i:012}" for i in ids], "area_id": ids}, len(ids))
        shape = _frame(
            {
                "area_id": list(self.shapes), "valid_from": date(2015, 1, 1), "valid_to": None,
                "geom": [shapely.to_wkb(one) for one in self.shapes.values()], "geom_status": "synthetic",
            }, len(self.shapes),
        )  # fmt: skip
        return [(schema.area, area), (schema.area_code, code), (schema.area_shape, shape)]

    def _positions(self) -> Any:
        """A point for each building: near the middle of its grid, or of its community where it lies in no grid."""
        middle = {i: shapely.get_coordinates(shapely.centroid(shape))[0] for i, shape in self.shapes.items()}
        near = [middle[g] if g in middle else middle[a] for g, a in zip(self.grid, self.above, strict=True)]
        return np.array(near)[self.grid_of] + self.rng.uniform(-0.01, 0.01, (self.sizes.buildings, 2))

    def _buildings(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        many, at = self.sizes.buildings, self._positions()
        ids = 1 + np.arange(many)
        building = _frame(
            {
                "building_id": ids, "building_code": [f"{i:017}" for i in ids],
                "community_id": self.above[self.grid_of], "building_use": "residential",
                "is_residential": self.rng.random(many) < 0.9, "dwellings_count": 8,
                "lon": at[:, 0], "lat": at[:, 1],
            }, many,
        )  # fmt: skip
        placed = _frame(
            {
                "building_id": ids, "valid_from": date(2015, 1, 1), "valid_to": None,
                "grid_id": self.grid[self.grid_of], "way": "footprint",
            }, many,
        )  # fmt: skip
        return [(schema.building, building), (schema.building_grid, placed)]

    def _organisations(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        real = self.grid[~self.is_unplaced]
        many, homes = len(real), self.sizes.buildings
        led = 1 + np.flatnonzero(self.rng.random(homes) < 0.8)
        org = _frame(
            {
                "org_id": 1 + np.arange(2 * many), "org_no": [f"Z{n}" for n in range(2 * many)],
                "org_kind": ["grid_branch"] * many + ["building_group"] * many,
                "org_name": "组织", "grid_id": [*real, *real],
            }, 2 * many,
        )  # fmt: skip
        position = np.searchsorted(real, self.grid[self.grid_of[led - 1]])
        owner = np.concatenate([1 + np.arange(many), 1 + many + np.minimum(position, many - 1)])
        since = self._days(len(owner))
        cover = _frame(
            {
                "org_id": owner, "target_kind": ["grid"] * many + ["building"] * len(led),
                "target_id": np.concatenate([real, led]), "valid_from": since,
                "valid_to": _maybe(since, self.rng, 0.1, 200),
                "is_established": self.rng.random(len(owner)) < 0.8, "is_covered": True,
            }, len(owner),
        )  # fmt: skip
        ids = 1 + np.arange(len(led))
        since = self._days(len(led))
        post = _frame(
            {
                "post_id": ids, "post_no": [f"P{n}" for n in ids], "post_kind": "building_lead",
                "person_no": [f"R{n}" for n in ids], "is_member": True, "valid_from": since,
                "valid_to": _maybe(since, self.rng, 0.2, 150),
            }, len(led),
        )  # fmt: skip
        target = _frame({"post_id": ids, "target_kind": "building", "target_id": led}, len(led))
        return [
            (schema.org, org), (schema.org_cover, cover), (schema.post, post), (schema.post_target, target),
        ]  # fmt: skip

    def _sites(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        sites = self.community[::10]
        rows = [(site, kind) for site in sites for kind in terms.ONE_PLUS_SIX if self.rng.random() < 0.9]
        facility = _frame(
            {
                "facility_id": 1 + np.arange(len(rows)), "facility_no": [f"F{n}" for n in range(len(rows))],
                "facility_kind": [kind for _, kind in rows], "facility_state": "present",
                "community_id": [site for site, _ in rows], "built_on": self._days(len(rows)),
            }, len(rows),
        )  # fmt: skip
        plots = _frame(
            {
                "community_id": sites, "counted_on": date(2020, 6, 1), "households_count": 80,
                "households_with_plot_count": self.rng.integers(70, 81, len(sites)),
            }, len(sites),
        )  # fmt: skip
        return [(schema.facility, facility), (schema.plot_allocation, plots)]

    def _households(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        many = self.sizes.households
        moved_in = self._days(many)
        moved_in[self.rng.random(many) < 0.9] = None
        persons = self.rng.integers(1, 7, many).astype(object)
        persons[self.rng.random(many) < 0.02] = None
        household = _frame(
            {
                "household_id": [f"{i:016x}" for i in range(many)], "household_no": [f"H{i}" for i in range(many)],
                "building_id": 1 + self.home, "person_count": persons,
                "household_kind": self.rng.choice(["ordinary", "care", "tenant"], many, p=[0.8, 0.1, 0.1]),
                "moved_in_on": moved_in, "moved_out_on": _maybe(moved_in, self.rng, 0.3, 300),
            }, many,
        )  # fmt: skip
        return [(schema.household, household)]

    def _visits(self) -> pd.DataFrame:
        return visit_rows(self.rng, self.sizes.visits, self._days(self.sizes.visits), range(self.sizes.households))

    def _cases(self) -> list[tuple[schema.Table, pd.DataFrame]]:
        many, rng = self.sizes.cases, self.rng
        found = self._days(many)
        accepted = _later(found, rng.integers(0, 5, many))
        ended = rng.random(many) < 0.85
        closed = _later(accepted, rng.integers(1, 60, many))
        is_closed = ended & (closed.astype("datetime64[D]") <= np.datetime64(DATA_ON))
        closed = _only(is_closed, closed)
        failed = rng.random(many) < 0.05
        at = rng.integers(0, self.sizes.buildings, many)
        kinds = rng.choice(["dispute", "suggestion", "wish"], many, p=[0.6, 0.3, 0.1])
        case = _frame(
            {
                "case_id": 1 + np.arange(many), "case_no": [f"C{i}" for i in range(many)], "case_kind": kinds,
                "found_on": found, "accepted_on": accepted, "due_on": _later(accepted, np.full(many, 30)),
                "resolved_on": _only(~failed, closed), "closed_on": closed,
                "lifecycle": np.where(is_closed, np.where(failed, "70", "60"), "30"),
                "outcome": _only(is_closed, np.where(failed, "failed", "success")),
                "satisfaction": _only(is_closed, rng.choice(list(terms.SATISFACTIONS), many)),
                "reopened_count": (rng.random(many) < 0.05).astype(int), "building_id": 1 + at,
                "community_id": self.above[self.grid_of[at]], "grid_id": self.grid[self.grid_of[at]],
            }, many,
        )  # fmt: skip
        step = _frame(
            {
                "case_id": 1 + np.arange(many), "step_seq": 1, "step_on": accepted, "lifecycle_after": "20",
                "step_op": rng.choice(["accept", "return"], many, p=[0.95, 0.05]),
            }, many,
        )  # fmt: skip
        return [(schema.case_file, case), (schema.case_step, step)]

    def _days(self, many: int) -> Any:
        span = (DATA_ON - self.first).days
        return _later(np.full(many, self.first, dtype=object), self.rng.integers(0, span + 1, many))


def visit_rows(rng: np.random.Generator, many: int, days: Any, homes: Sequence[int], *, first: int = 1) -> pd.DataFrame:
    """Visits at some of the households, numbered from `first`."""
    result = rng.choice(["met", "absent", "refused"], many, p=[0.8, 0.15, 0.05])
    return _frame(
        {
            "visit_id": first + np.arange(many), "visit_no": [f"V{i}" for i in range(first, first + many)],
            "household_id": [f"{i:016x}" for i in rng.choice(np.asarray(homes), many)], "visited_on": days,
            "visit_form": "home", "visit_result": result, "has_photo": rng.random(many) < 0.5,
            "has_note": rng.random(many) < 0.6, "is_valid": result == "met",
        }, many,
    )  # fmt: skip


def _frame(columns: dict[str, Any], many: int) -> pd.DataFrame:
    return pd.DataFrame(columns, index=range(many)).astype(object)


def _only(mask: Any, values: Any) -> Any:
    """Values where the mask is set, None elsewhere."""
    kept = values.astype(object)
    kept[~mask] = None
    return kept


def _later(days: Any, by: Any) -> Any:
    """Days later by so many; plain dates."""
    return (days.astype("datetime64[D]") + by).astype(object)


def _maybe(days: Any, rng: np.random.Generator, share: float, at_most: int) -> Any:
    """An end for some, later than their beginning; None for the others and where there is no beginning."""
    ends = _later(days, rng.integers(1, at_most, len(days)))
    ends[rng.random(len(days)) > share] = None
    return ends


def _add_months(day: date, many: int) -> date:
    month = day.year * 12 + day.month - 1 + many
    return date(month // 12, month % 12 + 1, 1)
