"""Scores of a set of captions: overall, changed pairs, pairs without a change, and how often each kind was recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from deltascribe.errors import PredictionsError
from deltascribe.metrics.bleu import bleu, bleu_items
from deltascribe.metrics.cider import CiderD
from deltascribe.metrics.fixed import FixedSentence, best_fixed_sentence
from deltascribe.metrics.ngrams import Tokens, check_pairs
from deltascribe.metrics.rouge import rouge_l, rouge_l_items
from deltascribe.text.no_change import is_no_change
from deltascribe.text.normalise import tokenize
from deltascribe.text.special import NO_CHANGE_CAPTION

METRICS: dict[str, str] = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
}
SUBSETS: dict[str, str] = {"all": "all pairs", "balanced": "re-weighted 50/50", "changed": "changed only", "no_change": "no change only"}


@dataclass(frozen=True)
class SubsetScores:
    """Caption scores of one part of the set.

    Attributes:
        subset: a key of `SUBSETS`.
        pairs: how many pairs it holds.
        scores: by key of `METRICS`, in natural units (BLEU and ROUGE-L 0..1, CIDEr-D 0..10); None where a score is undefined.
    """

    subset: str
    pairs: int
    scores: dict[str, float | None]


@dataclass(frozen=True)
class ItemScores:
    """Scores of one pair: BLEU-4 and ROUGE-L in 0..1, CIDEr-D in 0..10 with the whole set's idf."""

    name: str
    bleu_4: float
    rouge_l: float
    cider_d: float


@dataclass(frozen=True)
class PredictorScores:
    """All scores of one predictor.

    Attributes:
        label: who made the predictions.
        subsets: scores of each part, in the order of `SUBSETS`; parts without a pair are left out.
        change_accuracy: share of the changed pairs whose sentence tells of a change; None without such pairs.
        no_change_accuracy: share of the pairs without a change whose sentence is a no-change sentence; None without such pairs.
        flag_change_accuracy, flag_no_change_accuracy: the same by the model's change flag, None where it gives none.
    """

    label: str
    subsets: tuple[SubsetScores, ...]
    change_accuracy: float | None
    no_change_accuracy: float | None
    flag_change_accuracy: float | None = None
    flag_no_change_accuracy: float | None = None

    def subset(self, name: str = "all") -> SubsetScores:
        """Scores of one part.

        Raises:
            PredictionsError: the evaluated set has no such part.
        """
        for entry in self.subsets:
            if entry.subset == name:
                return entry
        raise PredictionsError(f"There are no scores for '{name}'. This set has: {', '.join(entry.subset for entry in self.subsets)}.")


@dataclass(frozen=True)
class ScoreTable:
    """Scores of a model, with the constant predictions that it must beat.

    Attributes:
        model: scores of the predictions.
        constants: scores of predictors that see no image.
        items: scores of each pair, in the given order.
        pairs, changed_pairs: size of the set.
    """

    model: PredictorScores
    items: tuple[ItemScores, ...]
    pairs: int
    changed_pairs: int
    constants: tuple[PredictorScores, ...] = field(default=())

    def score(self, metric: str = "cider_d", subset: str = "all") -> float | None:
        """One score of the model in natural units, see `SubsetScores`."""
        return self.model.subset(subset).scores[metric]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; all scores and accuracies times 100."""
        from deltascribe.metrics.render import to_dict

        return to_dict(self)

    def to_markdown(self) -> str:
        """The table as Markdown, all times 100."""
        from deltascribe.metrics.render import to_markdown

        return to_markdown(self)

    def to_rich(self) -> Any:
        """The table as a `rich` renderable, all times 100."""
        from deltascribe.metrics.render import to_rich

        return to_rich(self)


class CaptionScorer:
    """Scores any number of predictors on one set, whose references are prepared once.

    Args:
        references: the published sentences of each pair, as text.
        changed: whether each pair changed.

    Raises:
        PredictionsError: the two differ in number, are empty, or a pair has no reference.
    """

    def __init__(self, references: Sequence[Sequence[str]], changed: Sequence[bool]) -> None:
        if len(changed) != len(references):
            raise PredictionsError(f"{len(changed)} change flags were given for {len(references)} pairs. Give one a pair.")
        self.references = tokenize_references(references)
        self.changed = [bool(flag) for flag in changed]
        self._parts: dict[str, tuple[list[int], list[float] | None, CiderD]] = {}
        for subset, (rows, weights) in self._choose_parts().items():
            self._parts[subset] = (rows, weights, CiderD([self.references[row] for row in rows], weights))

    def _choose_parts(self) -> dict[str, tuple[list[int], list[float] | None]]:
        everything = list(range(len(self.changed)))
        rows = {flag: [row for row in everything if self.changed[row] is flag] for flag in (True, False)}
        parts: dict[str, tuple[list[int], list[float] | None]] = {"all": (everything, None)}
        if rows[True] and rows[False]:
            half = len(everything) / 2
            parts["balanced"] = (everything, [half / len(rows[flag]) for flag in self.changed])
        if rows[True]:
            parts["changed"] = (rows[True], None)
        if rows[False]:
            parts["no_change"] = (rows[False], None)
        return parts

    def score(self, label: str, hypotheses: Sequence[str], predicted_changed: Sequence[bool] | None = None) -> PredictorScores:
        """Scores of one predictor.

        Args:
            label: who made the predictions.
            hypotheses: one sentence a pair, as text.
            predicted_changed: the predictor's change flag of each pair, where it gives one.

        Raises:
            PredictionsError: there isn't exactly one sentence (and flag) a pair.
        """
        words = [tokenize(sentence) for sentence in hypotheses]
        check_pairs(words, self.references)
        if predicted_changed is not None and len(predicted_changed) != len(words):
            raise PredictionsError(f"{len(predicted_changed)} predicted flags were given for {len(words)} pairs. Give one a pair.")
        told = [not is_no_change([sentence]) for sentence in hypotheses]
        return PredictorScores(
            label,
            tuple(self._score_part(subset, words) for subset in self._parts),
            change_accuracy=self._accuracy(told, True),
            no_change_accuracy=self._accuracy(told, False),
            flag_change_accuracy=self._accuracy(predicted_changed, True),
            flag_no_change_accuracy=self._accuracy(predicted_changed, False),
        )

    def items(self, names: Sequence[str], hypotheses: Sequence[str]) -> tuple[ItemScores, ...]:
        """Scores of each pair.

        Raises:
            PredictionsError: there isn't exactly one sentence and name a pair.
        """
        words = [tokenize(sentence) for sentence in hypotheses]
        check_pairs(words, self.references)
        if len(names) != len(words):
            raise PredictionsError(f"{len(names)} names were given for {len(words)} pairs. Give one a pair.")
        columns = (bleu_items(words, self.references), rouge_l_items(words, self.references), self._parts["all"][2].items(words))
        return tuple(ItemScores(name, bleus[3], rouge, cider) for name, bleus, rouge, cider in zip(names, *columns, strict=True))

    def constants(self, fixed: Sequence[FixedSentence] = ()) -> tuple[PredictorScores, ...]:
        """Scores of the predictors that see no image: always "no change"; and a perfect flag with each fixed sentence."""
        rows = [self.score(f'always "{NO_CHANGE_CAPTION}"', [NO_CHANGE_CAPTION] * len(self.changed))]
        for entry in fixed:
            label = f'perfect flag + always "{entry.sentence}" (best on {entry.chosen_on})'
            rows.append(self.score(label, [entry.sentence if flag else NO_CHANGE_CAPTION for flag in self.changed]))
        return tuple(rows)

    def _score_part(self, subset: str, words: list[list[str]]) -> SubsetScores:
        rows, weights, cider = self._parts[subset]
        hypotheses = [words[row] for row in rows]
        references = [self.references[row] for row in rows]
        scores: dict[str, float | None] = {
            f"bleu_{order}": score for order, score in enumerate(bleu(hypotheses, references, weights), start=1)
        }
        scores["rouge_l"] = rouge_l(hypotheses, references, weights)
        # where every pair has the same references each n-gram has idf 0 and the official score is 0 whatever is said
        scores["cider_d"] = cider.score(hypotheses) if cider.informative else None
        return SubsetScores(subset, len(rows), scores)

    def _accuracy(self, predicted: Sequence[bool] | None, truth: bool) -> float | None:
        if predicted is None:
            return None
        hits = [bool(flag) is truth for flag, changed in zip(predicted, self.changed, strict=True) if changed is truth]
        return sum(hits) / len(hits) if hits else None


def tokenize_references(references: Sequence[Sequence[str]]) -> list[list[Tokens]]:
    """References as words.

    Raises:
        PredictionsError: the sentences of a pair are one plain string.
    """
    for index, sentences in enumerate(references):
        if isinstance(sentences, str):
            raise PredictionsError(f"The references of pair {index} are one string. Give a list of sentences for each pair.")
    return [[tokenize(sentence) for sentence in sentences] for sentences in references]


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


def score_captions(
    names: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    changed: Sequence[bool],
    predicted_changed: Sequence[bool] | None = None,
    *,
    fixed: Sequence[FixedSentence] = (),
    label: str = "model",
    constants: bool = True,
) -> ScoreTable:
    """Scores predicted sentences as the published protocol does, in its `words` mode (lower case, no punctuation).

    CIDEr-D takes its idf from the pairs that a row covers: the changed pairs' own for "changed only".

    Args:
        names: name of each pair.
        hypotheses: the predicted sentence of each pair, as text.
        references: the published sentences of each pair, as text.
        changed: whether each pair changed.
        predicted_changed: the model's change flag of each pair, where it gives one.
        fixed: the fixed sentences to compare with, see `choose_fixed_sentences`.
        label: name of the predictor.
        constants: whether the rows of constant predictions are wanted.

    Raises:
        PredictionsError: the arguments differ in length, are empty, or a pair has no reference.
    """
    scorer = CaptionScorer(references, changed)
    table = ScoreTable(
        scorer.score(label, hypotheses, predicted_changed), scorer.items(names, hypotheses), len(scorer.changed), sum(scorer.changed)
    )
    return replace(table, constants=scorer.constants(fixed)) if constants else table
