"""DFM, difference feature modeling for change captioning (arXiv 2606.27410), in the form described in `docs/model.md`.

Siamese backbone -> JFM -> memory tokens and a pooled vector; the vector feeds the change flag and, through TGCL, is drawn to the
meaning of the captions; a transformer decoder writes the sentence from the memory.
"""

from __future__ import annotations

import math
from typing import Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.backbones import Backbone, BackboneConfig, build_backbone, by_pair, frozen_levels_of_pairs, levels_of_pairs
from deltascribe.models.decoder import CaptionDecoder
from deltascribe.models.interface import Batch, DecoderCache, Memory, ModelOutput, word_scores
from deltascribe.models.joint import THUMBNAIL, JointFeatureModeling, JointFeatures, PlainFeatureModeling
from deltascribe.models.layers import check_divides, inverse_temperature, pooled, unit_projection, zeros
from deltascribe.models.registry import register_model
from deltascribe.models.transfer import Transfer, TransferConfig

_FINEST = 8
"""Stride of the finest level that is read of a shared encoder."""


class DFMConfig(BaseModel):
    """Settings of DFM.

    Attributes:
        backbone: see `BackboneConfig`.
        width: token width d.
        heads: attention heads of all layers; divides `width`.
        grid: side of the memory's token grid; divides 64.
        most_cells: of a level a side, at least `grid`, and divides 64; finer levels are pooled to it before they are compared, which saves
            more than half of a small model's time. The mask then has twice as many. None leaves the levels as they are.
        fusion: `joint` is JFM; `plain` the mean of projected levels that it is compared with.
        joint_layers: transformer layers of JFM; 0 leaves them out. This and the next three take JFM apart; `plain` fusion has none of it.
        difference: of a level in JFM: `gated` and signed, or `plain`, the projected `[F1, F2, F2-F1]`.
        level_weights: JFM weighs levels by what they show; else their mean is taken.
        pixel_level: JFM reads the shallow pixel differences.
        decoder_layers: layers of the caption decoder.
        dropout: of the joint layers and the decoder.
        embedding: width of the space shared by pairs and texts.
        text_dimension: width of the sentence encoder's vectors.
        max_length: longest caption in tokens, START and END included.
        mask_head: predict where something changed from the difference features (the transfer mode `auxiliary`). Beside a detector that
            is read the head only teaches: in use the mask is the detector's.
        learned_gate: a network weighs each pair in TGCL, from both vectors (`objective.gate: learned`).
        channel_gate: a text weighs the channels of the shared space before a pair is compared with it.
        transfer: what is taken from a pre-trained change detector.
        gated: the change flag decides at inference that nothing changed; else the sentence alone, as with the peers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backbone: BackboneConfig = BackboneConfig()
    width: int = Field(default=256, multiple_of=8, gt=0)
    heads: int = Field(default=8, gt=0)
    grid: int = Field(default=16, ge=1, le=THUMBNAIL)
    most_cells: int | None = Field(default=None, ge=1)
    fusion: Literal["joint", "plain"] = "joint"
    joint_layers: int = Field(default=2, ge=0)
    difference: Literal["gated", "plain"] = "gated"
    level_weights: bool = True
    pixel_level: bool = True
    decoder_layers: int = Field(default=2, ge=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    embedding: int = Field(default=256, gt=0)
    text_dimension: int = Field(default=384, gt=0)
    max_length: int = Field(default=42, ge=3)
    mask_head: bool = True
    learned_gate: bool = False
    channel_gate: bool = False
    transfer: TransferConfig = TransferConfig()
    gated: bool = True

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        check_divides("heads", self.heads, "width", self.width)
        if self.transfer.mode == "features" and self.fusion == "joint" and not self.joint_layers:
            raise ValueError(
                "transfer.mode=features needs joint layers that read the detector: set joint_layers to 1 or more, or transfer.mode=map"
            )
        check_divides("grid", self.grid, "the side of the pixel level", THUMBNAIL)
        if self.most_cells is not None and (self.most_cells < self.grid or THUMBNAIL % self.most_cells):
            raise ValueError(
                f"most_cells={self.most_cells} is not possible: give a divisor of {THUMBNAIL} from grid={self.grid} on, or null"
            )
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


class PairGate(nn.Module):
    """How much a pair counts in TGCL, from its two vectors and their product; one half at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(3 * width, width)
        self.out = zeros(nn.Linear(width, 1))

    def forward(self, visual: Tensor, textual: Tensor) -> Tensor:
        """Vectors of pairs and of their texts, each [B, E] -> gates in 0..1 [B]."""
        # the vectors are judged here, not moved: else the gate could make pairs easy instead of choosing among them
        both = torch.cat((visual, textual, visual * textual), -1).detach()
        return self.out(F.gelu(self.hidden(both))).sigmoid().squeeze(-1)  # type: ignore[no-any-return]


class DFM(nn.Module):
    """The whole model; a `CaptionModel`.

    Args:
        config: settings.
        vocabulary_size: number of words, special tokens included.
    """

    def __init__(self, config: DFMConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.gated = config.gated
        width = config.width
        self.transfer = Transfer(config.transfer, width, config.heads, config.grid, biased=config.fusion == "joint")
        shared = self.transfer.take_encoder()
        self.backbone: Backbone = build_backbone(config.backbone) if shared is None else shared
        # a checkpoint is loaded without a hub: its settings must say how the backbone was built
        chosen = config.backbone if shared is None else self.transfer.encoder_config()
        backbone = chosen.model_copy(update={"architecture": self.backbone.architecture})
        self.config = config.model_copy(update={"backbone": backbone, "transfer": self.transfer.config})
        # a shared encoder has finer levels, which the detector alone reads
        self.unread = 0 if shared is None else sum(stride < _FINEST for stride in shared.strides)
        channels = self.backbone.channels[self.unread :]
        if config.fusion == "joint":
            layers = config.joint_layers, config.heads, config.dropout
            parts = config.difference, config.level_weights, config.pixel_level
            self.joint: nn.Module = JointFeatureModeling(channels, width, config.grid, *layers, *parts)
        else:
            self.joint = PlainFeatureModeling(channels, width, config.grid, config.transfer.mode == "features")
        self.decoder = CaptionDecoder(vocabulary_size, width, config.decoder_layers, config.heads, config.dropout, config.max_length)
        self.pool = nn.Linear(width, 1)
        self.pooled = nn.Sequential(nn.Linear(3 * width, width), nn.GELU(), nn.LayerNorm(width), nn.Dropout(config.dropout))
        self.visual = nn.Linear(width, config.embedding)
        self.textual = nn.Linear(config.text_dimension, config.embedding)
        self.flag = nn.Linear(width, 1)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.mask = MaskHead(width) if config.mask_head else None
        self.pair_gate = PairGate(config.embedding) if config.learned_gate else None
        self.channel_gate = zeros(nn.Linear(config.text_dimension, config.embedding)) if config.channel_gate else None

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels of the image that a cell of each level spans, finest first."""
        return self.backbone.strides[self.unread :]

    @property
    def max_length(self) -> int:
        """Longest caption in tokens, START and END included."""
        return self.config.max_length

    def share_frozen(self, other: DFM) -> None:
        """Reads the frozen backbone and the detector of another model of the same settings in place of its own.

        They are references here, no submodules, so that they are stored, moved and folded with the other model alone.
        """
        del self.backbone
        self.__dict__["backbone"] = other.backbone
        if other.transfer.detector is not None:
            self.transfer.share_detector(other.transfer)

    def frozen_part(self, pair: Tensor) -> list[Tensor] | None:
        """Pairs [B, 2, 3, H, W] -> what never changes in training; None if the whole backbone is tuned.

        Returns:
            The change detector's features [B, 1, C, grid, grid] (but in the mode `map`) and map [B, 1, 1, h, w], if one is read; the
            backbone's frozen features, each [B, 2, C, h, w]; the thumbnails [B, 2, 3, 64, 64].
        """
        if not self.backbone.cacheable:
            return None
        levels = frozen_levels_of_pairs(self.backbone, pair)
        known = self.transfer.compare(levels) if self.config.transfer.encoder else self.transfer.frozen_part(pair)
        return [*known, *levels[self.unread :], thumbnails(pair)]

    def read(self, pair: Tensor, learning: bool = False) -> tuple[list[Tensor], list[Tensor]]:
        """What the detector knows of pairs [B, 2, 3, H, W], and the levels of both dates side by side, each [2B, C, H_l, W_l]."""
        if not self.config.transfer.encoder:
            return self.transfer.frozen_part(pair, learning), levels_of_pairs(self.backbone, pair)
        levels = frozen_levels_of_pairs(self.backbone, pair)
        return self.transfer.compare(levels), [level.flatten(0, 1) for level in levels[self.unread :]]

    def encode(self, batch: Batch) -> Memory:
        """Memory of pairs; reads `batch.features` where present, else `batch.pair`."""
        return self._encode(batch, learning=False)[0]

    def _encode(self, batch: Batch, learning: bool) -> tuple[Memory, Tensor | None]:
        """Memory, and in learning the distance from the detector that is imitated [B], if there is one."""
        if batch.features is not None:
            count = self.transfer.count
            known, small = batch.features[:count], batch.features[-1]
            levels = self.backbone.tuned_part([level.flatten(0, 1) for level in batch.features[count:-1]])
        elif batch.pair is not None:
            (known, levels), small = self.read(batch.pair, learning), thumbnails(batch.pair)
        else:
            raise ValueError("a batch needs `pair` or `features`")
        joint = self.difference(levels, small, known)
        return self.summarise(joint, known), self.transfer.distance(joint.fused, known)

    def difference(self, levels: list[Tensor], small: Tensor, known: list[Tensor]) -> JointFeatures:
        """JFM.

        Args:
            levels: the backbone's feature maps of both dates, each [2B, C, H_l, W_l], the dates of a pair side by side.
            small: thumbnails of both dates [B, 2, 3, 64, 64].
            known: what the change detector gives, or nothing.
        """
        if self.config.most_cells is not None:
            levels = [pooled(level, self.config.most_cells) for level in levels]
        dates = [by_pair(level) for level in levels]
        prior = self.transfer.prior(known)
        return self.joint([level[:, 0] for level in dates], [level[:, 1] for level in dates], small, prior)  # type: ignore[no-any-return]

    def summarise(self, joint: JointFeatures, known: list[Tensor]) -> Memory:
        """The heads over JFM's result and what the change detector gives, or nothing."""
        vector = self.pooled(self._pool(joint.tokens))
        evidence = self.transfer.evidence(known)
        vector = vector if evidence is None else vector + evidence
        side = self.config.grid
        return Memory(
            tokens=joint.tokens,
            grid=(side, side),
            embedding=unit_projection(self.visual, vector),
            change_logit=self.flag(vector).squeeze(-1),
            mask_logits=self._mark(joint, known),
            level_weights=joint.level_weights,
        )

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        """See `CaptionModel.decode`."""
        logits, cache = self.decoder(memory.tokens, tokens, cache)
        return logits, cache

    def embed_text(self, vectors: Tensor) -> Tensor:
        """Sentence vectors [..., E] -> unit vectors in the shared space [..., E']."""
        return unit_projection(self.textual, vectors)

    def channel_weights(self, vectors: Tensor) -> Tensor | None:
        """What sentence vectors [..., E] weigh the channels of the shared space by [..., E'], 1 at the start; None without a gate."""
        return None if self.channel_gate is None else 2 * self.channel_gate(vectors).sigmoid()

    def pair_weights(self, embedding: Tensor, vectors: Tensor) -> Tensor | None:
        """What the learned gate weighs each pair by in TGCL, in 0..1 [B]; None without such a gate.

        Args:
            embedding: the pairs' vectors in the shared space [B, E'].
            vectors: sentence vectors of their texts [B, E], or of K captions [B, K, E], zeros for captions that a pair lacks.
        """
        if self.pair_gate is None:
            return None
        text = self.embed_text(vectors)
        if text.ndim == 3:
            there = (vectors.abs().sum(-1, keepdim=True) > 0).to(text.dtype)
            text = (text * there).sum(1) / there.sum(1).clamp(min=1)
        return self.pair_gate(embedding, text)  # type: ignore[no-any-return]

    def forward(self, batch: Batch) -> ModelOutput:
        """Teacher-forced word scores [B, K, T-1, V] and the encoder's results."""
        memory, distance = self._encode(batch, learning=True)
        text = None if batch.text is None else self.embed_text(batch.text)
        return ModelOutput(
            logits=word_scores(self, memory, batch),
            memory=memory,
            text_embedding=text,
            gate=None if batch.text is None else self.pair_weights(memory.embedding, batch.text),
            channel_gate=None if batch.text is None else self.channel_weights(batch.text),
            logit_scale=inverse_temperature(self.log_scale, self.training),
            mimicry=distance,
        )

    def _mark(self, joint: JointFeatures, known: list[Tensor]) -> Tensor | None:
        """Logits of the mask: in use a detector's, which knows more of masks than the head that teaches JFM."""
        marked = None if self.training else self.transfer.mask_logits(known)
        if marked is not None or self.mask is None:
            return marked
        side = self.config.grid
        own: Tensor = self.mask(joint.fine, joint.tokens.transpose(1, 2).reshape(len(joint.tokens), -1, side, side))
        return own

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
