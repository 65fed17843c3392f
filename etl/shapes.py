"""Shapes of a ledger in the coordinate system of the store (入库坐标), with what the tables keep beside them."""

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from data import schema
from data.shape_type import STORE_CRS
from etl.clean import Ledger
from etl.errors import LoadError
from etl.places import Places
from etl.plan import Plan
from geo.crs import datum_kind, geodesic_area_m2, shapes_to_store
from geo.errors import GeoError

BOUNDS = ["min_lon", "min_lat", "max_lon", "max_lat"]


def check_crs(ledger: Ledger) -> None:
    """Raises LoadError naming the first file whose shapes do not say what coordinate system they are in."""
    has_shape = ledger.frame["geom"].notna()
    for number, sheet in enumerate(ledger.sheets):
        at = zip(ledger.crs, ledger.sheet_of, has_shape, strict=True)
        for system in {crs for crs, of, has in at if of == number and has}:
            try:
                if system is None or datum_kind(system) is None:
                    CRS.from_user_input(system)
            except CRSError as error:
                name = sheet.file.name
                raise LoadError(
                    "NO_CRS",
                    f"文件“{name}”没有可识别的坐标系说明;请补上 .prj 文件、在图层中注明,或在列映射里写 crs。"
                    f"不知道是哪种:python -m etl datum {name}",
                    f"The file {name!r} does not say its coordinate system; add the .prj file, state it in the layer "
                    f"or as crs in a column map. To find out which it is: python -m etl datum {name}",
                ) from error


def store_shapes(ledger: Ledger, rows: pd.DataFrame) -> pd.DataFrame:
    """For some rows of a ledger `geometry` (shapely, STORE_CRS), `geom` (WKB), its bounds and `source_crs`."""
    systems = pd.Series(ledger.crs.cells(), dtype=object)[rows.index]
    parts = []
    for system, of in systems.groupby(systems):
        try:
            moved = shapes_to_store(shapely.from_wkb(rows.loc[of.index, "geom"].to_numpy(object)), str(system))
        except GeoError as error:
            raise LoadError("NO_CRS", error.zh, error.en) from error
        parts.append(
            pd.DataFrame(
                {
                    "geometry": pd.Series(list(moved), of.index, dtype=object),
                    "geom": pd.Series(list(shapely.to_wkb(moved)), of.index, dtype=object),
                    "source_crs": pd.Series([_short(system)] * len(of), of.index, dtype=object),
                    **{
                        name: pd.Series(values.tolist(), of.index, dtype=object)
                        for name, values in zip(BOUNDS, shapely.bounds(moved).T, strict=True)
                    },
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=["geometry", "geom", "source_crs", *BOUNDS], dtype=object)
    return pd.concat(parts).loc[rows.index]


def areas_m2(shapes: pd.Series) -> list[float]:
    """Geodesic areas, rounded to a thousandth of a square metre."""
    return [round(float(area), 3) for area in geodesic_area_m2(shapes.to_numpy(object))]


def areas_in_force(plan: Plan, places: Places, level: str) -> gpd.GeoDataFrame:
    """The latest boundaries of a level, as geo.assign takes them."""
    shapes = plan.in_force(schema.area_shape)
    wanted = {area for area, of in places.level.items() if of == level} - places.context
    shapes = shapes[shapes["area_id"].isin(wanted)]
    frame = pd.DataFrame(
        {
            "grid_id": shapes["area_id"].astype("int64"),
            "grid_code": [places.code[area] for area in shapes["area_id"]],
            "valid_from": shapes["valid_from"],
        }
    )
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(shapes["geom"].to_numpy(object)), crs=STORE_CRS)


def county_shape(plan: Plan, places: Places) -> Any:
    """The outline of the county itself, None while there is none; what lies outside is refused."""
    counties = {area for area, level in places.level.items() if level == "county"} - places.context
    shapes = plan.in_force(schema.area_shape)
    found = shapes["geom"][shapes["area_id"].isin(counties)]
    if found.empty:
        return None
    outline = shapely.union_all(shapely.from_wkb(found.to_numpy(object)))
    shapely.prepare(outline)
    return outline


def _short(system: str) -> str:
    if datum_kind(system):
        return system.strip()[:24]
    code = CRS.from_user_input(system).to_epsg()
    return f"EPSG:{code}" if code else CRS.from_user_input(system).name[:24]
