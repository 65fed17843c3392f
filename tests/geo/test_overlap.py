"""Areas in common: by hand, and beside GEOS on drawn shapes with holes and parts."""

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from geo.overlap import overlap_areas, strips_of

HOLED = Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 3, 3).exterior])


def overlap(one, other):
    at = np.array([0])
    return float(overlap_areas(strips_of(np.array([one])), at, strips_of(np.array([other])), at)[0])


@pytest.mark.parametrize(
    ("one", "other", "area"),
    [
        (box(0, 0, 2, 2), box(1, 1, 3, 3), 1),
        (box(0, 0, 2, 2), box(2, 0, 3, 2), 0),  # side by side
        (box(0, 0, 2, 2), box(0, 2, 2, 3), 0),  # one above the other
        (box(0, 0, 2, 2), box(5, 5, 6, 6), 0),
        (box(0, 0, 4, 4), box(1, 1, 2, 2), 1),
        (HOLED, box(1, 1, 3, 3), 0),
        (HOLED, box(0, 0, 4, 4), 12),
        (HOLED, box(0.5, 1.5, 3.5, 2.5), 1),
        (MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)]), box(0.5, 0, 2.5, 1), 1),
        (Polygon([(0, 0), (4, 4), (4, 0)]), box(1, 1, 3, 3), 2),  # the edge crosses the box from corner to corner
        (Polygon([(0, 0), (4, 0), (4, 4)][::-1]), box(1, 1, 3, 3), 2),  # the ring the other way round
        (box(0, 0, 2, 2), Polygon(), 0),
        (box(0, 0, 2, 2), shapely.Point(1, 1), 0),
        (None, box(0, 0, 1, 1), 0),
    ],
)
def test_by_hand(one, other, area):
    assert overlap(one, other) == pytest.approx(area, abs=1e-12)


def test_as_geos_at_real_coordinates():
    rng = np.random.default_rng(3)
    discs = shapely.buffer(
        shapely.points(rng.uniform([109, 30], [117, 38], (60, 2))), rng.uniform(0.4, 3, 60), quad_segs=4
    )
    holed = shapely.difference(discs, shapely.buffer(discs, -0.3))
    large = np.concatenate(
        [discs, holed, shapely.union(holed, shapely.transform(discs, lambda at: at + np.array([7, 1])))]
    )
    small = shapely.transform(large, lambda at: at * 0.3 + np.array([79, 21]))
    one, other = (pairs.ravel() for pairs in np.meshgrid(np.arange(180), np.arange(0, 180, 9)))
    found = overlap_areas(strips_of(large), one, strips_of(small), other)
    expected = shapely.area(shapely.intersection(large[one], small[other]))
    assert expected.max() > 1
    np.testing.assert_allclose(found, expected, atol=1e-12)
