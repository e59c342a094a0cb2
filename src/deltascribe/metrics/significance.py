"""Tests and intervals in closed form, for accuracies and for families of tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from deltascribe.errors import ConfigError, PredictionsError

LEVEL = 0.95
"""Coverage of the intervals, where nothing else is asked for."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float


@dataclass(frozen=True)
class PairedResult:
    """One metric of two predictors on the same pairs, in the metric's own unit.

    Attributes:
        metric: a key of `METRICS`, or the name of an accuracy.
        first, second: the two scores.
        difference: first - second.
        low, high: confidence interval of the difference.
        p_value: two-sided probability of a difference at least this large, were the two alike.
    """

    metric: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float


def mcnemar_test(metric: str, first: Sequence[bool], second: Sequence[bool], *, level: float = LEVEL) -> PairedResult:
    """Exact McNemar test of two accuracies on the same pairs (McNemar, 1947).

    Of the pairs that only one of the two has right, either is as likely the one, were they alike: p is two-sided binomial.
    The interval is that of Agresti and Min (2005), Wald's after half a pair is added to each of the four cells.

    Args:
        metric: name for the result.
        first, second: whether each of the two has each pair right.
        level: coverage of the interval, between 0 and 1.

    Raises:
        ConfigError: `level` is out of its range.
        PredictionsError: the two differ in length, or are empty.
    """
    check_level(level)
    check_equal_length(first, second)
    pairs = len(first)
    ours = sum(one and not other for one, other in zip(first, second, strict=True))
    theirs = sum(other and not one for one, other in zip(first, second, strict=True))
    decided = ours + theirs
    tail = sum(math.comb(decided, count) for count in range(min(ours, theirs) + 1))
    p_value = min(1.0, 2 * tail / 2**decided)
    total = pairs + 2
    centre = (ours - theirs) / total
    spread = math.sqrt((decided + 1) / total - centre**2) / math.sqrt(total) * _quantile(level)
    rates = (sum(map(bool, first)) / pairs, sum(map(bool, second)) / pairs)
    return PairedResult(metric, *rates, (ours - theirs) / pairs, max(-1.0, centre - spread), min(1.0, centre + spread), p_value)


def proportion_interval(hits: int, total: int, *, level: float = LEVEL) -> Interval:
    """Confidence interval of a share (Wilson, 1927); inside 0..1 even where all or none are hits.

    Raises:
        ConfigError: `level` is out of its range.
        PredictionsError: `total` is 0, or `hits` isn't between 0 and `total`.
    """
    check_level(level)
    if not 0 <= hits <= total or total < 1:
        raise PredictionsError(f"{hits} of {total} is no share. Give at least one pair, and at most as many hits as pairs.")
    squared = _quantile(level) ** 2
    share = hits / total
    centre = (share + squared / (2 * total)) / (1 + squared / total)
    spread = math.sqrt(squared * (share * (1 - share) / total + squared / (4 * total**2))) / (1 + squared / total)
    # at either end the formula is exact, but for rounding
    return Interval(0.0 if hits == 0 else centre - spread, 1.0 if hits == total else centre + spread)


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (n - 1) of the scores of several seeds; no deviation of a single one."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def welch_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided p of Welch's t test (1947) that two groups have the same mean, such as the scores of the seeds of two models.

    Args:
        first, second: two or more values each; their variances need not be equal.

    Raises:
        PredictionsError: a group has fewer than two values.
    """
    if min(len(first), len(second)) < 2:
        raise PredictionsError(f"Groups of {len(first)} and {len(second)} have no deviation to test by. Give two or more values each.")
    one, other = stdev(first) ** 2 / len(first), stdev(second) ** 2 / len(second)
    gap = abs(fmean(first) - fmean(second))
    if one + other == 0:
        return 1.0 if gap == 0 else 0.0
    degrees = float((one + other) ** 2 / (one**2 / (len(first) - 1) + other**2 / (len(second) - 1)))
    return _t_tails(gap / math.sqrt(one + other), degrees)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values that hold for all tests of a family together (Holm, 1979), in the given order; the tests may depend on each other."""
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def check_level(level: float) -> None:
    """Refuses a confidence level that isn't between 0 and 1."""
    if not 0 < level < 1:
        raise ConfigError(f"A confidence level of {level} is not possible. Give one between 0 and 1, such as 0.95.")


def check_equal_length(first: Sequence[object], second: Sequence[object]) -> None:
    """Refuses two predictors that aren't on the same pairs, or on none."""
    if len(first) != len(second) or not first:
        raise PredictionsError(f"{len(first)} pairs can't be tested against {len(second)}. Score both predictors on the same pairs.")


def _t_tails(value: float, degrees: float) -> float:
    """Probability that Student's t is at least this far from 0; `value` is not negative, `degrees` at least 1."""
    # with t = sqrt(degrees) tan(angle) the density is a power of the cosine, smooth over a bounded range: Simpson's rule
    steps = 2000
    end = math.atan(value / math.sqrt(degrees))
    heights = [math.cos(end * place / steps) ** (degrees - 1) for place in range(steps + 1)]
    area = end / steps / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]))
    whole = math.sqrt(math.pi) / 2 * math.exp(math.lgamma(degrees / 2) - math.lgamma((degrees + 1) / 2))
    return float(min(1.0, max(0.0, 1 - area / whole)))


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
