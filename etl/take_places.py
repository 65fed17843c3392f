"""Buildings, streets, waters, facilities and plots → rows of the plan (地点入计划)."""

from typing import Any

import pandas as pd
import shapely

from data import schema, terms
from etl.clean import Ledger
from etl.places import Places
from etl.plan import Plan
from etl.problems import Reason
from etl.shapes import areas_m2, check_crs, county_shape, store_shapes
from etl.take import columns_of, finish, take_rows
from geo.crs import points_to_store
from geo.errors import GeoError


def take_buildings(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Footprints with a point inside; one that lies wholly outside the county is refused."""
    check_crs(ledger)
    outline = county_shape(plan, Places(plan, edition))
    shapes = store_shapes(ledger, ledger.good())
    if outline is not None:
        for row in shapes.index[~shapely.intersects(outline, shapes["geometry"].to_numpy(object))]:
            heading = ledger.heading(row, "building_code")
            code = str(ledger.frame.at[row, "building_code"])
            ledger.refuse(
                row, Reason(heading, "OUTSIDE", f"楼栋“{code}”的图形在本县之外", f"building {code} lies outside")
            )
    good = ledger.good()
    shapes = shapes.loc[good.index]
    inside = shapely.point_on_surface(shapes["geometry"].to_numpy(object))
    rows = columns_of(ledger, schema.building, good).assign(
        is_residential=[use in terms.RESIDENTIAL_USES for use in good["building_use"]],
        geom_status=[status or "user" for status in good["geom_status"]],
        lon=pd.Series(shapely.get_x(inside).tolist(), good.index, dtype=object),
        lat=pd.Series(shapely.get_y(inside).tolist(), good.index, dtype=object),
        footprint_m2=pd.Series(areas_m2(shapes["geometry"]), good.index, dtype=object),
        **{name: shapes[name] for name in shapes.columns if name != "geometry"},
    )
    finish(ledger, good, plan.put(schema.building, rows.astype(object), ["building_code"], id_name="building_id"))


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
    lon, lat = moved_points(ledger)
    refuse_outside(ledger, lon, lat, county_shape(plan, Places(plan, edition)), "source_lon")
    take_rows(ledger, plan, schema.facility, id_name="facility_id", lon=lon, lat=lat)


def moved_points(ledger: Ledger) -> tuple[pd.Series, pd.Series]:
    """The points of a ledger in the coordinates of the store, None without one; refused without a datum we know."""
    lon = pd.Series([None] * len(ledger.frame), dtype=object)
    lat = lon.copy()
    frame = ledger.frame[ledger.frame["source_lon"].notna() & ledger.frame["source_lat"].notna()]
    for datum, rows in frame.groupby(frame["source_crs"].fillna("")):
        try:
            if not datum:
                raise GeoError("有经纬度时必须写明坐标系", "a point needs its coordinate system")
            x, y = points_to_store(rows["source_lon"].astype(float), rows["source_lat"].astype(float), str(datum))
        except GeoError as error:
            for row in rows.index:
                code = "UNKNOWN_VALUE" if datum else "MISSING"
                ledger.refuse(row, Reason(ledger.heading(row, "source_crs"), code, error.zh, error.en))
            continue
        lon[rows.index], lat[rows.index] = x.tolist(), y.tolist()
    return lon, lat


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
