"""F1 and IoU of change masks, over pooled pixels, at every threshold at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BINS = 1000


@dataclass(frozen=True)
class MaskScores:
    """Scores of the changed pixels at one threshold, each in 0..1.

    Attributes:
        threshold: a pixel counts as changed from this probability on.
        f1, iou, precision, recall: over the pixels of all pairs together.
    """

    threshold: float
    f1: float
    iou: float
    precision: float
    recall: float


class MaskCounts:
    """Counts of changed and unchanged pixels by predicted probability, in steps of 1/1000, from which any threshold's scores follow."""

    def __init__(self) -> None:
        self._counts = torch.zeros(2, BINS + 1, dtype=torch.long)

    def add(self, probability: Tensor, changed: Tensor) -> None:
        """Takes in pixels.

        Args:
            probability: of change, any shape, in 0..1.
            changed: whether they did, the same shape, boolean.
        """
        # 32 bits hold 0.7 as slightly less; a threshold of 0.7 must include it
        bins = (probability.detach().double().cpu() * BINS + 1e-4).floor().long().clamp(0, BINS).flatten()
        truth = changed.cpu().flatten()
        for row, chosen in enumerate((bins[~truth], bins[truth])):
            self._counts[row] += torch.bincount(chosen, minlength=BINS + 1)

    def at(self, threshold: float) -> MaskScores:
        """Scores at a threshold, rounded to thousandths. Where nothing changed and nothing was predicted, they are 1."""
        first = min(max(round(threshold * BINS), 0), BINS)
        false, true = (int(row[first:].sum()) for row in self._counts)
        return _scores(first / BINS, true, false, int(self._counts[1].sum()) - true)

    def best(self) -> MaskScores:
        """Scores at the threshold above 0 with the best F1; 0.5 where all are the same."""
        false, true = (row.flip(0).cumsum(0).flip(0)[1:].double() for row in self._counts)
        f1 = 2 * true / (true + false + self._counts[1].sum()).clamp(min=1)
        if bool((f1 == f1[0]).all()):
            return self.at(0.5)
        # of a flat top take the middle
        top = (f1 == f1.max()).nonzero().flatten()
        return self.at((int(top[len(top) // 2]) + 1) / BINS)


def _scores(threshold: float, true: int, false: int, missed: int) -> MaskScores:
    if true + false + missed == 0:
        return MaskScores(threshold, 1.0, 1.0, 1.0, 1.0)
    precision = true / (true + false) if true + false else 0.0
    recall = true / (true + missed) if true + missed else 0.0
    return MaskScores(threshold, 2 * true / (2 * true + false + missed), true / (true + false + missed), precision, recall)
