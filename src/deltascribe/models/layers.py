"""Small layers that several models share."""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


def check_divides(name: str, value: int, whole_name: str, whole: int) -> None:
    """For validators of settings.

    Raises:
        ValueError: `value` does not divide `whole`; the message lists what does.
    """
    if whole % value:
        fitting = ", ".join(str(number) for number in range(1, whole + 1) if whole % number == 0)
        raise ValueError(f"{name}={value} does not divide {whole_name}={whole}; choose one of {fitting}")


def pooled(level: Tensor, most: int) -> Tensor:
    """A map [N, C, H, W] -> at most `most` cells a side: averaged where it has more, else as it is."""
    height, width = level.shape[-2:]
    return level if max(height, width) <= most else F.adaptive_avg_pool2d(level, (min(height, most), min(width, most)))


class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels of a map [N, C, H, W]."""

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> the same, each place normalised."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Multi-head attention whose keys and values are computed apart, so that a decoder can keep them."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, N, d] -> keys and values, each [B, heads, N, d / heads]."""
        keys, values = self.key_value(x).chunk(2, -1)
        return self._split(keys), self._split(values)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, causal: bool = False, bias: Tensor | None = None) -> Tensor:
        """Queries [B, t, d] over keys and values [B, heads, N, d / heads] -> [B, t, d].

        With `causal`, query i (counted from the end of the keys) sees keys up to its own place; else `bias` [B, heads, t or 1, N] is
        added to the scores.
        """
        query = self._split(self.query(x))
        mask = None if bias is None else bias.to(query.dtype)
        if causal and x.shape[1] > 1:
            total, new = keys.shape[2], x.shape[1]
            mask = torch.ones(new, total, dtype=torch.bool, device=x.device).tril(total - new)
        rate = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, dropout_p=rate)
        return self.out(y.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def weights(self, x: Tensor, keys: Tensor) -> Tensor:
        """What `forward` without `causal` weighs the values by: queries [B, t, d], keys [B, heads, N, d / heads] -> [B, heads, t, N]."""
        query = self._split(self.query(x))
        return torch.softmax(query @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5, -1)

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:-1], self.heads, -1).transpose(1, 2)


class FeedForward(nn.Module):
    """Two-layer perceptron with GELU, four times as wide inside."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.inner = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[..., d] -> [..., d]."""
        return self.dropout(self.out(F.gelu(self.inner(x))))  # type: ignore[no-any-return]


class Probe(nn.Linear):
    """A head that reads along: nothing that it reads hears of it, and its gradient has no part in the norm that is clipped."""

    def forward(self, x: Tensor) -> Tensor:
        """[..., d] -> [..., d'], without a gradient for `x`."""
        return super().forward(x.detach())


def zeros(layer: Layer) -> Layer:
    """The same layer with weight and bias zero: a branch that starts without effect."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def unit_projection(layer: nn.Linear, x: Tensor) -> Tensor:
    """Unit vectors `norm(layer(x))` in 32 bits, also under autocast: 16 bits would blur the cosines that a contrastive loss compares."""
    with torch.autocast(x.device.type, enabled=False):
        return F.normalize(layer(x.float()), dim=-1)


MAX_LOG_SCALE = math.log(100)


def inverse_temperature(log_scale: nn.Parameter, training: bool) -> Tensor:
    """`exp(log_scale)` in 1..100. In training the parameter itself is held in these bounds, as in CLIP, so that it can come back."""
    if training:
        with torch.no_grad():
            log_scale.clamp_(0, MAX_LOG_SCALE)
    return log_scale.clamp(0, MAX_LOG_SCALE).exp()


def sine_grid(side: int, width: int) -> Tensor:
    """Sine position codes of a square grid [side * side, width], row-major: rows in the first half, columns in the second.

    Source: the two-dimensional form of Vaswani et al., "Attention Is All You Need", section 3.5.
    """
    quarter = width // 4
    frequency = torch.exp(-math.log(10000.0) * torch.arange(quarter) / quarter)
    angle = torch.arange(side)[:, None] * frequency  # [side, width / 4]
    axis = torch.cat((angle.sin(), angle.cos()), 1)  # [side, width / 2]
    rows = axis[:, None].expand(side, side, -1)
    columns = axis[None].expand(side, side, -1)
    return torch.cat((rows, columns), -1).reshape(side * side, -1)
