"""What a faulty outline would become if it were repaired (修复建议): the shape, and its area before and after."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.crs import geodesic_area_m2, shapes_to_store
from geo.errors import GeoError

CLOSE = 0.001
"""A repair that changes the area by no more than this share is taken to mean the same area."""
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Repair:
    """A valid shape in place of a faulty one, in the same coordinates; areas in square metres.

    before_m2 : what the rings enclose as they are drawn, holes taken off.
    """

    shape: Any
    before_m2: float
    after_m2: float

    @property
    def change(self) -> float:
        """The share by which the area changes; 1 where there was none before, or holes larger than their outline."""
        return abs(self.after_m2 - self.before_m2) / self.before_m2 if self.before_m2 > 0 else 1.0

    @property
    def is_close(self) -> bool:
        """Whether the repair means the same area."""
        return self.change <= CLOSE


def propose_repair(shape: Any, system: str) -> Repair | None:
    """A repair of a faulty area in coordinates of a stated system; None where nothing of an area would be left.

    Parts and holes are kept, lines and points that come out are not. The shape given is left as it was.

    >>> corners = [(109, 30), (109.01, 30), (109.01, 30.01), (109.02, 30.02), (109.01, 30.01), (109, 30.01)]
    >>> slit = shapely.Polygon(corners)
    >>> round(propose_repair(slit, "CGCS2000").change, 6)
    0.0
    """
    if shape is None or shapely.is_empty(shape) or shapely.get_type_id(shape) not in _AREAS:
        return None
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    try:
        mended = shapely.make_valid(shapely.force_2d(shape), method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException:
        # Some tangles are beyond it; the shape is refused all the same, only without a proposal.
        return None
    parts = shapely.get_parts(shapely.get_parts(mended))
    areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(areas):
        return None
    whole = shapely.MultiPolygon(areas.tolist()) if len(areas) > 1 else areas[0]
    try:
        before, after = geodesic_area_m2(shapes_to_store([shape, whole], system))
    except GeoError:
        return None
    return Repair(whole, round(float(before), 1), round(float(after), 1))
