"""The vocabulary: order, encoding, decoding, JSON."""

from __future__ import annotations

import copy
import json
import pickle
import random

import pytest
import torch

from deltascribe.errors import VocabularyError
from deltascribe.text import END, PAD, SPECIAL_TOKENS, START, UNKNOWN, Vocabulary

CAPTIONS = ["A road is built.", "a house is built", "a house appears , a tree vanishes"]


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary.build(CAPTIONS, min_count=2)


def test_words_come_by_count_then_alphabet_after_the_special_tokens(vocabulary: Vocabulary) -> None:
    assert vocabulary.words == (*SPECIAL_TOKENS, "a", "built", "house", "is")
    assert len(vocabulary) == 8
    assert (PAD, START, END, UNKNOWN) == (0, 1, 2, 3)


def test_the_order_of_the_captions_does_not_matter() -> None:
    captions = [f"word{number % 7} word{number % 3} house" for number in range(60)]
    shuffled = captions.copy()
    random.Random(3).shuffle(shuffled)
    assert Vocabulary.build(captions) == Vocabulary.build(shuffled)


def test_a_word_is_kept_from_min_count_on() -> None:
    vocabulary = Vocabulary.build(["five"] * 5 + ["four"] * 4)
    assert "five" in vocabulary
    assert "four" not in vocabulary
    assert vocabulary.index("four") == UNKNOWN


def test_encode_adds_start_and_end_and_normalises(vocabulary: Vocabulary) -> None:
    assert vocabulary.encode("A HOUSE is gone.") == [START, 4, 6, 7, UNKNOWN, END]
    assert vocabulary.encode("") == [START, END]


@pytest.mark.parametrize("length", [2, 3, 4, 5])
def test_truncation_keeps_the_end(vocabulary: Vocabulary, length: int) -> None:
    tokens = vocabulary.encode("a house is built", max_length=length)
    assert len(tokens) == length
    assert tokens == [START, *[4, 6, 7, 5][: length - 2], END]


def test_a_short_caption_is_not_cut(vocabulary: Vocabulary) -> None:
    assert vocabulary.encode("a house", max_length=4) == [START, 4, 6, END]


def test_too_small_a_length_is_refused(vocabulary: Vocabulary) -> None:
    with pytest.raises(VocabularyError, match="at least 2"):
        vocabulary.encode("a house", max_length=1)


def test_decode_stops_at_end_and_shows_neither_special_nor_unknown_words(vocabulary: Vocabulary) -> None:
    assert vocabulary.decode([START, 4, UNKNOWN, 6, PAD, 7, END, 5, 5]) == "a house is"
    assert vocabulary.decode(torch.tensor([4, 6])) == "a house"
    assert vocabulary.decode([UNKNOWN, END]) == ""
    assert vocabulary.decode([]) == ""


def test_decode_undoes_encode_for_known_words(vocabulary: Vocabulary) -> None:
    assert vocabulary.decode(vocabulary.encode("a house is built")) == "a house is built"


@pytest.mark.parametrize("index", [-1, 8])
def test_an_index_outside_is_refused(vocabulary: Vocabulary, index: int) -> None:
    with pytest.raises(VocabularyError, match="8 entries"):
        vocabulary.decode([4, index])


def test_a_caption_cannot_smuggle_in_a_special_token() -> None:
    vocabulary = Vocabulary.build(["<end> <pad> <unk>"], min_count=1)
    assert vocabulary.encode("<end>") == [START, vocabulary.index("end"), END]
    assert vocabulary.index("end") > UNKNOWN


def test_json_and_pickle_give_the_same_vocabulary(vocabulary: Vocabulary) -> None:
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary
    assert hash(copy.deepcopy(vocabulary)) == hash(vocabulary)


def test_a_vocabulary_cannot_be_changed(vocabulary: Vocabulary) -> None:
    with pytest.raises(AttributeError, match="build a new one"):
        vocabulary._words = ("a",)
    with pytest.raises(AttributeError):
        del vocabulary._index


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "needs the fields"),
        ('{"words": ["a"]}', "format"),
        ('{"format": 2, "words": ["a"]}', "format"),
        ('{"format": 1, "words": "abc"}', "a list"),
        ('{"format": 1, "words": ["a", 3]}', "not a normalised word"),
        ('{"format": 1, "words": ["A"]}', "not a normalised word"),
        ('{"format": 1, "words": ["<unk>"]}', "not a normalised word"),
        ('{"format": 1, "words": ["a", "b", "a"]}', "occurs twice"),
    ],
)
def test_damaged_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        Vocabulary.from_json(text)


def test_special_tokens_must_come_first() -> None:
    with pytest.raises(VocabularyError, match="must begin with"):
        Vocabulary(["a", "b"])


@pytest.mark.parametrize(("captions", "count"), [([], 5), (["a house"], 2), (["a house"], 0), ("a house", 1)])
def test_captions_that_give_no_vocabulary_are_refused(captions: list[str], count: int) -> None:
    with pytest.raises(VocabularyError):
        Vocabulary.build(captions, min_count=count)


def test_json_holds_the_words_in_order(vocabulary: Vocabulary) -> None:
    assert json.loads(vocabulary.to_json())["words"] == ["a", "built", "house", "is"]
