"""Places in the frame, read from the tokens of a sentence: "in the upper left corner of the scene"."""

from __future__ import annotations

from deltascribe.datasets.synthetic.checking.claims import Side, Spot
from deltascribe.datasets.synthetic.checking.lexer import Reading
from deltascribe.datasets.synthetic.checking.noun_phrases import PLACELESS, PhraseReader

OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
PREPOSITIONS = "in on at to from near of along by around within inside across beside toward towards through under about aside into"


class SpotReader(PhraseReader):
    """Reads places in the frame as well as noun phrases."""

    def spot(self) -> Spot | tuple[Spot, Reading] | None:
        """Reads a place in the frame; with the "of" behind it if it is the side of a thing; or nothing."""
        start = self.at
        reading = self.peek()
        if reading is not None and (token := reading.of("relation")) is not None and token.text in PREPOSITIONS.split():
            self.at += 1
        across = self.readings[start].text in ("across", "through") if start < len(self.readings) else False
        both = False
        while (reading := self.peek()) is not None and (
            reading.has("small", "determiner", "skip") or reading.has("count") or reading.has("share") or reading.has("quality", "other")
        ):
            if reading.has("side") or reading.has("part"):
                break
            both |= reading.text in ("both", "two", "each", "either", "each of")
            self.at += 1
        sides = self._sides()
        part = self._part(sides)
        if not sides and part is None:
            self.at = start
            return None
        if sides and part is None and self._adjective():
            self.at = start
            return None
        form = "across" if across and not sides else part if part in ("corner", "edge", "both") else ""
        if both and not sides and part in ("side", "both", "edge"):
            form = "both"
        if not sides and part == "side" and not both:
            form = "edge"
        spot = Spot(tuple(sides), "both" if len(sides) > 1 else form, self.text(start))
        return self._of(spot)

    def _adjective(self) -> bool:
        """Whether the direction just read belongs to a noun: "the left road"."""
        return self._noun_follows(0) and not self.has(0, "noun", *PLACELESS)

    def _sides(self) -> list[frozenset[Side]]:
        """Directions: "upper left" is one place, "top and bottom" two."""
        found: list[frozenset[Side]] = []
        current: set[str] = set()
        while (reading := self.peek()) is not None:
            token = reading.of("side")
            new = set(token.value.split()) if token is not None else set()
            if new and not any(side in current or OPPOSITE.get(side) in current for side in new):
                current |= new
                self.at += 1
            elif (reading.has("small", "and", "comma") or token) and current and self._another_side():
                found.append(frozenset(current))
                current = set()
                while not self.has(0, "side"):
                    self.at += 1
            else:
                break
        if current:
            found.append(frozenset(current))
        return self._shared(found)

    def _another_side(self) -> bool:
        ahead = 0
        while self.has(ahead, "small", "and", "comma", "determiner") or (
            self.has(ahead, "relation") and getattr(self.peek(ahead), "text", "") in ("in", "on", "at")
        ):
            ahead += 1
        named = self.has(ahead + 1, "noun") and not self.has(ahead + 1, "noun", *PLACELESS)
        return self.has(ahead, "side") and not named

    @staticmethod
    def _shared(found: list[frozenset[Side]]) -> list[frozenset[Side]]:
        """ "Upper and lower right" is the upper right and the lower right; "left and right" stay two sides."""
        last = found[-1] if found else frozenset()
        rest = last - {"top", "bottom"}
        if len(found) > 1 and len(last) == 2 and all(len(side) == 1 and side <= {"top", "bottom"} for side in found[:-1]):
            return [side | rest for side in found[:-1]] + [last]
        return found

    def _part(self, sides: list[frozenset[Side]]) -> str | None:
        """The word behind the directions: corner, side, edge ..."""
        part: str | None = None
        while (reading := self.peek()) is not None and (token := reading.of("part")) is not None:
            if not sides and token.value not in ("corner", "edge", "both") and token.text not in ("side",):
                break
            part = part or token.value
            if token.value == "corner":
                part = "corner"
            self.at += 1
        if part is None and sides and self.has(0, "noun", *PLACELESS):
            self.at += 1
            part = "side"
        return part

    def _of(self, spot: Spot) -> Spot | tuple[Spot, Reading]:
        """Takes "of the scene"; hands back the "of" if a thing follows."""
        reading = self.peek()
        if reading is None or not (reading.has("relation", "of") or (reading.has("relation", "in") and reading.text in ("in", "within"))):
            return spot
        start = self.at
        self.at += 1
        anchor = self.noun_phrase()
        if anchor is not None and anchor.noun in PLACELESS:
            return spot
        self.at = start
        return (spot, reading) if reading.has("relation", "of") else spot


def frame_relation(kind: str, text: str) -> Spot | None:
    """The place that a relation to the frame itself means: "in the middle of the scene"; None where it means none."""
    if "corner" in text:
        return Spot((), "corner", text)
    if kind == "among" and ("middle" in text or "cent" in text or "heart" in text):
        return Spot((frozenset({"middle"}),), "", text)
    forms = {"edge": "edge", "end": "edge", "through": "across", "both sides": "both"}
    if kind in forms:
        return Spot((), forms[kind], text)
    return Spot((), "edge", text) if "side of" in text else None
