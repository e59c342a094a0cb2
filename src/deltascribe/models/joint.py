"""JFM, joint feature modeling: differences of several levels become one set of spatiotemporal tokens.

What the paper states (arXiv 2606.27410, abstract): difference representations of several scales are fused into one. The form is
ours: gated signed differences per level, a shallow pixel level, weights over levels, then joint transformer layers. Every added
branch starts at zero, so that an untrained JFM equals the plain multi-level difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.layers import Attention, FeedForward, LayerNorm2d, sine_grid

THUMBNAIL = 64
"""Side of the images that the shallow pixel level reads."""


@dataclass(frozen=True)
class JointFeatures:
    """What JFM gives.

    Attributes:
        tokens: [B, grid * grid, d], row-major.
        fine: difference map of the finest level [B, d, H_0, W_0], for dense heads.
        level_weights: [B, L], non-negative, sum 1 over levels.
    """

    tokens: Tensor
    fine: Tensor
    level_weights: Tensor


class GatedDifference(nn.Module):
    """Signed difference of one level: `proj[s(W[F1;F2])*F1, s(W[F2;F1])*F2, F2-F1, |F2-F1|, cos(F1,F2)]`, s the sigmoid.

    Unlike the absolute difference alone it keeps the direction of a change (built or removed) and what was there before.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(channels)
        self.date = nn.Parameter(torch.zeros(2, channels))
        self.gate = nn.Conv2d(2 * channels, channels, 1)
        self.project = nn.Sequential(nn.Conv2d(4 * channels + 1, width, 1), nn.GELU(), nn.Conv2d(width, width, 1))
        nn.init.zeros_(self.gate.weight)
        nn.init.zeros_(self.gate.bias)  # type: ignore[arg-type]

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


class PixelDifference(nn.Module):
    """The shallow level: signed pixel differences of the two images, cut into patches. Starts at zero."""

    def __init__(self, width: int, grid: int) -> None:
        super().__init__()
        patch = THUMBNAIL // grid
        self.patches = nn.Conv2d(9, width, patch, patch)
        self.out = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two thumbnails [B, 3, 64, 64] in 0..1 -> map [B, d, grid, grid]."""
        return self.out(F.gelu(self.patches(torch.cat((before, after, after - before), 1))))  # type: ignore[no-any-return]


class JointLayer(nn.Module):
    """Transformer layer over all tokens, pre-normalised; its two branches start at zero.

    Tokens of a change detector join by concatenation along the token axis.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, dropout)
        for last in (self.attention.out, self.feed_forward.out):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """[B, N, d] -> [B, N, d]."""
        y = self.norm1(x)
        x = x + self.attention(y, *self.attention.keys_values(y))
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
    """

    def __init__(self, channels: tuple[int, ...], width: int, grid: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.grid = grid
        self.differences = nn.ModuleList(GatedDifference(count, width) for count in channels)
        self.local = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1, groups=width) for _ in channels)
        self.pixels = PixelDifference(width, grid)
        self.level_embedding = nn.Parameter(torch.zeros(len(channels), width))
        self.level_weight = nn.Linear(width, 1)
        nn.init.zeros_(self.level_weight.weight)
        nn.init.zeros_(self.level_weight.bias)
        self.register_buffer("position", sine_grid(grid, width), persistent=False)
        self.layers = nn.ModuleList(JointLayer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, before: list[Tensor], after: list[Tensor], thumbnails: Tensor) -> JointFeatures:
        """Fuses the levels.

        Args:
            before: levels of the first date, each [B, C_l, H_l, W_l], finest first.
            after: levels of the second date, likewise.
            thumbnails: both images [B, 2, 3, 64, 64] in 0..1.
        """
        maps = [difference(one, two) for difference, one, two in zip(self.differences, before, after, strict=True)]
        on_grid = torch.stack([self._to_grid(local(level) + level) for local, level in zip(self.local, maps, strict=True)], 1)
        # the weights are read from what each level shows of this pair, then compete
        weights = torch.sigmoid(self.level_weight(on_grid.mean((-2, -1)))).squeeze(-1)  # [B, L]
        weights = weights / weights.sum(1, keepdim=True)
        embedded = on_grid + self.level_embedding[None, :, :, None, None]
        fused = (weights[:, :, None, None, None] * embedded).sum(1) + self.pixels(thumbnails[:, 0], thumbnails[:, 1])
        tokens = fused.flatten(2).transpose(1, 2) + self.position  # [B, grid * grid, d]
        for layer in self.layers:
            tokens = layer(tokens)
        return JointFeatures(self.norm(tokens), maps[0], weights)

    def _to_grid(self, level: Tensor) -> Tensor:
        if level.shape[-1] >= self.grid and level.shape[-2] >= self.grid:
            return F.adaptive_avg_pool2d(level, self.grid)
        return F.interpolate(level, (self.grid, self.grid), mode="bilinear", align_corners=False)
