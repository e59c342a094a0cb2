"""The two modes of the published protocol: sentences scored as words, or as the numbers of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from deltascribe.errors import MissingDependencyError
from deltascribe.metrics.meteor import Meteor
from deltascribe.metrics.ngrams import Tokens
from deltascribe.metrics.numbering import WordNumbering
from deltascribe.text.normalise import tokenize

Mode = Literal["ids", "words"]
MODES: tuple[Mode, ...] = ("ids", "words")


@dataclass(frozen=True)
class Protocol:
    """How a sentence becomes the tokens that the metrics count.

    `ids` is what most published tables of this field hold: word numbers, in which rare words are all alike and METEOR sees
    no stems or synonyms. `words` is the plain sentence in lower case.

    Attributes:
        mode: `ids` or `words`.
        numbering: the numbers of `ids`.
        meteor: whether METEOR is wanted; with words it reads a table of 60 MB.
    """

    mode: Mode
    numbering: WordNumbering | None = None
    meteor: bool = True

    @classmethod
    def words(cls, meteor: bool = True) -> Protocol:
        """Lower-case words without punctuation."""
        return cls("words", None, meteor)

    @classmethod
    def ids(cls, numbering: WordNumbering, meteor: bool = True) -> Protocol:
        """Word numbers."""
        return cls("ids", numbering, meteor)

    def tokens(self, caption: str) -> list[str]:
        """Tokens of a sentence."""
        words = tokenize(caption)
        return words if self.numbering is None else self.numbering.encode(words)

    def describe(self) -> str:
        """One line for the reports."""
        if self.numbering is None:
            return "words: lower case, without punctuation, references untouched"
        return f"ids: {self.numbering.describe()}"


@dataclass
class MeteorVariants:
    """METEOR 1.5 as a protocol has it: with number paraphrases and exact-only for `ids`, with English resources for `words`.

    Attributes:
        protocol: the mode.
        note: why there is no METEOR, where there is none.
    """

    protocol: Protocol
    note: str | None = None
    _scorers: dict[str, Meteor] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.protocol.meteor and self.protocol.mode == "ids":
            self._scorers = {"meteor": Meteor.numbers(), "meteor_exact": Meteor.exact()}

    def learn(self, sentences: Sequence[Tokens]) -> None:
        """Makes words known before they are scored; the table is read once for all of them."""
        if not self.protocol.meteor or self.protocol.mode == "ids" or self.note is not None:
            return
        words = {word for sentence in sentences for word in sentence}
        if words <= self._words:
            return
        self._words |= words
        try:
            self._scorers = {"meteor": Meteor.english(self._words)}
        except MissingDependencyError as error:
            # a different number in silence would be worse than none
            self.note = f"No METEOR on words, and so no S*m: {error}"

    def statistics(self, hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> dict[str, npt.NDArray[np.float64]]:
        """Additive statistics [pairs, K] of each variant."""
        self.learn([*hypotheses, *(sentence for entry in references for sentence in entry)])
        return {name: scorer.statistics(hypotheses, references) for name, scorer in self._scorers.items()}
