"""Shapes as files: GeoPackages in degrees, grids as a Shapefile in metres with GBK attributes, places in GCJ-02."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from etl.files import SAMPLE_WORDS
from etl.sample.county import County
from etl.sample.names import COUNTY_CODE, COUNTY_NAME
from etl.sample.outline import PLANE_CRS, STORE_CRS, Outline
from geo.crs import wgs84_to_gcj02

ZONE_CRS = "EPSG:4525"
"""As engineers deliver it: the zone of 111 °E with its number 37 in front of the easting."""

INVENTED, THIRD_PARTY = "示意(虚构)", "第三方"
_ZONE_M = 37_000_000.0
_DEGREES = 9  # a tenth of a millimetre: rounding alike keeps shared vertices equal
_STAMP = "2020-12-31T18:00:00.000Z"


def to_degrees(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes of PLANE_CRS in STORE_CRS, longitude first; equal vertices stay equal."""
    mover = Transformer.from_crs(PLANE_CRS, STORE_CRS, always_xy=True)

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(np.column_stack(mover.transform(xy[:, 0], xy[:, 1])), _DEGREES)

    return shapely.transform(shapes, move)


def write_areas(path: Path, outline: Outline, county: County) -> Path:
    """行政区划.gpkg: layers 县, 乡镇, 社区村, 邻县."""
    source = THIRD_PARTY if outline.source == "third_party" else INVENTED
    near = outline.neighbours
    units, towns = county.units, county.townships
    layers = {
        "县": ([COUNTY_CODE], [COUNTY_NAME], [county.shape], source),
        "乡镇": (towns["code"], towns["name"], towns.geometry.values, INVENTED),
        "社区村": (units["code"], units["name"], units.geometry.values, INVENTED),
        "邻县": (near["code"], near["name"], near.geometry.values, source),
    }
    path.unlink(missing_ok=True)
    for layer, (code, name, shapes, origin) in layers.items():
        columns = {"代码": list(code), "名称": list(name), "图形来源": origin}
        _append(path, layer, pd.DataFrame(columns), np.array(list(shapes), dtype=object))
    return path


def write_grids(path: Path, grids: gpd.GeoDataFrame) -> Path:
    """网格边界.shp in EPSG:4525, attributes in GBK."""
    kinds = grids["is_inferred"].map({True: "农村网格", False: "城市网格"})
    columns = {
        "网格编码": grids["code"],
        "网格名称": grids["name"],
        "社区代码": grids["community"],
        "所属社区": grids["community_name"],
        "网格类型": kinds,
        "划定日期": pd.to_datetime(grids["since"]).dt.strftime("%Y-%m-%d"),
        "是否推定": grids["is_inferred"].map({True: "是", False: "否"}),
        "图形来源": INVENTED,
        "备注": SAMPLE_WORDS,
    }
    shapes = shapely.transform(grids.geometry.values, lambda xy: xy + np.array([_ZONE_M, 0.0]))
    for old in path.parent.glob(f"{path.stem}.*"):
        old.unlink()
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=ZONE_CRS)
    pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding="GBK", DBF_DATE_LAST_UPDATE="2020-12-31")
    return path


def write_buildings(
    path: Path, buildings: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, waters: gpd.GeoDataFrame
) -> Path:
    """楼栋街道.gpkg: layers 楼栋, 街道, 水系."""
    path.unlink(missing_ok=True)
    ledger = pd.DataFrame(
        {
            "楼栋编码": buildings["code"],
            "楼栋名称": buildings["name"],
            "小区名称": buildings["estate"].replace("", None),
            "社区代码": buildings["community"],
            "所属社区": buildings["community_name"],
            "用途": buildings["use"],
            "地上层数": buildings["floors"].astype("int64"),
            "单元数": buildings["entrances"].astype("int64"),
            "总户数": buildings["dwellings"].astype("int64"),
            "建成年份": buildings["year"].astype("Int64"),
            "图形来源": INVENTED,
            "备注": SAMPLE_WORDS,
        }
    )
    _append(path, "楼栋", ledger, buildings.geometry.values)
    roads = pd.DataFrame({"街道编码": streets["code"], "街道名称": streets["name"], "等级": streets["kind"]})
    _append(path, "街道", roads, streets.geometry.values)
    _append(
        path, "水系", pd.DataFrame({"水系编码": waters["code"], "水系名称": waters["name"]}), waters.geometry.values
    )
    return path


def _append(path: Path, layer: str, columns: pd.DataFrame, shapes: NDArray[np.object_]) -> None:
    frame = gpd.GeoDataFrame(columns, geometry=to_degrees(np.asarray(shapes, dtype=object)), crs=STORE_CRS)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP})
    try:
        pyogrio.write_dataframe(frame, path, driver="GPKG", layer=layer, append=path.exists(), promote_to_multi=False)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def degrees_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres of PLANE_CRS as longitude and latitude of STORE_CRS; NaN stays."""
    lon, lat = Transformer.from_crs(PLANE_CRS, STORE_CRS, always_xy=True).transform(x, y)
    return np.where(np.isfinite(x), lon, np.nan), np.where(np.isfinite(y), lat, np.nan)


def facility_table(facilities: pd.DataFrame) -> pd.DataFrame:
    """The rows of 配套设施.csv, positions in GCJ-02 as phones give them."""
    lon, lat = wgs84_to_gcj02(*degrees_of(facilities["x"].to_numpy(), facilities["y"].to_numpy()))
    return pd.DataFrame(
        {
            "设施编号": facilities["no"],
            "设施名称": facilities["name"],
            "设施类别": facilities["kind"],
            "所属乡镇": facilities["township"],
            "所属社区": facilities["community"],
            "经度": [f"{v:.6f}" for v in lon],
            "纬度": [f"{v:.6f}" for v in lat],
            "坐标系": "GCJ-02",
            "建成日期": facilities["built"].dt.strftime("%Y-%m-%d").fillna(""),
            "状态": facilities["state"],
            "是否达标": facilities["standard"],
            "备注": SAMPLE_WORDS,
        }
    )
