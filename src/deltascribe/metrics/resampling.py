"""How sure a score is, and whether two predictors differ: bootstrap and randomisation over the pairs of a set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.metrics.ngrams import pair_weights
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
    strata: Sequence[bool] | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap over pairs (Efron, 1979; for corpus metrics Koehn, 2004).

    The idf of CIDEr-D stays that of the whole set: pairs are drawn anew, the metric isn't.

    Args:
        statistics: rows of one predictor.
        weights: how often each pair counts in the subset; None counts each once.
        strata: kind of each pair, where a subset fixes how much each kind counts: pairs are then drawn within their kind, since
            a changing share of kinds is no part of the doubt.
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
    factors = pair_weights(weights, len(statistics))
    counted = _draw_counts(_kinds(strata, len(statistics)), resamples, np.random.default_rng(seed))
    drawn = _gather(statistics.scores(counts * factors) for counts in counted)
    return {name: _ends(values, level) for name, values in drawn.items()}


def paired_tests(
    first: ItemStatistics | Sequence[ItemStatistics],
    second: ItemStatistics | Sequence[ItemStatistics],
    weights: Sequence[float] | None = None,
    *,
    strata: Sequence[bool] | None = None,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, PairedResult]:
    """Tests each metric of two predictors for a difference.

    p is that of two-sided paired approximate randomisation (Noreen, 1989; Riezler and Maxwell, 2005): the two sentences of a
    pair change places with probability 1/2, and p = (h + 1) / (n + 1), where h of n such exchanges give at least the observed
    difference. The interval is the percentile interval of the paired bootstrap (Koehn, 2004).

    Several seeds of one model: the difference and its interval are those of the mean over the seeds' scores; p is that of the
    `pooled` rows, whose sentences can be exchanged.

    Args:
        first, second: rows of the two on the same pairs in the same order, with the same idf; a list for several seeds.
        weights: how often each pair counts in the subset; None counts each once.
        permutations: number of exchanges n.
        strata, resamples, level, seed: see `bootstrap_intervals`.

    Returns:
        By key of `METRICS`, in natural units; scores that either lacks are left out.

    Raises:
        ConfigError: a number is out of its range.
        PredictionsError: the two differ in their number of pairs, or there isn't one weight a pair.
    """
    check_resampling(resamples, level, permutations)
    ours, theirs = ([entry] if isinstance(entry, ItemStatistics) else list(entry) for entry in (first, second))
    one, other = pooled(ours), pooled(theirs)
    if len(one) != len(other):
        raise PredictionsError(f"{len(one)} pairs can't be tested against {len(other)}. Score both predictors on the same pairs.")
    factors = pair_weights(weights, len(one))
    both = _stack(one, other)
    generator = np.random.default_rng(seed)

    def differences(kept: _Floats) -> _Scores:
        """Scores of the rows kept of `first` and taken of `second`, minus those of all other rows."""
        chosen = both.scores(np.concatenate([kept * factors, (1 - kept) * factors], axis=-1))
        rest = both.scores(np.concatenate([(1 - kept) * factors, kept * factors], axis=-1))
        return _minus(chosen, rest)

    exchangeable = _minus(one.scores(factors), other.scores(factors))
    exchanged = _gather(map(differences, _draw_signs(len(one), permutations, generator)))
    drawn = _gather(
        _minus(_mean_scores(ours, counts * factors), _mean_scores(theirs, counts * factors))
        for counts in _draw_counts(_kinds(strata, len(one)), resamples, generator)
    )
    scores = [_mean_scores(entries, factors) for entries in (ours, theirs)]
    results = {}
    for name, values in exchanged.items():
        mine, others = (_number(entry[name]) for entry in scores)
        p_value = _share_as_large(values, _number(exchangeable[name]))
        results[name] = PairedResult(name, mine, others, mine - others, *_ends(drawn[name], level), p_value)
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
    drawn = np.concatenate([counts @ gaps for counts in _draw_counts(_kinds(None, len(gaps)), resamples, generator)]) / len(gaps)
    difference = float(gaps.mean())
    p_value = _share_as_large(exchanged, difference)
    return PairedResult(metric, float(ours.mean()), float(theirs.mean()), difference, *_ends(drawn, level), p_value)


def paired_sum_tests(
    first: Sequence[npt.NDArray[Any]],
    second: Sequence[npt.NDArray[Any]],
    score: Callable[[_Floats], dict[str, _Floats]],
    *,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, PairedResult]:
    """`paired_tests` of scores that are made of sums of counts over the pairs, such as the F1 of keywords.

    Args:
        first, second: for each seed of the two its counts, each array [pairs, K].
        score: makes sums [..., K] into scores [...], by name; NaN where one is undefined.
        permutations, resamples, level, seed: see `paired_tests`.

    Returns:
        By name of the score; those that are undefined are left out. Resamples in which a score is undefined don't count for it.

    Raises:
        ConfigError: a number is out of its range.
        PredictionsError: the two differ in their number of pairs, or there is none.
    """
    check_resampling(resamples, level, permutations)
    ours, theirs = ([np.asarray(counts, dtype=np.float64) for counts in entries] for entries in (first, second))
    one, other = np.mean(ours, axis=0), np.mean(theirs, axis=0)
    check_equal_length(range(len(one)), range(len(other)))
    generator = np.random.default_rng(seed)

    def differences(kept: _Floats) -> _Scores:
        chosen, rest = score(kept @ one + (1 - kept) @ other), score((1 - kept) @ one + kept @ other)
        return {name: chosen[name] - rest[name] for name in chosen}

    def means(entries: Sequence[_Floats], counts: _Floats) -> _Scores:
        parts = [score(counts @ entry) for entry in entries]
        return {name: np.mean([part[name] for part in parts], axis=0) for name in parts[0]}

    exchanged = _gather(map(differences, _draw_signs(len(one), permutations, generator)))
    drawn = _gather(
        _minus(means(ours, counts), means(theirs, counts)) for counts in _draw_counts(_kinds(None, len(one)), resamples, generator)
    )
    everything = np.ones(len(one))
    alike = differences(everything)
    results = {}
    for name, values in exchanged.items():
        mine, others = _number(means(ours, everything)[name]), _number(means(theirs, everything)[name])
        if math.isnan(mine - others):
            continue
        known = drawn[name][~np.isnan(drawn[name])]
        results[name] = PairedResult(name, mine, others, mine - others, *_ends(known, level), _share_as_large(values, _number(alike[name])))
    return results


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


def _chunks(pairs: int, rows: int) -> Iterator[int]:
    size = max(1, _CHUNK // max(1, pairs))
    yield from (min(size, rows - start) for start in range(0, rows, size))


def _kinds(strata: Sequence[bool] | None, pairs: int) -> list[npt.NDArray[np.intp]]:
    """The pairs of each kind; all pairs are one kind where none are told apart."""
    if strata is None:
        return [np.arange(pairs)]
    if len(strata) != pairs:
        raise PredictionsError(f"{len(strata)} kinds were given for {pairs} pairs. Give one a pair.")
    flags = np.asarray(strata, dtype=bool)
    return [rows for rows in (np.flatnonzero(flags), np.flatnonzero(~flags)) if len(rows)]


def _draw_counts(kinds: Sequence[npt.NDArray[np.intp]], resamples: int, generator: np.random.Generator) -> Iterator[_Floats]:
    """How often each pair is drawn among those of its kind, [B, pairs] at a time."""
    pairs = sum(map(len, kinds))
    for rows in _chunks(pairs, resamples):
        counts = np.empty((rows, pairs))
        for members in kinds:
            size = len(members)
            places = generator.integers(0, size, size=(rows, size)) + np.arange(rows)[:, None] * size
            counts[:, members] = np.bincount(places.ravel(), minlength=rows * size).reshape(rows, size)
        yield counts


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


def _mean_scores(entries: Sequence[ItemStatistics], weights: _Floats) -> _Scores:
    """Mean over several predictors of each score; a score that one of them lacks is lacking."""
    parts = [entry.scores(weights) for entry in entries]
    means: _Scores = {}
    for name in parts[0]:
        values = [value for part in parts if (value := part[name]) is not None]
        means[name] = np.mean(values, axis=0) if len(values) == len(parts) else None
    return means


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
