"""Shapes made light for the map (简化与编码): one simplification for a whole level, labels, GeoJSON text."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

DECIMALS = 6
"""Decimals of a degree in text: 0.1 m."""

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def simplify_level(shapes: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
    """All areas of one level with fewer vertices, shared edges still shared: no gaps, no overlaps.

    shapes : one row per area of one level (they tile), in degrees. tolerance : degrees; it measures areas (the square
    root of the triangle that a dropped vertex leaves), so it drops fewer vertices than the same number in `simplify`.

    Returns a new frame, coordinates rounded to six decimals. Where the level is not a clean tiling to begin with
    (see `geo.checks.check_coverage`), or would not be one afterwards, the shapes are returned as they came: a heavy
    map is better than a wrong one.
    """
    original = np.asarray(shapes.geometry.array, dtype=object)
    if len(original) == 0 or not shapely.coverage_is_valid(original):
        return shapes.copy()
    light = rounded(shapely.coverage_simplify(original, tolerance))
    if not (shapely.is_valid(light).all() and shapely.coverage_is_valid(light)) or shapely.is_empty(light).any():
        return shapes.copy()
    return shapes.set_geometry(gpd.GeoSeries(light, index=shapes.index, crs=shapes.crs))


def rounded(geoms: Any, decimals: int = DECIMALS) -> NDArray[Any]:
    """Shapes with rounded coordinates.

    Every vertex is rounded by itself, so a vertex that neighbours share stays shared; `shapely.set_precision` repairs
    each shape alone and would part them.
    """
    shapes = np.asarray(geoms, dtype=object)
    return shapely.transform(shapes, lambda points: np.round(points, decimals))


def label_points(geoms: Any) -> NDArray[Any]:
    """A point well inside each area to put its name on: the middle of the largest circle that fits.

    Always inside, also of a crescent or of a shape in several parts. A missing or empty shape, or one without area,
    gives its point on the surface, or None.
    """
    shapes = np.asarray(geoms, dtype=object)
    points = shapely.point_on_surface(shapes)
    has_area = np.flatnonzero(shapely.area(shapes) > 0)
    # To 1% of the shape's size: finer cannot be seen, and the search takes its time.
    fine = np.sqrt(shapely.area(shapes[has_area])) / 100
    circles = shapely.maximum_inscribed_circle(shapes[has_area], fine)
    centres = shapely.get_point(circles, 0)
    good = shapely.contains(shapes[has_area], centres)
    points[has_area[good]] = centres[good]
    points[shapely.is_empty(points) & ~shapely.is_missing(points)] = None
    return points


class EncodedShapes:
    """Shapes of one layer encoded once (一次编码), so that a change of indicator encodes numbers only.

    ids : one per shape, unique; geoms : shapes in degrees, None allowed. Coordinates are rounded to `decimals`.

    >>> layer = EncodedShapes(["a"], [shapely.Point(109.1234567, 30)])
    >>> layer.collection({"a": {"rate": 0.5}}).decode()
    '{"type":"FeatureCollection","features":[{"type":"Feature","id":"a","properties":{"rate":0.5},\
"geometry":{"type":"Point","coordinates":[109.123457,30.0]}}]}'
    """

    def __init__(self, ids: Iterable[Hashable], geoms: Any, decimals: int = DECIMALS) -> None:
        texts = shapely.to_geojson(rounded(geoms, decimals))
        self._fragments = {
            key: None if text is None else orjson.Fragment(text) for key, text in zip(_plain(ids), texts, strict=True)
        }

    def __len__(self) -> int:
        return len(self._fragments)

    @property
    def ids(self) -> list[Hashable]:
        """The ids in their order."""
        return list(self._fragments)

    def collection(self, properties: Mapping[Any, Mapping[str, Any]]) -> bytes:
        """A GeoJSON FeatureCollection of the shapes that `properties` has values for, in the order of the shapes.

        Numbers may be numpy's; missing ones (NaN, NA, NaT) become null.
        """
        features = [
            {"type": "Feature", "id": key, "properties": properties[key], "geometry": fragment}
            for key, fragment in self._fragments.items()
            if key in properties
        ]
        return _dump(features)


def encode_features(geoms: Any, properties: Sequence[Mapping[str, Any]], decimals: int = DECIMALS) -> bytes:
    """A GeoJSON FeatureCollection of shapes in degrees with their properties, row by row; for a layer drawn once.

    >>> encode_features([None], [{"n": 1}])
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},"geometry":null}]}'
    """
    texts = shapely.to_geojson(rounded(geoms, decimals))
    return _dump(
        [
            {"type": "Feature", "properties": row, "geometry": None if text is None else orjson.Fragment(text)}
            for row, text in zip(properties, texts, strict=True)
        ]
    )


def _dump(features: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", "features": features}, default=_missing, option=_OPTIONS)


def _missing(value: Any) -> None:
    if value is pd.NA or value is pd.NaT:
        return None
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _plain(ids: Iterable[Hashable]) -> list[Hashable]:
    return [key.item() if isinstance(key, np.generic) else key for key in ids]
