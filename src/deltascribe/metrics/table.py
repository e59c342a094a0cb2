"""The table of scores: overall, changed pairs, pairs without a change, and how often each kind was recognised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from deltascribe.errors import PredictionsError

Kind = Literal["model", "constant", "oracle", "human", "references"]
"""Who speaks: a model; one that sees nothing; one that is told which pairs changed and sees nothing else; people; references that no
person wrote."""

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
    """Scores of one pair: BLEU-4, ROUGE-L and METEOR in 0..1, CIDEr-D in 0..10 with the whole set's idf."""

    name: str
    bleu_4: float
    rouge_l: float
    cider_d: float
    meteor: float | None = None


@dataclass(frozen=True)
class PredictorScores:
    """All scores of one predictor.

    Attributes:
        label: who made the predictions.
        subsets: scores of each part, in the order of `SUBSETS`; parts without a pair are left out.
        change_accuracy: share of the changed pairs whose sentence tells of a change, see `tells_of_change`; None without such pairs.
        no_change_accuracy: share of the pairs without a change whose sentence says so; None without such pairs.
        flag_change_accuracy, flag_no_change_accuracy: the same by the model's change flag, None where it gives none.
        kind: who made the predictions.
    """

    label: str
    subsets: tuple[SubsetScores, ...]
    change_accuracy: float | None
    no_change_accuracy: float | None
    flag_change_accuracy: float | None = None
    flag_no_change_accuracy: float | None = None
    kind: Kind = "model"

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
    """Scores of a model in one mode, with the predictors that it must beat.

    Attributes:
        model: scores of the predictions.
        items: scores of each pair, in the given order.
        pairs, changed_pairs: size of the set.
        mode: `ids` or `words`.
        protocol: the mode in full, with the numbering of the words.
        constants: scores of predictors that see no image, and of people.
        intervals: by subset and metric the low and high end of the model's confidence interval, in natural units.
        notes: what a reader must know of this table.
    """

    model: PredictorScores
    items: tuple[ItemScores, ...]
    pairs: int
    changed_pairs: int
    mode: str = "words"
    protocol: str = ""
    constants: tuple[PredictorScores, ...] = field(default=())
    intervals: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

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
