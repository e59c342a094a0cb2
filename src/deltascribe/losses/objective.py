"""The training objective: a weighted sum of the losses, each part reported."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from deltascribe.errors import ConfigError
from deltascribe.losses.captioning import caption_cross_entropy, flag_loss, mask_loss
from deltascribe.losses.devices import Gather
from deltascribe.losses.gates import area_gate, binary_gate, changed_area, gate_budget, text_affinity
from deltascribe.losses.tgcl import text_guided_contrastive
from deltascribe.models.interface import Batch, ModelOutput

LOSSES = ("loss", "caption", "tgcl", "budget", "flag", "mask", "mimicry")
"""All parts that an objective can have, the sum first."""


class ObjectiveConfig(BaseModel):
    """Weights of the parts.

    Attributes:
        smoothing: label smoothing of the words.
        balanced: pairs with a change and pairs without count half each in the losses of the words and of the flag, as in LEVIR-CC,
            however many of each the training part has; else the model learns to expect what is more frequent there.
        tgcl: weight of the text-guided contrastive loss; 0 leaves it out.
        gate: how much a pair counts in it: `none` keeps all, `binary` leaves no-change pairs out, `area` lets changed ones grow with
            their changed area, `learned` reads both vectors (needs the model's setting `learned_gate`).
        area_half: changed share of the image at which the area gate is half way up.
        budget: mean that a learned gate is held to over changed pairs.
        budget_weight: how strongly.
        similar_from: cosine of two pairs' sentence vectors from which they are soft positives of each other; None: they stay negatives.
        texts: a pair's captions as one `mean` vector, or `all` of them as positives.
        flag: weight of the change flag.
        mask: weight of the mask head.
        mimicry: weight of the likeness to the change detector's features; of effect for a model that mimics one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smoothing: float = Field(default=0.1, ge=0, lt=1)
    balanced: bool = True
    tgcl: float = Field(default=0.2, ge=0)
    gate: Literal["none", "binary", "area", "learned"] = "binary"
    area_half: float = Field(default=0.02, gt=0)
    budget: float = Field(default=0.5, gt=0, le=1)
    budget_weight: float = Field(default=1.0, ge=0)
    similar_from: float | None = Field(default=None, ge=-1, lt=1)
    texts: Literal["mean", "all"] = "mean"
    flag: float = Field(default=0.5, ge=0)
    mask: float = Field(default=0.5, ge=0)
    mimicry: float = Field(default=0.5, ge=0)


def objective(output: ModelOutput, batch: Batch, config: ObjectiveConfig, gather: Gather | None = None) -> dict[str, Tensor]:
    """The losses of a batch.

    Args:
        output: of the model.
        batch: what it was given, with tokens.
        config: weights.
        gather: gives the contrastive loss the pairs of all devices (`gather_pairs`); None: it knows those of this batch alone.

    Returns:
        `loss` (the weighted sum) and each part before weighting, scalars; parts that the model or the batch lacks are left out.

    Raises:
        ConfigError: a learned gate is asked for and the model has none.
        ValueError: the batch has no tokens.
    """
    if batch.tokens is None:
        raise ValueError("the objective needs `tokens`")
    memory = output.memory
    parts = {"caption": caption_cross_entropy(output.logits, batch.tokens, config.smoothing, batch.weight)}
    if config.tgcl and output.text_embedding is not None and output.logit_scale is not None:
        parts |= _contrastive(output, output.text_embedding, output.logit_scale, batch, config, gather or _this_batch)
    if config.flag and batch.changed is not None:
        parts["flag"] = flag_loss(memory.change_logit, batch.changed, batch.flag_weight)
    if config.mask and memory.mask_logits is not None and batch.mask is not None:
        parts["mask"] = mask_loss(memory.mask_logits, batch.mask)
    if config.mimicry and output.mimicry is not None:
        parts["mimicry"] = output.mimicry.float().mean()
    weights = {
        "caption": 1.0,
        "tgcl": config.tgcl,
        "budget": config.tgcl * config.budget_weight,
        "flag": config.flag,
        "mask": config.mask,
        "mimicry": config.mimicry,
    }
    return {"loss": torch.stack([weights[name] * value for name, value in parts.items()]).sum(), **parts}


def _contrastive(
    output: ModelOutput, text: Tensor, scale: Tensor, batch: Batch, config: ObjectiveConfig, gather: Gather
) -> dict[str, Tensor]:
    """TGCL, and the budget of a learned gate. A pair that only fills up the batch of a device has a gate of zeros and is closed."""
    visual = output.memory.embedding.float()
    gate = _gate(output, batch, config)
    gate = gather(visual.new_ones(len(visual)) if gate is None else gate)
    present = _present(text, batch.text)
    affinity = None
    if config.similar_from is not None and batch.text is not None:
        affinity = text_affinity(gather(batch.text.float()), config.similar_from)
    tgcl = text_guided_contrastive(
        gather(visual),
        gather(text.float()),
        scale,
        gate,
        present=None if present is None else gather(present.float()),
        affinity=affinity,
        channels=None if output.channel_gate is None else gather(output.channel_gate.float()),
    )
    if config.gate != "learned" or output.gate is None or batch.changed is None:
        return {"tgcl": tgcl}
    return {"tgcl": tgcl, "budget": gate_budget(gather(output.gate.float()), gather(batch.changed), config.budget)}


def _this_batch(x: Tensor) -> Tensor:
    return x


def _gate(output: ModelOutput, batch: Batch, config: ObjectiveConfig) -> Tensor | None:
    if config.gate == "none" or batch.changed is None:
        return None
    if config.gate == "binary":
        return binary_gate(batch.changed)
    if config.gate == "area":
        area = changed_area(batch.mask, output.memory.mask_logits)
        unknown = torch.full_like(batch.changed, float("nan"))
        return area_gate(batch.changed, unknown if area is None else area, config.area_half)
    if output.gate is None:
        raise ConfigError("objective.gate=learned needs a model with a gate of its own: set model.settings.learned_gate=true")
    return binary_gate(batch.changed) * output.gate.float()


def _present(text: Tensor, sentences: Tensor | None) -> Tensor | None:
    """Which texts of each pair there are [B, 1] or [B, K]: vectors of zeros stand for captions that a pair lacks."""
    if sentences is None:
        return None
    there = sentences.abs().sum(-1) > 0
    if text.ndim == 3:
        return there
    return (there if there.ndim == 1 else there.any(1)).unsqueeze(1)
