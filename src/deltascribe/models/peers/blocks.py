"""Blocks that several peers share: tokens of a feature map, the original transformer layer, the residual block of convolutions."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.layers import Attention, LayerNorm2d
from deltascribe.models.peers.positions import grid_codes


class Tokens(nn.Module):
    """A level of the backbone as tokens with positions, the same for both dates.

    Fixed sine codes of rows and columns stand for the learned ones of the papers, so that images of any size work. The features
    are normalised first, since those of a network without a last activation have no common scale.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(channels)
        self.project = nn.Conv2d(channels, width, 1)

    def forward(self, level: Tensor) -> Tensor:
        """[B, C, h, w] -> [B, h * w, d], row-major."""
        projected = self.project(self.norm(level))
        return as_tokens(projected) + grid_codes(projected)


def as_map(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    """[B, h * w, d] -> [B, d, h, w]."""
    return tokens.transpose(1, 2).reshape(len(tokens), -1, *grid)


def as_tokens(level: Tensor) -> Tensor:
    """[B, d, h, w] -> [B, h * w, d]."""
    return level.flatten(2).transpose(1, 2)


class InnerAttention(Attention):
    """Attention whose heads together are `inner` wide."""

    def __init__(self, width: int, heads: int, dropout: float, inner: int) -> None:
        super().__init__(width, heads, dropout)
        self.query = nn.Linear(width, inner)
        self.key_value = nn.Linear(width, 2 * inner)
        self.out = nn.Linear(inner, width)


class AttentionLayer(nn.Module):
    """Transformer layer, normalised after each step as by Vaswani et al., "Attention Is All You Need".

    Args:
        width: token width d.
        heads: attention heads.
        dropout: of both steps.
        hidden: inner width of the feed-forward step.
        inner: width of all heads together; None takes `width`.
    """

    def __init__(self, width: int, heads: int, dropout: float, hidden: int, inner: int | None = None) -> None:
        super().__init__()
        self.attention = InnerAttention(width, heads, dropout, inner or width)
        self.norm1 = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, hidden, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, context: Tensor, query: Tensor | None = None) -> Tensor:
        """One layer.

        Args:
            x: tokens that are refined [B, N, d].
            context: tokens that are attended to [B, M, d]; `x` itself for self-attention.
            query: tokens that ask [B, N, d]; None lets `x` ask.
        """
        keys, values = self.attention.keys_values(context)
        x = self.norm1(x + self.dropout(self.attention(x if query is None else query, keys, values)))
        return self.norm2(x + self.feed_forward(x))  # type: ignore[no-any-return]


def feed_forward(width: int, hidden: int, dropout: float) -> nn.Sequential:
    """Two-layer perceptron with ReLU, as in the papers."""
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, width), nn.Dropout(dropout))


class ResidualBlock(nn.Module):
    """Bottleneck of convolutions 1x1, 3x3, 1x1, half as wide inside (He et al., "Deep Residual Learning", figure 5).

    The papers normalise over the batch. Here each place is normalised by itself, so that a pair is read the same in any batch
    and batches may be small.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        half = width // 2
        self.body = nn.Sequential(
            nn.Conv2d(width, half, 1),
            LayerNorm2d(half),
            nn.ReLU(),
            nn.Conv2d(half, half, 3, padding=1),
            LayerNorm2d(half),
            nn.ReLU(),
            nn.Conv2d(half, width, 1),
            LayerNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, d, h, w] -> [B, d, h, w], not negative."""
        return F.relu(x + self.body(x))
