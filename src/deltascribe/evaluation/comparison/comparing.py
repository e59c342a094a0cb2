"""Scores all runs anew on the pairs that they share, and tests each against the baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.comparison import remarks
from deltascribe.evaluation.comparison.accuracies import accuracy_table
from deltascribe.evaluation.comparison.pairs import SharedPairs, share_pairs
from deltascribe.evaluation.comparison.published import NONE, PublishedSet, find_published, published_sets
from deltascribe.evaluation.comparison.rows import Resampling, anchor_row, mark_best, run_row
from deltascribe.evaluation.comparison.runs import ComparedRun, RunGroup
from deltascribe.evaluation.comparison.table import Cell, Comparison, Row, Source, Table
from deltascribe.metrics import METRICS, MODES, SUBSETS, CaptionScorer, ItemStatistics, Mode, PredictorScores, SetScorer
from deltascribe.metrics.resampling import paired_tests, pooled

DEFAULT_SUBSETS = ("all", "changed", "balanced")

Tell = Callable[[str], None]


def compare(
    groups: Sequence[RunGroup],
    *,
    modes: Sequence[Mode] = MODES,
    subsets: Sequence[str] = DEFAULT_SUBSETS,
    metrics: Sequence[str] = tuple(METRICS),
    baseline: str | None = None,
    common: bool = False,
    published: str | None = None,
    anchors: bool = True,
    resampling: Resampling | None = None,
    tell: Tell = lambda stage: None,
) -> Comparison:
    """Makes the tables; figures of earlier evaluations are not used.

    Rows of several seeds show the mean and the sample standard deviation of their scores. They are tested by the mean of their
    per-pair statistics (see `pooled`), which fits rows of any number of seeds; the interval then tells of the choice of pairs,
    not of the choice of seeds.

    Args:
        groups: the rows, see `read_groups`.
        modes: `ids`, `words` or both. The numbers of `ids` are those of the first run that states any.
        subsets: keys of `SUBSETS`.
        metrics: keys of `METRICS`, the columns; p values are adjusted over these.
        baseline: label of the row that the others are tested against; the first by default.
        common: score only the pairs that all runs have.
        published: name of a set of published figures, `none`, or None for those of exactly these pairs, if any.
        anchors: rows of constants and people.
        resampling: how differences are tested.
        tell: called with what is being done, for a progress display.

    Raises:
        ConfigError: no such subset, metric, row or published set.
        PredictionsError: the runs are not on the same pairs, see `share_pairs`, or none of the subsets has a pair.
    """
    _check_names("subset", subsets, SUBSETS)
    _check_names("metric", metrics, METRICS)
    settings = resampling or Resampling()
    base = _find_baseline(groups, baseline)
    pairs = share_pairs(groups, common)
    chosen, same_pairs = _choose_published(published, pairs, groups)
    numbering, numbering_notes = remarks.choose_numbering(groups)
    scorer = SetScorer(pairs.references, pairs.changed, numbering=numbering, modes=modes, anchors=anchors, resamples=0)
    scorer.learn([entry.caption for group in groups for run in group.runs for entry in pairs.of(run)])
    tables: list[Table] = []
    for mode in modes:
        one = _ModeScores(mode, scorer.scorers[mode], groups, base, pairs, tell)
        present = [subset for subset in subsets if subset in one.subsets]
        constants: Sequence[PredictorScores] = ()
        if anchors and present:
            tell(f"{mode}: constants and people")
            constants = scorer.anchors[mode]
        tables += [one.table(subset, metrics, constants, settings, tell) for subset in present]
    if not tables:
        raise PredictionsError(f"No pair belongs to {', '.join(SUBSETS[subset] for subset in subsets)}. Choose another --subset.")
    missing = [subset for subset in subsets if all(table.subset != subset for table in tables)]
    tables.append(accuracy_table(groups, base, pairs, settings))
    return Comparison(
        tuple(_with_published(tables, chosen, same_pairs)),
        tuple(_source(group.label, run) for group in groups for run in group.runs),
        (*(numbering_notes if "ids" in modes else ()), *remarks.notes(groups, base, pairs, scorer, missing, settings, anchors)),
        len(pairs.names),
        sum(pairs.changed),
        base.label if len(groups) > 1 else None,
        settings.level,
    )


class _ModeScores:
    """Everything in one mode: each run is read through the metrics once."""

    def __init__(
        self, mode: Mode, scorer: CaptionScorer, groups: Sequence[RunGroup], base: RunGroup, pairs: SharedPairs, tell: Tell
    ) -> None:
        self.mode, self.scorer, self.groups, self.base = mode, scorer, groups, base
        self.statistics: dict[str, list[dict[str, ItemStatistics]]] = {}
        for group in groups:
            tell(f"{mode}: scores of {group.label}")
            captions = [[entry.caption for entry in pairs.of(run)] for run in group.runs]
            self.statistics[group.label] = [scorer.statistics(said) for said in captions]
        self.subsets = list(self.statistics[base.label][0])

    def table(self, subset: str, metrics: Sequence[str], constants: Sequence[PredictorScores], settings: Resampling, tell: Tell) -> Table:
        """Scores and tests over one subset."""
        weights = self.scorer.weights(subset)
        scores = {group.label: [_plain(run[subset], weights) for run in self.statistics[group.label]] for group in self.groups}
        columns = [key for key in METRICS if key in metrics and any(run[key] is not None for runs in scores.values() for run in runs)]
        rows = []
        for group in self.groups:
            results = None
            if group is not self.base:
                tell(f"{self.mode}, {SUBSETS[subset]}: testing {group.label}")
                results = paired_tests(
                    self._pooled(group, subset),
                    self._pooled(self.base, subset),
                    weights,
                    permutations=settings.permutations,
                    resamples=settings.resamples,
                    level=settings.level,
                    seed=settings.seed,
                )
            rows.append(run_row(group.label, scores[group.label], columns, results))
        rows += [anchor_row(entry, subset, columns) for entry in constants]
        count = len(self.statistics[self.base.label][0][subset])
        title = f"{self.mode}, {SUBSETS[subset]} ({count} pairs)"
        return Table(title, self.mode, subset, count, {key: METRICS[key] for key in columns}, mark_best(rows))

    def _pooled(self, group: RunGroup, subset: str) -> ItemStatistics:
        return pooled([run[subset] for run in self.statistics[group.label]])


def _plain(statistics: ItemStatistics, weights: Sequence[float] | None) -> dict[str, float | None]:
    scores = statistics.scores(None if weights is None else np.asarray(weights))
    return {key: None if value is None else float(value) for key, value in scores.items()}


def _check_names(what: str, given: Sequence[str], known: dict[str, str]) -> None:
    wrong = [name for name in given if name not in known]
    if wrong or not given:
        raise ConfigError(f"There is no {what} '{', '.join(wrong)}'. Choose one or more of: {', '.join(known)}.")


def _find_baseline(groups: Sequence[RunGroup], label: str | None) -> RunGroup:
    if not groups:
        raise ConfigError("There is nothing to compare. Give one or more evaluation folders.")
    if label is None:
        return groups[0]
    for group in groups:
        if group.label == label:
            return group
    raise ConfigError(f"No row is named '{label}'. Choose the baseline from: {', '.join(group.label for group in groups)}.")


def _choose_published(name: str | None, pairs: SharedPairs, groups: Sequence[RunGroup]) -> tuple[PublishedSet | None, bool]:
    """The published figures to show, and whether they are of these pairs."""
    data = groups[0].runs[0].data
    if name == NONE:
        return None, False
    if name is not None:
        chosen = find_published(name)
        return chosen, chosen.covers(pairs.names, pairs.changed, data)
    fitting = (entry for entry in published_sets().values() if entry.covers(pairs.names, pairs.changed, data))
    found = next(fitting, None)
    return found, found is not None


def _with_published(tables: list[Table], chosen: PublishedSet | None, same_pairs: bool) -> list[Table]:
    """Adds the published rows to the table of their mode, or as a table of their own where there is none for the same pairs."""
    if chosen is None:
        return tables
    home = next((table for table in tables if table.mode == chosen.mode and table.subset == "all"), None)
    if home is not None and same_pairs:
        filled = replace(home, rows=(*home.rows, *_published_rows(chosen, home.columns)), notes=(*home.notes, chosen.note))
        return [filled if table is home else table for table in tables]
    columns = {key: METRICS[key] for key in METRICS if any(key in row.scores for row in chosen.rows)}
    reason = (
        f"These figures are of mode {chosen.mode} over all pairs and do not compare with other modes or subsets."
        if same_pairs
        else f"These figures are from another set of pairs ({chosen.title}, {chosen.pairs} pairs) and do not compare with the rows above."
    )
    title = f"Published, {chosen.title}"
    alone = Table(title, chosen.mode, "published", chosen.pairs, columns, _published_rows(chosen, columns), (reason, chosen.note))
    return [*tables, alone]


def _published_rows(chosen: PublishedSet, columns: dict[str, str]) -> tuple[Row, ...]:
    return tuple(
        Row(row.label, "published", {key: Cell(row.scores.get(key)) for key in columns}, marks=", ".join(row.marks)) for row in chosen.rows
    )


def _source(label: str, run: ComparedRun) -> Source:
    return Source(label, str(run.path), run.seed, run.training_seed, run.decoding, run.command)
