from __future__ import annotations

import pytest

from deltascribe.metrics import METRICS, CaptionScorer, FixedSentence, Protocol, anchor_rows, cider_d, rouge_l
from deltascribe.metrics.anchors import average_rows, human_row, no_human_row, random_captions
from deltascribe.text import tokenize
from deltascribe.text.special import NO_CHANGE_CAPTION, NO_CHANGE_SENTENCES

REFERENCES = [
    ["two houses are built on the left", "some houses appear on the left", "houses are built"],
    ["a road is built through the woods", "the woods are cut by a new road", "a road appears in the woods"],
    list(NO_CHANGE_SENTENCES),
]
CHANGED = [True, True, False]
WORDS = Protocol.words(meteor=False)


def scorer() -> CaptionScorer:
    return CaptionScorer(REFERENCES, CHANGED, WORDS)


def test_all_rows_come_in_order_and_name_their_seed() -> None:
    fixed = FixedSentence("a road appears", 1.0, "val")
    labels = [row.label for row in anchor_rows(scorer(), [fixed], ["a pool appears"], seed=7)]
    assert labels == [
        f'always "{NO_CHANGE_CAPTION}"',
        'perfect flag + always "a road appears" (best on val)',
        "perfect flag + random training caption (seed 7)",
        "human, leave one out, perfect flag",
    ]


def test_rows_that_lack_their_captions_are_left_out() -> None:
    assert len(anchor_rows(scorer(), human=False)) == 1
    still = CaptionScorer(REFERENCES[2:], [False], WORDS)
    assert [row.label for row in anchor_rows(still, (), ["a pool appears"])] == [f'always "{NO_CHANGE_CAPTION}"']


def test_random_captions_depend_on_the_seed_alone() -> None:
    pool = [f"caption {number}" for number in range(50)]
    assert random_captions(pool, 20, 3) == random_captions(pool[::-1], 20, 3)
    assert random_captions(pool, 20, 3) != random_captions(pool, 20, 4)
    assert set(random_captions(pool, 2000, 0)) == set(pool)


def test_the_random_row_is_scored_with_a_perfect_flag() -> None:
    row = anchor_rows(scorer(), (), ["a pool appears"])[1]
    by_hand = scorer().score("", ["a pool appears", "a pool appears", NO_CHANGE_CAPTION])
    assert row.subsets == by_hand.subsets
    assert (row.change_accuracy, row.no_change_accuracy) == (1.0, 1.0)


def test_the_human_row_is_the_mean_over_each_reference_left_out() -> None:
    row = human_row(scorer())
    assert row is not None
    words = [[tokenize(s) for s in entry] for entry in REFERENCES[:2]]
    rouges, ciders = [], []
    for left_out in range(3):
        said = [entry[left_out] for entry in words]
        others = [entry[:left_out] + entry[left_out + 1 :] for entry in words]
        rouges.append(rouge_l(said, others))
        ciders.append(cider_d(said, others))
    assert row.subset("changed").scores["rouge_l"] == pytest.approx(sum(rouges) / 3)
    assert row.subset("changed").scores["cider_d"] == pytest.approx(sum(ciders) / 3)
    assert row.subset("no_change").scores["rouge_l"] == pytest.approx(1.0)


def test_people_who_agree_score_full_marks() -> None:
    agreed = CaptionScorer([["a b c d e"] * 3, ["f g h i j"] * 3], [True, True], WORDS)
    row = human_row(agreed)
    assert row is not None
    assert row.subset("changed").scores["bleu_4"] == pytest.approx(1.0)
    assert row.subset("changed").scores["cider_d"] == pytest.approx(10.0)


def test_every_person_speaks_where_pairs_have_unequal_numbers_of_references() -> None:
    five = ["a road is built", "x", "y", "z", "a road is built"]
    rows = [human_row(CaptionScorer([order, ["a house appears", "a house appears"]], [True, True], WORDS)) for order in (five, five[::-1])]
    scores = [row.subset("changed").scores["rouge_l"] for row in rows if row is not None]
    assert scores[0] == pytest.approx(scores[1])
    # of the five turns two agree with another, and the other pair's two always do
    assert scores[0] == pytest.approx((2 / 5 + 1) / 2)


def test_one_reference_cannot_be_left_out_and_the_reason_is_told() -> None:
    lonely = CaptionScorer([["a b"], ["c d", "e f"]], [True, True], WORDS)
    assert human_row(lonely) is None
    assert no_human_row(lonely) == "No row of people: 1 of 2 changed pairs have a single reference."
    still = CaptionScorer([list(NO_CHANGE_SENTENCES)], [False], WORDS)
    assert human_row(still) is None
    assert no_human_row(still) == "No row of people: no pair has a change."


def test_an_average_lacks_what_one_of_its_rows_lacks() -> None:
    first = scorer().score("", ["a road appears", "houses are built", "there is no difference"], [True, True, False])
    second = scorer().score("", ["houses are built", "a road appears", "a house appears"])
    mean = average_rows("mean", [first, second])
    for metric in METRICS:
        pair = [row.subset("all").scores[metric] for row in (first, second)]
        expected = None if None in pair else pytest.approx(sum(pair) / 2)
        assert mean.subset("all").scores[metric] == expected
    assert mean.no_change_accuracy == pytest.approx(0.5)
    assert mean.flag_change_accuracy is None
