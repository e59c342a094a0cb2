"""Validation with real captions and real metrics."""

from __future__ import annotations

from typing import Any

import torch

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.generation import describe
from deltascribe.metrics import CaptionScorer
from deltascribe.models import Batch
from deltascribe.text import Vocabulary
from deltascribe.training.config import TrainConfig


class Validation:
    """Scores a model on the validation split.

    Args:
        dataset: the split; its images are read once and kept.
        vocabulary: words.
        config: of the run.
    """

    def __init__(self, dataset: ChangeDataset, vocabulary: Vocabulary, config: TrainConfig) -> None:
        self.vocabulary, self.config = vocabulary, config
        samples = [dataset[index] for index in range(len(dataset))]
        self._pairs = torch.stack([(sample.pair * 255).round().byte() for sample in samples])
        changed = [is_changed(sample) for sample in samples]
        self._scorer = CaptionScorer([sample.captions for sample in samples], changed)

    def __call__(self, model: Any, device: torch.device) -> dict[str, float]:
        """Percent BLEU-4, ROUGE-L, CIDEr-D, changed-only CIDEr-D and both accuracies of the written sentences."""
        model.eval()
        captions: list[str] = []
        flags: list[bool] = []
        for pairs in torch.split(self._pairs, self.config.batch_size):
            batch = Batch(pair=(pairs.float() / 255).to(device))
            for description in describe(model, self.vocabulary, batch, beams=self.config.beams):
                captions.append(description.caption)
                flags.append(description.change_probability >= 0.5)
        table = self._scorer.score("val", captions, flags)
        parts = {entry.subset: entry.scores for entry in table.subsets}
        overall, changed = parts["all"], parts.get("changed", {})
        values = {
            "bleu_4": overall["bleu_4"],
            "rouge_l": overall["rouge_l"],
            "cider_d": overall["cider_d"],
            "changed_cider_d": changed.get("cider_d"),
            "change_accuracy": table.change_accuracy,
            "no_change_accuracy": table.no_change_accuracy,
        }
        return {name: 100 * (value or 0.0) for name, value in values.items()}
