"""Noise: seamless, the same in every window, and as strong as said."""

from __future__ import annotations

import numpy as np
import pytest

from deltascribe.datasets.synthetic.painting.grid import Grid
from deltascribe.datasets.synthetic.painting.noise import block, mix, mix_all, sample, tile, turned, uniform, uniform_all


@pytest.mark.parametrize("band", ["wide", "patch", "mottle", "grain"])
def test_tiles_have_unit_variance_and_no_seam(band: str) -> None:
    field = tile(band)  # type: ignore[arg-type]
    assert field.mean() == pytest.approx(0, abs=1e-3)
    assert field.std() == pytest.approx(1, abs=1e-3)
    inner, seam = np.diff(field, axis=0).std(), (field[0] - field[-1]).std()
    assert seam == pytest.approx(inner, rel=0.25)


@pytest.mark.parametrize("step", [0.25, 0.5, 0.8])
def test_a_cell_of_the_world_has_the_same_noise_in_every_grid(step: float) -> None:
    whole, part = Grid(-700, 300, 900, 60, step), Grid(-310, 318, 50, 30, step)
    where = whole.slices(part)
    assert np.array_equal(sample("mottle", whole, 5)[where], sample("mottle", part, 5))
    assert np.array_equal(turned("mottle", whole, 5, 0.7, 6.0, 0.8)[where], turned("mottle", part, 5, 0.7, 6.0, 0.8))


def test_noise_at_another_resolution_is_the_same_field() -> None:
    fine, coarse = sample("patch", Grid(0, 0, 200, 200, 0.5), 9), sample("patch", Grid(0, 0, 100, 100, 1.0), 9)
    assert np.corrcoef(fine.reshape(100, 2, 100, 2).mean((1, 3)).ravel(), coarse.ravel())[0, 1] > 0.95


def test_turned_noise_is_drawn_out_along_its_angle() -> None:
    field = turned("mottle", Grid(0, 0, 300, 300, 0.5), 3, 0.0, 8.0, 1.0)
    assert np.abs(np.diff(field, axis=0)).mean() > 3 * np.abs(np.diff(field, axis=1)).mean()


def test_blocks_repeat_for_ever() -> None:
    small = np.arange(12, dtype=np.float32).reshape(3, 4)[:, :3]
    cut = block(np.ascontiguousarray(small), Grid(-4, 2, 8, 7, 1.0), 1, 0)
    rows, columns = np.arange(2, 9) % 3, np.arange(-3, 5) % 3
    assert np.array_equal(cut, small[rows[:, None], columns])


def test_mixing_many_seeds_is_mixing_each() -> None:
    seeds = [0, 1, 2**31, 2**63, 2**64 - 1]
    assert mix_all(np.array(seeds, np.uint64), 7).tolist() == [mix(seed, 7) for seed in seeds]
    assert uniform_all(np.array(seeds, np.uint64), 3, -2, 5).tolist() == [uniform(seed, 3, -2, 5) for seed in seeds]


def test_draws_are_uniform_and_do_not_hang_together() -> None:
    first, second = (np.array([uniform(seed, purpose) for seed in range(4000)]) for purpose in (1, 2))
    assert first.mean() == pytest.approx(0.5, abs=0.02)
    assert first.var() == pytest.approx(1 / 12, rel=0.05)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.05
