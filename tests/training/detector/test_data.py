"""What a detector trains on: filters, repeats, memory, and the guard of held-out ground."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.datasets import ChangeDataset
from deltascribe.datasets.base import get_format, list_formats
from deltascribe.datasets.change_detection import MASK_FORMATS
from deltascribe.errors import ConfigError, DatasetError
from deltascribe.training.config import load_settings
from deltascribe.training.data import EpochBatches
from deltascribe.training.detector.config import DetectorTrainConfig, MaskSource
from deltascribe.training.detector.data import MaskPairs, open_source, open_training, zoom_of

WriteConfig = Callable[..., Path]


def settings(write_config: WriteConfig, tmp_path: Path, **values: Any) -> DetectorTrainConfig:
    return load_settings(write_config(tmp_path / "run", **values), (), DetectorTrainConfig)


def test_every_pair_is_cut_as_often_as_its_source_says(write_config: WriteConfig, masks: Path, tmp_path: Path) -> None:
    sources = [
        {"root": str(masks), "repeat": 3, "names": ["train_1_*"]},
        {"root": str(masks), "gsd": 1.0, "without": ["train_1_*", "train_2_*"]},
    ]
    crops = open_training(settings(write_config, tmp_path, data__train=sources))
    assert len(crops.pairs) == 6
    assert len(crops) == 2 * 3 + 4
    assert crops.pairs.zooms == [1, 1, 2, 2, 2, 2]
    pair, mask = crops[(0, 0)]
    assert (pair.shape, mask.shape) == ((2, 3, 48, 48), (48, 48))
    assert not torch.equal(pair, crops[(1, 0)][0])
    assert torch.equal(pair, crops[(0, 0)][0])


def test_batches_of_an_epoch_hold_every_crop_once(write_config: WriteConfig, tmp_path: Path) -> None:
    crops = open_training(settings(write_config, tmp_path))
    batches = list(crops.batches(EpochBatches(len(crops), 2, 3, 0), 0))
    assert len(batches) == 4
    assert batches[0].pair.shape == (2, 2, 3, 48, 48)
    assert batches[0].mask.shape == (2, 48, 48)


def test_decoded_pairs_are_kept_while_there_is_room(masks: Path) -> None:
    dataset = open_source(MaskSource(root=masks))
    one = 7 * 64 * 64
    pairs = MaskPairs([(dataset, 1.0)], memory_gb=2.5 * one / 1e9)
    assert [pairs[index] is pairs[index] for index in range(4)] == [True, True, False, False]
    pixels, mask = pairs[0]
    assert (pixels.dtype, mask.dtype) == (torch.uint8, torch.uint8)
    assert torch.equal(pixels, (dataset[0].pair * 255).round().to(torch.uint8))


def test_a_filter_that_leaves_nothing_says_what_there_is(masks: Path) -> None:
    with pytest.raises(ConfigError, match=r"leave no pair.*names look like train_1_1, qualities are \[''\], caption_sources \['human'\]"):
        open_source(MaskSource(root=masks, names=("nothing*",)))
    with pytest.raises(ConfigError, match="leave no pair"):
        open_source(MaskSource(root=masks, qualities=("native",)))


def test_three_classes_are_learned_from_masks_that_tell_them_alone(
    write_config: WriteConfig, masks: Path, two_kinds: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"tell buildings from roads.*masks\d+ \(levir_cd\) do not: set model\.classes=binary"):
        open_training(settings(write_config, tmp_path, model__classes="three-class"))
    mixed = [*two_kinds["data__train"], {"root": str(masks)}]
    with pytest.raises(ConfigError, match=r"of [^,]*masks\d+ \(levir_cd\) do not"):
        open_training(settings(write_config, tmp_path, **{**two_kinds, "data__train": mixed}))
    # what is only validated on counts any change
    crops = open_training(settings(write_config, tmp_path, **{**two_kinds, "data__val": [{"root": str(masks), "split": "val"}]}))
    assert crops.pairs[0][1].unique().tolist() == [0, 1, 2]


def test_masks_of_two_kinds_are_known_by_their_layout() -> None:
    told = {name for name in list_formats() if get_format(name).mask_has_roads}
    assert told == {"levir_mci", "folder"}
    assert not any(layout.mask_has_roads for layout in MASK_FORMATS.values())


def test_validation_or_held_out_ground_cannot_be_trained_on(write_config: WriteConfig, masks: Path, tmp_path: Path) -> None:
    for split in ("val", "test"):
        sources = [{"root": str(masks)}, {"root": str(masks), "split": split}]
        with pytest.raises(DatasetError, match=f"2 training pairs.*{split}_1_1"):
            open_training(settings(write_config, tmp_path, data__train=sources))


def test_pairs_whose_ground_nobody_noted_are_told(
    write_config: WriteConfig, masks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_source(MaskSource(root=masks))
    known = ChangeDataset([replace(record, ground=record.name) for record in opened.records], opened.root, opened.format, opened.split)
    unknown = ChangeDataset([replace(record, ground=None) for record in opened.records], opened.root, opened.format, opened.split)
    others = open_source(MaskSource(root=masks, split="val"))
    for training, count in ((known, 0), (unknown, len(unknown))):
        found = {"train": training, "val": others, "test": others}
        monkeypatch.setattr("deltascribe.training.detector.data.open_source", lambda source, found=found: found[source.split])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            open_training(settings(write_config, tmp_path))
        assert [str(entry.message).startswith(f"{count} of {count} training pairs") for entry in caught] == [True] * bool(count)


def test_the_resolution_of_a_run_is_that_of_its_sources_unless_they_say_otherwise(
    write_config: WriteConfig, masks: Path, tmp_path: Path
) -> None:
    data = settings(write_config, tmp_path).data
    assert zoom_of(MaskSource(root=masks), data) == 1
    assert zoom_of(MaskSource(root=masks, gsd=0.25), data) == 0.5
