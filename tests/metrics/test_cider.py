from __future__ import annotations

import math
import random

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics import CiderD, cider_d, cider_d_items


def words(text: str) -> list[str]:
    return text.split()


def test_a_perfect_sentence_of_four_words_scores_ten() -> None:
    references = [[words("a b c d")], [words("e f g h")]]
    assert cider_d_items([words("a b c d"), words("e f g h")], references) == pytest.approx([10, 10])


def test_only_the_orders_that_a_sentence_is_long_enough_for_count() -> None:
    # two words hold n-grams of orders 1 and 2 only: half of the four
    assert cider_d_items([words("a b"), words("c d")], [[words("a b")], [words("c d")]]) == pytest.approx([5, 5])


def test_the_score_by_hand_with_idf_clipping_and_length_penalty() -> None:
    # two pairs, so idf is log 2 for each n-gram of one pair, and 0 for "x", which is in both
    references = [[words("a b x")], [words("c x")]]
    hypothesis = words("a a x")  # 1-grams: a twice, clipped to once; 2-grams "a a" and "a x" unknown to the reference
    unit = math.log(2)
    reference_norm = math.sqrt(2) * unit  # a, b
    hypothesis_norm = 2 * unit  # a counted twice
    cosine = unit * unit / (reference_norm * hypothesis_norm)
    assert cider_d_items([hypothesis, []], references)[0] == pytest.approx(10 * cosine / 4)


def test_a_difference_in_length_is_punished_by_a_gaussian_of_sigma_six() -> None:
    references = [[words("a")], [words("z")]]
    items = cider_d_items([words("a q q q"), words("z")], references)
    # "q" is in no reference and weighs log 2 as if in one; lengths are counted in word pairs: 3 against 0
    cosine = 1 / math.sqrt(1 + 9)
    assert items[0] == pytest.approx(10 / 4 * cosine * math.exp(-9 / 72))


def test_references_shared_by_all_pairs_carry_no_information() -> None:
    references = [[words("no change")], [words("no change")]]
    scorer = CiderD(references)
    assert not scorer.informative
    assert scorer.items([words("no change"), words("no change")]) == [0.0, 0.0]


def test_whole_weights_equal_repeated_pairs() -> None:
    rng = random.Random(0)
    make = lambda: rng.choices("abcdefgh", k=rng.randint(0, 9))  # noqa: E731
    hypotheses = [make() for _ in range(12)]
    references = [[make() for _ in range(3)] for _ in range(12)]
    weights = [1 + index % 3 for index in range(12)]
    times = [index for index, weight in enumerate(weights) for _ in range(weight)]
    repeated = cider_d([hypotheses[index] for index in times], [references[index] for index in times])
    assert cider_d(hypotheses, references, weights) == pytest.approx(repeated, abs=1e-12)


def test_fractional_weights_leave_no_rounding_error_where_idf_is_zero() -> None:
    references = [[words("same thing")]] * 7
    weights = [7 / 2 / 3] * 3 + [7 / 2 / 4] * 4
    assert cider_d([words("same thing")] * 7, references, weights) == 0.0


def test_a_scorer_can_be_used_again() -> None:
    scorer = CiderD([[words("a b c d")], [words("e f g h")]])
    first = scorer.items([words("a b"), words("q")])
    scorer.items([words("e f"), words("a")])
    assert scorer.items([words("a b"), words("q")]) == first
    assert set(scorer._vectors) == {("a", "b", "c", "d"), ("e", "f", "g", "h")}  # it must not grow with what it scores


def test_input_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(PredictionsError, match="2 predicted sentences"):
        cider_d([["a"], ["b"]], [[["a"]]])
    with pytest.raises(PredictionsError, match="no reference"):
        CiderD([[]])


def test_the_scale_of_the_weights_does_not_matter() -> None:
    references = [[["a", "road", "is", "built"]], [["a", "house", "appears"]], [["no", "change"]]]
    said = [["a", "road", "appears"], ["a", "house"], ["a", "pool", "is", "dug"]]
    scores = [cider_d(said, references, [scale, scale, 2 * scale]) for scale in (0.25, 1.0, 3.0)]
    assert scores == pytest.approx([scores[0]] * 3)


def test_a_sentence_against_references_of_the_set_scores_as_in_it_and_others_take_its_idf() -> None:
    references = [[words("a road is built"), words("a new road")], [words("two houses appear"), words("a house appears")]]
    hypotheses = [words("a road appears"), words("two new houses appear")]
    scorer = CiderD(references)
    for hypothesis, entry, expected in zip(hypotheses, references, scorer.items(hypotheses), strict=True):
        assert scorer.against(hypothesis, [scorer.vector(tuple(sentence)) for sentence in entry]) == pytest.approx(expected)
    # "q" and "r" are in no reference: they weigh alike, log 2 as if in one of the two, and one of them is met
    found = scorer.against(words("q"), [scorer.vector(("q", "r"))])
    assert found == pytest.approx(10 / 4 / math.sqrt(2) * math.exp(-1 / 72))
