"""Tests of deltascribe.shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import CheckpointError
from deltascribe.shipped import check_integrity, demo_pairs, shipped_models, write_checksums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"abc")
    (folder / "config.json").write_text("{}")
    return folder


def test_checksums_are_those_of_sha256(folder: Path) -> None:
    assert write_checksums(folder).read_text().splitlines() == [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  model.safetensors",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  config.json",
    ]
    assert check_integrity(folder) == "right"


def test_a_changed_a_missing_and_an_unlisted_file_are_told_apart(folder: Path) -> None:
    assert check_integrity(folder) == "unlisted"
    write_checksums(folder)
    (folder / "model.safetensors").write_bytes(b"abd")
    assert check_integrity(folder) == "wrong"
    (folder / "model.safetensors").write_bytes(b"abc")
    (folder / "config.json").unlink()
    assert check_integrity(folder) == "wrong"


def test_a_list_without_the_weights_or_with_a_broken_line_is_wrong(folder: Path) -> None:
    write_checksums(folder)
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    (folder / "SHA256SUMS").write_text(lines[1] + "\n")
    assert check_integrity(folder) == "wrong"
    (folder / "SHA256SUMS").write_text(lines[0] + "\nonly-a-sum\n")
    assert check_integrity(folder) == "wrong"


def test_checksums_need_weights(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        write_checksums(tmp_path)


def test_shipped_models_are_the_folders_with_weights(folder: Path) -> None:
    (folder.parent / "empty").mkdir()
    (model,) = shipped_models(folder.parent)
    assert (model.name, model.folder, model.megabytes, model.integrity) == ("tiny", folder, 3e-6, "unlisted")
    assert shipped_models(folder / "nowhere") == []


def test_weights_in_the_package_fit_their_checksums() -> None:
    assert [model.name for model in shipped_models() if model.integrity != "right"] == []


def test_the_package_has_small_demo_pairs_whose_files_are_all_there() -> None:
    pairs = demo_pairs()
    assert len(pairs) == 6
    for pair in pairs:
        assert all(path.stat().st_size < 150_000 for path in pair)
