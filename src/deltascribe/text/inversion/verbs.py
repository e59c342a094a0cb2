"""The verbs by which captions tell that something came, went or was replaced, in all their forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from deltascribe.text.direction_words import word_at, words
from deltascribe.text.inversion.lexicon import MANNERS

Event = Literal["gain", "loss", "replace", "replaced", "become"]
"""Something comes; goes; takes the place of another; gives way to another; turns into another."""

_BUILT = words("built constructed erected added established")
_STANDING = words("located situated scattered distributed")
_GROWN = words("planted restored")
_REMOVED = words("removed demolished dismantled destroyed")
_CLEARED = words("cleared felled eliminated")
_ACTIVE: dict[str, tuple[Event, str, str]] = {
    **{word: ("gain", "appear", "present") for word in ("appear", "appears", "emerge", "emerges")},
    **{word: ("gain", "appear", "past") for word in ("appeared", "emerged")},
    **{word: ("loss", "disappear", "present") for word in ("disappear", "disappears", "vanish", "vanishes")},
    **{word: ("loss", "disappear", "past") for word in ("disappeared", "vanished")},
    **{word: ("replace", "replace", "present") for word in ("replace", "replaces")},
    **{word: ("become", "become", "present") for word in ("become", "becomes")},
    "became": ("become", "become", "past"),
}
_PAIRS: dict[tuple[str, str], tuple[Event, str, str]] = {
    ("show", "up"): ("gain", "appear", "present"),
    ("shows", "up"): ("gain", "appear", "present"),
    ("turn", "into"): ("become", "turn into", "present"),
    ("turns", "into"): ("become", "turn into", "present"),
    ("turned", "into"): ("become", "turn into", "past"),
}


@dataclass(frozen=True)
class Verb:
    """A finite verb.

    Attributes:
        start, end: the words tokens[start:end].
        event: what it tells.
        word: base form of its kind ("appear"), or the participle of a passive.
        tense: present, perfect ("has been built") or past.
        passive: whether it is one.
        plural: whether it is a plural form; None where the form tells not.
    """

    start: int
    end: int
    event: Event
    word: str
    tense: str
    passive: bool = False
    plural: bool | None = None


def find_verbs(tokens: Sequence[str]) -> list[Verb]:
    """All finite verbs of the known kinds, from left to right."""
    found: list[Verb] = []
    index = 0
    while index < len(tokens):
        verb = _verb_at(tokens, index)
        if verb is None:
            index += 1
            continue
        found.append(verb)
        index = verb.end
    return found


def _verb_at(tokens: Sequence[str], start: int) -> Verb | None:
    word = tokens[start]
    if word in ("is", "are", "has", "have"):
        return _with_auxiliary(tokens, start)
    pair = _PAIRS.get((word, word_at(tokens, start + 1)))
    told = pair or _ACTIVE.get(word)
    if told is None:
        return None
    event, base, tense = told
    plural = None if tense == "past" else not word.endswith("s")
    return Verb(start, start + (2 if pair else 1), event, base, tense, plural=plural)


def _with_auxiliary(tokens: Sequence[str], start: int) -> Verb | None:
    word = tokens[start]
    index, plural = start + 1, word in ("are", "have")
    tense, passive = ("perfect", False) if word in ("has", "have") else ("present", True)
    if tense == "perfect" and word_at(tokens, index) == "been":
        index, passive = index + 1, True
    while word_at(tokens, index) in MANNERS or (word_at(tokens, index) == "and" and word_at(tokens, index + 1) in MANNERS):
        index += 1
    if not passive:
        return _perfect(tokens, start, index, plural)
    found = _participle(tokens, index)
    if found is None:
        return None
    event, participle, end = found
    return Verb(start, end, event, participle, tense, True, plural)


def _perfect(tokens: Sequence[str], start: int, index: int, plural: bool) -> Verb | None:
    """ "has appeared", "have turned into"."""
    word, after = word_at(tokens, index), word_at(tokens, index + 1)
    if word in ("appeared", "emerged"):
        return Verb(start, index + 1, "gain", "appear", "perfect", plural=plural)
    if (word, after) == ("shown", "up"):
        return Verb(start, index + 2, "gain", "appear", "perfect", plural=plural)
    if word in ("disappeared", "vanished"):
        return Verb(start, index + 1, "loss", "disappear", "perfect", plural=plural)
    if word == "become":
        return Verb(start, index + 1, "become", "become", "perfect", plural=plural)
    if (word, after) == ("turned", "into"):
        return Verb(start, index + 2, "become", "turn into", "perfect", plural=plural)
    if word == "replaced" and after != "by":
        return Verb(start, index + 1, "replace", "replace", "perfect", plural=plural)
    return None


def _participle(tokens: Sequence[str], index: int) -> tuple[Event, str, int] | None:
    """What a passive tells, its participle, and where it ends."""
    word, after = word_at(tokens, index), word_at(tokens, index + 1)
    if word == "replaced" and after in ("by", "with"):
        return "replaced", "replaced by", index + 2
    if word in ("turned", "developed", "converted", "transformed", "changed", "made") and after == "into":
        return "become", "replaced by", index + 2
    if word in _BUILT | _STANDING | _GROWN:
        return "gain", word, index + 1
    if (word, after) in (("cut", "down"), ("torn", "down"), ("pulled", "down")):
        return ("loss", "cleared" if word == "cut" else "removed", index + 2)
    if word in _REMOVED | _CLEARED:
        rest = index + 1
        following = list(tokens[rest : rest + 4])
        for words_between in (["and"], ["and", "is"], ["and", "are"]):
            if following[: len(words_between) + 2] == [*words_between, "replaced", "by"]:
                return "replaced", "replaced by", rest + len(words_between) + 2
        return "loss", word, rest
    if word == "gone":
        return "loss", "removed", index + 1
    return None
