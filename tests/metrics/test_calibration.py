from __future__ import annotations

import json
import math

import numpy as np
import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics.calibration import reliability


def test_calibration_errors_of_a_hand_made_set() -> None:
    # bin (0.0, 0.5]: mean 0.3, observed 1/2; bin (0.5, 1.0]: mean 0.8, observed 2/3
    scores = reliability([0.2, 0.4, 0.7, 0.8, 0.9], [False, True, True, False, True], bins=2)
    assert [entry.count for entry in scores.bins] == [2, 3]
    assert [entry.mean_probability for entry in scores.bins] == pytest.approx([0.3, 0.8])
    assert [entry.observed for entry in scores.bins] == pytest.approx([1 / 2, 2 / 3])
    assert scores.ece == pytest.approx((2 * 0.2 + 3 * (0.8 - 2 / 3)) / 5)
    assert scores.mce == pytest.approx(0.2)
    assert (scores.pairs, scores.changed) == (5, 3)


def test_proper_scores_of_a_hand_made_set() -> None:
    scores = reliability([0.2, 0.9], [True, True])
    assert scores.brier == pytest.approx((0.8**2 + 0.1**2) / 2)
    assert scores.log_loss == pytest.approx(-(math.log(0.2) + math.log(0.9)) / 2)
    assert scores.accuracy == 0.5


def test_a_certain_mistake_costs_a_finite_log_loss() -> None:
    assert reliability([1.0], [False]).log_loss == pytest.approx(-math.log(1e-7))
    assert reliability([1.0, 0.0], [True, False]).log_loss == 0.0


@pytest.mark.parametrize(("value", "row"), [(0.0, 0), (0.1, 0), (0.3, 2), (0.7, 6), (0.70001, 7), (1.0, 9)])
def test_a_value_on_an_edge_belongs_to_the_bin_below(value: float, row: int) -> None:
    bins = reliability([value], [True], bins=10).bins
    assert [entry.count for entry in bins] == [int(index == row) for index in range(10)]
    assert (bins[row].mean_probability, bins[row].observed) == (value, 1.0)
    assert bins[(row + 1) % 10].mean_probability is None


def test_bins_of_equal_mass_split_a_crowded_bin() -> None:
    # all four lie in the last of ten equal-width bins, where the differences cancel
    probabilities, changed = [0.91, 0.92, 0.98, 0.99], [True, True, True, False]
    scores = reliability(probabilities, changed, bins=2)
    assert scores.ece == pytest.approx(abs(0.95 - 0.75))
    assert scores.ece_equal_mass == pytest.approx((2 * (1 - 0.915) + 2 * (0.985 - 0.5)) / 4)


def test_equal_probabilities_share_a_bin_whatever_their_order() -> None:
    for changed in ([True, False, True, False], [True, True, False, False], [False, False, True, True]):
        assert reliability([0.5] * 4, changed, bins=4).ece_equal_mass == pytest.approx(0)


def test_auc_counts_ordered_pairs_and_half_of_the_ties() -> None:
    probabilities, changed = [0.1, 0.4, 0.4, 0.8, 0.4], [False, False, True, True, True]
    # 3 changed against 2 unchanged: above 0.1 all three; above 0.4 one, equal two
    assert reliability(probabilities, changed).roc_auc == pytest.approx((3 + 1 + 2 * 0.5) / 6)
    assert reliability([0.9, 0.1], [True, False]).roc_auc == 1.0
    assert reliability([0.3] * 6, [True, False] * 3).roc_auc == 0.5


def test_average_precision_steps_over_equal_probabilities_at_once() -> None:
    # order: true | false | true: precision 1 at recall 1/2, 2/3 at recall 1
    assert reliability([0.9, 0.8, 0.7], [True, False, True]).average_precision == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert reliability([0.4] * 4, [True, False, False, False]).average_precision == pytest.approx(0.25)


def test_ranking_scores_equal_a_plain_count_on_random_ties() -> None:
    generator = np.random.default_rng(1)
    values, truth = generator.integers(0, 8, 60) / 8, generator.random(60) < 0.4
    scores = reliability(values, truth)
    positive, negative = values[truth], values[~truth]
    wins = [1.0 if high > low else 0.5 if high == low else 0.0 for high in positive for low in negative]
    assert scores.roc_auc == pytest.approx(np.mean(wins))
    average, before = 0.0, 0.0
    for threshold in sorted(set(values), reverse=True):
        recall = (positive >= threshold).mean()
        average += (recall - before) * truth[values >= threshold].mean()
        before = recall
    assert scores.average_precision == pytest.approx(average)


def test_ranking_scores_are_undefined_with_one_kind_of_pairs() -> None:
    for flag in (True, False):
        scores = reliability([0.2, 0.7], [flag, flag])
        assert (scores.roc_auc, scores.average_precision) == (None, None)


def test_plain_values_go_into_json() -> None:
    value = json.loads(json.dumps(reliability([0.2, 0.7], [False, True], bins=15).to_dict(), allow_nan=False))
    assert len(value["bins"]) == 15
    assert value["bins"][0] == {"lower": 0.0, "upper": pytest.approx(1 / 15), "count": 0, "mean_probability": None, "observed": None}


@pytest.mark.parametrize(
    ("probabilities", "changed", "bins", "message"),
    [
        ([0.5], [True, False], 10, "shape"),
        ([[0.5]], [[True]], 10, "shape"),
        ([], [], 10, "no change probability"),
        ([0.5, math.nan], [True, False], 10, "nan of pair 1"),
        ([-0.1], [True], 10, "sigmoid"),
        ([1.5], [True], 10, "sigmoid"),
        ([0.5], [True], 0, "bins"),
    ],
)
def test_input_that_can_not_be_scored_is_refused(probabilities: list[float], changed: list[bool], bins: int, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        reliability(probabilities, changed, bins)
