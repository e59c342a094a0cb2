"""Readers of change detection data sets, and the guard between training and held-out ground."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from deltascribe.datasets import ChangeRecord
from deltascribe.datasets.change_detection import (
    list_mask_formats,
    open_masks,
    read_change_mask,
    require_other_ground,
    with_grounds,
)
from deltascribe.errors import DatasetError, DatasetNotFoundError

MakeFake = Callable[..., Path]


@pytest.mark.parametrize("style", ["splits", "lists", "flat"])
@pytest.mark.parametrize("layout", ["levir_cd", "whu_cd", "clcd", "s2looking", "dsifn"])
def test_every_layout_is_recognised_and_gives_pairs_with_masks(layout: str, style: str, make_fake: MakeFake) -> None:
    root = make_fake("change_detection", layout=layout, style=style)
    assert open_masks(root).counts() == {"train": 3, "val": 1, "test": 2}
    dataset = open_masks(root, "train")
    assert (dataset.name, dataset.split) == (layout, "train")
    assert [record.name for record in dataset.records] == ["train_1", "train_2", "train_30"]
    sample = dataset[0]
    expected = torch.zeros(32, 32, dtype=torch.uint8)
    expected[4:20, 4:20] = 1
    assert sample.mask is not None
    assert torch.equal(sample.mask, expected)
    assert sample.pair.shape == (2, 3, 32, 32)
    assert bool((sample.pair[1, :, 4:20, 4:20] == 240 / 255).all())
    assert sample.captions == []
    empty = dataset[1].mask
    assert empty is not None
    assert not empty.any()


def test_the_layouts_have_their_names_and_can_be_asked_for(make_fake: MakeFake) -> None:
    assert list_mask_formats() == ["levir_cd", "whu_cd", "clcd", "s2looking", "dsifn"]
    root = make_fake("change_detection")
    assert len(open_masks(root, format="levir_cd")) == 6
    with pytest.raises(DatasetError, match=r"called 'levir'\. Known are: levir_cd, whu_cd"):
        open_masks(root, format="levir")
    with pytest.raises(DatasetError, match="no split 'training'"):
        open_masks(root, "training")  # type: ignore[arg-type]


def test_it_can_be_sent_to_loader_workers(make_fake: MakeFake) -> None:
    dataset = pickle.loads(pickle.dumps(open_masks(make_fake("change_detection"), "val")))
    assert dataset[0].name == "val_1"


def test_names_that_tell_no_split_are_all_for_training(make_fake: MakeFake) -> None:
    root = make_fake("change_detection", style="flat", names={"train": ["0001", "0002"]})
    assert open_masks(root).counts() == {"train": 2}
    with pytest.raises(DatasetNotFoundError, match=r"no pair of the split 'val'.*list/val\.txt"):
        open_masks(root, "val")


def test_grounds_of_scenes_crops_and_captioned_crops(make_fake: MakeFake) -> None:
    names = ["train_12", "train_12_7", "train_000017", "train_0485", "square"]
    records = open_masks(make_fake("change_detection", style="flat", names={"train": names})).records
    assert {record.name: record.ground for record in records} == {
        "train_12": "train_12",
        "train_12_7": "train_12",
        "train_000017": "train_2",
        "train_0485": None,
        "square": None,
    }


@pytest.mark.parametrize("folder", ["A", "B", "label"])
def test_a_missing_image_is_named(folder: str, make_fake: MakeFake) -> None:
    root = make_fake("change_detection", style="lists")
    (root / folder / "train_2.png").unlink()
    with pytest.raises(DatasetNotFoundError, match=rf"{folder} lacks 1 of 3 images: train_2\."):
        open_masks(root, "train")
    assert len(open_masks(root, "val")) == 1


def test_a_folder_without_a_known_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="none of the known layouts"):
        open_masks(tmp_path)


def test_of_a_captioned_data_set_the_pairs_with_masks_are_given(make_fake: MakeFake) -> None:
    root = make_fake("levir_mci", extras=True)
    dataset = open_masks(root, "train")
    assert [record.name for record in dataset.records] == ["train_000001", "train_000002"]
    mask = dataset[0].mask
    assert mask is not None
    assert sorted(mask.unique().tolist()) == [0, 1, 2]
    assert [record.ground for record in dataset.records] == ["view 0", "view 1"]
    with pytest.raises(DatasetError, match=r"No pair of .* has a mask"):
        open_masks(make_fake("levir_cc"))


@pytest.mark.parametrize(
    ("values", "changed"),
    [([0, 1, 1, 0], [0, 1, 1, 0]), ([0, 255, 255, 0], [0, 1, 1, 0]), ([3, 250, 128, 127], [0, 1, 1, 0]), ([0, 0, 0, 0], [0, 0, 0, 0])],
)
def test_labels_of_0_and_1_of_0_and_255_and_those_that_lossy_compression_blurred(
    values: list[int], changed: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "label.png"
    Image.fromarray(np.array([values], np.uint8)).save(path)
    mask = read_change_mask(ChangeRecord("a", "train", path, path, (), label=path))
    assert mask is not None
    assert mask.tolist() == [changed]


def test_training_on_held_out_ground_is_refused(make_fake: MakeFake) -> None:
    root = make_fake("change_detection", style="flat", names={"train": ["train_1_1", "train_2_1", "val_3_1"]})
    other = make_fake("change_detection", "other", style="flat", names={"train": ["train_2_9", "val_4_1"]}, seed=1)
    training, held_out = open_masks(root), open_masks(other)
    with pytest.raises(DatasetError, match=r"1 training pairs of .* lie on ground that .* \(train_2_1\)"):
        require_other_ground(training, held_out)
    require_other_ground(training.subset(lambda record: record.name != "train_2_1"), held_out)


def test_the_same_file_is_refused_where_no_ground_is_known(make_fake: MakeFake) -> None:
    root = make_fake("change_detection", style="flat", names={"train": ["a", "b"]})
    dataset = open_masks(root)
    with pytest.raises(DatasetError, match=r"2 training pairs"):
        require_other_ground(dataset, dataset)
    require_other_ground(dataset.subset(lambda record: record.name == "a"), dataset.subset(lambda record: record.name == "b"))


def test_grounds_can_come_from_a_table(make_fake: MakeFake) -> None:
    dataset = with_grounds(open_masks(make_fake("change_detection"), "train"), {"train_1": "val_7"})
    assert [record.ground for record in dataset.records] == ["val_7", "train_2", "train_30"]
