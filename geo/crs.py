"""Coordinate systems (坐标系): what the store keeps, what is measured in, and the shifted Chinese web systems.

The store keeps CGCS2000 longitude and latitude (EPSG:4490). WGS-84 is taken as equal to it: the two differ by
decimetres at most, and PROJ applies no shift. GCJ-02 (maps of Chinese web services) is off by 540–550 m in this
county and BD-09 by 1,150 m, so a file has to say which one it uses; nothing here guesses.
"""

import math
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.errors import GeoError

STORE_CRS = "EPSG:4490"
"""CGCS2000 in degrees, always written longitude first."""

MAP_CRS = "EPSG:4326"
"""What deck.gl and Leaflet read; the numbers are those of STORE_CRS."""

Floats = NDArray[np.float64]

_SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, which GCJ-02 is defined on
_ECCENTRICITY2 = 0.00669342162296594323
_BD_PI = math.pi * 3000.0 / 180.0
_CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_STEP_DEG = 1e-11  # 1 micrometre: the inverse is iterated until it moves less
_GRS80 = Geod(ellps="GRS80")

DATUMS = {
    "CGCS2000": "cgcs2000",
    "WGS84": "cgcs2000",
    "GCJ02": "gcj02",
    "BD09": "bd09",
    "国家2000": "cgcs2000",
    "火星坐标": "gcj02",
    "百度坐标": "bd09",
}
"""How ledgers write a datum (capitals, without space, hyphen or underscore) → the datum."""


def metric_crs(lon: float) -> str:
    """The 3-degree Gauss-Krüger zone of CGCS2000 (三度带) for a longitude, in metres, easting without zone number.

    A longitude on a zone border belongs to the zone east of it. For a whole county pass the middle of its bounds
    (`metric_crs_of`), so that all its shapes are measured in one zone. Raises GeoError outside 73.5–136.5 °E.

    >>> metric_crs(109.477), metric_crs(109.5), metric_crs(111)
    ('EPSG:4545', 'EPSG:4546', 'EPSG:4546')
    """
    if not 73.5 <= lon < 136.5:
        raise GeoError(
            f"经度 {lon} 不在 CGCS2000 三度带范围(73.5–136.5)内,请检查坐标。",
            f"Longitude {lon} lies outside the CGCS2000 3-degree zones (73.5 to 136.5); check the coordinates.",
        )
    return f"EPSG:{4534 + math.floor(lon / 3 + 0.5) - 25}"


def metric_crs_of(shapes: gpd.GeoDataFrame | gpd.GeoSeries) -> str:
    """The zone for shapes in STORE_CRS: that of the middle of their bounds. Raises GeoError when there is no shape."""
    west, _, east, _ = shapes.total_bounds
    if not math.isfinite(west + east):
        raise GeoError("没有图形,无法选择投影带。", "There are no shapes to choose a zone for.")
    return metric_crs((west + east) / 2)


def to_store(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Shapes reprojected to STORE_CRS, longitude first, heights dropped; all other columns as they were.

    Raises GeoError when the frame does not say what system it is in: no guess is made.
    """
    if shapes.crs is None:
        raise GeoError(
            "图形没有坐标系说明,无法入库;请补上 .prj 文件或在图层中注明坐标系。",
            "The shapes do not say their coordinate system; add the .prj file or state it in the layer.",
        )
    target = CRS.from_user_input(STORE_CRS)
    moved = shapes.copy() if CRS.from_user_input(shapes.crs) == target else shapes.to_crs(target)
    return moved.set_geometry(gpd.GeoSeries(shapely.force_2d(moved.geometry.array), index=moved.index, crs=target))


def points_to_store(x: ArrayLike, y: ArrayLike, datum: str) -> tuple[Floats, Floats]:
    """Points of a stated datum in STORE_CRS: (lon, lat) in degrees; a missing coordinate stays missing (NaN).

    datum : "CGCS2000", "WGS-84", "GCJ-02", "BD-09" (any writing of these) or an EPSG code such as "EPSG:4546", then
    x is the easting. Raises GeoError when it is none of these.
    """
    first, second = _floats(x), _floats(y)
    name = datum.strip().upper()
    kind = datum_kind(datum)
    if kind == "cgcs2000":
        return first.copy(), second.copy()
    if kind == "gcj02":
        return gcj02_to_wgs84(first, second)
    if kind == "bd09":
        return gcj02_to_wgs84(*bd09_to_gcj02(first, second))
    code = f"EPSG:{name}" if name.isdigit() else name
    if not code.startswith("EPSG:"):
        raise _unknown(datum)
    try:
        mover = Transformer.from_crs(code, STORE_CRS, always_xy=True)
    except (CRSError, ProjError):
        raise _unknown(datum) from None
    lon, lat = mover.transform(first, second)
    known = np.isfinite(lon) & np.isfinite(lat)
    return np.where(known, lon, np.nan), np.where(known, lat, np.nan)


def datum_kind(name: str) -> str | None:
    """ "cgcs2000", "gcj02" or "bd09" for any writing of these; None for another system.

    >>> datum_kind("WGS 84"), datum_kind("bd-09"), datum_kind("EPSG:4546")
    ('cgcs2000', 'bd09', None)
    """
    return DATUMS.get(name.strip().upper().replace("-", "").replace("_", "").replace(" ", ""))


def shapes_to_store(shapes: ArrayLike, system: str) -> NDArray[Any]:
    """Shapes of a stated system in STORE_CRS, heights dropped; a missing shape stays missing.

    system : as for `points_to_store`, or anything else that PROJ understands. Raises GeoError when it is none of these.
    """
    geoms = np.asarray(shapes, dtype=object)
    kind = datum_kind(system)
    if kind in ("gcj02", "bd09"):
        moved: NDArray[Any] = shapely.transform(
            shapely.force_2d(geoms), lambda x, y: points_to_store(x, y, system), interleaved=False
        )
        return moved
    try:
        crs = CRS.from_user_input(STORE_CRS if kind else f"EPSG:{system}" if system.strip().isdigit() else system)
    except CRSError:
        raise _unknown(system) from None
    try:
        return to_store(gpd.GeoDataFrame(geometry=geoms, crs=crs)).geometry.to_numpy()
    except ProjError:
        # A description that can be read but leads nowhere, as in a damaged .prj.
        raise _unknown(system[:40]) from None


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """WGS-84 → GCJ-02 (火星坐标), degrees; outside China and for NaN the point stays as it is."""
    x, y = _floats(lon), _floats(lat)
    east, north = _offset(x, y)
    return x + east, y + north


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """GCJ-02 → WGS-84, degrees, to better than 1e-9; outside China and for NaN the point stays as it is.

    Iterated: the usual single step errs by 1–2 m.
    """
    x, y = _floats(lon), _floats(lat)
    guess_x, guess_y = x.copy(), y.copy()
    # The offset changes by under 1e-3 for each degree moved, so every round gains three digits or more.
    for _ in range(12):
        east, north = _offset(guess_x, guess_y)
        next_x, next_y = x - east, y - north
        step = np.fmax(np.abs(next_x - guess_x), np.abs(next_y - guess_y))
        guess_x, guess_y = next_x, next_y
        if not np.any(step > _STEP_DEG):
            break
    return guess_x, guess_y


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """GCJ-02 → BD-09 (百度坐标), degrees; outside China and for NaN the point stays as it is."""
    x, y = _floats(lon), _floats(lat)
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * _BD_PI)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * _BD_PI)
    here = _in_china(x, y)
    return np.where(here, radius * np.cos(angle) + 0.0065, x), np.where(here, radius * np.sin(angle) + 0.006, y)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """BD-09 → GCJ-02, degrees, to better than 1e-9; outside China and for NaN the point stays as it is.

    Iterated from the usual closed form, which alone errs by about 0.05 m.
    """
    x, y = _floats(lon), _floats(lat)
    back_x, back_y = x - 0.0065, y - 0.006
    radius = np.hypot(back_x, back_y) - 2e-5 * np.sin(back_y * _BD_PI)
    angle = np.arctan2(back_y, back_x) - 3e-6 * np.cos(back_x * _BD_PI)
    here = _in_china(x, y)
    guess_x, guess_y = np.where(here, radius * np.cos(angle), x), np.where(here, radius * np.sin(angle), y)
    for _ in range(12):
        forth_x, forth_y = gcj02_to_bd09(guess_x, guess_y)
        off_x, off_y = np.where(here, x - forth_x, 0.0), np.where(here, y - forth_y, 0.0)
        guess_x, guess_y = guess_x + off_x, guess_y + off_y
        if not np.any(np.fmax(np.abs(off_x), np.abs(off_y)) > _STEP_DEG):
            break
    return guess_x, guess_y


def geodesic_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Floats:
    """Distance between points in STORE_CRS on its ellipsoid, metres; NaN where a coordinate is missing.

    >>> geodesic_m([109.5], [30.0], [109.501], [30.0]).round(1).tolist()
    [96.5]
    """
    ends = np.broadcast_arrays(*(np.asarray(values, dtype=np.float64) for values in (lon, lat, to_lon, to_lat)))
    away = np.full(ends[0].shape, np.nan)
    known = np.logical_and.reduce([np.isfinite(values) for values in ends])
    away[known] = _GRS80.inv(*(values[known] for values in ends))[2]
    return away


def geodesic_area_m2(geoms: Any) -> Floats:
    """Areas on the ellipsoid of CGCS2000 (GRS80), m², for shapes in STORE_CRS; holes taken off, parts added.

    geoms : array, list or GeoSeries. A missing shape gives NaN; points, lines and empty shapes give 0.
    """
    shapes = np.asarray(geoms, dtype=object)
    areas = np.zeros(len(shapes))
    areas[shapely.is_missing(shapes)] = np.nan
    polygons, owners = shapely.get_parts(shapes, return_index=True)
    is_polygon = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    polygons, owners = polygons[is_polygon], owners[is_polygon]
    rings, ring_owners = shapely.get_rings(polygons, return_index=True)
    points, starts = shapely.get_coordinates(rings), np.cumsum([0, *shapely.get_num_coordinates(rings)])
    previous = -1
    for number, owner in enumerate(ring_owners):
        lon, lat = points[starts[number] : starts[number + 1]].T
        area = abs(_GRS80.polygon_area_perimeter(lon, lat)[0])
        # The first ring of a polygon is its shell, the others are holes, whichever way they run.
        areas[owners[owner]] += area if owner != previous else -area
        previous = owner
    return areas


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _in_china(x: Floats, y: Floats) -> NDArray[np.bool_]:
    west, south, east, north = _CHINA_BOX
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 minus WGS-84 at WGS-84 points, degrees; 0 outside China."""
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    latitude = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * np.sin(latitude) ** 2
    meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / (magic * np.sqrt(magic))
    north = np.degrees(north / meridian)
    east = np.degrees(east / (_SEMI_MAJOR_M / np.sqrt(magic) * np.cos(latitude)))
    here = _in_china(lon, lat)
    return np.where(here, east, 0.0), np.where(here, north, 0.0)


def _unknown(datum: str) -> GeoError:
    return GeoError(
        f"不认识的坐标系“{datum}”;可用 CGCS2000、WGS-84、GCJ-02、BD-09 或 EPSG 代码(如 EPSG:4525)。",
        f"Unknown coordinate system {datum!r}; use CGCS2000, WGS-84, GCJ-02, BD-09 or an EPSG code such as EPSG:4525.",
    )
