"""The party's tree over the places' tree (组织树): the areas inside one, with their branches, groups and buildings.

Down to a community the areas are told with sums; in a community and a grid each grid has its branch and its groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from portal import reads
from portal.identity import Viewer
from portal.snapshot import Area, each

LEAVES = ("community", "grid")
"""Areas whose grids are told with every group."""


@dataclass(frozen=True)
class Group:
    """One building group: how many buildings it covers, and how many of these have a lead in post."""

    name: str
    buildings: int
    leads: int


@dataclass(frozen=True)
class Node:
    """One area. grids, branches : how many it has; groups : likewise; covered of homes : residential buildings.

    own_branches, own_groups : by name where the area is a grid; empty above.
    """

    area: Area
    grids: int
    branches: int
    groups: int
    covered: int
    homes: int
    own_branches: tuple[str, ...] = ()
    own_groups: tuple[Group, ...] = ()


def tree(viewer: Viewer, area: Area, houses: pd.DataFrame, orgs: pd.DataFrame) -> list[Node]:
    """The areas inside an area: its grids, or those of the next level; in the order of their codes.

    houses, orgs : as `reads.buildings` and `reads.orgs` gave them for the area.
    """
    if area.level in LEAVES:
        return [_grid(a, houses, orgs) for a in reads.below(viewer, area.code, "grid")]
    level = reads.levels_below(viewer, area.code)[0]
    return [_sums(viewer, a, houses, orgs) for a in reads.below(viewer, area.code, level)]


def _grid(grid: Area, houses: pd.DataFrame, orgs: pd.DataFrame) -> Node:
    own = houses[houses["grid_code"] == grid.code]
    here = orgs[orgs["grid_id"] == grid.area_id]
    branches = tuple(here.loc[here["org_kind"] == "grid_branch", "org_name"])
    # A group belongs where its buildings stand.
    found = own.dropna(subset=["group_no"]).groupby("group_no", sort=True).agg(
        name=("group_name", "first"), buildings=("has_lead", "size"), leads=("has_lead", "sum"))  # fmt: skip
    groups = tuple(Group(str(row.name), int(row.buildings), int(row.leads)) for row in each(found))
    covered, homes = _homes(own)
    return Node(grid, 1, len(branches), len(groups), covered, homes, branches, groups)


def _sums(viewer: Viewer, top: Area, houses: pd.DataFrame, orgs: pd.DataFrame) -> Node:
    grids = reads.below(viewer, top.code, "grid")
    codes, ids = {a.code for a in grids}, {a.area_id for a in grids}
    own, here = houses[houses["grid_code"].isin(codes)], orgs[orgs["grid_id"].isin(ids)]
    branches = int((here["org_kind"] == "grid_branch").sum())
    covered, homes = _homes(own)
    return Node(top, len(grids), branches, own["group_no"].nunique(), covered, homes)


def _homes(houses: pd.DataFrame) -> tuple[int, int]:
    """Residential buildings with a group, of all."""
    homes = houses[houses["is_residential"].astype(bool)]
    return int(homes["has_group"].astype(bool).sum()), len(homes)


def with_something(nodes: Sequence[Node]) -> list[Node]:
    """Those that have grids or buildings: a village without either says nothing."""
    return [node for node in nodes if node.grids or node.homes]
