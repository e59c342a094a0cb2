"""Resume points."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest
import torch

from deltascribe.training.resume import load_resume_point, save_resume_point


def save(folder: Path, *steps: int) -> None:
    for step in steps:
        save_resume_point(folder, step, {"step": step, "weights": torch.full((1000,), float(step))})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_two_are_kept_and_the_newest_is_read(tmp_path: Path) -> None:
    save(tmp_path, 3, 20, 100)
    assert names(tmp_path) == ["step-00000020.pt", "step-00000100.pt"]
    state = load_resume_point(tmp_path)
    assert state is not None
    assert state["step"] == 100
    assert state["weights"].unique().tolist() == [100]


def test_there_is_none_in_an_empty_or_missing_folder(tmp_path: Path) -> None:
    assert load_resume_point(tmp_path) is None
    assert load_resume_point(tmp_path / "none") is None


@pytest.mark.parametrize("damage", ["half", "empty", "zeros", "text"])
def test_a_damaged_newest_point_is_passed_over_with_a_warning(tmp_path: Path, damage: str) -> None:
    save(tmp_path, 1, 2)
    newest = tmp_path / "step-00000002.pt"
    size = newest.stat().st_size
    if damage == "half":
        os.truncate(newest, size // 2)
    else:
        newest.write_bytes({"empty": b"", "zeros": bytes(size), "text": b"not a resume point"}[damage])
    with pytest.warns(UserWarning, match=r"step-00000002\.pt cannot be read"):
        state = load_resume_point(tmp_path)
    assert state is not None
    assert state["step"] == 1


def test_a_damaged_point_does_not_push_out_good_ones(tmp_path: Path) -> None:
    save(tmp_path, 1, 9)
    os.truncate(tmp_path / "step-00000009.pt", 50)
    save(tmp_path, 2, 3)
    assert names(tmp_path) == ["step-00000002.pt", "step-00000003.pt"]


def test_none_where_all_are_damaged(tmp_path: Path) -> None:
    save(tmp_path, 1)
    os.truncate(tmp_path / "step-00000001.pt", 10)
    with pytest.warns(UserWarning, match="cannot be read"):
        assert load_resume_point(tmp_path) is None


def test_what_a_killed_write_left_is_ignored_and_removed_by_the_next(tmp_path: Path) -> None:
    save(tmp_path, 1)
    (tmp_path / ".step-00000002-abc.tmp.pt").write_bytes(b"half")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        state = load_resume_point(tmp_path)
    assert state is not None
    assert state["step"] == 1
    save(tmp_path, 2)
    assert names(tmp_path) == ["step-00000001.pt", "step-00000002.pt"]
