"""The valley of the county seat (河谷): a river bend, and streets laid along and across it.

Everything in town is placed by (s, t): metres along the valley and metres to the left of it. Streets follow the bend
that way, as they do in a real valley town, and are nowhere a raster.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]

LENGTH_M = 3_700.0
RIVER_HALF_M = 29.0
_TURN = np.radians(27.0)


def waves(rng: np.random.Generator, amplitude: float, wavelength: float) -> Curve:
    """A smooth random curve of about this amplitude and wavelength, in metres."""
    scale = np.array([1.0, 0.53, 0.31])
    phase = rng.uniform(0, 2 * np.pi, 3)
    height = amplitude * np.array([0.7, 0.3, 0.14])

    def curve(s: Floats) -> Floats:
        turns = np.asarray(s, dtype=float)[..., None] * 2 * np.pi / (wavelength * scale) + phase
        return np.asarray((height * np.sin(turns)).sum(axis=-1))

    return curve


@dataclass(frozen=True)
class Valley:
    """The axis of the valley, sampled every ten metres from before its beginning to behind its end."""

    s: Floats
    xy: Floats
    heading: Floats

    def place(self, s: Floats, t: Floats) -> Floats:
        """(s, t) → metres of the plane, shape (n, 2)."""
        s, t = np.broadcast_arrays(np.asarray(s, dtype=float), np.asarray(t, dtype=float))
        turn = self.turn(s)
        x = np.interp(s, self.s, self.xy[:, 0]) - t * np.sin(turn)
        y = np.interp(s, self.s, self.xy[:, 1]) + t * np.cos(turn)
        return np.stack([x, y], axis=-1)

    def turn(self, s: Floats) -> Floats:
        """Direction of the valley at s, radians counter-clockwise from east."""
        return np.interp(s, self.s, self.heading)

    def along(self, curve: Curve, start: float = 0.0, end: float = LENGTH_M, step: float = 15.0) -> BaseGeometry:
        """The line t = curve(s)."""
        s = np.linspace(start, end, max(2, int((end - start) / step)))
        return shapely.LineString(self.place(s, curve(s)))

    def across(self, curve: Curve, low: float, high: float, step: float = 15.0) -> BaseGeometry:
        """The line s = curve(t)."""
        t = np.linspace(low, high, max(2, int((high - low) / step)))
        return shapely.LineString(self.place(curve(t), t))


def lay_valley(seat: tuple[float, float]) -> Valley:
    """An S-shaped valley from north-east to south-west whose middle lies at the county seat."""
    s = np.arange(-1_200.0, LENGTH_M + 1_200.0, 10.0)
    heading = np.radians(212.0) + _TURN * np.sin(2 * np.pi * (s / LENGTH_M - 0.06))
    xy = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]) * 10.0, axis=0)
    middle = np.array([np.interp(LENGTH_M / 2, s, xy[:, 0]), np.interp(LENGTH_M / 2, s, xy[:, 1])])
    return Valley(s, xy - middle + np.array(seat), heading)


def river_shape(
    valley: Valley, bend: Curve, courses: list[tuple[list[tuple[float, float]], float]], rng: np.random.Generator
) -> BaseGeometry:
    """The river through the town and on across the county.

    courses : for each side of the town the way-points beyond it, in metres, and the half width there.
    """
    s = np.arange(-250.0, LENGTH_M + 251.0, 20.0)
    inner = valley.place(s, bend(s))
    width = RIVER_HALF_M + waves(rng, 5.0, 900.0)(s)
    taper = np.clip(np.minimum(s + 250.0, LENGTH_M + 250.0 - s) / 250.0, 0.0, 1.0)
    half = 14.0 + (width - 14.0) * taper
    parts = [_ribbon(inner, half)]
    for end, (way, half_width) in zip((inner[0], inner[-1]), courses, strict=True):
        line = _wander(np.vstack([end, way]), rng)
        parts.append(shapely.buffer(shapely.LineString(line), half_width, quad_segs=4))
    return shapely.union_all(parts)


def stream_shape(way: list[tuple[float, float]], half: float, rng: np.random.Generator) -> BaseGeometry:
    """A stream along way-points in metres."""
    return shapely.buffer(shapely.LineString(_wander(np.array(way), rng)), half, quad_segs=4)


def _ribbon(line: Floats, half: Floats) -> BaseGeometry:
    step = np.gradient(line, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    edge = half[:, None] * normal
    return shapely.make_valid(shapely.Polygon(np.vstack([line + edge, (line - edge)[::-1]])))


def _wander(way: Floats, rng: np.random.Generator) -> Floats:
    """Way-points joined by a meandering line; the first and the last point stay."""
    points = way
    for turn in range(6):
        step = np.diff(points, axis=0)
        across = np.column_stack([-step[:, 1], step[:, 0]])
        shift = rng.uniform(-0.2, 0.2, (len(step), 1)) * (0.9 if turn < 4 else 0.6)
        middle = points[:-1] + step / 2 + across * shift
        mixed = np.empty((len(points) + len(middle), 2))
        mixed[0::2], mixed[1::2] = points, middle
        points = mixed
    for _ in range(4):
        points = np.vstack([points[:1], 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:], points[-1:]])
    return points
