"""Every finding of the check: each fault is planted and found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.datasets import DatasetCheck, check_dataset, open_dataset
from deltascribe.datasets.check import caption_statistics


def _names(check: DatasetCheck, code: str) -> list[str]:
    return next((problem.names for problem in check.problems if problem.code == code), [])


def _severity(check: DatasetCheck, code: str) -> str:
    return next(problem.severity for problem in check.problems if problem.code == code)


def _codes(check: DatasetCheck) -> set[str]:
    return {problem.code for problem in check.problems}


def test_sound_data_set_has_no_findings_but_its_counts(make_fake):
    check = check_dataset(open_dataset(make_fake("levir_mci")))
    assert check.ok
    assert _codes(check) == {"count-differs"}
    assert check.counts == {"train": 3, "val": 2, "test": 1}
    assert check.published == {"train": 6815, "val": 1333, "test": 1929}
    assert check.changed == {"train": 2, "val": 1, "test": 1}
    assert check.image_sizes == {"32x32": 12}
    assert check.masks == 6


def test_own_folder_has_no_published_counts_and_no_findings(make_fake):
    check = check_dataset(open_dataset(make_fake("folder")))
    assert check.published == {}
    assert check.image_sizes == {"32x24": 8}
    assert check.problems == []


def test_published_counts_are_compared_for_the_opened_split_only(make_fake):
    check = check_dataset(open_dataset(make_fake("second_cc"), "val"))
    assert check.published == {"val": 595}
    (problem,) = [problem for problem in check.problems if problem.code == "count-differs"]
    assert problem.severity == "warning"
    assert "val: 1 pairs here, 595 in SECOND-CC as published" in problem.message
    assert "10,855 in all" in problem.message


def test_caption_statistics_are_counted_in_words(make_fake):
    statistics = caption_statistics(open_dataset(make_fake("folder")).records)
    assert statistics.captions == 6
    assert statistics.captions_per_pair == {1: 2, 2: 2}
    assert statistics.mean_words == pytest.approx((7 + 3 + 4 + 5 + 5 + 7) / 6)
    assert statistics.max_words == 7


def _unlink(path: str) -> Callable[[Path], Any]:
    return lambda root: (root / path).unlink()


def _write(path: str, content: bytes) -> Callable[[Path], Any]:
    return lambda root: (root / path).write_bytes(content)


def _save(path: str, array: np.ndarray) -> Callable[[Path], Any]:
    return lambda root: Image.fromarray(array).save(root / path)


def _copy(source: str, target: str) -> Callable[[Path], Any]:
    return lambda root: shutil.copy(root / source, root / target)


def _edit(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[Path], Any]:
    def edit(root: Path) -> None:
        path = root / "LevirCCcaptions.json"
        document = json.loads(path.read_text())
        change(document["images"])
        path.write_text(json.dumps(document))

    return edit


_WHITE = np.full((32, 32), 255, np.uint8)
_SMALL = np.zeros((16, 16), np.uint8)
_LABEL = "images/train/label/train_000001.png"
_FAULTS = [
    ("missing-image", "error", "images/train/A/train_000001.png", _unlink("images/train/A/train_000001.png")),
    ("corrupt-image", "error", "images/train/B/train_000001.png", _write("images/train/B/train_000001.png", b"no image")),
    ("size-differs", "error", "train_000001", _save("images/train/B/train_000001.png", np.zeros((16, 32, 3), np.uint8))),
    ("missing-label", "error", _LABEL, _unlink(_LABEL)),
    ("corrupt-label", "error", _LABEL, _write(_LABEL, b"no image")),
    ("corrupt-label", "error", _LABEL, _save(_LABEL, _WHITE - 1)),
    ("label-size-differs", "error", "train_000001", _save(_LABEL, _SMALL + 255)),
    ("flag-says-same-mask-changed", "warning", "train_000002", _save("images/train/label/train_000002.png", _WHITE)),
    ("flag-says-changed-mask-empty", "warning", "train_000001", _save(_LABEL, _WHITE * 0)),
    ("identical-images", "warning", "train_000002", _copy("images/train/A/train_000002.png", "images/train/B/train_000002.png")),
    ("duplicate-name", "error", "train_000001", _edit(lambda images: images.append(images[0]))),
    (
        "name-in-several-splits",
        "warning",
        "train_000001",
        _edit(lambda images: images.append({**images[0], "split": "test", "ground": "elsewhere"})),
    ),
    ("ground-crosses-splits", "error", "hill", _edit(lambda images: [images[0].update(ground="hill"), images[3].update(ground="hill")])),
    ("few-captions", "note", "train_000001", _edit(lambda images: images[0]["sentences"].pop())),
]


@pytest.mark.parametrize(("code", "severity", "name", "plant"), _FAULTS, ids=[fault[0] for fault in _FAULTS])
def test_planted_fault_is_the_only_finding(make_fake, code, severity, name, plant):
    root = make_fake("levir_mci")
    plant(root)
    check = check_dataset(open_dataset(root))
    assert _codes(check) == {code, "count-differs"}
    (found,) = _names(check, code)
    assert found in (name, str(root / name))
    assert _severity(check, code) == severity
    assert check.ok == (severity != "error")


def test_message_of_a_corrupt_file_says_why(make_fake):
    root = make_fake("levir_mci")
    Image.fromarray(_WHITE - 1).save(root / _LABEL)
    check = check_dataset(open_dataset(root))
    assert "holds the values [254]" in next(problem.message for problem in check.problems if problem.code == "corrupt-label")


def test_all_names_are_listed_while_the_message_is_cut(make_fake):
    root = make_fake("levir_cc")
    for path in (root / "images").glob("*/A/*.png"):
        path.unlink()
    problem = check_dataset(open_dataset(root)).problems[0]
    assert problem.code == "missing-image"
    assert len(problem.names) == 7
    assert problem.message.startswith("images that are not on disk: 7 (")
    assert problem.message.endswith("and 2 more)")


def test_mask_of_buildings_only_may_be_empty_for_another_change(make_fake):
    check = check_dataset(open_dataset(make_fake("second_cc")))
    assert "flag-says-changed-mask-empty" not in _codes(check)
    assert _names(check, "few-captions") == ["00001_0_1"]


def test_progress_counts_every_pair(make_fake):
    calls: list[tuple[int, int]] = []
    check_dataset(open_dataset(make_fake("whu_cdc")), lambda done, total: calls.append((done, total)))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_check_is_plain_json(make_fake):
    root = make_fake("levir_mci")
    (root / _LABEL).unlink()
    value = json.loads(json.dumps(check_dataset(open_dataset(root)).to_dict()))
    assert value["ok"] is False
    assert value["root"] == str(root)
    assert value["problems"][0]["code"] == "missing-label"
    assert value["captions"]["captions_per_pair"] == {"5": 6}
