"""Sun and shadows against closed forms and a plain ray march."""

from __future__ import annotations

import numpy as np
import pytest

from deltascribe.datasets.synthetic.painting.light import GAMMA, Sun, crown_light, lit, openness

STEP = 0.25


def marched(height: np.ndarray, sun: Sun) -> np.ndarray:
    """Whether each cell lies in shade, by walking towards the sun in steps of a quarter cell."""
    rows, columns = np.mgrid[0 : height.shape[0], 0 : height.shape[1]]
    shade = np.zeros(height.shape, bool)
    for distance in np.arange(0.25, 80, 0.25):
        row, column = np.round(rows + distance * sun.y).astype(int), np.round(columns + distance * sun.x).astype(int)
        inside = (row >= 0) & (row < height.shape[0]) & (column >= 0) & (column < height.shape[1])
        seen = height[np.clip(row, 0, height.shape[0] - 1), np.clip(column, 0, height.shape[1] - 1)] - distance * STEP * sun.tangent
        shade |= inside & (seen > height + 0.5)
    return shade


@pytest.mark.parametrize("elevation", [30.0, 45.0, 60.0])
def test_a_shadow_is_as_long_as_geometry_says(elevation: float) -> None:
    height = np.zeros((200, 100), np.float32)
    height[120:140, 40:60] = 6.0
    dark = lit(height, Sun.at(180, elevation), STEP, 6.0) < 0.5
    rows, columns = np.nonzero(dark)
    assert rows.max() < 121
    assert (120 - rows.min()) * STEP == pytest.approx(6 / np.tan(np.radians(elevation)), abs=1.0)
    assert columns.min() >= 38
    assert columns.max() <= 61


@pytest.mark.parametrize("azimuth", [10.0, 77.0, 160.0, 215.0, 300.0])
def test_the_doubled_dilation_agrees_with_a_ray_march(azimuth: float) -> None:
    rng = np.random.default_rng(int(azimuth))
    height = np.zeros((240, 240), np.float32)
    for _ in range(8):
        row, column = rng.integers(70, 160, 2)
        height[row : row + rng.integers(8, 24), column : column + rng.integers(8, 24)] = rng.uniform(3, 9)
    sun = Sun.at(azimuth, 42.0)
    dark, expected = lit(height, sun, STEP, 9.0) < 0.5, marched(height, sun)
    assert expected.sum() > 500
    assert (dark != expected).sum() < 0.16 * expected.sum()


def test_level_ground_is_lit_and_so_is_the_top_of_what_stands() -> None:
    height = np.zeros((80, 80), np.float32)
    height[30:50, 30:50] = 4.0
    share = lit(height, Sun.at(135, 50), STEP, 4.0)
    assert share[70, 70] == pytest.approx(1)
    assert share[40, 40] == pytest.approx(1)


def test_slopes_get_light_as_lambert_says_with_a_gamma() -> None:
    sun = Sun.at(180, 45)
    level, towards, away = sun.on_slope(np.array([[0, 0], [0, 1.0], [0, -0.5]]))
    assert level == pytest.approx(1)
    # a slope of 45 degrees that faces a sun at 45 degrees gets 1 / sin 45 of what level ground gets
    assert towards == pytest.approx(np.sqrt(2) ** GAMMA, rel=1e-3)
    assert away == pytest.approx((0.5 / np.sqrt(1.25)) ** GAMMA, rel=1e-3)


def test_crowns_are_bright_towards_the_sun() -> None:
    y, x = np.mgrid[-20:21, -20:21] * STEP
    dome = np.sqrt(np.clip(25 - x**2 - y**2, 0, None)).astype(np.float32)
    light = crown_light(dome, Sun.at(90, 45), STEP)
    assert light[20, 34] > 1.1
    assert light[20, 6] < 0.9


def test_gaps_between_high_things_see_less_sky() -> None:
    height = np.full((60, 60), 8.0, np.float32)
    height[28:32, 28:32] = 0
    seen = openness(height, 5)
    assert seen[30, 30] < 0.7
    assert seen[5, 5] == pytest.approx(1)
