"""Which coordinate system points are in (坐标系查证), told from where things are known to lie; nothing is converted.

Every system a county's files come in is tried, with the axes as they stand and exchanged, and each is held against the
county's outline and, where there are any, the buildings of the store. One that fits by far better than the next is
told; where two fit alike the answer is that it cannot be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from geo.crs import STORE_CRS, Floats, metric_crs, points_to_store
from geo.errors import GeoError

NAMED, NEAREST, OUTLINE = "named", "nearest", "outline"
"""What points are held against: each against its own building, the nearest building, or the county alone."""

NEAR_M = {NAMED: 150.0, NEAREST: 60.0}
"""A system fits when half of the points lie within this of what they are held against."""
CLEAR_TIMES, CLEAR_M = 3.0, 10.0
"""The next one must be so many times farther off, and by so many metres, or the two fit alike."""
LEAST_NAMED = 3
MOST_POINTS = 500
_MOST_OFF_ZONE_DEG = 2.0  # a file may be drawn in the zone next to the county's


@dataclass(frozen=True)
class System:
    """A system as a column map writes it, and whether the file has its axes exchanged."""

    datum: str
    is_swapped: bool = False


@dataclass(frozen=True)
class Fit:
    """How well one system fits: points in the county, half and nine tenths of the offsets, metres.

    The offsets are None when there is nothing but the outline to hold the points against, or none could be placed.
    """

    system: System
    points_count: int
    inside_count: int
    median_m: float | None
    p90_m: float | None


@dataclass(frozen=True)
class Finding:
    """What was found. fits : best first. best : None when it cannot be told; alike : those that fit as well, if so."""

    way: str
    fits: tuple[Fit, ...]
    best: Fit | None
    alike: tuple[Fit, ...] = ()

    @property
    def runner_up(self) -> Fit | None:
        """The best of those that were not told and that lie in the county at all."""
        others = [fit for fit in self.fits if fit is not self.best and fit.inside_count]
        return others[0] if others else None

    def of(self, system: System) -> Fit | None:
        """The fit of a system that was tried."""
        return next((fit for fit in self.fits if fit.system == system), None)


def county_systems(outline: Any) -> list[System]:
    """What files of a county come in: degrees of three datums, and the 3-degree zones near it without and with number.

    >>> [system.datum for system in county_systems(shapely.box(109.2, 29.5, 109.9, 30.2)) if not system.is_swapped]
    ['CGCS2000', 'GCJ-02', 'BD-09', 'EPSG:4545', 'EPSG:4524', 'EPSG:4546', 'EPSG:4525']
    """
    west, _, east, _ = shapely.bounds(outline)
    near = range(25, 46)
    zones = [z for z in near if 3 * z - _MOST_OFF_ZONE_DEG <= east and west <= 3 * z + _MOST_OFF_ZONE_DEG]
    flat = [f"EPSG:{base + zone - 25}" for zone in zones for base in (4534, 4513)]
    names = ["CGCS2000", "GCJ-02", "BD-09", *flat]
    return [System(name, is_swapped) for name in names for is_swapped in (False, True)]


def fit_datums(
    first: ArrayLike,
    second: ArrayLike,
    outline: Any,
    *,
    named: Any = None,
    around: Any = None,
    systems: Sequence[System] | None = None,
) -> Finding:
    """Hold points against every system.

    first, second : what the file calls longitude and latitude, or easting and northing; more than MOST_POINTS are
    thinned evenly. outline : the county in STORE_CRS. named : for each point the shape of the building it belongs to,
    None where not known; used from LEAST_NAMED on. around : shapes of all buildings, used when too few are named.
    systems : default those of `county_systems`.

    Raises GeoError when there is no point.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    own = np.full(len(x), None, dtype=object) if named is None else np.asarray(named, dtype=object)
    known = np.isfinite(x) & np.isfinite(y)
    is_named = known & ~shapely.is_missing(own)
    way = NAMED if is_named.sum() >= LEAST_NAMED else NEAREST if around is not None and len(around) else OUTLINE
    chosen = np.flatnonzero(is_named if way == NAMED else known)
    if not len(chosen):
        raise GeoError("没有坐标,无从查证坐标系。", "There are no coordinates to tell a system from.")
    chosen = chosen[:: -(-len(chosen) // MOST_POINTS)]
    x, y, own = x[chosen], y[chosen], own[chosen]
    shapely.prepare(outline)
    offsets = _Offsets(way, own, around, outline)
    fits = [_fit(system, x, y, outline, offsets) for system in systems or county_systems(outline)]
    fits.sort(key=lambda f: (-f.inside_count, np.inf if f.median_m is None else f.median_m, f.system.is_swapped))
    possible = [fit for fit in fits if fit.inside_count >= max(0.8 * fits[0].inside_count, 0.5 * len(x), 1)]
    possible.sort(key=lambda f: (np.inf if f.median_m is None else f.median_m, -f.inside_count))
    best, alike = _choose(way, possible)
    rest = [fit for fit in fits if fit not in possible]
    return Finding(way, (*possible, *rest), best, alike)


def _choose(way: str, possible: list[Fit]) -> tuple[Fit | None, tuple[Fit, ...]]:
    """The one that can be told, else those that fit alike."""
    if not possible:
        return None, ()
    first = possible[0]
    if way == OUTLINE or first.median_m is None:
        return (first, ()) if len(possible) == 1 else (None, tuple(possible))
    if first.median_m > NEAR_M[way]:
        # Far from every building, yet only one system leads into the county at all.
        return (first, ()) if way == NEAREST and len(possible) == 1 else (None, ())
    far = max(first.median_m * CLEAR_TIMES, first.median_m + CLEAR_M)
    alike = [fit for fit in possible[1:] if fit.median_m is not None and fit.median_m < far]
    return (None, (first, *alike)) if alike else (first, ())


def _fit(system: System, x: Floats, y: Floats, outline: Any, offsets: "_Offsets") -> Fit:
    given = (y, x) if system.is_swapped else (x, y)
    with np.errstate(all="ignore"):
        lon, lat = points_to_store(*given, system.datum)
    # Metres taken for degrees may come back as degrees of somewhere: what is no place on Earth is none.
    is_place = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    lon, lat = np.where(is_place, lon, np.nan), np.where(is_place, lat, np.nan)
    inside = int((is_place & shapely.intersects_xy(outline, np.nan_to_num(lon), np.nan_to_num(lat))).sum())
    away = offsets.of(lon, lat) if inside else np.empty(0)
    if not len(away):
        return Fit(system, len(x), inside, None, None)
    median, most = np.quantile(away, [0.5, 0.9], method="inverted_cdf")
    return Fit(system, len(x), inside, round(float(median), 1), round(float(most), 1))


class _Offsets:
    """Distances in metres from points to what they are held against; 0 inside a footprint."""

    def __init__(self, way: str, own: NDArray[Any], around: Any, outline: Any) -> None:
        west, _, east, _ = shapely.bounds(outline)
        self._mover = Transformer.from_crs(STORE_CRS, metric_crs((west + east) / 2), always_xy=True)
        self._own = self._flat(own) if way == NAMED else None
        self._tree = shapely.STRtree(self._flat(np.asarray(around, dtype=object))) if way == NEAREST else None

    def _flat(self, shapes: NDArray[Any]) -> NDArray[Any]:
        flat: NDArray[Any] = shapely.transform(shapes, self._mover.transform, interleaved=False)
        return flat

    def of(self, lon: Floats, lat: Floats) -> Floats:
        known = np.isfinite(lon) & np.isfinite(lat)
        points = shapely.points(*self._mover.transform(lon[known], lat[known]))
        if self._own is not None:
            away: Floats = shapely.distance(points, self._own[known])
        elif self._tree is not None:
            (index, _), found = self._tree.query_nearest(points, return_distance=True, all_matches=False)
            away = found[np.argsort(index)]
        else:
            away = np.empty(0)
        return away[np.isfinite(away)]
