"""Grids: windows and coordinates are two views of one thing."""

from __future__ import annotations

import random

import pytest

from deltascribe.errors import SceneError
from deltascribe.scenes.grid import Grid, intersection, reproject_bounds, reproject_points

pytest.importorskip("rasterio")

GRID = Grid("EPSG:32633", 500_000.0, 5_000_000.0, 0.5, 200, 100, 0.5)
STEPS = (0.5, 0.3, 1 / 3, 0.4672172353114968, 1.64, 10.0)


@pytest.mark.parametrize("step", STEPS)
def test_the_window_of_a_windows_bounds_is_the_window(step: float) -> None:
    draw = random.Random(str(step))
    grid = Grid("EPSG:32633", 123_456.789, 4_999_999.1, step, 50_000, 40_000, step)
    for _ in range(200):
        row, column = draw.randrange(grid.height), draw.randrange(grid.width)
        window = (row, column, draw.randint(1, grid.height - row), draw.randint(1, grid.width - column))
        assert grid.window_of(grid.window_bounds(window)) == window


def test_a_window_has_its_bounds_on_the_ground() -> None:
    assert GRID.window_bounds((10, 20, 30, 40)) == (500_010.0, 4_999_980.0, 500_030.0, 4_999_995.0)
    assert GRID.bounds == (500_000.0, 4_999_950.0, 500_100.0, 5_000_000.0)
    assert GRID.area == 100 * 50
    assert GRID.pixel_area == 0.25


def test_bounds_between_the_lines_get_all_the_pixels_that_they_touch() -> None:
    assert GRID.window_of((500_010.1, 4_999_989.9, 500_020.1, 4_999_994.9)) == (10, 20, 11, 21)


@pytest.mark.parametrize(
    ("bounds", "window"),
    [
        ((499_000.0, 4_000_000.0, 500_010.0, 6_000_000.0), (0, 0, 100, 20)),
        ((500_090.0, 4_999_990.0, 600_000.0, 4_999_995.0), (10, 180, 10, 20)),
    ],
)
def test_bounds_beyond_the_grid_are_cut(bounds: tuple[float, float, float, float], window: tuple[int, int, int, int]) -> None:
    assert GRID.window_of(bounds) == window


@pytest.mark.parametrize("offset", [(-300.0, 0.0), (300.0, 0.0), (0.0, 300.0), (0.0, -300.0)])
def test_bounds_outside_get_a_window_without_pixels_that_lies_in_the_grid(offset: tuple[float, float]) -> None:
    left, bottom, right, top = GRID.bounds
    row, column, height, width = GRID.window_of((left + offset[0], bottom + offset[1], right + offset[0], top + offset[1]))
    assert height * width == 0
    assert 0 <= row <= GRID.height
    assert 0 <= column <= GRID.width


def test_a_part_of_a_grid_lies_where_its_window_does() -> None:
    part = GRID.cropped((10, 20, 30, 40))
    assert part.bounds == GRID.window_bounds((10, 20, 30, 40))
    assert part.transform == (0.5, 0.0, 500_010.0, 0.0, -0.5, 4_999_995.0)
    assert part.window_bounds((1, 2, 3, 4)) == GRID.window_bounds((11, 22, 3, 4))


def test_bounds_in_another_system_enclose_the_place() -> None:
    west, south, east, north = reproject_bounds(GRID.bounds, GRID.crs, "EPSG:4326")
    assert west == pytest.approx(15, abs=1e-9)  # the middle meridian of zone 33
    assert (south, north) == pytest.approx((45.15303, 45.15348), abs=1e-5)
    back = reproject_bounds((west, south, east, north), "EPSG:4326", GRID.crs)
    assert back[0] <= GRID.bounds[0] + 1e-6
    assert back[1] <= GRID.bounds[1] + 1e-6
    assert back[2] >= GRID.bounds[2] - 1e-6
    assert back[3] >= GRID.bounds[3] - 1e-6


def test_half_a_pixel_beyond_a_pole_is_taken_for_the_pole() -> None:
    beyond = reproject_bounds((-180.0, -90.1, 180.0, -89.0), "EPSG:4326", "EPSG:3031")
    assert beyond == pytest.approx(reproject_bounds((-180.0, -90.0, 180.0, -89.0), "EPSG:4326", "EPSG:3031"))


@pytest.mark.parametrize("target", ['LOCAL_CS["site",UNIT["metre",1]]', "+proj=ortho +lat_0=-45 +lon_0=-165"])  # the far side of the Earth
def test_a_place_without_coordinates_in_a_system_is_named(target: str) -> None:
    with pytest.raises(SceneError, match=r"no coordinates in .*gdalinfo"):
        reproject_bounds(GRID.bounds, GRID.crs, target)
    with pytest.raises(SceneError, match=r"no coordinates in .*gdalinfo"):
        reproject_points([GRID.left], [GRID.top], GRID.crs, target)


def test_rectangles_that_only_touch_share_nothing() -> None:
    assert intersection((0, 0, 2, 2), (1, -1, 3, 1)) == (1, 0, 2, 1)
    assert intersection((0, 0, 2, 2), (2, 0, 3, 2)) is None
    assert intersection((0, 0, 2, 2), (0, 5, 2, 6)) is None
