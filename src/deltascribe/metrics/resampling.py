"""How sure a score is, and whether two predictors differ: bootstrap and randomisation over the pairs of a set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.metrics.significance import LEVEL, PairedResult, check_equal_length, check_level
from deltascribe.metrics.statistics import ItemStatistics

RESAMPLES, PERMUTATIONS = 1_000, 10_000

_CHUNK = 1 << 21
"""Numbers held at once, for resamples of sets of any size."""
_TIE = 1e-10
"""Differences this near to each other are equal but for rounding."""

_Floats = npt.NDArray[np.float64]
_Scores = dict[str, _Floats | None]


def bootstrap_intervals(
    statistics: ItemStatistics,
    weights: Sequence[float] | None = None,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap over pairs (Efron, 1979; for corpus metrics Koehn, 2004).

    The idf of CIDEr-D stays that of the whole set: pairs are drawn anew, the metric isn't.

    Args:
        statistics: rows of one predictor.
        weights: how often each pair counts in the subset; None counts each once.
        resamples: number of sets drawn with replacement.
        level: coverage wanted, between 0 and 1.
        seed: of the draws; the same one draws the same pairs for every predictor.

    Returns:
        By key of `METRICS` the low and high end, in natural units; scores that are undefined are left out.

    Raises:
        ConfigError: a number is out of its range.
        PredictionsError: there isn't one weight a pair.
    """
    check_resampling(resamples, level)
    factors = _factors(weights, len(statistics))
    drawn = _gather(statistics.scores(counts * factors) for counts in _draw_counts(len(statistics), resamples, np.random.default_rng(seed)))
    return {name: _ends(values, level) for name, values in drawn.items()}


def paired_tests(
    first: ItemStatistics,
    second: ItemStatistics,
    weights: Sequence[float] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, PairedResult]:
    """Tests each metric of two predictors for a difference.

    p is that of two-sided paired approximate randomisation (Noreen, 1989; Riezler and Maxwell, 2005): the two sentences of a
    pair change places with probability 1/2, and p = (h + 1) / (n + 1), where h of n such exchanges give at least the observed
    difference. The interval is the percentile interval of the paired bootstrap (Koehn, 2004). Several seeds of one model go in
    as `pooled` rows.

    Args:
        first, second: rows of the two on the same pairs in the same order, with the same idf.
        weights: how often each pair counts in the subset; None counts each once.
        permutations: number of exchanges n.
        resamples, level, seed: see `bootstrap_intervals`.

    Returns:
        By key of `METRICS`, in natural units; scores that either lacks are left out.

    Raises:
        ConfigError: a number is out of its range.
        PredictionsError: the two differ in their number of pairs, or there isn't one weight a pair.
    """
    check_resampling(resamples, level, permutations)
    if len(first) != len(second):
        raise PredictionsError(f"{len(first)} pairs can't be tested against {len(second)}. Score both predictors on the same pairs.")
    factors = _factors(weights, len(first))
    both = _stack(first, second)
    generator = np.random.default_rng(seed)

    def differences(kept: _Floats) -> _Scores:
        """Scores of the rows kept of `first` and taken of `second`, minus those of all other rows."""
        chosen = both.scores(np.concatenate([kept * factors, (1 - kept) * factors], axis=-1))
        rest = both.scores(np.concatenate([(1 - kept) * factors, kept * factors], axis=-1))
        return _minus(chosen, rest)

    ours, theirs = first.scores(factors), second.scores(factors)
    observed = _minus(ours, theirs)
    exchanged = _gather(map(differences, _draw_signs(len(first), permutations, generator)))
    drawn = _gather(
        _minus(first.scores(counts * factors), second.scores(counts * factors)) for counts in _draw_counts(len(first), resamples, generator)
    )
    results = {}
    for name, values in exchanged.items():
        difference = _number(observed[name])
        p_value = _share_as_large(values, difference)
        results[name] = PairedResult(name, _number(ours[name]), _number(theirs[name]), difference, *_ends(drawn[name], level), p_value)
    return results


def paired_mean_test(
    metric: str,
    first: Sequence[float],
    second: Sequence[float],
    *,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> PairedResult:
    """`paired_tests` of a plain mean over pairs, such as an accuracy averaged over several seeds.

    Args:
        metric: name for the result.
        first, second: one value a pair.
        permutations, resamples, level, seed: see `paired_tests`.

    Raises:
        ConfigError: a number is out of its range.
        PredictionsError: the two differ in length, or are empty.
    """
    check_resampling(resamples, level, permutations)
    check_equal_length(first, second)
    ours, theirs = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    gaps = ours - theirs
    generator = np.random.default_rng(seed)
    exchanged = np.concatenate([(2 * kept - 1) @ gaps for kept in _draw_signs(len(gaps), permutations, generator)]) / len(gaps)
    drawn = np.concatenate([counts @ gaps for counts in _draw_counts(len(gaps), resamples, generator)]) / len(gaps)
    difference = float(gaps.mean())
    p_value = _share_as_large(exchanged, difference)
    return PairedResult(metric, float(ours.mean()), float(theirs.mean()), difference, *_ends(drawn, level), p_value)


def pooled(statistics: Sequence[ItemStatistics]) -> ItemStatistics:
    """Mean rows of several predictors on the same pairs, such as the seeds of one model.

    Corpus scores of mean rows are those of all predictions put one after the other, which differ from the mean of the single
    corpus scores only as far as these metrics aren't means over pairs (ROUGE-L and CIDEr-D are, BLEU and METEOR nearly).

    Raises:
        PredictionsError: there are none, or they differ in their number of pairs.
    """
    if len({len(entry) for entry in statistics}) != 1:
        raise PredictionsError("Rows can be pooled of one or more predictors with the same pairs. Score all of them on the same pairs.")
    ciders = [entry.cider_d for entry in statistics if entry.cider_d is not None]
    shared = [name for name in statistics[0].meteor if all(name in entry.meteor for entry in statistics)]
    return ItemStatistics(
        np.mean([entry.bleu for entry in statistics], axis=0),
        np.mean([entry.rouge_l for entry in statistics], axis=0),
        np.mean(ciders, axis=0) if len(ciders) == len(statistics) else None,
        {name: np.mean([entry.meteor[name] for entry in statistics], axis=0) for name in shared},
    )


def check_resampling(resamples: int, level: float, permutations: int = 1) -> None:
    """Refuses numbers of draws below 1 and impossible levels."""
    if resamples < 1 or permutations < 1:
        raise ConfigError(f"{min(resamples, permutations)} resamples can't be drawn. Give 1 or more; 1000 is usual.")
    check_level(level)


def _factors(weights: Sequence[float] | None, pairs: int) -> _Floats:
    factors = np.ones(pairs) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(factors) != pairs:
        raise PredictionsError(f"{len(factors)} weights were given for {pairs} pairs. Give one weight a pair.")
    return factors


def _chunks(pairs: int, rows: int) -> Iterator[int]:
    size = max(1, _CHUNK // max(1, pairs))
    yield from (min(size, rows - start) for start in range(0, rows, size))


def _draw_counts(pairs: int, resamples: int, generator: np.random.Generator) -> Iterator[_Floats]:
    """How often each pair is drawn, [B, pairs] at a time."""
    for rows in _chunks(pairs, resamples):
        places = generator.integers(0, pairs, size=(rows, pairs)) + np.arange(rows)[:, None] * pairs
        yield np.bincount(places.ravel(), minlength=rows * pairs).reshape(rows, pairs).astype(np.float64)


def _draw_signs(pairs: int, permutations: int, generator: np.random.Generator) -> Iterator[_Floats]:
    """1 where a pair's two sentences stay in place and 0 where they don't, [B, pairs] at a time."""
    for rows in _chunks(pairs, permutations):
        yield (generator.random((rows, pairs)) < 0.5).astype(np.float64)


def _stack(first: ItemStatistics, second: ItemStatistics) -> ItemStatistics:
    """Rows of both, one after the other; weights then say which of a pair's two rows counts."""
    cider = None if first.cider_d is None or second.cider_d is None else np.concatenate([first.cider_d, second.cider_d])
    return ItemStatistics(
        np.concatenate([first.bleu, second.bleu]),
        np.concatenate([first.rouge_l, second.rouge_l]),
        cider,
        {name: np.concatenate([rows, second.meteor[name]]) for name, rows in first.meteor.items() if name in second.meteor},
    )


def _minus(first: _Scores, second: _Scores) -> _Scores:
    return {name: None if value is None or (other := second[name]) is None else value - other for name, value in first.items()}


def _gather(chunks: Iterator[_Scores]) -> dict[str, _Floats]:
    """Scores of all chunks by metric, without those that are undefined."""
    parts: dict[str, list[_Floats]] = {}
    for scores in chunks:
        for name, values in scores.items():
            if values is not None:
                parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _ends(values: _Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _share_as_large(values: _Floats, observed: float) -> float:
    hits = int((np.abs(values) >= abs(observed) - _TIE).sum())
    return (hits + 1) / (len(values) + 1)


def _number(value: _Floats | None) -> float:
    return math.nan if value is None else float(value)
