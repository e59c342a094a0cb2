"""Scores any number of predictors on one set of pairs, whose references are prepared once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from deltascribe.errors import PredictionsError
from deltascribe.metrics.bleu import bleu_statistics
from deltascribe.metrics.cider import CiderD
from deltascribe.metrics.fixed import FixedSentence, best_fixed_sentence
from deltascribe.metrics.ngrams import Tokens, check_pairs, check_texts
from deltascribe.metrics.protocol import MeteorVariants, Protocol
from deltascribe.metrics.rouge import rouge_l_items
from deltascribe.metrics.statistics import METRICS, ItemStatistics
from deltascribe.metrics.table import ItemScores, PredictorScores, SubsetScores
from deltascribe.text.no_change import no_change_wordings, tells_of_change
from deltascribe.text.normalise import tokenize


@dataclass(frozen=True, eq=False)
class _Part:
    """One subset of the pairs: which rows, how often each counts, and its own idf."""

    rows: list[int]
    weights: list[float] | None
    cider: CiderD


class CaptionScorer:
    """Scores predictors on one set.

    CIDEr-D takes its idf from the pairs that a subset covers: the changed pairs' own for "changed only".

    Args:
        references: the published sentences of each pair, as text.
        changed: whether each pair changed.
        protocol: words or word numbers, with METEOR or without; words with METEOR by default.
        meteor: that of another scorer of the same protocol, to share what it has read and aligned.

    Raises:
        PredictionsError: the two differ in number, are empty, or a pair has no reference.
    """

    def __init__(
        self,
        references: Sequence[Sequence[str]],
        changed: Sequence[bool],
        protocol: Protocol | None = None,
        meteor: MeteorVariants | None = None,
    ) -> None:
        if len(changed) != len(references):
            raise PredictionsError(f"{len(changed)} change flags were given for {len(references)} pairs. Give one a pair.")
        self.protocol = protocol or Protocol.words()
        self.references = tokenize_references(references, self.protocol)
        self.texts = [list(entry) for entry in references]
        self.changed = [bool(flag) for flag in changed]
        self.wordings = no_change_wordings(references, self.changed)
        self.meteor = meteor or MeteorVariants(self.protocol)
        self._parts = {
            subset: _Part(rows, weights, CiderD([self.references[row] for row in rows], weights))
            for subset, (rows, weights) in _choose_parts(self.changed).items()
        }

    def score(
        self,
        label: str,
        hypotheses: Sequence[str],
        predicted_changed: Sequence[bool] | None = None,
        statistics: Mapping[str, ItemStatistics] | None = None,
    ) -> PredictorScores:
        """Scores of one predictor.

        Args:
            label: who made the predictions.
            hypotheses: one sentence a pair, as text.
            predicted_changed: the predictor's change flag of each pair, where it gives one.
            statistics: what `statistics` gave for these sentences, where it is at hand.

        Raises:
            PredictionsError: there isn't exactly one sentence (and flag) a pair.
        """
        if predicted_changed is not None and len(predicted_changed) != len(hypotheses):
            raise PredictionsError(f"{len(predicted_changed)} predicted flags were given for {len(hypotheses)} pairs. Give one a pair.")
        statistics = self.statistics(hypotheses) if statistics is None else statistics
        told = [tells_of_change(sentence, self.wordings) for sentence in hypotheses]
        return PredictorScores(
            label,
            tuple(self._score_part(subset, rows) for subset, rows in statistics.items()),
            change_accuracy=self._accuracy(told, True),
            no_change_accuracy=self._accuracy(told, False),
            flag_change_accuracy=self._accuracy(predicted_changed, True),
            flag_no_change_accuracy=self._accuracy(predicted_changed, False),
        )

    def statistics(self, hypotheses: Sequence[str]) -> dict[str, ItemStatistics]:
        """Rows of each subset, in the order of `SUBSETS`, for significance tests and intervals.

        Raises:
            PredictionsError: there isn't exactly one sentence a pair.
        """
        words = [self.protocol.tokens(sentence) for sentence in hypotheses]
        check_pairs(words, self.references)
        # only CIDEr-D depends on the subset
        everything = ItemStatistics(
            bleu_statistics(words, self.references),
            np.array(rouge_l_items(words, self.references)),
            None,
            self.meteor.statistics(words, self.references),
        )
        return {
            # where every pair has the same references each n-gram has idf 0 and the official score is 0 whatever is said
            subset: replace(
                everything.take(part.rows),
                cider_d=np.array(part.cider.items([words[row] for row in part.rows])) if part.cider.informative else None,
            )
            for subset, part in self._parts.items()
        }

    def weights(self, subset: str) -> list[float] | None:
        """How often each pair of a subset counts; None where each counts once."""
        return self._parts[subset].weights

    def strata(self, subset: str) -> list[bool] | None:
        """Kind of each pair of a subset that fixes how much changed pairs count; None for the others."""
        return list(self.changed) if self._parts[subset].weights is not None else None

    def items(self, names: Sequence[str], statistics: ItemStatistics) -> tuple[ItemScores, ...]:
        """Scores of each pair.

        Args:
            names: name of each pair.
            statistics: rows of the subset `all`.

        Raises:
            PredictionsError: there isn't exactly one name a pair.
        """
        if len(names) != len(statistics):
            raise PredictionsError(f"{len(names)} names were given for {len(statistics)} pairs. Give one a pair.")
        scores = statistics.items()
        columns = {key: values.tolist() for key in ("bleu_4", "rouge_l", "cider_d", "meteor") if (values := scores.get(key)) is not None}
        columns.setdefault("cider_d", [0.0] * len(names))
        return tuple(ItemScores(name, **{key: values[row] for key, values in columns.items()}) for row, name in enumerate(names))

    def _score_part(self, subset: str, statistics: ItemStatistics) -> SubsetScores:
        weights = self._parts[subset].weights
        scores = statistics.scores(None if weights is None else np.array(weights))
        return SubsetScores(subset, len(statistics), {key: None if scores[key] is None else float(scores[key]) for key in METRICS})  # type: ignore[arg-type]

    def _accuracy(self, predicted: Sequence[bool | None] | None, truth: bool) -> float | None:
        if predicted is None:
            return None
        # a sentence without a word tells of neither and is wrong of either
        hits = [flag is not None and bool(flag) is truth for flag, changed in zip(predicted, self.changed, strict=True) if changed is truth]
        return sum(hits) / len(hits) if hits else None


def _choose_parts(changed: Sequence[bool]) -> dict[str, tuple[list[int], list[float] | None]]:
    everything = list(range(len(changed)))
    rows = {flag: [row for row in everything if changed[row] is flag] for flag in (True, False)}
    parts: dict[str, tuple[list[int], list[float] | None]] = {"all": (everything, None)}
    if rows[True] and rows[False]:
        half = len(everything) / 2
        parts["balanced"] = (everything, [half / len(rows[flag]) for flag in changed])
    if rows[True]:
        parts["changed"] = (rows[True], None)
    if rows[False]:
        parts["no_change"] = (rows[False], None)
    return parts


def tokenize_references(references: Sequence[Sequence[str]], protocol: Protocol | None = None) -> list[list[Tokens]]:
    """References as tokens; as plain words without a protocol.

    Raises:
        PredictionsError: the sentences of a pair are one plain string.
    """
    split = tokenize if protocol is None else protocol.tokens
    check_texts(references)
    # the no-change sentences fill half of a typical set: each sentence is split once
    known = {sentence: split(sentence) for sentence in dict.fromkeys(sentence for entry in references for sentence in entry)}
    return [[known[sentence] for sentence in entry] for entry in references]


def choose_fixed_sentences(references: Sequence[Sequence[str]], changed: Sequence[bool], chosen_on: str) -> tuple[FixedSentence, ...]:
    """The fixed sentences that a model must beat: best on all pairs (with a perfect flag), and best on the changed ones alone.

    The two differ because CIDEr-D's idf differs; either may be the stronger rival on another set, so both are shown.

    Args:
        references: the published sentences of each pair of the choosing set (never the evaluated one), as text.
        changed: whether each pair changed.
        chosen_on: name of that set.

    Raises:
        PredictionsError: no pair is changed, or flags and pairs differ in number.
    """
    words = tokenize_references(references)
    overall = best_fixed_sentence(words, changed, chosen_on=f"{chosen_on}, all pairs")
    only = [entry for entry, flag in zip(words, changed, strict=True) if flag]
    alone = best_fixed_sentence(only, [True] * len(only), chosen_on=f"{chosen_on}, changed pairs")
    return (replace(overall, chosen_on=chosen_on),) if alone.sentence == overall.sentence else (overall, alone)
