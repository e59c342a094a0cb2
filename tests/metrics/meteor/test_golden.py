"""The jar's own numbers, kept in golden.json, without Java."""

from __future__ import annotations

from typing import Any

import pytest

SETTINGS = ["english", "exact words", "numbers only", "exact numbers"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_item_and_the_corpus_equal_the_jar(setting: str, golden: Any, scorers: dict[str, Any]) -> None:
    hypotheses, references = golden.pairs(setting)
    expected = golden.content[setting]
    assert len(hypotheses) >= 200
    assert scorers[setting].items(hypotheses, references) == pytest.approx(expected["items"], abs=1e-12)
    assert scorers[setting].score(hypotheses, references) == pytest.approx(expected["score"], abs=1e-12)


def test_the_sentences_tell_the_settings_apart(golden: Any) -> None:
    scores = [golden.content[setting]["score"] for setting in SETTINGS]
    assert len({round(score, 4) for score in scores}) == len(SETTINGS)
