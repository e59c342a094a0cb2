"""RSICRC: captions and retrieval from one model, by a contrastive and a captioning loss.

Roger Ferrod, Luigi Di Caro, Dino Ienco, "Towards a multimodal framework for remote sensing image change retrieval and captioning",
Discovery Science 2024 (arXiv 2406.13424); its form is that of CoCa (Yu et al., "CoCa: Contrastive Captioners are Image-Text Foundation
Models", TMLR 2022, arXiv 2205.01917).

From the paper: the encoder of Chg2Cap (hierarchical self-attention over both dates, joined with their cosine similarity); a pooled
vector that the contrastive loss compares with the text; a decoder whose first layers read the words alone and give the text vector, and
whose last ones read the image too; other pairs whose captions say the same are no negatives but positives (`objective.similar_from`).

Different here: backbone and width are those that all peers share; the vector of a pair is pooled by a learned query, as in CoCa; that of
a text is read at the END token, which sees the whole sentence, and not at one more token; a pair's captions share one vector, their mean;
how far two pairs are positives of each other grows with the likeness of their captions, where the paper has a threshold.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.decoder import CaptionDecoder, DecoderLayer
from deltascribe.models.interface import Batch
from deltascribe.models.layers import Attention, FeedForward, inverse_temperature, unit_projection
from deltascribe.models.peers.base import Fused, PeerConfig
from deltascribe.models.peers.chg2cap import AttentiveEncoder, Chg2CapConfig
from deltascribe.models.peers.one_level import OneLevelPeer
from deltascribe.models.registry import register_model
from deltascribe.text.special import PAD


class RSICRCConfig(Chg2CapConfig):
    """Settings of RSICRC.

    Published: ResNet-50 of RemoteCLIP up to stride 32 (2048 channels, the last three stages tuned), width 2048, 8 heads, 3 encoder
    layers, decoder depth 1, dropout 0.1. `level` therefore is the one of stride 32.

    Attributes:
        decoder_layers: last layers of the decoder, which read words and image.
        word_layers: first layers of the decoder, which read words alone.
        embedding: width of the space shared by pairs and texts.
    """

    word_layers: int = Field(default=1, ge=1)
    embedding: int = Field(default=256, gt=0)


class WordLayer(nn.Module):
    """Attention over the words so far and feed-forward, pre-normalised; called like `DecoderLayer`, and blind to the memory."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.words = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, dropout)
        self.dropout = nn.Dropout(dropout)
        self.heads = heads

    def read_memory(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Memory [B, N, d] -> keys and values of nothing, each [B, heads, 0, d / heads]."""
        nothing = memory.new_zeros(memory.shape[0], self.heads, 0, memory.shape[-1] // self.heads)
        return nothing, nothing

    def forward(
        self, x: Tensor, words: tuple[Tensor, Tensor], memory: tuple[Tensor, Tensor], seen: list[Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See `DecoderLayer.forward`; neither `memory` nor `seen` is touched."""
        y = self.norm1(x)
        keys, values = (torch.cat(parts, 2) for parts in zip(words, self.words.keys_values(y), strict=True))
        x = x + self.dropout(self.words(y, keys, values, causal=True))
        return x + self.feed_forward(self.norm2(x)), (keys, values)


class TwoPartDecoder(CaptionDecoder):
    """Layers that read words alone, then layers that read words and memory.

    Args:
        vocabulary_size: number of words V, special tokens included.
        config: settings.
    """

    def __init__(self, vocabulary_size: int, config: RSICRCConfig) -> None:
        super().__init__(vocabulary_size, config.width, 0, config.heads, config.dropout, config.max_length)
        size = config.width, config.heads, config.dropout
        self.word_layers = config.word_layers
        self.layers.extend(WordLayer(*size) for _ in range(config.word_layers))
        self.layers.extend(DecoderLayer(*size) for _ in range(config.decoder_layers))
        self.text_norm = nn.LayerNorm(config.width)

    def read_words(self, tokens: Tensor) -> Tensor:
        """Whole sentences [R, T] -> what the first layers know at the last token that is not PAD [R, d]."""
        x = self._embed(tokens, 0)
        nothing = x.new_zeros(len(tokens), self.heads, 0, x.shape[-1] // self.heads)
        for layer in self.layers[: self.word_layers]:
            x, _ = layer(x, (nothing, nothing), (nothing, nothing))
        last = (tokens != PAD).sum(1).sub(1).clamp(min=0)
        return self.text_norm(x[torch.arange(len(x), device=x.device), last])  # type: ignore[no-any-return]


class AttentionPool(nn.Module):
    """Tokens [B, N, d] -> one vector [B, d]: a learned query looks at them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.attention = Attention(width, heads, 0.0)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """[B, N, d] -> [B, d]."""
        query = self.query.expand(len(tokens), -1, -1)
        return self.norm(self.attention(query, *self.attention.keys_values(tokens))).squeeze(1)  # type: ignore[no-any-return]


class RSICRC(OneLevelPeer):
    """The model; a `CaptionModel`."""

    config: RSICRCConfig
    decoder: TwoPartDecoder

    def __init__(self, config: RSICRCConfig, vocabulary_size: int) -> None:
        super().__init__(config, vocabulary_size, AttentiveEncoder)
        self.pool = AttentionPool(config.width, config.heads)
        self.visual = nn.Linear(config.width, config.embedding)
        self.textual = nn.Linear(config.width, config.embedding)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def build_decoder(self, config: PeerConfig, vocabulary_size: int) -> nn.Module:
        """See `TwoPartDecoder`."""
        return TwoPartDecoder(vocabulary_size, RSICRCConfig.model_validate(config.model_dump()))

    @property
    def logit_scale(self) -> Tensor:
        """Inverse temperature of the shared space (scalar), clamped as in CLIP."""
        return inverse_temperature(self.log_scale, self.training)

    def fuse(self, before: list[Tensor], after: list[Tensor]) -> Fused:
        """See `Peer.fuse`."""
        fused = super().fuse(before, after)
        return replace(fused, embedding=unit_projection(self.visual, self.pool(fused.tokens)))

    def embed_sentences(self, tokens: Tensor) -> Tensor:
        """Whole sentences [R, T], each from START to END -> unit vectors in the shared space [R, E]."""
        return unit_projection(self.textual, self.decoder.read_words(tokens))

    def embed_captions(self, batch: Batch) -> Tensor | None:
        """Mean vector of each pair's captions, made unit again [B, E]; zero for a pair without any."""
        if batch.tokens is None:
            return None
        pairs, captions, _ = batch.tokens.shape
        vectors = self.embed_sentences(batch.tokens.flatten(0, 1)).reshape(pairs, captions, -1)
        there = (batch.tokens != PAD).any(-1, keepdim=True)
        return F.normalize((vectors * there).sum(1), dim=-1)


@register_model("rsicrc", RSICRCConfig)
def rsicrc(config: RSICRCConfig, vocabulary_size: int) -> RSICRC:
    """Builds RSICRC."""
    return RSICRC(config, vocabulary_size)
