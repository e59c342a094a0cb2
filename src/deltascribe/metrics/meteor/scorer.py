"""METEOR 1.5 of captions: the class that callers use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deltascribe.errors import PredictionsError
from deltascribe.metrics.meteor.alignment import Match, best_alignment, count_chunks
from deltascribe.metrics.meteor.matchers import Resources, Sentence, find_candidates
from deltascribe.metrics.meteor.normalising import normalise
from deltascribe.metrics.meteor.resources import english_resources, exact_resources, number_resources
from deltascribe.metrics.meteor.scoring import CHUNKS, meteor_from_statistics, score_of_row
from deltascribe.metrics.ngrams import Tokens, check_pairs, pair_weights

_REMEMBERED = 1 << 16
"""Sentences and pairs of sentences that a scorer keeps; one that lives through a training must not grow with each epoch."""

_Row = tuple[int, ...]


class Meteor:
    """METEOR 1.5 (Denkowski and Lavie, 2014) with English ranking parameters, as `meteor-1.5.jar -l en -norm` gives it.

    Take `exact`, `numbers` or `english`. Sentences are normalised as the jar does (see `normalise`); pairs of sentences that
    come again are looked up. The jar's quirks are kept: a single word that may match both as a stem and as a synonym
    ("roads", "road") does so only where that closes a gap in a chunk.
    """

    def __init__(self, resources: Resources, words: frozenset[str] | None = None, *, digits_only: bool = False) -> None:
        self._resources = resources
        self._words = words
        self._digits_only = digits_only
        self._sentence = lru_cache(_REMEMBERED)(self._build_sentence)
        self._pair = lru_cache(_REMEMBERED)(self._compare)

    @classmethod
    def exact(cls) -> Meteor:
        """Equal words only, like the jar with `-m exact`."""
        return cls(exact_resources())

    @classmethod
    def numbers(cls) -> Meteor:
        """The whole jar for sentences of numbers (captions written as word ids): its table holds some pairs of numbers."""
        return cls(number_resources(), digits_only=True)

    @classmethod
    def english(cls, words: Iterable[str], folder: Path | None = None) -> Meteor:
        """The whole jar: stems, WordNet synonyms and paraphrases.

        Args:
            words: every word of the sentences that will be scored.
            folder: where `meteor-1.5.jar` and `data/paraphrase-en.gz` lie; None takes them from the installed pycocoevalcap.

        Raises:
            MissingDependencyError: these files, or a fitting snowballstemmer, are missing.
        """
        normalised = frozenset(part for word in set(words) for part in normalise([word]))
        return cls(english_resources(normalised, folder), normalised)

    def statistics(self, hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> npt.NDArray[np.float64]:
        """Counts of each pair against its best reference; sums of rows go into `meteor_from_statistics`.

        The best reference is the first of those with the highest score. As in the jar's own sums, a pair without any
        difference adds no chunk.

        Args:
            hypotheses: one sentence a pair, as words.
            references: one or more sentences a pair, as words.

        Returns:
            [pairs, K], K as in `COLUMNS`.

        Raises:
            PredictionsError: the input does not fit together, see `check_pairs`, or holds words that this scorer isn't for.
        """
        check_pairs(hypotheses, references)
        rows = []
        for hypothesis, sentences in zip(hypotheses, references, strict=True):
            first = tuple(hypothesis)
            best_score, best_row = self._pair(first, tuple(sentences[0]))
            for sentence in sentences[1:]:
                score, row = self._pair(first, tuple(sentence))
                if score > best_score:
                    best_score, best_row = score, row
            rows.append(best_row)
        return np.array(rows, dtype=np.float64)

    def items(self, hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[float]:
        """METEOR of each pair by itself, in 0..1; the mean of these is not `score`."""
        scores: list[float] = meteor_from_statistics(self.statistics(hypotheses, references)).tolist()
        return scores

    def score(self, hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]], weights: Sequence[float] | None = None) -> float:
        """Corpus METEOR from summed statistics, in 0..1.

        Args:
            hypotheses: one sentence a pair, as words.
            references: one or more sentences a pair, as words.
            weights: how often each pair counts (fractions allowed); None counts each once.

        Raises:
            PredictionsError: the input does not fit together, see `check_pairs` and `pair_weights`.
        """
        statistics = self.statistics(hypotheses, references)
        return float(meteor_from_statistics(pair_weights(weights, len(statistics)) @ statistics))

    def _compare(self, hypothesis: tuple[str, ...], reference: tuple[str, ...]) -> tuple[float, _Row]:
        first, second = self._sentence(hypothesis), self._sentence(reference)
        row = _count(first, second, best_alignment(find_candidates(first, second, self._resources)))
        return score_of_row(row), row

    def _build_sentence(self, tokens: tuple[str, ...]) -> Sentence:
        words = normalise(tokens)
        if self._digits_only:
            for word in words:
                if not (word.isascii() and word.isdigit()):
                    raise PredictionsError(f"{word!r} is not a number. Use Meteor.english for words, Meteor.numbers for word ids.")
        if self._words is not None and not self._words.issuperset(words):
            unknown = next(word for word in words if word not in self._words)
            raise PredictionsError(f"{unknown!r} is not among the words that Meteor.english was given. Give it those of every sentence.")
        return Sentence.build(words, self._resources)


def _count(hypothesis: Sentence, reference: Sentence, matches: tuple[Match, ...]) -> _Row:
    """One row of statistics from an alignment."""
    row = [0] * (CHUNKS + 1)
    row[0], row[1] = len(hypothesis.words), len(reference.words)
    row[2], row[3] = sum(hypothesis.function), sum(reference.function)
    covered, other_covered = 0, 0
    for stage, start, length, other_start, other_length in matches:
        column = 4 + 4 * stage
        for function in hypothesis.function[other_start : other_start + other_length]:
            row[column + 2 * function] += 1
        for function in reference.function[start : start + length]:
            row[column + 1 + 2 * function] += 1
        covered, other_covered = covered + length, other_covered + other_length
    chunks = count_chunks(matches)
    perfect = chunks == 1 and covered == row[1] and other_covered == row[0]
    row[CHUNKS] = 0 if perfect else chunks
    return tuple(row)
