"""Counting n-grams, and the one check that every caption metric makes of its input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from deltascribe.errors import PredictionsError

Tokens = Sequence[str]
"""A sentence as words; metrics never split text themselves."""

MAX_ORDER = 4
"""BLEU and CIDEr-D both read n-grams of one to four words."""


def ngram_counts(tokens: Tokens, order: int) -> Counter[tuple[str, ...]]:
    """How often each run of `order` words occurs."""
    return Counter(tuple(tokens[start : start + order]) for start in range(len(tokens) - order + 1))


def check_pairs(hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> None:
    """Refuses input that can't be scored.

    Args:
        hypotheses: one sentence a pair, as words.
        references: one or more sentences a pair, as words, in the same order.

    Raises:
        PredictionsError: the two differ in number, are empty, a pair has no reference, or a sentence is a plain string.
    """
    if len(hypotheses) != len(references):
        raise PredictionsError(
            f"{len(hypotheses)} predicted sentences stand against the references of {len(references)} pairs. "
            "Give exactly one sentence for each pair, in the same order."
        )
    check_references(references)
    for index, sentence in enumerate(hypotheses):
        _refuse_string(sentence, f"prediction {index}")


def check_references(references: Sequence[Sequence[Tokens]]) -> None:
    """The half of `check_pairs` that concerns references."""
    _refuse_nothing(references)
    for index, sentences in enumerate(references):
        _refuse_string(sentences, f"the references of pair {index}")
        _refuse_none(sentences, index)
        for sentence in sentences:
            _refuse_string(sentence, f"a reference of pair {index}")


def check_texts(references: Sequence[Sequence[str]]) -> None:
    """`check_references` of sentences that are still text.

    Raises:
        PredictionsError: there is no pair, a pair has no reference, or its references are one plain string.
    """
    _refuse_nothing(references)
    for index, sentences in enumerate(references):
        if isinstance(sentences, str):
            raise PredictionsError(
                f"The references of pair {index} are one string, a plain string. Give a list of sentences for each pair."
            )
        _refuse_none(sentences, index)


def pair_weights(weights: Sequence[float] | None, pairs: int) -> npt.NDArray[np.float64]:
    """How often each pair counts [pairs]: once where nothing is given.

    Raises:
        PredictionsError: there isn't one weight a pair, one is negative, or none is above 0.
    """
    if weights is None:
        return np.ones(pairs)
    if len(weights) != pairs:
        raise PredictionsError(f"{len(weights)} weights were given for {pairs} pairs. Give one weight a pair.")
    if min(weights) < 0 or sum(weights) <= 0:
        raise PredictionsError("Weights of pairs must not be negative, and one at least must be above 0.")
    return np.asarray(weights, dtype=np.float64)


def _refuse_nothing(references: Sequence[object]) -> None:
    if not references:
        raise PredictionsError("There is no pair to score. Check the split and the limit.")


def _refuse_none(sentences: Sequence[object], index: int) -> None:
    if not sentences:
        raise PredictionsError(f"Pair {index} has no reference sentence. Leave it out, or add a caption to it.")


def _refuse_string(sentence: object, what: str) -> None:
    # a str is a sequence of strings too, and would be scored letter by letter without a word of warning
    if isinstance(sentence, str):
        raise PredictionsError(f"{what} is a plain string ({sentence[:40]!r}). Split it into words first: deltascribe.text.tokenize.")
