"""Chg2Cap: hierarchical self-attention, and a residual block that joins the dates with their cosine similarity.

Shizhen Chang, Pedram Ghamisi, "Changes to Captions: An Attentive Network for Remote Sensing Change Captioning", IEEE Transactions on
Image Processing 32, 2023 (doi 10.1109/TIP.2023.3328224, arXiv 2304.01091).

From the paper: an attentive encoder with a hierarchical self-attention block, which finds what belongs to the change, and a residual
block, which makes the image embedding that a transformer decoder reads. That first each date attends to itself, then both, joined
channel by channel, attend together, that the input is added again after each layer, where the cosine is added, and the sizes follow what
the authors released. Here: backbone and decoder are those that all peers share, so that the method alone differs. The authors' decoder
adds the word embeddings to its output once more; ours ties the output layer to those embeddings, where that sum would draw each word to
repeat itself, and leaves it out. The authors work at the width of the backbone's features; here they are projected. Positions and the
residual block's normalisation are as in `blocks`.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.peers.base import PeerConfig
from deltascribe.models.peers.blocks import AttentionLayer, ResidualBlock, Tokens, as_map, as_tokens
from deltascribe.models.peers.one_level import OneLevelPeer
from deltascribe.models.registry import register_model


class Chg2CapConfig(PeerConfig):
    """Settings of Chg2Cap.

    Published: ResNet-101 up to stride 32 (2048 channels, the last three stages tuned), width 2048, 8 heads, 3 encoder layers with
    feed-forward steps 512 wide, 1 decoder layer, dropout 0.1. `level` therefore is the one of stride 32.
    """

    layers: int = Field(default=3, ge=1)


class HierarchicalSelfAttention(nn.Module):
    """One layer of the encoder. The feed-forward steps are a quarter of a date's width inside; the joint heads as wide as a date."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.alone = AttentionLayer(width, heads, dropout, width // 4)
        self.together = AttentionLayer(2 * width, heads, dropout, width // 4, inner=width)

    def forward(self, dates: Tensor, start: Tensor) -> Tensor:
        """Both dates [2, B, N, d] and the encoder's input [2, B, N, d] -> [2, B, N, d]."""
        both = dates.flatten(0, 1)
        dates = dates + self.alone(both, both).view_as(dates)
        joined = torch.cat((dates[0], dates[1]), -1)  # [B, N, 2d]
        return torch.stack(self.together(joined, joined).chunk(2, -1)) + start


class CosineFusion(nn.Module):
    """Two dates and the cosine of their vectors at each place -> one map."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(2 * width, width, 1)
        self.block = ResidualBlock(width)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, d, h, w] -> [B, d, h, w]."""
        similarity = F.cosine_similarity(before, after, dim=1).unsqueeze(1)
        return self.block(self.project(torch.cat((before, after), 1) + similarity))  # type: ignore[no-any-return]


class AttentiveEncoder(nn.Module):
    """Hierarchical self-attention and fusion.

    Args:
        channels: channels of the backbone's level.
        config: settings.
    """

    def __init__(self, channels: int, config: Chg2CapConfig) -> None:
        super().__init__()
        self.tokens = Tokens(channels, config.width)
        self.layers = nn.ModuleList(HierarchicalSelfAttention(config.width, config.heads, config.dropout) for _ in range(config.layers))
        self.fusion = CosineFusion(config.width)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, h, w] -> memory [B, h * w, d]."""
        grid = (before.shape[-2], before.shape[-1])
        start = dates = torch.stack((self.tokens(before), self.tokens(after)))  # [2, B, N, d]
        for layer in self.layers:
            dates = layer(dates, start)
        return as_tokens(self.fusion(as_map(dates[0], grid), as_map(dates[1], grid)))


class Chg2Cap(OneLevelPeer):
    """The whole model; a `CaptionModel`."""

    def __init__(self, config: Chg2CapConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size, AttentiveEncoder)


@register_model("chg2cap", Chg2CapConfig)
def chg2cap(config: Chg2CapConfig, vocabulary_size: int) -> Chg2Cap:
    """Builds Chg2Cap."""
    return Chg2Cap(config, vocabulary_size)
