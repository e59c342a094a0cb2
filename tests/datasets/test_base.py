"""The registry of layouts and what all data sets have in common."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
import torch
from torch.utils.data import DataLoader

from deltascribe.datasets import get_format, list_formats, list_splits, open_dataset, register_format
from deltascribe.errors import DatasetError, DatasetNotFoundError

ALL = ["dubai_cc", "folder", "levir_cc", "levir_mci", "second_cc", "whu_cdc"]


def test_all_layouts_are_registered():
    assert set(ALL) <= set(list_formats())


@pytest.mark.parametrize("name", ALL)
def test_layout_is_recognised_and_says_where_to_get_it(make_fake, name):
    dataset = open_dataset(make_fake(name))
    assert dataset.name == name
    assert dataset.format.source
    assert dataset.format.layout
    assert len(dataset) == len(dataset.records) == sum(dataset.counts().values())


@pytest.mark.parametrize("name", ALL)
def test_data_set_survives_being_sent_to_a_worker(make_fake, name):
    dataset = open_dataset(make_fake(name))
    copy = pickle.loads(pickle.dumps(dataset))
    assert copy.records == dataset.records
    assert torch.equal(copy[0].pair, dataset[0].pair)


def test_loader_workers_read_the_same_samples(make_fake):
    dataset = open_dataset(make_fake("levir_mci"))
    loader = DataLoader(dataset, batch_size=2, num_workers=1, collate_fn=list)
    samples = [sample for batch in loader for sample in batch]
    assert [sample.name for sample in samples] == [record.name for record in dataset.records]
    assert torch.equal(samples[3].pair, dataset[3].pair)


def test_subset_keeps_order_and_layout(make_fake):
    dataset = open_dataset(make_fake("levir_cc"))
    changed = dataset.subset(lambda record: record.changed is True)
    assert [record.name for record in changed.records] == ["train_000001", "train_000018", "train_007121", "test_000274"]
    assert (changed.name, changed.root) == (dataset.name, dataset.root)


def test_pairs_are_read_at_the_size_that_is_asked_for_masks_too(make_fake):
    dataset = open_dataset(make_fake("levir_mci"), "train")
    small = dataset.at_size(8)
    assert (small.records, small.split, dataset.format.size) == (dataset.records, "train", None)
    assert small[0].pair.shape == (2, 3, 8, 8)
    assert small[0].mask.shape == (8, 8)


def test_unknown_layout_split_or_folder_is_refused_with_what_is_known(make_fake, tmp_path):
    root = make_fake("levir_cc")
    with pytest.raises(DatasetError, match=r"no data set layout called 'coco'.*levir_cc"):
        open_dataset(root, format="coco")
    with pytest.raises(DatasetError, match="train, val, test"):
        open_dataset(root, "holdout")  # type: ignore[arg-type]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetNotFoundError, match=r"none of the known layouts.*data formats"):
        open_dataset(empty)


def test_folder_above_the_data_set_gets_a_hint(make_fake, tmp_path):
    make_fake("levir_mci")
    with pytest.raises(DatasetNotFoundError, match=r"levir_mci looks like LEVIR-MCI: give that folder"):
        open_dataset(tmp_path)


def test_split_without_pairs_is_refused(make_fake, edit_json):
    root = make_fake("levir_cc")
    edit_json(root / "LevirCCcaptions.json", lambda document: document["images"].pop(4))
    assert list_splits(root) == ("train", "test")
    with pytest.raises(DatasetNotFoundError, match=r"has train and test, but no pair of the split 'val': let .*, or fetch LEVIR-CC: "):
        open_dataset(root, "val")
    edit_json(root / "LevirCCcaptions.json", lambda document: document["images"].clear())
    with pytest.raises(DatasetNotFoundError, match=r"does not list any pair of the split 'val'\. Add pairs to it, or fetch"):
        open_dataset(root, "val")


def test_own_data_without_a_test_split_names_the_split_to_take(make_fake):
    root = make_fake("folder")
    lines = (root / "captions.csv").read_text().splitlines()
    (root / "captions.csv").write_text("\n".join(line for line in lines if "bridge" not in line) + "\n")
    with pytest.raises(DatasetNotFoundError, match=r"folder has train and val, but no pair of the split 'test': try --split val$"):
        open_dataset(root, "test")


def test_name_of_a_layout_cannot_be_taken_twice():
    with pytest.raises(DatasetError, match="registered already"):
        register_format(replace(get_format("levir_cc"), title="another"))
