"""What a grid worker's phone needs (网格员的楼栋): their buildings by urgency, and the plan of their grids."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.settings import settings
from geo.due import mark_due
from portal import reads
from portal.features import drawn_shapes
from portal.identity import Viewer
from portal.snapshot import Area, Bounds, current

MARGIN = 0.8
"""How much of the surroundings the plan shows, as a share of the size of the grids."""


def own_buildings(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per residential building of the viewer's grids, or of one of them, the most urgent first.

    Columns of `reads.buildings`, `in_grid` (the name of its grid that can stand alone, "" outside of all), and `days`
    since the last visit (NA: never), `due` (overdue, soon, in_time, never, none where no household is registered).
    Never visited stands before the longest ago.
    """
    rows = reads.buildings(viewer, code)
    rows = rows[rows["is_residential"].astype(bool)]
    grids = {grid: reads.area(viewer, grid) for grid in rows["grid_code"].dropna().unique()}
    names = {grid: reads.full_name(found) for grid, found in grids.items() if found}
    warn, due = visit_days()
    marks = mark_due(
        rows["last_visit_on"],
        reads.status().data_on,  # type: ignore[arg-type]
        warn_days=warn,
        due_days=due,
    )
    marks.loc[rows["households_count"].fillna(0) == 0, "due"] = "none"
    rows = rows.assign(**marks, in_grid=rows["grid_code"].map(names).fillna(""))
    order = rows["due"].map({"never": 0, "overdue": 1, "soon": 2, "in_time": 3, "none": 4})
    return (
        rows.assign(_order=order, _days=-rows["days"].fillna(0).astype(int))
        .sort_values(["_order", "_days", "building_code"])
        .drop(columns=["_order", "_days"])
    )


def visit_days() -> tuple[int, int]:
    """Days since the last visit from which a building is due soon, and from which it is overdue."""
    return settings().visit_warn_days, settings().visit_due_days


def grid_plan(areas: Sequence[Area]) -> tuple[dict[str, dict[str, Any] | None], Bounds | None]:
    """Outlines, streets and water of areas as GeoJSON, cut to their surroundings, and the bounds of all.

    areas : the viewer's own, or one of them, as `reads.own_areas` gives them; one without a shape is left out.
    """
    drawn = [a for a in areas if a.bounds is not None]
    if not drawn:
        return {"outline": None, "streets": None, "water": None}, None
    snapshot = current()
    west, south, east, north = shapely.total_bounds(shapely.box(*np.array([a.bounds for a in drawn]).T)).tolist()
    dx, dy = (east - west) * MARGIN, (north - south) * MARGIN
    window = shapely.box(west - dx, south - dy, east + dx, north + dy)

    def make() -> dict[str, dict[str, Any] | None]:
        def cut(shapes: Any) -> dict[str, Any] | None:
            found = np.asarray(shapes, dtype=object)
            found = found[shapely.intersects(found, window)]
            return _plain(shapely.union_all(shapely.intersection(found, window))) if len(found) else None

        # Side by side, not as a union: the boundary between two neighbours is to be seen.
        shapes = shapely.get_parts(snapshot.shapes.loc[[a.area_id for a in drawn], "geometry"].to_numpy())
        return {
            "outline": _plain(shapely.multipolygons(shapes)),
            "streets": cut(snapshot.streets.geometry.array),
            "water": cut(snapshot.waters.geometry.array),
        }

    key = ("grid_plan", tuple(a.area_id for a in drawn))
    return snapshot.keep(key, make), (west, south, east, north)


def footprints(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """GeoJSON geometries of buildings, in their order; a building without a footprint is a point."""
    return [_plain(shape) for shape in drawn_shapes(rows)]


def _plain(shape: Any) -> dict[str, Any]:
    return shapely.geometry.mapping(shapely.set_precision(shape, 1e-6, mode="pointwise"))  # type: ignore[no-any-return]
