from __future__ import annotations

import pytest

from deltascribe.metrics import CaptionScorer, Protocol, WordNumbering, bleu, choose_fixed_sentences, cider_d
from deltascribe.text import tokenize
from deltascribe.text.special import NO_CHANGE_SENTENCES

REFERENCES = [
    ["Two houses are built on the left .", "some houses appear on the left"],
    ["a road is built through the woods", "the woods are cut by a new road"],
    ["many trees are removed at the top"],
    list(NO_CHANGE_SENTENCES),
]
CHANGED = [True, True, True, False]
SAID = ["two houses are built on the left", "there is no difference", "a road appears", "no change has occurred"]


def test_fixed_sentences_are_chosen_over_all_pairs_and_over_the_changed_ones() -> None:
    chosen = choose_fixed_sentences(REFERENCES, CHANGED, "val")
    assert len(chosen) in (1, 2)
    assert all(entry.sentence in {" ".join(tokenize(s)) for pair in REFERENCES[:3] for s in pair} for entry in chosen)
    one = choose_fixed_sentences([["a b c d"], ["e f g h"]], [True, True], "val")
    assert [(entry.sentence, entry.chosen_on) for entry in one] == [("a b c d", "val")]


def test_rare_words_are_alike_in_ids_and_different_in_words() -> None:
    references = [["a barn is built", "a barn appears"], ["a kiln is built", "a kiln appears"]]
    numbering = WordNumbering.build(["a is built appears"], 1, "train captions")
    said = ["a kiln is built", "a kiln is built"]
    ids = CaptionScorer(references, [True, True], Protocol.ids(numbering)).score("x", said).subset("all").scores
    words = CaptionScorer(references, [True, True], Protocol.words(meteor=False)).score("x", said).subset("all").scores
    assert ids["bleu_1"] == pytest.approx(1.0)
    assert words["bleu_1"] == pytest.approx(7 / 8)


def test_with_every_word_numbered_ids_and_words_agree_but_for_meteor() -> None:
    numbering = WordNumbering.build([*SAID, *(s for entry in REFERENCES for s in entry)], 1, "x")
    ids = CaptionScorer(REFERENCES, CHANGED, Protocol.ids(numbering)).score("x", SAID)
    words = CaptionScorer(REFERENCES, CHANGED, Protocol.words(meteor=False)).score("x", SAID)
    for one, other in zip(ids.subsets, words.subsets, strict=True):
        for metric in ("bleu_1", "bleu_4", "rouge_l", "cider_d"):
            assert one.scores[metric] == pytest.approx(other.scores[metric])


def test_statistics_of_a_subset_take_their_idf_from_it() -> None:
    scorer = CaptionScorer(REFERENCES, CHANGED, Protocol.words(meteor=False))
    rows = scorer.statistics(SAID)
    assert list(rows) == ["all", "balanced", "changed", "no_change"]
    words = [tokenize(sentence) for sentence in SAID[:3]]
    references = [[tokenize(s) for s in entry] for entry in REFERENCES[:3]]
    scores = rows["changed"].scores()
    assert float(scores["cider_d"]) == pytest.approx(cider_d(words, references))
    assert float(scores["bleu_4"]) == pytest.approx(bleu(words, references)[3])
    assert rows["no_change"].cider_d is None
    assert scorer.weights("balanced") == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    assert scorer.weights("changed") is None


def test_a_data_sets_own_no_change_sentences_are_known_from_its_unchanged_pairs() -> None:
    references = [["a road is built"], ["nothing is different"], ["nothing is different", "no changes at all"]]
    said = ["no changes at all", "Nothing is different.", "no changes at all"]
    row = CaptionScorer(references, [True, False, False], Protocol.words(meteor=False)).score("x", said)
    assert (row.change_accuracy, row.no_change_accuracy) == (0.0, 1.0)


def test_what_is_also_said_of_a_changed_pair_is_no_no_change_sentence() -> None:
    references = [["a road is built"], ["a road is built", "no changes at all"]]
    row = CaptionScorer(references, [True, False], Protocol.words(meteor=False)).score("x", ["a road is built"] * 2)
    assert (row.change_accuracy, row.no_change_accuracy) == (1.0, 0.0)


def test_an_empty_sentence_tells_of_neither() -> None:
    row = CaptionScorer(REFERENCES, CHANGED, Protocol.words(meteor=False)).score("x", ["", " . ", "", ""])
    assert (row.change_accuracy, row.no_change_accuracy) == (0.0, 0.0)


def test_a_stammered_no_change_sentence_is_one() -> None:
    said = ["the scene is the same as before and", "a road", "a road", "there is no difference no"]
    row = CaptionScorer(REFERENCES, CHANGED, Protocol.words(meteor=False)).score("x", said)
    assert row.change_accuracy == pytest.approx(2 / 3)
    assert row.no_change_accuracy == 1.0


def test_kinds_are_given_where_a_subset_fixes_their_share() -> None:
    scorer = CaptionScorer(REFERENCES, CHANGED, Protocol.words(meteor=False))
    assert scorer.strata("balanced") == CHANGED
    assert scorer.strata("all") is None
