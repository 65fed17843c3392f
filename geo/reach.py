"""Within reach (步行可达): how far each building is from the nearest facility of a kind, and where one more helps most.

A walk is estimated as the straight line times `DETOUR`: no street network is asked. Points are in STORE_CRS (degrees),
distances in metres. Where a building has no position its walk is NaN: it is neither in nor out of reach. Where there is
no facility the walk is infinite: out of every reach. That nothing is known of the facilities is for the caller to say.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from geo.crs import geodesic_m
from geo.disclosure_audit import determined, total_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DETOUR = 1.4
"""A walk by way of streets is longer than the straight line; in towns about 1.2 to 1.4 times. The careful end."""
_CORNERS = 72
_GRS80 = Geod(ellps="GRS80")


class Gain(NamedTuple):
    """What one more facility at a place would do.

    place : its position among the places asked about. reached : the buildings it would bring into reach. households :
    how many live in them.
    """

    place: int
    reached: Mask
    households: int


def walks_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Floats:
    """The walk from every building (rows) to every place (columns), metres; NaN where either has no position.

    >>> walks_m([109.5], [30.0], [109.5, 109.501], [30.0, 30.0]).round(1).tolist()
    [[0.0, 135.1]]
    """
    start, end = (np.asarray(values, dtype=np.float64) for values in ((lon, lat), (to_lon, to_lat)))
    return DETOUR * geodesic_m(start[0][:, None], start[1][:, None], end[0][None, :], end[1][None, :])


def nearest_m(walks: Floats, is_placed: Mask) -> Floats:
    """The walk from each building to the nearest of the places; infinite where there is none to walk to.

    walks : as of `walks_m`. is_placed : whether each building has a position; NaN for one without.

    >>> nearest_m(np.array([[300.0, 120], [np.nan, np.nan]]), np.array([True, False])).tolist()
    [120.0, nan]
    >>> nearest_m(np.empty((1, 0)), np.array([True])).tolist()
    [inf]
    """
    least = np.where(np.isnan(walks), np.inf, walks).min(axis=1, initial=np.inf)
    return np.where(is_placed, least, np.nan)


def is_out(nearest: Floats, limit_m: float) -> Mask:
    """Whether each building is out of reach; one exactly at the limit is in reach, one without a position not out.

    >>> is_out(np.array([500.0, 500.1, np.inf, np.nan]), 500).tolist()
    [False, True, True, False]
    """
    return nearest > limit_m


def best_place(walks: Floats, nearest: Floats, households: Floats, limit_m: float) -> Gain | None:
    """Where one more facility brings the most households into reach; None where it would bring nobody.

    walks : from every building to every place asked about. nearest : the walk as it is. households : of each building,
    NaN where not known, which counts for nothing. Of places that bring as many, the one with the shortest walks for
    those households together; then the first.

    >>> walks = np.array([[0.0, 400, 900], [400, 0, 450], [900, 450, 0]])
    >>> found = best_place(walks, np.full(3, np.inf), np.array([10.0, 20, 30]), 500)
    >>> found.place, found.reached.tolist(), found.households
    (1, [True, True, True], 60)
    """
    homes = np.nan_to_num(households)
    reached = is_out(nearest, limit_m)[:, None] & (walks <= limit_m)
    gains = homes @ reached
    if not gains.size or gains.max() <= 0:
        return None
    effort = (homes[:, None] * np.where(reached, walks, 0)).sum(axis=0)
    place = int(np.lexsort((np.arange(len(gains)), np.round(effort, 3), -gains))[0])
    return Gain(place, reached[:, place], int(gains[place]))


def reach_rings(lon: ArrayLike, lat: ArrayLike, limit_m: float) -> NDArray[np.object_]:
    """What lies within a walk of each place, as polygons in degrees: circles of the straight line, `limit_m` / DETOUR.

    >>> ring = reach_rings([109.5], [30.0], 700)[0]
    >>> east = shapely.get_coordinates(ring)[:, 0].max()
    >>> geodesic_m([109.5], [30.0], [east], [30.0]).round(0).tolist()
    [500.0]
    """
    x, y = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (lon, lat))
    bearing = np.linspace(0, 360, _CORNERS, endpoint=False)
    many = (len(x), _CORNERS)
    east, north, _ = _GRS80.fwd(
        np.broadcast_to(x[:, None], many), np.broadcast_to(y[:, None], many), np.broadcast_to(bearing, many),
        np.full(many, limit_m / DETOUR),
    )  # fmt: skip
    return np.asarray(shapely.polygons(np.stack([east, north], axis=-1)), dtype=object)


def sums_to_hide(counted: Sequence[Iterable[int]], households: Sequence[int], k: int) -> list[bool]:
    """Which sums of households must be hidden, so that those of a single building, or fewer than `k`, cannot be had.

    counted : for each sum the buildings it counts. households : of every building. The sum of all buildings is taken to
    be known, so each sum tells of the buildings it leaves out as well. Later sums are hidden before earlier ones, and
    all that count the same buildings or leave the same ones out go together. With fewer than `k` in all, every other
    sum is hidden.

    >>> sums_to_hide([[0, 1], [1], [0, 2, 3]], [20, 20, 20, 20], 5)
    [False, True, True]
    """
    everything = frozenset(range(len(households)))
    if len(everything) < 2:
        return [False] * len(counted)
    # A sum and what is left of the whole tell the same.
    splits = [one if 0 in one else everything - one for one in map(frozenset, counted)]
    shown = [one for one in dict.fromkeys(splits) if one != everything]
    told = _told(shown, everything, households, k)
    while told and shown:
        less = ((one, _told([other for other in shown if other != one], everything, households, k))
                for one in reversed(shown))  # fmt: skip
        gone, told = next(((one, left) for one, left in less if left < told), (shown[-1], told))
        shown.remove(gone)
        told = _told(shown, everything, households, k)
    return [one != everything and one not in shown for one in splits]


def _told(
    shown: Sequence[frozenset[int]], everything: frozenset[int], households: Sequence[int], k: int
) -> frozenset[int]:
    """The buildings whose households follow from the sums shown, alone or as a group of fewer than k."""
    together: dict[tuple[bool, ...], list[int]] = {}
    for building in sorted(everything):
        together.setdefault(tuple(building in one for one in shown), []).append(building)
    groups = list(together.values())
    sums = [
        total_of(-1, [n for n, inside in enumerate(groups) if inside[0] in one]) for one in (*shown, everything)
    ]  # fmt: skip
    found = determined(sums, range(len(groups)))
    return frozenset(
        building for n in found for building in groups[n]
        if len(groups[n]) == 1 or sum(households[one] for one in groups[n]) < k
    )  # fmt: skip
