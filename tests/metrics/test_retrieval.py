from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics.retrieval import chance_recall, first_ranks, relevance, retrieval_scores


def test_the_pool_holds_each_sentence_once_and_marks_all_its_pairs() -> None:
    sentences, relevant = relevance([["A road.", "no change"], ["no change", "No change!"], ["a lake"]])
    assert sentences == ["a road", "no change", "a lake"]
    assert relevant.tolist() == [[True, True, False], [False, True, False], [False, False, True]]


def test_recall_and_median_rank_both_ways() -> None:
    similarity = [[0.9, 0.8, 0.1], [0.7, 0.6, 0.2], [0.3, 0.2, 0.1]]
    scores = retrieval_scores(similarity, np.eye(3, dtype=bool), ks=(1, 2))
    # right answers stand at 1, 2, 3 in their rows, and at 1, 2, 3 in their columns, the last behind 0.2 and a tie
    assert scores.image_to_text.recall == {1: pytest.approx(1 / 3), 2: pytest.approx(2 / 3)}
    assert scores.image_to_text.median_rank == 2
    assert first_ranks(np.transpose(similarity), np.eye(3, dtype=bool)).tolist() == [1, 2, 3]
    assert scores.text_to_image.recall == {1: pytest.approx(1 / 3), 2: pytest.approx(2 / 3)}


def test_any_right_answer_within_k_is_a_hit() -> None:
    relevant = np.array([[True, False, True, False]])
    assert first_ranks([[0.1, 0.5, 0.4, 0.2]], relevant).tolist() == [2]
    assert first_ranks([[0.6, 0.5, 0.4, 0.2]], relevant).tolist() == [1]


def test_a_model_that_says_the_same_of_everything_finds_nothing() -> None:
    scores = retrieval_scores(np.zeros((20, 20)), np.eye(20, dtype=bool))
    for way in (scores.image_to_text, scores.text_to_image):
        assert way.recall == {1: 0.0, 5: 0.0, 10: 0.0}
        assert way.median_rank == 20
        assert way.chance == {1: pytest.approx(0.05), 5: pytest.approx(0.25), 10: pytest.approx(0.5)}


def test_right_answers_that_tie_with_each_other_do_no_harm() -> None:
    assert first_ranks([[0.5, 0.5, 0.1]], np.array([[True, True, False]])).tolist() == [1]


@pytest.mark.parametrize(("right", "candidates", "k"), [(1, 5, 1), (2, 5, 2), (3, 6, 2), (4, 6, 3), (1, 3, 10), (3, 3, 1)])
def test_chance_equals_a_count_over_all_draws(right: int, candidates: int, k: int) -> None:
    draws = list(itertools.combinations(range(candidates), min(k, candidates)))
    hits = sum(any(item < right for item in draw) for draw in draws)
    assert chance_recall([right], candidates, k) == pytest.approx(hits / len(draws))


def test_chance_is_the_mean_over_the_queries() -> None:
    assert chance_recall([1, 3], 4, 1) == pytest.approx((1 / 4 + 3 / 4) / 2)


def test_ranks_equal_a_plain_sort_beyond_one_chunk() -> None:
    generator = np.random.default_rng(2)
    similarity = generator.integers(0, 30, (700, 40)).astype(np.float32)
    relevant = generator.random((700, 40)) < 0.05
    relevant[:, 0] |= ~relevant.any(axis=1)
    expected = []
    for row, good in zip(similarity, relevant, strict=True):
        order = sorted(range(40), key=lambda item: (-row[item], good[item]))
        expected.append(1 + next(place for place, item in enumerate(order) if good[item]))
    assert first_ranks(similarity, relevant).tolist() == expected


def test_infinite_scores_are_ranked() -> None:
    assert first_ranks([[-np.inf, 0.0], [np.inf, 0.0]], np.array([[True, False], [True, False]])).tolist() == [2, 1]


def test_plain_values_go_into_json() -> None:
    value = json.loads(json.dumps(retrieval_scores(np.eye(2), np.eye(2, dtype=bool), ks=(1,)).to_dict()))
    assert value["image_to_text"] == {"queries": 2, "candidates": 2, "recall": {"r@1": 1.0}, "chance": {"r@1": 0.5}, "median_rank": 1.0}


@pytest.mark.parametrize(
    ("similarity", "relevant", "ks", "message"),
    [
        (np.zeros((2, 3)), np.ones((3, 2), bool), (1,), "shape"),
        (np.zeros(3), np.ones(3, bool), (1,), "shape"),
        (np.zeros((0, 3)), np.ones((0, 3), bool), (1,), "no pair"),
        (np.array([[np.nan]]), np.ones((1, 1), bool), (1,), "NaN"),
        (np.zeros((2, 1)), np.array([[True], [False]]), (1,), "Pair 1 has no right answer"),
        (np.zeros((1, 2)), np.array([[True, False]]), (1,), "Sentence 1 has no right answer"),
        (np.eye(2), np.eye(2, dtype=bool), (), "Depths"),
        (np.eye(2), np.eye(2, dtype=bool), (0,), "Depths"),
    ],
)
def test_input_that_can_not_be_ranked_is_refused(similarity: object, relevant: object, ks: tuple[int, ...], message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        retrieval_scores(similarity, relevant, ks)  # type: ignore[arg-type]


@pytest.mark.parametrize("references", [[], [[]], ["a road"]])
def test_references_that_make_no_pool_are_refused(references: list[list[str]]) -> None:
    with pytest.raises(PredictionsError):
        relevance(references)
