"""Shapes of the sample look like a county and a town: they tile, they do not overlap, they lie where they should."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

METRIC = "EPSG:4546"


def layer(folder: Path, file: str, name: str | None = None) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(folder / file, layer=name)


@pytest.fixture(scope="module")
def communities(sample_dir: Path) -> gpd.GeoDataFrame:
    return layer(sample_dir, "行政区划.gpkg", "社区村")


@pytest.fixture(scope="module")
def grids(sample_dir: Path) -> gpd.GeoDataFrame:
    return layer(sample_dir, "网格边界.shp")


@pytest.fixture(scope="module")
def footprints(sample_dir: Path) -> gpd.GeoDataFrame:
    return layer(sample_dir, "楼栋街道.gpkg", "楼栋").to_crs(METRIC)


def test_systems_are_the_ones_agreed_on(
    sample_dir: Path, grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
) -> None:
    assert grids.crs.to_epsg() == 4525
    assert communities.crs.to_epsg() == 4490
    assert (sample_dir / "网格边界.cpg").read_text() == "GBK"
    west, south, east, north = grids.total_bounds
    assert 37_000_000 < west < east < 38_000_000
    assert 3_000_000 < south < north < 4_000_000


def test_communities_tile_their_townships_and_these_the_county(sample_dir: Path, communities: gpd.GeoDataFrame) -> None:
    townships = layer(sample_dir, "行政区划.gpkg", "乡镇")
    county = layer(sample_dir, "行政区划.gpkg", "县")
    assert (len(communities), len(townships), len(county)) == (293, 9, 1)
    assert shapely.coverage_is_valid(communities.geometry.values)
    assert shapely.coverage_is_valid(townships.geometry.values)
    assert shapely.is_valid(communities.geometry.values).all()
    for code, shape in zip(townships["代码"], townships.geometry, strict=True):
        own = communities.geometry[communities["代码"].str.startswith(code)].values
        assert shapely.coverage_union_all(own).symmetric_difference(shape).area < 1e-12
    assert shapely.coverage_union_all(townships.geometry.values).symmetric_difference(county.geometry[0]).area < 1e-12


def test_townships_have_about_their_real_size(sample_dir: Path) -> None:
    km2 = layer(sample_dir, "行政区划.gpkg", "乡镇").to_crs(METRIC).set_index("代码").area / 1e6
    real = {"422825100": 161.5, "422825102": 656.8, "422825201": 429.7, "422825205": 204.2}
    for code, size in real.items():
        assert km2[code] == pytest.approx(size, rel=0.1)
    assert km2.sum() == pytest.approx(2747.8, rel=0.002)


def test_urban_grids_tile_the_five_communities(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> None:
    urban = grids[grids["是否推定"] == "否"]
    assert shapely.coverage_is_valid(urban.geometry.values)
    moved = communities.to_crs(METRIC).set_index("代码").geometry
    plane = urban.to_crs(METRIC)
    for code, part in plane.groupby("社区代码"):
        union = shapely.coverage_union_all(part.geometry.values)
        assert union.symmetric_difference(moved[code]).area < 5  # m², of a community of a square kilometre
    assert 4e6 < plane.area.sum() < 9e6


def test_relocation_grids_are_their_communities(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> None:
    sites = grids[grids["是否推定"] == "是"].to_crs(METRIC)
    moved = communities.to_crs(METRIC).set_index("代码").geometry
    assert len(sites) == 9
    for code, shape in zip(sites["社区代码"], sites.geometry, strict=True):
        assert shape.symmetric_difference(moved[code]).area < 5
        assert 0.5e6 < shape.area < 4e6


def test_footprints_stand_free(sample_dir: Path, footprints: gpd.GeoDataFrame) -> None:
    shapes = footprints.geometry.values
    assert shapely.is_valid(shapes).all()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (a == b).all(), "two footprints touch or overlap"
    river = layer(sample_dir, "楼栋街道.gpkg", "水系").to_crs(METRIC).union_all()
    streets = layer(sample_dir, "楼栋街道.gpkg", "街道").to_crs(METRIC).union_all()
    assert shapely.distance(shapes, river).min() > 5
    assert shapely.distance(shapes, streets).min() > 2


def test_a_building_lies_in_the_community_its_ledger_names(
    footprints: gpd.GeoDataFrame, grids: gpd.GeoDataFrame
) -> None:
    shapes, areas = footprints.geometry.values, grids.to_crs(METRIC)
    i, j = shapely.STRtree(areas.geometry.values).query(shapes, predicate="intersects")
    share = shapely.area(shapely.intersection(shapes[i], areas.geometry.values[j])) / shapely.area(shapes[i])
    held = np.zeros(len(shapes))
    np.maximum.at(held, i, share)
    main = share > 0.5
    assert (areas["社区代码"].to_numpy()[j[main]] == footprints["社区代码"].to_numpy()[i[main]]).all()
    assert (held == 0).sum() == 3, "three public buildings lie in no grid"
    assert set(footprints["用途"][held == 0]) == {"公建"}
    astride = (held > 0) & (held < 0.999)
    assert 5 <= astride.sum() <= 60
    assert held[astride].min() > 0.55, "no building is so evenly split that rounding could decide"


def test_the_river_runs_through_the_town(sample_dir: Path, grids: gpd.GeoDataFrame) -> None:
    waters = layer(sample_dir, "楼栋街道.gpkg", "水系").to_crs(METRIC).set_index("水系名称").geometry
    town = grids[grids["是否推定"] == "否"].to_crs(METRIC).union_all()
    assert waters["贡水河"].intersection(town).area > 100_000
    assert waters["贡水河"].length > 60_000
