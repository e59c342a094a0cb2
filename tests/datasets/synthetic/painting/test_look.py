"""Looks of two dates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deltascribe.datasets.synthetic.painting import draw_looks


def test_the_same_seed_gives_the_same_looks() -> None:
    assert draw_looks(np.random.SeedSequence(4)) == draw_looks(np.random.SeedSequence(4))
    assert draw_looks(np.random.default_rng(4)) != draw_looks(np.random.default_rng(5))


def test_without_strength_only_the_noise_differs() -> None:
    first, second = draw_looks(np.random.default_rng(1), strength=0.0)
    assert first.seed != second.seed
    assert replace(first, seed=0) == pytest.approx(replace(second, seed=0))
    assert first.shift == (0.0, 0.0)


def test_strength_widens_the_gap_between_the_dates() -> None:
    gaps = []
    for strength in (0.3, 1.0, 1.6):
        pairs = [draw_looks(np.random.default_rng(seed), strength=strength) for seed in range(60)]
        gaps.append(np.mean([abs(a.exposure - b.exposure) + abs(a.season - b.season) for a, b in pairs]))
    assert gaps[0] < 0.5 * gaps[1] < gaps[1] < gaps[2]


def test_looks_stay_within_their_ranges_and_the_first_date_is_mostly_brighter() -> None:
    pairs = [draw_looks(np.random.default_rng(seed), strength=1.5) for seed in range(200)]
    for look in (look for pair in pairs for look in pair):
        assert 15 <= look.sun_elevation <= 80
        assert 0 <= look.season <= 1
        assert 0 <= look.haze < 1
        assert look.quality is None or 1 <= look.quality <= 100
        assert min(look.blur, look.noise, look.sharpen, look.resample) >= 0
    assert np.mean([first.exposure > second.exposure for first, second in pairs]) > 0.6
