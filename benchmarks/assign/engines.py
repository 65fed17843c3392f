"""`python -m benchmarks.assign.engines NAME FOLDER ROUNDS`: one engine on one data set, in this process alone.

Loads what the folder holds, then runs the step ROUNDS times and prints JSON: wall and CPU seconds of each round, peak
memory above what was loaded (MB), size of the table mapped from disk (MB), and a hash of the answer. An answer is one
grid for each point or footprint, by the common rule; engines that give pairs are brought to it after the clock has
stopped, to their advantage.
"""

import gc
import hashlib
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.assign import ReadyGrids, assign_footprints, assign_points, ready_grids

Ints = NDArray[np.int64]
Loaded = Any
Step = tuple[Callable[[Path], Loaded], Callable[[Loaded], Any], Callable[[Any, Loaded], Ints]]
"""How to load, the step that is timed, and the answer of it."""

NONE = -1


def read_grids(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(folder / "grids.parquet")


def read_points(folder: Path) -> Any:
    return np.ascontiguousarray(np.load(folder / "points.npy").T)


def _first_of_pairs(thing: Any, grid: Any, count: int) -> Ints:
    """The lowest grid of each thing; grids are numbered in the order of their codes."""
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, np.asarray(thing, dtype=np.int64), np.asarray(grid, dtype=np.int64))
    return np.where(found == np.iinfo(np.int64).max, NONE, found)


def _plain(answer: Any, _loaded: Loaded) -> Ints:
    return np.asarray(answer.to_numpy(dtype=np.int64, na_value=NONE))


# --- points -----------------------------------------------------------------------------------------------------------


def _load_ours(folder: Path) -> Loaded:
    return read_grids(folder), read_points(folder), folder / "cells"


def _ours(loaded: Loaded) -> Any:
    grids, (x, y), folder = loaded
    if not isinstance(_READY.get("grids"), ReadyGrids):
        _READY["grids"] = ready_grids(grids, folder)
    return assign_points(x, y, _READY["grids"])


_READY: dict[str, Any] = {}


def _ours_once(loaded: Loaded) -> Any:
    grids, (x, y), _ = loaded
    return assign_points(x, y, ready_grids(grids))


def _load_frames(folder: Path) -> Loaded:
    x, y = read_points(folder)
    return gpd.GeoDataFrame(geometry=shapely.points(x, y), crs=4490), read_grids(folder)


def _sjoin(loaded: Loaded) -> Any:
    points, grids = loaded
    return gpd.sjoin(points, grids, predicate="intersects")


def _of_sjoin(joined: Any, loaded: Loaded) -> Ints:
    return _first_of_pairs(joined.index, joined["grid_id"], len(loaded[0]))


def _load_arrays(folder: Path) -> Loaded:
    points, grids = _load_frames(folder)
    return np.asarray(points.geometry.array, dtype=object), np.asarray(grids.geometry.array, dtype=object)


def _two_trees(loaded: Loaded) -> Any:
    points, grids = loaded
    tree = shapely.STRtree(points)
    edges = np.linspace(0, len(grids), 9).astype(int)

    def ask(part: int) -> Any:
        grid, point = tree.query(grids[edges[part] : edges[part + 1]], predicate="intersects")
        return np.array([grid + edges[part], point])

    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(ask, range(8))), axis=1)


def _of_pairs(pairs: Any, loaded: Loaded) -> Ints:
    return _first_of_pairs(pairs[1], pairs[0], len(loaded[0]))


def _load_duckdb(folder: Path) -> Loaded:
    import duckdb
    import pandas as pd

    # The package carries the extension, so nothing is fetched.
    extension = next(path for path in files("duckdb-extension-spatial") or [] if path.suffix == ".duckdb_extension")
    store = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    store.execute(f"LOAD '{extension.locate()}'")
    grids, (x, y) = read_grids(folder), read_points(folder)
    shapes = pd.DataFrame({"grid": grids["grid_id"], "wkb": shapely.to_wkb(grids.geometry.array)})
    places = pd.DataFrame({"point": np.arange(len(x)), "x": x, "y": y})
    store.register("shapes", shapes).register("places", places)
    store.execute("CREATE TABLE grids AS SELECT grid, ST_GeomFromWKB(wkb) AS geom FROM shapes")
    store.execute("CREATE TABLE points AS SELECT point, ST_Point(x, y) AS geom FROM places")
    return store, len(x)


def _duckdb(loaded: Loaded) -> Any:
    query = "SELECT point, grid FROM points JOIN grids ON ST_Intersects(grids.geom, points.geom)"
    return loaded[0].execute(query).fetchnumpy()


def _load_sedona(folder: Path) -> Loaded:
    import sedonadb

    points, grids = _load_frames(folder)
    session = sedonadb.connect()
    session.create_data_frame(grids[["grid_id", "geometry"]]).to_memtable().to_view("grids")
    numbered = points.assign(point=np.arange(len(points)))
    session.create_data_frame(numbered).to_memtable().to_view("points")
    return session, len(points)


def _sedona(loaded: Loaded) -> Any:
    query = "SELECT point, grid_id AS grid FROM points JOIN grids ON ST_Intersects(grids.geometry, points.geometry)"
    return loaded[0].sql(query).to_pandas()


def _of_table(pairs: Any, loaded: Loaded) -> Ints:
    return _first_of_pairs(pairs["point"], pairs["grid"], loaded[1])


# --- footprints -------------------------------------------------------------------------------------------------------


def _load_footprints(folder: Path) -> Loaded:
    houses = gpd.read_parquet(folder / "footprints.parquet")
    return houses, read_grids(folder), folder / "cells"


def _ours_footprints(loaded: Loaded) -> Any:
    houses, grids, folder = loaded
    if "grids" not in _READY:
        _READY["grids"] = ready_grids(grids, folder)
    return assign_footprints(houses.geometry, _READY["grids"])


def _sjoin_areas(loaded: Loaded) -> Any:
    houses, grids, _ = loaded
    joined = gpd.sjoin(houses, grids, predicate="intersects")
    one = houses.geometry.array[joined.index.to_numpy()]
    other = grids.geometry.array[joined["index_right"].to_numpy()]
    return joined.assign(overlap=shapely.area(shapely.intersection(np.asarray(one), np.asarray(other))))


def _of_areas(joined: Any, loaded: Loaded) -> Ints:
    house, grid, overlap = (joined[name].to_numpy() for name in ("house", "grid_id", "overlap"))
    largest = np.zeros(len(loaded[0]))
    np.maximum.at(largest, house, overlap)
    best = overlap >= largest[house] - 1e-8 * shapely.area(loaded[0].geometry.array)[house]
    return _first_of_pairs(house[best], grid[best], len(loaded[0]))


STEPS: dict[str, Step] = {
    "ours": (_load_ours, _ours, _plain),
    "ours once": (_load_ours, _ours_once, _plain),
    "sjoin": (_load_frames, _sjoin, _of_sjoin),
    "tree": (_load_arrays, _two_trees, _of_pairs),
    "duckdb": (_load_duckdb, _duckdb, _of_table),
    "sedonadb": (_load_sedona, _sedona, _of_table),
    "footprints": (_load_footprints, _ours_footprints, _plain),
    "footprints sjoin": (_load_footprints, _sjoin_areas, _of_areas),
}


def _memory_mb(what: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{what}:")[1].split()[0]) / 1024


def main(name: str, folder: Path, rounds: int) -> None:
    load, step, answer_of = STEPS[name]
    loaded = load(folder)
    mapped = 0.0
    if name in ("ours", "footprints"):
        # The table is ready before the clock starts; it is a file mapped from disk, told apart from memory taken.
        _READY["grids"] = ready_grids(loaded[-2] if name == "footprints" else loaded[0], loaded[-1])
        mapped = _READY["grids"].table.nbytes / 2**20
    gc.collect()
    # Forget the peak of loading, so that the next one belongs to the step.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, walls, cpus = _memory_mb("VmRSS"), [], []
    for _ in range(rounds):
        result = None
        wall, cpu = time.perf_counter(), time.process_time()
        result = step(loaded)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    peak = _memory_mb("VmHWM") - before
    answer = answer_of(result, loaded)
    print(
        json.dumps(
            {
                "wall": walls, "cpu": cpus, "peak_mb": peak, "mapped_mb": mapped,
                "answered": int((answer != NONE).sum()),
                "hash": hashlib.sha256(answer.astype("<i8").tobytes()).hexdigest(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
