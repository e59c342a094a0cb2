"""Small random captioners for the tests of generation."""

from __future__ import annotations

from typing import Protocol

import pytest
import torch
from torch import Tensor, nn

from deltascribe.models import Batch, DecoderCache, Memory
from deltascribe.models.decoder import CaptionDecoder
from deltascribe.text.special import END


class SmallModel(nn.Module):
    """A random decoder with sharp scores over a random memory."""

    gated = True

    def __init__(self, words: int, seed: int, end_bias: float, max_length: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.max_length = max_length
        self.decoder = CaptionDecoder(words, width=16, layers=1, heads=2, dropout=0.0, max_length=max_length)
        with torch.no_grad():
            self.decoder.position.weight.mul_(40)
            self.decoder.bias[END] = end_bias
        self.eval()

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        logits, cache = self.decoder(memory.tokens, tokens, cache)
        return logits, cache

    def encode(self, batch: Batch) -> Memory:
        """Random memory; the first pixel of a pair is its change logit."""
        assert batch.pair is not None
        return random_memory(len(batch.pair), 0, batch.pair[:, 0, 0, 0, 0])


class ModelMaker(Protocol):
    def __call__(self, words: int = 12, seed: int = 0, end_bias: float = 0.0, max_length: int = 42) -> SmallModel: ...


class MemoryMaker(Protocol):
    def __call__(self, pairs: int, seed: int = 0) -> Memory: ...


def random_memory(pairs: int, seed: int = 0, change_logit: Tensor | None = None) -> Memory:
    generator = torch.Generator().manual_seed(seed)
    tokens = 2 * torch.randn(pairs, 4, 16, generator=generator)
    return Memory(tokens, (2, 2), torch.zeros(pairs, 2), torch.zeros(pairs) if change_logit is None else change_logit)


@pytest.fixture
def make_model() -> ModelMaker:
    """Builds a small model: vocabulary size, seed, what is added to END's score (above 0 sentences end early), most tokens."""

    def make(words: int = 12, seed: int = 0, end_bias: float = 0.0, max_length: int = 42) -> SmallModel:
        return SmallModel(words, seed, end_bias, max_length)

    return make


@pytest.fixture
def make_memory() -> MemoryMaker:
    """Random memory of a number of pairs."""
    return random_memory
