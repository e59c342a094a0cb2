"""DFM, difference feature modeling for change captioning (arXiv 2606.27410), in the form described in `docs/model.md`.

Siamese backbone -> JFM -> memory tokens and a pooled vector; the vector feeds the change flag and, through TGCL, is drawn to the
meaning of the captions; a transformer decoder writes the sentence from the memory.
"""

from __future__ import annotations

import math
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.backbones import Backbone, BackboneConfig, build_backbone, by_pair, levels_of_pairs
from deltascribe.models.decoder import CaptionDecoder
from deltascribe.models.interface import Batch, DecoderCache, Memory, ModelOutput
from deltascribe.models.joint import THUMBNAIL, JointFeatureModeling
from deltascribe.models.registry import register_model


class DFMConfig(BaseModel):
    """Settings of DFM.

    Attributes:
        backbone: see `BackboneConfig`.
        width: token width d.
        heads: attention heads of all layers; divides `width`.
        grid: side of the memory's token grid; divides 64.
        joint_layers: transformer layers of JFM; 0 is the plain multi-level difference.
        decoder_layers: layers of the caption decoder.
        dropout: of the joint layers and the decoder.
        embedding: width of the space shared by pairs and texts.
        text_dimension: width of the sentence encoder's vectors.
        max_length: longest caption in tokens, START and END included.
        mask_head: predict where something changed from the difference features (the transfer mode `auxiliary`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backbone: BackboneConfig = BackboneConfig()
    width: int = Field(default=256, multiple_of=8, gt=0)
    heads: int = Field(default=8, gt=0)
    grid: int = Field(default=16, ge=1, le=THUMBNAIL)
    joint_layers: int = Field(default=2, ge=0)
    decoder_layers: int = Field(default=2, ge=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    embedding: int = Field(default=256, gt=0)
    text_dimension: int = Field(default=384, gt=0)
    max_length: int = Field(default=42, ge=3)
    mask_head: bool = True

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"heads={self.heads} does not divide width={self.width}")
        if THUMBNAIL % self.grid:
            raise ValueError(f"grid={self.grid} does not divide {THUMBNAIL}")
        return self


class MaskHead(nn.Module):
    """Where something changed, at a quarter of the image's resolution for a finest level of stride 8."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fine = nn.Conv2d(width, 64, 1)
        self.context = nn.Conv2d(width, 64, 1)
        self.local = nn.Conv2d(64, 64, 3, padding=1)
        self.out = nn.Conv2d(64, 4, 1)

    def forward(self, fine: Tensor, grid: Tensor) -> Tensor:
        """Finest difference [B, d, H, W] and joint tokens as a map [B, d, g, g] -> logits [B, 1, 2H, 2W]."""
        context = F.interpolate(self.context(grid), fine.shape[-2:], mode="bilinear", align_corners=False)
        return F.pixel_shuffle(self.out(F.gelu(self.local(F.gelu(self.fine(fine) + context)))), 2)


class DFM(nn.Module):
    """The whole model; a `CaptionModel`.

    Args:
        config: settings.
        vocabulary_size: number of words, special tokens included.
    """

    gated = True

    def __init__(self, config: DFMConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.backbone: Backbone = build_backbone(config.backbone)
        # a checkpoint is loaded without a hub: its settings must say how the backbone was built
        backbone = config.backbone.model_copy(update={"architecture": self.backbone.architecture})
        self.config = config.model_copy(update={"backbone": backbone})
        width = config.width
        self.joint = JointFeatureModeling(self.backbone.channels, width, config.grid, config.joint_layers, config.heads, config.dropout)
        self.decoder = CaptionDecoder(vocabulary_size, width, config.decoder_layers, config.heads, config.dropout, config.max_length)
        self.pool = nn.Linear(width, 1)
        self.pooled = nn.Sequential(nn.Linear(3 * width, width), nn.GELU(), nn.LayerNorm(width), nn.Dropout(config.dropout))
        self.visual = nn.Linear(width, config.embedding)
        self.textual = nn.Linear(config.text_dimension, config.embedding)
        self.flag = nn.Linear(width, 1)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.mask = MaskHead(width) if config.mask_head else None

    @property
    def max_length(self) -> int:
        """Longest caption in tokens, START and END included."""
        return self.config.max_length

    def frozen_part(self, pair: Tensor) -> list[Tensor] | None:
        """Pairs [B, 2, 3, H, W] -> frozen features, each [B, 2, C, h, w], the thumbnails [B, 2, 3, 64, 64] last; None if all is tuned."""
        if not self.backbone.cacheable:
            return None
        return [by_pair(level) for level in self.backbone.frozen_part(pair.flatten(0, 1))] + [thumbnails(pair)]

    def encode(self, batch: Batch) -> Memory:
        """Memory of pairs; reads `batch.features` where present, else `batch.pair`."""
        if batch.features is not None:
            levels = self.backbone.tuned_part([level.flatten(0, 1) for level in batch.features[:-1]])
            small = batch.features[-1]
        elif batch.pair is not None:
            levels = levels_of_pairs(self.backbone, batch.pair)
            small = thumbnails(batch.pair)
        else:
            raise ValueError("a batch needs `pair` or `features`")
        return self.fuse(levels, small)

    def fuse(self, levels: list[Tensor], small: Tensor) -> Memory:
        """JFM and the heads over it.

        Args:
            levels: the backbone's feature maps of both dates, each [2B, C, H_l, W_l], the dates of a pair side by side.
            small: thumbnails of both dates [B, 2, 3, 64, 64].
        """
        dates = [by_pair(level) for level in levels]
        joint = self.joint([level[:, 0] for level in dates], [level[:, 1] for level in dates], small)
        vector = self.pooled(self._pool(joint.tokens))
        side = self.config.grid
        mask = None
        if self.mask is not None:
            mask = self.mask(joint.fine, joint.tokens.transpose(1, 2).reshape(len(vector), -1, side, side))
        return Memory(
            tokens=joint.tokens,
            grid=(side, side),
            embedding=F.normalize(self.visual(vector), dim=-1),
            change_logit=self.flag(vector).squeeze(-1),
            mask_logits=mask,
            level_weights=joint.level_weights,
        )

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        """See `CaptionModel.decode`."""
        logits, cache = self.decoder(memory.tokens, tokens, cache)
        return logits, cache

    def embed_text(self, vectors: Tensor) -> Tensor:
        """Sentence vectors [B, E] -> unit vectors in the shared space [B, E']."""
        return F.normalize(self.textual(vectors), dim=-1)

    def forward(self, batch: Batch) -> ModelOutput:
        """Teacher-forced word scores [B, K, T-1, V] and the encoder's results."""
        if batch.tokens is None:
            raise ValueError("training needs `tokens`")
        memory = self.encode(batch)
        pairs, captions, length = batch.tokens.shape
        logits, _ = self.decode(memory, batch.tokens[..., :-1].reshape(pairs * captions, length - 1))
        return ModelOutput(
            logits=logits.reshape(pairs, captions, *logits.shape[1:]),
            memory=memory,
            text_embedding=None if batch.text is None else self.embed_text(batch.text),
            # clamped as in CLIP, so that the temperature can't run away
            logit_scale=self.log_scale.clamp(0, math.log(100)).exp(),
        )

    def _pool(self, tokens: Tensor) -> Tensor:
        """[B, N, d] -> [B, 3d]: attention-weighted mean, plain mean and maximum; small changes need the last."""
        weights = self.pool(tokens).softmax(1)
        return torch.cat(((weights * tokens).sum(1), tokens.mean(1), tokens.amax(1)), -1)


def thumbnails(pair: Tensor) -> Tensor:
    """Pairs [B, 2, 3, H, W] -> [B, 2, 3, 64, 64]."""
    small = F.interpolate(pair.flatten(0, 1), (THUMBNAIL, THUMBNAIL), mode="bilinear", antialias=True, align_corners=False)
    return by_pair(small)


@register_model("dfm", DFMConfig)
def dfm(config: DFMConfig, vocabulary_size: int) -> DFM:
    """Builds DFM."""
    return DFM(config, vocabulary_size)
