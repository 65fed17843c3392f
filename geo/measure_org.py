"""Measures of the party organisation (组织覆盖): what of grids and buildings is covered on the last day of a period."""

from datetime import date

import pandas as pd

from geo.counting import Mask, counted, flags, in_force, is_in

BRANCH, GROUP = "grid_branch", "building_group"


def grids_with_branch(grids: pd.DataFrame, covers: pd.DataFrame, end: date) -> pd.DataFrame:
    """Grids with a grid branch of their own at the end of the period (ORG-01 网格党支部组建率).

    grids : one row per grid; `grid_id` (unique), optional `valid_from`, `valid_to`; 未落格 left out by the caller.
    covers : one row per organisation and target; `target_id`, `org_kind`, `is_established`, optional `target_kind`
    ("grid" or "building"; without it building groups cover buildings, all others grids), `valid_from`, `valid_to`.

    Returns one row per grid in force, numerator 0 or 1, denominator 1. A joint or extended cover is not establishment.

    >>> grids = pd.DataFrame({"grid_id": [1, 2]})
    >>> covers = pd.DataFrame({"target_id": [1, 2], "org_kind": ["grid_branch"] * 2, "is_established": [True, False]})
    >>> grids_with_branch(grids, covers, date(2021, 1, 1)).to_dict("list")
    {'numerator': [1, 0], 'denominator': [1, 1]}
    """
    live = grids[in_force(grids, end)]
    own = _covers_of(covers, "grid", end) & (covers["org_kind"] == BRANCH).to_numpy(bool)
    own &= flags(covers["is_established"])
    return counted(live["grid_id"], is_in(live["grid_id"], covers["target_id"][own]))


def grids_covered(grids: pd.DataFrame, covers: pd.DataFrame, end: date) -> pd.DataFrame:
    """Grids covered by any party organisation at the end of the period (ORG-02 网格党组织覆盖率).

    grids, covers : as for `grids_with_branch`, with `is_covered` (own, joint or extended) in covers.

    >>> grids = pd.DataFrame({"grid_id": [1, 2, 3]})
    >>> covers = pd.DataFrame({"target_id": [1, 2], "org_kind": ["grid_branch", "relocation_org"],
    ...                        "is_covered": [True, True]})
    >>> grids_covered(grids, covers, date(2021, 1, 1))["numerator"].tolist()
    [1, 1, 0]
    """
    live = grids[in_force(grids, end)]
    covering = _covers_of(covers, "grid", end) & flags(covers["is_covered"])
    return counted(live["grid_id"], is_in(live["grid_id"], covers["target_id"][covering]))


def buildings_in_group(buildings: pd.DataFrame, covers: pd.DataFrame, end: date) -> pd.DataFrame:
    """Residential buildings covered by a building group at the end of the period (ORG-03 楼栋党小组覆盖率).

    buildings : one row per building in force; `building_id` (unique), `grid_id`, `is_residential`.
    covers : as for `grids_with_branch`, with `is_covered`.

    >>> homes = pd.DataFrame({"building_id": [1, 2, 3], "grid_id": [7, 7, 7], "is_residential": [True, True, False]})
    >>> covers = pd.DataFrame({"target_id": [1, 3], "org_kind": ["building_group"] * 2, "is_covered": [True, True]})
    >>> buildings_in_group(homes, covers, date(2021, 1, 1)).loc[7].to_list()
    [1, 2]
    """
    homes = buildings[flags(buildings["is_residential"]) & in_force(buildings, end)]
    groups = _covers_of(covers, "building", end) & (covers["org_kind"] == GROUP).to_numpy(bool)
    groups &= flags(covers["is_covered"])
    return counted(homes["grid_id"], is_in(homes["building_id"], covers["target_id"][groups]))


def buildings_with_lead(buildings: pd.DataFrame, leads: pd.DataFrame, end: date) -> pd.DataFrame:
    """Residential buildings with a building lead in post at the end of the period (ORG-04 楼栋长配备率).

    buildings : as for `buildings_in_group`.
    leads : one row per post and building; `building_id`, optional `valid_from`, `valid_to`.

    >>> homes = pd.DataFrame({"building_id": [1, 2], "grid_id": [7, 7], "is_residential": [True, True]})
    >>> leads = pd.DataFrame({"building_id": [1, 1], "valid_from": [date(2019, 1, 1), date(2020, 5, 1)],
    ...                       "valid_to": [date(2020, 5, 1), None]})
    >>> buildings_with_lead(homes, leads, date(2021, 1, 1)).loc[7].to_list()
    [1, 2]
    """
    homes = buildings[flags(buildings["is_residential"]) & in_force(buildings, end)]
    return counted(homes["grid_id"], is_in(homes["building_id"], leads["building_id"][in_force(leads, end)]))


def _covers_of(covers: pd.DataFrame, target_kind: str, end: date) -> Mask:
    """Covers of grids or of buildings in force; ids of the two overlap, so they are told apart first."""
    if "target_kind" in covers:
        on_target = (covers["target_kind"] == target_kind).to_numpy(bool)
    else:
        on_target = ((covers["org_kind"] == GROUP) == (target_kind == "building")).to_numpy(bool)
    return on_target & in_force(covers, end)
