"""Noun phrases and adverbials of a change sentence: told apart by the kinds of their words, and counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.text.direction_words import word_at, words
from deltascribe.text.inversion import lexicon as lex

_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Q", lex.PARTITIVES),
    ("D", lex.DETERMINERS),
    ("M", lex.NOVEL),
    ("O", lex.FORMER),
    ("I", lex.PRONOUNS),
    ("S", lex.SIDES),
    ("R", lex.PREPOSITIONS & lex.ADVERBS),
    ("P", lex.PREPOSITIONS),
    ("A", lex.ADVERBS | lex.MANNERS),
    ("E", lex.PARTICIPLES),
    ("W", frozenset({"with"})),
    ("C", frozenset({"and", "as_well_as"})),
)
_NOUNS = lex.STRUCTURES | lex.VEGETATION | lex.GROUND | lex.VEHICLES | lex.COLLECTIVES | lex.PLACES
# X: a noun that may also describe another; J and N: one of them alone; ?: a word that is not known
_BASE = r"(?:[QDMOJXAES]*[NX]|D?I|[DO]*S+)"
_LIST = rf"{_BASE}(?:C{_BASE})*"
_MORE = rf"(?:[PR]+{_LIST}|W{_LIST}|[EAR])*"
_HEAD = r"[QDMOJXAES]*[NX]"
_SUBJECT = re.compile(rf"{_HEAD}(?:C{_BASE})*{_MORE}(?:C{_LIST}{_MORE})*")
_TAIL = re.compile(rf"(?:C?[PR]+{_LIST}|W{_LIST}|[EAR]|(?<=[NXIS])C{_LIST}{_MORE})*")
_ITEM = re.compile(rf"{_HEAD}(?![NX])")
_SINGULAR = words("a an one another this each")
_S_SINGULAR = frozenset({"grass", "bus"})


def kinds_of(tokens: Sequence[str]) -> str:
    """A letter a word, as the patterns of this module use them."""
    return "".join(_kind(token) for token in tokens)


def _kind(token: str) -> str:
    if token in _NOUNS:
        return "X" if token in lex.ADJECTIVES or token in ("one", "other") else "N"
    # "arranged houses" and "houses arranged in a row": participles stay what they are in both places
    if token in lex.PARTICIPLES:
        return "E"
    return next((kind for kind, known in _KINDS if token in known), "J" if token in lex.ADJECTIVES else "?")


def is_noun_phrase(tokens: Sequence[str]) -> bool:
    """Whether the words are things with whatever belongs to them, and nothing else."""
    return _SUBJECT.fullmatch(kinds_of(tokens)) is not None


def is_tail(tokens: Sequence[str]) -> bool:
    """Whether the words are adverbials (or none) and nothing else."""
    return _TAIL.fullmatch(kinds_of(tokens)) is not None


@dataclass(frozen=True)
class Thing:
    """One of the things joined at the head of a noun phrase.

    Attributes:
        start, end: its words, without what is told of it behind the noun; end - 1 is the noun.
        plural: whether it is more than one.
        noun: what it is or, for "a row of houses", what it is made of.
    """

    start: int
    end: int
    plural: bool
    noun: str


def things_of(tokens: Sequence[str]) -> list[Thing]:
    """The things named by a noun phrase, up to the first preposition other than the "of" of "rows of houses"."""
    kinds = kinds_of(tokens)
    things: list[Thing] = []
    place = 0
    while match := _ITEM.match(kinds, place):
        end = match.end()
        noun, plural = tokens[end - 1], _is_plural(tokens[place:end])
        if noun in lex.COLLECTIVES and word_at(tokens, end) == "of":
            inner = _ITEM.match(kinds, end + 1)
            if inner is None:
                break
            things.append(Thing(place, end, plural, tokens[inner.end() - 1]))
            end = inner.end()
        else:
            things.append(Thing(place, end, plural, noun))
        if kinds[end : end + 1] != "C":
            break
        place = end + 1
    return things


def _is_plural(tokens: Sequence[str]) -> bool:
    noun = tokens[-1]
    if _SINGULAR.intersection(tokens):
        return False
    return noun in ("woods", "crossroads") or (noun.endswith("s") and noun not in _S_SINGULAR)


def is_plural(tokens: Sequence[str]) -> bool | None:
    """Whether a noun phrase asks for a plural verb; None where that depends on how it is read."""
    things = things_of(tokens)
    if not things:
        return None
    if len(things) > 1 or things[0].plural:
        return True
    # "a house with a yard and a road": one thing or two
    return None if "C" in kinds_of(tokens) else False


def classes_of(tokens: Sequence[str]) -> set[str]:
    """What the things of a noun phrase are: structure, vegetation, ground, vehicle or other."""
    tables = (("structure", lex.STRUCTURES), ("vegetation", lex.VEGETATION), ("ground", lex.GROUND), ("vehicle", lex.VEHICLES))
    found = set()
    for thing in things_of(tokens):
        built_up = thing.noun in ("area", "areas") and {"residential", "parking"}.intersection(tokens[thing.start : thing.end])
        found.add("structure" if built_up else next((name for name, table in tables if thing.noun in table), "other"))
    return found


def segments(tokens: Sequence[str]) -> list[list[str]]:
    """Cuts words before each adverbial; "on both sides of the road" and "with villas built along on both sides" stay whole."""
    kinds = kinds_of(tokens)
    cut: list[list[str]] = []
    for place, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        before = kinds[place - 1] if place else ""
        follows = token in lex.FOLLOWING or before in tuple("PRAEW")
        if cut and cut[-1][0] == "with":
            both = word_at(tokens, place + 1) in ("both", "each", "either", "the") and word_at(tokens, place + 2) in ("side", "sides")
            follows = token in lex.FOLLOWING or before in ("P", "W") or kind in "EAR" or both
        if not cut or kind == "W" or (kind in "PRAE" and not follows):
            cut.append([])
        cut[-1].append(token)
    return cut
