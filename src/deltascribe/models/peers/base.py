"""What every peer shares: backbone, caption decoder and a flag that only reads along, so that the method alone differs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.errors import ConfigError, ModelInterfaceError
from deltascribe.models.backbones import Backbone, BackboneConfig, build_backbone, by_pair, frozen_levels_of_pairs, levels_of_pairs
from deltascribe.models.decoder import CaptionDecoder
from deltascribe.models.interface import Batch, DecoderCache, Memory, ModelOutput, word_scores
from deltascribe.models.layers import Probe, check_divides


class PeerConfig(BaseModel):
    """Settings that all peers have.

    Attributes:
        backbone: see `BackboneConfig`.
        level: which of the backbone's levels, finest first, a peer of one level reads.
        width: token width d.
        heads: attention heads; divides `width`.
        layers: layers of the peer's own encoder.
        decoder_layers: layers of the caption decoder.
        dropout: of encoder and decoder.
        max_length: longest caption in tokens, START and END included.
        gated: the probe decides at inference that nothing changed, as DFM's flag does; else the sentence alone, as published.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backbone: BackboneConfig = BackboneConfig()
    level: int = Field(default=2, ge=0)
    width: int = Field(default=256, multiple_of=8, gt=0)
    heads: int = Field(default=8, gt=0)
    layers: int = Field(default=2, ge=1)
    decoder_layers: int = Field(default=1, ge=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    max_length: int = Field(default=42, ge=3)
    gated: bool = False

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        check_divides("heads", self.heads, "width", self.width)
        return self


@dataclass(frozen=True)
class Fused:
    """What a peer makes of the two dates.

    Attributes:
        tokens: memory [B, N, d], the first h*w of them a row-major grid.
        grid: (h, w).
        embedding: unit vector in a space shared with text [B, E]; None for a peer without one.
        mask_logits: [B, 1, h', w'], or None.
    """

    tokens: Tensor
    grid: tuple[int, int]
    embedding: Tensor | None = None
    mask_logits: Tensor | None = None


class Peer(nn.Module, ABC):
    """A published change captioner on this project's backbone, decoder and training; a `CaptionModel`.

    A peer says how two dates become memory tokens (`fuse`). It may give its own decoder by `build_decoder`, and a shared space by
    `embed_captions` and, for retrieval, `embed_sentences(tokens [R, T]) -> [R, E]`. The change flag is a `Probe`: it reads the memory
    and leaves the method's training as it is, since none of the peers decides by a flag; `PeerConfig.gated` lets it decide.

    Args:
        config: settings.
        vocabulary_size: number of words, special tokens included.
    """

    def __init__(self, config: PeerConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.backbone: Backbone = build_backbone(config.backbone)
        # a checkpoint is loaded without a hub: its settings must say how the backbone was built
        backbone = config.backbone.model_copy(update={"architecture": self.backbone.architecture})
        self.config = config.model_copy(update={"backbone": backbone})
        self.gated = config.gated
        if config.level >= len(self.backbone.channels):
            raise ConfigError(f"level={config.level}: the backbone has levels 0 to {len(self.backbone.channels) - 1}; choose one of them")
        self.decoder = self.build_decoder(config, vocabulary_size)
        self.flag = Probe(2 * config.width, 1)

    @property
    def max_length(self) -> int:
        """Longest caption in tokens, START and END included."""
        return self.config.max_length

    def build_decoder(self, config: PeerConfig, vocabulary_size: int) -> nn.Module:
        """The caption decoder, called like `CaptionDecoder`."""
        return CaptionDecoder(vocabulary_size, config.width, config.decoder_layers, config.heads, config.dropout, config.max_length)

    @abstractmethod
    def fuse(self, before: list[Tensor], after: list[Tensor]) -> Fused:
        """The method.

        Args:
            before: the backbone's levels of the first date, each [B, C_l, H_l, W_l], finest first.
            after: levels of the second date, likewise.
        """

    def embed_captions(self, batch: Batch) -> Tensor | None:
        """The captions in the space shared with pairs [B, E], unit length; None for a peer without one."""
        return None

    @property
    def logit_scale(self) -> Tensor | None:
        """Inverse temperature of the shared space (scalar), or None."""
        return None

    def frozen_part(self, pair: Tensor) -> list[Tensor] | None:
        """Pairs [B, 2, 3, H, W] -> frozen features, each [B, 2, C, h, w]; None if all is tuned."""
        if not self.backbone.cacheable:
            return None
        return frozen_levels_of_pairs(self.backbone, pair)

    def encode(self, batch: Batch) -> Memory:
        """Memory of pairs; reads `batch.features` where present, else `batch.pair`.

        Raises:
            ModelInterfaceError: `fuse` gives tokens of another shape than its docstring tells.
            ValueError: the batch has neither.
        """
        if batch.features is not None:
            levels = self.backbone.tuned_part([level.flatten(0, 1) for level in batch.features])
        elif batch.pair is not None:
            levels = levels_of_pairs(self.backbone, batch.pair)
        else:
            raise ValueError("a batch needs `pair` or `features`")
        dates = [by_pair(level) for level in levels]
        fused = self.fuse([level[:, 0] for level in dates], [level[:, 1] for level in dates])
        seen = fused.tokens.detach()
        if seen.ndim != 3 or seen.shape[::2] != (len(dates[0]), self.config.width):
            raise ModelInterfaceError(
                f"{type(self).__name__}.fuse gives tokens {list(seen.shape)}, and must give [B, N, d], here "
                f"[{len(dates[0])}, any, {self.config.width}]: d is the setting `width`"
            )
        # of one scale for every peer, so that the probes learn alike
        pooled = F.layer_norm(torch.cat((seen.mean(1), seen.amax(1)), -1), (2 * seen.shape[-1],))
        return Memory(
            tokens=fused.tokens,
            grid=fused.grid,
            embedding=F.normalize(seen.mean(1), dim=-1) if fused.embedding is None else fused.embedding,
            change_logit=self.flag(pooled).squeeze(-1),
            mask_logits=fused.mask_logits,
        )

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        """See `CaptionModel.decode`."""
        logits, cache = self.decoder(memory.tokens, tokens, cache)
        return logits, cache

    def forward(self, batch: Batch) -> ModelOutput:
        """Teacher-forced word scores [B, K, T-1, V] and the encoder's results."""
        memory = self.encode(batch)
        return ModelOutput(
            logits=word_scores(self, memory, batch),
            memory=memory,
            text_embedding=self.embed_captions(batch),
            logit_scale=self.logit_scale,
        )
