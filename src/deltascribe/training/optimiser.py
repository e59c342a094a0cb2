"""Parameter groups, the learning-rate schedule and the moving average of the weights."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from deltascribe.models.layers import Probe
from deltascribe.training.config import OptimiserConfig


def build_optimiser(model: nn.Module, config: OptimiserConfig) -> torch.optim.AdamW:
    """AdamW over what is trainable: the backbone at its own rate; vectors and biases without weight decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = config.backbone_lr if name.startswith("backbone.") else config.lr
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": parameters, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), parameters in groups.items()]
    )


def set_rates(optimiser: torch.optim.Optimizer, step: int, steps: int, warmup: float) -> float:
    """Sets the learning rates of a step: linear warm-up over the share `warmup` of all steps, then cosine decay to zero.

    Returns:
        The factor in 0..1 that the peak rates are multiplied by.
    """
    first = max(int(warmup * steps), 1)
    factor = (step + 1) / first if step < first else 0.5 * (1 + math.cos(math.pi * (step - first) / max(steps - first, 1)))
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * factor
    return factor


def clip_gradients(model: nn.Module, largest: float, *, error_if_nonfinite: bool) -> None:
    """Scales the model's gradients so that their norm is at most `largest`, and apart from them those of its probes.

    Raises:
        RuntimeError: a norm is not finite, and that is an error.
    """
    probes = [parameter for module in model.modules() if isinstance(module, Probe) for parameter in module.parameters()]
    known = set(map(id, probes))
    # a probe in the common norm would shorten the steps of a model that must not know of it
    for parameters in ([parameter for parameter in model.parameters() if id(parameter) not in known], probes):
        clip_grad_norm_(parameters, largest, error_if_nonfinite=error_if_nonfinite)


class MovingAverage:
    """Exponential moving average of a model's floating-point state.

    Args:
        model: whose weights are averaged.
        decay: share of the old average that a step keeps; a run's first steps keep less: (1 + step) / (10 + step).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.model = copy.deepcopy(model).eval()
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Takes in the weights after a step."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for average, value in zip(self._tensors(self.model), self._tensors(model), strict=True):
            average.lerp_(value, 1 - decay)

    @staticmethod
    def _tensors(model: nn.Module) -> list[Tensor]:
        return [tensor for tensor in model.state_dict().values() if tensor.is_floating_point()]
