"""Validation with real captions and metrics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.generation import Calibration, fit_calibration
from deltascribe.models import Batch, create_model
from deltascribe.text import Vocabulary
from deltascribe.training import TrainConfig, calibrating, validation
from deltascribe.training.start import build_vocabulary, open_split, open_training
from deltascribe.training.validation import Validation

CPU = torch.device("cpu")


@pytest.fixture
def setting(make_config: Callable[..., TrainConfig], tmp_path: Path) -> tuple[TrainConfig, Vocabulary, Any]:
    config = make_config(tmp_path / "run", model__settings__backbone__tuned_stages=1)
    vocabulary = build_vocabulary(open_training(config).captions(), 1)
    torch.manual_seed(0)
    return config, vocabulary, create_model(config.model.name, config.model.settings, len(vocabulary)).eval()


def counted(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    frozen_part = model.frozen_part

    def count(pair: Tensor) -> Any:
        calls.append(len(pair))
        return frozen_part(pair)

    monkeypatch.setattr(model, "frozen_part", count)
    return calls


def test_the_frozen_part_is_worked_out_once(setting: tuple[TrainConfig, Vocabulary, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    config, vocabulary, model = setting
    calls = counted(model, monkeypatch)
    judge = Validation(open_split(config, "val"), vocabulary, config)
    first = judge(model, CPU)
    assert calls == [2, 1]
    assert judge(model, CPU) == first
    assert calls == [2, 1]


def test_what_is_kept_is_bounded(setting: tuple[TrainConfig, Vocabulary, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    config, vocabulary, model = setting
    whole = Validation(open_split(config, "val"), vocabulary, config)(model, CPU)
    monkeypatch.setattr(validation, "MOST_FEATURES", 1)
    calls = counted(model, monkeypatch)
    judge = Validation(open_split(config, "val"), vocabulary, config)
    assert judge(model, CPU) == judge(model, CPU) == whole
    assert calls == [2, 1, 2, 1]


def test_the_flag_is_calibrated_on_the_split_where_it_has_enough_of_both_kinds(
    setting: tuple[TrainConfig, Vocabulary, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, vocabulary, model = setting
    with torch.no_grad():
        model.flag.bias.fill_(30.0)  # takes every pair for changed
    split = open_split(config, "val")
    judge = Validation(split, vocabulary, config)
    assert judge(model, CPU)["no_change_accuracy"] == 0
    assert judge.calibration is None
    monkeypatch.setattr(calibrating, "FEWEST", 1)
    judge = Validation(split, vocabulary, config)
    scores = judge(model, CPU)
    assert judge.calibration is not None
    fitted = fit_calibration(_logits(model, split), [is_changed(split[index]) for index in range(len(split))])
    assert (judge.calibration.scale, judge.calibration.shift) == pytest.approx((fitted.scale, fitted.shift), rel=1e-2)
    assert scores["change_accuracy"] + scores["no_change_accuracy"] >= 100  # no worse than one answer for all


def test_a_flag_that_is_worse_than_chance_is_not_turned_round(
    setting: tuple[TrainConfig, Vocabulary, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, vocabulary, model = setting
    monkeypatch.setattr(calibrating, "FEWEST", 1)
    monkeypatch.setattr(calibrating, "fit_calibration", lambda logits, changed: Calibration(-0.5, 1.0))
    judge = Validation(open_split(config, "val"), vocabulary, config)
    judge(model, CPU)
    assert judge.calibration is None


def _logits(model: Any, split: ChangeDataset) -> list[float]:
    with torch.inference_mode():
        return [float(model.encode(Batch(pair=split[index].pair[None])).change_logit) for index in range(len(split))]


def test_a_model_that_is_tuned_as_a_whole_reads_the_images(
    make_config: Callable[..., TrainConfig], tmp_path: Path, setting: tuple[TrainConfig, Vocabulary, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, vocabulary, model = setting
    expected = Validation(open_split(config, "val"), vocabulary, config)(model, CPU)
    monkeypatch.setattr(model, "frozen_part", lambda pair: None)
    judge = Validation(open_split(config, "val"), vocabulary, config)
    assert judge(model, CPU) == judge(model, CPU) == expected
