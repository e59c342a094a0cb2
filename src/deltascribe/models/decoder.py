"""Caption decoder: a small transformer with a key/value cache and tied embeddings."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deltascribe.models.interface import DecoderCache
from deltascribe.models.layers import Attention, FeedForward


class DecoderLayer(nn.Module):
    """Attention over the words so far, attention over the memory, feed-forward; pre-normalised."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.words = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.memory = Attention(width, heads, dropout)
        self.norm3 = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, dropout)
        self.dropout = nn.Dropout(dropout)

    def read_memory(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Memory [B, N, d] -> keys and values that a cache keeps, each [B, heads, N, d / heads]."""
        return self.memory.keys_values(memory)

    def forward(
        self, x: Tensor, words: tuple[Tensor, Tensor], memory: tuple[Tensor, Tensor], seen: list[Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One layer over new words.

        Args:
            x: new words [R, t, d].
            words: keys and values of earlier words, each [R, heads, s, d / heads].
            memory: keys and values of the memory, each [B, heads, N, d / heads], R a multiple of B.
            seen: takes up the attention of the words over the memory [R, t, N], mean over heads; None where nobody asks.

        Returns:
            [R, t, d], and keys and values with the new words.
        """
        y = self.norm1(x)
        keys, values = (torch.cat(parts, 2) for parts in zip(words, self.words.keys_values(y), strict=True))
        x = x + self.dropout(self.words(y, keys, values, causal=True))
        # the rows of one pair stand side by side as queries over its memory, which so needs no copy
        pairs = memory[0].shape[0]
        rows, length, width = x.shape
        y = self.norm2(x).reshape(pairs, -1, width)
        if seen is not None:
            seen.append(self.memory.weights(y, memory[0]).mean(1).reshape(rows, length, -1))
        x = x + self.dropout(self.memory(y, *memory)).reshape(rows, length, width)
        return x + self.feed_forward(self.norm3(x)), (keys, values)


class CaptionDecoder(nn.Module):
    """Words and memory -> scores of the next word.

    Args:
        vocabulary_size: number of words V, special tokens included.
        width: d.
        layers: number of layers.
        heads: attention heads.
        dropout: of embeddings and layers.
        max_length: longest caption in tokens, START and END included.
    """

    def __init__(self, vocabulary_size: int, width: int, layers: int, heads: int, dropout: float, max_length: int) -> None:
        super().__init__()
        self.heads = heads
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.position = nn.Embedding(max_length, width)
        self.layers = nn.ModuleList(DecoderLayer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(vocabulary_size))
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        nn.init.normal_(self.position.weight, std=0.02)

    def forward(self, memory: Tensor, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        """Scores of the next word after each token; see `CaptionModel.decode`.

        Args:
            memory: [B, N, d].
            tokens: [R, t], R a multiple of B.
            cache: what an earlier call returned.

        Returns:
            [R, t, V] and the new cache.
        """
        x, cache = self._run(tokens, self._empty_cache(memory, tokens.shape[0]) if cache is None else cache)
        return self.norm(x) @ self.embedding.weight.T + self.bias, cache

    def attention(self, memory: Tensor, tokens: Tensor) -> Tensor:
        """Where each word's decoding step looked: attention over the memory [R, t, N], mean over layers and heads, sum 1 over N.

        A pass of its own over whole sentences, so that decoding itself stays fast. Arguments as in `forward`.
        """
        seen: list[Tensor] = []
        self._run(tokens, self._empty_cache(memory, tokens.shape[0]), seen)
        return torch.stack(seen).mean(0)

    def _run(self, tokens: Tensor, cache: DecoderCache, seen: list[Tensor] | None = None) -> tuple[Tensor, DecoderCache]:
        """Tokens through all layers -> their states [R, t, d] before the last norm, and the longer cache."""
        x = self._embed(tokens, cache.length)
        keys, values = [], []
        for index, layer in enumerate(self.layers):
            words = cache.keys[index], cache.values[index]
            x, (key, value) = layer(x, words, (cache.memory_keys[index], cache.memory_values[index]), seen)
            keys.append(key)
            values.append(value)
        return x, DecoderCache(keys, values, cache.memory_keys, cache.memory_values)

    def _embed(self, tokens: Tensor, start: int) -> Tensor:
        places = torch.arange(start, start + tokens.shape[1], device=tokens.device)
        return self.dropout(self.embedding(tokens) * self.embedding.embedding_dim**0.5 + self.position(places))  # type: ignore[no-any-return]

    def _empty_cache(self, memory: Tensor, rows: int) -> DecoderCache:
        pairs = [layer.read_memory(memory) for layer in self.layers]  # type: ignore[operator]
        empty = memory.new_zeros(rows, self.heads, 0, memory.shape[-1] // self.heads)
        nothing = [empty] * len(pairs)
        return DecoderCache(nothing, nothing, [keys for keys, _ in pairs], [values for _, values in pairs])
