from __future__ import annotations

import pytest

from deltascribe.metrics import rouge_l, rouge_l_items
from deltascribe.metrics.rouge import longest_common_subsequence


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [("abcbdab", "bdcaba", 4), ("abc", "abc", 3), ("abc", "xyz", 0), ("", "abc", 0), ("aaa", "aa", 2), ("xaxbxc", "abc", 3)],
)
def test_the_longest_common_subsequence_allows_gaps_and_keeps_order(first: str, second: str, length: int) -> None:
    assert longest_common_subsequence(list(first), list(second)) == length
    assert longest_common_subsequence(list(second), list(first)) == length


def test_the_f_measure_weighs_recall_by_beta_1_2() -> None:
    # 2 common words: precision 2/4, recall 2/2
    expected = (1 + 1.44) * 0.5 * 1.0 / (1.0 + 1.44 * 0.5)
    assert rouge_l([["a", "x", "b", "y"]], [[["a", "b"]]]) == pytest.approx(expected)


def test_best_precision_and_best_recall_may_come_from_two_references() -> None:
    # against the first: precision 1, recall 2/4; against the second: precision 1/2, recall 1
    expected = (1 + 1.44) * 1.0 * 1.0 / (1.0 + 1.44)
    assert rouge_l([["a", "b"]], [[["a", "b", "c", "d"], ["a"]]]) == pytest.approx(expected)


def test_nothing_in_common_and_an_empty_hypothesis_score_zero() -> None:
    assert rouge_l_items([["x"], []], [[["a"]], [["a"]]]) == [0.0, 0.0]


def test_the_mean_over_pairs_follows_the_weights() -> None:
    hypotheses, references = [["a"], ["x"]], [[["a"]], [["b"]]]
    assert rouge_l(hypotheses, references) == pytest.approx(0.5)
    assert rouge_l(hypotheses, references, weights=[3, 1]) == pytest.approx(0.75)
