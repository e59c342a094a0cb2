"""Losses."""

from deltascribe.losses.captioning import caption_cross_entropy, flag_loss, mask_loss
from deltascribe.losses.objective import ObjectiveConfig, objective
from deltascribe.losses.tgcl import binary_gate, text_guided_contrastive

__all__ = ["ObjectiveConfig", "binary_gate", "caption_cross_entropy", "flag_loss", "mask_loss", "objective", "text_guided_contrastive"]
