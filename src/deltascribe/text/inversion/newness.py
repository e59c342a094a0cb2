"""Words noun phrases for the other order of the dates: nothing that goes is new, and nothing that comes is known yet."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.text.direction_words import word_at
from deltascribe.text.inversion import lexicon as lex
from deltascribe.text.inversion.phrases import Thing, kinds_of, things_of

_MORE = frozenset({"more", "additional", "extra"})
_AMOUNTS = {
    **dict.fromkeys(("half_of", "most_of", "most", "all_of", "all", "almost_all", "almost_all_of"), "many"),
    **dict.fromkeys(("part_of", "a_part_of", "parts_of", "some_of"), "some"),
    **dict.fromkeys(("an", "another", "one", "one_of"), "a"),
}
"""How much comes where a share of a whole went."""
_HIDING = frozenset({"newly", "with"})
"""After these, "built" tells how a thing came: "with villas built along"."""
_COUNTED = frozenset({"forest", "lake", "pond", "meadow", "lawn", "tree", "plant", "bush", "desert", "field", "river", "reservoir"})
"""Singular nouns of vegetation and ground that take an article."""


def as_lost(tokens: Sequence[str]) -> list[str]:
    """What has come, as the thing that goes: "two more houses with newly built roads" -> "two houses with roads"."""
    things = things_of(tokens)
    heads = {place for thing in things for place in range(thing.start, thing.end - 1)}
    plain = ["a" if place in heads and _AMOUNTS.get(token) == "a" else token for place, token in enumerate(tokens)]
    plain = [tokens[place] if word_at(tokens, place + 1) == "one" else token for place, token in enumerate(plain)]
    return as_landmark(plain, frozenset(tokens[thing.end - 1] for thing in things))


def as_landmark(tokens: Sequence[str], beside: frozenset[str] = frozenset()) -> list[str]:
    """What something stands beside, whichever date comes first: "near the original house" -> "near the house".

    Args:
        tokens: its words.
        beside: nouns of what stands there, from which one of the same kind must be told apart: "near the other house".
    """
    alike = {"one", "ones", *beside, *(f"{noun}s" for noun in beside), *(noun.removesuffix("s") for noun in beside)}
    kept: list[str] = []
    for place, token in enumerate(tokens):
        if token in _MORE and not (kept and kept[-1] in lex.DETERMINERS):
            kept.append("some")
        elif token in lex.FORMER and word_at(tokens, place + 1) in alike:
            kept[-1:] = ["another"] if kept[-1:] in (["a"], ["an"]) else [*kept[-1:], "other"]
        elif token not in lex.NOVEL | lex.FORMER and not _tells_of_building(tokens, place):
            kept.append(token)
    return kept


def _tells_of_building(tokens: Sequence[str], place: int) -> bool:
    """Whether a word is of "built" in "with villas neatly built along"; not that of "villas built along the road", which is true still."""
    near = (place,) if tokens[place] not in lex.MANNERS else (place - 1, place + 1)
    return bool(_HIDING.intersection(tokens[:place])) and any(word_at(tokens, built) in lex.BUILDING_PARTICIPLES for built in near)


def as_gained(tokens: Sequence[str]) -> list[str]:
    """What has gone, as the thing that comes: "most of the original trees along the road" -> "many trees along the road"."""
    out: list[str] = []
    done = 0
    for thing in things_of(tokens):
        out += [*tokens[done : thing.start], *_indefinite(tokens[thing.start : thing.end], thing)]
        done = thing.end
    return [*out, *as_landmark(tokens[done:])]


def _indefinite(words: Sequence[str], thing: Thing) -> list[str]:
    kinds = kinds_of(words)
    bare: list[str] = []
    quantities: list[str] = []
    for place, (word, kind) in enumerate(zip(words, kinds, strict=True)):
        if kind in "QD" or (word == "one" and place + 1 < len(words)):
            quantities += [] if word in ("the", "this", "both", "each") else [word]
        elif kind not in "OM":
            bare.append(word)
    if quantities[:1] == ["one_of"]:
        bare[-1] = {"bushes": "bush", "buses": "bus"}.get(bare[-1], bare[-1].removesuffix("s"))
    wide = words[-1] in (lex.VEGETATION | lex.GROUND) - lex.SCATTERED
    if wide and not quantities and thing.plural:
        return bare
    if words[-1] in ("woods", "wood", "forest") and quantities and quantities[0] in lex.PARTITIVES:
        return [_AMOUNTS.get(quantities[0], "some"), *bare[:-1], "trees"]
    if words[-1] in ("woods", "wood") or (wide and not thing.plural and words[-1] not in _COUNTED):
        return bare
    if not thing.plural and quantities and quantities[0] in lex.PARTITIVES:
        quantity = "a"
    elif quantities:
        quantity = _AMOUNTS.get(quantities[0], quantities[0].removesuffix("_of") if quantities[0] in lex.PARTITIVES else quantities[0])
    else:
        quantity = "some" if thing.plural and "the" in words else "" if thing.plural else "a"
    return [quantity, *bare] if quantity else bare
