"""Which grid a point or a footprint lies in (落格).

Rule for points: intersects, then the lowest grid code; so a point on a shared edge belongs to exactly one grid, always
the same. Rule for footprints: the grid with the largest overlap, then the lowest grid code.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

from geo.crs import STORE_CRS
from geo.errors import GeoError

_SAME = 1e-8
"""Overlaps closer than this share of the footprint are equal: it is what rounding does to their areas."""


def assign_points(lon: ArrayLike, lat: ArrayLike, grids: gpd.GeoDataFrame) -> pd.api.extensions.ExtensionArray:
    """The grid of each point: its `grid_id`, or missing (NA) where it lies in none.

    lon, lat : degrees in STORE_CRS; a point with a missing coordinate lies in no grid.
    grids : one row per grid; `grid_id` (unique; column or index), `grid_code` (unique), `geometry` (valid areas).
    Raises GeoError when the grids say they are in another coordinate system.

    >>> grids = gpd.GeoDataFrame({"grid_id": [8, 9], "grid_code": ["002", "001"]},
    ...                          geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> assign_points([0.5, 1.0, 1.5, 3.0], [0.5, 0.5, 0.5, 0.5], grids).tolist()
    [8, 9, 9, <NA>]
    """
    ids, shapes = _by_code(grids)
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree = shapely.STRtree(shapely.points(x[known], y[known]))
    # Asked this way round the tree prepares every grid once; a tree of grids asked by points is twice as slow.
    grid, point = tree.query(shapes, predicate="intersects")
    rank = np.full(len(x), len(ids))
    np.minimum.at(rank, known[point], grid)
    return _ids_at(ids, rank)


def assign_footprints(footprints: Any, grids: gpd.GeoDataFrame) -> pd.api.extensions.ExtensionArray:
    """The grid of each footprint: the `grid_id` of the largest overlap, or missing (NA) where it touches none.

    footprints : array, list or GeoSeries of shapes in STORE_CRS; a missing or empty one lies in no grid. One that only
    touches grids from outside, or has no area, falls to the lowest code among those.
    grids : as for `assign_points`.

    Overlaps are compared in square degrees: over one footprint these are m² times one constant.

    >>> grids = gpd.GeoDataFrame({"grid_id": [8, 9], "grid_code": ["002", "001"]},
    ...                          geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> assign_footprints([shapely.box(0.7, 0, 1.1, 1), shapely.box(0.9, 0, 1.1, 1)], grids).tolist()
    [8, 9]
    """
    ids, shapes = _by_code(grids)
    houses = np.asarray(footprints, dtype=object)
    grid, house = shapely.STRtree(houses).query(shapes, predicate="intersects")
    rank = np.full(len(houses), len(ids))
    np.minimum.at(rank, house, grid)
    # Only a footprint that meets several grids needs an overlay; nine of ten do not.
    several = np.bincount(house, minlength=len(houses))[house] > 1
    grid, house = grid[several], house[several]
    overlap = shapely.area(shapely.intersection(shapes[grid], houses[house]))
    largest = np.zeros(len(houses))
    np.maximum.at(largest, house, overlap)
    best = overlap >= largest[house] - _SAME * shapely.area(houses[house])
    rank[house] = len(ids)
    np.minimum.at(rank, house[best], grid[best])
    return _ids_at(ids, rank)


def _by_code(grids: gpd.GeoDataFrame) -> tuple[pd.Series, NDArray[Any]]:
    """Ids and shapes in the order of the codes, so that the lowest position is the lowest code."""
    if grids.crs is not None and CRS.from_user_input(grids.crs) != CRS.from_user_input(STORE_CRS):
        raise GeoError(
            f"网格的坐标系是 {grids.crs.to_string()},落格需要 {STORE_CRS};请先转换坐标系。",
            f"The grids are in {grids.crs.to_string()}, assigning needs {STORE_CRS}; convert them first.",
        )
    frame = grids if "grid_id" in grids.columns else grids.reset_index()
    ordered = frame.sort_values("grid_code", kind="stable")
    return ordered["grid_id"], np.asarray(ordered.geometry.array, dtype=object)


def _ids_at(ids: pd.Series, rank: NDArray[np.int_]) -> pd.api.extensions.ExtensionArray:
    """Ids by position; a position past the end is missing."""
    values = pd.array(ids.to_numpy(), dtype="Int64" if ids.dtype.kind == "i" else "string")
    return values.take(np.where(rank < len(ids), rank, -1), allow_fill=True)
