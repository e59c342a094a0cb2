"""The one fixed sentence that scores best: what a model must beat to have described anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deltascribe.errors import PredictionsError
from deltascribe.metrics.cider import SIGMA, CiderD, Ngram
from deltascribe.metrics.ngrams import MAX_ORDER, Tokens
from deltascribe.text.special import NO_CHANGE_CAPTION

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FixedSentence:
    """A constant prediction for changed pairs.

    Attributes:
        sentence: its words, joined by blanks.
        cider_d: on the set that it was chosen on, with a perfect flag, in 0..10.
        chosen_on: name of that set (`val`), for the table.
    """

    sentence: str
    cider_d: float
    chosen_on: str = "the same set"


def best_fixed_sentence(
    references: Sequence[Sequence[Tokens]], changed: Sequence[bool], *, chosen_on: str = "the same set"
) -> FixedSentence:
    """The changed pairs' reference sentence that, said of every changed pair, gives the highest CIDEr-D.

    Pairs without a change get the usual no-change sentence (a perfect flag). Choose on another set than the one evaluated.
    Of equal sentences the alphabetically first is taken.

    Args:
        references: one or more sentences a pair, as words.
        changed: whether each pair changed.
        chosen_on: name of this set.

    Raises:
        PredictionsError: no pair is changed, or flags and pairs differ in number.
    """
    if len(changed) != len(references):
        raise PredictionsError(f"{len(changed)} change flags were given for {len(references)} pairs. Give one a pair.")
    if not any(changed):
        raise PredictionsError("The set that should give the fixed sentence has no changed pair. Choose another split.")
    scorer = CiderD(references)
    pool = _ReferencePool(scorer, changed)
    candidates = sorted({sentence for flag, entry in zip(changed, scorer.references, strict=True) if flag for sentence in entry})
    scores = [pool.total(candidate) for candidate in candidates]
    best = int(np.argmax(np.round(scores, 9)))  # rounded, so that a tie does not hang on the order of a sum
    words = candidates[best]
    still = tuple(NO_CHANGE_CAPTION.split())
    return FixedSentence(" ".join(words), scorer.score([words if flag else still for flag in changed]), chosen_on)


class _ReferencePool:
    """All references of the changed pairs, indexed by n-gram: scores one sentence against all of them in a few array operations."""

    def __init__(self, scorer: CiderD, changed: Sequence[bool]) -> None:
        self._scorer = scorer
        share: dict[tuple[str, ...], float] = {}
        for flag, entry in zip(changed, scorer.references, strict=True):
            for sentence in entry if flag else ():
                share[sentence] = share.get(sentence, 0.0) + 1.0 / len(entry)
        vectors = [scorer.reference_vector(sentence) for sentence in share]
        self._share: _Floats = np.array(list(share.values()))
        self._lengths: _Floats = np.array([vector.length for vector in vectors], dtype=np.float64)
        norms = np.array([vector.norms for vector in vectors])
        self._inverse_norms: _Floats = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
        postings: dict[Ngram, tuple[list[int], list[float]]] = {}
        for index, vector in enumerate(vectors):
            for weights in vector.weights:
                for gram, weight in weights.items():
                    rows, values = postings.setdefault(gram, ([], []))
                    rows.append(index)
                    values.append(weight)
        self._postings = {gram: (np.array(rows), np.array(values)) for gram, (rows, values) in postings.items()}

    def total(self, sentence: tuple[str, ...]) -> float:
        """Sum of a sentence's similarities to all changed pairs, each pair's references averaged."""
        vector = self._scorer.vector(sentence)
        similarity = np.zeros_like(self._share)
        for order in range(MAX_ORDER):
            if vector.norms[order] == 0:
                continue
            product = np.zeros_like(self._share)
            for gram, weight in vector.weights[order].items():
                if gram in self._postings:
                    rows, values = self._postings[gram]
                    product[rows] += np.minimum(weight, values) * values
            similarity += product * self._inverse_norms[:, order] / vector.norms[order]
        penalty = np.exp(-((self._lengths - vector.length) ** 2) / (2 * SIGMA**2))
        return float(np.sum(similarity * penalty * self._share))
