"""The pairs of a detector's run: opened, filtered, checked against held-out ground, and given out as crops."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Dataset

from deltascribe.datasets.base import ChangeDataset
from deltascribe.datasets.change_detection import open_masks, require_other_ground
from deltascribe.datasets.sample import ChangeRecord, is_named
from deltascribe.errors import ConfigError
from deltascribe.training.data import EpochBatches, Place
from deltascribe.training.detector.augment import MaskAugment, Pixels
from deltascribe.training.detector.config import DetectorDataConfig, DetectorTrainConfig, MaskSource


@dataclass(frozen=True)
class MaskBatch:
    """Crops ready for a step: pairs [B, 2, 3, H, W] float32 in 0..1, and masks [B, H, W] uint8 of class indices."""

    pair: Tensor
    mask: Tensor


class MaskPairs(Dataset[Pixels]):
    """Pairs with masks of several sources, decoded once and kept as bytes while there is room.

    Args:
        sources: data sets with what they are magnified by to come to the run's ground resolution.
        memory_gb: room for decoded pairs, in 10^9 bytes.
    """

    def __init__(self, sources: Sequence[tuple[ChangeDataset, float]], memory_gb: float) -> None:
        self._pairs: ConcatDataset[Any] = ConcatDataset([dataset for dataset, _ in sources])
        self.zooms = [zoom for dataset, zoom in sources for _ in range(len(dataset))]
        self._room, self._kept = memory_gb * 1e9, dict[int, Pixels]()

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> Pixels:
        """Pair [2, 3, H, W] uint8 and mask [H, W] uint8.

        Raises:
            ImageError, DatasetError: a file is missing or damaged.
        """
        if index in self._kept:
            return self._kept[index]
        sample = self._pairs[index]
        pixels = (sample.pair * 255).round().to(torch.uint8), sample.mask
        size = sum(tensor.numel() for tensor in pixels)
        if size <= self._room:
            self._room -= size
            self._kept[index] = pixels
        return pixels


class MaskCrops(Dataset[Pixels]):
    """Augmented crops by (epoch, index); an index names one of the crops that an epoch takes.

    Args:
        pairs: what crops are cut from.
        repeats: crops that an epoch takes of each pair.
        augment: makes a crop.
        seed: of the run.
    """

    def __init__(self, pairs: MaskPairs, repeats: Sequence[int], augment: MaskAugment, seed: int) -> None:
        self.pairs, self.augment, self.seed = pairs, augment, seed
        self._index = [index for index, count in enumerate(repeats) for _ in range(count)]

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, place: Place) -> Pixels:
        epoch, number = place
        index = self._index[number]
        return self.augment(self.pairs[index], self.pairs.zooms[index], (self.seed, epoch, number), self._donor)

    def _donor(self, number: int) -> tuple[Pixels, float]:
        index = self._index[number % len(self._index)]
        return self.pairs[index], self.pairs.zooms[index]

    def batches(self, order: EpochBatches, workers: int) -> Iterator[MaskBatch]:
        """The batches of an epoch."""
        return iter(DataLoader(self, batch_sampler=order, collate_fn=collate, num_workers=workers))


def collate(items: Sequence[Pixels]) -> MaskBatch:
    """Crops -> batch."""
    return MaskBatch(torch.stack([pair for pair, _ in items]), torch.stack([mask for _, mask in items]))


def open_source(source: MaskSource) -> ChangeDataset:
    """The pairs of a source that its filters leave.

    Raises:
        DatasetError: the data cannot be read, or no pair has a mask.
        ConfigError: nothing is left.
    """
    dataset = open_masks(source.root, source.split, source.format)
    chosen = dataset.subset(lambda record: _fits(record, source))
    if not len(chosen):
        qualities, writers = ({getattr(record, key) for record in dataset.records} for key in ("quality", "caption_source"))
        raise ConfigError(
            f"the filters leave no pair of {source.root} ({source.split}); names look like {dataset.records[0].name}, "
            f"qualities are {sorted(qualities)}, caption_sources {sorted(writers)}"
        )
    return chosen


def open_training(config: DetectorTrainConfig) -> MaskCrops:
    """The training crops, on ground that is neither validated on nor held out, as far as it is known; warns of pairs of unknown ground.

    Raises:
        DatasetError, ConfigError: as `open_source`, a training pair lies on ground that is kept apart, or three classes are to be learned
            from masks that do not tell them.
    """
    data = config.data
    opened = [(source, open_source(source)) for source in data.train]
    if config.model.classes == "three-class":
        _require_classes([dataset for _, dataset in opened])
    for kept_apart in (*data.val, *data.held_out):
        other = open_source(kept_apart)
        for _, dataset in opened:
            require_other_ground(dataset, other)
    for _, dataset in opened:
        unknown = sum(record.ground is None for record in dataset.records)
        if unknown and (data.val or data.held_out):
            warnings.warn(
                f"{unknown} of {len(dataset)} training pairs of {dataset.root} say nothing of their ground: that they lie apart from "
                "validation and held-out pairs is for you to know",
                stacklevel=2,
            )
    pairs = MaskPairs([(dataset, zoom_of(source, data)) for source, dataset in opened], data.memory_gb)
    repeats = [source.repeat for source, dataset in opened for _ in range(len(dataset))]
    return MaskCrops(pairs, repeats, MaskAugment(config.augment, data.size), config.seed)


def zoom_of(source: MaskSource, data: DetectorDataConfig) -> float:
    """What the images of a source are magnified by to come to the run's ground resolution."""
    return 1.0 if source.gsd is None else source.gsd / data.gsd


def _require_classes(datasets: Sequence[ChangeDataset]) -> None:
    """A mask without roads would teach that roads never change, one of any change that all is buildings."""
    unfit = [f"{dataset.root} ({dataset.name})" for dataset in datasets if not dataset.format.mask_has_roads]
    if unfit:
        raise ConfigError(
            f"model.classes=three-class needs masks that tell buildings from roads, and those of {', '.join(unfit)} do not: "
            "set model.classes=binary, or leave them out of data.train"
        )


def _fits(record: ChangeRecord, source: MaskSource) -> bool:
    return (
        (not source.names or is_named(record, source.names))
        and not is_named(record, source.without)
        and (not source.qualities or record.quality in source.qualities)
        and (not source.caption_sources or record.caption_source in source.caption_sources)
    )
