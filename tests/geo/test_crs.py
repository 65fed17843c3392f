"""Coordinates against published vectors, control values and ground distances."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import crs
from geo.errors import GeoError

# place, WGS-84, GCJ-02, BD-09; several independent packages agree on these to the last digit printed.
VECTORS = [
    ("seat", (109.477220, 29.990280), (109.482101533, 29.987735986), (109.488643245, 29.993538356)),
    ("east of it", (109.500000, 29.880000), (109.504803599, 29.877386831), (109.511387779, 29.883067934)),
    ("SW corner", (109.196460, 29.552670), (109.201154710, 29.550040960), (109.207585527, 29.556373189)),
    ("NE corner", (109.931420, 30.218360), (109.936104440, 30.215592091), (109.942525690, 30.221806358)),
    ("Shanghai", (121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), (121.538015686, 31.181328607)),
    ("Shenzhen", (113.912316, 22.543847), (113.9171764808363, 22.540796131694766), (113.923684729, 22.546667438)),
    ("Beijing", (116.377817, 39.911954), (116.38404722455657, 39.91334545536069), (116.390454713, 39.919575551)),
]
WGS, GCJ, BD = (np.array([row[n] for row in VECTORS]).T for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("move", "source", "target"),
    [
        (crs.wgs84_to_gcj02, WGS, GCJ),
        (crs.gcj02_to_wgs84, GCJ, WGS),
        (crs.gcj02_to_bd09, GCJ, BD),
        (crs.bd09_to_gcj02, BD, GCJ),
    ],
)
def test_published_vectors(move, source, target):
    # The vectors are printed with nine decimals or more.
    np.testing.assert_allclose(move(*source), target, rtol=0, atol=1.5e-9)


def test_inverses_are_exact_over_the_whole_county():
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(109.1, 110.0, 60), np.linspace(29.5, 30.3, 60)))
    gcj = crs.wgs84_to_gcj02(lon, lat)
    np.testing.assert_allclose(crs.gcj02_to_wgs84(*gcj), (lon, lat), rtol=0, atol=1e-10)
    np.testing.assert_allclose(crs.bd09_to_gcj02(*crs.gcj02_to_bd09(*gcj)), gcj, rtol=0, atol=1e-10)


def test_offset_in_the_county_is_about_550_metres():
    (lon, lat), (x, y) = WGS[:, 0], GCJ[:, 0]
    east_m, north_m = (x - lon) * 111_320 * np.cos(np.radians(lat)), (y - lat) * 110_850
    assert 540 < np.hypot(east_m, north_m) < 550


@pytest.mark.parametrize("move", [crs.wgs84_to_gcj02, crs.gcj02_to_wgs84, crs.gcj02_to_bd09, crs.bd09_to_gcj02])
def test_outside_china_and_missing_points_stay(move):
    lon = np.array([-104.9903, 153.0251, -43.1729, np.nan, 109.5])
    lat = np.array([39.7392, -27.4698, -22.9068, 30.0, np.nan])
    x, y = move(lon, lat)
    np.testing.assert_array_equal(x, lon)
    np.testing.assert_array_equal(y, lat)


def test_one_point_and_lists_are_taken_and_input_is_left_alone():
    lon = np.array([109.47722])
    crs.gcj02_to_wgs84(lon, [29.99028])
    assert lon[0] == 109.47722
    assert crs.wgs84_to_gcj02(109.47722, 29.99028)[0] == pytest.approx(109.482101533, abs=1e-9)


@pytest.mark.parametrize(
    ("lon", "code"),
    [(109.477, "EPSG:4545"), (109.5, "EPSG:4546"), (110.2, "EPSG:4546"), (73.5, "EPSG:4534"), (135, "EPSG:4554")],
)
def test_metric_zone(lon, code):
    assert crs.metric_crs(lon) == code


@pytest.mark.parametrize("lon", [29.99, 136.5, float("nan")])
def test_metric_zone_of_a_point_that_cannot_be_in_china(lon):
    with pytest.raises(GeoError) as error:
        crs.metric_crs(lon)
    assert "73.5" in error.value.zh
    assert "73.5" in error.value.en


def test_metric_zone_of_a_county_across_a_border_is_that_of_its_middle():
    county = gpd.GeoSeries([shapely.box(109.18, 29.55, 109.93, 30.22)], crs=crs.STORE_CRS)
    assert crs.metric_crs_of(county) == "EPSG:4546"


def test_metric_zone_of_no_shapes():
    with pytest.raises(GeoError):
        crs.metric_crs_of(gpd.GeoSeries([], crs=crs.STORE_CRS))


@pytest.mark.parametrize(
    ("epsg", "east", "north"),
    [
        (4545, 642553.3114, 3319954.6114),
        (4546, 353049.5859, 3320012.1658),
        (4524, 36642553.3114, 3319954.6114),
        (4525, 37353049.5859, 3320012.1658),
    ],
)
def test_control_point_in_every_zone(epsg, east, north):
    layer = gpd.GeoDataFrame({"name": ["seat"]}, geometry=[shapely.Point(east, north, 12)], crs=epsg)
    stored = crs.to_store(layer)
    assert stored.crs.to_epsg() == 4490
    assert stored["name"].tolist() == ["seat"]
    point = stored.geometry.iloc[0]
    assert not point.has_z
    assert (point.x, point.y) == (pytest.approx(109.47722, abs=1e-8), pytest.approx(29.99028, abs=1e-8))
    assert layer.crs.to_epsg() == epsg
    lon, lat = crs.points_to_store([east], [north], f"EPSG:{epsg}")
    assert (lon[0], lat[0]) == (pytest.approx(109.47722, abs=1e-8), pytest.approx(29.99028, abs=1e-8))


def test_wgs84_layer_keeps_its_numbers():
    layer = gpd.GeoDataFrame(geometry=[shapely.Point(109.5, 30)], crs=4326)
    assert crs.to_store(layer).geometry.iloc[0].equals(shapely.Point(109.5, 30))


def test_layer_without_a_system_is_refused():
    with pytest.raises(GeoError, match="坐标系"):
        crs.to_store(gpd.GeoDataFrame(geometry=[shapely.Point(109.5, 30)]))


@pytest.mark.parametrize("datum", ["GCJ-02", "gcj02", " GCJ_02 "])
def test_points_of_a_stated_datum(datum):
    lon, lat = crs.points_to_store(GCJ[0], GCJ[1], datum)
    np.testing.assert_allclose((lon, lat), WGS, rtol=0, atol=1.5e-9)


def test_points_in_bd09_and_cgcs2000():
    np.testing.assert_allclose(crs.points_to_store(*BD, "BD-09"), WGS, rtol=0, atol=3e-9)
    np.testing.assert_array_equal(crs.points_to_store(*WGS, "CGCS2000"), WGS)


@pytest.mark.parametrize("datum", ["", "北京54", "EPSG:999999", "EPSG:x"])
def test_unknown_datum_is_refused(datum):
    with pytest.raises(GeoError) as error:
        crs.points_to_store([109.5], [30.0], datum)
    assert "GCJ-02" in error.value.zh
    assert "GCJ-02" in error.value.en


def test_geodesic_area():
    square = shapely.box(109.0, 30.0, 109.01, 30.01)
    # 0.01° of latitude is 1,108.6 m here and 0.01° of longitude 964.9 m.
    assert crs.geodesic_area_m2([square])[0] == pytest.approx(1_069_582, rel=2e-4)


def test_geodesic_area_takes_holes_off_and_adds_parts_whichever_way_rings_run():
    hole = shapely.box(109.002, 30.002, 109.004, 30.004)
    other = shapely.box(109.02, 30.0, 109.03, 30.01)
    ring = list(shapely.box(109.0, 30.0, 109.01, 30.01).exterior.coords)
    plain, inner, far = crs.geodesic_area_m2([shapely.Polygon(ring), hole, other])
    for shell in (ring, ring[::-1]):
        for gap in (list(hole.exterior.coords), list(hole.exterior.coords)[::-1]):
            with_hole = shapely.Polygon(shell, [gap])
            areas = crs.geodesic_area_m2([with_hole, shapely.MultiPolygon([with_hole, other])])
            assert areas == pytest.approx([plain - inner, plain - inner + far])


def test_geodesic_area_of_what_has_none():
    areas = crs.geodesic_area_m2([None, shapely.Point(109, 30), shapely.Polygon()])
    assert np.isnan(areas[0])
    assert areas[1:].tolist() == [0.0, 0.0]
    assert crs.geodesic_area_m2([]).tolist() == []


def test_a_system_that_leads_nowhere_is_refused():
    angle = 'UNIT["Deh",0.0],' * 3
    text = (
        f'GEOGCS["G",DATUM["D",SPHEROID["S",6378137.0,298.257]],PRIMEM["Greenwich",0.0],{angle}UNIT["Degree",0.0174]]'
    )
    with pytest.raises(GeoError, match="不认识的坐标系"):
        crs.shapes_to_store([shapely.Point(109, 30)], text)


def test_shapes_of_any_stated_system():
    point = shapely.Point(109.482101533, 29.987735986)
    (moved, nothing) = crs.shapes_to_store([point, None], "gcj 02")
    assert nothing is None and (moved.x, moved.y) == pytest.approx((109.477220, 29.990280), abs=1e-8)
    (flat,) = crs.shapes_to_store([shapely.Point(642553.3114, 3319954.6114)], "4545")
    assert (flat.x, flat.y) == pytest.approx((109.47722, 29.99028), abs=1e-8)
