"""`python -m benchmarks.peer.distinct ENGINE FOLDER`: visits and distinct households by grid and month, by one engine.

Reads the arrays that benchmarks/distinct.py wrote, counts three times, prints the seconds of the fastest and writes
the table: one row per grid and month, sorted by both.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]


def ours(data: Columns, sizes: dict[str, int]) -> Callable[[], Any]:
    """Bits, households numbered in the order of their grids."""
    from geo.distinct import households_by_grid_and_month

    def count() -> Any:
        return households_by_grid_and_month(
            data["household"], data["month"], data["starts"],
            households_count=sizes["households"], months_count=sizes["months"],
        )  # fmt: skip

    return count


def pandas(data: Columns, sizes: dict[str, int]) -> Callable[[], Any]:
    """One groupby with nunique."""
    import pandas as pd

    frame = pd.DataFrame({name: data[name] for name in ("grid", "month", "household")})

    def count() -> Any:
        groups = frame.groupby(["month", "grid"])["household"]
        return groups.agg(["size", "nunique"]).reset_index()

    return count


def duckdb(data: Columns, sizes: dict[str, int]) -> Callable[[], Any]:
    """Two levels: a household once a month, then the sums."""
    import duckdb as engine
    import pandas as pd

    frame = pd.DataFrame({name: data[name] for name in ("grid", "month", "household")})
    conn = engine.connect()
    conn.register("given", frame)
    conn.execute("CREATE TABLE visit AS SELECT * FROM given")

    def count() -> Any:
        return conn.execute(
            "SELECT month, grid, sum(n) AS size, count(*) AS nunique FROM "
            "(SELECT month, grid, household, count(*) AS n FROM visit GROUP BY ALL) GROUP BY ALL ORDER BY ALL"
        ).df()

    return count


def polars(data: Columns, sizes: dict[str, int]) -> Callable[[], Any]:
    """One group_by with n_unique, streaming."""
    import polars as engine

    frame = engine.DataFrame({name: data[name] for name in ("grid", "month", "household")})
    query = frame.lazy().group_by("month", "grid").agg(
        engine.len().alias("size"), engine.col("household").n_unique().alias("nunique")
    )  # fmt: skip

    def count() -> Any:
        return query.sort("month", "grid").collect(engine="streaming").to_pandas()

    return count


def one_month(data: Columns, sizes: dict[str, int]) -> Callable[[], Any]:
    """The last month alone, as a load of a new month counts it."""
    from geo.distinct import households_by_grid_and_month

    last = data["month"] == sizes["months"] - 1
    household, month = data["household"][last], np.zeros(int(last.sum()), dtype=np.int32)

    def count() -> Any:
        return households_by_grid_and_month(
            household, month, data["starts"], households_count=sizes["households"], months_count=1
        )

    return count


ENGINES = {engine.__name__: engine for engine in (ours, pandas, duckdb, polars, one_month)}


def as_table(found: Any, sizes: dict[str, int]) -> np.ndarray:
    """Visits and households, months down, grids across."""
    if isinstance(found, tuple):
        return np.stack(found)
    table = np.zeros((2, sizes["months"], sizes["grids"]), dtype=np.int64)
    at = found["month"].to_numpy(), found["grid"].to_numpy()
    table[0][at], table[1][at] = found["size"].to_numpy(), found["nunique"].to_numpy()
    return table


def main(engine: str, folder: Path) -> None:
    """Count and tell."""
    data = {name: np.load(folder / f"{name}.npy") for name in ("household", "grid", "month", "starts")}
    sizes = {
        "households": int(np.load(folder / "households.npy")), "months": int(data["month"].max()) + 1,
        "grids": len(data["starts"]),
    }  # fmt: skip
    count = ENGINES[engine](data, sizes)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        found = count()
        seconds.append(time.perf_counter() - began)
    np.save(folder / f"table-{engine}.npy", as_table(found, sizes))
    print(min(seconds))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
