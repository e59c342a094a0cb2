"""Validation scores are those of the pooled pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from deltascribe.datasets.change_detection import open_masks
from deltascribe.models.detector import DetectorOutput
from deltascribe.training.detector.validation import MaskValidation


class Brightness(nn.Module):
    """A stand-in that takes for change what is bright in the after image."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, ...]] = []

    def forward(self, pair: Tensor) -> DetectorOutput:
        self.sizes.append(tuple(pair.shape[-2:]))
        logits = 20 * (pair[:, 1, :1] - 0.7)
        return DetectorOutput(logits, [], logits.sigmoid())


def test_a_perfect_mask_scores_one_hundred_at_any_resolution(masks: Path) -> None:
    dataset, model = open_masks(masks, "val"), Brightness()
    scores = MaskValidation([(dataset, 1.0)])(model, torch.device("cpu"))
    assert set(scores) == {"f1", "iou", "precision", "recall", "f1_at_half", "threshold"}
    assert (scores["f1"], scores["iou"], scores["f1_at_half"]) == (100, 100, 100)
    assert 0 < scores["threshold"] < 1
    assert MaskValidation([(dataset, 2.0)])(model, torch.device("cpu"))["f1"] == pytest.approx(100, abs=3)
    assert model.sizes == [(64, 64), (64, 64), (128, 128), (128, 128)]
