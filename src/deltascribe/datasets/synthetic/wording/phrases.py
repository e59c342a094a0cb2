"""From facts to what the grammar works on: names of all that holds, and noun phrases for the things."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations

import numpy as np

from deltascribe.datasets.synthetic.wording import words
from deltascribe.datasets.synthetic.wording.facts import Facts
from deltascribe.datasets.synthetic.wording.grammar import Context, NounPhrase, Phrase, UnsayableError, allowed, draw
from deltascribe.datasets.synthetic.wording.group import Group

_SITES = ("parking", "pool", "track", "court", "site")
_HOMES = ("villa", "house", "home")
_AREA, _FOREST = 6, 0.3
_MUCH, _MOST, _ALL, _HALF = 0.75, 0.35, 0.02, (0.42, 0.58)

SUBJECTS = {
    "b": "new buildings",
    "c": "other new buildings, named beside them",
    "r": "new roads",
    "k": "new parking lots",
    "o": "new pools",
    "y": "new playgrounds",
    "d": "demolished buildings",
    "x": "roads that went",
    "m": "roads that were made over",
    "u": "mud",
    "w": "new lakes",
    "v": "lakes that went",
    "j": "where roads meet and one is new",
    "l": "parking lots that went",
    "q": "pools that went",
    "z": "playgrounds that went",
}
"""Letters of the groups in rules; two of them together ("br") hold what is true of both."""
_UNNAMED = "jmu"
NOUNS = frozenset([*(letter for letter in SUBJECTS if letter not in _UNNAMED), *(f"{letter}_bare" for letter in "bcrd"), "b_counted"])
"""Names of all noun phrases that a context may give."""
_NEW = "bcrjkoy"


def casts(facts: Facts) -> list[tuple[float, dict[str, Group]]]:
    """Ways to speak of the buildings, with weights: all as one, or the homes, the large ones, or these beside one another."""
    fixed = {
        "r": facts.roads,
        "k": facts.parking,
        "o": facts.pool,
        "y": facts.playground,
        "x": facts.lost_roads,
        "m": facts.changed_roads,
        "j": facts.junction,
        "u": facts.mud,
        "w": facts.water.new,
        "v": facts.water.gone,
        "l": facts.lost_parking,
        "q": facts.lost_pool,
        "z": facts.lost_playground,
    }
    others = {letter: group for letter, group in fixed.items() if group}
    razed = [(1.0 if number else 2.0, {"d": group}) for number, group in enumerate(facts.demolished)] or [(1.0, {})]
    return [(a * b, {**others, **gone, **new}) for a, new in _new_buildings(facts.buildings) for b, gone in razed]


def _new_buildings(views: Sequence[Group]) -> list[tuple[float, dict[str, Group]]]:
    if len(views) < 2:
        return [(1.0, {"b": view}) for view in views] or [(1.0, {})]
    ways = [(1.0, {"b": view}) for view in views]
    if len(views) == 3:
        ways += [(2.0, {"b": views[1], "c": views[2]}), (1.0, {"b": views[2], "c": views[1]})]
    return ways


def context_of(facts: Facts, cast: dict[str, Group]) -> Context:
    """All that holds, and the noun phrases, for one way to speak of the buildings."""
    holds = set(_names_of_facts(facts))
    for letter, group in cast.items():
        holds |= {letter} | {f"{letter}.{name}" for name in _names(group)}
    for size in (2, 3):
        for letters in combinations([letter for letter in _NEW if letter in cast], size):
            holds |= {f"{''.join(letters)}.{name}" for name in frozenset.intersection(*(_shared(cast[letter]) for letter in letters))}
    nouns: dict[str, NounPhrase] = {
        letter: partial(say_group, group, "" if letter in _NEW + "w" else "old") for letter, group in cast.items() if letter not in _UNNAMED
    }
    nouns |= {"b_counted": partial(say_group, cast["b"], "counted")} if "b" in cast else {}
    nouns |= {f"{letter}_bare": partial(say_bare, cast[letter]) for letter in "bcrd" if letter in cast}
    return Context(frozenset(holds), nouns)


def _shared(group: Group) -> frozenset[str]:
    return frozenset([*group.places, *_place_names(group.places), *(f"on_{name}" for name in group.ground)]) | ({"in_woods"} & group.traits)


def _place_names(places: frozenset[str]) -> set[str]:
    if not places:
        return set()
    return {"place"} | ({"corner"} if places & {"left", "right"} and places & {"top", "bottom"} else set())


def _names(group: Group) -> set[str]:
    names = {*_shared(group), *group.traits, group.kind, "one" if group.most == 1 else "many" if group.least > 1 else "unsure"}
    if group.kind in _HOMES:
        names |= {"homes"} | ({"area"} if group.least >= _AREA else set())
    if group.least == group.most == 2:
        names.add("pair")
    return names


def _names_of_facts(facts: Facts) -> set[str]:
    names = set(facts.road_traits) | {f"replaced_{name}" for name in facts.ground} | {f"now_{name}" for name in facts.in_its_place}
    names |= {f"turned_{name}" for name in facts.turned_in_its_place}
    if facts.buildings or facts.roads or facts.parking or facts.pool or facts.playground:
        names.add("built")
    lost, gained = facts.trees_lost, facts.trees_gained
    for letter, change in (("t", lost), ("n", gained)):
        if change.some:
            names |= {letter} | ({f"{letter}.many"} if change.many else set())
            names |= {f"{letter}.{name}" for name in {*change.places, *_place_names(change.places)}}
    if lost.some:
        names |= {"t.much"} if lost.left <= _MUCH else set()
        names |= {"t.most"} if lost.left <= _MOST else set()
        names |= {"t.all"} if lost.left <= _ALL else set()
        names |= {"t.half"} if _HALF[0] <= lost.left <= _HALF[1] else set()
        names |= {"t.main"} if lost.many or "woods" in facts.ground else set()
        names |= {"t.veg"} if facts.woods_fell else set()
        names |= {"t.forest"} if facts.wooded >= _FOREST else set()
    names |= {"n.veg"} if gained.some and facts.woods_grew else set()
    return names | _names_of_ground(facts)


def _names_of_ground(facts: Facts) -> set[str]:
    names: set[str] = set()
    if facts.turned:
        first = facts.turned[0]
        names |= {"g", f"g.was_{first.was}", "g.now_mud" if first.mud else f"g.now_{first.now}"} | ({"g.all"} if first.all else {"g.part"})
        names |= {f"g.{name}" for name in {*first.places, *_place_names(first.places)}}
    water = facts.water
    names |= {"water_small"} if water.small else set()
    for name in ("grown", "shrunk", "flooded"):
        if getattr(water, name):
            names |= {"wet", f"water_{name}"}
    return names


def _table(group: Group) -> str:
    return "site" if group.kind in (*_SITES, "lake", "pond") else "road" if group.kind in ("road", "dirt") else "building"


def say_group(group: Group, numbers_of: str, rng: np.random.Generator) -> Phrase:
    """A noun phrase with a number, such as "two rows of villas".

    Args:
        group: the things.
        numbers_of: key of the table of numbers; "" for that of new things.
        rng: draws the words.

    Raises:
        UnsayableError: no number is true.
    """
    table = _table(group)
    traits = frozenset(_names(group))
    ways = words.NUMBERS[numbers_of or ("building" if table == "building" else "site")]
    numbers = [number for number in ways if number.least <= group.least and group.most <= number.most and allowed(number.needs, traits)]
    if not numbers:
        raise UnsayableError(group.kind)
    number = numbers[draw([number.weight for number in numbers], rng)]
    one = group.most == 1
    plain = number.text.endswith(("new", "one"))
    adjective = "" if plain else _pick(words.ADJECTIVES[table], traits, rng)
    noun = _pick(words.NOUNS[group.kind], traits, rng)
    text = f"{number.text} {adjective} {noun if one else words.plural_of(noun)}"
    return Phrase(" ".join(text.split()), not one and not number.singular)


def say_bare(group: Group, rng: np.random.Generator) -> Phrase:
    """The noun alone: "houses"; "a house" for one.

    Raises:
        UnsayableError: one or several, which is not clear.
    """
    if group.least < group.most and group.least < 2:
        raise UnsayableError(group.kind)
    one = group.most == 1
    noun = _pick(words.NOUNS[group.kind], frozenset(_names(group)), rng)
    return Phrase(f"a {noun}" if one else words.plural_of(noun), not one)


def _pick(table: tuple[tuple[str, float, str], ...], traits: frozenset[str], rng: np.random.Generator) -> str:
    open_rows = [row for row in table if allowed(row[2], traits)]
    return open_rows[draw([row[1] for row in open_rows], rng)][0]
