from __future__ import annotations

import pytest

from deltascribe.errors import VocabularyError
from deltascribe.metrics import PARITY_MIN_COUNT, WordNumbering

CAPTIONS = ["A road appears .", "a road and a house", "trees and a road"]


def test_words_seen_often_enough_are_numbered_by_the_alphabet_after_the_special_tokens() -> None:
    numbering = WordNumbering.build(CAPTIONS, 2, "train captions")
    assert numbering.words == ("a", "and", "road")
    assert numbering.encode(["road", "a", "and"]) == ["6", "4", "5"]


def test_all_other_words_share_the_number_of_the_unknown_word() -> None:
    assert WordNumbering.build(CAPTIONS, 2, "x").encode(["house", "road", "never-seen"]) == ["3", "6", "3"]


def test_the_order_of_the_captions_does_not_matter() -> None:
    assert WordNumbering.build(CAPTIONS[::-1], 1, "x").words == WordNumbering.build(CAPTIONS, 1, "x").words


def test_the_description_names_source_size_and_range() -> None:
    text = WordNumbering.build(CAPTIONS, 2, "train captions").describe()
    assert "3 numbers (words seen at least 2 times in the train captions)" in text
    assert "from 4 to 6" in text
    assert "every word in the references" in WordNumbering.build(CAPTIONS, 1, "references").describe()


def test_parity_keeps_words_seen_more_than_five_times() -> None:
    captions = ["road " * 6, "house " * 5]
    assert WordNumbering.build(captions, PARITY_MIN_COUNT, "x").words == ("road",)


@pytest.mark.parametrize(("count", "message"), [(0, "min_count is 0"), (99, "No word occurs 99 times in the train captions")])
def test_a_count_that_leaves_nothing_is_refused(count: int, message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        WordNumbering.build(CAPTIONS, count, "train captions")
