"""Finds the words of a caption that say where something is in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


Kind = Literal["side", "corner", "middle", "compass", "relative", "axis", "unclear"]

VERTICAL = {"upper": -1, "lower": 1, "top": -1, "bottom": 1}
HORIZONTAL = {"left": -1, "right": 1}
_HIGHER = {"higher": "upper"}
_RELATIVE = {"above": -1, "below": 1}
_MIDDLES = {"middle", "center", "centre", "central"}
_SUFFIXES = ("most", "wards", "ward")
_SINGLE_SUFFIXED = {
    f"{stem}{suffix}": (x, y, suffix)
    for stem, (x, y) in {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "upper": (0, -1), "up": (0, -1)}.items()
    for suffix in _SUFFIXES
} | {f"{stem}{suffix}": (0, 1, suffix) for stem in ("bottom", "lower", "down") for suffix in _SUFFIXES}
_COMPASS = re.compile(r"(north|south)?-?(east|west)?(ernmost|ern|wards|ward|erly|most|side)?")
_COMPASS_Y = {"north": -1, "south": 1, None: 0}
_COMPASS_X = {"west": -1, "east": 1, None: 0}
# words with a direction in them that no rule below understands
_RESIDUE = re.compile(r"(north|south|east|west)(bound|erner|side|ern\w*)?|(left|right|top|bottom|up|upper|down|lower)(side|hand|stairs)?")

PARTS = words(
    "side sides part parts half halves area areas edge edges corner corners portion section sections space end ends border "
    "boundary margin quarter third region zone strip"
)
"""Nouns after which a direction word can only be a place ("left side")."""
NOUNS = PARTS | words(
    "road roads row rows path paths street streets lane field fields one ones bank building buildings house houses villa villas "
    "parking lot lots land bareland wasteland grassland bare scene image room crossing crossings block blocks river pond forest"
)
"""Nouns before which a direction word is an adjective ("the left road")."""
_TALL = words("house houses building buildings villa villas roof roofs floor floors storey story bungalow bungalows level")
_UNIT_NOUNS = words("road path track street line lane one row highway building runway")
_PLURAL = words("two three four five several some many few more most these those both")
_ARTICLES = words("the its their this that both")
_BE = words("is are was were be been being has have had having only still remain remains")
_VERBS_UP = words(
    "show shows showed shown showing line lines lined lining grow grows grown grew spring springs sprung open opens opened make makes "
    "made rise rises risen dry dries dried fill fills filled dig digs dug build builds built take takes taken clean cleaned set"
)
_VERBS_DOWN = words("cut cuts cutting knock knocked burn burned burnt fall falls fallen blown pull pulled torn tear taken broken")
_FLAT_UNDER = words("construction water mud muddy brown floodwater flood development repair renovation")
FRAME = words("scene image picture screen photo photograph map frame view")
"""Words for the whole image."""
REGIONS = words(
    "forest woods wood woodland village area residential grass grassland lawn meadow field fields farmland cropland bareland wasteland "
    "land ground desert site space lot moor moorland pasture plain hill slope mountain water"
)
"""Things so wide that "above" and "to the left of" may mean a place within them or beside them."""


@dataclass(frozen=True)
class Span:
    """A direction in a caption.

    Attributes:
        start, end: the words tokens[start:end].
        kind: how it is written.
        x, y: the direction, -1, 0 or 1 each; x grows to the right, y downward. An `axis` has x = 1 (horizontal) or y = 1 (vertical).
        family: `upper`, `top`, or empty for left and right alone.
        suffix: what follows the stem: "most", "-hand", "ern" ...
        joint: what stands between the words of a corner, a space or a hyphen.
        sure: whether it certainly is a place in the image.
    """

    start: int
    end: int
    kind: Kind
    x: int = 0
    y: int = 0
    family: str = ""
    suffix: str = ""
    joint: str = " "
    sure: bool = True


def word_at(tokens: Sequence[str], index: int) -> str:
    """The word at an index; empty outside the caption."""
    return tokens[index] if 0 <= index < len(tokens) else ""


def find_directions(tokens: Sequence[str]) -> list[Span]:
    """All directions of a caption, from left to right, without those words that are used in another sense ("is left")."""
    return list(_scan(tokens))


def target_of(tokens: Sequence[str], start: int) -> Literal["frame", "region", "object"]:
    """What the noun phrase that begins at `start` stands for: the whole image, something wide, or a thing."""
    first = start + 1 if word_at(tokens, start) in _ARTICLES | {"a", "an"} else start
    if word_at(tokens, first) in FRAME:
        return "frame"
    return "region" if REGIONS.intersection(tokens[first : first + 2]) else "object"


def _scan(tokens: Sequence[str]) -> Iterator[Span]:
    index = 0
    seen: list[int] = []
    while index < len(tokens):
        span = _corner(tokens, index) or _middle(tokens, index) or _compass(tokens, index) or _single(tokens, index, seen)
        if span is None:
            index += 1
            continue
        yield span
        seen.append(span.end)
        index = span.end


def _split(token: str) -> tuple[list[str], str]:
    """Parts of a hyphenated word and its "-hand"."""
    parts = [_HIGHER.get(part, part) for part in token.split("-")]
    return (parts[:-1], "-hand") if len(parts) > 1 and parts[-1] == "hand" else (parts, "")


def _corner(tokens: Sequence[str], index: int) -> Span | None:
    parts, suffix = _split(tokens[index])
    joint, end = "-", index + 1
    if len(parts) == 1 and not suffix and index + 1 < len(tokens):
        following, suffix = _split(tokens[index + 1])
        parts, joint, end = parts + following, " ", index + 2
    if len(parts) != 2:
        return None
    vertical, horizontal = parts if parts[0] in VERTICAL else reversed(parts)
    if vertical not in VERTICAL or horizontal not in HORIZONTAL:
        return None
    family = "upper" if vertical in ("upper", "lower") else "top"
    return Span(index, end, "corner", HORIZONTAL[horizontal], VERTICAL[vertical], family, suffix, joint)


def _middle(tokens: Sequence[str], index: int) -> Span | None:
    first, second = tokens[index], word_at(tokens, index + 1)
    word = second if first in _MIDDLES else first if second in _MIDDLES else ""
    if word in HORIZONTAL:
        return Span(index, index + 2, "middle", x=HORIZONTAL[word])
    return Span(index, index + 2, "middle", y=VERTICAL[word]) if word in VERTICAL else None


def _compass(tokens: Sequence[str], index: int) -> Span | None:
    for end in (index + 2, index + 1):
        text = "-".join(tokens[index:end])
        match = _COMPASS.fullmatch(text) if end <= len(tokens) else None
        if match is not None and (match[1] or match[2]):
            joint = "" if "-" not in text else "-" if end == index + 1 else " "
            return Span(index, end, "compass", _COMPASS_X[match[2]], _COMPASS_Y[match[1]], suffix=match[3] or "", joint=joint)
    return None


def _single(tokens: Sequence[str], index: int, seen: list[int]) -> Span | None:
    word, end = tokens[index], index + 1
    parts, suffix = _split(word)
    if len(parts) == 1 and suffix and parts[0] in HORIZONTAL:
        return Span(index, end, "side", x=HORIZONTAL[parts[0]], suffix=suffix)
    if word in _SINGLE_SUFFIXED:
        x, y, suffix = _SINGLE_SUFFIXED[word]
        return Span(index, end, "side", x, y, suffix=suffix)
    if word in HORIZONTAL:
        return _left_right(tokens, index, seen)
    if word in VERTICAL or (word in _HIGHER and word_at(tokens, end) in PARTS):
        return _top_bottom(tokens, index, seen)
    if word in _RELATIVE:
        return _above_below(tokens, index)
    if word in ("vertical", "vertically", "horizontal", "horizontally", "longitudinal", "transverse"):
        return _axis(tokens, index)
    return _doubtful(tokens, index)


def _left_right(tokens: Sequence[str], index: int, seen: list[int]) -> Span | None:
    word, before, after = tokens[index], word_at(tokens, index - 1), word_at(tokens, index + 1)
    if word == "right" and after in ("angle", "angles", "angled"):
        return None
    if word == "left" and before in _BE and after not in PARTS:
        return None  # "a track is left": the participle
    # "a right turn" is a way of turning, "the roofs on the right turn white" is a place
    turning = after in ("turn", "turning") and word_at(tokens, index - 2) not in ("on", "at", "in")
    sure = _is_place(tokens, index, seen) and not turning
    return Span(index, index + 1, "side", x=HORIZONTAL[word], sure=sure)


def _top_bottom(tokens: Sequence[str], index: int, seen: list[int]) -> Span:
    word, after = _HIGHER.get(tokens[index], tokens[index]), word_at(tokens, index + 1)
    sure = _is_place(tokens, index, seen) and after not in _TALL
    if after == "of" and word == "top" and target_of(tokens, index + 2) != "frame":
        # "on top of a hill" says what carries it, not where it is in the image
        sure = sure and "on" not in (word_at(tokens, index - 1), word_at(tokens, index - 2))
    family = "upper" if word in ("upper", "lower") else "top"
    return Span(index, index + 1, "side", y=VERTICAL[word], family=family, sure=sure)


def _above_below(tokens: Sequence[str], index: int) -> Span | None:
    word, after = tokens[index], word_at(tokens, index + 1)
    if after == "water" or (after in ("the", "muddy", "brown") and word_at(tokens, index + 2) in ("water", "floodwater", "flood")):
        return None
    sure = after not in ("the", "a", "an", "this") or target_of(tokens, index + 1) != "region"
    return Span(index, index + 1, "relative", y=_RELATIVE[word], sure=sure)


def _axis(tokens: Sequence[str], index: int) -> Span | None:
    word, before, after = tokens[index], word_at(tokens, index - 1), word_at(tokens, index + 1)
    if word.startswith("vertical") and after in ("to", "with", "each"):
        return None  # perpendicular to something, which no symmetry changes
    # "two vertical roads" may be two parallel ones or two that cross at a right angle
    unit = before not in _PLURAL and any(noun in _UNIT_NOUNS for noun in tokens[index + 1 : index + 3])
    horizontal = word in ("horizontal", "horizontally", "transverse")
    return Span(index, index + 1, "axis", int(horizontal), int(not horizontal), sure=unit and word in ("vertical", "horizontal"))


def _doubtful(tokens: Sequence[str], index: int) -> Span | None:
    """Words that are a direction only sometimes; None where they certainly are not."""
    word, before, after = tokens[index], word_at(tokens, index - 1), word_at(tokens, index + 1)
    if word == "up":
        return None if before in _VERBS_UP else Span(index, index + 1, "unclear", y=-1, sure=False)
    if word == "down":
        return None if before in _VERBS_DOWN else Span(index, index + 1, "unclear", y=1, sure=False)
    if word in ("under", "beneath", "underneath"):
        covered = after in _FLAT_UNDER or (after in _ARTICLES and word_at(tokens, index + 2) in _FLAT_UNDER)
        return None if covered else Span(index, index + 1, "unclear", y=1, sure=False)
    if word in ("clockwise", "counterclockwise", "anticlockwise"):
        return Span(index, index + 1, "unclear", 1, 1, sure=False)
    parts = word.split("-")
    if "right" in parts and parts[-1] in ("angle", "angled", "angles"):
        return None
    residue = [part for part in parts if _RESIDUE.fullmatch(part)]
    return Span(index, index + 1, "unclear", 1, 1, sure=False) if residue else None


def _is_place(tokens: Sequence[str], index: int, seen: list[int]) -> bool:
    before, after = word_at(tokens, index - 1), word_at(tokens, index + 1)
    if after in PARTS or before in _ARTICLES:
        return True
    if before in ("and", "or", "to"):
        return any(index - 4 <= end <= index for end in seen)
    if before == "from":
        return after in ("to", "and")
    return before in ("on", "at") and after == "of" and target_of(tokens, index + 2) == "frame"
