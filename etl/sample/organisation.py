"""Branches, building groups and posts (组织与岗位): who answers for which grid and building, and since when."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.sample.county import County
from etl.sample.names import URBAN_CODES
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

    One row per organisation, `org_no` (unique); `kind`, `name`, `community`, `grid_code` ("" for a committee), `since`,
    `members`, `way`, `is_established`, `is_covered`, `place` (code of the building where it meets, "" for none).
    """
    records: list[tuple[object, ...]] = []
    committees = days("2014-05-01", "2018-11-30", rng, 5)
    for i, code in enumerate(URBAN_CODES):
        name = grids.loc[grids["community"] == code, "community_name"].iloc[0]
        place = _meeting_place(buildings[buildings["community"] == code], rng)
        records.append(
            (
                f"DW-{i + 1:02d}",
                "社区党委",
                f"{name}党委",
                code,
                name,
                "",
                "",
                committees[i],
                int(rng.integers(90, 240)),
                "",
                "",
                "",
                place,
            )
        )
    urban = grids[~grids["is_inferred"]]
    # Spread over spring and summer, so that the curve of the year rises.
    set_up = np.sort(days("2020-03-06", "2020-09-25", rng, len(urban)))[rng.permutation(len(urban))]
    for i, (grid, since) in enumerate(zip(urban.itertuples(), set_up, strict=True)):
        place = _meeting_place(buildings[buildings["grid_code"] == grid.code], rng) if rng.random() < 0.9 else ""
        records.append(
            (
                f"ZB-{i + 1:03d}",
                "网格党支部",
                f"{grid.name}党支部",
                grid.community,
                grid.community_name,
                grid.code,
                grid.name,
                since,
                int(rng.integers(14, 58)),
                "独立",
                "是",
                "是",
                place,
            )
        )
    moved = grids[grids["is_inferred"]]
    for i, (grid, since) in enumerate(
        zip(moved.itertuples(), days("2019-08-01", "2020-08-20", rng, len(moved)), strict=True)
    ):
        place = _meeting_place(buildings[buildings["grid_code"] == grid.code], rng)
        records.append(
            (
                f"YQ-{i + 1:02d}",
                "易迁社区党组织",
                f"{grid.community_name}党组织",
                grid.community,
                grid.community_name,
                grid.code,
                grid.name,
                since,
                int(rng.integers(9, 40)),
                "延伸",
                "否",
                "是",
                place,
            )
        )
    columns = [
        "org_no",
        "kind",
        "name",
        "community",
        "community_name",
        "grid_code",
        "grid_name",
        "since",
        "members",
        "way",
        "is_established",
        "is_covered",
        "place",
    ]
    return pd.DataFrame(records, columns=columns)


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
            since = _after(branch["since"], "2020-04-06", rng)
            estate = buildings["estate"][members].mode()
            word = (
                estate.iloc[0]
                if len(estate) and estate.iloc[0]
                else f"{branch['grid_name'].split('社区')[-1].removesuffix('网格')}第{serial}"
            )
            made.append(
                (
                    f"XZ-{len(made) + 1:04d}",
                    f"{word}楼栋党小组",
                    branch["org_no"],
                    branch["community_name"],
                    grid,
                    branch["grid_name"],
                    since,
                    int(rng.integers(3, 12)),
                )
            )
            for building in members:
                joined = (
                    since
                    if rng.random() < 0.85
                    else min(since + np.timedelta64(int(rng.integers(7, 60)), "D"), np.datetime64("2020-12-20"))
                )
                covers.append((made[-1][0], building, joined))
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


def fill_posts(
    grids: gpd.GeoDataFrame, buildings: pd.DataFrame, covers: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grid posts and building leads, by pseudonym.

    One row per post held, `post_no` (unique); `kind`, `person_no`, `is_member`, `from_day`, `to_day` (first day no
    longer, NaT while in post), and `grid_code` or `building` (row of `buildings`). Nine building groups have no lead in
    any of their buildings; about seven homes in eight have one.
    """
    people = iter(f"W{i:04d}" for i in rng.permutation(np.arange(1, 4_000)))
    held: list[tuple[object, ...]] = []
    for grid in grids.itertuples():
        for _ in range(1 if grid.is_inferred else int(rng.choice([1, 2], p=[0.35, 0.65]))):
            start = days("2017-03-01", "2019-12-20", rng, 1)[0]
            if rng.random() < 0.25:  # handed over to somebody else during the year
                change = days("2020-03-01", "2020-11-10", rng, 1)[0]
                held.append(("网格员", next(people), grid.code, grid.name, rng.random() < 0.45, start, change))
                held.append(("网格员", next(people), grid.code, grid.name, rng.random() < 0.45, change, None))
            else:
                held.append(("网格员", next(people), grid.code, grid.name, rng.random() < 0.45, start, None))
        held.append(
            (
                "网格长",
                next(people),
                grid.code,
                grid.name,
                rng.random() < 0.9,
                days("2018-01-01", "2019-12-20", rng, 1)[0],
                None,
            )
        )
    columns = ["kind", "person_no", "grid_code", "grid_name", "is_member", "from_day", "to_day"]
    posts = pd.DataFrame(held, columns=columns)
    posts["post_no"] = [f"GW-{i:04d}" for i in range(1, len(posts) + 1)]
    homes = buildings.index[buildings["is_home"]].to_numpy()
    group_of = covers.set_index("building")["group_no"]
    without = set(rng.choice(covers["group_no"].unique(), 9, replace=False))
    leads = []
    for row in homes:
        if group_of.get(row) in without or rng.random() > 0.93:
            continue
        start = (
            days("2020-03-15", "2020-11-30", rng, 1)[0]
            if rng.random() < 0.7
            else days("2019-03-01", "2020-02-20", rng, 1)[0]
        )
        end = days("2020-12-05", "2020-12-28", rng, 1)[0] if rng.random() < 0.012 else None
        leads.append(("楼栋长", next(people), row, rng.random() < 0.62, start, end))
    frame = pd.DataFrame(leads, columns=["kind", "person_no", "building", "is_member", "from_day", "to_day"])
    frame["post_no"] = [f"LD-{i:05d}" for i in range(1, len(frame) + 1)]
    for part in (posts, frame):
        for column in ("from_day", "to_day"):
            part[column] = pd.to_datetime(part[column])
    return posts, frame
