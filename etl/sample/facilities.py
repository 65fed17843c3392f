"""Facilities (配套设施) of the relocation communities, of villages and of the town, and the plots ledger."""

from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.terms import FACILITY_KINDS, ONE_PLUS_SIX
from etl.sample.county import County
from etl.sample.people import days
from etl.sample.relocation import Sites
from etl.sample.streets import Town

VILLAGE_CENTRES = 128
_ZONES = ("hall", "guard_room", "after_school")
# What the three incomplete relocation communities lack (by position in the order of codes): kind → state, None: absent.
_LACKING: dict[int, dict[str, str | None]] = {
    3: {"plot": None, "work_space": "planned"},
    6: {"shop": "closed"},
    8: {"plaza": "planned", "clinic": None, "plot": "planned", "after_school": None},
}
_PLOT_BY_LEDGER = (1, 4)
"""Complete communities whose plots stand in the plots ledger only."""

Record = tuple[Any, ...]
"""Row of `county.units`, kind, place in metres, day it opened, state, standard met."""

_STATES = {"present": "在用", "planned": "在建", "closed": "停用"}


def place_facilities(county: County, town: Town, sites: Sites, rng: np.random.Generator) -> pd.DataFrame:
    """All facilities: one row each, `no` (unique); `name`, `kind`, `township` and `community` (names), `x`, `y`
    (metres), `built` (NaT where unknown), `state`, `standard` (是, 否 or "" where not inspected).

    Six of the nine relocation communities have all six; 128 villages have a village centre in use.
    """
    records = _of_sites(county, sites, rng) + _of_villages(county, rng) + _in_town(county, town, rng)
    frame = pd.DataFrame(records, columns=["unit", "kind", "spot", "built", "state", "standard"])
    units, towns = county.units, county.townships.set_index("code")["name"]
    frame["community"] = units["name"].to_numpy()[frame["unit"]]
    frame["township"] = towns[units["township"].to_numpy()[frame["unit"]]].to_numpy()
    frame["x"], frame["y"] = np.array(frame["spot"].tolist()).T
    frame["kind"] = [FACILITY_KINDS[kind].zh for kind in frame["kind"]]
    frame["name"] = frame["community"] + frame["kind"].str.removeprefix("村")
    frame["built"] = pd.to_datetime(frame["built"])
    frame["no"] = [f"SS-{i:04d}" for i in range(1, len(frame) + 1)]
    return frame.drop(columns=["spot", "unit"])


def _of_sites(county: County, sites: Sites, rng: np.random.Generator) -> list[Record]:
    """The six of "1+6" and the zones of the service centre, round the centre of each relocation community."""
    found: list[Record] = []
    for order, (unit, middle) in enumerate(sites.centre.items()):
        lacking = _LACKING.get(order, {})
        span = ("2018-10-01", "2019-11-30") if order < 2 else ("2020-02-10", "2020-09-20")
        first = days(*span, rng, 1)[0]
        for i, kind in enumerate((*ONE_PLUS_SIX, *_ZONES)):
            state = lacking.get(kind, "present")
            if state is None or (kind == "plot" and order in _PLOT_BY_LEDGER):
                continue
            built = first + np.timedelta64(int(rng.integers(0, 60)), "D") if state != "planned" else None
            met = "" if state != "present" or rng.random() < 0.05 else ("否" if rng.random() < 0.06 else "是")
            found.append((unit, kind, _beside(middle, i, county.units.geometry[unit], rng), built, _STATES[state], met))
    return found


def _of_villages(county: County, rng: np.random.Generator) -> list[Record]:
    villages = county.units.index[county.units["name"].str.endswith("村")].to_numpy()
    found: list[Record] = []
    for unit in np.sort(rng.choice(villages, VILLAGE_CENTRES, replace=False)):
        built = days("2014-03-01", "2020-10-30", rng, 1)[0] if rng.random() < 0.95 else None
        met = "" if rng.random() < 0.04 else ("否" if rng.random() < 0.1 else "是")
        found.append((unit, "village_centre", _inside(county.units.geometry[unit], rng), built, "在用", met))
    return found


def _in_town(county: County, town: Town, rng: np.random.Generator) -> list[Record]:
    """A service centre, a square and a clinic in each urban community."""
    found: list[Record] = []
    for code, grids in town.grids.groupby("community", sort=True):
        (unit,) = county.units.index[county.units["code"] == code]
        for kind in ("service_centre", "plaza", "clinic"):
            grid = grids.geometry.iloc[int(rng.integers(len(grids)))]
            built = days("2012-01-01", "2019-12-01", rng, 1)[0]
            found.append((unit, kind, _inside(grid, rng), built, "在用", "是"))
    return found


def _beside(middle: np.ndarray, i: int, body: shapely.Geometry, rng: np.random.Generator) -> tuple[float, float]:
    """A place round the centre of a settlement, inside its community."""
    for reach in (95.0, 70.0, 45.0, 20.0, 0.0):
        angle = 2 * np.pi * i / 9 + float(rng.uniform(-0.2, 0.2))
        x, y = middle + reach * np.array([np.cos(angle), np.sin(angle)])
        if shapely.contains_xy(body, x, y):
            break
    return float(x), float(y)


def _inside(body: shapely.Geometry, rng: np.random.Generator) -> tuple[float, float]:
    """A random place well inside a shape."""
    core = body.buffer(-0.12 * np.sqrt(body.area))
    core = body if core.is_empty else core
    west, south, east, north = core.bounds
    for _ in range(200):
        x, y = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        if shapely.contains_xy(core, x, y):
            return x, y
    point = core.representative_point()
    return float(point.x), float(point.y)


def allot_plots(county: County, register: pd.DataFrame, sites: Sites, rng: np.random.Generator) -> pd.DataFrame:
    """The plots ledger: one row per relocation community; `code`, `name`, `households` registered, `with_plot`."""
    living = register[register["is_registered"]].groupby("grid_code").size()
    records = []
    for order, unit in enumerate(sites.centre):
        code, name = county.units["code"][unit], county.units["name"][unit]
        total = int(living[f"{code}001"])
        full = order not in _LACKING or order == 6
        share = 1.0 if full else float(rng.uniform(0.45, 0.8))
        records.append((code, name, total, int(total * share)))
    return pd.DataFrame(records, columns=["code", "name", "households", "with_plot"])
