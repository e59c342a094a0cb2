"""Several trained DFMs over one frozen encoder, which write each word together.

Their probabilities of the next word are averaged (Hansen & Salamon, "Neural network ensembles", PAMI 1990), and so are the logits of
their change flags. The encoder and the change detector are held once: what an ensemble adds is the small part behind them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn

from deltascribe.models.dfm import DFM, DFMConfig
from deltascribe.models.interface import Batch, DecoderCache, Memory, ModelOutput, word_scores
from deltascribe.models.registry import register_model

ENSEMBLE = "dfm_ensemble"
"""Registered name of an ensemble."""


class EnsembleConfig(BaseModel):
    """Settings of an ensemble; `deltascribe ensemble` writes them.

    Attributes:
        members: how many models.
        dfm: settings of each. Training must leave the whole encoder as it is, so that they can share it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    members: int = Field(ge=2)
    dfm: DFMConfig

    @model_validator(mode="after")
    def _an_encoder_is_shared(self) -> Self:
        if self.dfm.backbone.tuned_stages and not self.dfm.transfer.encoder:
            raise ValueError(
                f"the members share one encoder, and dfm.backbone.tuned_stages={self.dfm.backbone.tuned_stages} gives each its own: "
                "train them with tuned_stages=0 or transfer.encoder=true"
            )
        return self


class DFMEnsemble(nn.Module):
    """The whole ensemble; a `CaptionModel`.

    The memory tokens of the members stand one after the other, the layers of their decoders too. The vectors of the space shared with
    text are joined, so that a cosine there is the mean of the members' cosines.

    Args:
        config: settings.
        vocabulary_size: number of words, special tokens included.
    """

    SHARED = ("backbone.", "transfer.detector.")
    """What the names of the weights begin with that all members have in common."""

    def __init__(self, config: EnsembleConfig, vocabulary_size: int) -> None:
        super().__init__()
        first, *others = (DFM(config.dfm, vocabulary_size) for _ in range(config.members))
        for other in others:
            other.share_frozen(first)
        self.members = nn.ModuleList((first, *others))
        self.config = config.model_copy(update={"dfm": first.config})
        self.gated, self.strides, self.max_length = first.gated, first.strides, first.max_length

    @property
    def decoder(self) -> EnsembleAttention:
        """Tells where the members looked."""
        return EnsembleAttention(tuple(self._dfms()))

    def frozen_part(self, pair: Tensor) -> list[Tensor] | None:
        """As of one member: it is the same of all."""
        return self._dfms()[0].frozen_part(pair)

    def encode(self, batch: Batch) -> Memory:
        """Memory of pairs; what is frozen is worked out once."""
        if batch.features is None:
            if batch.pair is None:
                raise ValueError("a batch needs `pair` or `features`")
            batch = Batch(pair=None, features=self.frozen_part(batch.pair))
        memories = [member.encode(batch) for member in self._dfms()]
        return Memory(
            tokens=torch.cat([memory.tokens for memory in memories], 1),
            grid=memories[0].grid,
            embedding=_joined([memory.embedding for memory in memories]),
            change_logit=torch.stack([memory.change_logit for memory in memories]).mean(0),
            mask_logits=_mean([memory.mask_logits for memory in memories]),
            level_weights=_mean([memory.level_weights for memory in memories]),
        )

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        """See `CaptionModel.decode`; the scores are log-probabilities."""
        members = self._dfms()
        said, caches = [], []
        for place, (member, known) in enumerate(zip(members, memory.tokens.chunk(len(members), 1), strict=True)):
            logits, new = member.decoder(known, tokens, None if cache is None else _part(cache, place, len(members)))
            said.append(logits.float().log_softmax(-1))
            caches.append(new)
        return torch.stack(said).logsumexp(0) - math.log(len(members)), _together(caches)

    def embed_text(self, vectors: Tensor) -> Tensor:
        """Sentence vectors [..., E] -> unit vectors in the shared space [..., members * E']."""
        return _joined([member.embed_text(vectors) for member in self._dfms()])

    def forward(self, batch: Batch) -> ModelOutput:
        """Teacher-forced log-probabilities of words [B, K, T-1, V] and the encoder's results."""
        memory = self.encode(batch)
        return ModelOutput(logits=word_scores(self, memory, batch), memory=memory)

    def _dfms(self) -> list[DFM]:
        return [member for member in self.members if isinstance(member, DFM)]


@dataclass(frozen=True)
class EnsembleAttention:
    """What `word_attention` asks of a model's decoder.

    Attributes:
        members: of the ensemble.
    """

    members: tuple[DFM, ...]

    def attention(self, memory: Tensor, tokens: Tensor) -> Tensor:
        """Attention of each word over the memory's grid [R, t, N / members], mean over the members; see `CaptionDecoder.attention`."""
        parts = zip(self.members, memory.chunk(len(self.members), 1), strict=True)
        return torch.stack([member.decoder.attention(known, tokens) for member, known in parts]).mean(0)


def _joined(vectors: list[Tensor]) -> Tensor:
    """Unit vectors of several spaces -> unit vectors of their common one."""
    return torch.cat(vectors, -1) / math.sqrt(len(vectors))


def _mean(values: list[Tensor | None]) -> Tensor | None:
    there = [value for value in values if value is not None]
    return torch.stack(there).mean(0) if there else None


def _part(cache: DecoderCache, place: int, members: int) -> DecoderCache:
    """One member's layers of a cache."""
    layers = len(cache.keys) // members
    own = slice(place * layers, (place + 1) * layers)
    return DecoderCache(cache.keys[own], cache.values[own], cache.memory_keys[own], cache.memory_values[own])


def _together(caches: list[DecoderCache]) -> DecoderCache:
    lists = ([tensor for cache in caches for tensor in getattr(cache, name)] for name in ("keys", "values", "memory_keys", "memory_values"))
    return DecoderCache(*lists)


@register_model(ENSEMBLE, EnsembleConfig, trained=False)
def dfm_ensemble(config: EnsembleConfig, vocabulary_size: int) -> DFMEnsemble:
    """Builds an ensemble."""
    return DFMEnsemble(config, vocabulary_size)
