"""Changed areas as polygons, whatever blocks they are cut into."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltascribe.scenes.mosaic import UNKNOWN
from deltascribe.scenes.polygons import Patch, changed_patches

from .small import write_raster

shapely = pytest.importorskip("shapely")
ndimage = pytest.importorskip("scipy.ndimage")

SIDE = 16
"""Of the blocks here; the fields are larger, so that many areas are cut."""


def patches_of(folder: Path, percent: Any, threshold: float = 0.5, least: float = 0, side: int = SIDE) -> list[Patch]:
    path = write_raster(folder / "percent.tif", np.asarray(percent, np.uint8)[None], nodata=UNKNOWN)
    return sorted(changed_patches(path, threshold, least, side), key=attrgetter("place"))


def field(*boxes: tuple[int, int, int, int], shape: tuple[int, int] = (60, 80), inside: int = 90, outside: int = 10) -> Any:
    """Percent [h, w], high in boxes of (row, column, height, width)."""
    percent = np.full(shape, outside, np.uint8)
    for row, column, height, width in boxes:
        percent[row : row + height, column : column + width] = inside
    return percent


def smooth_field(seed: int, sigma: float) -> Any:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((90, 130)), sigma)
    percent = np.clip(50 + 25 * noise / noise.std(), 0, 100).round().astype(np.uint8)
    percent[np.random.default_rng(seed + 1).random(percent.shape) < 0.02] = UNKNOWN
    return percent


@pytest.mark.parametrize("side", [7, 16, 1024])
def test_a_rectangle_keeps_its_edges_across_blocks(tmp_path: Path, side: int) -> None:
    (patch,) = patches_of(tmp_path, field((5, 10, 30, 50)), side=side)
    assert patch.polygon.equals(shapely.box(10, 5, 60, 35))
    assert len(patch.polygon.exterior.coords) == 5
    assert (patch.pixels, patch.polygon.area, patch.probability) == (1500, 1500, 0.9)


@pytest.mark.parametrize("side", [7, 16, 1024])
def test_a_hole_stays_a_hole(tmp_path: Path, side: int) -> None:
    percent = field((4, 4, 40, 40))
    percent[12:36, 20:30] = 10
    (patch,) = patches_of(tmp_path, percent, side=side)
    assert patch.polygon.equals(shapely.box(4, 4, 44, 44) - shapely.box(20, 12, 30, 36))
    assert len(patch.polygon.interiors) == 1
    assert patch.pixels == patch.polygon.area == 40 * 40 - 24 * 10


def test_an_area_within_the_hole_of_another_is_its_own(tmp_path: Path) -> None:
    percent = field((4, 4, 40, 40))
    percent[8:40, 8:40] = 10
    percent[20:30, 20:30] = 70
    ring, core = patches_of(tmp_path, percent)
    assert (ring.pixels, core.pixels) == (40 * 40 - 32 * 32, 100)
    assert core.polygon.equals(shapely.box(20, 20, 30, 30))
    assert (ring.probability, core.probability) == (0.9, 0.7)


def test_an_l_across_four_blocks_is_one_area(tmp_path: Path) -> None:
    (patch,) = patches_of(tmp_path, field((10, 12, 30, 3), (37, 12, 3, 40)))
    assert patch.polygon.equals(shapely.box(12, 10, 15, 40) | shapely.box(12, 37, 52, 40))
    assert patch.pixels == 3 * 30 + 3 * 37


@pytest.mark.parametrize("corner", [(20, 20), (SIDE, SIDE), (2 * SIDE, SIDE)])
def test_areas_that_touch_at_a_corner_stay_apart(tmp_path: Path, corner: tuple[int, int]) -> None:
    row, column = corner
    first, second = patches_of(tmp_path, field((row - 6, column - 6, 6, 6), (row, column, 5, 5)))
    assert (first.pixels, second.pixels) == (36, 25)
    assert first.polygon.touches(second.polygon)


def test_areas_side_by_side_at_a_border_of_blocks_are_one(tmp_path: Path) -> None:
    percent = field((3, SIDE - 4, 5, 4), inside=60)
    percent[5:12, SIDE : SIDE + 6] = 80
    (patch,) = patches_of(tmp_path, percent)
    assert patch.pixels == 20 + 42
    assert patch.probability == round((20 * 0.6 + 42 * 0.8) / 62, 4)


@pytest.mark.parametrize("sigma", [0.6, 1.2, 3.0])
@pytest.mark.parametrize("seed", range(4))
def test_areas_of_random_fields_are_the_connected_components_and_no_block_shows(tmp_path: Path, seed: int, sigma: float) -> None:
    percent = smooth_field(seed, sigma)
    whole = patches_of(tmp_path, percent, side=1024)
    labels, count = ndimage.label((percent >= 50) & (percent != UNKNOWN))
    assert count >= 10
    wanted = []
    for number in range(1, count + 1):
        values = percent[labels == number]
        wanted.append((int(values.size), round(float(values.mean()) / 100, 4)))
    assert sorted((patch.pixels, patch.probability) for patch in whole) == sorted(wanted)
    assert all(patch.polygon.is_valid and patch.polygon.geom_type == "Polygon" for patch in whole)
    assert [patch.polygon.area for patch in whole] == [patch.pixels for patch in whole]
    for side in (SIDE, 33):
        found = patches_of(tmp_path, percent, side=side)
        assert [(patch.pixels, patch.probability) for patch in found] == [(patch.pixels, patch.probability) for patch in whole]
        assert all(one.polygon.equals(other.polygon) for one, other in zip(found, whole, strict=True))
        assert [patch.polygon.wkb for patch in found] == [patch.polygon.wkb for patch in whole]


def test_a_chequerboard_is_all_single_pixels(tmp_path: Path) -> None:
    percent = np.where(np.indices((20, 40)).sum(0) % 2, 90, 10)
    found = patches_of(tmp_path, percent)
    assert len(found) == 400
    assert {patch.pixels for patch in found} == {1}


def test_areas_come_from_the_upper_left_and_small_ones_are_left_out(tmp_path: Path) -> None:
    boxes = ((30, 5, 3, 3), (2, 60, 4, 4), (2, 3, 2, 2), (40, 40, 10, 10))
    found = patches_of(tmp_path, field(*boxes))
    assert [patch.pixels for patch in found] == [4, 16, 9, 100]
    assert [patch.pixels for patch in patches_of(tmp_path, field(*boxes), least=9)] == [16, 9, 100]


def test_the_threshold_itself_counts_and_the_unknown_never(tmp_path: Path) -> None:
    percent = field((5, 5, 4, 4), inside=55)
    percent[20:40, 20:40] = UNKNOWN
    percent[50:52, 50:52] = 54
    assert [patch.pixels for patch in patches_of(tmp_path, percent, threshold=0.55)] == [16]
    assert patches_of(tmp_path, percent, threshold=0.56) == []
