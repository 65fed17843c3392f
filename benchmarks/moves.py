"""Rolling up an invented prefecture of which 5 % of the homes move a year, against the same one where nobody moves.

Stays are joined by interval: no day on which a household moves makes the roll-up build its frames once more.
"""

import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure
from benchmarks.prefecture import DATA_ON, Sizes, make_prefecture
from benchmarks.rollup import run
from data import schema, writes
from data.store import open_store, reading, writing

SHARE, TIMES, ROUNDS = 0.05, 1.3, 3


def measure(database: str, folder: Path, *, sizes: Sizes | None = None) -> list[Figure]:
    """The figures."""
    sizes = sizes or Sizes()
    stay, move = folder / "stay.db", folder / "move.db"
    make_prefecture(f"sqlite:///{stay}", sizes).dispose()
    shutil.copy(stay, move)
    many = move_homes(f"sqlite:///{move}", sizes.months)
    # In turn, and the best of each: what else the machine does meanwhile is no part of it.
    rounds = [[run("all_facts", f"sqlite:///{store}", str(folder / "none")) for store in (stay, move)]
              for _ in range(ROUNDS)]  # fmt: skip
    nobody, some = (min(seconds) for seconds in zip(*rounds, strict=True))
    note = f"{many:,} 次搬家 moves; {nobody:.3g} s → {some:.3g} s"
    return [Figure("每年5%的户搬家 / 没有人搬家 with moves / without", some / nobody, "", TIMES, note)]


def move_homes(address: str, months: int, *, seed: int = 6) -> int:
    """Give some households a former stay in another building, ended on a day of these months; returns how many."""
    rng = np.random.default_rng(seed)
    engine = open_store(address)
    with reading(engine) as conn:
        homes = writes.read_rows(conn, schema.household)
        buildings = writes.read_rows(conn, schema.building)["building_id"].to_numpy()
    homes = homes[(homes["moved_in_on"].isna() & homes["moved_out_on"].isna()).to_numpy(bool)]
    homes = homes.iloc[rng.choice(len(homes), int(len(homes) * SHARE * months / 12), replace=False)]
    days = [DATA_ON - timedelta(days=int(back)) for back in rng.integers(0, months * 30, len(homes))]
    own = {"household_id": homes["household_id"].tolist(), "batch_id": 1, "is_void": False}
    rows = pd.concat(
        [
            pd.DataFrame({**own, "stay_no": 0, "building_id": rng.choice(buildings, len(homes)), "valid_to": days}),
            pd.DataFrame({**own, "stay_no": 1, "building_id": homes["building_id"].tolist(), "valid_from": days}),
        ],
        ignore_index=True,
    ).astype(object)
    with writing(engine) as conn:
        writes.insert_rows(conn, schema.household_stay, rows.where(rows.notna(), None))
    engine.dispose()
    return len(homes)
