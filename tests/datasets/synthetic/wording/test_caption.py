"""Captions of places made by hand: five different sentences, none of which claims what is not so."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import shapely

from deltascribe.datasets.synthetic.wording import Facts, caption_facts, caption_place
from deltascribe.datasets.synthetic.wording.caption import GRAMMAR, VAGUE_SENTENCES
from deltascribe.datasets.synthetic.world import Layout, Place
from deltascribe.text import normalise
from deltascribe.text.special import NO_CHANGE_SENTENCES

Maker = Any
SEEDS = range(12)


def villas_along_a_new_road(town: Maker) -> Any:
    place = town("bare")
    place.come(place.road((-10, 64), (140, 64)))
    place.come(*(place.building("villa", x, y) for y in (45, 83) for x in (20, 50, 80)), place.building("villa", 110, 45))
    return place


def hall_in_the_top_left_corner(town: Maker) -> Any:
    place = town("grass")
    place.come(place.building("warehouse", 30, 25), place.parking(30, 50, 50, 16))
    return place


def house_in_woods(town: Maker) -> Any:
    place = town("woods")
    place.plant(place.woods(64, 64, 130, 130))
    place.come(place.building("house", 100, 64))
    place.clear(shapely.box(80, 40, 120, 90))
    return place


def houses_that_went(town: Maker) -> Any:
    place = town("grass")
    place.stay(place.road((-10, 64), (140, 64)))
    place.go(*(place.building("house", x, 45) for x in (20, 40, 100)))
    return place


def mixed_buildings(town: Maker) -> Any:
    place = town("bare")
    place.come(*(place.building("house", x, 20) for x in (20, 40, 60, 80)), place.building("warehouse", 64, 90))
    return place


def roads_that_cross(town: Maker) -> Any:
    place = town("grass")
    place.come(place.road((-10, 64), (140, 64)), place.road((64, -10), (64, 140)))
    return place


def wider_road(town: Maker) -> Any:
    place = town("grass")
    place.go(place.road((-10, 64), (140, 64), width=5))
    place.come(place.road((-10, 64), (140, 64), width=9))
    return place


def new_pond(town: Maker) -> Any:
    place = town("grass")
    place.come(place.cover("water", 100, 100, 40, 30))
    return place


def filled_pond(town: Maker) -> Any:
    place = town("grass")
    place.go(place.cover("water", 64, 64, 40, 30))
    return place


def flood(town: Maker) -> Any:
    place = town("field")
    place.stay(place.road((-10, 64), (140, 64)))
    place.come(place.cover("mud", 40, 64, 80, 140))
    return place


def planted_woods(town: Maker) -> Any:
    place = town("bare")
    place.come(place.cover("woods", 30, 64, 60, 130))
    place.plant((), place.woods(30, 64, 60, 130))
    return place


PLACES = [
    villas_along_a_new_road,
    hall_in_the_top_left_corner,
    house_in_woods,
    houses_that_went,
    mixed_buildings,
    roads_that_cross,
    wider_road,
    new_pond,
    filled_pond,
    flood,
    planted_woods,
]


def sentences(make: Any, town: Maker) -> list[str]:
    place = make(town).place()
    return [sentence for seed in SEEDS for sentence in caption_place(place, seed)]


def test_a_place_without_change_gets_the_fixed_sentences() -> None:
    assert caption_place(Place(128, 128, Layout(), Layout()), 3) == list(NO_CHANGE_SENTENCES)


@pytest.mark.parametrize("make", PLACES)
def test_five_different_plain_sentences_from_brief_to_detailed(make: Any, town: Maker) -> None:
    place = make(town).place()
    for seed in SEEDS:
        captions = caption_place(place, seed)
        lengths = [len(caption.split()) for caption in captions]
        assert len(set(captions)) == 5
        assert lengths == sorted(lengths)
        assert all(re.fullmatch(r"[a-z]+([ -][a-z]+)*", caption) and normalise(caption) == caption for caption in captions)
        assert not set(captions) & {*VAGUE_SENTENCES, *NO_CHANGE_SENTENCES}


def test_the_same_seed_gives_the_same_words_and_another_gives_others(town: Maker) -> None:
    place = villas_along_a_new_road(town).place()
    assert caption_place(place, 5) == caption_place(place, 5)
    assert len({tuple(caption_place(place, seed)) for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("make", PLACES)
def test_verbs_agree(make: Any, town: Maker) -> None:
    wrong = [
        r"^(some|two|three|several|many) \w+ (is|has|appears|replaces|disappears)\b",
        r"^(a|one|the) (\w+ )?(house|villa|road|lake|pond|parking lot|area|field|grass) (are|have|appear|replace|disappear)\b",
        r"\b(a|an|one) \w+s (is|are)\b",
        r"\ba [aeio]",
    ]
    assert [sentence for sentence in sentences(make, town) for pattern in wrong if re.search(pattern, sentence)] == []


def test_numbers_are_true(town: Maker) -> None:
    said = " ; ".join(sentences(villas_along_a_new_road, town))
    counts = set(re.findall(r"(\w+) (?:new |neat |detached |neatly arranged )*(?:villas|houses|buildings)\b", said))
    assert "seven" in counts or "many" in counts
    assert counts.isdisjoint({"two", "three", "four", "five", "six", "eight", "nine", "ten", "few", "dozens"})
    assert not re.search(r"\b(a|one|another) (new |detached |small )*(villa|house|building)\b", said)
    assert not re.search(r"\b(two|three|some|several|many) (\w+ )?roads\b", said)


def test_sides_are_true(town: Maker) -> None:
    said = set(" ".join(sentences(hall_in_the_top_left_corner, town)).split())
    assert {"left"} <= said
    assert said.isdisjoint({"right", "bottom", "lower", "lower-right", "lower-left", "middle", "center", "road", "roads", "woods", "trees"})
    said = set(" ".join(sentences(villas_along_a_new_road, town)).split())
    assert said.isdisjoint({"left", "right", "top", "bottom", "corner", "center", "middle", "woods", "grass", "meadow", "desert"})


def test_both_sides_and_rows_are_told_only_where_they_are(town: Maker) -> None:
    assert "both sides" in " ".join(sentences(villas_along_a_new_road, town))
    assert "both sides" not in " ".join(sentences(houses_that_went, town))
    assert "row" not in " ".join(sentences(house_in_woods, town))


def test_what_went_is_not_said_to_be_built(town: Maker) -> None:
    said = " ; ".join(sentences(houses_that_went, town))
    assert not re.search(r"\b(built|constructed|appears?|appeared|erected|new|more|another)\b", said)
    assert re.search(r"\b(removed|disappear|demolished)\b", said)


def test_in_a_mixed_place_each_word_counts_its_own_things(town: Maker) -> None:
    said = " ; ".join(sentences(mixed_buildings, town))
    assert not re.search(r"\b(a|one) (new )?building\b", said)
    assert not re.search(r"\b(two|three|four) (new )?buildings\b", said)
    assert not re.search(r"\b(five|many) (\w+ )?houses\b", said)
    assert re.search(r"\blarge building|warehouse|factory\b", said)
    assert "houses" in said


def test_words_fit_what_happened(town: Maker) -> None:
    expected = {
        wider_road: r"wid(er|ened)|broadened",
        roads_that_cross: r"crossroad|cross(ing)? road|two",
        new_pond: r"pond|lake",
        filled_pond: r"filled|disappear|become|turn|replaced",
        flood: r"mud|flooded",
        planted_woods: r"planted|trees|woods|forest",
        house_in_woods: r"woods|forest|trees|plants|vegetation",
    }
    for make, pattern in expected.items():
        assert re.search(pattern, " ".join(sentences(make, town)))
    assert not re.search(r"removed|disappear|cut", " ".join(sentences(planted_woods, town)))


def test_a_change_too_small_to_be_told_is_told_vaguely() -> None:
    assert caption_facts(Facts(), np.random.default_rng(0)) == list(VAGUE_SENTENCES)


def test_every_symbol_of_the_grammar_is_used() -> None:
    texts = " ".join(rule.text for rules in GRAMMAR.rules.values() for rule in rules)
    used = set(re.findall(r"\{([a-z_]+)", texts))
    assert set(GRAMMAR.rules) - used == {"sentence"}
    assert set(GRAMMAR.verbs) <= used
