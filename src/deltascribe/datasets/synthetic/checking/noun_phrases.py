"""Noun phrases, read from the tokens of a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from deltascribe.datasets.synthetic.checking.claims import Group, Quantity, Side, Spot
from deltascribe.datasets.synthetic.checking.lexer import Reading
from deltascribe.datasets.synthetic.checking.lexicon import Kind

PLACELESS = frozenset({"ground", "frame"})
"""Nouns that name no place of their own: "in the area", "of the scene"."""

NEW_COUNTS = frozenset({"another", "one more", "some more", "a few more", "several more", "many more", "a further", "a new"})
"""Numbers that tell that the things were not there before."""


@dataclass
class Draft:
    """A noun phrase in the making."""

    quantity: Quantity | None = None
    rows: Quantity | None = None
    traits: set[str] = field(default_factory=set)
    spots: list[Spot] = field(default_factory=list)
    definite: bool = False
    noun: str = ""
    plural: bool | None = None

    def count(self, quantity: Quantity) -> None:
        """Takes a number word; "two more" and "two of the three" keep the two, "both a house and" the one."""
        if self.quantity is None or self.quantity.word == "both":
            self.quantity = quantity
        elif self.quantity.share and not self.definite:
            self.quantity = replace(quantity, share=self.quantity.share)
        elif not self.definite and self.quantity.word in ("a", "an", "some", "more") and quantity.low > 2:
            self.quantity = quantity

    def group(self, text: str) -> Group:
        """The finished phrase."""
        quantity = self.quantity
        if self.rows is not None and quantity is not None and quantity.high == 1:
            quantity = None
        return Group(self.noun, self.plural, quantity, frozenset(self.traits), self.rows, self.definite, tuple(self.spots), word=text)


class PhraseReader:
    """Reads phrases from the readings of one sentence; `at` is the next one."""

    def __init__(self, readings: list[Reading]) -> None:
        self.readings = readings
        self.at = 0

    def peek(self, ahead: int = 0) -> Reading | None:
        """The reading so many places on, or None behind the end."""
        place = self.at + ahead
        return self.readings[place] if 0 <= place < len(self.readings) else None

    def text(self, start: int) -> str:
        """What was read since a start."""
        return " ".join(reading.text for reading in self.readings[start : self.at])

    def has(self, ahead: int, kind: Kind, *values: str) -> bool:
        """Whether the reading so many places on has a kind (and value)."""
        reading = self.peek(ahead)
        return reading is not None and reading.has(kind, *values)

    def noun_phrase(self) -> Group | None:
        """Reads a noun phrase, or nothing."""
        start, draft = self.at, Draft()
        while (reading := self.peek()) is not None and not draft.noun:
            if not self._before_noun(reading, draft, started=self.at > start):
                break
        if not draft.noun and not (draft.quantity is not None and self._stands_alone(draft)):
            self.at = start
            return None
        self._compound(draft)
        self._content(draft)
        return draft.group(self.text(start))

    def _stands_alone(self, draft: Draft) -> bool:
        """Whether a number or "the other" stands for the noun told before: "two disappear"."""
        after = self.peek()
        if after is not None and not (after.has("verb") or after.has("small", "auxiliary", "and", "which") or after.has("relation")):
            return False
        draft.noun, draft.plural = "one", draft.quantity is not None and draft.quantity.low > 1
        return True

    def _before_noun(self, reading: Reading, draft: Draft, *, started: bool) -> bool:
        """Takes one word in front of the noun, or the noun; whether it belonged to the phrase."""
        token = reading.of("noun", "share", "count", "rows", "quality", "side", "small", "verb")
        if token is None or (token.kind == "small" and token.value not in ("determiner", "skip")):
            return False
        quality = reading.of("quality")
        if token.kind == "noun" and quality and self._noun_follows(1) and not self.has(1, "noun", *PLACELESS):
            token = quality
        if token.kind == "noun":
            draft.noun, draft.plural = token.value, token.plural
        elif token.kind == "share":
            draft.quantity = Quantity(share=token.value, word=token.text)
        elif token.kind == "count":
            draft.count(token.quantity or Quantity())
            if token.value in NEW_COUNTS:
                draft.traits.add("new")
        elif token.kind == "rows":
            several = Quantity(2 if token.plural else 1, None, word=token.text)
            draft.rows = several if draft.quantity is None or draft.quantity.share else draft.quantity
            draft.quantity = None
        elif token.kind == "quality":
            draft.traits.add(token.value)
        elif token.kind == "side":
            if not self._noun_follows(1):
                return False
            draft.spots.append(Spot((sides_of(token.value),), word=token.text))
        elif token.kind == "verb":
            # "become" is its own participle, but never stands before the noun that it speaks of
            finite = token.value == "give way" and "base" in token.forms
            if finite or not token.forms & {"participle", "ing"} or not self._noun_follows(1) or not (started or self.has(1, "noun")):
                return False
            draft.traits.add({"appear": "new", "vanish": "old", "rebuild": "new"}.get(token.value, "plain"))
        elif token.value == "determiner":
            draft.definite = True
        elif not self._noun_follows(1):
            return False
        self.at += 1
        return True

    def _noun_follows(self, ahead: int) -> bool:
        """Whether only words that stand in front of nouns come before the next noun."""
        while (reading := self.peek(ahead)) is not None:
            if reading.has("noun"):
                return True
            participle = any(
                token.forms & {"participle", "ing"} and not (token.value == "give way" and "base" in token.forms)
                for token in reading.tokens
            )
            if not (reading.of("quality", "count", "rows", "side") or participle or reading.has("small", "skip")):
                return False
            ahead += 1
        return False

    def _compound(self, draft: Draft) -> None:
        """Takes further nouns: "villa area" is villas, "road corner" a road."""
        while True:
            reading = self.peek()
            token = reading.of("noun") if reading else None
            if token is not None and reading is not None and not (reading.has("verb") and self._verb_like(reading)):
                if token.value not in PLACELESS or draft.noun == "frame":
                    draft.noun = token.value
                draft.plural = token.plural
                self.at += 1
            elif reading is not None and reading.has("part") and draft.noun not in PLACELESS and not reading.has("relation"):
                draft.traits.add("near")
                self.at += 1
            else:
                return

    def _verb_like(self, reading: Reading) -> bool:
        after = self.peek(1)
        return after is None or not after.has("noun")

    def _content(self, draft: Draft) -> None:
        """ "An area of bareland" is bareland."""
        if draft.noun not in PLACELESS | {"one"} or not self.has(0, "relation", "of"):
            return
        start = self.at
        self.at += 1
        inner = self.noun_phrase()
        if inner is None:
            self.at = start
            return
        draft.noun, draft.plural = inner.noun, inner.plural
        draft.traits |= inner.traits
        if inner.quantity and not draft.quantity:
            draft.quantity = inner.quantity


def sides_of(value: str) -> frozenset[Side]:
    """ "top left" as a set."""
    return frozenset(value.split())
