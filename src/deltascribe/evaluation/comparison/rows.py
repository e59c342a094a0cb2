"""Builds rows: means over seeds, adjusted differences, and which score is the best of its column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison.table import Cell, Difference, Row
from deltascribe.metrics import PredictorScores
from deltascribe.metrics.render import hundredfold
from deltascribe.metrics.resampling import PERMUTATIONS, RESAMPLES
from deltascribe.metrics.significance import LEVEL, PairedResult, holm, mean_and_deviation

MOST = 1_000_000
"""More draws take hours and change no digit that is printed."""


@dataclass(frozen=True)
class Resampling:
    """How differences are tested.

    Attributes:
        resamples: of the bootstrap.
        permutations: of the randomisation test.
        level: coverage of the intervals.
        seed: of both.

    Raises:
        ConfigError: a number is out of its range; the message names the option of the command line.
    """

    resamples: int = RESAMPLES
    permutations: int = PERMUTATIONS
    level: float = LEVEL
    seed: int = 0

    def __post_init__(self) -> None:
        for option, count, usual in (("resamples", self.resamples, RESAMPLES), ("permutations", self.permutations, PERMUTATIONS)):
            if not 1 <= count <= MOST:
                raise ConfigError(f"--{option} is {count}. Give a number from 1 to {MOST}; {usual} is usual.")
        if not 0 < self.level < 1:
            raise ConfigError(f"--level is {self.level:g}. Give a coverage between 0 and 1, such as {LEVEL:g}.")
        if self.seed < 0:
            raise ConfigError(f"--seed is {self.seed}. Give 0 or more.")


def run_row(
    label: str, scores: Sequence[dict[str, float | None]], columns: Sequence[str], results: dict[str, PairedResult] | None = None
) -> Row:
    """The row of a run, or of several seeds.

    Args:
        label: its name.
        scores: of each seed, in natural units.
        columns: the metrics to show.
        results: tests against the baseline; None for the baseline itself.
    """
    differences = _adjust({key: (results or {})[key] for key in columns if key in (results or {})})
    cells = {}
    for key in columns:
        known = [value for entry in scores if (value := entry[key]) is not None]
        value, deviation = mean_and_deviation(known) if len(known) == len(scores) else (None, None)
        cells[key] = Cell(
            hundredfold(value),
            hundredfold(deviation),
            difference=differences.get(key),
            seeds=tuple(hundredfold(entry[key]) for entry in scores),
        )
    return Row(label, "run", cells, len(scores))


def anchor_row(scores: PredictorScores, subset: str, columns: Sequence[str]) -> Row:
    """A row of constants or people."""
    values = scores.subset(subset).scores
    kind = "constant" if scores.kind == "model" else scores.kind
    return Row(scores.label, kind, {key: Cell(hundredfold(values[key])) for key in columns})


def mark_best(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The same rows with the best score of each column marked; scores that print alike are equally good."""
    runs = [row for row in rows if row.kind == "run"]
    if len(runs) < 2:
        return tuple(rows)
    highest = {
        key: max((round(row.cells[key].value or 0, 2) for row in runs if row.cells[key].value is not None), default=None)
        for key in runs[0].cells
    }
    return tuple(
        replace(row, cells={key: replace(cell, best=_is_best(cell, highest[key])) for key, cell in row.cells.items()})
        if row.kind == "run"
        else row
        for row in rows
    )


def _is_best(cell: Cell, highest: float | None) -> bool:
    return cell.value is not None and highest is not None and round(cell.value, 2) >= highest


def _adjust(results: dict[str, PairedResult]) -> dict[str, Difference]:
    adjusted = holm([result.p_value for result in results.values()])
    return {
        key: Difference(100 * result.difference, 100 * result.low, 100 * result.high, result.p_value, p_value)
        for (key, result), p_value in zip(results.items(), adjusted, strict=True)
    }
