"""A year of calls (入户走访): rounds through buildings by season, met or not, with an overdue tail."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.sample.layers import degrees_of
from etl.sample.people import MET_HOUSEHOLDS, MET_PERSONS
from geo.crs import wgs84_to_gcj02

# Share of the rounds in each month of 2020: epidemic control in February and March, the flood in July, year-end visits.
SEASON = (0.055, 0.125, 0.115, 0.07, 0.06, 0.055, 0.12, 0.065, 0.065, 0.065, 0.07, 0.135)
SPRING_END = np.datetime64("2020-05-20", "D")
LAST_DAY = np.datetime64("2020-12-31", "D")
_YEAR = np.arange(np.datetime64("2020-01-01", "D"), np.datetime64("2021-01-01", "D"))
_FORMS = (["入户", "电话", "线上", "集中"], [0.86, 0.08, 0.03, 0.03])


def choose_met(register: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The register with `is_met` (somebody of the household was met in 2020) and person counts that fit.

    Exactly 15,447 of the registered urban households are met, 78 to 99 per cent of each grid; the people recorded in
    them are 34,012, those not recorded left out. `is_neglected` marks buildings where nobody has called at all.
    """
    register = register.copy()
    building = register["building"].to_numpy()
    neglected = np.zeros(building.max() + 1, dtype=bool)
    neglected[rng.random(neglected.size) < 0.02] = True
    register["is_neglected"] = neglected[building]
    ease = rng.normal(0, 0.9, building.max() + 1)[building] + rng.gumbel(0, 1.1, len(register))
    ease += register["persons"].fillna(2).to_numpy(dtype=float) * 0.35 - register["is_neglected"] * 50.0
    met = np.zeros(len(register), dtype=bool)
    for is_urban in (True, False):
        here = register[(register["is_urban"] == is_urban) & register["is_registered"]]
        sizes = here.groupby("grid_code").size()
        wanted = MET_HOUSEHOLDS if is_urban else round(0.9 * sizes.sum())
        for grid, count in zip(sizes.index, _shares(sizes.to_numpy(), wanted, rng), strict=True):
            rows = here.index[here["grid_code"] == grid].to_numpy()
            met[rows[np.argsort(-ease[rows], kind="stable")[:count]]] = True
    register["is_met"] = met
    register["is_neglected"] &= ~register.groupby("building")["is_met"].transform("any")
    return _fit_persons(register, rng)


def _shares(sizes: NDArray[np.integer[Any]], wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many of each grid's households are met: uneven, between 78 and 99 per cent, `wanted` in all."""
    rate = np.clip(rng.normal(0.93, 0.045, sizes.size), 0.84, 0.985)
    rate[rng.choice(sizes.size, 2, replace=False)] = (0.785, 0.81)
    low, high = np.ceil(sizes * 0.782).astype(int), np.floor(sizes * 0.988).astype(int)
    count = np.clip(np.round(sizes * rate).astype(int), low, high)
    while count.sum() != wanted:
        step = 1 if count.sum() < wanted else -1
        # The two weak grids stay weak: only the others make up the difference.
        free = np.flatnonzero((count + step <= high) & (count + step >= low) & (rate > 0.82))
        count[rng.permutation(free)[: abs(wanted - int(count.sum()))]] += step
    return count


def _fit_persons(register: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    persons = register["persons"].copy()
    counted = register.index[register["is_urban"] & register["is_met"] & persons.notna()].to_numpy()
    while (gap := MET_PERSONS - int(persons[counted].sum())) != 0:
        step = 1 if gap > 0 else -1
        can = counted[((persons[counted] + step).between(1, 7)).to_numpy(dtype=bool)]
        some = rng.choice(can, min(abs(gap), can.size), replace=False)
        persons.loc[some] += step
    return register.assign(persons=persons)


def make_visits(register: pd.DataFrame, posts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """All visits of 2020, sorted by day.

    One row per visit, `visit_no` (unique); `household_no`, `day`, `worker`, `form`, `result`, `persons_met` (NA unless
    met), `photo`, `note` (是, 否 or ""), `community` (first 12 digits of the grid), `is_urban`. Only registered
    households are met, and no household is called on before it moved in or after it left, nor twice on one day.
    """
    rounds = _rounds(int(register["building"].max()) + 1, rng)
    calls = _calls(register, rng)
    row = calls["row"].to_numpy()
    day = _day_in_rounds(register.iloc[row], rounds, rng)
    visits = pd.DataFrame({"row": row, "result": calls["result"].to_numpy(), "day": day})
    visits = visits[visits["day"].notna()]
    # Of two calls on one day the one that met somebody is kept.
    visits["order"] = (visits["result"] != "见面").astype(int)
    visits = visits.sort_values(["row", "day", "order"], kind="stable").drop_duplicates(["row", "day"])
    visits = visits.sort_values(["day", "row"], kind="stable", ignore_index=True)
    home = register.iloc[visits["row"].to_numpy()].reset_index(drop=True)
    n = len(visits)
    is_met = (visits["result"] == "见面").to_numpy()
    people = home["persons"].fillna(2).to_numpy(dtype=int)
    met = pd.array(np.minimum(people, 1 + rng.binomial(2, 0.3, n)), dtype="Int64")
    met[~is_met] = pd.NA
    said = rng.random((2, n))
    visits["persons_met"] = met
    visits["form"] = np.where(is_met, rng.choice(_FORMS[0], n, p=_FORMS[1]), "入户")
    visits["photo"] = np.where(said[0] < 0.03, "", np.where(said[0] < np.where(is_met, 0.68, 0.4), "是", "否"))
    visits["note"] = np.where(said[1] < 0.03, "", np.where(said[1] < np.where(is_met, 0.75, 0.5), "是", "否"))
    visits["household_no"] = home["household_no"]
    visits["grid_code"], visits["is_urban"] = home["grid_code"], home["is_urban"]
    visits["community"] = home["grid_code"].str[:12]
    visits["worker"] = _workers(visits, posts, rng)
    visits["visit_no"] = [f"ZF2020-{i:06d}" for i in range(1, n + 1)]
    return visits.drop(columns=["row", "order"])


def locate_visits(
    visits: pd.DataFrame, register: pd.DataFrame, buildings: gpd.GeoDataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """The visits with `lon`, `lat` (degrees, GCJ-02 as phones give them; NaN without) and `crs`.

    Only calls at home have a position, nine in ten of them: most within some 20 m of the building, one in twenty-five
    where the form was filled in, some hundred metres off.
    """
    at = register.drop_duplicates("household_no").set_index("household_no")["building"].loc[visits["household_no"]]
    middle = buildings.geometry.iloc[at.to_numpy()].centroid
    many = len(visits)
    is_away = rng.random(many) < 0.04
    away, turn = np.where(is_away, rng.uniform(150, 900, many), rng.gamma(2.0, 8.0, many)), rng.uniform(0, 6.2832, many)
    x, y = middle.x.to_numpy() + away * np.cos(turn), middle.y.to_numpy() + away * np.sin(turn)
    lon, lat = wgs84_to_gcj02(*degrees_of(x, y))
    has = (visits["form"] == "入户").to_numpy() & (rng.random(many) < 0.9)
    return visits.assign(
        lon=np.where(has, np.round(lon, 6), np.nan), lat=np.where(has, np.round(lat, 6), np.nan),
        crs=np.where(has, "GCJ-02", ""),
    )  # fmt: skip


def _rounds(buildings: int, rng: np.random.Generator) -> NDArray[np.datetime64]:
    """Days on which somebody goes round each building, shape (buildings, 16), NaT beyond a building's number of rounds.

    One building in fourteen was not called on after spring: the overdue tail.
    """
    month = _YEAR.astype("datetime64[M]").astype(int) % 12
    weekday = (_YEAR.astype("datetime64[D]").astype(int) + 3) % 7
    weight = np.array(SEASON)[month] / np.bincount(month)[month] * np.where(weekday < 5, 1.0, 0.45)
    weight[_YEAR == LAST_DAY] *= 1.6
    weight[:2] = 0.0
    day = _YEAR[np.searchsorted(np.cumsum(weight / weight.sum()), rng.random((buildings, 16)) * 0.999999)]
    day[np.arange(16)[None, :] >= (8 + rng.poisson(4.0, buildings)).clip(3, 16)[:, None]] = np.datetime64("NaT")
    tail = rng.random(buildings) < 0.07
    late = tail[:, None] & (day > SPRING_END)
    spring = np.arange(np.datetime64("2020-01-21", "D"), SPRING_END + np.timedelta64(1, "D"))
    day[late] = rng.choice(spring, int(late.sum()))
    return day


def _calls(register: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """How often each household was called on, and with what result; one row per call."""
    n = len(register)
    is_met = register["is_met"].to_numpy()
    rows = np.arange(n)
    care = (register["kind"] == "关爱").to_numpy()
    met = np.where(is_met, 1 + rng.poisson(np.where(care, 1.6, 0.5)), 0)
    tried = rng.random(n) < 0.62
    vain = np.where(is_met, rng.poisson(0.36, n), np.where(tried, 1 + rng.poisson(0.8, n), 0))
    vain[register["is_neglected"].to_numpy()] = 0
    vain_rows = np.repeat(rows, vain)
    settled = rng.random(vain_rows.size)
    gone = ~register["is_registered"].to_numpy()[vain_rows]
    odds = np.where(is_met[vain_rows], 0.93, np.where(gone, 0.45, 0.62))
    result = np.where(settled < odds, "未见面", np.where(settled < odds + (1 - odds) * 0.55, "拒访", "空置"))
    return pd.DataFrame(
        {
            "row": np.concatenate([np.repeat(rows, met), vain_rows]),
            "result": np.concatenate([np.full(met.sum(), "见面", dtype=object), result.astype(object)]),
        }
    )


def _day_in_rounds(
    home: pd.DataFrame, rounds: NDArray[np.datetime64], rng: np.random.Generator
) -> NDArray[np.datetime64]:
    """A round of the building while the household lived there, else any such day; NaT when there is none."""
    day = rounds[home["building"].to_numpy()]
    start = home["moved_in"].fillna(pd.Timestamp("2020-01-03")).to_numpy().astype("datetime64[D]")
    start = np.maximum(start, np.datetime64("2020-01-03"))
    end = home["moved_out"].fillna(pd.Timestamp("2021-01-01")).to_numpy().astype("datetime64[D]")
    fits = ~np.isnat(day) & (day >= start[:, None]) & (day < end[:, None])
    pick = np.argmax(np.where(fits, rng.random(day.shape), -1.0), axis=1)
    chosen = day[np.arange(len(day)), pick]
    span = (end - start).astype(int)
    any_day = start + np.floor(rng.random(len(day)) * np.maximum(span, 1)).astype("timedelta64[D]")
    none = ~fits.any(axis=1)
    return np.where(none & (span > 0), any_day, np.where(none, np.datetime64("NaT"), chosen))


def _workers(visits: pd.DataFrame, posts: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    """Who called: one of the grid workers in post that day, else the grid lead."""
    who = np.full(len(visits), "", dtype=object)
    chance = rng.random(len(visits))
    workers = posts[posts["kind"] == "网格员"]
    leads = posts[posts["kind"] == "网格长"].set_index("grid_code")["person_no"]
    for grid, rows in visits.groupby("grid_code", sort=True).indices.items():
        day = visits["day"].to_numpy()[rows].astype("datetime64[D]")
        team = workers[workers["grid_code"] == grid]
        first = team["from_day"].to_numpy().astype("datetime64[D]")
        last = team["to_day"].fillna(pd.Timestamp("2100-01-01")).to_numpy().astype("datetime64[D]")
        in_post = (day[:, None] >= first) & (day[:, None] < last)
        pick = np.floor(chance[rows] * in_post.sum(axis=1)).astype(int)
        nth = (np.cumsum(in_post, axis=1) == pick[:, None] + 1) & in_post
        person = team["person_no"].to_numpy()[np.argmax(nth, axis=1)]
        who[rows] = np.where(in_post.any(axis=1), person, leads.get(grid, ""))
    return who
