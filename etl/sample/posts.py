"""Posts (岗位): grid workers, grid leads and building leads, by pseudonym and with the days they were held."""

import geopandas as gpd
import numpy as np
import pandas as pd

from etl.sample.people import days

GROUPS_WITHOUT_LEAD = 9
_START, _CHANGE = ("2017-03-01", "2019-12-20"), ("2020-03-01", "2020-11-10")


def fill_posts(
    grids: gpd.GeoDataFrame, buildings: pd.DataFrame, covers: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grid posts, and building leads.

    One row per post held, `post_no` (unique); `kind`, `person_no` (unique), `is_member`, `from_day`, `to_day` (first
    day no longer, NaT while in post), and `grid_code` with `grid_name`, or `building` (row of `buildings`). Nine
    building groups have no lead in any of their buildings; about seven homes in eight have one.
    """
    posts, leads = _grid_posts(grids, rng), _building_leads(buildings, covers, rng)
    people = [f"W{i:04d}" for i in rng.permutation(np.arange(1, max(4_000, len(posts) + len(leads) + 1)))]
    posts["person_no"], leads["person_no"] = people[: len(posts)], people[len(posts) : len(posts) + len(leads)]
    posts["post_no"] = [f"GW-{i:04d}" for i in range(1, len(posts) + 1)]
    leads["post_no"] = [f"LD-{i:05d}" for i in range(1, len(leads) + 1)]
    return posts, leads


def _grid_posts(grids: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One or two workers and one lead for each grid; one worker in four handed over to another during the year."""
    held: list[tuple[object, ...]] = []
    for code, name, is_inferred in zip(grids["code"], grids["name"], grids["is_inferred"], strict=True):
        for _ in range(1 if is_inferred else int(rng.choice([1, 2], p=[0.35, 0.65]))):
            start, change = days(*_START, rng, 1)[0], days(*_CHANGE, rng, 1)[0]
            if rng.random() < 0.25:
                held.append(("网格员", code, name, rng.random() < 0.45, start, change))
                start = change
            held.append(("网格员", code, name, rng.random() < 0.45, start, None))
        held.append(("网格长", code, name, rng.random() < 0.9, days(*_START, rng, 1)[0], None))
    return _dated(pd.DataFrame(held, columns=["kind", "grid_code", "grid_name", "is_member", "from_day", "to_day"]))


def _building_leads(buildings: pd.DataFrame, covers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    homes = buildings.index[buildings["is_home"]].to_numpy()
    group_of = covers.set_index("building")["group_no"].reindex(homes)
    without = rng.choice(covers["group_no"].unique(), GROUPS_WITHOUT_LEAD, replace=False)
    led = homes[~group_of.isin(without).to_numpy() & (rng.random(homes.size) < 0.93)]
    n = led.size
    start = np.where(
        rng.random(n) < 0.7, days("2020-03-15", "2020-11-30", rng, n), days("2019-03-01", "2020-02-20", rng, n)
    )
    end = np.where(rng.random(n) < 0.012, days("2020-12-05", "2020-12-28", rng, n), np.datetime64("NaT"))
    frame = pd.DataFrame({"building": led, "is_member": rng.random(n) < 0.62, "from_day": start, "to_day": end})
    return _dated(frame.assign(kind="楼栋长"))


def _dated(posts: pd.DataFrame) -> pd.DataFrame:
    return posts.assign(from_day=pd.to_datetime(posts["from_day"]), to_day=pd.to_datetime(posts["to_day"]))
