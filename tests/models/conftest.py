"""What a step of training leaves without a gradient."""

from __future__ import annotations

from typing import Any

import torch

from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch

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
