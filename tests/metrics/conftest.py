"""Sentences with the jar's scores, and scorers that tests share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
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


class Scorers(dict[str, Meteor]):
    """A scorer by setting, made when it is asked for: only `english` needs the tables of pycocoevalcap."""

    def __init__(self, vocabulary: list[str]) -> None:
        super().__init__({"exact words": Meteor.exact(), "numbers only": Meteor.numbers(), "exact numbers": Meteor.exact()})
        self.vocabulary = vocabulary

    def __missing__(self, setting: str) -> Meteor:
        assert setting == "english"
        if find_spec("pycocoevalcap") is None:
            pytest.skip("METEOR on words reads the tables of pycocoevalcap, which is not installed")
        self[setting] = Meteor.english(self.vocabulary)
        return self[setting]


@pytest.fixture(scope="session")
def scorers(golden: Golden) -> Scorers:
    """METEOR in each setting of golden.json."""
    return Scorers(golden.vocabulary)
