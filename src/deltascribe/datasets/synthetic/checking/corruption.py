"""Makes a true sentence false, to see whether the check notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from deltascribe.datasets.synthetic.checking import swaps
from deltascribe.datasets.synthetic.checking.claims import Corrupted
from deltascribe.datasets.synthetic.checking.facts import Facts

CHANGE_SHARE = 0.2
"""Probability that "no change" may be drawn where there are other ways; it applies nearly everywhere."""


def corrupt(caption: str, truth: dict[str, Any], seed: int) -> Corrupted | None:
    """Makes a caption false in one way.

    Whether a way applies is told from plain facts of the ground truth (`facts.py`), which the check knows nothing of: the third of the
    frame on the other side holds nothing that came or went; fewer things of the class came or went than the new number says; no thing of
    the new class came or went; the new ground is nowhere in the frame on either date.

    Args:
        caption: a sentence that is true of the pair.
        truth: the JSON value of `Place.truth()`.
        seed: picks one of the ways that apply.

    Returns:
        The sentence and how it was made false (`side`, `count`, `object`, `verb`, `former`, `change`); None if no way applies.
    """
    facts = Facts(truth)
    sentence = caption.strip().rstrip(".").lower()
    ways: dict[str, Callable[[str, Facts], Iterator[str]]] = {
        "side": _sides,
        "count": _counts,
        "object": _objects,
        "verb": _verbs,
        "former": _grounds,
        "change": _change,
    }
    found = {kind: [made for made in way(sentence, facts) if made != sentence] for kind, way in ways.items()}
    kinds = [kind for kind, sentences in found.items() if sentences]
    if not kinds:
        return None
    rng = np.random.default_rng([seed])
    if len(kinds) > 1 and rng.random() >= CHANGE_SHARE:
        kinds = [kind for kind in kinds if kind != "change"]
    kind = kinds[int(rng.integers(len(kinds)))]
    return Corrupted(kind, found[kind][int(rng.integers(len(found[kind])))])


def _sides(sentence: str, facts: Facts) -> Iterator[str]:
    """The one place of a sentence moved to a side where nothing came or went."""
    places = list(swaps.SIDE_PHRASE.finditer(sentence))
    if len(places) == 1:
        place = places[0]
        for word, (side, other) in swaps.SIDE_WORDS.items():
            if word in place["sides"].replace("-", " ").split() and facts.free(swaps.OTHER_SIDE[side]):
                moved = place["sides"].replace(word, other)
                yield sentence[: place.start("sides")] + moved + sentence[place.end("sides") :]
    centre = swaps.CENTRE_PHRASE.search(sentence)
    if centre and not places:
        for side in ("left", "right", "top", "bottom"):
            if facts.free(side):
                yield f"{sentence[: centre.start()]}at the {side}{sentence[centre.end() :]}"


def _counts(sentence: str, facts: Facts) -> Iterator[str]:
    """More than there are at all; or one of many, where nothing narrows down which."""
    subject = swaps.SUBJECT.match(sentence)
    if not subject or not subject["count"] or subject["count"] == "the":
        return
    name, _, plural = swaps.NOUNS[subject["noun"]]
    total = facts.came_or_went("building" if name in ("house", "large building") else name)
    rest = swaps.agree(sentence[subject.end() :], plural=True)
    opening = "there are " if sentence.startswith("there ") else ""
    for words, least in (("many", 5), ("six", 6), ("ten", 10), ("dozens of", 12)):
        if total < least and total:
            yield f"{opening}{words} {subject['adjectives']}{plural}{rest}"
    if subject["count"] in swaps.VAGUE or swaps.NUMBERS.get(subject["count"], 1) > 1:
        yield from _one(sentence, subject["adjectives"], name, swaps.NOUNS[subject["noun"]][1], subject.end(), facts)


def _one(sentence: str, adjectives: str, name: str, singular: str, end: int, facts: Facts) -> Iterator[str]:
    narrowed = swaps.RESTRICTED.search(sentence) or adjectives.strip()
    alike = {facts.came_or_went(name, date) for date in ("before", "after")}
    if name in ("house", "building") and not narrowed and all(number != 1 for number in alike) and " and " not in sentence:
        yield f"one {singular}{swaps.agree(sentence[end:], plural=False)}"


def _objects(sentence: str, facts: Facts) -> Iterator[str]:
    """Another thing as the subject, of which none came or went."""
    subject = swaps.SUBJECT.match(sentence)
    if not subject:
        return
    name = swaps.NOUNS[subject["noun"]][0]
    several = subject["noun"] == swaps.NOUNS[subject["noun"]][2]
    for other in swaps.OBJECTS:
        absent = facts.never_there("lake") if other == "lake" else facts.came_or_went(other) == 0
        if other != name and absent:
            word = swaps.OBJECT_WORDS[other][several]
            yield f"{sentence[: subject.start('adjectives')]}{word}{sentence[subject.end() :]}"


def _verbs(sentence: str, facts: Facts) -> Iterator[str]:
    """Built for removed and the reverse, of things of which none went (or came)."""
    subject, trees = swaps.SUBJECT.match(sentence), swaps.TREES.match(sentence)
    several = bool(trees) or bool(subject and subject["noun"] == swaps.NOUNS[subject["noun"]][2])
    verb = "are" if several else "is"
    if subject and " and " not in sentence[: _first_verb(sentence)]:
        name = swaps.NOUNS[subject["noun"]][0]
        if facts.came_or_went(name, "before") == 0:
            yield from _swapped(sentence, swaps.APPEARS, [f"{verb} removed", f"{verb} demolished", "disappear" + "s" * (not several)])
        if facts.came_or_went(name, "after") == 0:
            yield from _swapped(sentence, swaps.VANISHES, [f"{verb} built", "appear" + "s" * (not several)])
        if facts.never_there("lake"):
            yield from _swapped(sentence, swaps.WIDENS, [f"{verb} flooded"])
    if trees and " and " not in sentence[: _first_verb(sentence)]:
        if facts.lone_crowns("after").area == 0 and not facts.one_date_ground("after"):
            yield from _swapped(sentence, swaps.VANISHES, [f"{verb} planted"])
        if facts.lone_crowns("before").area == 0 and not facts.one_date_ground("before"):
            yield from _swapped(sentence, swaps.PLANTS, [f"{verb} removed", f"{verb} cut down"])


def _first_verb(sentence: str) -> int:
    starts = [
        found.start() for pattern in (swaps.APPEARS, swaps.VANISHES, swaps.PLANTS, swaps.WIDENS) if (found := pattern.search(sentence))
    ]
    return min(starts, default=len(sentence))


def _swapped(sentence: str, pattern: Any, words: list[str]) -> Iterator[str]:
    found = pattern.search(sentence)
    if found and found.start() == _first_verb(sentence):
        yield from (sentence[: found.start()] + word + sentence[found.end() :] for word in words)


def _grounds(sentence: str, facts: Facts) -> Iterator[str]:
    """Another ground, which is nowhere in the frame on either date."""
    for place in swaps.GROUND_PHRASE.finditer(sentence):
        for ground, words in swaps.GROUND_WORDS.items():
            if place["noun"] not in words and facts.never_there(ground):
                yield sentence[: place.start("noun")] + ground + sentence[place.end("noun") :]


def _change(sentence: str, facts: Facts) -> Iterator[str]:
    """No change where something large came or went; a change where all is as it was."""
    if facts.obviously_changed():
        yield from swaps.NO_CHANGE
    elif facts.nothing_differs():
        yield from swaps.INVENTED
