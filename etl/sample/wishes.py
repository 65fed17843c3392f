"""Small wishes (微心愿) of 2020 in the thirty grids: registered, taken on by somebody, come true."""

import numpy as np
import pandas as pd

from data.terms import WISH_CATEGORIES
from etl.sample.people import days

LAST_DAY = np.datetime64("2020-12-31", "D")
# What becomes of them: 165 come true, as published.
ENDS = {"已实现": 165, "已认领": 6, "办理中": 3, "登记": 7, "取消": 4}
_SHARES = {"W01": 34, "W02": 26, "W03": 22, "W04": 9, "W05": 12, "W06": 6, "W99": 4}
_SOURCES = (["走访", "来访", "微信"], [0.7, 0.18, 0.12])


def make_wishes(
    register: pd.DataFrame, buildings: pd.DataFrame, grids: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per wish in the order of registration, `no` (unique); `grid_code`, `grid_name`, `community_name`,
    `building` (its code, "" for none), `category`, `source` (words), `found`, `claimed`, `realised` (NaT where not),
    `status`.
    """
    status = np.repeat(list(ENDS), list(ENDS.values()))
    many = status.size
    homes = register[register["is_urban"] & register["is_registered"]]
    home = homes.iloc[rng.integers(0, len(homes), many)]
    found = days("2020-01-10", "2020-11-20", rng, many)
    found = np.where(np.isin(status, ["已认领", "办理中", "登记"]), days("2020-11-20", "2020-12-15", rng, many), found)
    claimed = found + rng.integers(0, 13, many).astype("timedelta64[D]")
    realised = np.minimum(claimed + rng.integers(1, 28, many).astype("timedelta64[D]"), LAST_DAY)
    never = np.datetime64("NaT")
    weight = np.array(list(_SHARES.values()), dtype=float)
    codes = rng.choice(list(_SHARES), many, p=weight / weight.sum())
    places = grids.set_index("code").loc[home["grid_code"]]
    has_building = rng.random(many) < 0.8
    frame = pd.DataFrame(
        {
            "grid_code": home["grid_code"].to_numpy(), "grid_name": places["name"].to_numpy(),
            "community_name": places["community_name"].to_numpy(),
            "building": np.where(has_building, buildings["code"].to_numpy()[home["building"]], ""),
            "category": [WISH_CATEGORIES[code].zh for code in codes],
            "source": rng.choice(_SOURCES[0], many, p=_SOURCES[1]),
            "found": found, "claimed": np.where(np.isin(status, ["登记", "取消"]), never, claimed),
            "realised": np.where(status == "已实现", realised, never), "status": status,
        }
    )  # fmt: skip
    for name in ("found", "claimed", "realised"):
        frame[name] = pd.to_datetime(frame[name])
    frame = frame.sort_values("found", kind="stable", ignore_index=True)
    return frame.assign(no=[f"XY2020-{i:04d}" for i in range(1, many + 1)])
