"""Plain baseline: features of both dates and their difference, a transformer encoder, a transformer decoder.

After the baseline of RSCaMa: Chenyang Liu, Keyan Chen, Bowen Chen, Haotian Zhang, Zhengxia Zou, Zhenwei Shi, "RSCaMa: Remote Sensing
Image Change Captioning With State Space Model", IEEE Geoscience and Remote Sensing Letters 21, 2024 (arXiv 2404.18895), which compares
its state space layers with a CLIP encoder and a language decoder without them.

From the paper: one coarse feature map of each date from a shared vision encoder, their difference, a decoder that attends to the
result; no branch, gate or loss beyond the words' cross-entropy. Here: transformer layers stand where the paper has its state space
layers, so that the row tells what a standard encoder reaches; the encoder is the project's backbone, tuned as far as that of every
other model, where the paper takes CLIP's ViT-B/32; width and decoder are those of the other models.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from deltascribe.models.peers.base import PeerConfig
from deltascribe.models.peers.blocks import Tokens
from deltascribe.models.peers.one_level import OneLevelPeer
from deltascribe.models.registry import register_model


class PlainConfig(PeerConfig):
    """Settings of the plain baseline.

    Published: CLIP ViT-B/32 (stride 32, the last six blocks tuned), width 768, 8 heads, 3 layers between encoder and decoder, 1 decoder
    layer, dropout 0.1. `level` therefore is the one of stride 32.
    """

    layers: int = Field(default=3, ge=1)


class PlainEncoder(nn.Module):
    """Transformer layers over the tokens of both dates and their difference.

    Args:
        channels: channels of the backbone's level.
        config: settings.
    """

    def __init__(self, channels: int, config: PlainConfig) -> None:
        super().__init__()
        width = config.width
        self.tokens = Tokens(3 * channels, width)
        layer = nn.TransformerEncoderLayer(width, config.heads, 4 * width, config.dropout, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, config.layers, nn.LayerNorm(width), enable_nested_tensor=False)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, h, w] -> memory [B, h * w, d]; the difference is the second minus the first."""
        return self.layers(self.tokens(torch.cat((before, after, after - before), 1)))  # type: ignore[no-any-return]


class Plain(OneLevelPeer):
    """The whole model; a `CaptionModel`."""

    def __init__(self, config: PlainConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size, PlainEncoder)


@register_model("plain", PlainConfig)
def plain(config: PlainConfig, vocabulary_size: int) -> Plain:
    """Builds the plain baseline."""
    return Plain(config, vocabulary_size)
