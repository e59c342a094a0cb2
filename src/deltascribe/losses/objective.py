"""The training objective: a weighted sum of the losses, each part reported."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from deltascribe.losses.captioning import caption_cross_entropy, flag_loss, mask_loss
from deltascribe.losses.tgcl import binary_gate, text_guided_contrastive
from deltascribe.models.interface import Batch, ModelOutput


class ObjectiveConfig(BaseModel):
    """Weights of the parts.

    Attributes:
        smoothing: label smoothing of the words.
        tgcl: weight of the text-guided contrastive loss; 0 leaves it out.
        gate: `binary` leaves no-change pairs out of it; `none` keeps all.
        flag: weight of the change flag.
        mask: weight of the mask head.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smoothing: float = Field(default=0.1, ge=0, lt=1)
    tgcl: float = Field(default=0.2, ge=0)
    gate: Literal["none", "binary"] = "binary"
    flag: float = Field(default=0.5, ge=0)
    mask: float = Field(default=0.5, ge=0)


def objective(output: ModelOutput, batch: Batch, config: ObjectiveConfig) -> dict[str, Tensor]:
    """The losses of a batch.

    Args:
        output: of the model.
        batch: what it was given, with tokens.
        config: weights.

    Returns:
        `loss` (the weighted sum) and each part before weighting, scalars.
    """
    if batch.tokens is None:
        raise ValueError("the objective needs `tokens`")
    memory = output.memory
    parts = {"caption": caption_cross_entropy(output.logits, batch.tokens, config.smoothing)}
    total = parts["caption"]
    if config.tgcl and output.text_embedding is not None and output.logit_scale is not None:
        gate = binary_gate(batch.changed) if config.gate == "binary" and batch.changed is not None else None
        parts["tgcl"] = text_guided_contrastive(memory.embedding.float(), output.text_embedding.float(), output.logit_scale, gate)
        total = total + config.tgcl * parts["tgcl"]
    if config.flag and batch.changed is not None:
        parts["flag"] = flag_loss(memory.change_logit, batch.changed)
        total = total + config.flag * parts["flag"]
    if config.mask and memory.mask_logits is not None and batch.mask is not None:
        parts["mask"] = mask_loss(memory.mask_logits, batch.mask)
        total = total + config.mask * parts["mask"]
    return {"loss": total, **parts}
