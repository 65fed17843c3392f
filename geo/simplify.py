"""Shapes made light for the map (简化与编码): one simplification for a whole level, labels, GeoJSON text."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.tiling import is_tiling, simplify_tiling

DECIMALS = 6
"""Decimals of a degree in text: 0.1 m."""

_OPENING, _CLOSING = b'{"type":"FeatureCollection","features":[', b"]}"
_FRAMES = 4
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
    # Rounded first: a level that tiles after it still does when vertices are dropped, which need not be checked again.
    fine = rounded(original)
    if len(fine) == 0 or not is_tiling(fine):
        return shapes.copy()
    light = simplify_tiling(fine, tolerance)
    if shapely.is_empty(light).any() or not shapely.is_valid(light).all():
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
        # What stands before and after the properties of each feature.
        self._around = {
            key: (b'{"type":"Feature","id":%b,"properties":{' % orjson.dumps(key), b'},"geometry":%b}' % text.encode())
            for key, text in zip(_plain(ids), (text or "null" for text in texts), strict=True)
        }
        self._frames: list[_Frame] = []

    def __len__(self) -> int:
        return len(self._around)

    @property
    def ids(self) -> list[Hashable]:
        """The ids in their order."""
        return list(self._around)

    def collection(self, properties: Mapping[Any, Mapping[str, Any]]) -> bytes:
        """A GeoJSON FeatureCollection of the shapes that `properties` has values for, in the order of the shapes.

        Numbers may be numpy's; missing ones (NaN, NA, NaT) become null.
        """
        features = [
            before + _text(properties[key])[1:-1] + after
            for key, (before, after) in self._around.items()
            if key in properties
        ]
        return _OPENING + b",".join(features) + _CLOSING

    def columns(self, ids: Iterable[Hashable], values: Mapping[str, Any]) -> bytes:
        """The same for many shapes, from columns of properties: the values are set into a text that is kept.

        ids : of the shapes wanted, in the order to be written; one that is not here is left out. values : for each
        name of a property one value per id (list or array; JSON values, missing ones become null); at least one name.

        >>> layer = EncodedShapes(["a", "b"], [None, None])
        >>> layer.columns(["b"], {"rate": [0.5]}) == layer.collection({"b": {"rate": 0.5}})
        True
        """
        frame = self._frame(list(ids), list(values))
        pieces, stride = frame.pieces.copy(), 2 * len(values)
        for number, column in enumerate(values.values()):
            texts = _texts(column)
            # Without a feature the one piece left is no place for a value.
            if frame.here:
                pieces[1 + 2 * number :: stride] = [texts[n] for n in frame.here] if frame.is_part else texts
        return b"".join(pieces)

    def _frame(self, ids: list[Hashable], names: list[str]) -> "_Frame":
        """What stands round the values; kept for the next times, as a map asks for a few sets of shapes in turn."""
        for frame in self._frames:
            if frame.ids == ids and frame.names == names:
                return frame
        here = [number for number, key in enumerate(ids) if key in self._around]
        around = [self._around[ids[number]] for number in here]
        stride, labels = 2 * len(names), [orjson.dumps(name) + b":" for name in names]
        pieces = [b""] * (stride * len(here))
        for number, label in enumerate(labels[1:], 1):
            pieces[2 * number :: stride] = [b"," + label] * len(here)
        # The end of a feature and the beginning of the next are one piece.
        ends = [_OPENING, *(after + b"," for _, after in around)]
        pieces[::stride] = [end + before + labels[0] for end, (before, _) in zip(ends, around, strict=False)]
        pieces.append(around[-1][1] + _CLOSING if around else _OPENING + _CLOSING)
        frame = _Frame(ids, names, here, len(here) < len(ids), pieces)
        self._frames = [frame, *self._frames[: _FRAMES - 1]]
        return frame


@dataclass(frozen=True)
class _Frame:
    """The text round the values of some features: before the first value, and after each.

    here : which of `ids` have a shape; is_part : whether some have none.
    """

    ids: list[Hashable]
    names: list[str]
    here: list[int]
    is_part: bool
    pieces: list[bytes]


def encode_features(geoms: Any, properties: Sequence[Mapping[str, Any]], decimals: int = DECIMALS) -> bytes:
    """A GeoJSON FeatureCollection of shapes in degrees with their properties, row by row; for a layer drawn once.

    >>> encode_features([None], [{"n": 1}])
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},"geometry":null}]}'
    """
    texts = shapely.to_geojson(rounded(geoms, decimals))
    features = [
        {"type": "Feature", "properties": row, "geometry": None if text is None else orjson.Fragment(text)}
        for row, text in zip(properties, texts, strict=True)
    ]
    return _text({"type": "FeatureCollection", "features": features})


def _text(value: Any) -> bytes:
    return orjson.dumps(value, default=_missing, option=_OPTIONS)


def _texts(column: Any) -> list[bytes]:
    """Each value of a column as JSON."""
    values = column if isinstance(column, np.ndarray) and column.dtype.kind in "iufb" else list(column)
    # One value a line: a line break inside a text is escaped, so the lines can be told apart.
    lines = orjson.dumps(values, default=_missing, option=_OPTIONS | orjson.OPT_INDENT_2)[4:-2].split(b",\n  ")
    if len(lines) == len(values):
        return lines
    return [_text(value) for value in values]


def _missing(value: Any) -> None:
    if value is pd.NA or value is pd.NaT:
        return None
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _plain(ids: Iterable[Hashable]) -> list[Hashable]:
    return [key.item() if isinstance(key, np.generic) else key for key in ids]
