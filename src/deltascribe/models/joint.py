"""JFM, joint feature modeling: differences of several levels become one set of spatiotemporal tokens.

What the paper states (arXiv 2606.27410, abstract): difference representations of several scales are fused into one. The form is
ours: gated signed differences per level, a shallow pixel level, weights over levels, then joint transformer layers. The pixel level,
the layers and a level's look at its neighbours start at zero and the weights over levels even, so that an untrained JFM is the mean of
the levels' differences. Each of the four can be left out; without all of them JFM is `PlainFeatureModeling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.layers import Attention, FeedForward, LayerNorm2d, sine_grid, zeros

THUMBNAIL = 64
"""Side of the images that the shallow pixel level reads."""


@dataclass(frozen=True)
class JointFeatures:
    """What JFM gives.

    Attributes:
        tokens: [B, grid * grid, d], row-major.
        fine: difference map of the finest level [B, d, H_0, W_0], for dense heads.
        fused: the levels' weighted differences before the joint layers [B, d, grid, grid].
        level_weights: [B, L], non-negative, sum 1 over levels.
    """

    tokens: Tensor
    fine: Tensor
    fused: Tensor
    level_weights: Tensor


@dataclass(frozen=True)
class Prior:
    """What JFM's layers may read beside their own tokens: the knowledge of a change detector.

    Attributes:
        tokens: [B, grid * grid, d], keys and values beside JFM's own.
        bias: added to the attention scores of all keys, JFM's own first [B, heads, 1, 2 * grid * grid], or None.
    """

    tokens: Tensor
    bias: Tensor | None


class GatedDifference(nn.Module):
    """Signed difference of one level: `proj[s(W[F1;F2])*F1, s(W[F2;F1])*F2, F2-F1, |F2-F1|, cos(F1,F2)]`, s the sigmoid.

    Unlike the absolute difference alone it keeps the direction of a change (built or removed) and what was there before.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(channels)
        self.date = nn.Parameter(torch.zeros(2, channels))
        self.gate = zeros(nn.Conv2d(2 * channels, channels, 1))
        self.project = nn.Sequential(nn.Conv2d(4 * channels + 1, width, 1), nn.GELU(), nn.Conv2d(width, width, 1))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, H, W] -> difference map [B, d, H, W]."""
        first = self.norm(before) + self.date[0, :, None, None]
        second = self.norm(after) + self.date[1, :, None, None]
        difference = second - first
        parts = (
            torch.sigmoid(self.gate(torch.cat((first, second), 1))) * first,
            torch.sigmoid(self.gate(torch.cat((second, first), 1))) * second,
            difference,
            difference.abs(),
            F.cosine_similarity(first, second, dim=1).unsqueeze(1),
        )
        return self.project(torch.cat(parts, 1))  # type: ignore[no-any-return]


class PlainDifference(nn.Module):
    """What the gated difference is compared with: `proj[F1, F2, F2-F1]` of one level."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(channels)
        self.project = nn.Conv2d(3 * channels, width, 1)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, H, W] -> difference map [B, d, H, W]."""
        first, second = self.norm(before), self.norm(after)
        return self.project(torch.cat((first, second, second - first), 1))  # type: ignore[no-any-return]


class PixelDifference(nn.Module):
    """The shallow level: signed pixel differences of the two images, cut into patches. Starts at zero."""

    def __init__(self, width: int, grid: int) -> None:
        super().__init__()
        patch = THUMBNAIL // grid
        self.patches = nn.Conv2d(9, width, patch, patch)
        self.out = zeros(nn.Conv2d(width, width, 1))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two thumbnails [B, 3, 64, 64] in 0..1 -> map [B, d, grid, grid]."""
        return self.out(F.gelu(self.patches(torch.cat((before, after, after - before), 1))))  # type: ignore[no-any-return]


class JointLayer(nn.Module):
    """Transformer layer over all tokens, pre-normalised; its two branches start at zero.

    A change detector's tokens are keys and values beside its own, and its soft map a bias of the attention.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, dropout)
        zeros(self.attention.out)
        zeros(self.feed_forward.out)

    def forward(self, x: Tensor, prior: Prior | None = None) -> Tensor:
        """[B, N, d] -> [B, N, d]."""
        y = self.norm1(x)
        if prior is None:
            x = x + self.attention(y, *self.attention.keys_values(y))
        else:
            known = torch.cat((y, self.norm1(prior.tokens)), 1)
            x = x + self.attention(y, *self.attention.keys_values(known), bias=prior.bias)
        return x + self.feed_forward(self.norm2(x))  # type: ignore[no-any-return]


class JointFeatureModeling(nn.Module):
    """Levels of both dates -> joint tokens on one grid.

    Args:
        channels: channels of each level, finest first.
        width: token width d.
        grid: side of the token grid.
        layers: number of joint transformer layers; 0 leaves the weighted sum of differences.
        heads: attention heads.
        dropout: of the joint layers.
        difference: of a level: `gated` and filtered with its neighbours, or `plain`.
        level_weights: levels are weighed by what they show, each with its embedding; else their mean is taken.
        pixel_level: whether there is the shallow pixel level.
    """

    position: Tensor

    def __init__(
        self,
        channels: tuple[int, ...],
        width: int,
        grid: int,
        layers: int,
        heads: int,
        dropout: float,
        difference: Literal["gated", "plain"] = "gated",
        level_weights: bool = True,
        pixel_level: bool = True,
    ) -> None:
        super().__init__()
        self.grid = grid
        gated = difference == "gated"
        self.differences = nn.ModuleList((GatedDifference if gated else PlainDifference)(count, width) for count in channels)
        self.local = nn.ModuleList(zeros(nn.Conv2d(width, width, 3, padding=1, groups=width)) for _ in channels) if gated else None
        self.pixels = PixelDifference(width, grid) if pixel_level else None
        self.level_embedding = nn.Parameter(torch.zeros(len(channels), width)) if level_weights else None
        self.level_weight = zeros(nn.Linear(width, 1)) if level_weights else None
        self.register_buffer("position", sine_grid(grid, width), persistent=False)
        self.layers = nn.ModuleList(JointLayer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, before: list[Tensor], after: list[Tensor], thumbnails: Tensor, prior: Prior | None = None) -> JointFeatures:
        """Fuses the levels.

        Args:
            before: levels of the first date, each [B, C_l, H_l, W_l], finest first.
            after: levels of the second date, likewise.
            thumbnails: both images [B, 2, 3, 64, 64] in 0..1.
            prior: knowledge of a change detector.
        """
        maps = [difference(one, two) for difference, one, two in zip(self.differences, before, after, strict=True)]
        seen = maps if self.local is None else [local(level) + level for local, level in zip(self.local, maps, strict=True)]
        on_grid = torch.stack([to_grid(level, self.grid) for level in seen], 1)
        if self.level_weight is None or self.level_embedding is None:
            weights = on_grid.new_full(on_grid.shape[:2], 1 / len(maps))
        else:
            # the weights are read from what each level shows of this pair, then compete
            weights = torch.sigmoid(self.level_weight(on_grid.mean((-2, -1)))).squeeze(-1)  # [B, L]
            weights = weights / weights.sum(1, keepdim=True)
            on_grid = on_grid + self.level_embedding[None, :, :, None, None]
        fused = (weights[:, :, None, None, None] * on_grid).sum(1)
        if self.pixels is not None:
            fused = fused + self.pixels(thumbnails[:, 0], thumbnails[:, 1])
        tokens = fused.flatten(2).transpose(1, 2) + self.position  # [B, grid * grid, d]
        for layer in self.layers:
            tokens = layer(tokens, prior)
        return JointFeatures(self.norm(tokens), maps[0], fused, weights)


class PlainFeatureModeling(nn.Module):
    """What JFM is compared with: each level's projected `[F1, F2, F2-F1]` on one grid, their mean, and nothing else.

    A change detector's tokens are added place by place, through a layer that starts at zero.

    Args:
        channels: channels of each level, finest first.
        width: token width d.
        grid: side of the token grid.
        prior: whether there will be a detector's tokens.
    """

    position: Tensor

    def __init__(self, channels: tuple[int, ...], width: int, grid: int, prior: bool = False) -> None:
        super().__init__()
        self.known = zeros(nn.Linear(width, width)) if prior else None
        self.grid = grid
        self.differences = nn.ModuleList(PlainDifference(count, width) for count in channels)
        self.register_buffer("position", sine_grid(grid, width), persistent=False)
        self.norm = nn.LayerNorm(width)

    def forward(self, before: list[Tensor], after: list[Tensor], thumbnails: Tensor, prior: Prior | None = None) -> JointFeatures:
        """As `JointFeatureModeling`; the thumbnails are not read."""
        maps = [difference(one, two) for difference, one, two in zip(self.differences, before, after, strict=True)]
        fused = torch.stack([to_grid(level, self.grid) for level in maps]).mean(0)
        tokens = fused.flatten(2).transpose(1, 2) + self.position
        if prior is not None and self.known is not None:
            tokens = tokens + self.known(prior.tokens)
        weights = fused.new_full((len(fused), len(maps)), 1 / len(maps))
        return JointFeatures(self.norm(tokens), maps[0], fused, weights)


def to_grid(level: Tensor, grid: int) -> Tensor:
    """A map [B, d, H, W] -> [B, d, grid, grid]: pooled where it is finer, interpolated where it is coarser."""
    if level.shape[-1] >= grid and level.shape[-2] >= grid:
        return F.adaptive_avg_pool2d(level, grid)
    return F.interpolate(level, (grid, grid), mode="bilinear", align_corners=False)
