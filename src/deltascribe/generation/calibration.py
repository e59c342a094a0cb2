"""Calibration of the change flag: a scale and a shift of its logit, fitted on held-out pairs (Platt scaling)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Calibration:
    """Probability = sigmoid(scale * logit + shift). Training sets hold more changed pairs than the world does; this puts it right.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999.
    """

    scale: float = 1.0
    shift: float = 0.0

    def __call__(self, logit: Tensor) -> Tensor:
        """Logits [B] -> probabilities [B] in 0..1."""
        return torch.sigmoid(self.scale * logit.float() + self.shift)

    def to_dict(self) -> dict[str, float]:
        """For a checkpoint's configuration."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any] | None) -> Self:
        """What `to_dict` gave; the identity where there is none."""
        return cls() if values is None else cls(float(values["scale"]), float(values["shift"]))


def fit_calibration(logits: Sequence[float], changed: Sequence[bool]) -> Calibration:
    """Fits scale and shift by logistic regression in which changed and unchanged pairs weigh half each.

    Args:
        logits: of held-out pairs.
        changed: whether each changed; both kinds must occur.

    Raises:
        ValueError: one kind is missing.
    """
    target = torch.tensor(changed, dtype=torch.float64)
    if not 0 < target.sum() < len(target):
        raise ValueError("calibration needs pairs with and without a change")
    x = torch.tensor(logits, dtype=torch.float64)
    weight = torch.where(target > 0, 0.5 / target.sum(), 0.5 / (1 - target).sum())
    line = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        # the small ridge keeps the scale finite where the two kinds are perfectly apart
        value = (F.binary_cross_entropy_with_logits(line[0] * x + line[1], target, reduction="none") * weight).sum() + 1e-3 * line[0] ** 2
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return Calibration(float(line[0].detach()), float(line[1].detach()))
