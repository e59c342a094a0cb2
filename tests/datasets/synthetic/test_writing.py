"""Tests of deltascribe.datasets.synthetic.writing, claim and recipe."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from deltascribe.datasets import check_dataset, open_dataset
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.datasets.synthetic.writing import write_pairs
from deltascribe.errors import DatasetError

RECIPE = Recipe(seed=5, size=64)


def test_the_folder_opens_as_levir_mci_and_passes_its_check(tmp_path, makers):
    write_pairs(tmp_path / "out", 12, RECIPE, makers=makers)
    dataset = open_dataset(tmp_path / "out")
    assert dataset.name == "levir_mci"
    assert len(dataset) == 12
    check = check_dataset(dataset)
    assert check.ok
    assert check.captions.captions_per_pair == {5: 12}
    assert {problem.code for problem in check.problems} <= {"count-differs", "flag-says-changed-mask-empty"}
    record = dataset.records[0]
    assert record.caption_source == "grammar"
    assert record.ground == record.name
    assert not any(caption.endswith(".") for caption in record.captions)


def test_files_hold_the_pair(tmp_path, makers):
    write_pairs(tmp_path, 6, RECIPE, makers=makers)
    for index in range(6):
        pair = RECIPE.pair(index, makers)
        folder = tmp_path / "images" / RECIPE.split(index)
        assert np.array_equal(np.asarray(Image.open(folder / "A" / f"{pair.name}.png")), pair.before)
        assert np.array_equal(np.asarray(Image.open(folder / "B" / f"{pair.name}.png")), pair.after)
        label = np.asarray(Image.open(folder / "label" / f"{pair.name}.png"))
        assert np.array_equal(label[..., 0], np.array([0, 255, 128])[pair.mask])
        truth = json.loads((tmp_path / "truth" / f"{pair.name}.json").read_text())
        assert truth["objects"] == pair.truth["objects"]
        assert truth["mask_pixels"] == np.bincount(pair.mask.ravel(), minlength=3).tolist()


def test_splits_have_their_shares_in_every_prefix():
    splits = [RECIPE.split(index) for index in range(1000)]
    assert Counter(splits)["train"] == pytest.approx(800, abs=3)
    assert Counter(splits)["val"] == pytest.approx(100, abs=3)
    assert Counter(splits[:50]) == pytest.approx({"train": 40, "val": 5, "test": 5}, abs=2)
    only = replace(RECIPE, shares=(1.0, 0.0, 0.0))
    assert {only.split(index) for index in range(100)} == {"train"}


def test_a_run_goes_on_where_files_are_missing_and_ends_with_the_same_bytes(tmp_path, makers, tree_bytes):
    whole = write_pairs(tmp_path / "whole", 8, RECIPE, makers=makers)
    assert whole.made == 8
    write_pairs(tmp_path / "part", 3, RECIPE, makers=makers)
    (tmp_path / "part" / "truth" / "synth_000001.json").unlink()
    next((tmp_path / "part").rglob("B/synth_000002.png")).unlink()
    leftover = tmp_path / "part" / "truth" / ".synth_000004-abc.tmp.json"
    leftover.write_text("half")
    calls = []
    result = write_pairs(tmp_path / "part", 8, RECIPE, makers=makers, progress=lambda done, total: calls.append((done, total)))
    assert result.made == 7
    assert calls == [(done, 8) for done in range(1, 9)]
    assert tree_bytes(tmp_path / "part") == tree_bytes(tmp_path / "whole")
    assert write_pairs(tmp_path / "part", 8, RECIPE, makers=makers).made == 0


def test_an_interrupted_run_leaves_a_data_set_of_what_is_done(tmp_path, makers, fake_parts, tree_bytes):
    with pytest.raises(KeyboardInterrupt):
        write_pairs(tmp_path / "part", 8, RECIPE, makers=replace(makers, plan=fake_parts.interrupted_plan))
    assert [record.name for record in open_dataset(tmp_path / "part").records] == [f"synth_00000{index}" for index in range(3)]
    write_pairs(tmp_path / "part", 8, RECIPE, makers=makers)
    write_pairs(tmp_path / "whole", 8, RECIPE, makers=makers)
    assert tree_bytes(tmp_path / "part") == tree_bytes(tmp_path / "whole")


def test_a_full_disk_is_told_with_what_is_saved(tmp_path, makers, fake_parts):
    with pytest.raises(DatasetError, match=r"disk .* is full. 3 of 8 pairs are saved; give the same command again"):
        write_pairs(tmp_path, 8, RECIPE, makers=replace(makers, plan=fake_parts.failing_plan))


def test_a_killed_process_is_told_with_what_is_saved(tmp_path, makers, fake_parts, tree_bytes):
    with pytest.raises(DatasetError, match=r"killed.* of 8 pairs are saved"):
        write_pairs(tmp_path / "part", 8, RECIPE, makers=replace(makers, plan=fake_parts.dying_plan), workers=2)
    write_pairs(tmp_path / "part", 8, RECIPE, makers=makers)
    write_pairs(tmp_path / "whole", 8, RECIPE, makers=makers)
    assert tree_bytes(tmp_path / "part") == tree_bytes(tmp_path / "whole")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(RECIPE, seed=6), "seed was 5 and is now 6"),
        (replace(RECIPE, size=96), "size was 64 and is now 96"),
        (replace(RECIPE, weights={"build": 1.0}), r"scenarios was null and is now \{\"build\": 1.0\}"),
        (replace(RECIPE, shares=(1.0, 0.0, 0.0)), "shares was"),
    ],
)
def test_other_settings_in_the_same_folder_are_refused_with_the_difference(tmp_path, makers, tree_bytes, other, message):
    write_pairs(tmp_path, 2, RECIPE, makers=makers)
    before = tree_bytes(tmp_path)
    with pytest.raises(DatasetError, match=message):
        write_pairs(tmp_path, 2, other, makers=makers)
    assert tree_bytes(tmp_path) == before


def test_a_smaller_count_and_a_folder_of_something_else_are_refused(tmp_path, makers):
    write_pairs(tmp_path / "synth", 3, RECIPE, makers=makers)
    with pytest.raises(DatasetError, match="3 pairs already"):
        write_pairs(tmp_path / "synth", 2, RECIPE, makers=makers)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(DatasetError, match="was not made by"):
        write_pairs(tmp_path / "mine", 2, RECIPE, makers=makers)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_damaged_truth_or_settings_file_is_named(tmp_path, makers):
    write_pairs(tmp_path, 2, RECIPE, makers=makers)
    (tmp_path / "truth" / "synth_000001.json").write_text("{")
    with pytest.raises(DatasetError, match=r"synth_000001.json is damaged .* made anew"):
        write_pairs(tmp_path, 2, RECIPE, makers=makers)
    (tmp_path / "synth.json").write_text("{")
    with pytest.raises(DatasetError, match=r"synth.json is damaged"):
        write_pairs(tmp_path, 2, RECIPE, makers=makers)


def test_settings_are_written_with_the_command_that_makes_the_same_again(tmp_path, makers):
    write_pairs(tmp_path, 2, replace(RECIPE, weights={"build": 1.0}), makers=makers)
    settings = json.loads((tmp_path / "synth.json").read_text())
    assert settings["command"] == (
        "deltascribe data synth OUT --count 2 --seed 5 --size 64 --resolution 0.5 --changed-share 0.5 --scenario build --shares 80,10,10"
    )
    assert settings["count"] == 2
    assert settings["version"]
    assert settings["renderer"] >= 1


def test_a_fault_of_the_planner_names_the_pair(tmp_path, makers):
    def faulty(seed, index, **keywords):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        write_pairs(tmp_path, 2, RECIPE, makers=replace(makers, plan=faulty))
    assert caught.value.__notes__ == ["while pair 0 of seed 5 was made"]


def test_shares_that_do_not_sum_up_are_refused():
    with pytest.raises(DatasetError, match="sum up to 1"):
        Recipe(seed=0, shares=(0.5, 0.1, 0.1))
