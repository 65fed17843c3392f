"""What a grid worker's phone needs (网格员的楼栋): their buildings by urgency, and the plan of their grid."""

from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.settings import settings
from geo.due import mark_due
from portal import reads
from portal.features import drawn_shapes
from portal.identity import Viewer
from portal.snapshot import Bounds, current

MARGIN = 0.8
"""How much of the surroundings the plan shows, as a share of the grid's size."""


def own_buildings(viewer: Viewer) -> pd.DataFrame:
    """One row per residential building of the viewer's grid, the most urgent first.

    Columns of `reads.buildings`, and `days` since the last visit (NA: never), `due` (overdue, soon, in_time, never,
    none where no household is registered). Never visited stands before the longest ago.
    """
    rows = reads.buildings(viewer)
    rows = rows[rows["is_residential"].astype(bool)]
    limits = settings()
    marks = mark_due(
        rows["last_visit_on"],
        reads.status().data_on,  # type: ignore[arg-type]
        warn_days=limits.visit_warn_days,
        due_days=limits.visit_due_days,
    )
    marks.loc[rows["households_count"].fillna(0) == 0, "due"] = "none"
    rows = rows.assign(**marks)
    order = rows["due"].map({"never": 0, "overdue": 1, "soon": 2, "in_time": 3, "none": 4})
    return (
        rows.assign(_order=order, _days=-rows["days"].fillna(0).astype(int))
        .sort_values(["_order", "_days", "building_code"])
        .drop(columns=["_order", "_days"])
    )


def grid_plan(viewer: Viewer) -> tuple[dict[str, dict[str, Any] | None], Bounds | None]:
    """Outline, streets and water of the viewer's own area as GeoJSON, cut to its surroundings, and its bounds."""
    snapshot = current()
    home = reads.home(viewer)
    if home.bounds is None:
        return {"outline": None, "streets": None, "water": None}, None
    west, south, east, north = home.bounds
    dx, dy = (east - west) * MARGIN, (north - south) * MARGIN
    window = shapely.box(west - dx, south - dy, east + dx, north + dy)

    def make() -> dict[str, dict[str, Any] | None]:
        def cut(shapes: Any) -> dict[str, Any] | None:
            found = np.asarray(shapes, dtype=object)
            found = found[shapely.intersects(found, window)]
            return _plain(shapely.union_all(shapely.intersection(found, window))) if len(found) else None

        return {
            "outline": _plain(snapshot.shapes.loc[home.area_id, "geometry"]),
            "streets": cut(snapshot.streets.geometry.array),
            "water": cut(snapshot.waters.geometry.array),
        }

    return snapshot.keep(("grid_plan", home.area_id), make), home.bounds


def footprints(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """GeoJSON geometries of buildings, in their order; a building without a footprint is a point."""
    return [_plain(shape) for shape in drawn_shapes(rows)]


def _plain(shape: Any) -> dict[str, Any]:
    return shapely.geometry.mapping(shapely.set_precision(shape, 1e-6, mode="pointwise"))  # type: ignore[no-any-return]
