"""Where a model looked when it wrote each word: the decoder's attention over the memory's grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from deltascribe.errors import ModelError
from deltascribe.models.interface import CaptionModel, Memory
from deltascribe.text.special import PAD, START


@torch.inference_mode()
def word_attention(model: CaptionModel, memory: Memory, tokens: Tensor) -> Tensor:
    """Attention of the step that wrote each word, in a pass of its own over the finished sentences.

    Args:
        model: in evaluation mode; its `decoder` has the method `attention` (`models.decoder.CaptionDecoder.attention`).
        memory: what its `encode` gave for B pairs.
        tokens: the words of one sentence a pair [B, T], without START; END may follow, PAD fills up.

    Returns:
        Mean over layers and heads, non-negative. [B, T, h, w] for a memory of one grid; [B, T, D, h, w] for one of D grids one after
        the other, such as those of two dates. Over the whole memory each word's weights sum to 1; tokens beside a single grid have no
        place in the result. What stands at PAD means nothing.

    Raises:
        ModelError: the model's decoder can't tell.
    """
    decoder: Any = getattr(model, "decoder", None)
    if not callable(getattr(decoder, "attention", None)):
        raise ModelError(f"the decoder of {type(model).__name__} tells no attention. Use a model whose `decoder` is a CaptionDecoder")
    start = torch.full_like(tokens[:, :1], START)
    weights: Tensor = decoder.attention(memory.tokens, torch.cat((start, tokens[:, :-1]), 1))  # [B, T, N]
    height, width = memory.grid
    places = height * width
    grids = weights.shape[-1] // places if weights.shape[-1] % places == 0 else 1
    on_grid = weights[..., : grids * places].reshape(*tokens.shape, grids, height, width)
    return on_grid[:, :, 0] if grids == 1 else on_grid


def sentence_attention(model: CaptionModel, memory: Memory, sentences: Sequence[Sequence[int]]) -> list[Tensor]:
    """`word_attention` of one written sentence a pair, each [words, h, w] or [words, D, h, w], on the CPU.

    Args:
        model, memory: see `word_attention`.
        sentences: the words of each pair's sentence, without START and END, as in `Generated.tokens`.

    Raises:
        ModelError: the model's decoder can't tell.
    """
    rows = [torch.tensor(sentence, device=memory.tokens.device) for sentence in sentences]
    weights = word_attention(model, memory, pad_sequence(rows, batch_first=True, padding_value=PAD))
    return [weights[row, : len(words)].float().cpu() for row, words in enumerate(rows)]
