"""How often change and its absence are recognised, with McNemar's test."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from deltascribe.evaluation.comparison.pairs import SharedPairs
from deltascribe.evaluation.comparison.rows import Resampling, mark_best, run_row
from deltascribe.evaluation.comparison.runs import ComparedRun, RunGroup
from deltascribe.evaluation.comparison.table import ACCURACIES, Table
from deltascribe.metrics.resampling import paired_mean_test
from deltascribe.metrics.significance import PairedResult, mcnemar_test
from deltascribe.text.no_change import no_change_wordings, tells_of_change

Hits = dict[str, list[bool]]
"""By key of `ACCURACIES` whether each pair of its kind is right; keys without a pair or a flag are left out."""


def accuracy_table(groups: Sequence[RunGroup], baseline: RunGroup, pairs: SharedPairs, settings: Resampling) -> Table:
    """Accuracies of all rows.

    Single runs are tested by the exact McNemar test; rows of several seeds by randomisation on the share of seeds that have a
    pair right, since their outcomes are no longer yes or no.

    Args:
        groups: the rows.
        baseline: the row that the others are tested against.
        pairs: the pairs that are scored.
        settings: how differences are tested.
    """
    hits = {group.label: [hits_of(run, pairs) for run in group.runs] for group in groups}
    every = [entry for entries in hits.values() for entry in entries]
    columns = [key for key in ACCURACIES if any(key in entry for entry in every)]
    notes = []
    if all(entry.get(f"flag_{key}") == entry.get(key) for entry in every for key in ("change_accuracy", "no_change_accuracy")):
        columns = [key for key in columns if not key.startswith("flag_")]
        notes.append("By the models' change flags the accuracies are the same as by their sentences.")
    rows = []
    for group in groups:
        tests = None if group is baseline else _test(columns, hits[group.label], hits[baseline.label], settings)
        scores = [{key: fmean(entry[key]) if key in entry else None for key in columns} for entry in hits[group.label]]
        rows.append(run_row(group.label, scores, columns, tests))
    headings = {key: ACCURACIES[key] for key in columns}
    return Table("Change recognised", None, "accuracy", len(pairs.names), headings, mark_best(rows), tuple(notes))


def hits_of(run: ComparedRun, pairs: SharedPairs) -> Hits:
    """Which pairs a run has right, by its sentences and by its change flags."""
    entries = pairs.of(run)
    wordings = no_change_wordings(pairs.references, pairs.changed)
    # None for a sentence without a word, which is wrong of either kind
    told = [tells_of_change(entry.caption, wordings) for entry in entries]
    flags = [entry.predicted_changed for entry in entries]
    hits: Hits = {}
    for truth, key in ((True, "change_accuracy"), (False, "no_change_accuracy")):
        rows = [row for row, changed in enumerate(pairs.changed) if changed is truth]
        if not rows:
            continue
        hits[key] = [told[row] is truth for row in rows]
        if None not in flags:
            hits[f"flag_{key}"] = [flags[row] is truth for row in rows]
    return hits


def _test(columns: Sequence[str], ours: Sequence[Hits], theirs: Sequence[Hits], settings: Resampling) -> dict[str, PairedResult]:
    results = {}
    for key in columns:
        if not all(key in entry for entry in (*ours, *theirs)):
            continue
        if len(ours) == len(theirs) == 1:
            results[key] = mcnemar_test(key, ours[0][key], theirs[0][key], level=settings.level)
            continue
        results[key] = paired_mean_test(
            key,
            _mean([entry[key] for entry in ours]),
            _mean([entry[key] for entry in theirs]),
            permutations=settings.permutations,
            resamples=settings.resamples,
            level=settings.level,
            seed=settings.seed,
        )
    return results


def _mean(seeds: Sequence[Sequence[bool]]) -> list[float]:
    return [fmean(outcomes) for outcomes in zip(*seeds, strict=True)]
