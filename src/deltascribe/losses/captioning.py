"""Losses of the words, the change flag and the mask."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from deltascribe.text.special import PAD


def caption_cross_entropy(logits: Tensor, tokens: Tensor, smoothing: float = 0.1, weight: Tensor | None = None) -> Tensor:
    """Cross-entropy of the next word, mean over the words of a pair, then over pairs.

    Each pair counts the same, or by its weight, however many captions it has and however long they are.

    Args:
        logits: [B, K, T-1, V].
        tokens: [B, K, T]; PAD is no target.
        smoothing: label smoothing in 0..1, spread over the whole vocabulary.
        weight: of each pair [B], 1 on average.

    Returns:
        Scalar; 0 for a batch without words.
    """
    target = tokens[..., 1:]
    real = (target != PAD).float()
    words = F.cross_entropy(logits.flatten(0, 2).float(), target.flatten(), reduction="none", label_smoothing=smoothing)
    words = words.view_as(target) * real
    count = real.sum((1, 2))
    has_words = count > 0
    per_pair = words.sum((1, 2)) / count.clamp(min=1)
    if weight is not None:
        per_pair = weight * per_pair
    return per_pair.sum() / has_words.sum().clamp(min=1)


def flag_loss(logit: Tensor, changed: Tensor, weight: Tensor | None = None) -> Tensor:
    """Binary cross-entropy of the change flag: mean over the pairs whose flag is known.

    Args:
        logit: [B].
        changed: 1, 0 or NaN [B].
        weight: of each pair [B], 1 on average over those with more than 0; with 0 a pair's flag is not learned from.

    Returns:
        Scalar; 0 where no flag is known.
    """
    known = ~changed.isnan() if weight is None else ~changed.isnan() & (weight > 0)
    if not bool(known.any()):
        return logit.sum() * 0
    losses = F.binary_cross_entropy_with_logits(logit[known].float(), changed[known], reduction="none")
    return (losses if weight is None else weight[known] * losses).mean()


def mask_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice loss of the change mask, over the pairs whose mask is known.

    Args:
        logits: [B, 1, h, w].
        mask: class indices [B, H, W], 0 unchanged, 255 unknown; H and W multiples of h and w.

    Returns:
        Scalar; 0 where no mask is known.
    """
    known = (mask != 255).flatten(1).all(1)
    if not bool(known.any()):
        return logits.sum() * 0
    # at the head's resolution the target is the changed share of a cell
    target = F.adaptive_avg_pool2d((mask[known] > 0).float().unsqueeze(1), (logits.shape[-2], logits.shape[-1]))
    score = logits[known].float()
    entropy = F.binary_cross_entropy_with_logits(score, target)
    probability = score.sigmoid()
    overlap = (probability * target).sum((1, 2, 3))
    total = probability.sum((1, 2, 3)) + target.sum((1, 2, 3))
    # the constant keeps a pair without change from dividing by zero, and gently pushes its mask to nothing
    dice = 1 - (2 * overlap + 10) / (total + 10)
    return entropy + dice.mean()
