"""Do the captions of changed pairs name the right things, places, events and numbers? Precision, recall and F1, with tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltascribe.evaluation.comparison.pairs import SharedPairs
from deltascribe.evaluation.comparison.rows import Resampling, mark_best, run_row
from deltascribe.evaluation.comparison.runs import RunGroup
from deltascribe.evaluation.comparison.table import KEYWORDS, Table
from deltascribe.metrics.keywords import keyword_counts, keyword_f1_from_counts
from deltascribe.metrics.resampling import paired_sum_tests


def keyword_table(groups: Sequence[RunGroup], baseline: RunGroup, pairs: SharedPairs, settings: Resampling) -> Table:
    """Keyword scores of all rows over the changed pairs, all kinds of keywords together; see `deltascribe.metrics.keywords`.

    Args:
        groups: the rows.
        baseline: the row that the others are tested against.
        pairs: the pairs that are scored, of which at least one changed.
        settings: how differences are tested.
    """
    changed = [row for row, flag in enumerate(pairs.changed) if flag]
    references = [pairs.references[row] for row in changed]
    counts: dict[str, list[NDArray[Any]]] = {}
    for group in groups:
        said = [[entries[row].caption for row in changed] for entries in map(pairs.of, group.runs)]
        # of all kinds together
        counts[group.label] = [keyword_counts(captions, references).sum(axis=1) for captions in said]
    rows = []
    for group in groups:
        results = None
        if group is not baseline:
            results = paired_sum_tests(
                counts[group.label],
                counts[baseline.label],
                keyword_scores_from_sums,
                permutations=settings.permutations,
                resamples=settings.resamples,
                level=settings.level,
                seed=settings.seed,
            )
        scores = [_plain(entry) for entry in counts[group.label]]
        rows.append(run_row(group.label, scores, list(KEYWORDS), results))
    return Table(f"Keywords of changed pairs ({len(changed)} pairs)", None, "keywords", len(changed), dict(KEYWORDS), mark_best(rows))


def keyword_scores_from_sums(sums: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Sums [..., 4] of `keyword_counts` -> scores [...] in 0..1, by key of `KEYWORDS`.

    The precision of one who names nothing is 0, as in F1; recall and F1 are NaN where nothing is expected.
    """
    predicted, right, expected, found = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(predicted > 0, right / predicted, 0.0)
        recall = np.where(expected > 0, found / expected, np.nan)
    return {
        "keyword_precision": precision,
        "keyword_recall": recall,
        "keyword_f1": keyword_f1_from_counts(np.asarray(sums)[..., None, :])[..., 0],
    }


def _plain(counts: NDArray[Any]) -> dict[str, float | None]:
    scores = keyword_scores_from_sums(counts.sum(axis=0))
    return {key: None if np.isnan(value) else float(value) for key, value in scores.items()}
