"""Checks of shapes (图形检查): what is wrong with a polygon, gaps and overlaps of grids, points outside their area."""

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import Floats, geodesic_area_m2

_REASONS = {
    "Self-intersection": ("边界自相交", "the boundary crosses itself"),
    "Ring Self-intersection": ("边界在一点与自身相接", "the boundary touches itself at a point"),
    "Too few points in geometry component": ("顶点不足,不成面", "too few points to make an area"),
    "Hole lies outside shell": ("内洞在外边界之外", "a hole lies outside the boundary"),
    "Holes are nested": ("内洞互相嵌套", "holes lie inside one another"),
    "Interior is disconnected": ("内洞把面切断", "holes cut the area apart"),
    "Duplicate Rings": ("边界重复", "a ring stands twice"),
    "Nested shells": ("各部分互相嵌套", "parts lie inside one another"),
    "Invalid Coordinate": ("坐标不是数字", "a coordinate is not a number"),
    "Ring is not closed": ("边界不闭合", "the boundary is not closed"),
}
"""What GEOS calls a fault → the words for it."""

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def polygon_problems(shapes: gpd.GeoSeries) -> pd.DataFrame:
    """What is wrong with each shape that should be an area (Polygon or MultiPolygon).

    Returns one row per shape with the index of `shapes`: `is_good`, `reason_zh`, `reason_en` (missing when good); a
    fault at one place says where, in the coordinates of `shapes`.

    >>> bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> polygon_problems(gpd.GeoSeries([bowtie, shapely.box(0, 0, 1, 1)]))["reason_zh"].to_list()
    ['边界自相交(1, 1)', None]
    """
    geoms = np.asarray(shapes.array, dtype=object)
    reasons = [_reason(geom) for geom in geoms]
    return pd.DataFrame(
        {
            "is_good": pd.Series([reason is None for reason in reasons], dtype=bool),
            "reason_zh": pd.Series([reason and reason[0] for reason in reasons], dtype=object),
            "reason_en": pd.Series([reason and reason[1] for reason in reasons], dtype=object),
        }
    ).set_index(shapes.index)


def check_coverage(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    """How well the grids of each community fill it without overlap.

    grids : one row per grid in STORE_CRS; `grid_id` (unique), `community_id`, `geometry` (valid areas).
    communities : one row per community in STORE_CRS; `community_id` (unique), `geometry` (valid areas).

    Returns one row per community, indexed and sorted by `community_id`: `grids_count`, `gap_m2` (of the community, in
    no grid of its own), `overlap_m2` (in more than one of them), `outside_m2` (of its grids, outside it), all
    geodesic; 0 where a community is tiled. Grids whose community is not given are left out.
    """
    areas = communities.set_index("community_id").sort_index()
    own = {key: np.asarray(part.geometry.array, dtype=object) for key, part in grids.groupby("community_id")}
    rows = []
    for key, whole in zip(areas.index, np.asarray(areas.geometry.array, dtype=object), strict=True):
        parts = own.get(key, np.empty(0, dtype=object))
        union = shapely.union_all(parts)
        gap, outside = shapely.difference(whole, union), shapely.difference(union, whole)
        gap_m2, outside_m2, union_m2 = geodesic_area_m2([gap, outside, union])
        # What lies in n grids is counted n times in the sum and once in the union.
        overlap_m2 = geodesic_area_m2(parts).sum() - union_m2 if _overlapping(parts) else 0.0
        rows.append((len(parts), gap_m2, overlap_m2, outside_m2))
    columns = ["grids_count", "gap_m2", "overlap_m2", "outside_m2"]
    return pd.DataFrame(rows, columns=columns, index=areas.index)


def points_inside(lon: ArrayLike, lat: ArrayLike, areas: Any) -> NDArray[np.bool_]:
    """Whether each point lies in its own area, row by row; on the boundary is inside.

    areas : as many shapes as points, or one for all. A missing point or a missing area is not inside.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    points = shapely.points(np.where(known, x, 0.0), np.where(known, y, 0.0))
    return known & shapely.intersects(areas, points)


def _overlapping(parts: NDArray[Any]) -> bool:
    """Whether two of the shapes share more than a boundary; rounding in the areas must not look like an overlap."""
    first, second = shapely.STRtree(parts).query(parts, predicate="intersects")
    first, second = parts[first[first < second]], parts[second[first < second]]
    shared: Floats = shapely.area(shapely.intersection(first, second))
    return bool((shared > 0).any())


def _reason(geom: Any) -> tuple[str, str] | None:
    if geom is None:
        return "没有图形", "there is no shape"
    if shapely.is_empty(geom):
        return "图形为空", "the shape is empty"
    if shapely.get_type_id(geom) not in _POLYGONS:
        return f"不是面,而是 {geom.geom_type}", f"not an area but a {geom.geom_type}"
    if not shapely.is_valid(geom):
        found = shapely.is_valid_reason(geom)
        fault, _, place = found.partition("[")
        zh, en = _REASONS.get(fault.strip(), (f"图形无效:{fault.strip()}", f"invalid: {fault.strip()}"))
        at = ", ".join(f"{float(number):.10g}" for number in re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", place))
        return (f"{zh}({at})", f"{en} at ({at})") if at else (zh, en)
    if shapely.area(geom) == 0:
        return "面积为零", "its area is zero"
    return None
