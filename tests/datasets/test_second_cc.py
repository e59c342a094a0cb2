"""SECOND-CC's reader."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from deltascribe.datasets import get_format, open_dataset
from deltascribe.errors import DatasetNotFoundError, SizeMismatchError


def _expected() -> torch.Tensor:
    mask = torch.zeros(32, 32, dtype=torch.uint8)
    mask[8:16, 8:24] = 1
    return mask


@pytest.mark.parametrize(("split", "index"), [("train", 0), ("test", 0)])
def test_buildings_that_appear_or_disappear_are_the_mask(make_fake, split, index):
    dataset = open_dataset(make_fake("second_cc"), split)
    assert dataset.name == "second_cc"
    mask = dataset[index].mask
    assert mask is not None
    assert torch.equal(mask, _expected())


def test_other_change_has_no_class_of_ours(make_fake):
    sample = open_dataset(make_fake("second_cc"), "val")[0]
    assert sample.changed is True
    assert sample.mask is not None
    assert not sample.mask.any()


def test_maps_of_brightened_copies_are_understood(make_fake):
    mask = open_dataset(make_fake("second_cc", brightened=["00001_0_0"]), "train")[0].mask
    assert mask is not None
    assert torch.equal(mask, _expected())


def test_unknown_colour_or_missing_maps_give_no_mask(make_fake):
    root = make_fake("second_cc")
    Image.fromarray(np.full((32, 32, 3), 77, np.uint8)).save(root / "train/sem/A/00001_0_0.png")
    assert open_dataset(root, "train")[0].mask is None
    (root / "train/sem").rename(root / "train/maps")
    dataset = open_dataset(root, "train")
    assert dataset.records[0].label is None
    assert dataset[0].mask is None


def test_maps_of_different_sizes_are_refused(make_fake):
    root = make_fake("second_cc")
    Image.new("RGB", (16, 16), "white").save(root / "train/sem/A/00001_0_0.png")
    with pytest.raises(SizeMismatchError, match="maps of 00001_0_0"):
        open_dataset(root, "train")[0]


def test_pairs_with_fewer_than_five_captions_are_kept(make_fake):
    assert [len(record.captions) for record in open_dataset(make_fake("second_cc"), "train").records] == [5, 3]


def test_missing_parts_are_named_with_where_to_get_them(make_fake):
    root = make_fake("second_cc")
    (root / "val/rgb/A").rename(root / "val/rgb/C")
    with pytest.raises(DatasetNotFoundError, match=r"val/rgb/A is missing.*zenodo.org/records/16937571"):
        open_dataset(root)
    (root / "SECOND-CC-AUG.json").unlink()
    with pytest.raises(DatasetNotFoundError, match=r"SECOND-CC-AUG.json is missing.*zenodo"):
        open_dataset(root, format="second_cc")


def test_published_counts_sum_to_6041():
    assert sum(get_format("second_cc").counts.values()) == 6041
