"""Validation of a detector: F1 and IoU over pooled pixels, and the threshold that F1 is best at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from deltascribe.datasets.base import ChangeDataset
from deltascribe.metrics.mask import MaskCounts
from deltascribe.models.detector import at_size, change_probability
from deltascribe.pair import scale_images
from deltascribe.training.detector.augment import Pixels
from deltascribe.training.detector.data import MaskPairs


class MaskValidation:
    """Scores a detector on whole pairs of held-out ground.

    Args:
        sources: data sets with their zooms; images are decoded once and kept as bytes. Where a zoom is not 1, pairs are resampled.
    """

    def __init__(self, sources: Sequence[tuple[ChangeDataset, float]]) -> None:
        pairs = MaskPairs(sources, memory_gb=0)
        self._pairs = [(pairs[index], pairs.zooms[index]) for index in range(len(pairs))]

    def __call__(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Percent F1, IoU, precision and recall at the best threshold, F1 at 0.5, and that threshold in 0..1."""
        counts = count_pixels(model, self._pairs, device)
        best = counts.best()
        scores = {"f1": best.f1, "iou": best.iou, "precision": best.precision, "recall": best.recall, "f1_at_half": counts.at(0.5).f1}
        return {**{name: 100 * value for name, value in scores.items()}, "threshold": best.threshold}


@torch.no_grad()
def count_pixels(model: nn.Module, pairs: Iterable[tuple[Pixels, float]], device: torch.device) -> MaskCounts:
    """Runs a detector over pairs with masks, one by one, and counts their pixels."""
    model.eval()
    counts = MaskCounts()
    for (pair, mask), zoom in pairs:
        counts.add(predict(model, pair.to(device), zoom), mask > 0)
    return counts


def predict(model: nn.Module, pair: Tensor, zoom: float = 1.0) -> Tensor:
    """Probability of change [H, W] for one pair [2, 3, H, W] of bytes that the model sees magnified by `zoom`."""
    height, width = pair.shape[-2:]
    images = scale_images(pair.float() / 255, round(height * zoom), round(width * zoom))
    logits = model(images[None]).mask_logits
    return change_probability(at_size(logits, height, width))[0, 0]
