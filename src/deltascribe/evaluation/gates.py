"""What the gates of TGCL make of single pairs: how much each counts, and what its references weigh the shared space's channels by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe.datasets import ChangeSample
from deltascribe.errors import ConfigError, MissingDependencyError, ModelError
from deltascribe.evaluation.retrieval import encoder_of, why_no_space
from deltascribe.losses import area_gate, binary_gate, changed_area
from deltascribe.models import Memory
from deltascribe.text import SentenceEncoder, build_sentence_encoder, normalise

if TYPE_CHECKING:
    from deltascribe.captioner import ChangeCaptioner


@dataclass(frozen=True)
class GateValues:
    """The gates of one pair.

    Attributes:
        kind: which gate weighs pairs, `area` or `learned`; empty for a model trained without either.
        pair: what the pair counts in TGCL, 0..1; None without such a gate.
        channels: least, mean and largest weight that the references give to the channels of the shared space, 1 leaves a channel as it
            is; None without a gate on channels.
    """

    kind: str = ""
    pair: float | None = None
    channels: tuple[float, float, float] | None = None


class GateReader:
    """Reads the gates of a model as its training set them.

    Args:
        captioner: whose checkpoint tells the gate that it was trained with.
        encoder: sentence encoder of that training, for gates that read the references; None leaves these out.
    """

    def __init__(self, captioner: ChangeCaptioner, encoder: SentenceEncoder | None) -> None:
        training = captioner.checkpoint.training
        self.model: Any = captioner.checkpoint.model
        self.encoder = encoder
        self.kind = training["gate"] if training.get("gate") in ("area", "learned") else ""
        self.half: dict[str, float] = {"half": training["area_half"]} if "area_half" in training else {}

    @torch.inference_mode()
    def read(self, memory: Memory, samples: Sequence[ChangeSample], changed: Sequence[bool]) -> list[GateValues]:
        """The gates of the pairs of a memory; those that read text take the mean vector of a pair's references.

        Args:
            memory: what the model's `encode` gave for B pairs.
            samples: the pairs, with their references and, where known, masks.
            changed: whether each pair changed; the gate is closed for pairs that did not.
        """
        flags = torch.tensor(changed, dtype=torch.float32)
        vectors = None if self.encoder is None else self._vectors(samples).to(memory.embedding.device)
        pairs: Tensor | None = None
        if self.kind == "area":
            pairs = torch.cat([self._by_area(memory, row, sample.mask, flags[row : row + 1]) for row, sample in enumerate(samples)])
        elif self.kind == "learned" and vectors is not None:
            pairs = binary_gate(flags) * self.model.pair_weights(memory.embedding, vectors).cpu()
        weigh = getattr(self.model, "channel_weights", None)
        channels: Tensor | None = None if vectors is None or weigh is None else weigh(vectors)
        return [
            GateValues(
                kind="" if pairs is None else self.kind,
                pair=None if pairs is None else float(pairs[row]),
                channels=None if channels is None else _spread(channels[row]),
            )
            for row in range(len(samples))
        ]

    def _by_area(self, memory: Memory, row: int, mask: Tensor | None, changed: Tensor) -> Tensor:
        logits = None if memory.mask_logits is None else memory.mask_logits[row : row + 1].cpu()
        area = changed_area(None if mask is None else mask[None], logits)
        return area_gate(changed, torch.full((1,), float("nan")) if area is None else area, **self.half)

    def _vectors(self, samples: Sequence[ChangeSample]) -> Tensor:
        """Mean of each pair's sentence vectors, made unit again [B, E], as training sees a pair."""
        encoder = self.encoder
        if encoder is None:
            raise ValueError("a gate that reads text needs a sentence encoder")
        each = [encoder.encode([normalise(sentence) for sentence in sample.captions]).sum(0) for sample in samples]
        return F.normalize(torch.stack(each), dim=1)


def _spread(weights: Tensor) -> tuple[float, float, float]:
    return float(weights.min()), float(weights.mean()), float(weights.max())


def open_gates(captioner: ChangeCaptioner) -> tuple[GateReader | None, str]:
    """Reader of a model's gates, or None; and why gates are left out, empty where none is."""
    training, model = captioner.checkpoint.training, captioner.checkpoint.model
    learned = training.get("gate") == "learned" and getattr(model, "pair_gate", None) is not None
    by_text = learned or getattr(model, "channel_gate", None) is not None
    if why_no_space(captioner) is not None or not (by_text or training.get("gate") == "area"):
        return None, "the model has no learned, area or channel gate"
    if not by_text:
        return GateReader(captioner, None), ""
    name, _ = encoder_of(captioner)
    try:
        return GateReader(captioner, build_sentence_encoder(name, None, device=str(captioner.device))), ""
    except (MissingDependencyError, ModelError, ConfigError) as error:
        reason = f"they read sentences, and the sentence encoder '{name}' can't be used here: {error}"
        return (GateReader(captioner, None) if training.get("gate") == "area" else None), reason
