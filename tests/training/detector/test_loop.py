"""A detector's run: what it writes, that it goes on exactly where it was killed, and fine-tuning."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

import torch
from safetensors.torch import load_file

from deltascribe.errors import CheckpointError, ConfigError
from deltascribe.models.detector import load_detector
from deltascribe.training.config import load_settings
from deltascribe.training.detector import DetectorTrainConfig, train_detector

WriteConfig = Callable[..., Path]
KILLED_RUN = Path(__file__).with_name("killed_run.py")


def train(config: Path) -> Path:
    return train_detector(load_settings(config, (), DetectorTrainConfig), quiet=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, write_config: WriteConfig) -> Path:
    """Folder of a run of eight steps that nothing disturbs."""
    output = tmp_path_factory.mktemp("undisturbed") / "run"
    assert train(write_config(output)) == output / "best"
    return output


def test_a_run_leaves_logs_checkpoints_and_a_card(run: Path) -> None:
    losses = list(csv.DictReader((run / "losses.csv").open()))
    assert [row["step"] for row in losses] == [str(step) for step in range(1, 9)]
    assert all(float(row["loss"]) == pytest.approx(float(row["cross_entropy"]) + float(row["dice"]), rel=1e-5) for row in losses)
    scores = list(csv.DictReader((run / "scores.csv").open()))
    assert [row["step"] for row in scores] == ["4", "8"]
    last = load_detector(run / "last")
    assert last.threshold == float(scores[-1]["threshold"])
    assert (last.size, last.gsd) == (48, 0.5)
    assert [source.split(" ", 1)[1] for source in last.training["data"]] == ["(train, 1 crop a pair and epoch)"]
    assert last.training["validation"]["f1"] == float(scores[-1]["f1"])
    best = load_detector(run / "best")
    assert best.training["validation"]["f1"] == max(float(row["f1"]) for row in scores)
    card = (run / "best" / "README.md").read_text()
    assert "deltascribe detect" in card
    assert "the order of the dates does not matter" in card


def test_the_frozen_stage_stays_and_the_rest_moves(run: Path, write_config: WriteConfig, tmp_path: Path) -> None:
    weights = load_file(run / "last" / "model.safetensors")
    config = load_settings(write_config(tmp_path / "run"), (), DetectorTrainConfig)
    torch.manual_seed(config.seed)
    from deltascribe.models.detector import ChangeDetector

    first = ChangeDetector(config.model).state_dict()
    assert torch.equal(weights["backbone._conv_stem.weight"], first["backbone._conv_stem.weight"])
    assert not torch.equal(weights["backbone._blocks.10._project_conv.weight"], first["backbone._blocks.10._project_conv.weight"])
    assert not torch.equal(weights["head.2.weight"], first["head.2.weight"])


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_run_that_was_killed_goes_on_to_the_same_weights(run: Path, write_config: WriteConfig, tmp_path: Path) -> None:
    output = tmp_path / "run"
    config = write_config(output, checkpoint_minutes=0)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run([sys.executable, str(KILLED_RUN), str(config), "7"], capture_output=True, text=True, env=environment)
    assert result.returncode == -signal.SIGKILL, result.stderr
    assert sorted(path.name for path in (output / "resume").glob("step-*.pt")) == ["step-00000005.pt", "step-00000006.pt"]
    train(config)
    for name in ("losses.csv", "scores.csv"):
        assert (output / name).read_text() == (run / name).read_text()
    for part in ("last", "best"):
        one, two = (load_file(folder / part / "model.safetensors") for folder in (output, run))
        assert all(torch.equal(one[name], two[name]) for name in two)


def test_a_folder_of_another_run_is_not_overwritten(run: Path, write_config: WriteConfig) -> None:
    with pytest.raises(ConfigError, match="run with other settings"):
        train(write_config(run, batch_size=4))


def test_a_finished_run_says_so(run: Path, write_config: WriteConfig, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_detector(load_settings(write_config(run), (), DetectorTrainConfig)) == run / "best"
    told = capsys.readouterr().out
    assert f"The run in {run} is finished already: all 2 epochs are trained" in told
    assert "8/8" not in told


def test_fine_tuning_starts_from_a_checkpoint(run: Path, write_config: WriteConfig, tmp_path: Path) -> None:
    values = {"init": str(run / "best"), "epochs": 1, "optimiser__lr": 1e-9, "optimiser__backbone_lr": 0.0, "optimiser__ema": 0}
    tuned = train(write_config(tmp_path / "tuned", **values))
    one, two = (load_file(folder / "model.safetensors") for folder in (tuned, run / "best"))
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=0, atol=1e-6)
    with pytest.raises(ConfigError, match="leave out what changes its shape"):
        train(write_config(tmp_path / "wider", init=str(run / "best"), model__width=32))
    with pytest.raises(CheckpointError, match="no checkpoint folder nothing, and no shipped model"):
        train(write_config(tmp_path / "none", init="nothing"))


def test_three_classes_can_be_trained(write_config: WriteConfig, two_kinds: dict[str, Any], tmp_path: Path) -> None:
    best = train(write_config(tmp_path / "run", epochs=1, loss__focal=2, loss__hard=0.5, **two_kinds))
    assert load_detector(best).model.classes == 3
