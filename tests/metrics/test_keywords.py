from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics import keyword_words
from deltascribe.metrics.keywords import (
    KINDS,
    NO_CHANGE,
    extract_keywords,
    keyword_counts,
    keyword_f1_from_counts,
    keyword_scores,
    uncovered_words,
)
from deltascribe.text import is_no_change, tokenize


def found(caption: str, kind: str) -> set[str]:
    return set(extract_keywords(caption)[kind])


@pytest.mark.parametrize(
    ("caption", "classes"),
    [
        ("two villas and a House", {"house"}),
        ("some trees in the woods", {"tree"}),
        ("lots of buildings with parking lots", {"building", "parking lot"}),
        ("a building is built", {"building"}),
        ("a crossroad with a dirt road", {"crossroad", "road", "path"}),
        ("the swimming pool beside the pool", {"swimming pool", "water"}),
        ("a square house on a square of grass beside a square", {"house", "grass", "square"}),
        ("factories and boxes", {"building", "container"}),
    ],
)
def test_words_for_the_same_thing_are_one_object(caption: str, classes: set[str]) -> None:
    assert found(caption, "object") == classes


@pytest.mark.parametrize(
    ("caption", "classes"),
    [
        ("a house in the upper left corner", {"top", "left"}),
        ("a house at the lower-right of the scene", {"bottom", "right"}),
        ("a house in the corner", {"corner"}),
        ("houses on both sides of the road", {"both sides"}),
        ("houses along the road and beside the lake", {"beside"}),
        ("a road in the middle is left as it was", {"middle"}),
        ("a house in the middle left", {"middle", "left"}),
        ("two vertical roads", set()),
    ],
)
def test_places_are_sides_of_the_image_and_relations_to_things(caption: str, classes: set[str]) -> None:
    assert found(caption, "direction") == classes


@pytest.mark.parametrize(
    ("caption", "classes"),
    [
        ("houses are built", {"appear"}),
        ("houses show up", {"appear"}),
        ("the house is demolished", {"remove"}),
        ("the house has disappeared", {"remove"}),
        ("houses replace the trees", {"appear", "remove"}),
        ("the trees are removed and houses are constructed", {"appear", "remove"}),
        ("the grass turns into a lake", {"become"}),
        ("the grass turns green and a turning road is widened", {"grow", "extend"}),
        ("trees in the clearing are cleared to make room for roads", {"remove"}),
    ],
)
def test_words_for_the_same_event_are_one_change(caption: str, classes: set[str]) -> None:
    assert found(caption, "change") == classes


@pytest.mark.parametrize(
    ("caption", "classes"),
    [
        ("a large house is built", {"one"}),
        ("another house is built", {"one", "more"}),
        ("one house is built", {"one"}),
        ("houses on one side of the road", set()),
        ("the bareland is a meadow in a residential area", set()),
        ("a row of houses is built", {"a row"}),
        ("rows of houses and a lot of trees", {"many"}),
        ("two rows of houses", {"two", "many"}),
        ("several houses and a few roads", {"some"}),
        ("buildings with parking lots", set()),
        ("seven houses replace most of the trees", {"five or more", "most"}),
    ],
)
def test_an_article_counts_one_only_before_a_single_thing(caption: str, classes: set[str]) -> None:
    assert found(caption, "quantity") == classes


def test_a_no_change_sentence_has_one_keyword_of_its_own() -> None:
    assert extract_keywords("The scene is the same as before.") == {
        "object": frozenset(),
        "direction": frozenset(),
        "change": frozenset({NO_CHANGE}),
        "quantity": frozenset(),
    }
    assert NO_CHANGE not in found("the forest has changed", "change")


def test_what_is_extracted_can_be_changed_without_harm() -> None:
    extract_keywords("a road is built")["object"] = frozenset()
    assert found("a road is built", "object") == {"road"}


def test_uncovered_words_are_those_of_no_list() -> None:
    assert uncovered_words("a blimp lands on the left side of two buildings") == ["blimp"]


def test_any_reference_makes_a_keyword_right_and_the_majority_makes_it_expected() -> None:
    references = [["a road is built", "a road and a bridge are built", "a road near trees is built", "a lake appears"]]
    counts = keyword_counts(["roads, bridges and cars appear"], references)[0]
    # road by 3 of 4, bridge by 1 of 4, car by none; the other expected things: none
    assert counts[list(KINDS).index("object")].tolist() == [3, 2, 1, 1]
    assert counts[list(KINDS).index("direction")].tolist() == [0, 0, 0, 0]
    assert counts[list(KINDS).index("change")].tolist() == [1, 1, 1, 1]
    assert counts[list(KINDS).index("quantity")].tolist() == [0, 0, 1, 0]


def test_half_of_the_references_is_no_majority() -> None:
    counts = keyword_counts(["a road is built"], [["roads are built", "houses are built"]])[0]
    assert counts[list(KINDS).index("object")].tolist() == [1, 1, 0, 0]


def test_counts_are_summed_before_they_are_divided() -> None:
    references = [["houses appear"], ["roads, trees and houses disappear"]]
    scores = keyword_scores(["houses and roads appear", "roads appear"], references).kinds["object"]
    # predicted 2 + 1, right 1 + 1; expected 1 + 3, found 1 + 1
    assert (scores.precision, scores.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    assert scores.f1 == pytest.approx(2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))
    assert (scores.predicted, scores.expected) == (3, 4)


def test_weights_repeat_pairs() -> None:
    hypotheses, references = ["houses appear", "roads vanish"], [["houses appear"], ["trees vanish"]]
    weighted = keyword_scores(hypotheses, references, weights=[3, 1]).kinds
    repeated = keyword_scores([hypotheses[0]] * 3 + hypotheses[1:], [references[0]] * 3 + references[1:]).kinds
    assert weighted["object"].precision == repeated["object"].precision == pytest.approx(3 / 4)
    assert weighted["all"].f1 == pytest.approx(repeated["all"].f1)
    assert weighted["object"].predicted == 2


def test_all_kinds_together_are_the_sum_of_the_kinds() -> None:
    hypotheses, references = ["two houses appear"], [["two houses on the left vanish"]]
    scores = keyword_scores(hypotheses, references).kinds
    # right: two, house; wrong: appear; missed: left, remove
    assert (scores["all"].precision, scores["all"].recall) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    sums = keyword_counts(hypotheses, references).sum(axis=(0, 1))
    assert keyword_f1_from_counts(sums[None])[0] == pytest.approx(scores["all"].f1)


def test_undefined_scores_are_none_and_silence_scores_zero() -> None:
    scores = keyword_scores(["blimps"], [["roads appear"]]).kinds
    assert (scores["object"].precision, scores["object"].recall, scores["object"].f1) == (None, 0.0, 0.0)
    assert (scores["quantity"].precision, scores["quantity"].recall, scores["quantity"].f1) == (None, None, None)
    assert keyword_scores(["two roads"], [["roads"]]).to_dict()["quantity"] == {
        "precision": 0.0,
        "recall": None,
        "f1": None,
        "predicted": 1,
        "expected": 0,
    }


def test_f1_of_many_samples_at_once() -> None:
    sums = np.array([[[4, 2, 2, 2]], [[0, 0, 3, 0]], [[1, 0, 0, 0]]])
    assert keyword_f1_from_counts(sums)[:, 0] == pytest.approx([2 / 3, 0, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        (["a"], [], "1 predicted sentences"),
        ([], [], "no pair"),
        (["a"], [[]], "no reference"),
        (["a"], ["a road"], "plain string"),
    ],
)
def test_input_that_does_not_fit_is_refused(hypotheses: list[str], references: list[list[str]], message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        keyword_scores(hypotheses, references)


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(PredictionsError, match="weights"):
        keyword_scores(["a road"], [["a road"]], weights=[1, 1])


def test_no_phrase_stands_in_two_classes() -> None:
    tables = (keyword_words.OBJECTS, keyword_words.PLACES, keyword_words.CHANGES, keyword_words.QUANTITIES)
    texts = [text for table in tables for text in table.values()] + [keyword_words.NEUTRAL]
    counts = Counter(phrase.strip() for text in texts for phrase in text.split(","))
    assert [phrase for phrase, number in counts.items() if number > 1] == []
    assert [phrase for phrase in counts if " ".join(tokenize(phrase)) != phrase] == []


def test_uncounted_objects_are_objects() -> None:
    objects = {phrase.strip() for text in keyword_words.OBJECTS.values() for phrase in text.split(",")}
    assert {phrase.strip() for phrase in keyword_words.UNCOUNTED.split(",")} <= objects


def test_nearly_every_word_of_the_training_captions_is_covered(shared_data: Path) -> None:
    captions: dict[str, list[str]] = json.loads((shared_data / "levircc" / "captions_all.json").read_text(encoding="utf-8"))
    changed = [entry for name, entry in captions.items() if name.startswith("train_") and not is_no_change(entry)]
    sentences = [sentence for entry in changed[::10] for sentence in entry]
    assert sum(len(uncovered_words(sentence)) for sentence in sentences) < 0.005 * sum(len(tokenize(sentence)) for sentence in sentences)
    silent = [sentence for sentence in sentences if not (found(sentence, "object") and found(sentence, "change"))]
    assert len(silent) < 0.03 * len(sentences)
