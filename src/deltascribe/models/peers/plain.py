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

from deltascribe.models.backbones import BackboneConfig
from deltascribe.models.peers.base import Fused, Peer, PeerConfig
from deltascribe.models.peers.blocks import Tokens
from deltascribe.models.registry import register_model


class PlainConfig(PeerConfig):
    """Settings of the plain baseline.

    Published: CLIP ViT-B/32 (stride 32), width 768, 8 heads, 3 layers between encoder and decoder, 1 decoder layer, dropout 0.1. `level`
    therefore is the one of stride 32.
    """

    layers: int = Field(default=3, ge=1)

    @classmethod
    def published(cls) -> PlainConfig:
        """The published sizes."""
        backbone = BackboneConfig(name="clip:openai/clip-vit-base-patch32", weights="pretrained", tuned_stages=0)
        return cls(backbone=backbone, level=3, width=768, heads=8, layers=3, decoder_layers=1, dropout=0.1)


class Plain(Peer):
    """The model; a `CaptionModel`."""

    config: PlainConfig

    def __init__(self, config: PlainConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size)
        self.tokens = Tokens(3 * self.backbone.channels[config.level], config.width)
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, 4 * config.width, config.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, config.layers, nn.LayerNorm(config.width), enable_nested_tensor=False)

    @staticmethod
    def join(before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, h, w] -> both and their difference, second minus first [B, 3C, h, w]."""
        return torch.cat((before, after, after - before), 1)

    def fuse(self, before: list[Tensor], after: list[Tensor]) -> Fused:
        """See `Peer.fuse`."""
        joined = self.join(before[self.config.level], after[self.config.level])
        return Fused(self.encoder(self.tokens(joined)), (joined.shape[-2], joined.shape[-1]))


@register_model("plain", PlainConfig)
def plain(config: PlainConfig, vocabulary_size: int) -> Plain:
    """Builds the plain baseline."""
    return Plain(config, vocabulary_size)
