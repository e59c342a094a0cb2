"""Gates of TGCL: how much each pair counts in it, and which texts are no negatives of each other.

That no-change pairs are left out is second-hand knowledge of the paper (arXiv 2606.27410); every gate but `binary_gate` is ours.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def binary_gate(changed: Tensor) -> Tensor:
    """1 for pairs known to have changed, 0 for the rest [B] -> [B]; NaN (unknown) is closed."""
    return (changed == 1).to(torch.float32)


def area_gate(changed: Tensor, area: Tensor, half: float = 0.02, floor: float = 0.25) -> Tensor:
    """Grows with the changed area of changed pairs: `floor + (1 - floor) * a / (a + half)`; others are closed.

    A pair whose change hardly shows says little about what its sentence means, but is no noise either: it keeps `floor`.

    Args:
        changed: 1, 0 or NaN [B].
        area: changed share of the image in 0..1 [B]; NaN where it is unknown, which counts as `half`.
        half: share at which the gate is half way from `floor` to 1.
        floor: least weight of a changed pair, in 0..1.
    """
    share = torch.where(area.isnan(), torch.full_like(area, half), area).clamp(min=0)
    return binary_gate(changed) * (floor + (1 - floor) * share / (share + half))


def changed_area(mask: Tensor | None, logits: Tensor | None) -> Tensor | None:
    """Changed share of each image [B]: of the known masks, else of the predicted ones, without gradient.

    Args:
        mask: class indices [B, H, W], 0 unchanged, 255 unknown; a mask with any unknown place is taken as unknown.
        logits: predicted change [B, 1, h, w].

    Returns:
        NaN where neither is there; None if both arguments are None.
    """
    predicted = None if logits is None else logits.detach().float().sigmoid().mean((1, 2, 3))
    if mask is None:
        return predicted
    known = (mask != 255).flatten(1).all(1)
    share = (mask > 0).flatten(1).float().mean(1)
    return torch.where(known, share, torch.full_like(share, float("nan")) if predicted is None else predicted)


def gate_budget(gate: Tensor, changed: Tensor, budget: float) -> Tensor:
    """Squared distance of a learned gate's mean over changed pairs from the budget in 0..1; without it the gate closes.

    Returns:
        Scalar; 0 where no pair has changed.
    """
    chosen = gate[changed == 1]
    return (chosen.mean() - budget).square() if len(chosen) else gate.sum() * 0


def text_affinity(vectors: Tensor, start: float) -> Tensor:
    """Soft positives among near duplicates: `max(0, (cos - start) / (1 - start))` between the pairs' texts, 1 on the diagonal.

    Args:
        vectors: frozen sentence vectors [B, E], or of K captions [B, K, E], whose mean over what is not zero is taken.
        start: cosine in -1..1 from which a text is no longer only a negative.
    """
    mean = F.normalize(vectors.sum(1) if vectors.ndim == 3 else vectors, dim=-1)
    near = ((mean @ mean.T - start) / (1 - start)).clamp(0, 1)
    eye = torch.eye(len(near), dtype=torch.bool, device=near.device)
    return torch.where(eye, torch.ones_like(near), near)
