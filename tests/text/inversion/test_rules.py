"""Change sentences told the other way round."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from deltascribe.text import NO_CHANGE_SENTENCES, is_no_change, normalise
from deltascribe.text.inversion import invert_change

# a sentence, and what it is for swapped dates
INVERTED = [
    # what comes goes, in number and tense
    ("a road appears on the left", "a road disappears on the left"),
    ("some houses are built along the road", "some houses along the road are removed"),
    ("three villas have appeared next to the pond", "three villas next to the pond have disappeared"),
    ("a road shows up at the top of the scene", "a road disappears at the top of the scene"),
    ("two villas have been constructed near the river", "two villas near the river have been demolished"),
    ("a road is constructed near the river", "a road near the river is removed"),
    ("some houses are neatly and densely built on both sides of the road", "some houses on both sides of the road are removed"),
    ("two houses are located in the woods", "two houses in the woods are removed"),
    # what goes comes, and is not known yet
    ("the trees by the road are removed", "some trees appear by the road"),
    ("most of the original trees have been cut down", "many trees have appeared"),
    ("half of the forest is cleared", "many trees appear"),
    ("one of the houses has been torn down", "a house has been built"),
    ("the house at the crossroad is demolished", "a house is constructed at the crossroad"),
    ("a small house disappears from the forest", "a small house appears in the forest"),
    ("the vegetation has vanished", "vegetation has appeared"),
    ("cars parked on the grass disappear", "cars parked on the grass appear"),
    # former ground is later ground
    ("many houses are built on the bareland along the road", "many houses are replaced by bareland along the road"),
    ("a road and some villas appear on the original bareland", "a road and some villas are replaced by bareland"),
    ("a villa is built on the bareland", "a villa on the bareland is removed"),
    ("two roads appear in the former forest", "two roads are replaced by a forest"),
    # what takes a place gives it back
    ("the bareland has been replaced by a parking lot", "a parking lot has been replaced by bareland"),
    ("a row of villas replaces the woods at the top", "a row of villas is replaced by woods at the top"),
    ("rows of villas replace the trees", "rows of villas are replaced by some trees"),
    ("some villas are built to replace the trees", "some villas are replaced by some trees"),
    ("a villa appears at the top in place of some trees", "a villa at the top is replaced by some trees"),
    ("the grass on the left becomes a parking lot", "a parking lot on the left becomes grass"),
    ("the woods have turned into two houses", "two houses have turned into woods"),
    ("the wasteland is developed into roads and houses", "roads and houses are replaced by wasteland"),
    ("the trees are removed and replaced by a road", "a road is replaced by some trees"),
    # nothing that goes is new, nothing is told by what is not there
    ("two more houses appear by the newly built road", "two houses by the road disappear"),
    ("more houses appear", "some houses disappear"),
    ("one more villa is built near the original villas", "a villa near the other villas is removed"),
    ("another new house is built", "a house is removed"),
    ("a new building replaces an old building", "a building is replaced by another building"),
    ("several completed villas are built", "several villas are removed"),
    ("a house is built next to the original one", "a house next to the other one is removed"),
    ("a house is built next to an original house", "a house next to another house is removed"),
    ("a road with villas neatly built along on both sides appears", "a road with villas along on both sides disappears"),
    ("a road is built and the trees on both sides of the road are removed", "a road is removed and some trees appear"),
    # clauses
    ("many villas with roads are built and the trees are removed", "many villas with roads are removed and some trees appear"),
    ("a road is built and two houses appear on both sides of it", "a road is removed and two houses on both sides of it disappear"),
    ("trees and bushes are removed while a road shows up", "trees and bushes appear and a road disappears"),
    ("a house is built on the left and right and the pond disappears", "a house is removed on the left and right and a pond appears"),
    ("several villas have been added to this residential area", "several villas have been removed from this residential area"),
]

REFUSED = [
    *NO_CHANGE_SENTENCES,
    "",
    "a hut",
    "the road is widened",
    "the bareland is under construction",
    "the grass becomes sparse and a house appears",  # one clause is not understood
    "the original road is built",  # what was there has not come
    "the land is cleared",  # it is there still
    "trees are removed by bulldozers",
    "many trees disappear with roads constructed",
    "grassland is constructed",  # who can say what stood there
    "the trees are replaced by a lake and a road is built beside it",  # it would be the trees
    "some trees are cleared and a road is built over them",
    "two roads are built to replace the original ones",
    "a house is rebuilt",
    "a house appears but the trees remain",
    "a house replaces",
]


@pytest.mark.parametrize(("caption", "told"), INVERTED)
def test_a_sentence_is_told_for_swapped_dates(caption: str, told: str) -> None:
    assert invert_change(caption) == told


@pytest.mark.parametrize("caption", REFUSED)
def test_a_sentence_without_a_certain_inverse_is_refused(caption: str) -> None:
    assert invert_change(caption) is None


def test_another_one_stays_another_one() -> None:
    assert invert_change("a villa is removed and another one is built") == "a villa is built and another one is removed"


def test_a_caption_as_published_is_read_in_normalised_form() -> None:
    assert invert_change(" A road appears , in the woods .") == "a road in the woods disappears"


@pytest.mark.parametrize("caption", [caption for caption, _ in INVERTED])
def test_the_inverse_of_an_inverse_tells_the_opposite_of_it(caption: str) -> None:
    told = invert_change(caption)
    assert told is not None
    back = invert_change(told)
    assert back is not None
    assert _events(told)
    assert _events(told) == _opposite(_events(back))


def test_most_real_pairs_can_be_swapped_and_say_the_opposite(shared_data: Path) -> None:
    pairs, known = _changed_pairs(shared_data)
    counts = Counter(word for captions in pairs for caption in captions for word in caption.split())
    told = [{caption: invert_change(caption) for caption in captions} for captions in pairs]
    assert sum(sum(new is not None for new in entry.values()) >= min(2, len(entry)) for entry in told) / len(pairs) > 0.95
    for caption, new in {pair for entry in told for pair in entry.items()}:
        if new is None:
            continue
        assert new != caption
        assert not re.search(r"\b(new|newly|more|completed|original|former|existing|_)\b", new), (caption, new)
        brought = set(new.split()) - set(caption.split())
        assert all(counts[word] >= 5 for word in brought), (caption, new)
        assert known >= brought


def test_what_real_captions_say_came_goes(shared_data: Path) -> None:
    pairs, _ = _changed_pairs(shared_data)
    simple = re.compile(
        r"(?:an?|two|three|some|many|several) (?:\w+ )?(\w+) (?:is|are|has been|have been) (built|constructed|removed)\b[\w ]*"
    )
    checked = 0
    for caption in {caption for captions in pairs for caption in captions}:
        match, told = simple.fullmatch(caption), invert_change(caption)
        if match is None or told is None or " and " in caption or " while " in caption or "replace" in told or match[1] not in told.split():
            continue
        came = match[2] != "removed"
        verbs = re.findall(r"\b(removed|demolished|built|constructed|appears?|appeared|disappears?|disappeared)\b", told)
        assert [verb in ("removed", "demolished") or verb.startswith("disappear") for verb in verbs] == [came], (caption, told)
        checked += 1
    assert checked > 1000


def _changed_pairs(shared_data: Path) -> tuple[list[list[str]], set[str]]:
    every = json.loads((shared_data / "levircc" / "captions_all.json").read_text())
    training = [captions for name, captions in every.items() if name.startswith("train_") and not is_no_change(captions)]
    pairs = [[normalise(caption) for caption in captions] for captions in training]
    return pairs, {word for captions in pairs for caption in captions for word in caption.split()}


# A reader of events that shares nothing with the library: what the verbs say in their order, and what gives way to what.
_NOUN = re.compile(r"\b(house|villa|road|trees|bushes|barn|pond|forest|woods|grass|vegetation|lot|bareland|wasteland|cars)s?\b")
_CAME = r"(?<!dis)appear|(?<=are )built|(?<=is )built|(?<=been )built|constructed|shows? up"
_WENT = r"disappear|removed|demolished|cut down|cleared|vanished"
_VERB = re.compile(rf"(?P<came>{_CAME})|(?P<went>{_WENT})")
_SWAP = re.compile(r"replaced by|becomes?|turned into|turns? into|developed into")


def _events(caption: str) -> list[object]:
    """True for what comes and False for what goes; for a swap, the nouns that give way and those that come."""
    swap = _SWAP.search(caption)
    if swap is not None:
        return [set(_NOUN.findall(caption[: swap.start()])), set(_NOUN.findall(caption[swap.end() :]))]
    return [match["came"] is not None for match in _VERB.finditer(caption)]


def _opposite(events: list[object]) -> list[object]:
    return [not event for event in events] if all(isinstance(event, bool) for event in events) else events[::-1]
