"""Own data to a LEVIR-CC style folder and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from deltascribe.datasets import build_dataset, check_dataset, open_dataset
from deltascribe.errors import DatasetError


def test_built_folder_read_as_levir_mci_gives_the_same_samples(make_fake, tmp_path):
    source = open_dataset(make_fake("folder"))
    report = build_dataset(source, tmp_path / "built")
    built = open_dataset(report.target)
    assert built.name == "levir_mci"
    assert (report.counts, report.captions, report.labels) == ({"train": 2, "val": 1, "test": 1}, 6, 3)
    assert len(built) == len(source)
    for old, new in zip(source, built, strict=True):
        assert torch.equal(old.pair, new.pair)
        assert (old.mask is None) == (new.mask is None)
        assert old.mask is None or torch.equal(old.mask, new.mask)
        for key in ("name", "split", "captions", "changed", "ground", "caption_source", "quality"):
            assert getattr(old, key) == getattr(new, key), key
    assert check_dataset(built).ok


def test_built_json_has_the_fields_of_levir_cc(make_fake, tmp_path):
    report = build_dataset(open_dataset(make_fake("folder")), tmp_path / "built")
    images = json.loads((report.target / "LevirCCcaptions.json").read_text())["images"]
    assert [(e["filepath"], e["filename"], e["split"], e["imgid"], e["changeflag"], e["sentids"]) for e in images] == [
        ("train", "harbour.png", "train", 0, 1, [0, 1]),
        ("train", "meadow.png", "train", 1, 0, [2]),
        ("val", "school.png", "val", 2, 1, [3]),
        ("test", "bridge.png", "test", 3, 1, [4, 5]),
    ]
    assert images[0]["sentences"][1] == {"tokens": ["the", "harbour", "grew"], "raw": " the harbour grew .", "imgid": 0, "sentid": 1}
    assert {image.format for image in map(Image.open, report.target.glob("images/*/*/*.png"))} == {"PNG"}


def test_label_is_written_in_the_code_of_levir_mci(make_fake, tmp_path):
    build_dataset(open_dataset(make_fake("folder")), tmp_path / "built")
    label = np.asarray(Image.open(tmp_path / "built/images/test/label/bridge.png"))
    assert label.shape == (24, 32, 3)
    assert sorted(np.unique(label[..., 0]).tolist()) == [0, 128, 255]


def test_names_like_those_of_levir_cc_get_no_ground_of_levir_cd(make_fake, tmp_path):
    root = make_fake("folder")
    for folder in ("before", "after", "label"):
        for path in (root / folder).glob("meadow.*"):
            path.rename(path.with_stem("train_000001"))
    table = root / "captions.csv"
    table.write_text(table.read_text().replace("meadow", "train_000001"))
    built = open_dataset(build_dataset(open_dataset(root), tmp_path / "built").target)
    assert {record.name: record.ground for record in built.records}["train_000001"] is None


def test_missing_splits_are_filled_in(make_fake, tmp_path):
    source = open_dataset(make_fake("folder", splits=False))
    built = open_dataset(build_dataset(source, tmp_path / "built").target)
    assert {r.name: r.split for r in built.records} == {r.name: r.split for r in source.records}


def test_source_with_errors_writes_nothing(make_fake, tmp_path):
    root = make_fake("folder")
    (root / "after/bridge.tif").unlink()
    with pytest.raises(DatasetError, match=r"images that are not on disk: 1 .*bridge"):
        build_dataset(open_dataset(root), tmp_path / "built")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]


def test_failure_while_writing_leaves_nothing_behind(make_fake, tmp_path):
    source = open_dataset(make_fake("folder"))

    def fail(step: str, done: int, total: int) -> None:
        if step == "write" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_dataset(source, tmp_path / "built", progress=fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]


def test_existing_target_is_replaced_only_by_force_and_only_if_it_was_made_here(make_fake, tmp_path):
    source = open_dataset(make_fake("folder"))
    target = tmp_path / "built"
    build_dataset(source, target)
    (target / "stale.txt").write_text("old")
    with pytest.raises(DatasetError, match=r"exists already.*--force"):
        build_dataset(source, target)
    build_dataset(source, target, force=True)
    assert sorted(path.name for path in target.iterdir()) == ["LevirCCcaptions.json", "images"]
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.tex").write_text("...")
    with pytest.raises(DatasetError, match=r"was not made by .*Choose another OUT"):
        build_dataset(source, precious, force=True)
    assert (precious / "thesis.tex").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built", "folder", "precious"]


@pytest.mark.parametrize("target", ["folder", "folder/built", "."])
def test_target_inside_the_source_or_around_it_is_refused(make_fake, tmp_path, target):
    source = open_dataset(make_fake("folder"))
    with pytest.raises(DatasetError, match="lie in each other"):
        build_dataset(source, tmp_path / target, force=True)


@pytest.mark.parametrize("content", ['{"images": []}', "[]", "{", '{"made_by": "somebody else", "images": []}'])
def test_force_leaves_a_levir_cc_folder_of_other_origin_alone(make_fake, tmp_path, content):
    original = tmp_path / "LEVIR-CC"
    original.mkdir()
    (original / "LevirCCcaptions.json").write_text(content)
    with pytest.raises(DatasetError, match=r"was not made by .*Choose another OUT"):
        build_dataset(open_dataset(make_fake("folder")), original, force=True)
    assert (original / "LevirCCcaptions.json").read_text() == content


def test_force_fills_an_empty_folder(make_fake, tmp_path):
    (tmp_path / "built").mkdir()
    report = build_dataset(open_dataset(make_fake("folder")), tmp_path / "built", force=True)
    assert (report.target / "LevirCCcaptions.json").is_file()


@pytest.mark.parametrize("moved", ["new", "built"])
def test_the_old_folder_is_put_back_where_the_last_step_fails(make_fake, tmp_path, monkeypatch, moved):
    source = open_dataset(make_fake("folder"))
    target = build_dataset(source, tmp_path / "built").target
    (target / "old.txt").write_text("old")
    rename = Path.rename
    failed = []

    def fail_once(self, to):
        if self.name == moved and not failed:
            failed.append(self)
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(OSError, match="No space left"):
        build_dataset(source, target, force=True)
    assert failed
    assert (target / "old.txt").read_text() == "old"
    assert len(open_dataset(target)) == len(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built", "folder"]
