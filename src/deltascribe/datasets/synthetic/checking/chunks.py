"""A sentence as a row of phrases: things, verbs, places, relations and the words that join them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deltascribe.datasets.synthetic.checking.claims import Group, Side, Spot
from deltascribe.datasets.synthetic.checking.lexer import Reading, read
from deltascribe.datasets.synthetic.checking.lexicon import Form, Token
from deltascribe.datasets.synthetic.checking.noun_phrases import PLACELESS
from deltascribe.datasets.synthetic.checking.spots import SpotReader, frame_relation

ChunkKind = Literal["thing", "verb", "place", "relation", "with", "and", "stop", "where", "which", "exist", "quality", "being", "unknown"]
BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "gets", "get", "got"})
PAST_BE = frozenset({"was", "were"})
DOUBLED = frozenset({"along", "alongside", "from", "out", "out of", "nearby", "down", "off", "around", "up", "all along", "in front"})
"""Prepositions that another may follow: "along on both sides", "from among"."""


@dataclass(frozen=True)
class Chunk:
    """A phrase.

    Attributes:
        kind: what it is.
        text: as written.
        group: of a thing, or the anchor of a relation (None if left out: "with houses built around").
        spot: of a place.
        value: sense of a verb, kind of a relation, quality.
        side: of a relation: on the left of a road.
        finite: of a verb: whether it makes a clause ("are built", "appears") or only tells more of a thing ("built by the road").
        passive: of a verb.
        ing: of a verb that goes on with the same subject: "replacing", "to replace".
        past: of a copula.
        pronoun: whether the anchor is "it" or "them".
    """

    kind: ChunkKind
    text: str
    group: Group | None = None
    spot: Spot | None = None
    value: str = ""
    side: Side | None = None
    finite: bool = True
    passive: bool = False
    ing: bool = False
    past: bool = False
    pronoun: bool = False


class Chunker(SpotReader):
    """Cuts one sentence into phrases."""

    def __init__(self, sentence: str) -> None:
        super().__init__(read(sentence))
        self.chunks: list[Chunk] = []

    def run(self) -> list[Chunk]:
        """All phrases of the sentence."""
        while self.at < len(self.readings):
            chunk = self._next()
            if chunk is not None:
                self.chunks.append(chunk)
        return self.chunks

    def _last(self) -> str:
        return self.chunks[-1].kind if self.chunks else ""

    def _next(self) -> Chunk | None:
        reading = self.readings[self.at]
        if reading.has("small", "existence"):
            return self._take(reading, "exist")
        if reading.has("small", "where", "which") and not self._determines():
            token = reading.of("small")
            return self._take(reading, "where" if token is not None and token.value == "where" else "which")
        if reading.has("verb") and self._verb_here(reading):
            return self._verb()
        if reading.has("small", "auxiliary"):
            return self._verb()
        if reading.has("small", "and", "stop", "comma") and not (reading.has("count") or reading.has("relation", "with")):
            token = reading.of("small")
            return self._take(reading, "stop" if token is not None and token.value == "stop" else "and")
        if (chunk := self._place()) is not None:
            return chunk
        start = self.at
        if (chunk := self._relation()) is not None or self.at > start:
            return chunk
        group = self.noun_phrase()
        if group is not None:
            return Chunk("thing", self.text(start), group=group)
        if reading.has("small", "pronoun"):
            self.at += 1
            return Chunk("thing", reading.text, group=Group("one", word=reading.text))
        return self._rest(reading)

    def _take(self, reading: Reading, kind: ChunkKind, value: str = "") -> Chunk:
        self.at += 1
        return Chunk(kind, reading.text, value=value)

    def _determines(self) -> bool:
        """Whether "that" or "what" stands in front of a noun."""
        return self.readings[self.at].text in ("that", "they") and self.has(1, "noun") and self._last() != "thing"

    def _verb_here(self, reading: Reading) -> bool:
        """Whether a word that could be a verb is one here."""
        token = reading.of("verb")
        if token is None:
            return False
        after_thing = self._last() in ("thing", "place", "relation", "quality")
        if reading.has("side") or (reading.has("relation") and not reading.has("noun")):
            return False
        if reading.has("noun"):
            return self._last() == "thing" and not (self.peek(1) is not None and (self.has(1, "verb") or self.has(1, "small", "auxiliary")))
        if reading.has("quality"):
            return (after_thing and not self._noun_follows_closely()) or not self._noun_follows(1)
        bent = token.forms <= {"participle", "past", "ing"} and not token.plain
        if bent and self._last() in ("and", "", "with", "stop") and self._noun_follows(1):
            return self._last() == "and" or "ing" in token.forms  # "with parked cars", but "and replacing the woods"
        return True

    def _noun_follows_closely(self) -> bool:
        return self._noun_follows(1) and self._last() in ("with", "and", "exist", "")

    def _verb(self) -> Chunk | None:
        """An auxiliary with its verb, a verb alone, or a copula."""
        start = self.at
        auxiliaries: list[str] = []
        qualities: list[str] = []
        verb: Token | None = None
        while (reading := self.peek()) is not None:
            token = reading.of("verb")
            describes = bool(auxiliaries) and (reading.has("noun") or reading.has("quality")) and self._noun_follows(1)
            if token is not None and not describes:
                verb = token
                self.at += 1
                break
            if reading.has("small", "auxiliary"):
                auxiliaries.append(reading.text)
            elif reading.has("small", "skip") or reading.has("quality"):
                if not auxiliaries or (reading.has("quality") and self._noun_follows(1) and not self._verb_before_noun()):
                    break
                if (quality := reading.of("quality")) is not None:
                    qualities.append(quality.value)
            else:
                break
            self.at += 1
        if verb is None:
            return self._being(start, auxiliaries, qualities)
        words = {word for auxiliary in auxiliaries for word in auxiliary.split()}
        again = not auxiliaries and self._last() == "and" and len(self.chunks) > 1 and self.chunks[-2].passive  # "is widened and extended"
        passive = (bool(words & BE) or again) and "participle" in verb.forms
        return self._verb_chunk(verb, start, helped=bool(auxiliaries) or (again and passive), passive=passive, qualities=qualities)

    def _verb_before_noun(self) -> bool:
        """Whether a verb comes before the next noun: "are newly built houses" has none, "are newly built beside" has."""
        ahead = 1
        while (reading := self.peek(ahead)) is not None and not reading.has("noun"):
            if reading.has("verb"):
                return not self._noun_follows(ahead + 1)
            ahead += 1
        return False

    def _object_follows(self) -> bool:
        return self.has(0, "small", "determiner") or self._noun_follows(0)

    def _verb_chunk(self, verb: Token, start: int, *, helped: bool, passive: bool, qualities: list[str]) -> Chunk:
        forms: frozenset[Form] = verb.forms
        bare_past = bool(forms & {"past", "participle"}) and "third" not in forms and not verb.plain and verb.value != "give way"
        finite = helped or (bool(forms & {"base", "third"}) and not bare_past) or (verb.plain and "past" in forms)
        if "past" in forms and verb.value == "replace" and self._object_follows():
            finite = True
        ing = not helped and forms == {"ing"}
        extends = verb.value == "extend" and not passive and not (helped and "participle" in forms)
        fills = verb.value == "vanish" and self.text(start).split()[-1].startswith("fill") and not passive and self._object_follows()
        sense = "stand" if extends else "replace" if fills else verb.value  # "a road extends across the field" is not made longer
        if qualities:
            self.chunks.append(Chunk("quality", " ".join(qualities), value=" ".join(qualities)))
        return Chunk("verb", self.text(start), value=sense, finite=finite and not ing, passive=passive, ing=ing)

    def _being(self, start: int, auxiliaries: list[str], qualities: list[str]) -> Chunk | None:
        """A copula: "is on the left", "are wider", "was a forest"."""
        if not auxiliaries:
            reading = self.readings[start]
            self.at = start + 1
            return Chunk("unknown", reading.text)
        words = {word for auxiliary in auxiliaries for word in auxiliary.split()}
        value = "has" if words <= {"has", "have", "had", "now"} else " ".join(qualities)
        return Chunk("being", self.text(start), value=value, past=bool(words & PAST_BE))

    def _place(self) -> Chunk | None:
        start = self.at
        found = self.spot()
        if found is None:
            return None
        if isinstance(found, Spot):
            return Chunk("place", self.text(start), spot=found)
        spot, _ = found
        self.at += 1
        anchor, pronoun = self._anchor()
        if anchor is None and not pronoun:
            return Chunk("unknown", self.text(start))
        if anchor is not None and not self.readings[start].has("relation") and self._last() in ("", "and", "stop", "with", "verb", "exist"):
            return Chunk("thing", self.text(start), group=anchor.placed((spot,)))  # "the left part of the forest is cleared"
        told = [side for sides in spot.sides for side in sides]
        side = told[0] if len(told) == 1 else None
        kind = "both sides" if spot.form == "both" else "edge" if spot.form == "edge" else "side"
        return Chunk("relation", self.text(start), group=anchor, value=kind, side=side, pronoun=pronoun)

    def _anchor(self) -> tuple[Group | None, bool]:
        """The thing behind a preposition, or whether a pronoun stands for it."""
        reading = self.peek()
        if reading is not None and reading.has("small", "pronoun"):
            self.at += 1
            return None, True
        return self.noun_phrase(), False

    def _relation(self) -> Chunk | None:
        reading = self.readings[self.at]
        token = reading.of("relation")
        if token is None or (reading.has("count") and not reading.has("relation", "with")):
            return None
        if reading.has("quality") and self._last() in ("", "and", "exist", "with", "stop") and self._noun_follows(1):
            return None  # "crossing roads", "nearby houses"
        if token.value == "near" and token.text == "to" and (to := self._purpose()) is not None:
            return to
        start = self.at
        self.at += 1
        if token.value in ("with", "without"):
            return Chunk("with", reading.text, value=token.value)
        while self.has(0, "relation") and not self.has(0, "noun") and token.text in DOUBLED:
            inner = self.readings[self.at].of("relation")
            if inner is None or inner.value in ("with", "without", "for", "of") or self._place_follows():
                break
            token = inner  # "along with", "from among": the last preposition says how
            self.at += 1
        anchor, pronoun = self._anchor()
        if anchor is not None and anchor.noun in PLACELESS and not anchor.traits & {"other"}:
            spot = frame_relation(token.value, token.text)
            return Chunk("place", self.text(start), spot=spot) if spot else None
        if anchor is None and not pronoun and token.value in ("for", "of"):
            return Chunk("unknown", self.text(start))
        return Chunk("relation", self.text(start), group=anchor, value=token.value, pronoun=pronoun)

    def _place_follows(self) -> bool:
        start = self.at
        found = isinstance(self.spot(), Spot)
        self.at = start
        return found

    def _purpose(self) -> Chunk | None:
        """ "To replace the woods": goes on with the same subject."""
        after = self.peek(1)
        verb = after.of("verb") if after is not None else None
        if after is None or verb is None or "base" not in verb.forms or after.has("noun"):
            return None
        start = self.at
        self.at += 2
        return Chunk("verb", self.text(start), value=verb.value, finite=False, ing=True)

    def _rest(self, reading: Reading) -> Chunk | None:
        """A word that is part of no phrase: an adverb, or something not understood."""
        self.at += 1
        if (quality := reading.of("quality")) is not None:
            return Chunk("quality", reading.text, value=quality.value)
        if reading.has("small", "row phrase"):
            return Chunk("quality", reading.text, value="row")
        if reading.has("small", "dense phrase"):
            return Chunk("quality", reading.text, value="dense")
        if reading.has("small", "across phrase"):
            return Chunk("place", reading.text, spot=Spot((), "across", reading.text))
        if reading.has("small", "skip", "before", "determiner") or (reading.has("count") and reading.text == "more"):
            return None
        if reading.has("share"):
            return None
        return Chunk("unknown", reading.text)
