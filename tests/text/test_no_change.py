"""Recognition of pairs in which nothing changed."""

from __future__ import annotations

from deltascribe.text import NO_CHANGE_SENTENCES, begins_as_no_change, echoes_no_change, is_no_change


def test_the_fixed_sentences_mean_no_change_whatever_their_case_and_punctuation() -> None:
    assert is_no_change(NO_CHANGE_SENTENCES)
    assert is_no_change([f" {sentence.capitalize()} ." for sentence in NO_CHANGE_SENTENCES])
    assert all(is_no_change([sentence]) for sentence in NO_CHANGE_SENTENCES)


def test_one_other_sentence_means_change() -> None:
    assert not is_no_change([*NO_CHANGE_SENTENCES[:4], "a house is built"])
    assert not is_no_change(["no change has occurred near the road"])


def test_a_single_sentence_may_be_given_as_it_is() -> None:
    assert is_no_change("There is no difference.")
    assert not is_no_change("a road is built")


def test_nothing_is_said_of_a_pair_without_captions() -> None:
    assert not is_no_change([])


def test_a_stammered_no_change_sentence_is_told_from_a_change() -> None:
    assert begins_as_no_change("The scene is the same as before and the same as before.")
    assert begins_as_no_change("there is no difference")
    assert not begins_as_no_change("there is a house")
    assert not begins_as_no_change("")


def test_an_echo_says_words_of_a_no_change_sentence_twice() -> None:
    assert all(
        echoes_no_change(sentence)
        for sentence in (*NO_CHANGE_SENTENCES, "The scene is the same as as before.", "no no change has occurred")
    )
    assert not begins_as_no_change("the scene is the same as as before")
    assert not any(echoes_no_change(sentence) for sentence in ("change has occurred", "the scene", "", "a road road appears"))
