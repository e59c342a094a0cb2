"""RSICCformer: dual-branch transformer with multistage fusion.

Chenyang Liu, Rui Zhao, Hao Chen, Zhengxia Zou, Zhenwei Shi, "Remote Sensing Image Change Captioning With Dual-Branch Transformers: A New
Method and a Large Scale Dataset", IEEE Transactions on Geoscience and Remote Sensing 60, 2022 (doi 10.1109/TGRS.2022.3218921).

From the paper: two branches of one transformer, in each layer of which the tokens of a date meet the difference of the two dates
(cross-encoding); the tokens of both dates after every layer are fused stage by stage through residual blocks (multistage bitemporal
fusion); a transformer decoder writes the sentence. What asks and what answers in the attention, the form of the blocks and the sizes
follow what the authors released. Here: backbone and decoder are those that all peers share, so that the method alone differs, which is
why the fused tokens, twice as wide as those of a date, are projected to the decoder's width; positions and the residual blocks'
normalisation are as in `blocks`.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from deltascribe.models.peers.base import PeerConfig
from deltascribe.models.peers.blocks import AttentionLayer, ResidualBlock, Tokens, as_map, as_tokens
from deltascribe.models.peers.one_level import OneLevelPeer
from deltascribe.models.registry import register_model


class RSICCformerConfig(PeerConfig):
    """Settings of RSICCformer.

    Published: ResNet-101 up to stride 16 (1024 channels, frozen), width 512, 8 heads, 3 encoder layers, 1 decoder layer of width
    1024, dropout 0.5. By default it reads the level of stride 32, as the other peers, so that as many stages are tuned for it as for
    them; `level` 1 has the paper's stride.

    Attributes:
        difference: the part that the difference has in the attention: `key_value`, as in what the authors released, or `query`, where
            it asks and the date's own tokens answer.
    """

    layers: int = Field(default=3, ge=1)
    difference: Literal["key_value", "query"] = "key_value"


class DualBranchEncoder(nn.Module):
    """Cross-encoding in two branches that share their weights, and multistage fusion.

    Args:
        channels: channels of the backbone's level.
        config: settings.
    """

    def __init__(self, channels: int, config: RSICCformerConfig) -> None:
        super().__init__()
        width = config.width
        self.difference_asks = config.difference == "query"
        self.tokens = Tokens(channels, width)
        self.layers = nn.ModuleList(AttentionLayer(width, config.heads, config.dropout, 4 * width) for _ in range(config.layers))
        self.blocks = nn.ModuleList(ResidualBlock(2 * width) for _ in range(config.layers))
        self.norms = nn.ModuleList(nn.LayerNorm(2 * width) for _ in range(config.layers))
        self.out = nn.Linear(2 * width, width)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, h, w] -> memory [B, h * w, d]."""
        grid = (before.shape[-2], before.shape[-1])
        dates = torch.stack((self.tokens(before), self.tokens(after)))  # [2, B, N, d]
        fused = torch.zeros((), device=before.device)
        for layer, block, norm in zip(self.layers, self.blocks, self.norms, strict=True):
            dates = self.cross(layer, dates)
            stage = torch.cat((dates[0], dates[1]), -1)
            fused = norm(as_tokens(block(as_map(fused + stage, grid))))  # [B, N, 2d]
        return self.out(fused)  # type: ignore[no-any-return]

    def cross(self, layer: nn.Module, dates: Tensor) -> Tensor:
        """Cross-encoding: both dates [2, B, N, d] meet their difference, second minus first -> [2, B, N, d]."""
        both = dates.flatten(0, 1)
        difference = (dates[1] - dates[0]).repeat(2, 1, 1)
        met = layer(both, both, difference) if self.difference_asks else layer(both, difference)
        return met.view_as(dates)  # type: ignore[no-any-return]


class RSICCformer(OneLevelPeer):
    """The whole model; a `CaptionModel`."""

    def __init__(self, config: RSICCformerConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size, DualBranchEncoder)


@register_model("rsiccformer", RSICCformerConfig)
def rsiccformer(config: RSICCformerConfig, vocabulary_size: int) -> RSICCformer:
    """Builds RSICCformer."""
    return RSICCformer(config, vocabulary_size)
