"""A detector's checkpoint folder: everything comes back, damage is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.errors import CheckpointError, ModelKindError
from deltascribe.models.checkpoint import CARD, CONFIG, WEIGHTS, load_checkpoint
from deltascribe.models.detector import ChangeDetector, DetectorCheckpoint, load_detector, save_detector


@pytest.fixture
def folder(build_detector: Callable[..., ChangeDetector], tmp_path: Path) -> Path:
    save_detector(tmp_path, DetectorCheckpoint(build_detector(), 64, 0.5, 0.41, {"seed": 3}), "a card")
    return tmp_path


def edit(folder: Path, **values: Any) -> None:
    path = folder / CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_everything_comes_back(folder: Path, build_detector: Callable[..., ChangeDetector], pair: torch.Tensor) -> None:
    loaded = load_detector(folder)
    assert (loaded.size, loaded.gsd, loaded.threshold, loaded.training) == (64, 0.5, 0.41, {"seed": 3})
    assert (loaded.model.config.width, loaded.model.config.order_free) == (16, True)
    assert not loaded.model.training
    assert (folder / CARD).read_text() == "a card"
    assert torch.equal(loaded.model(pair).mask_logits, build_detector()(pair).mask_logits)


def test_half_precision_is_read_back_as_full(build_detector: Callable[..., ChangeDetector], tmp_path: Path) -> None:
    model = build_detector()
    save_detector(tmp_path, DetectorCheckpoint(model, 64, 0.5, 0.4, {}), "", half=True)
    for key, value in load_detector(tmp_path).model.state_dict().items():
        assert value.dtype == model.state_dict()[key].dtype
        torch.testing.assert_close(value, model.state_dict()[key], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"holds no {name}"):
        load_detector(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"model": "cd"},
        {"settings": {"width": -2}},
        {"settings": {"depth": 2}},
        {"settings": []},
        {"preprocessing": {"size": 64, "gsd": 0.5}},
        {"preprocessing": {"size": 64, "gsd": 0.5, "threshold": 0}},
        {"format": "one"},
        {"format": None},
    ],
)
def test_wrong_values_are_damage(folder: Path, values: dict[str, Any]) -> None:
    edit(folder, **values)
    with pytest.raises(CheckpointError, match="is damaged"):
        load_detector(folder)


def test_another_kind_of_model_a_newer_format_and_other_weights_are_told(folder: Path, tiny_checkpoint: Path) -> None:
    with pytest.raises(ModelKindError, match=f"{tiny_checkpoint} holds a captioner, and a change detector is wanted"):
        load_detector(tiny_checkpoint)
    with pytest.raises(ModelKindError, match=f"{folder} holds a change detector, and a captioner is wanted"):
        load_checkpoint(folder)
    settings = json.loads((folder / CONFIG).read_text())["settings"]
    edit(folder, settings={**settings, "width": 32})
    with pytest.raises(CheckpointError, match="do not fit"):
        load_detector(folder)
    edit(folder, format=99)
    with pytest.raises(CheckpointError, match="newer version"):
        load_detector(folder)
