"""The rows that a model must be read against: the best of those that see no image, and people."""

from __future__ import annotations

from collections.abc import Callable

from deltascribe.metrics.table import PredictorScores, ScoreTable

Figure = Callable[[PredictorScores], float | None]
BLIND = "best row without images"
TOLD = "told which pairs changed"


def is_human(row: PredictorScores) -> bool:
    """Whether a row scores people against each other."""
    return row.kind == "human"


def is_left_out(row: PredictorScores) -> bool:
    """Whether a row scores references against each other, whoever wrote them."""
    return row.kind in ("human", "references")


def has_perfect_flag(row: PredictorScores) -> bool:
    """Whether a row was told which pairs changed, so that its accuracies mean nothing."""
    return is_told(row) or is_left_out(row)


def human_row(table: ScoreTable) -> PredictorScores | None:
    """The row of people, where there is one."""
    return next((row for row in table.constants if is_human(row)), None)


def score_of(subset: str, metric: str) -> Figure:
    """Reads one score of a row; None where the row lacks it."""

    def read(row: PredictorScores) -> float | None:
        return next((part.scores.get(metric) for part in row.subsets if part.subset == subset), None)

    return read


def best_blind(table: ScoreTable, figure: Figure) -> PredictorScores | None:
    """The row with the highest figure among those that see no image, told which pairs changed or not; of equals the first."""
    known = [(value, row) for row in table.constants if not is_left_out(row) and (value := figure(row)) is not None]
    return max(known, key=lambda entry: entry[0])[1] if known else None


def is_told(row: PredictorScores) -> bool:
    """Whether a row without images was told which pairs changed."""
    return row.kind == "oracle"


def verdict(value: float | None, blind: float | None, human: float | None) -> tuple[str, str]:
    """Mark and words for a model's figure beside its rivals'; both empty where there is nothing to compare with.

    People are named where their row exists: a figure above theirs is the rare case that a reader wants to see.
    """
    if value is None or blind is None:
        return "", ""
    if value <= blind:
        return "▽", f"not above the {BLIND}"
    if human is None:
        return "△", f"above the {BLIND}"
    return ("▲", f"above people and the {BLIND}") if value > human else ("△", f"above the {BLIND}, not above people")
