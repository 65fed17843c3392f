"""Buildings, streets, waters, facilities and plots → rows of the plan (地点入计划)."""

from typing import Any

import numpy as np
import pandas as pd
import shapely

from data import schema, terms
from etl.clean import Ledger
from etl.places import Places
from etl.plan import Plan
from etl.problems import Reason
from etl.shapes import BOUNDS, areas_m2, check_crs, county_shape, store_shapes
from etl.take import columns_of, finish, take_rows
from geo.crs import points_to_store
from geo.errors import GeoError


def take_buildings(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Footprints with a point inside, or the point alone; what lies wholly outside the county is refused.

    A point never takes the place of a footprint that is known: the building keeps it.
    """
    check_crs(ledger)
    outline = county_shape(plan, Places(plan, edition))
    points_to_columns(ledger)
    is_point = ledger.frame["geom"].isna()
    lon, lat = moved_points(ledger, is_point)
    refuse_outside(ledger, lon[is_point], lat[is_point], outline, "source_lon")
    good = ledger.good()
    shapes = store_shapes(ledger, good[~is_point[good.index]])
    if outline is not None:
        for row in shapes.index[~shapely.intersects(outline, shapes["geometry"].to_numpy(object))]:
            heading = ledger.heading(row, "building_code")
            code = str(ledger.frame.at[row, "building_code"])
            ledger.refuse(
                row, Reason(heading, "OUTSIDE", f"楼栋“{code}”的图形在本县之外", f"building {code} lies outside")
            )
    ledger.frame["stated_community_id"] = ledger.frame["community_id"]
    good = ledger.good()
    rows = columns_of(ledger, schema.building, good).assign(
        is_residential=[use in terms.RESIDENTIAL_USES for use in good["building_use"]],
        geom_status=[status or "user" for status in good["geom_status"]],
    )
    drawn = [row for row in shapes.index if row in good.index]
    known = plan.rows(schema.building)
    outlined = set(known["building_code"][known["geom"].notna()])
    at_point = [row for row in good.index if is_point[row] and good.at[row, "building_code"] not in outlined]
    kept = [row for row in good.index if is_point[row] and good.at[row, "building_code"] in outlined]
    for part in (
        _outlined(rows.loc[drawn], shapes.loc[drawn]),
        _pointed(rows.loc[at_point], lon[at_point], lat[at_point]),
        rows.loc[kept].drop(columns=["geom", "geom_status", *_POSITION], errors="ignore"),
    ):
        finish(ledger, part, plan.put(schema.building, part.astype(object), ["building_code"], id_name="building_id"))


_POSITION = ("source_lon", "source_lat", "source_crs")


def _outlined(rows: pd.DataFrame, shapes: pd.DataFrame) -> pd.DataFrame:
    """Buildings with their footprint; coordinates in columns beside it say nothing more."""
    inside = shapely.point_on_surface(shapes["geometry"].to_numpy(object))
    return rows.assign(
        lon=pd.Series(shapely.get_x(inside).tolist(), rows.index, dtype=object),
        lat=pd.Series(shapely.get_y(inside).tolist(), rows.index, dtype=object),
        footprint_m2=pd.Series(areas_m2(shapes["geometry"]), rows.index, dtype=object),
        source_lon=None,
        source_lat=None,
        **{name: shapes[name] for name in shapes.columns if name != "geometry"},
    )


def _pointed(rows: pd.DataFrame, lon: pd.Series, lat: pd.Series) -> pd.DataFrame:
    """Buildings of which only a point is known: no footprint, no area, bounds of no extent."""
    bounds = dict(zip(BOUNDS, (lon, lat, lon, lat), strict=True))
    return rows.assign(lon=lon, lat=lat, geom=None, footprint_m2=None, **bounds)


def points_to_columns(ledger: Ledger) -> None:
    """Point shapes of a layer as coordinates, so that they are treated as those of a table."""
    frame = ledger.frame
    shapes = shapely.from_wkb(frame["geom"].to_numpy(object), on_invalid="ignore")
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    for row in np.flatnonzero(is_point).tolist():
        for name, value in zip(_POSITION, (shapes[row].x, shapes[row].y, ledger.crs[row]), strict=True):
            frame.at[row, name] = value
        frame.at[row, "geom"] = None


def take_drawn(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Streets and waters: a number, a name and a shape."""
    check_crs(ledger)
    good = ledger.good()
    shapes = store_shapes(ledger, good)
    table = schema.metadata.tables[ledger.source.table]
    extra: dict[str, Any] = {name: shapes[name] for name in shapes.columns if name != "geometry"}
    take_rows(ledger, plan, table, id_name=f"{ledger.source.table}_id", geom_status="user", **extra)


def take_facilities(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Facilities with their points moved from the stated datum to the store's; outside the county is refused."""
    ledger.frame["stated_community_id"] = ledger.frame["community_id"]
    lon, lat = moved_points(ledger)
    refuse_outside(ledger, lon, lat, county_shape(plan, Places(plan, edition)), "source_lon")
    take_rows(ledger, plan, schema.facility, id_name="facility_id", lon=lon, lat=lat)


def moved_points(ledger: Ledger, asked: pd.Series | None = None) -> tuple[pd.Series, pd.Series]:
    """The points of a ledger in the coordinates of the store, None without one; refused without a datum we know.

    asked : which rows are looked at, by default all.
    """
    lon = pd.Series([None] * len(ledger.frame), dtype=object)
    lat = lon.copy()
    frame = ledger.frame[ledger.frame["source_lon"].notna() & ledger.frame["source_lat"].notna()]
    if asked is not None:
        frame = frame[asked[frame.index]]
    for datum, rows in frame.groupby(frame["source_crs"].fillna(ledger.source.crs)):
        try:
            if not datum:
                raise _no_datum(ledger, rows.index[0])
            x, y = points_to_store(rows["source_lon"].astype(float), rows["source_lat"].astype(float), str(datum))
        except GeoError as error:
            for row in rows.index:
                code = "UNKNOWN_VALUE" if datum else "MISSING"
                ledger.refuse(row, Reason(ledger.heading(row, "source_crs"), code, error.zh, error.en))
            continue
        lon[rows.index], lat[rows.index] = x.tolist(), y.tolist()
    return lon, lat


def _no_datum(ledger: Ledger, row: Any) -> GeoError:
    name = ledger.sheets[ledger.sheet_of[row]].file.name
    return GeoError(
        f"有经纬度时必须写明坐标系;不知道是哪种,可运行 python -m etl datum {name}",
        f"a point needs its coordinate system; to find out which it is: python -m etl datum {name}",
    )


def refuse_outside(ledger: Ledger, lon: pd.Series, lat: pd.Series, outline: Any, column: str) -> None:
    """Refuse rows whose point is not in the county, saying so when longitude and latitude are swapped."""
    known = lon.notna() & lat.notna()
    if outline is None or not known.any():
        return
    x, y = lon[known].astype(float), lat[known].astype(float)
    is_in = shapely.intersects_xy(outline, x, y)
    swapped = shapely.intersects_xy(outline, y, x)
    for row, inside, turned in zip(x.index, is_in, swapped, strict=True):
        if inside:
            continue
        heading = ledger.heading(row, column)
        zh = f"位置({x[row]:.5f}, {y[row]:.5f})在本县之外" + (";经度和纬度填反了" if turned else ";请核对坐标和坐标系")
        en = "the point lies outside the county" + ("; longitude and latitude are swapped" if turned else "")
        ledger.refuse(row, Reason(heading, "OUTSIDE", zh, en))


def take_plots(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Households with a vegetable plot, counted per community and day; more than all of them is refused."""
    for row, cells in ledger.good().iterrows():
        if cells["households_with_plot_count"] > cells["households_count"]:
            heading = ledger.heading(row, "households_with_plot_count")
            zh, en = f"“{heading}”大于总户数", f"{heading} is larger than the number of households"
            ledger.refuse(row, Reason(heading, "BAD_NUMBER", zh, en))
    take_rows(ledger, plan, schema.plot_allocation, key=["community_id", "counted_on"])
