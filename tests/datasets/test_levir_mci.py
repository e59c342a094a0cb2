"""LEVIR-MCI's reader, also on our own folders in its layout with extra keys."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from deltascribe.datasets import open_dataset
from deltascribe.errors import DatasetError, DatasetNotFoundError, ImageDecodeError, SizeMismatchError


def test_label_values_become_building_1_and_road_2(make_fake):
    dataset = open_dataset(make_fake("levir_mci"), "test")
    assert dataset.name == "levir_mci"
    mask = dataset[0].mask
    assert mask is not None
    expected = torch.zeros(32, 32, dtype=torch.uint8)
    expected[4:12, 4:12], expected[20:24] = 1, 2
    assert mask.dtype == torch.uint8
    assert torch.equal(mask, expected)


def test_unchanged_pair_has_an_empty_mask_not_none(make_fake):
    sample = open_dataset(make_fake("levir_mci"), "train")[1]
    assert sample.changed is False
    assert sample.mask is not None
    assert not sample.mask.any()


def test_extra_keys_are_read_and_a_mask_that_is_not_known_is_none(make_fake):
    samples = list(open_dataset(make_fake("levir_mci", extras=True), "train"))
    assert [sample.mask is None for sample in samples] == [False, False, True]
    assert {sample.caption_source for sample in samples} == {"model"}
    assert {sample.quality for sample in samples} == {"half-res"}
    assert [sample.ground for sample in samples] == ["view 0", "view 1", "view 2"]


def test_ground_that_the_file_calls_unknown_is_not_guessed_from_the_name(make_fake, edit_json):
    root = make_fake("levir_mci")
    edit_json(root / "LevirCCcaptions.json", lambda document: document["images"][0].update(ground=None))
    assert [r.ground for r in open_dataset(root, "train").records] == [None, "train_1", "train_3"]


def test_split_without_labels_has_no_masks(make_fake):
    root = make_fake("levir_mci")
    (root / "images/val/label").rename(root / "images/val/label_rgb")
    assert [record.label for record in open_dataset(root, "val").records] == [None, None]
    assert open_dataset(root, "test")[0].mask is not None


def test_folder_can_be_read_as_levir_cc_without_masks(make_fake):
    assert open_dataset(make_fake("levir_mci"), format="levir_cc")[0].mask is None


def test_broken_labels_raise_named_errors(make_fake):
    root = make_fake("levir_mci")
    labels = root / "images/train/label"
    Image.fromarray(np.full((32, 32), 77, np.uint8)).save(labels / "train_000001.png")
    (labels / "train_000002.png").unlink()
    Image.new("RGB", (16, 16)).save(labels / "train_000040.png")
    dataset = open_dataset(root, "train")
    with pytest.raises(DatasetError, match=r"values \[77\]"):
        dataset[0]
    with pytest.raises(DatasetNotFoundError, match=r"train_000002.png is missing"):
        dataset[1]
    with pytest.raises(SizeMismatchError, match="16x16"):
        dataset[2]
    (labels / "train_000001.png").write_bytes(b"broken")
    with pytest.raises(ImageDecodeError, match="cannot be decoded"):
        dataset[0]
    Image.fromarray(np.zeros((32, 32), np.uint16)).save(labels / "train_000001.png")
    with pytest.raises(ImageDecodeError, match="8-bit"):
        dataset[0]
