"""Bad geometry is shown and never dropped (H11), every event lies in one grid (H12), coordinates are told (H13)."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geo.assign import assign_points
from geo.checks import polygon_problems
from geo.crs import (
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    geodesic_m,
    metric_crs,
    points_to_store,
    wgs84_to_gcj02,
)
from geo.datum_fit import System, fit_datums
from geo.repair import propose_repair

WEST, SOUTH = 109.4, 29.9


def _ring(rng: np.random.Generator, size: float) -> np.ndarray:
    points = rng.random((rng.integers(3, 9), 2)).round(rng.integers(1, 4)) * size
    return np.repeat(points, rng.integers(1, 3), axis=0) * 0.01 + (WEST, SOUTH)


def drawn(count: int, seed: int) -> np.ndarray:
    """Polygons as careless hands draw them: corners in any order, some twice, with holes anywhere, parts, spikes."""
    rng = np.random.default_rng(seed)
    shapes = []
    for n in range(count):
        if n % 4 == 0:
            x, y, size = WEST + rng.random() * 0.01, SOUTH + rng.random() * 0.01, rng.random() * 1e-3 + 1e-5
            out = (x + size * (1 + rng.random()), y + size)
            corners = [(x, y), (x + size, y), (x + size, y + size), out, (x + size, y + size), (x, y + size)]
            shapes.append(shapely.Polygon(corners))
            continue
        holes = [_ring(rng, 0.5) for _ in range(rng.integers(0, 3))]
        more = (shapely.Polygon(_ring(rng, 1.0)) for _ in range(rng.integers(0, 2)))
        parts = [shapely.Polygon(_ring(rng, 1.0), holes), *more]
        shapes.append(shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0])
    return np.array(shapes, dtype=object)


def judged(count: int, seed: int) -> str:
    """Hold the verdicts against GEOS and propose a repair for each bad one; returns the figure."""
    shapes = drawn(count, seed)
    found = polygon_problems(gpd.GeoSeries(shapes))
    sound = shapely.is_valid(shapes) & (shapely.area(shapes) > 0)
    assert found["is_good"].to_numpy().tolist() == sound.tolist()
    assert found["reason_zh"].notna().to_numpy().tolist() == (~sound).tolist()
    bad = shapes[~sound]
    repairs = [propose_repair(shape, "CGCS2000") for shape in bad]
    close = [repair for repair in repairs if repair is not None and repair.is_close]
    for repair in close:
        assert shapely.is_valid(repair.shape) and abs(repair.after_m2 - repair.before_m2) <= 0.001 * repair.before_m2
    flagged = len(bad) - len(close)
    return (
        f"{count} shapes, {len(bad)} bad, every verdict as GEOS has it, 0 vanished; {len(close)} repairs within "
        f"0.1 % of the area, {flagged} flagged"
    )


def test_verdicts_are_those_of_geos_and_repairs_are_close_or_flagged() -> None:
    print(f"H11: {judged(400, 1)}")


@pytest.mark.soak
def test_very_many_bad_shapes() -> None:
    print(f"H11: {judged(20_000, 2)}")


def placed(count: int, seed: int) -> str:
    """Points on and beside the edges and corners of overlapping and holed grids: each in one grid or in none."""
    rng = np.random.default_rng(seed)
    places = rng.random((12, 3)).round(1) * 0.1 + (WEST, SOUTH, 0.01)
    boxes = [shapely.box(x, y, x + size, y + size) for x, y, size in places]
    boxes[0] = shapely.difference(boxes[0].buffer(0.02), shapely.box(WEST, SOUTH, WEST + 0.03, SOUTH + 0.03))
    grids = gpd.GeoDataFrame(
        {"grid_id": range(12), "grid_code": [f"{n:02}" for n in range(12)]}, geometry=boxes, crs="EPSG:4490"
    )
    corners = shapely.get_coordinates(np.array(boxes))
    points = np.concatenate([corners, rng.random((count, 2)).round(2) * 0.12 + (WEST, SOUTH)])
    found = assign_points(points[:, 0], points[:, 1], grids)
    inside = shapely.intersects(np.array(boxes)[:, None], shapely.points(points)[None, :])
    lowest = [int(np.flatnonzero(column)[0]) if column.any() else None for column in inside.T]
    assert [None if pd.isna(value) else int(value) for value in found] == lowest
    unplaced = lowest.count(None)
    assert sum(lowest.count(n) for n in range(12)) + unplaced == len(points)
    inside_one = len(points) - unplaced
    return f"{len(points)} points, {inside_one} in exactly one of 12 grids, {unplaced} in none, all as GEOS has it"


def test_every_point_is_in_one_grid_or_outside() -> None:
    print(f"H12: {placed(2000, 1)}")


def china(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(75, 134, count), rng.uniform(19, 53, count)


def _flat(code: str, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return Transformer.from_crs("EPSG:4490", code, always_xy=True).transform(lon, lat)


def there_and_back(count: int, seed: int) -> str:
    """Points all over China into each system and back; degrees and metres lost on the way."""
    lon, lat = china(count, seed)
    gcj = wgs84_to_gcj02(lon, lat)
    bd = gcj02_to_bd09(*gcj)
    bd_lost = max(np.abs(a - b).max() for a, b in zip(bd09_to_gcj02(*bd), gcj, strict=True))
    lost = {
        "GCJ-02": geodesic_m(lon, lat, *gcj02_to_wgs84(*gcj)).max(),
        "BD-09": geodesic_m(lon, lat, *points_to_store(*bd, "BD-09")).max(),
        "CGCS2000": geodesic_m(lon, lat, *points_to_store(lon, lat, "WGS-84")).max(),
    }
    flat = 0.0
    for numbered in (False, True):
        for n in range(0, count, max(1, count // 200)):
            code = int(metric_crs(lon[n]).removeprefix("EPSG:")) - (21 if numbered else 0)
            x, y = _flat(f"EPSG:{code}", lon[n], lat[n])
            back = points_to_store([x], [y], f"EPSG:{code}")
            flat = max(flat, geodesic_m([lon[n]], [lat[n]], *back).max())
    assert bd_lost <= 1e-6 and max(lost.values()) <= 0.5 and flat <= 0.001
    return (
        f"{count} points across China in 6 systems: GCJ-02 and BD-09 back within {bd_lost:.0e} degrees, to WGS-84 "
        f"within {max(lost.values()):.0e} m, zones with and without number within {flat:.0e} m"
    )


def told(count: int, seed: int) -> str:
    """Counties anywhere in China whose buildings are known: the system of their points is told."""
    rng = np.random.default_rng(seed)
    right = wrong = unsure = 0
    for _ in range(count):
        (lon,), (lat,) = china(1, int(rng.integers(1 << 30)))
        x, y = lon + rng.random(30) * 0.2, lat + rng.random(30) * 0.2
        gcj = wgs84_to_gcj02(x, y)
        zone = metric_crs(lon + 0.1)
        number = f"EPSG:{int(zone.removeprefix('EPSG:')) - 21}"
        forms = {
            "CGCS2000": (x, y), "GCJ-02": gcj, "BD-09": gcj02_to_bd09(*gcj),
            **{code: _flat(code, x, y) for code in (zone, number)},
        }  # fmt: skip
        houses = shapely.box(x - 5e-5, y - 5e-5, x + 5e-5, y + 5e-5)
        outline = shapely.box(lon - 0.1, lat - 0.1, lon + 0.3, lat + 0.3)
        for datum, points in forms.items():
            for is_swapped in (False, True):
                given = points[::-1] if is_swapped else points
                best = fit_datums(*given, outline, named=houses).best
                right += best is not None and best.system == System(datum, is_swapped)
                wrong += best is not None and best.system != System(datum, is_swapped)
                unsure += best is None
    assert wrong == 0
    return f"{right} of {right + unsure} files of {count} counties told right, {unsure} not told, {wrong} wrong"


def test_points_go_there_and_back_and_their_system_is_told() -> None:
    print(f"H13: {there_and_back(2000, 1)}; {told(5, 1)}")


@pytest.mark.soak
def test_very_many_points_go_there_and_back_and_their_system_is_told() -> None:
    print(f"H13: {there_and_back(200_000, 2)}; {told(100, 2)}")
