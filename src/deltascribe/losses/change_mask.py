"""Loss of a change detector: cross-entropy of the pixels plus soft Dice, with focal and hard-pixel options."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F

UNKNOWN = 255
"""Value of mask pixels that count for nothing."""


class ChangeMaskLossConfig(BaseModel):
    """Weights and options.

    Attributes:
        cross_entropy: weight of the pixels' cross-entropy.
        dice: weight of the soft Dice loss (Milletari et al., arXiv 1606.04797), pooled over the batch as F1 is over a data set.
        focal: exponent gamma of the focal loss (Lin et al., arXiv 1708.02002); 0 is plain cross-entropy.
        hard: share of the pixels, those with the largest loss, that the cross-entropy is the mean of; 1 takes all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cross_entropy: float = Field(default=1.0, ge=0)
    dice: float = Field(default=1.0, ge=0)
    focal: float = Field(default=0.0, ge=0)
    hard: float = Field(default=1.0, gt=0, le=1)


def change_mask_loss(logits: Tensor, mask: Tensor, config: ChangeMaskLossConfig) -> dict[str, Tensor]:
    """The loss of a batch.

    Args:
        logits: [B, K, H, W]; K = 1 scores any change, a larger K the classes 0 (none) to K - 1.
        mask: class indices [B, H, W], 255 unknown; any class but 0 is change where K = 1.
        config: weights.

    Returns:
        `loss` (the weighted sum), `cross_entropy` and `dice`, scalars; all 0 where no pixel is known.
    """
    known = mask != UNKNOWN
    if not bool(known.any()):
        nothing = logits.sum() * 0
        return {"loss": nothing, "cross_entropy": nothing, "dice": nothing}
    scores = logits.float().movedim(1, -1)[known]  # [P, K]
    target = mask[known].long()
    if scores.shape[1] == 1:
        scores = F.pad(scores, (1, 0))  # the sigmoid as a softmax over (none, change)
        target = (target > 0).long()
    log_probability = scores.log_softmax(1)
    pixels = -log_probability.gather(1, target[:, None]).squeeze(1)  # [P]
    if config.focal:
        # away from zero, where a root has no slope
        pixels = pixels * (1 - (-pixels).exp()).clamp(min=1e-6) ** config.focal
    if config.hard < 1:
        pixels = pixels.topk(max(round(config.hard * len(pixels)), 1)).values
    cross_entropy, dice = pixels.mean(), _dice(log_probability.exp(), target)
    return {"loss": config.cross_entropy * cross_entropy + config.dice * dice, "cross_entropy": cross_entropy, "dice": dice}


def _dice(probability: Tensor, target: Tensor) -> Tensor:
    """Soft Dice loss of the changed classes, mean over classes: [P, K] in 0..1 and [P] -> scalar."""
    hit = F.one_hot(target, probability.shape[1])[:, 1:].to(probability.dtype)
    changed = probability[:, 1:]
    overlap, total = (changed * hit).sum(0), changed.sum(0) + hit.sum(0)
    # the constant keeps a batch without change from dividing by zero, and gently pushes its mask to nothing
    return torch.mean(1 - (2 * overlap + 100) / (total + 100))
