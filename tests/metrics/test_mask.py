"""F1 and IoU of masks from counts, against direct computation."""

from __future__ import annotations

import pytest
import torch

from deltascribe.metrics.mask import MaskCounts


def direct(probability: torch.Tensor, changed: torch.Tensor, threshold: float) -> tuple[float, float, float, float]:
    found = probability >= threshold
    true, false, missed = int((found & changed).sum()), int((found & ~changed).sum()), int((~found & changed).sum())
    return 2 * true / (2 * true + false + missed), true / (true + false + missed), true / (true + false), true / (true + missed)


@pytest.fixture
def pixels() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    changed = torch.rand(40, 50, generator=generator) < 0.2
    probability = (0.3 * torch.rand(40, 50, generator=generator) + 0.5 * changed * torch.rand(40, 50, generator=generator)).clamp(0, 1)
    return probability, changed


@pytest.mark.parametrize("threshold", [0.001, 0.1, 0.25, 0.5])
def test_scores_are_those_of_a_direct_count(threshold: float, pixels: tuple[torch.Tensor, torch.Tensor]) -> None:
    counts = MaskCounts()
    for part in range(4):
        counts.add(pixels[0][part * 10 : (part + 1) * 10], pixels[1][part * 10 : (part + 1) * 10])
    scores = counts.at(threshold)
    assert (scores.f1, scores.iou, scores.precision, scores.recall) == pytest.approx(direct(*pixels, threshold))
    assert scores.threshold == threshold


def test_a_pixel_at_the_threshold_counts_as_changed() -> None:
    for value in range(1, 1001):
        counts = MaskCounts()
        counts.add(torch.tensor([value / 1000]), torch.tensor([True]))
        assert counts.at(value / 1000).recall == 1
        if value < 1000:
            assert counts.at((value + 1) / 1000).recall == 0


def test_the_best_threshold_has_the_best_f1(pixels: tuple[torch.Tensor, torch.Tensor]) -> None:
    counts = MaskCounts()
    counts.add(*pixels)
    best = counts.best()
    assert best.f1 == max(counts.at(step / 1000).f1 for step in range(1, 1001))
    assert best == counts.at(best.threshold)


def test_of_thresholds_that_are_as_good_the_middle_one_is_taken() -> None:
    counts = MaskCounts()
    counts.add(torch.tensor([0.2, 0.8]), torch.tensor([False, True]))
    assert counts.best().f1 == 1
    assert counts.best().threshold == pytest.approx(0.5, abs=0.01)


def test_nothing_changed_and_nothing_predicted_is_perfect_and_a_miss_is_zero() -> None:
    counts = MaskCounts()
    counts.add(torch.zeros(9), torch.zeros(9, dtype=torch.bool))
    assert (counts.at(0.5).f1, counts.at(0.5).iou) == (1, 1)
    assert counts.best().threshold == 0.5
    counts.add(torch.zeros(1), torch.ones(1, dtype=torch.bool))
    assert (counts.at(0.5).f1, counts.at(0.5).precision) == (0, 0)
