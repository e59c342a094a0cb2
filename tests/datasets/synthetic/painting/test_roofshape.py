"""Roofs over footprints: closed forms for rectangles and corners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from shapely import Polygon

from deltascribe.datasets.synthetic.painting.light import Sun
from deltascribe.datasets.synthetic.painting.roofs import _cross_gables
from deltascribe.datasets.synthetic.painting.roofshape import rise, roof_shape
from deltascribe.datasets.synthetic.world import Building


def at(house: Building, *points: tuple[float, float]) -> np.ndarray:
    x, y = np.array(points, np.float32).T
    return rise(roof_shape(house), x, y)[0]


def test_a_hip_roof_rises_with_the_distance_from_the_nearest_wall(make_house: Callable[..., Building]) -> None:
    house = make_house(1, 0, 0, size=(20.0, 12.0))
    points = [(0, 0), (0, 5), (-9, 0), (8, 5), (-9.5, -5), (3, -4)]
    expected = [min(10 - abs(x), 6 - abs(y)) for x, y in points]
    assert at(house, *points) == pytest.approx(expected, abs=1e-4)


def test_a_turned_hip_roof_is_the_same_roof_turned(make_house: Callable[..., Building]) -> None:
    house = make_house(1, 0, 0, size=(20.0, 12.0), angle=0.7)
    cos, sin = np.cos(0.7), np.sin(0.7)
    points = [(u * cos - v * sin, u * sin + v * cos) for u, v in ((0, 0), (8, 1), (2, -5))]
    assert at(house, *points) == pytest.approx([6, 2, 1], abs=1e-3)


def test_a_gable_roof_rises_from_its_long_walls_alone(make_house: Callable[..., Building]) -> None:
    house = make_house(1, 0, 0, size=(20.0, 12.0), roof="gable")
    points = [(0, 0), (9.9, 0), (-9.9, 3), (5, -5)]
    assert at(house, *points) == pytest.approx([6 - abs(y) for _, y in points], abs=1e-4)
    assert len(roof_shape(house).length) == 2


def test_a_square_gable_still_has_two_gables(make_house: Callable[..., Building]) -> None:
    assert len(roof_shape(make_house(1, 0, 0, size=(12.0, 12.0), roof="gable")).length) == 2


def test_an_inner_corner_makes_a_valley(make_house: Callable[..., Building]) -> None:
    # an L: the corner at (0, 0) turns inward; the wings lie to its left and above it
    ell = Polygon([(-10, -10), (14, -10), (14, 0), (0, 0), (0, 16), (-10, 16)])
    house = replace(make_house(1, 0, 0), polygon=ell)
    # on the valley both planes are as high; beside it the higher of the two is seen
    assert at(house, (-2, -2)) == pytest.approx([2], abs=1e-4)
    assert at(house, (-1, -3)) == pytest.approx([3], abs=1e-4)
    assert at(house, (-3, -1)) == pytest.approx([3], abs=1e-4)
    assert at(house, (7, -5)) == pytest.approx([5], abs=1e-4)
    assert at(house, (-5, 8)) == pytest.approx([5], abs=1e-4)


def test_seams_lie_on_hips_and_ridges(make_house: Callable[..., Building]) -> None:
    shape = roof_shape(make_house(1, 0, 0, size=(20.0, 12.0)))
    x, y = np.array([[2, -8, 5], [0, -4, -4]], np.float32)
    seam = rise(shape, x, y)[2]
    assert seam[:2] == pytest.approx([0, 0], abs=1e-3)
    assert seam[2] > 1


def test_the_walk_of_the_outline_does_not_matter(make_house: Callable[..., Building]) -> None:
    house = make_house(1, 3, 4, size=(18.0, 10.0), angle=0.2)
    back = replace(house, polygon=Polygon(list(house.polygon.exterior.coords)[::-1]))
    points = [(3.0, 4.0), (5.0, 6.0), (-1.0, 4.0)]
    assert at(house, *points) == pytest.approx(at(back, *points), abs=1e-4)


def test_cross_gables_rise_above_the_roof_and_never_above_its_ridge(make_house: Callable[..., Building]) -> None:
    sun = Sun.at(180, 45)
    x, y = (axis.ravel().astype(np.float32) for axis in np.meshgrid(np.arange(-9.9, 10, 0.25), np.arange(-5.9, 6, 0.25)))
    with_gables = 0
    for seed in range(20):
        house = make_house(seed, 0, 0, size=(20.0, 12.0))
        run, plane, seam = rise(roof_shape(house), x, y)
        higher, planes, _, light = _cross_gables(house, sun, (x, y), (run, plane, seam, sun.on_slope(roof_shape(house).inward)))
        changed = higher > run
        with_gables += bool(changed.any())
        assert np.array_equal(higher[~changed], run[~changed])
        assert higher.max() <= run.max()
        assert ((planes >= 4) == changed).all()
        assert planes.max() < len(light)
    assert 8 < with_gables < 20
