"""What the organisation still lacks (覆盖缺口): grids, buildings and groups by name, as they stand on the data date.

Plain listings through `reads`; how many there are of how many is a measure and comes from the facts.
"""

from collections.abc import Callable
from typing import Any

import orjson
import pandas as pd

from data.limits import limits
from portal import reads
from portal.identity import Viewer
from portal.words import door_name

MISSING_MARK = "×"


def grids_without_branch(viewer: Viewer, period: str, code: str) -> pd.DataFrame:
    """One row per grid without a branch of its own at the end of a period: `community`, `grid`, `cover`.

    `cover` names the organisation that covers it on the data date; None when none does.
    """
    grids = {a.code: a for a in reads.below(viewer, code, "grid")}
    own = reads.measures(viewer, "ORG-01", period, grids)
    without = [grids[c] for c, measure in own.items() if measure.part == "known" and not measure.numerator]
    orgs = reads.orgs(viewer).set_index("org_id")["org_name"]
    covers = reads.org_covers(viewer, code)
    covers = covers[covers["is_covered"].astype(bool)].drop_duplicates("target_id")
    names = dict(zip(covers["target_id"], covers["org_id"].map(orgs), strict=True))
    communities = reads.parent_names(viewer, [a.code for a in without])
    rows = [(communities.get(a.code), a.name, names.get(a.area_id)) for a in without]
    return pd.DataFrame(rows, columns=["community", "grid", "cover"])


def buildings_without_group(buildings: pd.DataFrame) -> pd.DataFrame:
    """The residential buildings that no group covers, of those `reads.buildings` gave; by community, grid, code.

    `community`, `grid` (None: in no grid), `building`, `building_state`, `lead_post` (None: nobody in post).
    """
    rows = buildings[_lacks(buildings, "group")]
    rows = rows.sort_values(["community_code", "grid_code", "building_code"], na_position="last")
    pairs = rows[["estate_name", "building_name"]].itertuples(index=False)
    return pd.DataFrame({
        "community": rows["community_name"].to_list(),
        "grid": rows["grid_name"].to_list(),
        "building": [door_name(*pair) for pair in pairs],
        "building_state": rows["building_state"].to_list(),
        "lead_post": rows["lead_post"].to_list(),
    })  # fmt: skip


def groups_without_lead(buildings: pd.DataFrame, orgs: pd.DataFrame) -> pd.DataFrame:
    """The building groups of whose buildings not one has a building lead in post, in the order of their numbers.

    buildings, orgs : as `reads` gave them for one area. Columns `community`, `grid`, `group`, `buildings` (how many).
    """
    led = buildings.dropna(subset=["group_no"]).groupby("group_no").agg(
        community=("community_name", "first"), grid=("grid_name", "first"), buildings=("has_lead", "size"),
        leads=("has_lead", "sum"))  # fmt: skip
    groups = orgs[orgs["org_kind"] == "building_group"]
    rows = groups[["org_no", "org_name"]].merge(led, left_on="org_no", right_index=True, how="left")
    rows = rows[rows["leads"].fillna(0) == 0].sort_values("org_no")
    rows = rows.rename(columns={"org_name": "group"}).assign(buildings=rows["buildings"].fillna(0).astype(int))
    return rows[["community", "grid", "group", "buildings"]].reset_index(drop=True)


def branches_outside(viewer: Viewer, orgs: pd.DataFrame) -> pd.DataFrame:
    """The grid branches whose own point lies outside their grid; columns `community`, `grid`, `branch`.

    orgs : as `reads.orgs` gave them.
    """
    rows = orgs[(orgs["org_kind"] == "grid_branch") & orgs["is_outside"]].sort_values("org_no")
    grids = {a.area_id: a for own in reads.own_areas(viewer) for a in reads.below(viewer, own.code, "grid")}
    places = [grids.get(i) for i in rows["grid_id"]]
    above = reads.parent_names(viewer, [a.code for a in places if a])
    return pd.DataFrame({
        "community": [above.get(a.code, "") if a else "" for a in places],
        "grid": [a.name if a else "" for a in places], "branch": rows["org_name"].to_list(),
    })  # fmt: skip


def most_households() -> int:
    """More households than this are too many for one building lead."""
    return limits().most_households


def leads_with_many(buildings: pd.DataFrame) -> pd.DataFrame | None:
    """The building leads' posts that answer for too many registered households, the fullest first.

    buildings : as `reads.buildings` gave them; None for viewers to whom it gives no households. Columns `community`,
    `grid`, `post`, `buildings`, `households`; a building whose households are not known counts none.
    """
    if "households_count" not in buildings:
        return None
    led = buildings.dropna(subset=["lead_post"])
    found = led.groupby("lead_post").agg(
        community=("community_name", "first"), grid=("grid_name", "first"), buildings=("building_code", "size"),
        households=("households_count", "sum"))  # fmt: skip
    found = found[found["households"] > most_households()].sort_values("households", ascending=False, kind="stable")
    rows = found.reset_index(names="post")
    return rows.astype({"households": int})[["community", "grid", "post", "buildings", "households"]]


def _lacks(buildings: pd.DataFrame, what: str) -> pd.Series:
    """Residential buildings without a "group" or a "lead"."""
    if buildings.empty:
        return pd.Series(False, index=buildings.index)
    return buildings["is_residential"].astype(bool) & ~buildings[f"has_{what}"].astype(bool)


def missing_marks(viewer: Viewer, code: str, by: str) -> bytes:
    """A map layer: a mark on each residential building without a "group" or a "lead"; `p` point, `t` mark."""
    rows = reads.buildings(viewer, code)
    rows = rows[_lacks(rows, by)]
    points = rows[["lon", "lat"]].dropna().astype(float).round(6).to_numpy().tolist() if len(rows) else []
    return orjson.dumps([{"p": point, "t": MISSING_MARK} for point in points])


LAYERS: dict[str, Callable[[Viewer, dict[str, Any]], bytes]] = {
    "missing_labels": lambda viewer, p: missing_marks(viewer, p["area"], "lead" if p.get("by") == "lead" else "group"),
}
