"""What GEOS says of a tiling is what is said here, of whole and of spoilt ones; halves are simplified as the whole."""

import numpy as np
import pytest
import shapely
from shapely import Polygon, box

import geo.tiling
from geo.tiling import is_tiling, simplify_tiling
from tests.geo.test_assign_property import cells, triangles


def spoilt(rng: np.random.Generator, shapes):
    """The same shapes, often with one fault: a corner moved, a shape twice, one added, one grown, one turned."""
    shapes = shapes.copy()
    n, fault = rng.integers(len(shapes)), rng.integers(7)
    if fault == 0:
        points = shapely.get_coordinates(shapes[n])
        points[1] += rng.uniform(-0.5, 0.5, 2)
        shapes[n] = Polygon(points[:-1])
    elif fault == 1:
        shapes = np.append(shapes, shapes[n])
    elif fault == 2:
        shapes = np.append(shapes, [box(3, 3, *rng.integers(4, 7, 2))])
    elif fault == 3:
        shapes[n] = shapes[n].buffer(0.01)
    elif fault == 4:
        shapes[n] = shapely.reverse(shapes[n])
    elif fault == 5:
        shapes = np.delete(shapes, n)
    return shapes


@pytest.mark.parametrize("seed", range(4))
def test_as_geos_says(seed):
    rng = np.random.default_rng(seed)
    answers = []
    for _ in range(250):
        make = (cells, triangles)[rng.integers(2)]
        shapes = spoilt(rng, np.asarray(make(rng, int(rng.integers(2, 40))), dtype=object))
        if shapely.is_valid(shapes).all():
            answers.append(is_tiling(shapes))
            assert answers[-1] == shapely.coverage_is_valid(shapes), shapely.to_wkt(shapes)
    assert 0.2 < np.mean(answers) < 0.8


def test_an_area_within_another_and_one_in_its_hole():
    outer, inner = box(0, 0, 9, 9), box(3, 3, 6, 6)
    assert not is_tiling([outer, inner])
    assert is_tiling([outer - inner, inner, None, Polygon()])
    # The vertices of a shared line differ.
    assert not is_tiling([box(0, 0, 1, 2), box(1, 0, 2, 1), box(1, 1, 2, 2)])
    assert not is_tiling([Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])])


def wavy_squares(side: int):
    """side x side squares whose shared edges are waves of many vertices; a few squares are in two parts far apart."""
    along = np.linspace(0, 1, 21)
    wave = np.round(0.08 * np.sin(2 * np.pi * along), 6)

    def square(x: int, y: int) -> Polygon:
        south, north = (np.stack([x + along, y + k + wave], axis=1) for k in (0, 1))
        west, east = (np.stack([x + k + wave, y + along], axis=1) for k in (0, 1))
        return Polygon(np.round(np.concatenate([south[:-1], east[:-1], north[:0:-1], west[:0:-1]]), 6))

    shapes = np.array([square(x, y) for x in range(side) for y in range(side)])
    return np.append(shapes[1:-1], shapely.union(shapes[0], shapes[-1]))


def test_halves_are_simplified_as_the_whole():
    shapes = wavy_squares(34)
    assert is_tiling(shapes) and len(shapes) > geo.tiling._FEW
    light = simplify_tiling(shapes, 0.1)
    assert shapely.get_num_coordinates(light).sum() < shapely.get_num_coordinates(shapes).sum() / 3
    assert (light == shapely.coverage_simplify(shapes, 0.1)).all()


def test_halves_that_do_not_meet_are_done_again_as_a_whole(monkeypatch):
    shapes, whole = wavy_squares(34), shapely.coverage_simplify
    asked = []

    def otherwise(shapes, tolerance):
        asked.append(len(shapes))
        # The second half comes out otherwise than the first: their common line no longer fits.
        return whole(shapes, tolerance if len(asked) != 2 else 1e-9)

    monkeypatch.setattr(geo.tiling.shapely, "coverage_simplify", otherwise)
    light = simplify_tiling(shapes, 0.1)
    assert len(asked) == 3 and asked[2] == len(shapes)
    assert shapely.coverage_is_valid(light)
