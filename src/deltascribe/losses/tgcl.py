"""TGCL, the text-guided gated contrastive loss, with its binary gate.

Certain from the paper's abstract (arXiv 2606.27410): a text-guided gated contrastive loss makes the vision encoder extract what the
text calls important. Second-hand: no-change pairs are left out, so that the sentences which all say "nothing changed" do not
collapse into one point; we read that as the gate. The rest of the form is ours.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def text_guided_contrastive(visual: Tensor, textual: Tensor, scale: Tensor | float, gate: Tensor | None = None) -> Tensor:
    """Symmetric cross-entropy between pairs and their texts; a closed gate takes a pair out as anchor, positive and negative.

    Args:
        visual: unit vectors of the image differences [B, E].
        textual: unit vectors of the captions [B, E].
        scale: inverse temperature.
        gate: weight of each pair in 0..1 [B], 0 closed; None opens all.

    Returns:
        Scalar; 0 where fewer than two gates are open, since one pair alone has nothing to be told from.
    """
    gate = visual.new_ones(visual.shape[0]) if gate is None else gate.to(visual.dtype)
    is_open = gate > 0
    if int(is_open.sum()) < 2:
        return visual.sum() * 0 + textual.sum() * 0
    weight = gate[is_open]
    similarity = scale * visual[is_open] @ textual[is_open].T  # [n, n]
    target = torch.arange(len(weight), device=visual.device)
    to_text = F.cross_entropy(similarity, target, reduction="none")
    to_image = F.cross_entropy(similarity.T, target, reduction="none")
    return (weight * (to_text + to_image)).sum() / (2 * weight.sum())


def binary_gate(changed: Tensor) -> Tensor:
    """1 for pairs known to have changed, 0 for the rest [B] -> [B]; NaN (unknown) is closed."""
    return (changed == 1).to(torch.float32)
