"""Tests of deltascribe.datasets.synthetic.memory and mixing."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch.utils.data import DataLoader

from deltascribe.datasets import draw_sheet, open_dataset
from deltascribe.datasets.synthetic.memory import SyntheticDataset
from deltascribe.datasets.synthetic.mixing import MixedDataset, synthetic_per_epoch
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.datasets.synthetic.writing import write_pairs
from deltascribe.errors import DatasetError

RECIPE = Recipe(seed=5, size=32)


def test_samples_equal_those_of_the_written_folder(tmp_path, makers):
    write_pairs(tmp_path, 5, replace(RECIPE, shares=(1.0, 0.0, 0.0)), makers=makers)
    written, made = open_dataset(tmp_path), SyntheticDataset(RECIPE, 5, makers=makers)
    assert len(made) == 5
    for one, other, record in zip(made, written, made.records, strict=False):
        assert (one.name, one.captions, one.changed, one.ground) == (other.name, other.captions, other.changed, other.ground)
        assert torch.equal(one.pair, other.pair)
        assert torch.equal(one.mask, other.mask)
        assert (list(record.captions), record.changed) == (one.captions, one.changed)


def test_pairs_are_rendered_on_access_and_the_last_ones_kept(makers):
    painted = Counter()

    def paint(place, date, look, **keywords):
        painted[place.seed, date] += 1
        return makers.paint(place, date, look, **keywords)

    dataset = SyntheticDataset(RECIPE, 4, keep=2, makers=replace(makers, paint=paint))
    assert not painted
    for index in (0, 1, 0, 1, 2, 0):
        assert dataset[index].name == f"synth_00000{index}"
    assert painted[5, "before"] == 4  # 0, 1, 2, and 0 again, which 2 drove out


def test_captions_are_kept_for_the_next_time(tmp_path, makers):
    def unused(place, seed):
        raise AssertionError

    first = SyntheticDataset(RECIPE, 3, cache=tmp_path, makers=makers)
    again = SyntheticDataset(RECIPE, 3, cache=tmp_path, makers=replace(makers, caption=unused))
    assert [record.captions for record in first.records] == [record.captions for record in again.records]
    SyntheticDataset(replace(RECIPE, seed=6), 3, cache=tmp_path, makers=makers)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    assert len(json.loads(files[0].read_text())) == 3


def test_a_subset_keeps_each_pair_with_its_record(makers):
    changed = SyntheticDataset(RECIPE, 12, makers=makers).subset(lambda record: bool(record.changed))
    assert 0 < len(changed) < 12
    assert all(changed[index].changed for index in range(len(changed)))
    assert [changed[index].name for index in range(len(changed))] == [record.name for record in changed.records]


def test_it_feeds_a_loader_with_processes_and_a_sheet(makers):
    dataset = SyntheticDataset(RECIPE, 4, makers=makers)
    loaded = list(DataLoader(dataset, batch_size=None, num_workers=1, multiprocessing_context="fork"))
    assert [sample.name for sample in loaded] == [record.name for record in dataset.records]
    assert draw_sheet([dataset[0]], tile=64).width > 64


def test_a_count_of_nothing_is_refused(makers):
    with pytest.raises(DatasetError, match="at least 1"):
        SyntheticDataset(RECIPE, 0, makers=makers)


@pytest.mark.parametrize(("real", "share", "expected"), [(70, 0.3, 30), (100, 0.5, 100), (1, 0.01, 1)])
def test_the_share_is_of_a_whole_epoch(real, share, expected):
    assert synthetic_per_epoch(real, share) == expected


@pytest.mark.parametrize("share", [0.0, 1.2])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(DatasetError, match="above 0"):
        synthetic_per_epoch(10, share)


def _mixed(tmp_path, makers, share, count):
    write_pairs(tmp_path, 6, replace(RECIPE, seed=9, shares=(1.0, 0.0, 0.0)), makers=makers)
    return MixedDataset(open_dataset(tmp_path), SyntheticDataset(RECIPE, count, makers=makers), share)


def test_an_epoch_holds_each_real_pair_once_and_the_next_synthetic_ones(tmp_path, makers):
    mixed = _mixed(tmp_path, makers, 0.4, 6)
    assert len(mixed) == 10
    drawn = [[mixed.draw(epoch, index) for index in range(10)] for epoch in range(3)]
    for epoch in drawn:
        assert [sample.source is not None for sample in epoch] == [True] * 6 + [False] * 4
    names = [[sample.name[-1] for sample in epoch[6:]] for epoch in drawn]
    assert names == [list("0123"), list("4501"), list("2345")]
    assert [record.name for record in mixed.records] == [mixed[index].name for index in range(10)]
    assert mixed[-10].name == mixed[0].name
    assert len(mixed.captions()) == 5 * (6 + 6)


def test_a_share_of_one_leaves_the_real_pairs_out(tmp_path, makers):
    mixed = _mixed(tmp_path, makers, 1.0, 3)
    assert len(mixed) == 3
    assert len(mixed.captions()) == 5 * (6 + 3)  # a run on these alone still learns the words of the real ones
    assert all(mixed[index].source is None for index in range(3))
    with pytest.raises(IndexError):
        mixed[3]
