"""PSNet: a pure transformer that perceives differences scale by scale.

Chenyang Liu, Jiajun Yang, Zipeng Qi, Zhengxia Zou, Zhenwei Shi, "Progressive Scale-Aware Network for Remote Sensing Image Change
Captioning", IGARSS 2023 (doi 10.1109/IGARSS52108.2023.10283451, arXiv 2303.00355).

From the paper: progressive difference perception (PDP) layers, stacked; what a layer gives is one scale; scale-aware reinforcement (SR),
combined with the decoder's layers, which use the scales progressively. That the tokens of a date are joined with the difference before
they attend to themselves, that in SR a scale asks the others, that the decoder begins with the deepest scale, and the sizes follow what
the authors released. Here: the backbone and the decoder's layers are those that all peers share, so that the method alone differs, which
is why each reinforced scale, twice as wide as a date's tokens, is projected to the decoder's width; in a PDP layer both dates take the
same difference, that of the layer's input; positions are as in `blocks`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from deltascribe.models.decoder import CaptionDecoder
from deltascribe.models.interface import DecoderCache
from deltascribe.models.layers import Attention
from deltascribe.models.peers.base import PeerConfig
from deltascribe.models.peers.blocks import AttentionLayer, Tokens, feed_forward
from deltascribe.models.peers.one_level import OneLevelPeer
from deltascribe.models.registry import register_model


class PSNetConfig(PeerConfig):
    """Settings of PSNet.

    Published: ViT-B/32 (7x7 tokens, frozen), width 512, 8 heads, 3 PDP layers, 3 decoder layers of width 1024, dropout 0.8 in the
    encoder and 0.5 in the decoder. `level` therefore is the one of stride 32.

    Attributes:
        layers: PDP layers, each of which gives one scale; at least 2, since a scale is reinforced by the others.
        decoder_layers: one for each scale.
    """

    layers: int = Field(default=3, ge=2)
    decoder_layers: int = Field(default=3, ge=2)

    @model_validator(mode="after")
    def _a_decoder_layer_for_each_scale(self) -> Self:
        if self.decoder_layers != self.layers:
            raise ValueError(f"decoder_layers={self.decoder_layers} differs from layers={self.layers}: each decoder layer reads one scale")
        return self


class DifferencePerception(nn.Module):
    """PDP layer: self-attention over the tokens of a date joined with the difference, then back to the width of a date."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.layer = AttentionLayer(2 * width, heads, dropout, 4 * width)
        self.fold = nn.Linear(2 * width, width)

    def forward(self, dates: Tensor) -> Tensor:
        """Both dates [2, B, N, d] -> [2, B, N, d]."""
        difference = (dates[1] - dates[0]).expand_as(dates)
        joined = torch.cat((dates, difference), -1).flatten(0, 1)  # [2B, N, 2d]
        return self.fold(self.layer(joined, joined)).view_as(dates)  # type: ignore[no-any-return]


class ScaleReinforcement(nn.Module):
    """SR: a scale asks the other scales and takes in what a perceptron makes of the answer."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, 4 * width, dropout)

    def forward(self, scale: Tensor, others: list[Tensor]) -> Tensor:
        """Scale [B, N, d], the others likewise -> [B, N, d]."""
        context = self.norm1(torch.cat(others, 1))
        answer = self.attention(self.norm1(scale), *self.attention.keys_values(context))
        return scale + self.feed_forward(self.norm2(answer))  # type: ignore[no-any-return]


class ProgressiveEncoder(nn.Module):
    """PDP layers and SR.

    Args:
        channels: channels of the backbone's level.
        config: settings.
    """

    def __init__(self, channels: int, config: PSNetConfig) -> None:
        super().__init__()
        width = config.width
        self.tokens = Tokens(channels, width)
        self.perception = nn.ModuleList(DifferencePerception(width, config.heads, config.dropout) for _ in range(config.layers))
        self.reinforcement = nn.ModuleList(ScaleReinforcement(2 * width, config.heads, config.dropout) for _ in range(config.layers))
        self.out = nn.Linear(2 * width, width)

    def scales(self, before: Tensor, after: Tensor) -> list[Tensor]:
        """Two maps [B, C, h, w] -> what each PDP layer gives of both dates [B, h * w, 2d], shallowest first."""
        dates = torch.stack((self.tokens(before), self.tokens(after)))  # [2, B, N, d]
        scales = []
        for layer in self.perception:
            dates = layer(dates)
            scales.append(torch.cat((dates[0], dates[1]), -1))
        return scales

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, h, w] -> memory [B, layers * h * w, d], the deepest scale first."""
        scales = self.scales(before, after)
        reinforced = [
            block(scale, scales[:i] + scales[i + 1 :]) for i, (block, scale) in enumerate(zip(self.reinforcement, scales, strict=True))
        ]
        return self.out(torch.cat(reinforced[::-1], 1))  # type: ignore[no-any-return]


class ProgressiveDecoder(CaptionDecoder):
    """A decoder whose layer i reads the i-th of as many equal parts of the memory as there are layers."""

    def _empty_cache(self, memory: Tensor, rows: int) -> DecoderCache:
        parts = memory.chunk(len(self.layers), 1)
        read = [layer.read_memory(part) for layer, part in zip(self.layers, parts, strict=True)]  # type: ignore[operator]
        empty = super()._empty_cache(parts[0][:, :1], rows)
        return replace(empty, memory_keys=[keys for keys, _ in read], memory_values=[values for _, values in read])


class PSNet(OneLevelPeer):
    """The whole model; a `CaptionModel`."""

    def __init__(self, config: PSNetConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size, ProgressiveEncoder)

    def build_decoder(self, config: PeerConfig, vocabulary_size: int) -> nn.Module:
        """See `Peer.build_decoder`."""
        return ProgressiveDecoder(vocabulary_size, config.width, config.decoder_layers, config.heads, config.dropout, config.max_length)


@register_model("psnet", PSNetConfig)
def psnet(config: PSNetConfig, vocabulary_size: int) -> PSNet:
    """Builds PSNet."""
    return PSNet(config, vocabulary_size)
