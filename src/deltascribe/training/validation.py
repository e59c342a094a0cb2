"""Validation with real captions and real metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.generation import Calibration, describe
from deltascribe.metrics import CaptionScorer
from deltascribe.models import Batch
from deltascribe.text import Vocabulary
from deltascribe.training.calibrating import calibration_of
from deltascribe.training.config import TrainConfig

MOST_FEATURES = 1 << 30
"""Bytes that a validation may keep of what the frozen part gives."""


class Validation:
    """Scores a model on the validation split.

    What the model's frozen part makes of the pairs is worked out once and kept, where that is no more than `MOST_FEATURES`; the memory of
    all pairs is held while they are scored (0.2 MB a pair for 16x16 tokens of width 192). The change
    flag is calibrated before it decides: training pairs are others, and more or fewer of them changed.

    Args:
        dataset: the split; its images are read once and kept.
        vocabulary: words.
        config: of the run.

    Attributes:
        calibration: of the change flag of the model that was scored last; None before, and where it can't be fitted (`calibration_of`).
    """

    def __init__(self, dataset: ChangeDataset, vocabulary: Vocabulary, config: TrainConfig) -> None:
        self.vocabulary, self.config = vocabulary, config
        samples = [dataset[index] for index in range(len(dataset))]
        self._pairs = torch.stack([(sample.pair * 255).round().byte() for sample in samples])
        changed = [is_changed(sample) for sample in samples]
        self.calibration: Calibration | None = None
        self._flags = changed
        self._features: list[list[Tensor]] | None = None
        self._scorer = CaptionScorer([sample.captions for sample in samples], changed)

    def __call__(self, model: Any, device: torch.device) -> dict[str, float]:
        """Percent BLEU-4, ROUGE-L, CIDEr-D, changed-only CIDEr-D and both accuracies of the written sentences.

        Args:
            model: the same at each call but for what is trained.
            device: where it is.
        """
        model.eval()
        with torch.inference_mode():
            memories = [model.encode(batch) for batch in self._batches(model, device)]
        logits = [logit for memory in memories for logit in memory.change_logit.tolist()]
        self.calibration = calibration_of(logits, self._flags)
        options: dict[str, Any] = {"beams": self.config.beams, "calibration": self.calibration}
        said = [entry for memory in memories for entry in describe(model, self.vocabulary, memory, **options)]
        captions = [entry.caption for entry in said]
        flags = [entry.change_probability >= 0.5 for entry in said]
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

    def _batches(self, model: Any, device: torch.device) -> Iterator[Batch]:
        if self._features is not None:
            for features in self._features:
                yield Batch(features=[level.to(device) for level in features])
            return
        kept: list[list[Tensor]] | None = []
        for pairs in torch.split(self._pairs, self.config.batch_size):
            pair = (pairs.float() / 255).to(device)
            with torch.no_grad():
                features = model.frozen_part(pair)
            yield Batch(pair=pair) if features is None else Batch(pair=None, features=features)
            if kept is not None and features is not None:
                kept.append([level.cpu() for level in features])
                fits = len(self._pairs) / len(pair) * sum(level.nbytes for level in features) <= MOST_FEATURES
                kept = kept if fits else None
        self._features = kept or None
