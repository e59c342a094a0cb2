"""Tests of deltascribe.metrics.resampling."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.metrics import resampling
from deltascribe.metrics.bleu import bleu, bleu_statistics
from deltascribe.metrics.resampling import bootstrap_intervals, paired_mean_test, paired_sum_tests, paired_tests, pooled
from deltascribe.metrics.significance import mcnemar_test
from deltascribe.metrics.statistics import ItemStatistics

WORDS = ("a", "road", "house", "is", "built", "near", "trees")


def plain(values: np.ndarray) -> ItemStatistics:
    """Rows whose ROUGE-L is the plain mean of the given values; BLEU of one right word a pair."""
    bleu_rows = np.tile(np.array([1.0, 1, 1, 0, 0, 0, 1, 0, 0, 0]), (len(values), 1))
    return ItemStatistics(bleu_rows, values, None, {})


def sentences(pairs: int, seed: int) -> list[list[str]]:
    generator = np.random.default_rng(seed)
    return [list(generator.choice(WORDS, size=generator.integers(4, 9))) for _ in range(pairs)]


def spoken(said: list[list[str]], references: list[list[list[str]]]) -> ItemStatistics:
    hits = np.array([len(set(words) & set(entry[0])) / len(set(words)) for words, entry in zip(said, references, strict=True)])
    return ItemStatistics(bleu_statistics(said, references), hits, 10 * hits**2, {})


def test_the_bootstrap_interval_of_a_mean_is_that_of_normal_theory() -> None:
    values = np.random.default_rng(1).random(400)
    half = 1.959964 * values.std() / math.sqrt(len(values))
    low, high = bootstrap_intervals(plain(values), resamples=20_000)["rouge_l"]
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03 * half)
    narrow = bootstrap_intervals(plain(values), resamples=20_000, level=0.5)["rouge_l"]
    assert (narrow[1] - narrow[0]) / (high - low) == pytest.approx(0.6744898 / 1.959964, rel=0.03)


def test_about_95_of_100_intervals_hold_the_true_mean() -> None:
    generator = np.random.default_rng(2)
    held = 0
    for seed in range(300):
        low, high = bootstrap_intervals(plain(generator.random(80)), resamples=300, seed=seed)["rouge_l"]
        held += low <= 0.5 <= high
    # three standard errors of a binomial share of 300
    assert held / 300 == pytest.approx(0.95, abs=0.038)


def test_pairs_are_drawn_within_their_kind_where_a_subset_fixes_its_share() -> None:
    generator = np.random.default_rng(0)
    values = np.concatenate([generator.random(100), 0.5 + generator.random(50)])
    kinds, weights = [False] * 100 + [True] * 50, [0.75] * 100 + [1.5] * 50
    low, high = bootstrap_intervals(plain(values), weights, strata=kinds, resamples=4000)["rouge_l"]
    # mean of two means: each kind counts half, whatever is drawn
    spread = math.sqrt(values[:100].var() / 100 + values[100:].var() / 50) / 2
    assert (high - low) / 2 == pytest.approx(1.96 * spread, rel=0.06)
    constant = np.concatenate([np.zeros(100), np.ones(50)])
    assert bootstrap_intervals(plain(constant), weights, strata=kinds, resamples=100)["rouge_l"] == pytest.approx((0.5, 0.5))
    paired = paired_tests(plain(constant), plain(constant / 2), weights, strata=kinds, permutations=10, resamples=100)["rouge_l"]
    assert (paired.low, paired.high) == pytest.approx((0.25, 0.25))


def test_one_kind_a_pair_is_needed() -> None:
    with pytest.raises(PredictionsError, match="2 kinds were given for 3 pairs"):
        bootstrap_intervals(plain(np.ones(3)), strata=[True, False], resamples=10)


def test_weights_count_in_the_interval() -> None:
    values = np.concatenate([np.zeros(100), np.ones(50)])
    weights = [0.75] * 100 + [1.5] * 50
    low, high = bootstrap_intervals(plain(values), weights, resamples=4000)["rouge_l"]
    assert (low + high) / 2 == pytest.approx(0.5, abs=0.01)
    # a ratio of sums: variance by the delta method
    half = 1.96 * math.sqrt((100 * (0.75 * 0.5) ** 2 + 50 * (1.5 * 0.5) ** 2) / 150**2)
    assert (high - low) / 2 == pytest.approx(half, rel=0.06)


def test_undefined_scores_have_no_interval() -> None:
    assert set(bootstrap_intervals(plain(np.ones(5)), resamples=10)) == {"bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l"}


def test_memory_is_bounded_without_a_change_of_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    references = [[entry] for entry in sentences(30, 0)]
    first, second = spoken(sentences(30, 1), references), spoken(sentences(30, 2), references)
    whole = bootstrap_intervals(first, resamples=200), paired_tests(first, second, permutations=200, resamples=100)
    monkeypatch.setattr(resampling, "_CHUNK", 7 * 30)
    shapes = [chunk.shape for chunk in resampling._draw_signs(30, 200, np.random.default_rng(0))]
    assert max(shape[0] for shape in shapes) == 7
    assert sum(shape[0] for shape in shapes) == 200
    parts = bootstrap_intervals(first, resamples=200), paired_tests(first, second, permutations=200, resamples=100)
    for name, ends in whole[0].items():
        assert parts[0][name] == pytest.approx(ends, abs=1e-12)
    assert {name: result.p_value for name, result in parts[1].items()} == {name: result.p_value for name, result in whole[1].items()}


def test_identical_predictions_have_p_1_and_no_difference() -> None:
    references = [[entry] for entry in sentences(20, 0)]
    rows = spoken(sentences(20, 1), references)
    for result in paired_tests(rows, rows, permutations=100, resamples=50).values():
        assert (result.difference, result.low, result.high, result.p_value) == (0, 0, 0, 1)


def test_the_difference_is_that_of_the_corpus_scores() -> None:
    references = [[entry] for entry in sentences(20, 0)]
    ours, theirs = sentences(20, 1), [entry[0] for entry in references]
    results = paired_tests(spoken(ours, references), spoken(theirs, references), permutations=500, resamples=300)
    result = results["bleu_4"]
    assert (result.first, result.second) == pytest.approx((bleu(ours, references)[3], 1.0), abs=1e-6)
    assert result.difference == pytest.approx(result.first - result.second)
    assert result.low <= result.difference <= result.high < 0
    assert result.p_value == pytest.approx(1 / 501)
    assert set(results) == {"bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"}


def test_exchanged_sentences_are_scored_as_if_each_system_had_said_the_others() -> None:
    """The weights on stacked rows stand for a real exchange of sentences: every one of the 2^4 is counted."""
    references = [[entry] for entry in sentences(4, 0)]
    ours, theirs = sentences(4, 1), [[*entry[:3], "a", "road"] for (entry,) in references]
    gaps = []
    for mask in range(16):
        left = [theirs[row] if mask >> row & 1 else ours[row] for row in range(4)]
        right = [ours[row] if mask >> row & 1 else theirs[row] for row in range(4)]
        gaps.append(bleu(left, references)[1] - bleu(right, references)[1])
    exact = np.mean(np.abs(gaps) >= abs(gaps[0]) - 1e-10)
    result = paired_tests(spoken(ours, references), spoken(theirs, references), permutations=20_000, resamples=10)["bleu_2"]
    assert 0 < exact < 1
    assert result.difference == pytest.approx(gaps[0])
    assert result.p_value == pytest.approx(exact, abs=0.015)


def test_p_is_uniform_for_equal_systems() -> None:
    generator = np.random.default_rng(3)
    found = [
        paired_tests(plain(generator.random(40)), plain(generator.random(40)), permutations=199, resamples=1, seed=seed)["rouge_l"].p_value
        for seed in range(300)
    ]
    for level in (0.1, 0.25, 0.5, 0.75):
        assert np.mean(np.array(found) <= level) == pytest.approx(level, abs=3 * math.sqrt(level * (1 - level) / 300))


def test_weights_count_in_the_test() -> None:
    first, second = plain(np.array([1.0, 0.0, 0.0])), plain(np.array([0.0, 0.0, 1.0]))
    assert paired_tests(first, second, permutations=50, resamples=5)["rouge_l"].difference == 0
    weighted = paired_tests(first, second, [2.0, 0.5, 0.5], permutations=50, resamples=5)["rouge_l"]
    assert weighted.difference == pytest.approx((2.0 - 0.5) / 3)


def test_the_mean_test_of_a_yes_and_no_is_mcnemars() -> None:
    first, second = [True] * 9 + [False] * 3 + [True] * 8, [False] * 9 + [True] * 3 + [True] * 8
    exact = mcnemar_test("accuracy", first, second)
    drawn = paired_mean_test("accuracy", [float(value) for value in first], [float(value) for value in second], permutations=40_000)
    assert (drawn.first, drawn.second, drawn.difference) == pytest.approx((exact.first, exact.second, exact.difference))
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.01)
    assert (drawn.low, drawn.high) == pytest.approx((exact.low, exact.high), abs=0.06)


def test_a_score_of_pooled_rows_is_that_of_all_predictions_one_after_the_other() -> None:
    references = [[entry] for entry in sentences(10, 0)]
    said = [sentences(10, seed) for seed in (1, 2, 3)]
    rows = [spoken(entry, references) for entry in said]
    scores = pooled(rows).scores()
    together = bleu([words for entry in said for words in entry], references * 3)
    assert scores["bleu_2"] == pytest.approx(together[1])
    assert scores["cider_d"] == pytest.approx(np.mean([entry.cider_d for entry in rows]))
    with pytest.raises(PredictionsError, match="same pairs"):
        pooled([rows[0], rows[1].take(range(5))])


def test_pooling_leaves_out_what_one_lacks() -> None:
    whole = ItemStatistics(np.ones((2, 10)), np.ones(2), np.ones(2), {"meteor": np.ones((2, 21)), "meteor_exact": np.ones((2, 21))})
    less = ItemStatistics(np.ones((2, 10)), np.ones(2), None, {"meteor": np.zeros((2, 21))})
    both = pooled([whole, less])
    assert both.cider_d is None
    assert list(both.meteor) == ["meteor"]
    assert both.meteor["meteor"].tolist() == np.full((2, 21), 0.5).tolist()


def test_what_makes_no_sense_is_refused() -> None:
    rows = plain(np.ones(4))
    with pytest.raises(ConfigError, match="between 0 and 1"):
        bootstrap_intervals(rows, level=95)
    with pytest.raises(ConfigError, match="1 or more"):
        bootstrap_intervals(rows, resamples=0)
    with pytest.raises(ConfigError, match="1 or more"):
        paired_tests(rows, rows, permutations=0)
    with pytest.raises(PredictionsError, match="3 weights were given for 4 pairs"):
        bootstrap_intervals(rows, [1, 1, 1])
    with pytest.raises(PredictionsError, match="same pairs"):
        paired_tests(rows, plain(np.ones(3)))
    with pytest.raises(PredictionsError, match="same pairs"):
        paired_mean_test("accuracy", [1.0], [1.0, 0.0])


def test_the_difference_of_several_seeds_is_that_of_their_mean_scores() -> None:
    references = [[entry] for entry in sentences(40, 0)]
    # one seed says next to nothing: BLEU of all captions together is far from the mean of the seeds' BLEU
    seeds = [spoken(sentences(40, 0), references), spoken([["a"]] * 40, references)]
    base = spoken(sentences(40, 5), references)
    result = paired_tests(seeds, base, permutations=50, resamples=400)["bleu_2"]
    mean = np.mean([float(entry.scores()["bleu_2"]) for entry in seeds])
    assert result.first == pytest.approx(mean)
    assert result.difference == pytest.approx(mean - float(base.scores()["bleu_2"]))
    assert result.low < result.difference < result.high
    assert abs(float(pooled(seeds).scores()["bleu_2"]) - mean) > 0.02
    assert paired_tests([base], [base], permutations=10, resamples=10)["bleu_2"].difference == 0


def test_the_test_of_sums_is_that_of_the_mean_where_the_score_is_one() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.random(40) < 0.8, generator.random(40) < 0.5
    counts = [[np.stack([hits, np.ones(40)], axis=1)] for hits in (first, second)]
    (found,) = paired_sum_tests(*counts, lambda sums: {"share": sums[..., 0] / sums[..., 1]}, permutations=2000, resamples=500).values()
    expected = paired_mean_test("share", first.tolist(), second.tolist(), permutations=2000, resamples=500)
    assert (found.first, found.second, found.difference) == pytest.approx((expected.first, expected.second, expected.difference))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.p_value == pytest.approx(expected.p_value)


def test_seeds_of_sums_are_averaged_as_scores_and_undefined_ones_are_left_out() -> None:
    seeds = [np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 3.0], [1.0, 1.0]])]

    def score(sums: np.ndarray) -> dict[str, np.ndarray]:
        return {"ratio": sums[..., 0] / sums[..., 1], "none": np.full(sums.shape[:-1], np.nan)}

    found = paired_sum_tests(seeds, seeds[:1], score, permutations=20, resamples=20)
    assert list(found) == ["ratio"]
    assert found["ratio"].first == pytest.approx((1 / 2 + 2 / 4) / 2)
    with pytest.raises(PredictionsError, match="Score both predictors on the same pairs"):
        paired_sum_tests(seeds, [seeds[0][:1]], score)
