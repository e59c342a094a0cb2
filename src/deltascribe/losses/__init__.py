"""Losses."""

from deltascribe.losses.captioning import caption_cross_entropy, flag_loss, mask_loss
from deltascribe.losses.devices import gather_pairs
from deltascribe.losses.gates import area_gate, binary_gate, changed_area, gate_budget, text_affinity
from deltascribe.losses.objective import LOSSES, ObjectiveConfig, objective
from deltascribe.losses.tgcl import pair_text_similarity, text_guided_contrastive

__all__ = [
    "LOSSES",
    "ObjectiveConfig",
    "area_gate",
    "binary_gate",
    "caption_cross_entropy",
    "changed_area",
    "flag_loss",
    "gate_budget",
    "gather_pairs",
    "mask_loss",
    "objective",
    "pair_text_similarity",
    "text_affinity",
    "text_guided_contrastive",
]
