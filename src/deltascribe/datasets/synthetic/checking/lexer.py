"""A sentence as tokens: the longest known phrase at each word."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from deltascribe.datasets.synthetic.checking.lexicon import Kind, Token, longest, phrases

_COMPOUND_SIDE = re.compile(r"\b(upper|lower|top|bottom|left|right|middle|center)-(?=(?:left|right|center|middle|top|bottom|hand|most))")
PARTS_OF = frozenset({"part of", "half of", "section of", "quarter of", "a part of", "a portion of"})
_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*|[,;]")


@dataclass(frozen=True)
class Reading:
    """The readings of one phrase of the sentence."""

    tokens: tuple[Token, ...]
    text: str

    def of(self, *kinds: Kind) -> Token | None:
        """The reading of one of these kinds, if there is one; kinds that come first go first."""
        return next((token for kind in kinds for token in self.tokens if token.kind == kind), None)

    def has(self, kind: Kind, *values: str) -> bool:
        """Whether one reading is of this kind (and has one of these values)."""
        return any(token.kind == kind and (not values or token.value in values) for token in self.tokens)


def words_of(sentence: str) -> list[str]:
    """Lower-case words and commas; "lower-right" becomes two words."""
    return _WORD.findall(_COMPOUND_SIDE.sub(r"\1 ", sentence.lower().replace("\u2019", "'")))


def read(sentence: str) -> list[Reading]:
    """The sentence cut into known phrases; a word that is not known has one reading of kind `unknown`."""
    words = words_of(sentence)
    table = phrases()
    readings: list[Reading] = []
    i = 0
    while i < len(words):
        for size in range(min(longest(), len(words) - i), 0, -1):
            piece = tuple(words[i : i + size])
            found = table.get(piece)
            if found:
                text = " ".join(piece)
                if text in PARTS_OF and readings and readings[-1].has("side"):
                    continue  # "the left part of the scene": a part of the frame, not part of a thing
                readings.append(Reading(tuple(replace(token, text=text) for token in found), text))
                break
        else:
            size = 1
            readings.append(Reading((Token("unknown", words[i], text=words[i]),), words[i]))
        i += size
    return readings
