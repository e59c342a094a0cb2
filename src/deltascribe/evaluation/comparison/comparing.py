"""Scores all runs anew on the pairs that they share, and tests each against the baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.comparison import remarks
from deltascribe.evaluation.comparison.accuracies import accuracy_table
from deltascribe.evaluation.comparison.keywords import keyword_table
from deltascribe.evaluation.comparison.pairs import SharedPairs, share_pairs
from deltascribe.evaluation.comparison.placing import choose_published, with_published
from deltascribe.evaluation.comparison.rows import Resampling, anchor_row, mark_best, run_row
from deltascribe.evaluation.comparison.runs import ComparedRun, RunGroup, find_group
from deltascribe.evaluation.comparison.table import Comparison, Source, Table
from deltascribe.metrics import METRICS, MODES, SUBSETS, CaptionScorer, ItemStatistics, Mode, PredictorScores, SetScorer
from deltascribe.metrics.resampling import paired_tests

DEFAULT_SUBSETS = ("all", "changed", "balanced")

Tell = Callable[[str], None]


def compare(
    groups: Sequence[RunGroup],
    *,
    modes: Sequence[Mode] = MODES,
    subsets: Sequence[str] = DEFAULT_SUBSETS,
    metrics: Sequence[str] = tuple(METRICS),
    baseline: str | None = None,
    vocabulary_from: str | None = None,
    common: bool = False,
    published: str | None = None,
    anchors: bool = True,
    resampling: Resampling | None = None,
    tell: Tell = lambda stage: None,
    keywords: bool = False,
) -> Comparison:
    """Makes the tables; figures of earlier evaluations are not used.

    Rows of several seeds show the mean and the sample standard deviation of their scores. Differences and
    their intervals are those of these means, p is that of the mean of their per-pair statistics (see `paired_tests`); the
    interval then tells of the choice of pairs, not of the choice of seeds.

    Args:
        groups: the rows, see `read_groups`.
        modes: `ids`, `words` or both.
        subsets: keys of `SUBSETS`.
        metrics: keys of `METRICS`, the columns; the p values of a row are adjusted over these.
        baseline: label of the row that the others are tested against; the first by default.
        vocabulary_from: label of the row whose words have numbers in the mode `ids`; the first that states any by default.
        common: score only the pairs that all runs have.
        published: name of a set of published figures, `none`, or None for those of exactly these pairs, if any.
        anchors: rows of constants, of fixed sentences with a perfect flag (those of the first run whose record holds any), and
            of people.
        resampling: how differences are tested.
        tell: called with what is being done, for a progress display.
        keywords: a table of the keywords of changed pairs too.

    Raises:
        ConfigError: no such subset, metric, row or published set; or the row of `vocabulary_from` states no numbers.
        PredictionsError: the runs are not on the same pairs, see `share_pairs`, or none of the subsets has a pair.
    """
    _check_names("subset", subsets, SUBSETS)
    _check_names("metric", metrics, METRICS)
    if not groups:
        raise ConfigError("There is nothing to compare. Give one or more evaluation folders.")
    settings = resampling or Resampling()
    base = groups[0] if baseline is None else find_group(groups, baseline, "the baseline")
    modes, mode_notes = _modes_with_columns(modes, metrics)
    pairs = share_pairs(groups, common)
    chosen, same_pairs = choose_published(published, pairs, groups)
    numbering, numbering_notes = remarks.choose_numbering(groups, vocabulary_from)
    fixed, fixed_notes = remarks.choose_fixed(groups) if anchors else ((), [])
    by_people = all(run.by_people for group in groups for run in group.runs)
    scorer = SetScorer(
        pairs.references, pairs.changed, numbering=numbering, modes=modes, fixed=fixed, anchors=anchors, resamples=0, by_people=by_people
    )
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
    if keywords and any(pairs.changed):
        tell("keywords")
        tables.append(keyword_table(groups, base, pairs, settings))
    tables.append(accuracy_table(groups, base, pairs, settings))
    placed, published_notes = with_published(tables, chosen, same_pairs, metrics)
    notes = [*mode_notes, *(numbering_notes if "ids" in modes else ()), *fixed_notes, *published_notes]
    return Comparison(
        tuple(placed),
        tuple(_source(group.label, run) for group in groups for run in group.runs),
        (*notes, *remarks.notes(groups, base, pairs, scorer, missing, settings, anchors)),
        len(pairs.names),
        sum(pairs.changed),
        base.label if len(groups) > 1 else None,
        settings.level,
        remarks.describe_data(groups),
        f"{len(scorer.numbering.words)} words, {scorer.numbering.source}" if "ids" in modes else "",
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
        # a metric that can't be had stays as a column of dashes: one that is silently gone would be looked for
        columns = _columns(self.mode, metrics)
        rows = []
        for group in self.groups:
            results = None
            if group is not self.base:
                tell(f"{self.mode}, {SUBSETS[subset]}: testing {group.label}")
                results = paired_tests(
                    self._rows(group, subset),
                    self._rows(self.base, subset),
                    weights,
                    strata=self.scorer.strata(subset),
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

    def _rows(self, group: RunGroup, subset: str) -> list[ItemStatistics]:
        return [run[subset] for run in self.statistics[group.label]]


def _plain(statistics: ItemStatistics, weights: Sequence[float] | None) -> dict[str, float | None]:
    scores = statistics.scores(None if weights is None else np.asarray(weights))
    return {key: None if value is None else float(value) for key, value in scores.items()}


def _columns(mode: Mode, metrics: Sequence[str]) -> list[str]:
    """The metrics of a mode: on words METEOR by exact matches alone is not made."""
    return [key for key in METRICS if key in metrics and (mode == "ids" or key != "meteor_exact")]


def _modes_with_columns(modes: Sequence[Mode], metrics: Sequence[str]) -> tuple[tuple[Mode, ...], list[str]]:
    """The modes that have any of the metrics, and a note on the others."""
    kept = tuple(mode for mode in modes if _columns(mode, metrics))
    if not kept:
        raise ConfigError(f"{METRICS['meteor_exact']} is made in the mode ids alone. Choose --mode ids, or another --metric.")
    return kept, [] if len(kept) == len(modes) else [f"{METRICS['meteor_exact']} is made in the mode ids alone: no tables of words."]


def _check_names(what: str, given: Sequence[str], known: dict[str, str]) -> None:
    wrong = [name for name in given if name not in known]
    if wrong or not given:
        raise ConfigError(f"There is no {what} '{', '.join(wrong)}'. Choose one or more of: {', '.join(known)}.")


def _source(label: str, run: ComparedRun) -> Source:
    return Source(label, str(run.path), run.seed, run.training_seed, run.decoding, run.command)
