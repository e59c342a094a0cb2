"""Normalisation of captions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.text import normalise, tokenize


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        (" A road is built , and two houses appear .", "a road is built and two houses appear"),
        ("Many Villas,are built.", "many villas are built"),
        ("a T-shaped road in the lower-right corner", "a t-shaped road in the lower-right corner"),
        ("the road\u2019s end - near a house -", "the road's end near a house"),
        ("a house/two roads (new) \\almost", "a house two roads new almost"),
        ("une for\u00eat et une for\u0065\u0302t", "une for\u00eat et une for\u00eat"),
        (" \t\n", ""),
    ],
)
def test_words_are_lower_case_without_punctuation(caption: str, expected: str) -> None:
    assert normalise(caption) == expected
    assert tokenize(caption) == expected.split()


def test_normalising_twice_changes_nothing() -> None:
    once = normalise("The 3 T-shaped roads' ends, the road's side; 'lower-right' -- corner_two.")
    assert normalise(once) == once


def test_published_captions_are_already_normalised(shared_data: Path) -> None:
    captions = json.loads((shared_data / "levircc" / "captions_all.json").read_text())
    different = [caption for of_pair in captions.values() for caption in of_pair if normalise(caption) != caption]
    assert len(different) <= 1  # one of 50,385 holds a stray backslash
