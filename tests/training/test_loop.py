"""The training loop."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("lightning")

from deltascribe.errors import ConfigError, MissingDependencyError
from deltascribe.generation import Calibration
from deltascribe.losses import LOSSES
from deltascribe.models import Batch
from deltascribe.models.checkpoint import load_checkpoint
from deltascribe.training import TrainConfig, calibrating, loop, train
from deltascribe.training.start import open_split
from deltascribe.training.validation import Validation

Make = Callable[..., TrainConfig]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, make_config: Make) -> TrainConfig:
    """The configuration of a run that is over: two epochs of four steps."""
    config = make_config(tmp_path_factory.mktemp("finished") / "run")
    assert train(config, quiet=True) == config.output / "best"
    return config


def rows(path: Path) -> list[dict[str, float]]:
    with path.open(newline="") as stream:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]


def test_the_loss_falls_and_every_step_and_epoch_is_logged(finished: TrainConfig) -> None:
    losses = rows(finished.output / "losses.csv")
    assert [row["step"] for row in losses] == list(range(1, 9))
    assert list(losses[0]) == ["step", *LOSSES, "lr_factor"]
    assert losses[-1]["caption"] < 0.75 * losses[0]["caption"]
    for row in losses:
        assert row["loss"] == pytest.approx(row["caption"] + 0.2 * row["tgcl"] + 0.5 * row["flag"] + 0.5 * row["mask"], rel=1e-5)
    scores = rows(finished.output / "scores.csv")
    assert [row["step"] for row in scores] == [4, 8]
    assert {"bleu_4", "rouge_l", "cider_d", "changed_cider_d", "change_accuracy", "no_change_accuracy"} <= set(scores[0])


def test_best_and_last_are_checkpoints_with_their_scores(finished: TrainConfig) -> None:
    scores = rows(finished.output / "scores.csv")
    best, last = (load_checkpoint(finished.output / name) for name in ("best", "last"))
    chosen = max(range(2), key=lambda epoch: scores[epoch]["cider_d"])  # the first of equals
    for checkpoint, epoch in ((best, chosen), (last, 1)):
        assert checkpoint.training["epoch"] == epoch + 1
        assert checkpoint.training["validation"] == {name: value for name, value in scores[epoch].items() if name != "step"}
        assert checkpoint.preprocessing["size"] == 64
        assert not checkpoint.model.training
        with torch.no_grad():
            assert checkpoint.model.encode(Batch(pair=torch.rand(1, 2, 3, 64, 64))).change_logit.isfinite().all()
    assert "cider_d" in (finished.output / "best" / "README.md").read_text()


def test_the_checkpoint_tells_how_tgcl_weighed_pairs(finished: TrainConfig, make_config: Make, tmp_path: Path) -> None:
    assert load_checkpoint(finished.output / "best").training["gate"] == "binary"
    config = make_config(tmp_path / "run", objective__gate="area", objective__area_half=0.05, epochs=1, batch_size=9)
    told = load_checkpoint(train(config, quiet=True)).training
    assert (told["gate"], told["area_half"]) == ("area", 0.05)


def test_a_finished_run_is_not_touched(finished: TrainConfig) -> None:
    files = [path for path in finished.output.rglob("*") if path.is_file() and "tensorboard" not in path.parts]
    before = {path: path.read_bytes() for path in files}
    assert train(finished, quiet=True) == finished.output / "best"
    assert before == {path: path.read_bytes() for path in files}


def test_a_finished_run_says_so_and_how_to_train_anew(finished: TrainConfig, capsys: pytest.CaptureFixture[str]) -> None:
    train(finished)
    told = capsys.readouterr().out
    assert f"The run in {finished.output} is finished already: all 2 epochs are trained. To train anew, give another `output`" in told
    assert "8/8" not in told


def test_a_folder_with_another_run_is_refused_and_left_alone(finished: TrainConfig) -> None:
    before = (finished.output / "config.yaml").read_bytes()
    with pytest.raises(ConfigError, match="other settings"):
        train(finished.model_copy(update={"seed": 4}), quiet=True)
    assert (finished.output / "config.yaml").read_bytes() == before


def test_a_run_that_failed_at_once_can_be_corrected(make_config: Make, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="depth"):
        train(make_config(tmp_path / "run", model__settings__depth=3), quiet=True)
    config = make_config(tmp_path / "run", epochs=1, batch_size=9)
    train(config, quiet=True)
    assert len(rows(tmp_path / "run" / "losses.csv")) == 1


def test_fine_tuning_starts_from_weights_and_keeps_words_and_settings(finished: TrainConfig, make_config: Make, tmp_path: Path) -> None:
    still = {"lr": 1e-12, "backbone_lr": 0, "weight_decay": 0, "ema": 0}
    config = make_config(
        tmp_path / "run",
        init=str(finished.output / "best"),
        model={"settings": {"dropout": 0.3}},
        optimiser=still,
        epochs=1,
        batch_size=9,
        data__min_count=20,
    )
    tuned, first = load_checkpoint(train(config, quiet=True)), load_checkpoint(finished.output / "best")
    assert tuned.vocabulary == first.vocabulary
    assert tuned.settings == {**first.settings, "dropout": 0.3}
    for one, two in zip(tuned.model.state_dict().values(), first.model.state_dict().values(), strict=True):
        torch.testing.assert_close(one, two, atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"model__name": "other"}, "holds the model 'dfm', not 'other': set model.name=dfm"),
        ({"model__settings__width": 64}, "leave out settings that change the model's shape"),
        ({"model__settings__text_dimension": 384}, "the one that the checkpoint was trained with"),
    ],
)
def test_fine_tuning_with_what_does_not_fit_is_refused(
    finished: TrainConfig, make_config: Make, tmp_path: Path, overrides: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(make_config(tmp_path / "run", init=str(finished.output / "best"), **overrides), quiet=True)


def test_data_without_masks_and_a_run_without_tgcl_leave_columns_empty(make_config: Make, tmp_path: Path) -> None:
    config = make_config(
        tmp_path / "run", data__format="levir_cc", objective={"tgcl": 0}, epochs=1, select_by="changed_cider_d", optimiser={"ema": 0}
    )
    train(config, quiet=True)
    for row in rows(tmp_path / "run" / "losses.csv"):
        assert math.isnan(row["mask"])
        assert math.isnan(row["tgcl"])
        assert row["loss"] == pytest.approx(row["caption"] + 0.5 * row["flag"], rel=1e-5)


def test_quiet_prints_nothing_and_the_rest_tells_of_each_epoch(
    make_config: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(make_config(tmp_path / "one", epochs=1, batch_size=9), quiet=True)
    assert capsys.readouterr().out == ""
    train(make_config(tmp_path / "two", epochs=1, batch_size=9))
    assert "epoch 1: bleu_4 " in capsys.readouterr().out


def test_validation_of_a_split_where_nothing_changed(finished: TrainConfig) -> None:
    unchanged = open_split(finished, "val").subset(lambda record: record.changed is False)
    checkpoint = load_checkpoint(finished.output / "last")
    scores = Validation(unchanged, checkpoint.vocabulary, finished)(checkpoint.model, torch.device("cpu"))
    assert scores["changed_cider_d"] == 0
    assert 0 <= scores["no_change_accuracy"] <= 100


def test_a_checkpoint_has_the_calibration_of_its_flag(make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(make_config(tmp_path / "few", epochs=1), quiet=True)
    assert "calibration" not in load_checkpoint(tmp_path / "few" / "best").preprocessing
    monkeypatch.setattr(calibrating, "FEWEST", 1)
    monkeypatch.setattr(calibrating, "fit_calibration", lambda logits, changed: Calibration(len(logits), sum(changed)))
    train(make_config(tmp_path / "enough", epochs=1), quiet=True)
    # of the three pairs of val two changed
    assert load_checkpoint(tmp_path / "enough" / "best").preprocessing["calibration"] == {"scale": 3, "shift": 2}


def test_the_weight_of_a_peers_probe_does_not_move_the_peer(make_config: Make, tmp_path: Path) -> None:
    settings = {"backbone": {"weights": "none", "tuned_stages": 1}, "width": 32, "heads": 4}
    peer = {"model": {"name": "plain", "settings": settings}, "optimiser__clip": 0.01, "epochs": 1, "batch_size": 4}
    weights = []
    for weight in (0.5, 100.0):
        config = make_config(tmp_path / f"run-{weight}", objective={"tgcl": 0, "mask": 0, "flag": weight}, **peer)
        train(config, quiet=True)
        weights.append(load_checkpoint(config.output / "last").model.state_dict())
    one, two = ({name: value for name, value in state.items() if not name.startswith("flag.")} for state in weights)
    assert all(torch.equal(value, two[name]) for name, value in one.items())
    assert not torch.equal(weights[0]["flag.weight"], weights[1]["flag.weight"])


def test_missing_lightning_is_named(make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightning.fabric", None)
    with pytest.raises(MissingDependencyError, match=r"deltascribe\[train\]"):
        loop.train(make_config(tmp_path / "run"))


@pytest.mark.skipif(os.name == "nt", reason="the script kills by signal")
def test_two_processes_train_one_model(write_config: Callable[..., Path], tmp_path: Path) -> None:
    # a cache that both read, and a mask head without masks: its weights get no gradient
    settings = {"model__settings__backbone__tuned_stages": 1, "cache": {"variants": 1}, "data__format": "levir_cc"}
    config = write_config(tmp_path / "run", devices=2, batch_size=2, epochs=1, **settings)
    command = [sys.executable, str(Path(__file__).with_name("killed_run.py")), str(config), "step", "0"]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert result.returncode == 0, result.stderr
    assert [row["step"] for row in rows(tmp_path / "run" / "losses.csv")] == [1, 2]  # nine pairs, four a step
    assert load_checkpoint(tmp_path / "run" / "best").training["epoch"] == 1
