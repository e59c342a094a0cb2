"""Sentences with the jar's scores, and scorers that tests share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deltascribe.metrics.meteor import Meteor


@dataclass(frozen=True)
class Golden:
    """What golden.json holds: the pairs as words and as word numbers, and the jar's scores by setting."""

    content: dict[str, Any]

    @property
    def vocabulary(self) -> list[str]:
        return list(self.content["vocabulary"])

    def pairs(self, setting: str) -> tuple[list[list[str]], list[list[list[str]]]]:
        numbers = self.content["numbers"] if "numbers" in setting else {}
        sentences = [[[numbers.get(word, word) for word in text.split()] for text in pair] for pair in self.content["pairs"]]
        return [pair[0] for pair in sentences], [pair[1:] for pair in sentences]


@pytest.fixture(scope="session")
def golden() -> Golden:
    return Golden(json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def scorers(golden: Golden, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Meteor]:
    """A scorer by setting; the paraphrase table is scanned once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DELTASCRIBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        english = Meteor.english(golden.vocabulary)
    return {"english": english, "exact words": Meteor.exact(), "numbers only": Meteor.numbers(), "exact numbers": Meteor.exact()}
