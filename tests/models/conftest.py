"""An untrained detector, and what a step of training leaves without a gradient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch
from deltascribe.models.detector import ChangeDetector, DetectorConfig
from deltascribe.models.detector.checkpoint import DetectorCheckpoint, save_detector

_SHIFTS = ("key.bias", "pool.bias")
"""Biases that move all scores of a softmax alike, so that their gradient is zero by construction."""


def unheard(model: Any, batch: Batch, config: ObjectiveConfig) -> tuple[set[str], set[str]]:
    """Trainable parameters that one step gives no gradient, and those that it gives one of zeros.

    Branches that start at zero are opened first, as after a first step: else what lies before them had a gradient of zeros.
    """
    torch.manual_seed(1)
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    objective(model.train()(batch), batch, config)["loss"].backward()
    tuned = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.requires_grad}
    missing = {name for name, gradient in tuned.items() if gradient is None}
    zero = {name for name, gradient in tuned.items() if gradient is not None and not gradient.any() and not name.endswith(_SHIFTS)}
    return missing, zero


@pytest.fixture(scope="session")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint folder of an untrained detector."""
    folder = tmp_path_factory.mktemp("detector")
    torch.manual_seed(7)
    network = ChangeDetector(DetectorConfig.model_validate({"backbone": {"weights": "none", "tuned_stages": 4}, "width": 16}))
    save_detector(folder, DetectorCheckpoint(network.eval(), 64, 0.5, 0.5, {}), "card")
    return folder
