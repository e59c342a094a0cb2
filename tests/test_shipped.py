"""Tests of deltascribe.shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import CheckpointError
from deltascribe.shipped import (
    DEFAULTS,
    Kind,
    check_integrity,
    demo_pairs,
    find_folder,
    read_kind,
    require_folder,
    shipped_models,
    write_checksums,
)


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
    assert (model.name, model.folder, model.kind, model.megabytes, model.integrity) == ("tiny", folder, None, 3e-6, "unlisted")
    assert shipped_models(folder / "nowhere") == []


def test_captioner_and_detector_are_told_apart_by_their_configuration(shipped: Path) -> None:
    assert [(model.name, model.kind) for model in shipped_models()] == [("detector_lite0", "detector"), ("dfm_lite0", "captioner")]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"model": "dfm"}', '{"model": 3}', "\udcff"])
def test_a_configuration_that_says_neither_has_no_kind(text: str, tmp_path: Path) -> None:
    assert read_kind(tmp_path) is None
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_kind(tmp_path) is None


def test_a_user_means_a_folder_that_is_there_or_else_a_shipped_model(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_folder(tmp_path, "captioner") == tmp_path
    assert find_folder("dfm_lite0", "detector") == shipped / "dfm_lite0"  # whatever it holds: loading tells
    assert {kind: find_folder(None, kind) for kind in DEFAULTS} == {kind: shipped / name for kind, name in DEFAULTS.items()}
    for name in ("nothing", "../shipped/dfm_lite0", "dfm_lite0/../dfm_lite0", str(tmp_path / "nothing")):
        assert find_folder(name, "captioner") is None
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dfm_lite0").mkdir()
    assert find_folder("dfm_lite0", "captioner") == Path("dfm_lite0")


@pytest.mark.parametrize(("kind", "command"), [("captioner", "deltascribe train`"), ("detector", "deltascribe pretrain-detector`")])
def test_a_model_that_is_not_there_tells_the_next_step(kind: Kind, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deltascribe.shipped.MODELS", tmp_path)
    with pytest.raises(CheckpointError, match=f"no checkpoint folder nothing, .*deltascribe models.*{command}"):
        require_folder("nothing", kind)
    with pytest.raises(CheckpointError, match=f"lacks its .*{DEFAULTS[kind]}; reinstall deltascribe, or .*{command}"):
        require_folder(None, kind)


def test_weights_in_the_package_fit_their_checksums() -> None:
    assert [model.name for model in shipped_models() if model.integrity != "right"] == []


def test_models_in_the_package_are_of_the_kind_that_their_command_takes() -> None:
    kinds = {model.name: model.kind for model in shipped_models()}
    assert None not in kinds.values()
    for kind, name in DEFAULTS.items():
        assert kinds.get(name, kind) == kind


def test_the_package_has_small_demo_pairs_whose_files_are_all_there() -> None:
    pairs = demo_pairs()
    assert len(pairs) == 6
    for pair in pairs:
        assert all(path.stat().st_size < 150_000 for path in pair)
