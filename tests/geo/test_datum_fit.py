"""The system of points is told from where the buildings of a tiny county are known to lie."""

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.crs import gcj02_to_bd09, wgs84_to_gcj02
from geo.datum_fit import NAMED, NEAREST, OUTLINE, System, fit_datums
from geo.errors import GeoError

COUNTY = shapely.box(109.40, 29.90, 109.44, 29.92)
LON = np.array([109.4033, 109.4052, 109.4137, 109.4151, 109.4357, 109.4214])
LAT = np.array([29.9031, 29.9052, 29.9034, 29.9057, 29.9053, 29.9148])
HOUSES = shapely.box(LON - 1e-4, LAT - 1e-4, LON + 1e-4, LAT + 1e-4)
DATUMS = ["CGCS2000", "GCJ-02", "BD-09", "EPSG:4545", "EPSG:4546", "EPSG:4524", "EPSG:4525"]


def written(datum: str, *, is_swapped: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The houses as a file of that system has them."""
    if datum == "GCJ-02":
        points = wgs84_to_gcj02(LON, LAT)
    elif datum == "BD-09":
        points = gcj02_to_bd09(*wgs84_to_gcj02(LON, LAT))
    elif datum.startswith("EPSG"):
        points = Transformer.from_crs("EPSG:4490", datum, always_xy=True).transform(LON, LAT)
    else:
        points = LON, LAT
    return points[::-1] if is_swapped else points


@pytest.mark.parametrize("is_swapped", [False, True])
@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("way", [NAMED, NEAREST])
def test_every_system_is_told(datum: str, is_swapped: bool, way: str) -> None:
    known = {"named": HOUSES} if way == NAMED else {"around": HOUSES}
    found = fit_datums(*written(datum, is_swapped=is_swapped), COUNTY, **known)
    assert found.way == way and found.best is not None
    assert found.best.system == System(datum, is_swapped)
    assert (found.best.points_count, found.best.inside_count) == (6, 6)
    assert found.best.median_m == 0.0
    if datum in ("CGCS2000", "GCJ-02") and way == NAMED:
        # One shift beside the other: 540 to 550 m from WGS-84 to GCJ-02, less half a house.
        assert found.runner_up is not None and 500 < found.runner_up.median_m < 560


@pytest.mark.parametrize("datum", DATUMS[3:])
def test_metres_are_told_by_the_county_alone(datum: str) -> None:
    found = fit_datums(*written(datum), COUNTY)
    assert found.way == OUTLINE and found.best is not None and found.best.system == System(datum)


def test_degrees_cannot_be_told_by_the_county_alone() -> None:
    found = fit_datums(*written("GCJ-02"), shapely.box(109, 29, 110, 31))
    assert found.best is None
    assert [fit.system for fit in found.alike] == [System("CGCS2000"), System("GCJ-02"), System("BD-09")]


def test_two_that_fit_alike_are_not_told_apart() -> None:
    # A house wherever either reading leads.
    east, north = wgs84_to_gcj02(LON, LAT)
    both = [*HOUSES, *shapely.box(east - 1e-4, north - 1e-4, east + 1e-4, north + 1e-4)]
    found = fit_datums(east, north, COUNTY, around=both)
    assert found.best is None
    assert {fit.system.datum for fit in found.alike} == {"CGCS2000", "GCJ-02"}


def test_points_of_elsewhere_fit_nothing() -> None:
    found = fit_datums([121.5], [31.2], COUNTY, around=HOUSES)
    assert found.best is None and found.alike == ()
    # Named after houses that lie kilometres away.
    found = fit_datums(LON, LAT, COUNTY, named=HOUSES[::-1])
    assert found.best is None and found.alike == ()


def test_points_that_are_missing_are_left_out() -> None:
    x, y = written("GCJ-02")
    found = fit_datums([*x, np.nan], [*y, 29.9], COUNTY, named=[*HOUSES, HOUSES[0]])
    assert found.best is not None and found.best.points_count == 6
    with pytest.raises(GeoError, match="没有坐标"):
        fit_datums([np.nan], [29.9], COUNTY)


def test_many_points_are_thinned() -> None:
    x, y = (np.tile(values, 1000) for values in written("BD-09"))
    found = fit_datums(x, y, COUNTY, named=np.tile(HOUSES, 1000))
    assert found.best is not None and found.best.system == System("BD-09") and found.best.points_count == 500
