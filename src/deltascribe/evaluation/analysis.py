"""All that can be measured of a list of captions without a model: tables in each mode, keywords, calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deltascribe.metrics import Mode, ScoreTable, SetScorer
from deltascribe.metrics.calibration import Reliability, reliability
from deltascribe.metrics.keywords import KeywordScores, keyword_scores


@dataclass(frozen=True)
class Analysis:
    """Measures of one predictor.

    Attributes:
        tables: scores in each mode.
        keywords: keyword scores of the `changed` pairs against all references; `human`, each person's sentence against the others of
            its pair; and `left_out`, the model against these same others, to be compared with `human`.
        calibration: of the change probability; None where the predictor gives none.
    """

    tables: dict[Mode, ScoreTable]
    keywords: dict[str, KeywordScores]
    calibration: Reliability | None

    @property
    def table(self) -> ScoreTable:
        """The table whose scores of single pairs are shown: on words, where there is one."""
        return self.tables["words"] if "words" in self.tables else next(iter(self.tables.values()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; scores and accuracies times 100 in the tables, shares in 0..1 in the rest."""
        return {
            "tables": {mode: table.to_dict() for mode, table in self.tables.items()},
            "keywords": {subset: scores.to_dict() for subset, scores in self.keywords.items()},
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
        }


def analyse(
    scorer: SetScorer,
    label: str,
    names: Sequence[str],
    hypotheses: Sequence[str],
    predicted_changed: Sequence[bool] | None = None,
    probabilities: Sequence[float] | None = None,
    tell: Callable[[str], None] = lambda stage: None,
) -> Analysis:
    """Scores captions in every way.

    Args:
        scorer: the evaluated set.
        label: who made the captions.
        names: name of each pair.
        hypotheses: the predicted sentence of each pair, as text.
        predicted_changed: the change flag of each pair, where the predictor gives one.
        probabilities: the change probability of each pair in 0..1, where the predictor gives one.
        tell: called with what is being done, for a progress display.

    Raises:
        PredictionsError: there isn't exactly one of each a pair, or a probability is out of range.
    """
    tables = scorer.score(label, names, hypotheses, predicted_changed, tell)
    tell("keywords")
    keywords = _keywords(scorer, hypotheses)
    return Analysis(tables, keywords, None if probabilities is None else reliability(probabilities, scorer.changed))


def _keywords(scorer: SetScorer, hypotheses: Sequence[str]) -> dict[str, KeywordScores]:
    rows = [row for row, changed in enumerate(scorer.changed) if changed]
    if not rows:
        return {}
    references = [scorer.references[row] for row in rows]
    scores = {"changed": keyword_scores([hypotheses[row] for row in rows], references)}
    # a majority of four is more than one of five: people and model are compared on the same sets of others
    turns = [(row, place) for row in rows for place in range(len(scorer.references[row])) if len(scorer.references[row]) > 1]
    if turns and scorer.by_people:
        others = [scorer.references[row][:place] + scorer.references[row][place + 1 :] for row, place in turns]
        scores["human"] = keyword_scores([scorer.references[row][place] for row, place in turns], others)
        scores["left_out"] = keyword_scores([hypotheses[row] for row, _ in turns], others)
    return scores
