"""How far a change probability can be trusted: calibration errors, proper scores and ranking scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltascribe.errors import PredictionsError

_CLIP = 1e-7

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ReliabilityBin:
    """One bar of a reliability diagram.

    Attributes:
        lower, upper: the bin holds probabilities above `lower` and up to `upper`; the first one holds 0 too.
        count: how many pairs it holds.
        mean_probability, observed: their mean change probability, and the share of them that changed, 0..1; None in an empty bin.
    """

    lower: float
    upper: float
    count: int
    mean_probability: float | None
    observed: float | None


@dataclass(frozen=True)
class Reliability:
    """Scores of change probabilities. All in 0..1 except the log loss.

    Attributes:
        bins: reliability diagram with bins of equal width.
        pairs, changed: how many pairs were scored, and how many of them changed.
        ece: expected calibration error, the mean over the pairs of their bin's |observed - mean probability| (Guo et al., 2017, eq. 3).
        mce: maximum calibration error, the largest such difference of a bin (eq. 5).
        ece_equal_mass: the ECE with bins of equally many pairs (Nixon et al., 2019), which one crowded bin at 0 or 1 can't hide.
        brier: mean squared difference of probability and outcome (Brier, 1950).
        log_loss: mean negative natural logarithm of the probability given to what happened, clipped at 1e-7.
        accuracy: share of pairs where "probability above 0.5" is right.
        roc_auc: chance that a changed pair has a higher probability than an unchanged one, ties half; None with one kind of pairs only.
        average_precision: precision averaged over the steps of recall, not interpolated; equal probabilities are one step; None with
            one kind of pairs only.
    """

    bins: tuple[ReliabilityBin, ...]
    pairs: int
    changed: int
    ece: float
    mce: float
    ece_equal_mass: float
    brier: float
    log_loss: float
    accuracy: float
    roc_auc: float | None
    average_precision: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, in natural units."""
        return {**asdict(self), "bins": [asdict(entry) for entry in self.bins]}


def reliability(probabilities: Sequence[float] | Floats, changed: Sequence[bool] | Bools, bins: int = 10) -> Reliability:
    """Scores change probabilities against what happened.

    Args:
        probabilities: probability that a pair changed, one a pair, 0..1.
        changed: whether it did.
        bins: number of bins of the calibration errors; values of the literature are 10 and 15.

    Raises:
        PredictionsError: the two differ in length, are empty, a probability is no number in 0..1, or `bins` is below 1.
    """
    values, truth = _check(probabilities, changed, bins)
    width_bins = _bins(values, truth, bins)
    gaps = [
        abs(entry.observed - entry.mean_probability)
        for entry in width_bins
        if entry.observed is not None and entry.mean_probability is not None
    ]
    counts = [entry.count for entry in width_bins if entry.count]
    likelihood = np.clip(np.where(truth, values, 1 - values), _CLIP, 1)
    mixed = 0 < truth.sum() < len(truth)
    return Reliability(
        bins=width_bins,
        pairs=len(values),
        changed=int(truth.sum()),
        ece=float(np.dot(counts, gaps) / len(values)),
        mce=max(gaps),
        ece_equal_mass=_equal_mass_error(values, truth, bins),
        brier=float(np.mean((values - truth) ** 2)),
        log_loss=float(-np.mean(np.log(likelihood))),
        accuracy=float(np.mean((values > 0.5) == truth)),
        roc_auc=_roc_auc(values, truth) if mixed else None,
        average_precision=_average_precision(values, truth) if mixed else None,
    )


def _check(probabilities: ArrayLike, changed: ArrayLike, bins: int) -> tuple[Floats, Bools]:
    values, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(changed, dtype=np.bool_)
    if values.ndim != 1 or values.shape != truth.shape:
        raise PredictionsError(
            f"Change probabilities of shape {list(values.shape)} stand against flags of shape {list(truth.shape)}. Give one of each a pair."
        )
    if not len(values):
        raise PredictionsError("There is no change probability to score. Check the split and the limit.")
    wrong = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(wrong):
        raise PredictionsError(
            f"{len(wrong)} change probabilities are not in 0..1; the first is {values[wrong[0]]} of pair {wrong[0]}. "
            "Give probabilities, not scores: pass logits through a sigmoid."
        )
    if bins < 1:
        raise PredictionsError(f"{bins} bins can't hold anything. Give 1 or more; 10 and 15 are usual.")
    return values, truth


def _bins(values: Floats, truth: Bools, number: int) -> tuple[ReliabilityBin, ...]:
    edges = np.arange(number + 1) / number
    # compared with the edges themselves: 0.7 * 10 is a little more than 7 and would land one bin too high
    place = np.maximum(np.searchsorted(edges, values, side="left") - 1, 0)
    counts, sums, hits = _totals(place, values, truth, number)
    return tuple(
        ReliabilityBin(
            float(edges[row]),
            float(edges[row + 1]),
            int(count),
            float(sums[row] / count) if count else None,
            float(hits[row] / count) if count else None,
        )
        for row, count in enumerate(counts)
    )


def _equal_mass_error(values: Floats, truth: Bools, number: int) -> float:
    # equal probabilities stay in one bin, that of their lowest rank: the result must not depend on the order of the pairs
    lowest = np.searchsorted(np.sort(values), values, side="left")
    _, sums, hits = _totals(lowest * number // len(values), values, truth, number)
    return float(np.abs(hits - sums).sum() / len(values))


def _totals(place: NDArray[np.intp], values: Floats, truth: Bools, number: int) -> tuple[NDArray[np.intp], NDArray[Any], NDArray[Any]]:
    """Pairs, summed probabilities and changed pairs of each bin."""
    return (
        np.bincount(place, minlength=number),
        np.bincount(place, weights=values, minlength=number),
        np.bincount(place, weights=truth.astype(np.float64), minlength=number),
    )


def _roc_auc(values: Floats, truth: Bools) -> float:
    """Area under the ROC curve from ranks (Mann and Whitney's U), ties at their middle rank."""
    ordered = np.sort(values)
    ranks = (np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right") + 1) / 2
    positive = int(truth.sum())
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive)))


def _average_precision(values: Floats, truth: Bools) -> float:
    order = np.argsort(-values, kind="stable")
    steps = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))
    hits = np.cumsum(truth[order])[steps]
    precision = hits / (steps + 1)
    return float(np.dot(np.diff(hits, prepend=0), precision) / truth.sum())
