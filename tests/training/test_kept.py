"""The checkpoints of the last epochs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("lightning")

from deltascribe.models.averaging import average_checkpoints
from deltascribe.models.checkpoint import load_checkpoint
from deltascribe.training import TrainConfig, train

Make = Callable[..., TrainConfig]


def kept(output: Path) -> list[str]:
    return sorted(path.name for path in output.glob("epoch-*"))


def test_the_last_epochs_are_kept_and_can_be_averaged(make_config: Make, tmp_path: Path) -> None:
    config = make_config(tmp_path / "run", epochs=3, batch_size=9, keep=2)
    train(config, quiet=True)
    assert kept(config.output) == ["epoch-02", "epoch-03"]
    folders = [config.output / name for name in kept(config.output)]
    assert [load_checkpoint(folder).training["epoch"] for folder in folders] == [2, 3]
    last = config.output / "last" / "model.safetensors"
    assert (folders[1] / last.name).read_bytes() == last.read_bytes()
    assert average_checkpoints(folders).training["average_of"] == ["run/epoch-02, epoch 2", "run/epoch-03, epoch 3"]


def test_by_default_only_best_and_last_are_there(make_config: Make, tmp_path: Path) -> None:
    config = make_config(tmp_path / "run", epochs=1, batch_size=9)
    train(config, quiet=True)
    assert kept(config.output) == []
