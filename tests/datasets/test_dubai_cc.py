"""Dubai-CCD's reader."""

from __future__ import annotations

import shutil

import pytest

from deltascribe.datasets import get_format, open_dataset
from deltascribe.datasets.dubai_cc import says_no_change
from deltascribe.errors import DatasetError, DatasetNotFoundError


def test_tiles_are_upsampled_to_256_and_captions_keep_their_capitals(make_fake):
    dataset = open_dataset(make_fake("dubai_cc"))
    assert dataset.name == "dubai_cc"
    assert dataset.counts() == {"train": 2, "val": 1, "test": 2}
    sample = dataset[0]
    assert sample.pair.shape == (2, 3, 256, 256)
    assert 0 <= float(sample.pair.min()) <= float(sample.pair.max()) <= 1
    assert sample.captions == [
        "A new road appeared",
        "Houses were built on the desert",
        "An island was formed",
        "The lake is larger",
        "There is a residential area",
    ]
    assert sample.source is not None
    assert [path.parent.name for path in sample.source] == ["500_2000", "500_2010"]


def test_flag_follows_the_majority_of_the_sentences(make_fake):
    assert [record.changed for record in open_dataset(make_fake("dubai_cc")).records] == [True, False, True, False, True]
    assert not says_no_change(["Nothing has changed", "A road was built"])


def test_only_the_caption_file_of_the_split_is_needed(make_fake):
    root = make_fake("dubai_cc")
    captions = root / "description_jsontr_te_val"
    (captions / "Train_Dubai_CC.json").unlink()
    assert [record.name for record in open_dataset(root, "test").records] == ["0003", "0004"]
    with pytest.raises(DatasetNotFoundError, match=r"no file Train_\*.json.*disi.unitn.it"):
        open_dataset(root)
    shutil.copy(captions / "Test_Dubai_CC.json", captions / "Test_copy.json")
    with pytest.raises(DatasetError, match="several files"):
        open_dataset(root, "test")


def test_missing_tiles_are_named(make_fake):
    root = make_fake("dubai_cc")
    shutil.rmtree(root / "imgs_tiles/RGB/500_2010")
    with pytest.raises(DatasetNotFoundError, match=r"500_2010 is missing"):
        open_dataset(root)


def test_published_counts_sum_to_500():
    assert sum(get_format("dubai_cc").counts.values()) == 500
