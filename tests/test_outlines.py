"""Tests of deltascribe.outlines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from deltascribe.outlines import Ring, outline_areas

features = pytest.importorskip("rasterio.features")


def enclosed(ring: Ring) -> float:
    """Area of a ring by the shoelace formula."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))) / 2


def test_areas_of_a_random_map_are_those_of_a_labelling_with_their_sums() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    generator = np.random.default_rng(0)
    classes = generator.choice(3, (60, 45), p=[0.5, 0.3, 0.2]).astype(np.uint8)
    weights = generator.random((60, 45), np.float32)
    areas = list(outline_areas(classes, weights))
    expected = []
    for value in (1, 2):
        labels, count = ndimage.label(classes == value)  # neighbours by edges, as here
        numbers = range(1, count + 1)
        sums, sizes = ndimage.sum(weights, labels, numbers), ndimage.sum(classes == value, labels, numbers)
        expected += [(value, int(size), round(float(total), 3)) for total, size in zip(sums, sizes, strict=True)]
    assert sorted((area.value, area.pixels, round(area.total, 3)) for area in areas) == sorted(expected)
    for area in areas:
        assert area.pixels == enclosed(area.rings[0]) - sum(map(enclosed, area.rings[1:]))
    drawn = features.rasterize((({"type": "Polygon", "coordinates": area.rings}, area.value) for area in areas), classes.shape)
    assert np.array_equal(drawn, classes)


def test_an_area_within_a_hole_is_its_own() -> None:
    classes = np.zeros((9, 9), np.uint8)
    classes[1:8, 1:8] = 1
    classes[3:6, 3:6] = 0
    classes[4, 4] = 1
    areas = sorted(outline_areas(classes, classes * np.uint8(100)), key=lambda area: area.pixels)
    assert [(area.pixels, area.total, len(area.rings)) for area in areas] == [(1, 100.0, 1), (40, 4000.0, 2)]


def test_nothing_changed_has_no_area() -> None:
    assert list(outline_areas(np.zeros((4, 5), np.uint8), np.ones((4, 5)))) == []
