"""BLEU-1..4 as the COCO caption scorers give them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.metrics.ngrams import MAX_ORDER, Tokens, check_pairs, check_weights, ngram_counts

# the official scorers' constants: a precision of 0/0 stays 0, and no division by zero occurs
_SMALL, _TINY = 1e-9, 1e-15


@dataclass(frozen=True)
class _Statistics:
    """What BLEU needs of one hypothesis; sums of these give corpus BLEU."""

    length: float
    reference_length: float
    guessed: tuple[float, ...]
    correct: tuple[float, ...]


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
    check_pairs(hypotheses, references)
    check_weights(weights, len(hypotheses))
    return _score(_total(_all_statistics(hypotheses, references), weights))


def bleu_items(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[list[float]]:
    """BLEU-1..4 of each pair by itself, in 0..1; their mean is not corpus BLEU."""
    check_pairs(hypotheses, references)
    return [_score(entry) for entry in _all_statistics(hypotheses, references)]


def _all_statistics(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[_Statistics]:
    # pairs without a change share their five references, so half of a typical set is counted once
    counted: dict[tuple[tuple[str, ...], ...], list[Counter[tuple[str, ...]]]] = {}
    result = []
    for hypothesis, sentences in zip(hypotheses, references, strict=True):
        key = tuple(tuple(sentence) for sentence in sentences)
        if key not in counted:
            counted[key] = [_highest_counts(sentences, order) for order in range(1, MAX_ORDER + 1)]
        result.append(_statistics(hypothesis, [len(sentence) for sentence in sentences], counted[key]))
    return result


def _highest_counts(sentences: Sequence[Tokens], order: int) -> Counter[tuple[str, ...]]:
    highest: Counter[tuple[str, ...]] = Counter()
    for sentence in sentences:
        highest |= ngram_counts(sentence, order)
    return highest


def _statistics(hypothesis: Tokens, reference_lengths: list[int], highest: list[Counter[tuple[str, ...]]]) -> _Statistics:
    length = len(hypothesis)
    correct = []
    for order, limits in enumerate(highest, start=1):
        correct.append(sum(min(count, limits[ngram]) for ngram, count in ngram_counts(hypothesis, order).items()))
    # of two references equally close in length the shorter one counts
    closest = min((abs(reference - length), reference) for reference in reference_lengths)[1]
    guessed = tuple(max(0, length - order + 1) for order in range(1, MAX_ORDER + 1))
    return _Statistics(length, closest, guessed, tuple(correct))


def _total(statistics: list[_Statistics], weights: Sequence[float] | None) -> _Statistics:
    factors: Sequence[float] = weights if weights is not None else [1] * len(statistics)
    paired = list(zip(factors, statistics, strict=True))
    return _Statistics(
        length=sum(factor * entry.length for factor, entry in paired),
        reference_length=sum(factor * entry.reference_length for factor, entry in paired),
        guessed=tuple(sum(factor * entry.guessed[order] for factor, entry in paired) for order in range(MAX_ORDER)),
        correct=tuple(sum(factor * entry.correct[order] for factor, entry in paired) for order in range(MAX_ORDER)),
    )


def _score(entry: _Statistics) -> list[float]:
    ratio = (entry.length + _TINY) / (entry.reference_length + _SMALL)
    brevity = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
    scores, product = [], 1.0
    for order in range(MAX_ORDER):
        product *= (entry.correct[order] + _TINY) / (entry.guessed[order] + _SMALL)
        scores.append(product ** (1 / (order + 1)) * brevity)
    return scores
