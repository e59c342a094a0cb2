"""Closed forms and properties of the scorer, for which no other implementation is needed."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics.meteor import COLUMNS, Meteor, meteor_from_statistics

Case = tuple[list[list[str]], list[list[list[str]]]]


def one(hypothesis: str, *references: str) -> float:
    return Meteor.exact().score([hypothesis.split()], [[reference.split() for reference in references]])


def formula(precision: float, recall: float, fragmentation: float) -> float:
    return precision * recall / (0.85 * precision + 0.15 * recall) * (1 - 0.6 * fragmentation**0.2)


def test_an_equal_sentence_scores_one() -> None:
    assert one("trees near houses", "road", "trees near houses") == pytest.approx(1, abs=1e-12)
    assert one("trees", "trees") == pytest.approx(1, abs=1e-12)


def test_nothing_in_common_or_nothing_said_scores_zero() -> None:
    assert one("trees", "houses") == 0
    assert one("", "houses") == 0
    assert one("trees", "") == 0


def test_precision_recall_and_chunks_combine_as_in_the_paper() -> None:
    # three of four words, in two chunks, against five words
    assert one("trees bushes villas woods", "trees bushes houses paths villas") == pytest.approx(formula(3 / 4, 3 / 5, 2 / 3), abs=1e-12)


def test_a_sentence_that_matches_fully_in_one_chunk_of_a_longer_one_is_fragmented() -> None:
    assert one("trees bushes", "trees bushes villas") == pytest.approx(formula(1, 2 / 3, 1 / 2), abs=1e-12)


def test_function_words_weigh_a_third_of_content_words() -> None:
    # "the" matches: a quarter of the reference's weight of 0.75 + 0.25
    assert one("the trees", "the houses") == pytest.approx(formula(1 / 4, 1 / 4, 1), abs=1e-12)


def test_each_word_matches_once_and_the_fewest_chunks_win() -> None:
    assert one("trees trees trees", "trees") == pytest.approx(formula(1 / 3, 1, 1), abs=1e-12)
    assert one("trees villas trees bushes", "trees bushes") == pytest.approx(formula(2 / 4, 1, 1 / 2), abs=1e-12)


def test_the_best_reference_counts() -> None:
    worse = [one("trees bushes", reference) for reference in ("villas", "trees woods paths")]
    best = one("trees bushes", "trees bushes villas")
    assert best > max(worse)
    assert one("trees bushes", "villas", "trees bushes villas", "trees woods paths") == best


def test_words_joined_by_a_hyphen_are_two_words() -> None:
    assert one("lower-right trees", "lower right trees") == pytest.approx(1, abs=1e-12)


def test_different_words_with_the_same_java_hash_match() -> None:
    assert one("trees c0", "trees an") > one("trees c1", "trees an")


@pytest.fixture
def case() -> Case:
    rng = random.Random(0)
    pool = [str(number) for number in range(95, 115)]
    hypotheses = [rng.choices(pool, k=rng.randint(0, 10)) for _ in range(60)]
    return hypotheses, [[rng.choices(pool, k=rng.randint(1, 10)) for _ in range(rng.randint(1, 5))] for _ in range(60)]


def test_summed_statistics_give_the_corpus_score(case: Case) -> None:
    meteor = Meteor.numbers()
    statistics = meteor.statistics(*case)
    assert statistics.shape == (60, len(COLUMNS))
    assert float(meteor_from_statistics(statistics.sum(0))) == pytest.approx(meteor.score(*case), abs=1e-15)
    assert meteor_from_statistics(statistics).tolist() == meteor.items(*case)


def test_statistics_score_in_any_number_of_dimensions(case: Case) -> None:
    statistics = Meteor.numbers().statistics(*case)
    draws = np.random.default_rng(0).integers(0, 60, (2, 7, 60))
    scores = meteor_from_statistics(statistics[draws].sum(-2))
    assert scores.shape == (2, 7)
    first = [draws[0, 0].tolist(), [case[0][index] for index in draws[0, 0]], [case[1][index] for index in draws[0, 0]]]
    assert scores[0, 0] == pytest.approx(Meteor.numbers().score(first[1], first[2]), abs=1e-12)


def test_a_whole_weight_counts_a_pair_that_often(case: Case) -> None:
    hypotheses, references = case[0][:2], case[1][:2]
    repeated = Meteor.numbers().score([hypotheses[0]] * 3 + [hypotheses[1]], [references[0]] * 3 + [references[1]])
    assert Meteor.numbers().score(hypotheses, references, weights=[3, 1]) == pytest.approx(repeated, abs=1e-12)


def test_neither_the_order_of_pairs_nor_that_of_references_nor_what_came_before_matters(case: Case) -> None:
    meteor = Meteor.numbers()
    items = meteor.items(*case)
    turned = meteor.items(case[0][::-1], [entry[::-1] for entry in case[1][::-1]])
    assert turned[::-1] == pytest.approx(items, abs=1e-15)
    assert Meteor.numbers().items(case[0][:5], case[1][:5]) == items[:5]


def test_numbers_match_more_than_equal_ones(case: Case) -> None:
    assert Meteor.numbers().score(*case) > Meteor.exact().score(*case)


def test_stems_count_six_tenths(scorers: dict[str, Any]) -> None:
    english, exact = scorers["english"], scorers["exact words"]
    hypotheses, references = [["some", "roads", "removed"]], [[["some", "road", "removed"]]]
    row = dict(zip(COLUMNS, english.statistics(hypotheses, references)[0], strict=True))
    assert row["stem_content_hypothesis"] == row["stem_content_reference"] == 1
    weight = (0.25 + 0.75 + 0.6 * 0.75) / (0.25 + 2 * 0.75)
    assert english.score(hypotheses, references) == pytest.approx(weight, abs=1e-12)  # one chunk over all words: no penalty
    assert exact.score(hypotheses, references) < weight


def test_a_lone_word_with_two_reasons_to_match_does_not(scorers: dict[str, Any]) -> None:
    # a quirk of the jar: in its search such a match counts nothing, but its chunk counts against it
    assert scorers["english"].score([["roads"]], [[["road"]]]) == 0


@pytest.mark.parametrize(
    ("meteor", "hypotheses", "references", "message"),
    [
        (Meteor.numbers(), [["road"]], [[["5"]]], "'road' is not a number"),
        (Meteor.exact(), [["a", "road."]], [[["road"]]], "full stop or a comma"),
        (Meteor.exact(), ["a road"], [[["road"]]], "prediction 0 is a plain string"),
        (Meteor.exact(), [["road"]], [[["road"]], [["x"]]], "1 predicted sentences"),
    ],
)
def test_input_that_does_not_fit_is_refused(meteor: Meteor, hypotheses: Any, references: Any, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        meteor.score(hypotheses, references)


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(PredictionsError, match="2 weights"):
        Meteor.exact().score([["a"]], [[["a"]]], weights=[1, 1])


def test_words_that_the_english_scorer_does_not_know_are_refused(scorers: dict[str, Any]) -> None:
    with pytest.raises(PredictionsError, match="'zebra' is not among the words"):
        scorers["english"].score([["zebra"]], [[["road"]]])
