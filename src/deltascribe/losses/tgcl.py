"""TGCL, the text-guided gated contrastive loss.

Certain from the paper's abstract (arXiv 2606.27410): a text-guided gated contrastive loss makes the vision encoder extract what the
text calls important. Second-hand: no-change pairs are left out, so that the sentences which all say "nothing changed" do not
collapse into one point; we read that as the gate (`gates.binary_gate`). The rest of the form is ours: other gates, several captions
of a pair as positives, soft positives among pairs whose texts are near, and a gate on channels.
"""

from __future__ import annotations

import torch
from torch import Tensor


def text_guided_contrastive(
    visual: Tensor,
    textual: Tensor,
    scale: Tensor | float,
    gate: Tensor | None = None,
    *,
    present: Tensor | None = None,
    affinity: Tensor | None = None,
    channels: Tensor | None = None,
) -> Tensor:
    """Symmetric cross-entropy between pairs and their texts; a closed gate takes a pair out as anchor, positive and negative.

    A pair's target is spread over its own texts and, with `affinity`, over those of similar pairs; each pair counts the same, however
    many texts it has.

    Args:
        visual: unit vectors of the image differences [B, E].
        textual: unit vectors of the texts, one a pair [B, E] or K [B, K, E].
        scale: inverse temperature.
        gate: weight of each pair in 0..1 [B], 0 closed; None opens all.
        present: which of the K texts exist [B, K], not zero; None: all. A pair without any is closed.
        affinity: how far pair j's texts are positives of pair i [B, B], 1 on the diagonal, 0 negative; None: the pair's own alone.
        channels: gate of each channel that a text opens [B, E] or [B, K, E], not negative: it weighs the visual vector before that is
            compared with this text, and the product is made unit again; None leaves the visual vector as it is.

    Returns:
        Scalar; 0 where fewer than two gates are open, since one pair alone has nothing to be told from.
    """
    texts = textual if textual.ndim == 3 else textual.unsqueeze(1)
    there = texts.new_ones(texts.shape[:2], dtype=torch.bool) if present is None else present.bool()
    gate = visual.new_ones(len(visual)) if gate is None else gate.to(visual.dtype)
    is_open = (gate > 0) & there.any(1)
    if int(is_open.sum()) < 2:
        return visual.sum() * 0 + textual.sum() * 0
    weight, there = gate[is_open], there[is_open]
    opened = None if channels is None else (channels if channels.ndim == 3 else channels.unsqueeze(1))[is_open]
    score = scale * pair_text_similarity(visual[is_open], texts[is_open], opened)  # [n, n, K]
    near = torch.eye(len(weight), dtype=score.dtype, device=score.device) if affinity is None else affinity[is_open][:, is_open]
    # every text of pair j is a positive of pair i in the same measure
    share = there.to(score.dtype) / there.sum(1, keepdim=True)  # [n, K]
    target = near[:, :, None] * share[None]  # [n, n, K], sums to the row of `near`
    masked = score.masked_fill(~there[None], float("-inf"))
    over_texts = masked.flatten(1).log_softmax(1).view_as(score).masked_fill(~there[None], 0.0)
    to_text = -(target * over_texts).sum((1, 2)) / near.sum(1)
    over_pairs = score.log_softmax(0)  # a column for each text
    to_image = -(near[:, :, None] * over_pairs).sum(0) / near.sum(0)[:, None]  # [n, K]
    to_image = (to_image * share).sum(1)
    return (weight * (to_text + to_image)).sum() / (2 * weight.sum())


def pair_text_similarity(visual: Tensor, texts: Tensor, channels: Tensor | None) -> Tensor:
    """Cosine of each pair with each text, in the space that the loss compares them in.

    Args:
        visual: unit vectors of pairs [P, E].
        texts: unit vectors of texts [S, K, E].
        channels: what each text weighs the channels of the visual vectors by [S, K, E], or None.

    Returns:
        [P, S, K].
    """
    if channels is None:
        return torch.einsum("ie,jke->ijk", visual, texts)
    product = torch.einsum("ie,jke->ijk", visual, channels * texts)
    length = torch.einsum("ie,jke->ijk", visual.square(), channels.square()).clamp(min=1e-12).sqrt()
    return product / length
