"""The table of a grid: scores with deviations over seeds, differences to the reference, size and speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deltascribe.ablation.config import Ablation
from deltascribe.ablation.plan import PlannedRun, plan_runs
from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison import Comparison, Resampling, RunGroup, compare
from deltascribe.evaluation.comparison.runs import read_run
from deltascribe.evaluation.comparison.table import Cell, Difference, Row, Table
from deltascribe.evaluation.record import PREDICTIONS
from deltascribe.metrics.significance import holm, mean_and_deviation, welch_test

_Place = tuple[str | None, str, str]
SCORES: dict[str, tuple[str, _Place]] = {
    "s_m": ("S*m", ("ids", "all", "s_m")),
    "changed_s_m": ("S*m, changed", ("ids", "changed", "s_m")),
    "cider_d": ("CIDEr-D", ("ids", "all", "cider_d")),
    "changed_cider_d": ("CIDEr-D, changed", ("ids", "changed", "cider_d")),
    "keyword_f1": ("keyword F1", (None, "keywords", "keyword_f1")),
    "change_accuracy": ("change acc.", (None, "accuracy", "change_accuracy")),
    "no_change_accuracy": ("no-change acc.", (None, "accuracy", "no_change_accuracy")),
}
"""Columns that are tested: heading, and where the comparison has them (mode, subset, column)."""
FACTS: dict[str, str] = {
    "recall_5": "R@5",
    "parameters": "parameters, M",
    "pairs_per_second": "pairs/s",
    "minutes": "training, min",
}
"""Columns that are read from the records."""
ABOUT = (
    "S*m, the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D, and CIDEr-D are of the mode ids, over all pairs and over the changed ones alone",
    "keyword F1 of changed pairs; accuracies by the sentence",
    "R@5: changed pairs with one of their own sentences among the five nearest; a dash where a model has no space shared with text",
    "pairs/s: encoding and search; training: minutes without the caching of features, with validation, of runs that were not interrupted; "
    "those of the weights that a run starts from are not counted",
    "All but the last three columns times 100",
)


TEST = (
    "the larger p of two-sided paired randomisation over pairs (accuracies of single runs: the exact McNemar test) and, where both rows "
    "have several seeds, of Welch's t test over seeds"
)


@dataclass(frozen=True)
class Summary:
    """A grid's table.

    Attributes:
        table: `SCORES` and `FACTS` of all variants that have a scored run, and of constants and people.
        comparison: all metrics, from which the scores come.
        runs: by variant its scored runs.
        split: what was scored.
        p_values: by variant and column p over pairs, and over seeds or None, neither adjusted.
    """

    table: Table
    comparison: Comparison
    runs: dict[str, tuple[PlannedRun, ...]]
    split: str
    p_values: dict[str, dict[str, tuple[float, float | None]]]


def summarise_grid(
    ablation: Ablation, split: str, resampling: Resampling | None = None, tell: Callable[[str], None] = lambda stage: None
) -> Summary:
    """Compares what is scored so far.

    Args:
        ablation: the grid.
        split: what was scored.
        resampling: how differences are tested.
        tell: called with what is being done.

    Raises:
        ConfigError: the reference has no scored run yet.
        PredictionsError: the runs are not on the same pairs.
    """
    runs = {variant.name: _scored(ablation, variant.name, split) for variant in ablation.variants}
    runs = {name: found for name, found in runs.items() if found}
    if ablation.reference not in runs:
        raise ConfigError(f"No run of the reference '{ablation.reference}' is scored on {split} yet, so there is nothing to compare with.")
    groups = [RunGroup(name, tuple(read_run(run.scores(split) / PREDICTIONS) for run in found)) for name, found in runs.items()]
    comparison = compare(
        groups,
        modes=("ids",),
        subsets=("all", "changed"),
        baseline=ablation.reference,
        published="none",
        resampling=resampling,
        tell=tell,
        keywords=True,
    )
    p_values = {name: _p_values(comparison, name, ablation.reference) for name in runs}
    rows = [_run_row(group, runs[group.label], comparison, p_values[group.label]) for group in groups]
    rows += [_other_row(row.label, comparison) for row in comparison.table("ids", "all").rows if row.kind != "run"]
    columns = {key: title for key, (title, _) in SCORES.items()} | FACTS
    title = f"Ablation {ablation.path.stem}, split {split}"
    table = Table(title, None, "ablation", comparison.pairs, columns, tuple(rows), about=ABOUT, test=TEST)
    return Summary(table, comparison, runs, split, p_values)


def same_seed_gaps(cell: Cell, base: Cell, seeds: Sequence[int], others: Sequence[int]) -> list[float]:
    """Score minus the reference's with the same seed, of the seeds that both have."""
    theirs = dict(zip(others, base.seeds, strict=True))
    pairs = [(score, theirs.get(seed)) for seed, score in zip(seeds, cell.seeds, strict=True)]
    return [score - other for score, other in pairs if score is not None and other is not None]


def _scored(ablation: Ablation, name: str, split: str) -> tuple[PlannedRun, ...]:
    return tuple(run for run in plan_runs(ablation, only=[name]) if run.state(split, ablation.beams) == "done")


def _p_values(comparison: Comparison, label: str, reference: str) -> dict[str, tuple[float, float | None]]:
    found: dict[str, tuple[float, float | None]] = {}
    for key, (_, place) in SCORES.items():
        cell, base = _cell(comparison, label, place), _cell(comparison, reference, place)
        if cell.difference is not None:
            ours, theirs = ([value for value in entry.seeds if value is not None] for entry in (cell, base))
            found[key] = cell.difference.p_value, welch_test(ours, theirs) if min(len(ours), len(theirs)) > 1 else None
    return found


def _run_row(group: RunGroup, runs: Sequence[PlannedRun], comparison: Comparison, p_values: dict[str, tuple[float, float | None]]) -> Row:
    cells = {key: _cell(comparison, group.label, place) for key, (_, place) in SCORES.items()}
    # a gain is one only if it is neither due to the choice of pairs nor to that of seeds: the larger p is that of such a claim
    larger = [max(p for p in both if p is not None) for both in p_values.values()]
    # what one row is tested on in this table is one family
    for key, p_value, adjusted in zip(p_values, larger, holm(larger), strict=True):
        cells[key] = replace(cells[key], difference=_tested(cells[key], p_value, adjusted))
    records = [(run.record, planned.facts()) for run, planned in zip(group.runs, runs, strict=True)]
    return Row(group.label, "run", cells | {key: _mean([_fact(key, *entry) for entry in records]) for key in FACTS}, len(runs))


def _other_row(label: str, comparison: Comparison) -> Row:
    cells = {key: _cell(comparison, label, place) for key, (_, place) in SCORES.items()}
    kind = comparison.table("ids", "all").row(label).kind
    return Row(label, kind, cells | {key: Cell(None) for key in FACTS})


def _cell(comparison: Comparison, label: str, place: _Place) -> Cell:
    mode, subset, key = place
    for table in comparison.tables:
        if (table.mode, table.subset) == (mode, subset):
            for row in table.rows:
                if row.label == label and key in row.cells:
                    return row.cells[key]
    return Cell(None)


def _tested(cell: Cell, p_value: float, adjusted: float) -> Difference | None:
    return None if cell.difference is None else replace(cell.difference, p_value=p_value, p_adjusted=adjusted)


def _fact(key: str, record: dict[str, Any], facts: dict[str, Any]) -> float | None:
    if key == "minutes":
        value = facts.get("minutes")
    elif key == "parameters":
        count = _inside(record, "model", "checkpoint", "cost", "parameters")
        value = None if count is None else count / 1e6
    elif key == "pairs_per_second":
        value = next((run.get(key) for run in record.get("runs", {}).values()), None)
    else:
        share = _inside(record, "retrieval", "scores", "changed", "image_to_text", "recall", "r@5")
        value = None if share is None else 100 * share
    return None if value is None else float(value)


def _mean(values: Sequence[float | None]) -> Cell:
    known = [value for value in values if value is not None]
    if not known:
        return Cell(None, seeds=tuple(values))
    return Cell(*mean_and_deviation(known), seeds=tuple(values))


def _inside(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
