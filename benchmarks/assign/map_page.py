"""`python -m benchmarks.assign.map_page FOLDER`: 10,000 areas and their values to bytes, by folium and by our way.

Prints JSON with CPU seconds: folium.GeoJson with a style and a tooltip, rendered; ours cold (simplify the level for the
whole view, encode, set the values) and warm (set the values only, new ones each time). Both take turns.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import orjson

from benchmarks.assign.engines import read_grids
from geo.simplify import EncodedShapes, simplify_level

PIXEL = 0.0007
"""Degrees: one pixel when the whole county fills a screen."""
_FILLS = ["#edf8fb", "#b3cde3", "#8c96c6", "#8856a7", "#810f7c"]


def values_of(grids: gpd.GeoDataFrame, seed: int) -> dict[str, Any]:
    """Name, rate, class and text of every area."""
    rate = np.random.default_rng(seed).random(len(grids)).round(4)
    return {
        "n": [f"网格{number}" for number in range(len(grids))],
        "r": rate,
        "k": np.minimum((rate * 5).astype(int), 4),
        "v": [f"{value:.1%}" for value in rate],
    }


def by_folium(grids: gpd.GeoDataFrame, values: dict[str, Any]) -> bytes:
    page = folium.Map(tiles=None)
    layer = folium.GeoJson(
        grids[["geometry"]].assign(**values),
        style_function=lambda feature: {"fillColor": _FILLS[feature["properties"]["k"]], "weight": 0.5},
        tooltip=folium.GeoJsonTooltip(["n", "v"]),
    )
    layer.add_to(page)
    return bytes(page.get_root().render(), "utf-8")


def main(folder: Path, rounds: int) -> None:
    grids = read_grids(folder)
    codes = grids["grid_code"].tolist()
    seconds: dict[str, list[float]] = {"folium": [], "cold": [], "warm": []}
    walls: dict[str, list[float]] = {"folium": [], "cold": [], "warm": []}
    sizes: dict[str, int] = {}

    def timed(name: str, work: Callable[[], bytes]) -> bytes:
        wall, cpu = time.perf_counter(), time.process_time()
        body = work()
        seconds[name].append(time.process_time() - cpu)
        walls[name].append(time.perf_counter() - wall)
        sizes[name] = len(body)
        return body

    for number in range(rounds):
        timed("folium", lambda: by_folium(grids, values_of(grids, 0)))
        made: list[EncodedShapes] = []

        def cold() -> bytes:
            made.append(EncodedShapes(codes, simplify_level(grids, PIXEL).geometry.array))  # noqa: B023
            return made[0].columns(codes, values_of(grids, 0))  # noqa: B023

        timed("cold", cold)
        for turn in range(15):
            values = values_of(grids, 100 * number + turn)
            body = timed("warm", lambda: made[0].columns(codes, values))  # noqa: B023
        features = orjson.loads(body)["features"]
        assert [feature["id"] for feature in features] == codes
    print(json.dumps({"cpu": seconds, "wall": walls, "bytes": sizes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
