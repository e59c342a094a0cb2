"""CIDEr-D as the COCO caption scorers give it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deltascribe.metrics.ngrams import MAX_ORDER, Tokens, check_pairs, check_references, ngram_counts, pair_weights

SIGMA = 6.0
"""Width in words of the Gaussian that punishes a difference in length."""

Ngram = tuple[str, ...]


@dataclass(frozen=True)
class NgramVector:
    """A sentence as tf-idf weights.

    Attributes:
        weights: for each order 1..4 the weight of every n-gram.
        norms: Euclidean length of each.
        length: number of word pairs, which the official scorer takes for the length of a sentence.
    """

    weights: tuple[dict[Ngram, float], ...]
    norms: tuple[float, ...]
    length: int


class CiderD:
    """CIDEr-D (Vedantam et al., 2015) against one set of references, whose n-gram vectors are made once.

    Args:
        references: one or more sentences a pair, as words; the inverse document frequency comes from them,
            a document being all references of a pair.
        weights: how often each pair counts (fractions allowed), in the document frequency too; None counts each once.

    Raises:
        PredictionsError: there is no pair, or one without a reference.
    """

    def __init__(self, references: Sequence[Sequence[Tokens]], weights: Sequence[float] | None = None) -> None:
        check_references(references)
        self.references: list[list[tuple[str, ...]]] = [[tuple(sentence) for sentence in entry] for entry in references]
        self.weights = pair_weights(weights, len(references))
        self._vectors: dict[tuple[str, ...], NgramVector] = {}
        self._idf = self._inverse_document_frequency()

    @property
    def informative(self) -> bool:
        """Whether any n-gram of the references has weight; if each is in every pair, all scores are 0 by definition."""
        return any(self._idf.values())

    def items(self, hypotheses: Sequence[Tokens]) -> list[float]:
        """CIDEr-D of each pair, in 0..10.

        Raises:
            PredictionsError: there isn't exactly one hypothesis a pair.
        """
        check_pairs(hypotheses, self.references)
        # both last one call: predictions repeat within it, but a scorer kept over a training must not grow with each epoch
        vectors: dict[tuple[str, ...], NgramVector] = {}
        similarities: dict[tuple[tuple[str, ...], tuple[str, ...]], float] = {}
        scores = []
        for hypothesis, references in zip(map(tuple, hypotheses), self.references, strict=True):
            if hypothesis not in vectors:
                vectors[hypothesis] = self.vector(hypothesis)
            for reference in references:
                if (hypothesis, reference) not in similarities:
                    value = _similarity(vectors[hypothesis], self.reference_vector(reference))
                    similarities[hypothesis, reference] = value
            total = sum(similarities[hypothesis, reference] for reference in references)
            scores.append(10.0 * total / len(references))
        return scores

    def score(self, hypotheses: Sequence[Tokens]) -> float:
        """Mean over the pairs, in 0..10."""
        return float(np.average(self.items(hypotheses), weights=self.weights))

    def against(self, hypothesis: Tokens, references: Sequence[NgramVector]) -> float:
        """CIDEr-D in 0..10 of one sentence against other references than this set's, whose `vector` is given, with this set's idf."""
        vector = self.vector(tuple(hypothesis))
        return 10.0 * sum(_similarity(vector, reference) for reference in references) / len(references)

    def vector(self, tokens: tuple[str, ...]) -> NgramVector:
        """tf-idf weights of a sentence; an n-gram that no reference holds counts as one that a single pair holds."""
        weights, norms = [], []
        for order in range(1, MAX_ORDER + 1):
            entries = {
                gram: count * self._idf.get(gram, self._log_pairs - math.log(self._least))
                for gram, count in ngram_counts(tokens, order).items()
            }
            weights.append(entries)
            norms.append(math.sqrt(sum(weight * weight for weight in entries.values())))
        return NgramVector(tuple(weights), tuple(norms), max(0, len(tokens) - 1))

    def reference_vector(self, tokens: tuple[str, ...]) -> NgramVector:
        """`vector` of a reference, made once."""
        known = self._vectors.get(tokens)
        if known is None:
            known = self._vectors[tokens] = self.vector(tokens)
        return known

    def _inverse_document_frequency(self) -> dict[Ngram, float]:
        frequency: dict[Ngram, float] = {}
        grams: dict[tuple[str, ...], set[Ngram]] = {}
        for weight, entry in zip(self.weights.tolist(), self.references, strict=True):
            document: set[Ngram] = set()
            for sentence in entry:
                if sentence not in grams:
                    grams[sentence] = {gram for order in range(1, MAX_ORDER + 1) for gram in ngram_counts(sentence, order)}
                document |= grams[sentence]
            for gram in document:
                frequency[gram] = frequency.get(gram, 0.0) + weight
        # a document frequency is never less than that of one pair, whatever the scale of the weights
        self._least = float(self.weights[self.weights > 0].min())
        self._log_pairs = math.log(self.weights.sum())
        return {gram: self._rarity(count) for gram, count in frequency.items()}

    def _rarity(self, count: float) -> float:
        rarity = self._log_pairs - math.log(max(self._least, count))
        # sums of fractional weights may miss 0 by a rounding error, which the division by the norm would blow up to 1
        return 0.0 if abs(rarity) < 1e-12 else rarity


def cider_d(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]], weights: Sequence[float] | None = None) -> float:
    """Mean CIDEr-D over the pairs, in 0..10 (n = 1..4, sigma 6, clipped, idf from these references, times 10).

    Args:
        hypotheses: one sentence a pair, as words.
        references: one or more sentences a pair, as words.
        weights: how often each pair counts (fractions allowed); None counts each once.

    Raises:
        PredictionsError: the input does not fit together, see `check_pairs`.
    """
    check_pairs(hypotheses, references)
    return CiderD(references, weights).score(hypotheses)


def cider_d_items(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[float]:
    """CIDEr-D of each pair, in 0..10, with the idf of the whole set."""
    check_pairs(hypotheses, references)
    return CiderD(references).items(hypotheses)


def length_penalty(first: int, second: int) -> float:
    """Gaussian factor for two sentences of these lengths."""
    return math.exp(-((first - second) ** 2) / (2 * SIGMA**2))


def _similarity(hypothesis: NgramVector, reference: NgramVector) -> float:
    """Clipped cosine, mean over the four orders, times the length penalty."""
    total = 0.0
    for order in range(MAX_ORDER):
        norm = hypothesis.norms[order] * reference.norms[order]
        if norm == 0:
            continue
        other = reference.weights[order]
        product = 0.0
        for gram, weight in hypothesis.weights[order].items():
            counterpart = other.get(gram)
            if counterpart is not None:
                product += min(weight, counterpart) * counterpart
        total += product / norm
    return total / MAX_ORDER * length_penalty(hypothesis.length, reference.length)
