"""BLEU-1..4 as the COCO caption scorers give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from deltascribe.metrics.ngrams import MAX_ORDER, Tokens, check_pairs, ngram_counts, pair_weights

# the official scorers' constants: a precision of 0/0 stays 0, and no division by zero occurs
_SMALL, _TINY = 1e-9, 1e-15

_LENGTH, _REFERENCE_LENGTH, _GUESSED, _CORRECT = 0, 1, slice(2, 2 + MAX_ORDER), slice(2 + MAX_ORDER, 2 + 2 * MAX_ORDER)

_Floats = npt.NDArray[np.float64]


def bleu(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]], weights: Sequence[float] | None = None) -> list[float]:
    """Corpus BLEU-1..4 (Papineni et al., 2002) with the closest reference length.

    Args:
        hypotheses: one sentence a pair, as words.
        references: one or more sentences a pair, as words.
        weights: how often each pair counts (fractions allowed); None counts each once.

    Returns:
        [BLEU-1, BLEU-2, BLEU-3, BLEU-4], each in 0..1.

    Raises:
        PredictionsError: the input does not fit together, see `check_pairs`.
    """
    statistics = bleu_statistics(hypotheses, references)
    scores: list[float] = bleu_from_statistics(pair_weights(weights, len(statistics)) @ statistics).tolist()
    return scores


def bleu_items(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[list[float]]:
    """BLEU-1..4 of each pair by itself, in 0..1; their mean is not corpus BLEU."""
    scores: list[list[float]] = bleu_from_statistics(bleu_statistics(hypotheses, references)).tolist()
    return scores


def bleu_statistics(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> _Floats:
    """What BLEU needs of each pair; any sum of the rows gives a corpus BLEU by `bleu_from_statistics`.

    Returns:
        [pairs, 10]: words, words of the closest reference, n-grams said of order 1..4, of these right of order 1..4.

    Raises:
        PredictionsError: the input does not fit together, see `check_pairs`.
    """
    check_pairs(hypotheses, references)
    # pairs without a change share their five references, so half of a typical set is counted once
    counted: dict[tuple[tuple[str, ...], ...], list[Counter[tuple[str, ...]]]] = {}
    rows = []
    for hypothesis, sentences in zip(hypotheses, references, strict=True):
        key = tuple(tuple(sentence) for sentence in sentences)
        if key not in counted:
            counted[key] = [_highest_counts(sentences, order) for order in range(1, MAX_ORDER + 1)]
        rows.append(_statistics(hypothesis, [len(sentence) for sentence in sentences], counted[key]))
    return np.array(rows, dtype=np.float64)


def bleu_from_statistics(sums: _Floats) -> _Floats:
    """BLEU-1..4 [..., 4] in 0..1 of summed `bleu_statistics` [..., 10]."""
    ratio = (sums[..., _LENGTH] + _TINY) / (sums[..., _REFERENCE_LENGTH] + _SMALL)
    brevity = np.exp(np.minimum(0.0, 1 - 1 / ratio))
    precision = (sums[..., _CORRECT] + _TINY) / (sums[..., _GUESSED] + _SMALL)
    scores: _Floats = np.cumprod(precision, axis=-1) ** (1 / np.arange(1, MAX_ORDER + 1)) * brevity[..., None]
    return scores


def _highest_counts(sentences: Sequence[Tokens], order: int) -> Counter[tuple[str, ...]]:
    highest: Counter[tuple[str, ...]] = Counter()
    for sentence in sentences:
        highest |= ngram_counts(sentence, order)
    return highest


def _statistics(hypothesis: Tokens, reference_lengths: list[int], highest: list[Counter[tuple[str, ...]]]) -> list[int]:
    length = len(hypothesis)
    # of two references equally close in length the shorter one counts
    closest = min((abs(reference - length), reference) for reference in reference_lengths)[1]
    guessed = [max(0, length - order + 1) for order in range(1, MAX_ORDER + 1)]
    correct = [
        sum(min(count, limits[ngram]) for ngram, count in ngram_counts(hypothesis, order).items())
        for order, limits in enumerate(highest, start=1)
    ]
    return [length, closest, *guessed, *correct]
