"""A repair is proposed with its areas; what it would change is told, and nothing is dropped."""

import pytest
import shapely

from geo.repair import propose_repair

X, Y, STEP = 109.4, 29.9, 0.01


def ring(*corners: tuple[float, float]) -> list[tuple[float, float]]:
    return [(X + x * STEP, Y + y * STEP) for x, y in corners]


SQUARE = ring((0, 0), (1, 0), (1, 1), (0, 1))
SPIKE = ring((0, 0), (1, 0), (1, 1), (3, 3), (1, 1), (0, 1))
BOWTIE = ring((0, 0), (1, 1), (1, 0), (0, 1))
TOUCHING = ring((0, 0), (2, 0), (2, 2), (1, 0), (0, 2))
HOLE = ring((0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4))
OUTSIDE = ring((2, 2), (2.2, 2), (2.2, 2.2))


@pytest.mark.parametrize("shape", [SPIKE, TOUCHING], ids=["spike", "touching itself"])
def test_a_fault_without_an_area_is_close(shape: list[tuple[float, float]]) -> None:
    repair = propose_repair(shapely.Polygon(shape), "EPSG:4490")
    assert repair is not None and repair.is_close and shapely.is_valid(repair.shape)
    assert repair.after_m2 == pytest.approx(repair.before_m2, rel=1e-4)


def test_a_repair_that_means_another_area_is_flagged() -> None:
    bowtie = propose_repair(shapely.Polygon(BOWTIE), "EPSG:4490")
    assert bowtie is not None and not bowtie.is_close and bowtie.after_m2 > 500_000
    nested = shapely.MultiPolygon([shapely.Polygon(SQUARE), shapely.Polygon(HOLE)])
    repair = propose_repair(nested, "EPSG:4490")
    assert repair is not None and not repair.is_close and repair.after_m2 < repair.before_m2


def test_holes_and_parts_stay() -> None:
    whole = shapely.MultiPolygon([shapely.Polygon(SPIKE, [HOLE]), shapely.Polygon(OUTSIDE)])
    repair = propose_repair(whole, "EPSG:4490")
    assert repair is not None and repair.is_close
    assert shapely.get_num_geometries(repair.shape) == 2
    assert sum(len(part.interiors) for part in repair.shape.geoms) == 1


def test_areas_are_told_in_any_system_and_not_without_one() -> None:
    moved = shapely.transform(shapely.Polygon(SPIKE), lambda x, y: ((x - 109) * 1e5, y * 1e5), interleaved=False)
    repair = propose_repair(moved, "EPSG:4546")
    assert repair is not None and repair.before_m2 == pytest.approx(1e6, rel=1e-2)
    assert propose_repair(moved, "") is None


@pytest.mark.parametrize("shape", [None, shapely.Point(X, Y), shapely.LineString(SQUARE), shapely.Polygon()])
def test_what_is_no_area_has_no_repair(shape: object) -> None:
    assert propose_repair(shape, "EPSG:4490") is None


def test_holes_larger_than_their_outline_are_never_close() -> None:
    wide = shapely.Polygon(HOLE, [SQUARE])
    repair = propose_repair(wide, "EPSG:4490")
    assert repair is not None and repair.before_m2 < 0 and not repair.is_close


def test_a_tangle_beyond_repair_has_no_proposal() -> None:
    one = ring((0.4, 0.4), (0.8, 0.9), (0.3, 0.4), (0.4, 0.2), (0.2, 0.3), (0.7, 0.8))
    other = ring(*(corner for corner in ((0.91, 0.4), (0.86, 0.36), (0.16, 0.68), (0.93, 0.04)) for _ in (0, 1)))
    assert propose_repair(shapely.MultiPolygon([shapely.Polygon(one), shapely.Polygon(other)]), "EPSG:4490") is None
