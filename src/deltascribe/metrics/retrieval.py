"""Recall at k and median rank of retrieval between image pairs and sentences, beside what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltascribe.errors import PredictionsError
from deltascribe.metrics.ngrams import check_texts
from deltascribe.text.normalise import normalise

_CHUNK = 256


@dataclass(frozen=True)
class DirectionScores:
    """Retrieval scores of one way.

    Attributes:
        queries, candidates: how many were asked, and among how many each had to choose.
        recall: by k, the share of queries with a right answer among the first k, 0..1.
        chance: by k, what a random order is expected to reach on these very queries, 0..1.
        median_rank: middle rank of the first right answer, from 1.
    """

    queries: int
    candidates: int
    recall: dict[int, float]
    chance: dict[int, float]
    median_rank: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, in natural units."""
        return {
            "queries": self.queries,
            "candidates": self.candidates,
            "recall": {f"r@{k}": value for k, value in self.recall.items()},
            "chance": {f"r@{k}": value for k, value in self.chance.items()},
            "median_rank": self.median_rank,
        }


@dataclass(frozen=True)
class RetrievalScores:
    """Retrieval scores both ways: sentences for an image pair, and image pairs for a sentence."""

    image_to_text: DirectionScores
    text_to_image: DirectionScores

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, in natural units."""
        return {"image_to_text": self.image_to_text.to_dict(), "text_to_image": self.text_to_image.to_dict()}


def relevance(references: Sequence[Sequence[str]]) -> tuple[list[str], NDArray[np.bool_]]:
    """The pool of sentences of a set, and which of them belong to which pair.

    A sentence that several pairs have in common is one entry and right for each of them; else the no-change sentences, the same for
    half of the pairs, would be wrong answers to one another.

    Args:
        references: the sentences of each pair, as text.

    Returns:
        The different sentences in normalised form, in the order of their first use; and a matrix [pairs, sentences] that is true where
        the sentence is one of the pair's references.

    Raises:
        PredictionsError: there is no pair, a pair has no sentence, or its sentences are one plain string.
    """
    check_texts(references)
    forms = [[normalise(sentence) for sentence in sentences] for sentences in references]
    index = {form: column for column, form in enumerate(dict.fromkeys(form for entry in forms for form in entry))}
    relevant = np.zeros((len(forms), len(index)), dtype=np.bool_)
    for row, entry in enumerate(forms):
        relevant[row, [index[form] for form in entry]] = True
    return list(index), relevant


def retrieval_scores(similarity: ArrayLike, relevant: ArrayLike, ks: Sequence[int] = (1, 5, 10)) -> RetrievalScores:
    """Recall at k and median rank, both ways.

    A query with several right answers is a hit where any one of them is within the first k. Ties count against the model: every wrong
    candidate with the score of the best right one stands before it, so that a model that says the same of everything finds nothing.

    Args:
        similarity: scores [pairs, sentences], the higher the more alike; any scale, infinities allowed.
        relevant: booleans [pairs, sentences], true where the sentence describes the pair, see `relevance`.
        ks: the depths asked for.

    Raises:
        PredictionsError: the shapes differ, there is nothing to rank, a score is NaN, a pair or sentence has no right answer, or a
            depth is below 1.
    """
    scores, right = _check(similarity, relevant, ks)
    return RetrievalScores(_score(scores, right, ks), _score(scores.T, right.T, ks))


def first_ranks(similarity: ArrayLike, relevant: ArrayLike) -> NDArray[np.int64]:
    """Rank of the best right answer of each query, from 1, ties counted against it: what the scores are made of.

    Args:
        similarity: scores [queries, candidates].
        relevant: booleans of the same shape.

    Returns:
        Array [queries]; a query without a right answer has the rank after the last candidate.
    """
    scores, right = np.asarray(similarity), np.asarray(relevant, dtype=np.bool_)
    ranks = np.empty(len(scores), dtype=np.int64)
    for start in range(0, len(scores), _CHUNK):
        rows, good = scores[start : start + _CHUNK], right[start : start + _CHUNK]
        best = np.where(good, rows, -np.inf).max(axis=1, keepdims=True)
        ranks[start : start + _CHUNK] = 1 + ((rows >= best) & ~good).sum(axis=1)
    return ranks


def chance_recall(right_answers: ArrayLike, candidates: int, k: int) -> float:
    """Expected recall at k of a random order: the mean of 1 - C(N - m, k) / C(N, k), the hypergeometric chance of at least one hit.

    Args:
        right_answers: number m of right answers of each query.
        candidates: number N of candidates.
        k: the depth.
    """
    numbers = np.asarray(right_answers, dtype=np.float64)
    missed = np.ones_like(numbers)
    for drawn in range(min(k, candidates)):
        missed *= np.maximum(candidates - numbers - drawn, 0) / (candidates - drawn)
    return float(np.mean(1 - missed))


def _score(scores: NDArray[Any], right: NDArray[np.bool_], ks: Sequence[int]) -> DirectionScores:
    ranks, numbers, candidates = first_ranks(scores, right), right.sum(axis=1), right.shape[1]
    return DirectionScores(
        len(ranks),
        candidates,
        {k: float(np.mean(ranks <= k)) for k in ks},
        {k: chance_recall(numbers, candidates, k) for k in ks},
        float(np.median(ranks)),
    )


def _check(similarity: ArrayLike, relevant: ArrayLike, ks: Sequence[int]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    scores, right = np.asarray(similarity), np.asarray(relevant, dtype=np.bool_)
    if scores.ndim != 2 or scores.shape != right.shape:
        raise PredictionsError(
            f"Similarities of shape {list(scores.shape)} stand against right answers of shape {list(right.shape)}. "
            "Give both as [pairs, sentences]."
        )
    if not scores.size:
        raise PredictionsError("There is no pair or no sentence to rank. Check the split and the limit.")
    if np.isnan(scores).any():
        raise PredictionsError(
            f"{int(np.isnan(scores).sum())} similarities are NaN. Check the vectors: one of length zero can't be normalised."
        )
    for axis, what in ((1, "Pair"), (0, "Sentence")):
        empty = np.flatnonzero(~right.any(axis=axis))
        if len(empty):
            raise PredictionsError(
                f"{what} {empty[0]} has no right answer ({len(empty)} such). Leave it out, or build both with relevance()."
            )
    if not ks or min(ks) < 1:
        raise PredictionsError(f"Depths {list(ks)} can't be scored. Give whole numbers from 1, as in (1, 5, 10).")
    return scores, right
