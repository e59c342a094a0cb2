"""ROUGE-L as the COCO caption scorers give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from deltascribe.metrics.ngrams import Tokens, check_pairs, pair_weights

BETA = 1.2
"""Weight of recall against precision in the F measure."""


def rouge_l(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]], weights: Sequence[float] | None = None) -> float:
    """Mean ROUGE-L over the pairs (Lin, 2004), in 0..1.

    The F measure takes the best precision and the best recall over a pair's references, which may come from two
    different ones; other packages take the best F and differ in the third digit.

    Args:
        hypotheses: one sentence a pair, as words.
        references: one or more sentences a pair, as words.
        weights: how often each pair counts (fractions allowed); None counts each once.

    Raises:
        PredictionsError: the input does not fit together, see `check_pairs`.
    """
    items = rouge_l_items(hypotheses, references)
    factors = pair_weights(weights, len(items))
    return float(factors @ np.array(items) / factors.sum())


def rouge_l_items(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[float]:
    """ROUGE-L of each pair by itself, in 0..1."""
    check_pairs(hypotheses, references)
    # one cache a call: predictions and no-change references repeat a great deal
    common = lru_cache(maxsize=None)(longest_common_subsequence)
    return [
        _f_measure(_words(hypothesis), [_words(sentence) for sentence in sentences], common)
        for hypothesis, sentences in zip(hypotheses, references, strict=True)
    ]


def longest_common_subsequence(first: Tokens, second: Tokens) -> int:
    """Number of words of the longest sequence that both hold in the same order, gaps allowed."""
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for column, other in enumerate(second, start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]


def _words(sentence: Tokens) -> tuple[str, ...]:
    # the official scorer splits at single blanks, so an empty sentence is one empty word
    return tuple(sentence) or ("",)


def _f_measure(hypothesis: tuple[str, ...], references: list[tuple[str, ...]], common: Callable[[Tokens, Tokens], int]) -> float:
    lengths = [common(hypothesis, reference) for reference in references]
    precision = max(lengths) / len(hypothesis)
    recall = max(length / len(reference) for length, reference in zip(lengths, references, strict=True))
    if precision == 0 or recall == 0:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)
