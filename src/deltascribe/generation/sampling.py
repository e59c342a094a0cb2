"""Sampling of several sentences a pair, and the log-probability of sentences under the distribution they were drawn from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe.generation.beam import NEVER_WRITTEN
from deltascribe.models.interface import CaptionModel, Memory
from deltascribe.text.special import END, PAD, START


@torch.no_grad()
def sample(
    model: CaptionModel,
    memory: Memory,
    *,
    samples: int = 5,
    temperature: float = 1.0,
    top_k: int | None = None,
    max_length: int = 40,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draws K sentences for each pair of a memory, all at once over a key/value cache.

    What is written follows `generate`: PAD, START and the unknown word never, no sentence is empty. Which words are drawn depends on
    the generator and the place of the pair in the memory alone.

    Args:
        model: any captioner; dropout is on where it is in training mode.
        memory: of B pairs.
        samples: K.
        temperature: divides the word scores; near 0 this is greedy search.
        top_k: only the k best words can be drawn; None: all.
        max_length: most words of a sentence, END counted.
        generator: on the CPU; None takes torch's own.

    Returns:
        Tokens [B, K, T] like those of a `Batch`: START first, END after the last word (missing where `max_length` cut the sentence), then
        PAD; T is that of the longest.

    Raises:
        ValueError: an argument out of range.
    """
    if samples < 1 or temperature <= 0 or max_length < 1 or (top_k is not None and top_k < 1):
        raise ValueError(f"need samples, max_length, top_k >= 1 and temperature > 0, not {samples}, {max_length}, {top_k}, {temperature}")
    device, rows = memory.tokens.device, memory.tokens.shape[0] * samples
    # all numbers at once: what a sentence is drawn with must not depend on how long the others are
    dice = torch.rand(rows, max_length, generator=generator, dtype=torch.float64)
    sentences = torch.full((rows, 1), START)
    ended = torch.zeros(rows, dtype=torch.bool)
    cache = None
    for step in range(max_length):
        logits, cache = model.decode(memory, sentences[:, -1:].to(device), cache)
        scores = logits[:, -1].cpu().double() / temperature  # as in beam search: not every device has 64-bit floats
        if step == 0:
            scores[:, END] = float("-inf")
        words = _draw(_allowed(scores, top_k), dice[:, step])
        sentences = torch.cat((sentences, words.where(~ended, PAD)[:, None]), 1)
        ended |= words == END
        if bool(ended.all()):
            break
    return sentences.view(-1, samples, sentences.shape[1]).to(device)


def log_probabilities(model: CaptionModel, memory: Memory, tokens: Tensor, *, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
    """Log-probability of each word of given sentences under the distribution that `sample` draws from, with gradient.

    One teacher-forced pass.

    Args:
        model, memory, temperature, top_k: as for `sample`.
        tokens: sentences [B, K, T], START first.

    Returns:
        [B, K, T-1] in nats: of each word and of END; 0 at PAD.
    """
    pairs, samples, length = tokens.shape
    rows = tokens.reshape(pairs * samples, length)
    logits, _ = model.decode(memory, rows[:, :-1])
    target = rows[:, 1:]
    scores = logits.float() / temperature
    scores[:, 0, END] = float("-inf")
    # this pass rounds in other places than step by step, and what was drawn must not fall out of the k best for that
    values = F.log_softmax(_allowed(scores, top_k, target), -1).gather(-1, target[..., None]).squeeze(-1)
    return values.masked_fill(target == PAD, 0.0).view(pairs, samples, length - 1)


def _allowed(scores: Tensor, top_k: int | None, drawn: Tensor | None = None) -> Tensor:
    """Scores [..., V], minus infinity for what is never written and for words beside the k best, unless they were `drawn` [...]."""
    banned = torch.zeros(scores.shape[-1], dtype=torch.bool, device=scores.device)
    banned[list(NEVER_WRITTEN)] = True
    scores = scores.masked_fill(banned, float("-inf"))
    if top_k is None or top_k >= scores.shape[-1]:
        return scores
    left_out = scores < scores.topk(top_k, -1).values[..., -1:]
    if drawn is not None:
        left_out = left_out.scatter(-1, drawn[..., None], False)
    return scores.masked_fill(left_out, float("-inf"))


def _draw(scores: Tensor, dice: Tensor) -> Tensor:
    """Scores [R, V] and numbers in 0..1 [R] -> a word a row [R], by the inverse of the cumulative distribution."""
    cumulative = scores.softmax(-1).cumsum(-1)
    # at most just below the sum, whose last digits may miss 1, so that no word after the last possible one is reached
    places = (dice * cumulative[:, -1]).clamp(max=cumulative[:, -1] * (1 - 1e-12))
    return torch.searchsorted(cumulative, places[:, None], right=True).squeeze(1)
