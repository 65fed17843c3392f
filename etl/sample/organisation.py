"""Grids, branches and building groups (组织): which grid and building is covered by whom, and since when."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.sample.county import County
from etl.sample.people import days
from etl.sample.streets import Town

GROUPS, COVERED = 205, 1_540


def grid_ledger(county: County, town: Town, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Urban grids, then one grid for each relocation community. PLANE_CRS, sorted by `code` (unique).

    `name`, `community` (code), `community_name`, `since` (day the border was drawn), `is_inferred`, `geometry`.
    """
    names = county.units.set_index("code")["name"]
    urban = town.grids.assign(name=town.grids["community"].map(names) + town.grids["word"] + "网格", is_inferred=False)
    moved = county.units[county.units["is_relocation"]]
    sites = gpd.GeoDataFrame(
        {
            "code": moved["code"] + "001",
            "community": moved["code"],
            "name": moved["name"] + "网格",
            "is_inferred": True,
        },
        geometry=moved.geometry,
        crs=county.units.crs,
    )
    grids = pd.concat([urban, sites], ignore_index=True)[["code", "name", "community", "is_inferred", "geometry"]]
    grids["community_name"] = grids["community"].map(names)
    grids["since"] = days("2019-09-01", "2019-12-20", rng, len(grids))
    return grids.sort_values("code", ignore_index=True)


def found_branches(grids: gpd.GeoDataFrame, buildings: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Community committees, one branch for each urban grid, and the organisations of the relocation communities.

    One row per organisation, `org_no` (unique); `kind`, `name`, `community_name`, `grid_code` and `grid_name` ("" for a
    committee), `since`, `members`, `way`, `is_established`, `is_covered` (words, "" for a committee), `place` (code of
    the building where it meets, "" for none).
    """
    urban, moved = grids[~grids["is_inferred"]], grids[grids["is_inferred"]]
    homes = urban.drop_duplicates("community")
    committees = pd.DataFrame(
        {
            "name": homes["community_name"] + "党委",
            "community_name": homes["community_name"],
            "since": days("2014-05-01", "2018-11-30", rng, len(homes)),
            "members": rng.integers(90, 240, len(homes)),
            "place": [_meeting_place(buildings[buildings["community"] == code], rng) for code in homes["community"]],
        }
    ).assign(kind="社区党委", prefix="DW", grid_code="", grid_name="", way="", is_established="", is_covered="")
    # Spread over spring and summer, so that the curve of the year rises.
    set_up = np.sort(days("2020-03-06", "2020-09-25", rng, len(urban)))[rng.permutation(len(urban))]
    branches = _of_grids(urban, urban["name"] + "党支部", set_up, (14, 58), buildings, rng)
    branches = branches.assign(kind="网格党支部", prefix="ZB", way="独立", is_established="是", is_covered="是")
    branches.loc[rng.random(len(branches)) < 0.1, "place"] = ""
    set_up = days("2019-08-01", "2020-08-20", rng, len(moved))
    others = _of_grids(moved, moved["community_name"] + "党组织", set_up, (9, 40), buildings, rng)
    others = others.assign(kind="易迁社区党组织", prefix="YQ", way="延伸", is_established="否", is_covered="是")
    frame = pd.concat([committees, branches, others], ignore_index=True)
    serial = (frame.groupby("prefix").cumcount() + 1).astype("str").str.zfill(3)
    frame["org_no"] = frame["prefix"] + "-" + serial
    return frame.drop(columns="prefix")


def _of_grids(
    grids: pd.DataFrame,
    name: pd.Series,
    since: NDArray[np.datetime64],
    members: tuple[int, int],
    buildings: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": name,
            "community_name": grids["community_name"],
            "grid_code": grids["code"],
            "grid_name": grids["name"],
            "since": since,
            "members": rng.integers(*members, len(grids)),
            "place": [_meeting_place(buildings[buildings["grid_code"] == code], rng) for code in grids["code"]],
        }
    )


def _meeting_place(buildings: pd.DataFrame, rng: np.random.Generator) -> str:
    public = buildings[~buildings["is_home"]]
    some = public if len(public) else buildings
    return str(some["code"].iloc[int(rng.integers(len(some)))])


def found_groups(
    branches: pd.DataFrame, buildings: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The 205 building groups, and the 1,540 homes they cover: neighbours, five to ten to a group.

    Groups: one row per group, `group_no` (unique). Covers: one row per group and `building` (row of `buildings`).
    """
    homes = buildings[buildings["is_home"] & buildings["is_urban"]]
    count = homes.groupby("grid_code").size()
    groups, covered = _quotas(count.to_numpy(), rng)
    by_grid = branches[branches["kind"] == "网格党支部"].set_index("grid_code")
    middle = np.column_stack([buildings.geometry.centroid.x, buildings.geometry.centroid.y])
    made: list[tuple[Any, ...]] = []
    covers: list[tuple[Any, ...]] = []
    for grid, n_groups, n_covered in zip(count.index, groups, covered, strict=True):
        rows = homes.index[homes["grid_code"] == grid].to_numpy()
        # The homes left out are the outlying ones: a hamlet, a new estate.
        away = np.hypot(*(middle[rows] - np.median(middle[rows], axis=0)).T)
        rows = rows[np.sort(np.argsort(away, kind="stable")[:n_covered])]
        branch = by_grid.loc[grid]
        for serial, members in enumerate(_split(rows, middle, int(n_groups), rng), start=1):
            number, since = f"XZ-{len(made) + 1:04d}", _after(branch["since"], "2020-04-06", rng)
            estate = buildings["estate"][members].mode().iloc[0]
            name = f"{estate or branch['grid_name'].split('社区')[-1] + f'第{serial}'}楼栋党小组"
            size = int(rng.integers(3, 12))
            made.append(
                (number, name, branch["org_no"], branch["community_name"], grid, branch["grid_name"], since, size)
            )
            # A few buildings joined their group later.
            late = np.where(rng.random(members.size) < 0.15, rng.integers(7, 60, members.size), 0)
            joined = np.minimum(since + late.astype("timedelta64[D]"), np.datetime64("2020-12-20"))
            covers += [(number, building, day) for building, day in zip(members, joined, strict=True)]
    columns = ["group_no", "name", "branch_no", "community_name", "grid_code", "grid_name", "since", "members"]
    frame = pd.DataFrame(made, columns=columns)
    twice = frame.groupby("name").cumcount()
    frame["name"] = [
        n if k == 0 else n.replace("楼栋党小组", f"{'二三四五六七八九'[k - 1]}组楼栋党小组")
        for n, k in zip(frame["name"], twice, strict=True)
    ]
    return frame, pd.DataFrame(covers, columns=["group_no", "building", "since"])


def _after(since: Any, earliest: str, rng: np.random.Generator) -> np.datetime64:
    """A day for a group: after its branch was founded, and not after November."""
    first = max(
        pd.Timestamp(since).to_datetime64().astype("datetime64[D]") + np.timedelta64(5, "D"),
        np.datetime64(earliest, "D"),
    )
    last = np.datetime64("2020-11-28", "D")
    return first + np.timedelta64(int(rng.integers(0, max(1, int((last - first).astype(int))))), "D")


def _quotas(homes: NDArray[np.integer[Any]], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Groups and covered homes of each grid: 205 and 1,540 in all, five to ten homes to a group."""
    left_out = np.minimum(rng.integers(0, 5, homes.size), homes // 12)
    while (gap := homes.sum() - COVERED - left_out.sum()) != 0:
        step = 1 if gap > 0 else -1
        free = np.flatnonzero((left_out + step >= 0) & (left_out + step <= homes // 8))
        left_out[rng.choice(free, min(abs(gap), free.size), replace=False)] += step
    covered = homes - left_out
    groups = np.round(covered / (COVERED / GROUPS)).astype(int)
    while (gap := GROUPS - groups.sum()) != 0:
        step = 1 if gap > 0 else -1
        mean = covered / groups
        groups[np.argmax(mean) if step > 0 else np.argmin(mean)] += step
    return groups, covered


def _split(
    rows: NDArray[np.int64], middle: NDArray[np.float64], groups: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Cuts buildings into groups of neighbours, halving along the longer side again and again."""
    if groups == 1:
        return [rows]
    spread = np.ptp(middle[rows], axis=0)
    order = rows[np.argsort(middle[rows, int(np.argmax(spread))], kind="stable")]
    half = groups // 2
    cut = round(rows.size * half / groups) + int(rng.integers(-1, 2)) * (groups <= 3)
    cut = int(
        np.clip(cut, max(5 * half, rows.size - 10 * (groups - half)), min(10 * half, rows.size - 5 * (groups - half)))
    )
    return _split(order[:cut], middle, half, rng) + _split(order[cut:], middle, groups - half, rng)
