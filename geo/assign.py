"""Which grid a point or a footprint lies in (落格).

Rule for points: intersects, then the lowest grid code; so a point on a shared edge belongs to exactly one grid, always
the same. Rule for footprints: the grid with the largest overlap, then the lowest grid code.

Many points are looked up in a cell table (geo.cell_table), few are put to an STRtree; the answers are the same.
A grid without a shape holds nothing. One whose shape is invalid holds the points that GEOS says it intersects.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

from geo.cell_footprints import first_shapes_by_bounds
from geo.cell_lookup import first_shapes
from geo.cell_store import kept_table
from geo.cell_table import CellTable, build_cell_table
from geo.chunks import in_chunks
from geo.crs import STORE_CRS
from geo.errors import GeoError
from geo.overlap import overlap_areas, strips_of

_SAME = 1e-8
"""Overlaps closer than this share of the footprint are equal: it is what rounding does to their areas."""
_MANY, _MANY_A_GRID = 20_000, 50
"""From so many points on, and so many for each grid, building a table takes less time than asking a tree."""


@dataclass(frozen=True)
class ReadyGrids:
    """The grids of one boundary version made ready (备好的网格): ids and shapes by code, and their cell table.

    table : None where a tree does as well (few points, no table on disk) or no table is possible.
    """

    ids: pd.Series
    shapes: NDArray[Any]
    table: CellTable | None


Grids: TypeAlias = gpd.GeoDataFrame | ReadyGrids


def ready_grids(grids: gpd.GeoDataFrame, folder: Path | None = None, *, count: int | None = None) -> ReadyGrids:
    """Grids with their cell table, to be asked again and again.

    grids : as for `assign_points`. folder : where tables are kept under the hash of the boundaries; None: in memory.
    count : how many points or footprints are expected; where a table is not at hand and these are too few for one,
    there is none. Default: many. Raises GeoError as `assign_points` does.
    """
    ids, shapes = _by_code(grids)
    is_worth_it = count is None or (count >= _MANY and count >= _MANY_A_GRID * len(shapes))
    if folder is not None:
        return ReadyGrids(ids, shapes, kept_table(shapes, folder, may_build=is_worth_it))
    return ReadyGrids(ids, shapes, build_cell_table(shapes) if is_worth_it else None)


def assign_points(lon: ArrayLike, lat: ArrayLike, grids: Grids) -> pd.api.extensions.ExtensionArray:
    """The grid of each point: its `grid_id`, or missing (NA) where it lies in none.

    lon, lat : degrees in STORE_CRS; a point with a missing or infinite coordinate lies in no grid.
    grids : one row per grid; `grid_id` (unique; column or index), `grid_code` (unique), `geometry` (areas; missing,
    empty and invalid ones too). Or what `ready_grids` made of it.
    Raises GeoError when the grids say they are in another coordinate system.

    >>> grids = gpd.GeoDataFrame({"grid_id": [8, 9], "grid_code": ["002", "001"]},
    ...                          geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> assign_points([0.5, 1.0, 1.5, 3.0], [0.5, 0.5, 0.5, 0.5], grids).tolist()
    [8, 9, 9, <NA>]
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    ready = grids if isinstance(grids, ReadyGrids) else ready_grids(grids, count=len(x))
    if ready.table is not None:
        return _ids_at(ready.ids, first_shapes(ready.table, ready.shapes, x, y))
    return _ids_at(ready.ids, _first_shapes_by_tree(ready.shapes, x, y))


def assign_footprints(footprints: Any, grids: Grids) -> pd.api.extensions.ExtensionArray:
    """The grid of each footprint: the `grid_id` of the largest overlap, or missing (NA) where it touches none.

    footprints : array, list or GeoSeries of shapes in STORE_CRS; a missing or empty one lies in no grid. One that only
    touches grids from outside, or has no area, falls to the lowest code among those.
    grids : as for `assign_points`. Raises GeoError when the overlap of an invalid shape cannot be computed.

    Overlaps are compared in square degrees: over one footprint these are m² times one constant.

    >>> grids = gpd.GeoDataFrame({"grid_id": [8, 9], "grid_code": ["002", "001"]},
    ...                          geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> assign_footprints([shapely.box(0.7, 0, 1.1, 1), shapely.box(0.9, 0, 1.1, 1)], grids).tolist()
    [8, 9]
    """
    houses = np.asarray(footprints, dtype=object)
    ready = grids if isinstance(grids, ReadyGrids) else ready_grids(grids, count=len(houses))
    rank = np.full(len(houses), len(ready.shapes), dtype=np.int32)
    rest = np.arange(len(houses))
    if ready.table is not None:
        is_settled = first_shapes_by_bounds(ready.table, ready.shapes, houses, rank)
        rest = np.flatnonzero(~is_settled)
    rank[rest] = _largest_overlap(ready.shapes, houses[rest])
    return _ids_at(ready.ids, rank)


def _first_shapes_by_tree(shapes: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree = shapely.STRtree(shapely.points(x[known], y[known]))
    # Asked this way round the tree prepares every grid once; a tree of grids asked by points is twice as slow.
    shape, point = tree.query(shapes, predicate="intersects")
    rank = np.full(len(x), len(shapes))
    np.minimum.at(rank, known[point], shape)
    return rank


def _largest_overlap(shapes: NDArray[Any], houses: NDArray[Any]) -> NDArray[Any]:
    """The shape that each house overlaps most, the first of equal ones; the number of shapes where it meets none."""
    rank = np.full(len(houses), len(shapes))
    if not len(houses):
        return rank
    tree = shapely.STRtree(houses)
    shape, house = tree.query(shapes)
    size, is_plain = shapely.area(houses), (_is_area(shapes), _is_area(houses))
    is_sure = is_plain[1].copy()
    is_sure[house[~is_plain[0][shape]]] = False
    of_sure = is_sure[house]
    shape, house = shape[of_sure], house[of_sure]
    overlap = _overlaps(shapes, shape, houses, house)
    largest = np.zeros(len(houses))
    np.maximum.at(largest, house, overlap)
    best = overlap >= largest[house] - _SAME * size[house]
    np.minimum.at(rank, house[best], shape[best])
    # What only touches, what meets nothing and what is no plain area is left to predicates and overlays.
    left = np.flatnonzero(~is_sure | (largest <= 2 * _SAME * size))
    rank[left] = _by_overlay(shapes, houses[left])
    return rank


def _is_area(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    """Which are valid areas."""
    is_area = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    is_area[is_area] = shapely.is_valid(shapes[is_area])
    return is_area


def _overlaps(shapes: NDArray[Any], shape: NDArray[Any], houses: NDArray[Any], house: NDArray[Any]) -> NDArray[Any]:
    """Areas that pairs of a shape and a house have in common."""

    large, small = strips_of(shapes), strips_of(houses)

    def areas(start: int, stop: int) -> NDArray[Any]:
        return overlap_areas(large, shape[start:stop], small, house[start:stop])

    return np.concatenate([*in_chunks(areas, len(shape), 8192), np.zeros(0)])


def _by_overlay(shapes: NDArray[Any], houses: NDArray[Any]) -> NDArray[Any]:
    """As `_largest_overlap`, by GEOS."""
    shape, house = shapely.STRtree(houses).query(shapes, predicate="intersects")
    rank = np.full(len(houses), len(shapes))
    np.minimum.at(rank, house, shape)
    # Only a footprint that meets several grids needs an overlay; nine of ten do not.
    several = np.bincount(house, minlength=len(houses))[house] > 1
    shape, house = shape[several], house[several]
    try:
        overlap = shapely.area(shapely.intersection(shapes[shape], houses[house]))
    except shapely.errors.GEOSException as error:
        bad = [int((~shapely.is_valid(of[np.unique(at)])).sum()) for of, at in ((shapes, shape), (houses, house))]
        raise GeoError(
            f"无法计算楼栋与网格的重叠面积:无效的图形有网格边界 {bad[0]} 处、楼栋轮廓 {bad[1]} 处;请先修正图形。",
            "Cannot compute the overlap of footprints and grids: invalid are the shapes of "
            f"{bad[0]} grids and {bad[1]} buildings; repair them first.",
        ) from error
    largest = np.zeros(len(houses))
    np.maximum.at(largest, house, overlap)
    best = overlap >= largest[house] - _SAME * shapely.area(houses[house])
    rank[house] = len(shapes)
    np.minimum.at(rank, house[best], shape[best])
    return rank


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


def _ids_at(ids: pd.Series, rank: NDArray[Any]) -> pd.api.extensions.ExtensionArray:
    """Ids by position; the position past the end is missing."""
    if ids.dtype.kind == "i":
        return pd.arrays.IntegerArray(np.append(ids.to_numpy(np.int64), 1)[rank], rank == len(ids))
    values = pd.array(ids.to_numpy(), dtype="string")
    return values.take(np.where(rank < len(ids), rank, -1), allow_fill=True)
