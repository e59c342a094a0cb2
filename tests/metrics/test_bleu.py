from __future__ import annotations

import math

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics import bleu, bleu_items


def test_a_hypothesis_equal_to_a_reference_scores_one() -> None:
    words = ["many", "houses", "are", "built", "along", "the", "road"]
    assert bleu([words], [[["no", "change"], words]]) == pytest.approx([1, 1, 1, 1], abs=1e-8)


def test_counts_are_clipped_at_the_highest_of_one_reference() -> None:
    # the example of the BLEU paper: "the" occurs twice at most in one reference, so 2 of 7
    hypothesis = ["the", "the", "the", "the", "the", "the", "the"]
    references = [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]
    assert bleu([hypothesis], [references])[0] == pytest.approx(2 / 7, abs=1e-8)


def test_short_hypotheses_pay_the_brevity_penalty() -> None:
    assert bleu([["a", "b"]], [[["a", "b", "c", "d"]]])[0] == pytest.approx(math.exp(1 - 4 / 2), abs=1e-8)


def test_the_closest_reference_length_counts_and_of_two_equally_close_the_shorter() -> None:
    references = [["a", "b"], ["a", "b", "x", "y"]]  # lengths 2 and 4 are equally far from 3: no penalty
    assert bleu([["a", "b", "c"]], [references])[0] == pytest.approx(2 / 3, abs=1e-8)


def test_corpus_bleu_sums_counts_over_pairs_instead_of_averaging_scores() -> None:
    hypotheses, references = [["a", "b", "c", "d"], ["x"]], [[["a", "b", "c", "d"]], [["y"]]]
    assert bleu(hypotheses, references)[0] == pytest.approx(4 / 5, abs=1e-8)
    assert [item[0] for item in bleu_items(hypotheses, references)] == pytest.approx([1, 0], abs=1e-8)


def test_a_whole_weight_counts_a_pair_that_often() -> None:
    hypotheses, references = [["a", "b"], ["a", "x", "y"]], [[["a", "b", "c"]], [["a", "x"], ["z"]]]
    repeated = bleu([hypotheses[0]] * 3 + [hypotheses[1]], [references[0]] * 3 + [references[1]])
    assert bleu(hypotheses, references, weights=[3, 1]) == pytest.approx(repeated, abs=1e-12)


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([["a"]], [[["a"]], [["b"]]], "1 predicted sentences stand against the references of 2 pairs"),
        ([], [], "no pair to score"),
        ([["a"], ["b"]], [[["a"]], []], "Pair 1 has no reference"),
        (["a road"], [[["a", "road"]]], "prediction 0 is a plain string"),
        ([["a"]], [["a road"]], "a reference of pair 0 is a plain string"),
        ([["a"]], ["a road"], "the references of pair 0 is a plain string"),
    ],
)
def test_input_that_does_not_fit_together_is_refused(hypotheses: list, references: list, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        bleu(hypotheses, references)


@pytest.mark.parametrize(("weights", "message"), [([1.0, 1.0], "2 weights"), ([-1.0], "negative"), ([0.0], "above 0")])
def test_weights_that_do_not_fit_are_refused(weights: list[float], message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        bleu([["a"]], [[["a"]]], weights)
