"""MCI: change mask and caption from one encoder, in two branches.

Chenyang Liu, Keyan Chen, Haotian Zhang, Zipeng Qi, Zhengxia Zou, Zhenwei Shi, "Change-Agent: Toward Interactive Comprehensive Remote
Sensing Change Interpretation and Analysis", IEEE Transactions on Geoscience and Remote Sensing 62, 2024 (arXiv 2403.19646): its
multi-level change interpretation model.

From the paper: a siamese encoder of several levels shared by a detection and a captioning branch; both refine the dates by bi-temporal
iterative interaction (BI3) layers, each a local perception enhancement (convolutions of different kernels) and a global difference
fusion attention (attention into which the dates' difference is fused); the detection branch reads all levels, the captioning branch the
coarsest; both are trained together.

Different here: backbone, width and decoder are those that all peers share; the wiring inside a BI3 layer and between the levels is ours,
from the description of its parts; attention reads at most `places` by `places` of a level, their mean where it has more, since the
finest level is too large for a CPU otherwise; the mask tells changed from unchanged and no kinds, as that of DFM.
"""

from __future__ import annotations

from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.layers import Attention, FeedForward, LayerNorm2d, check_divides, pooled
from deltascribe.models.peers.base import Fused, Peer, PeerConfig
from deltascribe.models.peers.blocks import Tokens, as_map, as_tokens
from deltascribe.models.registry import register_model

KERNELS = (1, 3, 5)
"""Sides of the convolutions of local perception enhancement."""


class MCIConfig(PeerConfig):
    """Settings of MCI.

    Published: SegFormer-B1 (strides 4 to 32, 64 to 512 channels, tuned), width 512, 8 heads, 3 BI3 layers, 1 decoder layer, dropout 0.1.

    Attributes:
        level: what the captioning branch reads, as published the one of stride 32.
        layers: BI3 layers of the captioning branch.
        detection_width: width of the detection branch.
        detection_layers: BI3 layers of each level in it.
        places: most places a side that attention reads.
    """

    layers: int = Field(default=3, ge=1)
    detection_width: int = Field(default=64, multiple_of=8, gt=0)
    detection_layers: int = Field(default=1, ge=1)
    places: int = Field(default=16, ge=1)

    @model_validator(mode="after")
    def _detection_fits(self) -> Self:
        check_divides("heads", self.heads, "detection_width", self.detection_width)
        return self


class LocalPerception(nn.Module):
    """Convolutions of different kernels over one date, summed, mixed and added to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(width)
        self.kernels = nn.ModuleList(nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width) for kernel in KERNELS)
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, d, H, W] -> the same."""
        y = self.norm(x)
        return x + self.mix(F.gelu(torch.stack([kernel(y) for kernel in self.kernels]).sum(0)))  # type: ignore[no-any-return]


class DifferenceAttention(nn.Module):
    """Each place of a date looks over all places of this date, into whose keys and values the difference of the dates is fused."""

    def __init__(self, width: int, heads: int, dropout: float, places: int) -> None:
        super().__init__()
        self.places = places
        self.norm = LayerNorm2d(width)
        self.join = nn.Conv2d(2 * width, width, 1)
        self.attention = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, dropout)
        self.dropout = nn.Dropout(dropout)

    def difference(self, before: Tensor, after: Tensor) -> Tensor:
        """What is fused in: second minus first, normalised before [B, d, H, W]."""
        difference: Tensor = self.norm(after) - self.norm(before)
        return difference

    def forward(self, date: Tensor, difference: Tensor) -> Tensor:
        """A date and the difference of the dates [B, d, H, W] -> the date, refined."""
        query = self.norm(date)
        places = pooled(self.join(torch.cat((query, difference), 1)), self.places).flatten(2).transpose(1, 2)
        x = date.flatten(2).transpose(1, 2)
        x = x + self.dropout(self.attention(query.flatten(2).transpose(1, 2), *self.attention.keys_values(places)))
        x = x + self.feed_forward(self.norm2(x))
        refined: Tensor = x.transpose(1, 2).reshape(date.shape)
        return refined


class Interaction(nn.Module):
    """BI3 layer: local perception of each date, then attention with their difference; one set of weights for both dates."""

    def __init__(self, width: int, heads: int, dropout: float, places: int) -> None:
        super().__init__()
        self.local = LocalPerception(width)
        self.fusion = DifferenceAttention(width, heads, dropout, places)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Two maps [B, d, H, W] -> both, refined."""
        first, second = self.local(before), self.local(after)
        difference = self.fusion.difference(first, second)
        return self.fusion(first, difference), self.fusion(second, difference)


class Branch(nn.Module):
    """One level of both dates: brought to a width, then BI3 layers, then both dates and their difference as one map."""

    def __init__(self, channels: int, width: int, layers: int, config: MCIConfig) -> None:
        super().__init__()
        self.tokens = Tokens(channels, width)
        self.layers = nn.ModuleList(Interaction(width, config.heads, config.dropout, config.places) for _ in range(layers))
        self.join = nn.Sequential(nn.Conv2d(3 * width, width, 1), nn.GELU(), nn.Conv2d(width, width, 3, padding=1))

    def refine(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Two maps [B, C, H, W] -> both after all BI3 layers [B, d, H, W]."""
        grid = (before.shape[-2], before.shape[-1])
        first, second = as_map(self.tokens(before), grid), as_map(self.tokens(after), grid)
        for layer in self.layers:
            first, second = layer(first, second)
        return first, second

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, H, W] -> [B, d, H, W]."""
        first, second = self.refine(before, after)
        return self.join(torch.cat((first, second, second - first), 1))  # type: ignore[no-any-return]


class Detection(nn.Module):
    """Levels of both dates -> change logits at twice the finest level's resolution, from coarse to fine."""

    def __init__(self, channels: tuple[int, ...], config: MCIConfig) -> None:
        super().__init__()
        width = config.detection_width
        self.branches = nn.ModuleList(Branch(count, width, config.detection_layers, config) for count in channels)
        self.smooth = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in channels[1:])
        self.out = nn.Conv2d(width, 4, 1)

    def forward(self, before: list[Tensor], after: list[Tensor]) -> Tensor:
        """Levels, finest first, each [B, C_l, H_l, W_l] -> logits [B, 1, 2 * H_0, 2 * W_0]."""
        *finer, x = (branch(one, two) for branch, one, two in zip(self.branches, before, after, strict=True))
        for level, smooth in zip(reversed(finer), self.smooth, strict=True):
            x = F.gelu(smooth(level + F.interpolate(x, level.shape[-2:], mode="bilinear", align_corners=False)))
        return F.pixel_shuffle(self.out(x), 2)


class MCI(Peer):
    """The model; a `CaptionModel`."""

    config: MCIConfig

    def __init__(self, config: MCIConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size)
        channels = self.backbone.channels
        self.detection = Detection(channels, config)
        self.captioning = Branch(channels[config.level], config.width, config.layers, config)
        self.norm = nn.LayerNorm(config.width)

    def fuse(self, before: list[Tensor], after: list[Tensor]) -> Fused:
        """See `Peer.fuse`."""
        level = self.config.level
        grid = self.captioning(before[level], after[level])
        return Fused(self.norm(as_tokens(grid)), (grid.shape[-2], grid.shape[-1]), mask_logits=self.detection(before, after))


@register_model("mci", MCIConfig)
def mci(config: MCIConfig, vocabulary_size: int) -> MCI:
    """Builds MCI."""
    return MCI(config, vocabulary_size)
