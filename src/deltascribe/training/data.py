"""Training batches: a sampler whose order is a function of seed and epoch, and the collation of samples into a `Batch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, Sampler

from deltascribe.datasets import ChangeDataset
from deltascribe.datasets.sample import ChangeSample
from deltascribe.models import Batch
from deltascribe.text import Vocabulary
from deltascribe.text.special import NO_CHANGE_CAPTION, PAD
from deltascribe.training.augment import Augment
from deltascribe.training.text_vectors import TextVectors
from deltascribe.training.weights import PairWeights

Place = tuple[int, int]
"""(epoch, index): names one draw of one pair."""


@dataclass(frozen=True)
class TrainingItem:
    """One pair ready for collation; `features` replaces the images where they are cached."""

    sample: ChangeSample
    features: list[Tensor] | None = None


class AugmentedPairs(Dataset[TrainingItem]):
    """Reads and augments pairs as they are asked for."""

    def __init__(self, dataset: ChangeDataset, augment: Augment, seed: int) -> None:
        self.dataset = dataset
        self.augment = augment
        self.seed = seed

    def __getitem__(self, place: Place) -> TrainingItem:
        epoch, index = place
        return TrainingItem(self.augment(self.dataset.draw(epoch, index), (self.seed, epoch, index)))


class EpochBatches(Sampler[list[Place]]):
    """Batches of (epoch, index) of one epoch, from a given batch on, for one of several devices.

    Args:
        count: number of pairs.
        batch_size: pairs a batch on each device.
        seed: of the order.
        epoch: the epoch.
        first: batches to leave out at the front (they were trained on before a resume).
        rank: this device.
        world: number of devices.
    """

    def __init__(self, count: int, batch_size: int, seed: int, epoch: int, first: int = 0, rank: int = 0, world: int = 1) -> None:
        self.count, self.batch_size, self.seed, self.epoch = count, batch_size, seed, epoch
        self.first, self.rank, self.world = first, rank, world

    @staticmethod
    def per_epoch(count: int, batch_size: int, world: int = 1) -> int:
        """Batches of an epoch: a last one that is short is left out, unless it is the only one."""
        return max(count // (batch_size * world), 1)

    def __len__(self) -> int:
        return self.per_epoch(self.count, self.batch_size, self.world) - self.first

    def __iter__(self) -> Iterator[list[Place]]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        order = torch.randperm(self.count, generator=generator).tolist()
        total = self.batch_size * self.world
        for batch in range(self.first, self.per_epoch(self.count, self.batch_size, self.world)):
            mine = order[batch * total : (batch + 1) * total][self.rank :: self.world]
            yield [(self.epoch, index) for index in mine]


class Collate:
    """Items -> `Batch`.

    Args:
        vocabulary: words.
        captions: captions of a changed pair to keep.
        max_length: longest caption in tokens.
        vectors: text vectors, or None for a run without TGCL.
        texts: a pair's vectors as their `mean`, or `all` of them.
        weights: of the pairs in the losses; None: none.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        captions: int,
        max_length: int,
        vectors: TextVectors | None,
        texts: Literal["mean", "all"] = "mean",
        weights: PairWeights | None = None,
    ) -> None:
        self.vocabulary, self.captions, self.max_length, self.vectors, self.texts = vocabulary, captions, max_length, vectors, texts
        self.weights = weights

    def __call__(self, items: Sequence[TrainingItem]) -> Batch:
        """Tokens [B, K, T], flags, masks (255 where unknown), text vectors, and images or features."""
        samples = [item.sample for item in items]
        cached = items[0].features
        masks = None
        if any(sample.mask is not None for sample in samples):
            size = next(sample.mask.shape for sample in samples if sample.mask is not None)
            masks = torch.stack([torch.full(size, 255, dtype=torch.uint8) if sample.mask is None else sample.mask for sample in samples])
        return Batch(
            pair=torch.stack([sample.pair for sample in samples]) if cached is None else None,
            tokens=self._tokens(samples),
            text=self._texts(samples),
            changed=torch.tensor([float("nan") if sample.changed is None else float(sample.changed) for sample in samples]),
            mask=masks,
            features=None if cached is None else [torch.stack([item.features[level] for item in items]) for level in range(len(cached))],  # type: ignore[index]
            names=tuple(sample.name for sample in samples),
            weight=None if self.weights is None else torch.tensor([self.weights.of_words(sample) for sample in samples]),
            flag_weight=None if self.weights is None else torch.tensor([self.weights.of_flag(sample) for sample in samples]),
        )

    def _texts(self, samples: Sequence[ChangeSample]) -> Tensor | None:
        if self.vectors is None:
            return None
        if self.texts == "mean":
            return torch.stack([self.vectors.mean(sample.captions) for sample in samples])
        # what a pair lacks to as many captions as the longest has stays zero
        return pad_sequence([self.vectors.each(sample.captions) for sample in samples], batch_first=True)

    def _tokens(self, samples: Sequence[ChangeSample]) -> Tensor:
        # an unchanged pair learns one sentence alone: its five references would only teach the decoder to waver
        texts = [[NO_CHANGE_CAPTION] if sample.changed is False else sample.captions[: self.captions] for sample in samples]
        coded = [[self.vocabulary.encode(text, self.max_length) for text in group] for group in texts]
        longest = max(len(tokens) for group in coded for tokens in group)
        tokens = torch.full((len(samples), max(map(len, coded)), longest), PAD)
        for row, group in enumerate(coded):
            for place, caption in enumerate(group):
                tokens[row, place, : len(caption)] = torch.tensor(caption)
        return tokens
