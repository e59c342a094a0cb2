"""What the camera does to light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deltascribe.datasets.synthetic.painting.camera import frame, photograph
from deltascribe.datasets.synthetic.painting.grid import Grid
from deltascribe.datasets.synthetic.painting.look import Look

PLAIN = Look(haze=0.0, blur=0.0, noise=0.0, quality=None)
GRID = Grid(32, 48, 64, 48, 0.5)


def shot(look: Look, value: float = 100.0) -> np.ndarray:
    return photograph(np.full((*frame(GRID, look).shape, 3), value, np.float32), GRID, look)


def edge(look: Look) -> np.ndarray:
    """A bright right half from the grid's 21st column on."""
    wide = frame(GRID, look)
    light = np.full((*wide.shape, 3), 60.0, np.float32)
    light[:, GRID.column + 20 - wide.column :] = 160.0
    return photograph(light, GRID, look)


def test_a_plain_look_leaves_middle_tones_as_they_are() -> None:
    assert np.array_equal(shot(PLAIN), np.full((48, 64, 3), 100))


def test_exposure_haze_and_balance_act_as_said() -> None:
    assert shot(replace(PLAIN, exposure=1.3)).mean() == pytest.approx(130, abs=1)
    assert shot(replace(PLAIN, haze=0.5), 20).mean() > 90
    red, _, blue = shot(replace(PLAIN, balance=(1.1, 1.0, 0.9))).mean((0, 1))
    assert (red, blue) == pytest.approx((110, 90), abs=1)


def test_contrast_turns_about_the_middle() -> None:
    hard = replace(PLAIN, contrast=1.5)
    assert shot(hard, 150).mean() > 150
    assert shot(hard, 70).mean() < 70


def test_noise_is_as_strong_as_said_and_the_same_for_a_seed() -> None:
    noisy = shot(replace(PLAIN, noise=4.0))
    assert noisy.astype(float).std() == pytest.approx(4, rel=0.15)
    assert np.array_equal(noisy, shot(replace(PLAIN, noise=4.0)))
    assert not np.array_equal(noisy, shot(replace(PLAIN, noise=4.0, seed=1)))


@pytest.mark.parametrize("shift", [3, -2])
def test_a_shift_moves_what_is_seen(shift: int) -> None:
    moved = edge(replace(PLAIN, shift=(float(shift), 0.0)))
    expected = np.where(np.arange(64) < 20 + shift, 60, 160)
    assert np.array_equal(moved, np.broadcast_to(expected[None, :, None], moved.shape))


def test_blur_softens_edges_and_sharpening_overshoots() -> None:
    assert 70 < edge(replace(PLAIN, blur=1.0))[20, 20, 0] < 150
    assert edge(replace(PLAIN, sharpen=1.0))[20, 20, 0] > 165


def test_compression_begins_on_whole_blocks_of_the_world() -> None:
    look = replace(PLAIN, quality=40, blur=1.0)
    wide = frame(GRID, look)
    rim = 5
    assert (wide.column + rim) % 16 == 0
    assert (wide.row + rim) % 16 == 0
    assert edge(look).std() == pytest.approx(edge(replace(look, quality=None)).std(), rel=0.1)


def test_soft_colours_leave_brightness_sharp() -> None:
    wide = frame(GRID, replace(PLAIN, chroma=1.5))
    light = np.full((*wide.shape, 3), 90.0, np.float32)
    light[:, GRID.column + 20 - wide.column :] = (150.0, 90.0, 60.0)
    hard, soft = (
        photograph(light[rows, columns], GRID, look).astype(float)
        for look, (rows, columns) in ((PLAIN, wide.slices(frame(GRID, PLAIN))), (replace(PLAIN, chroma=1.5), np.s_[:, :]))
    )
    luma = np.array((0.299, 0.587, 0.114))
    assert np.abs(soft @ luma - hard @ luma).max() < 3
    redness = (soft[..., 0] - soft @ luma)[20]
    assert 3 < redness[19] < redness[20] < redness[40] - 3


def test_a_cast_adds_to_its_channels_alone() -> None:
    cast = shot(replace(PLAIN, cast=(-6.0, 0.0, 9.0))).mean((0, 1))
    assert cast == pytest.approx((94, 100, 109), abs=1)
