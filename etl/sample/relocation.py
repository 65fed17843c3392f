"""The nine relocation communities (易迁社区): neat rows of blocks round a centre, each community one grid."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from etl.sample.buildings import rectangle
from etl.sample.county import County
from etl.sample.outline import PLANE_CRS
from etl.sample.valley import Floats

# Blocks of flats of each community, in the order of their codes.
BLOCKS = (14, 20, 10, 12, 11, 9, 10, 9, 8)
_LENGTH, _DEPTH = 38.0, 12.5


@dataclass(frozen=True)
class Sites:
    """`buildings` as `raise_buildings`, with `unit` (row of `county.units`); `streets`; `centre` by unit, metres."""

    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    centre: dict[int, Floats]


def raise_sites(county: County, waters: BaseGeometry, rng: np.random.Generator) -> Sites:
    """Blocks, a service centre and lanes in the middle of every relocation community."""
    frames, lanes, centre = [], [], {}
    units = county.units.index[county.units["is_relocation"]]
    for unit, count in zip(units, BLOCKS, strict=True):
        body = county.units.geometry[unit].difference(waters.buffer(60.0))
        circle = shapely.maximum_inscribed_circle(body, 20.0)
        middle = shapely.get_coordinates(circle)[0]
        turn = float(rng.uniform(-0.6, 0.6))
        spots, lines, main = _plan(count, rng)
        homes = rectangle(_turned(spots, turn, middle), *_sizes(len(spots)), np.full(len(spots), turn))
        hall = rectangle(_turned(np.array([[0.0, -38.0], [-62.0, -38.0]]), turn, middle), np.array([44.0, 26.0]),
                         np.array([16.0, 14.0]), np.full(2, turn))  # fmt: skip
        shapes = shapely.set_precision(shapely.polygons(np.vstack([homes, hall])), 0.01)
        frames.append(
            pd.DataFrame(
                {
                    "unit": unit,
                    "style": ["slab"] * count + ["public"] * 2,
                    "use": ["住宅"] * count + ["公建"] * 2,
                    "geometry": shapes,
                }
            )
        )
        for i, line in enumerate([main, *lines]):
            lanes.append((shapely.LineString(_turned(line, turn, middle)), "支路" if i == 0 else "巷道", unit))
        centre[int(unit)] = middle
    buildings = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=PLANE_CRS)
    streets = gpd.GeoDataFrame(lanes, columns=["geometry", "kind", "unit"], crs=PLANE_CRS)
    return Sites(buildings, streets, centre)


def _sizes(count: int) -> tuple[Floats, Floats]:
    return np.full(count, _LENGTH), np.full(count, _DEPTH)


def _plan(count: int, rng: np.random.Generator) -> tuple[Floats, list[Floats], Floats]:
    """Places of the blocks, the lanes between their rows, and the road in front, round (0, 0)."""
    columns = 3 if count <= 12 else 4
    pitch_x, pitch_y = _LENGTH + float(rng.uniform(9, 13)), _DEPTH + float(rng.uniform(16, 20))
    column, line = np.arange(count) % columns, np.arange(count) // columns
    spots = np.column_stack([(column - (columns - 1) / 2) * pitch_x, line * pitch_y + 12.0])
    half = columns * pitch_x / 2
    lines = [np.array([[-half, y], [half, y]]) for y in 12.0 + (np.arange(line.max()) + 0.5) * pitch_y]
    return spots, lines, np.array([[-half - 160.0, -16.0], [-half, -14.0], [half, -14.0], [half + 130.0, -22.0]])


def _turned(points: Floats, turn: float, middle: Floats) -> Floats:
    cos, sin = np.cos(turn), np.sin(turn)
    return points @ np.array([[cos, sin], [-sin, cos]]) + middle
