"""METEOR's formula: from counts of matched words to the score, for one pair or for sums over many."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
"""Precision against recall, shape and weight of the fragmentation penalty, content against function words (English, ranking)."""

STAGE_WEIGHTS = (1.0, 0.6, 0.8, 0.6)
"""What a match counts that was made by equality, stem, synonym, paraphrase."""

STAGES = ("exact", "stem", "synonym", "paraphrase")

COLUMNS = (
    "hypothesis_words",
    "reference_words",
    "hypothesis_function_words",
    "reference_function_words",
    *(
        f"{stage}_{kind}"
        for stage in STAGES
        for kind in ("content_hypothesis", "content_reference", "function_hypothesis", "function_reference")
    ),
    "chunks",
)
"""Names of the K = 21 additive statistics."""

CHUNKS = len(COLUMNS) - 1

_Floats = npt.NDArray[np.float64]


def meteor_from_statistics(sums: npt.NDArray[Any]) -> _Floats:
    """METEOR (Denkowski and Lavie, 2014) from summed statistics.

    F = P R / (alpha P + (1 - alpha) R), of weighted matches over weighted words; score = F (1 - gamma (chunks / matches)^beta).

    Args:
        sums: [..., K] sums of rows of `Meteor.statistics`, weighted or not.

    Returns:
        [...] scores in 0..1; 0 where nothing matches or a side has no word.
    """
    values = np.asarray(sums, dtype=np.float64)
    stages = values[..., 4:CHUNKS].reshape(*values.shape[:-1], len(STAGES), 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = _weighted(stages, 0) / _length(values, 0)
        recall = _weighted(stages, 1) / _length(values, 1)
        mean = 1.0 / ((1.0 - ALPHA) / precision + ALPHA / recall)
        matches = stages.sum(axis=(-1, -2)) / 2.0
        scores = mean * (1.0 - GAMMA * (values[..., CHUNKS] / matches) ** BETA)
    result: _Floats = np.maximum(np.nan_to_num(scores, nan=0.0), 0.0)
    return result


def _weighted(stages: _Floats, side: int) -> _Floats:
    """[..., 4, 4] -> [...]; side 0 is the hypothesis, 1 the reference."""
    total = np.zeros(stages.shape[:-2])
    # one addition after the other, as the jar does, so that even the last digit agrees
    for column, factor in ((side, DELTA), (side + 2, 1.0 - DELTA)):
        for stage, weight in enumerate(STAGE_WEIGHTS):
            total = total + stages[..., stage, column] * weight * factor
    return total


def _length(values: _Floats, side: int) -> _Floats:
    words, function_words = values[..., side], values[..., side + 2]
    length: _Floats = DELTA * (words - function_words) + (1.0 - DELTA) * function_words
    return length


def score_of_row(row: tuple[int, ...]) -> float:
    """`meteor_from_statistics` of one row, without arrays: it is called for every reference."""
    lengths, weighted = [], []
    for side in (0, 1):
        lengths.append(DELTA * (row[side] - row[side + 2]) + (1.0 - DELTA) * row[side + 2])
        total = 0.0
        for column, factor in ((side, DELTA), (side + 2, 1.0 - DELTA)):
            for stage, weight in enumerate(STAGE_WEIGHTS):
                total += row[4 + 4 * stage + column] * weight * factor
        weighted.append(total)
    if weighted[0] == 0 or weighted[1] == 0:  # a sentence without words has no match either
        return 0.0
    mean = 1.0 / ((1.0 - ALPHA) / (weighted[0] / lengths[0]) + ALPHA / (weighted[1] / lengths[1]))
    matches = sum(row[4:CHUNKS]) / 2.0
    penalty: float = GAMMA * (row[CHUNKS] / matches) ** BETA
    return max(0.0, mean * (1.0 - penalty))
