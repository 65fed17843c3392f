"""Dwellings and the register of households (户登记): invented, without a name, only sizes and dates."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DATA_DATE = date(2020, 12, 31)
YEAR = 2020
URBAN_HOUSEHOLDS = 16_901
MET_HOUSEHOLDS = 15_447
MET_PERSONS = 34_012
_SIZES = np.array([0.275, 0.385, 0.205, 0.09, 0.033, 0.012])


def days(start: str, end: str, rng: np.random.Generator, count: int) -> NDArray[np.datetime64]:
    """Random days from `start` to `end`, both included."""
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
    return first + rng.integers(0, int((last - first).astype(int)) + 1, count).astype("timedelta64[D]")


def dwellings_of(buildings: pd.DataFrame) -> pd.DataFrame:
    """One row per dwelling of the residential buildings, in order; `building` (row), `unit`, `floor`, `room`.

    `unit` is "" in a house with one door; `room` is floor and door, as in 302.
    """
    homes = buildings[buildings["is_home"]]
    count = homes["dwellings"].to_numpy()
    row = np.repeat(homes.index.to_numpy(), count)
    serial = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    flats = buildings["flats"].to_numpy()[row]
    shop = (buildings["use"] == "商住").to_numpy()[row].astype(int)
    levels = buildings["floors"].to_numpy()[row] - shop
    unit, rest = serial // (levels * flats) + 1, serial % (levels * flats)
    floor, door = rest // flats + 1 + shop, rest % flats + 1
    # Doors of one floor are numbered through the entrances, as on a real letter box.
    room = floor * 100 + (unit - 1) * flats + door
    is_house = (buildings["style"] == "house").to_numpy()[row]
    return pd.DataFrame(
        {"building": row, "unit": np.where(is_house, "", unit.astype(str)), "floor": floor, "room": room.astype(str)}
    )


def register_households(buildings: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The register of both the urban grids and the relocation communities.

    One row per household, `household_no` (unique); `building` (row of `buildings`), `unit`, `floor`, `room`, `kind`,
    `persons` (NA where not recorded), `moved_in`, `moved_out` (NaT where not), `is_urban`, `grid_code`, `is_registered`
    on the data date. Exactly 16,901 urban ones are registered then. No two live in one dwelling on one day.
    """
    dwellings = dwellings_of(buildings)
    is_urban = buildings["is_urban"].to_numpy()[dwellings["building"]]
    # Some buildings stand emptier than others.
    pull = rng.normal(0, 0.55, len(buildings))[dwellings["building"]] + rng.gumbel(0, 1, len(dwellings))
    town = _take(np.flatnonzero(is_urban), pull, URBAN_HOUSEHOLDS)
    sites = np.flatnonzero(~is_urban)
    moved = _take(sites, pull, int(sites.size * 0.925))
    living = _households(dwellings.iloc[np.concatenate([town, moved])].reset_index(drop=True), buildings, rng)
    gone = _moved_out(living, dwellings, np.concatenate([town, moved]), buildings, rng)
    register = pd.concat([living, gone], ignore_index=True)
    register = register.sort_values(["is_urban", "building", "room", "moved_in"], ascending=[False, True, True, True])
    register = register.reset_index(drop=True)
    serial = register.groupby("is_urban").cumcount()
    register["household_no"] = "H" + (serial + np.where(register["is_urban"], 100_001, 500_001)).astype("str")
    register["is_registered"] = register["moved_out"].isna()
    return register


def _take(places: NDArray[np.int64], pull: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    if places.size < count:
        raise ValueError(f"{places.size} dwellings are too few for {count} households")
    return np.sort(places[np.argsort(-pull[places], kind="stable")[:count]])


def _households(homes: pd.DataFrame, buildings: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(homes)
    building = homes["building"].to_numpy()
    urban = buildings["is_urban"].to_numpy()[building]
    odds = rng.random(n)
    kind = np.select([odds < 0.075, odds < 0.2], ["关爱", "租住"], "普通")
    kind = np.where(~urban & (odds >= 0.05), "易迁", kind)
    size = rng.choice(np.arange(1, 7), n, p=_SIZES)
    size = np.where(~urban, np.minimum(size + rng.integers(0, 2, n), 7), size)
    persons = pd.array(size, dtype="Int64")
    persons[rng.random(n) < 0.006] = pd.NA
    known = rng.random(n)
    moved_in = np.full(n, np.datetime64("NaT"), dtype="datetime64[D]")
    earlier = np.where(urban, days("2008-01-01", "2019-12-20", rng, n), days("2018-03-01", "2019-12-20", rng, n))
    moved_in = np.where(known < np.where(urban, 0.42, 0.9), earlier, moved_in)
    moved_in = np.where(known > 0.97, days("2020-01-06", "2020-11-25", rng, n), moved_in)
    return homes.assign(
        kind=kind, persons=persons, moved_in=moved_in, moved_out=np.datetime64("NaT"), is_urban=urban,
        grid_code=buildings["grid_code"].to_numpy()[building],
    )  # fmt: skip


def _moved_out(
    living: pd.DataFrame,
    dwellings: pd.DataFrame,
    taken: NDArray[np.int64],
    buildings: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Households that left in 2020: from dwellings that stand empty since, and before some that moved in this year."""
    empty = np.setdiff1d(np.arange(len(dwellings)), taken)
    left = dwellings.iloc[np.sort(rng.choice(empty, min(330, empty.size), replace=False))].reset_index(drop=True)
    gone = _households(left, buildings, rng)
    gone["moved_out"] = days("2020-02-01", "2020-12-20", rng, len(gone))
    gone["moved_in"] = gone["moved_in"].where(gone["moved_in"] < pd.Timestamp("2020-01-01"))
    new = living[living["moved_in"] >= pd.Timestamp("2020-03-01")]
    before = new.iloc[::3].reset_index(drop=True)
    earlier = before.assign(
        moved_out=before["moved_in"] - pd.to_timedelta(rng.integers(0, 25, len(before)), unit="D"),
        moved_in=np.datetime64("NaT"),
        kind="租住",
    )
    return pd.concat([gone, earlier], ignore_index=True)
