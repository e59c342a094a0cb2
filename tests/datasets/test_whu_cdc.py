"""WHU-CDC's reader."""

from __future__ import annotations

import torch

from deltascribe.datasets import get_format, open_dataset


def test_one_bit_label_becomes_a_building_mask(make_fake):
    dataset = open_dataset(make_fake("whu_cdc"), "train")
    assert dataset.name == "whu_cdc"
    expected = torch.zeros(32, 32, dtype=torch.uint8)
    expected[10:20, 2:12] = 1
    masks = [sample.mask for sample in dataset]
    assert masks[0] is not None
    assert torch.equal(masks[0], expected)
    assert masks[1] is not None
    assert not masks[1].any()


def test_names_do_not_tell_a_levir_cd_ground(make_fake):
    assert {record.ground for record in open_dataset(make_fake("whu_cdc")).records} == {None}


def test_published_counts_sum_to_7434():
    assert sum(get_format("whu_cdc").counts.values()) == 7434
