"""SFT: sparse attention along rows and columns in place of a transformer encoder.

Dongwei Sun, Yajie Bao, Junmin Liu, Xiangyong Cao, "A Lightweight Sparse Focus Transformer for Remote Sensing Image Change Captioning",
IEEE Journal of Selected Topics in Applied Earth Observations and Remote Sensing 17, 2024 (doi 10.1109/JSTARS.2024.3471625, arXiv
2405.06598).

From the paper: an encoder of sparse focus attention with over 90 % fewer parameters and operations than a transformer's, between a
convolutional backbone and a decoder. That each place attends along its row and its column as far as a set reach, with narrow queries and
keys, no feed-forward step and a share that starts at zero (as in the criss-cross attention of Huang et al., "CCNet", arXiv 1811.11721),
and that Chg2Cap is what it was built on, follow what the authors released. Here: backbone and decoder are those that all peers share, so
that the method alone differs; one set of weights serves both dates, as in the backbone; a place where row and column cross is attended to
once; the dates join as in our `chg2cap`.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.peers.base import PeerConfig
from deltascribe.models.peers.blocks import Tokens, as_map, as_tokens
from deltascribe.models.peers.chg2cap import CosineFusion
from deltascribe.models.peers.one_level import OneLevelPeer
from deltascribe.models.registry import register_model

NARROW = 8
"""How many times narrower than the tokens the queries and keys are."""


class SparseFocusConfig(PeerConfig):
    """Settings of SFT; `heads` are the decoder's, the sparse attention has one.

    Published: ResNet-101 up to stride 32 (2048 channels, the last three stages tuned), width 2048, 2 encoder layers, reach 8 on 8x8
    places, 1 decoder layer, dropout 0.1. `level` therefore is the one of stride 32.

    Attributes:
        reach: places along row and column that a place attends to in each direction, itself counted.
    """

    reach: int = Field(default=8, ge=1)


def cross_mask(height: int, width: int, reach: int) -> Tensor:
    """Which places see which: those in the same row or the same column, fewer than `reach` away [h * w, h * w], bool, symmetric."""
    rows = torch.arange(height).repeat_interleave(width)
    columns = torch.arange(width).repeat(height)
    down, across = (rows[:, None] - rows).abs(), (columns[:, None] - columns).abs()
    return ((down == 0) & (across < reach)) | ((across == 0) & (down < reach))


class SparseFocusAttention(nn.Module):
    """One layer of the encoder: sparse attention, added to its input by a learned share."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.query = nn.Linear(width, width // NARROW)
        self.key = nn.Linear(width, width // NARROW)
        self.value = nn.Linear(width, width)
        self.share = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Tokens [B, N, d], mask [N, N] -> [B, N, d]."""
        rate = self.dropout if self.training else 0.0
        return x + self.share * F.scaled_dot_product_attention(self.query(x), self.key(x), self.value(x), attn_mask=mask, dropout_p=rate)


class SparseFocusEncoder(nn.Module):
    """Sparse attention within each date, and the fusion of Chg2Cap.

    Args:
        channels: channels of the backbone's level.
        config: settings.
    """

    def __init__(self, channels: int, config: SparseFocusConfig) -> None:
        super().__init__()
        self.reach = config.reach
        self.tokens = Tokens(channels, config.width)
        self.layers = nn.ModuleList(SparseFocusAttention(config.width, config.dropout) for _ in range(config.layers))
        self.fusion = CosineFusion(config.width)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, h, w] -> memory [B, h * w, d]."""
        grid = (before.shape[-2], before.shape[-1])
        mask = cross_mask(*grid, self.reach).to(before.device)
        dates = self.tokens(torch.cat((before, after)))  # [2B, N, d]
        for layer in self.layers:
            dates = layer(dates, mask)
        one, two = dates.chunk(2)
        return as_tokens(self.fusion(as_map(one, grid), as_map(two, grid)))


class SparseFocus(OneLevelPeer):
    """The whole model; a `CaptionModel`."""

    def __init__(self, config: SparseFocusConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size, SparseFocusEncoder)


@register_model("sparse_focus", SparseFocusConfig)
def sparse_focus(config: SparseFocusConfig, vocabulary_size: int) -> SparseFocus:
    """Builds SFT."""
    return SparseFocus(config, vocabulary_size)
