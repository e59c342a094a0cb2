"""Chooses five sentences about a place: different ones, from brief to detailed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from deltascribe.datasets.synthetic.wording.facts import Facts
from deltascribe.datasets.synthetic.wording.grammar import Grammar, UnsayableError, draw
from deltascribe.datasets.synthetic.wording.grammar_adverbs import ADVERBS
from deltascribe.datasets.synthetic.wording.grammar_changes import CHANGES
from deltascribe.datasets.synthetic.wording.grammar_sentences import SENTENCES
from deltascribe.datasets.synthetic.wording.looking import describe_facts
from deltascribe.datasets.synthetic.wording.phrases import casts, context_of
from deltascribe.datasets.synthetic.wording.words import VERBS
from deltascribe.datasets.synthetic.world import Place
from deltascribe.text.special import NO_CHANGE_SENTENCES

GRAMMAR = Grammar({**ADVERBS, **SENTENCES, **CHANGES}, VERBS)
COUNT = 5

_TRIES, _POOL = 400, 36
_LENGTHS = ((7.2, 1.5), (9.6, 1.7), (11.6, 2.0), (14.0, 2.5), (18.5, 3.8))  # words: mean and spread of the shortest to the longest of five
_LIKENESS = 7.0  # words of length that an equal sentence would cost
_LONGEST = 30
_REPLACING, _GREEN = {"replace", "replaces", "replaced", "place"}, {"trees", "plants", "vegetation", "woods", "forest"}

VAGUE_SENTENCES = (
    "a small change has occurred",
    "a small part of the scene has changed",
    "something has changed in the scene",
    "there is a small difference between the two scenes",
    "the scene is almost the same as before but a small part has changed",
)
"""For a place where something happened that is too small to be told."""


def caption_place(place: Place, seed: int) -> list[str]:
    """Five different sentences about what happened in a place, each true of its geometry.

    They are lower case without a full stop, in the style of LEVIR-CC's references, and go from brief to detailed. The same place and
    seed give the same sentences. A place that has not changed gets the five fixed sentences of the data set.

    Args:
        place: both dates.
        seed: of the choice of words, from 0.
    """
    if not place.changed:
        return list(NO_CHANGE_SENTENCES)
    return caption_facts(describe_facts(place), np.random.default_rng(seed))


def caption_facts(facts: Facts, rng: np.random.Generator) -> list[str]:
    """Five different sentences from facts; see `caption_place`."""
    pool = _sentences(facts, rng)
    if len(pool) < COUNT:
        return [*pool, *VAGUE_SENTENCES][:COUNT]
    chosen: list[str] = []
    for mean, spread in _LENGTHS:
        chosen.append(_choose(pool, chosen, rng.normal(mean, spread)))
    return sorted(chosen, key=lambda sentence: len(sentence.split()))


def _sentences(facts: Facts, rng: np.random.Generator) -> list[str]:
    """About thirty different sentences that the facts allow, in the order they came."""
    if facts.empty:
        return []
    ways = [(weight, context_of(facts, cast)) for weight, cast in casts(facts)]
    pool: dict[str, None] = {}
    for _ in range(_TRIES):
        context = ways[draw([weight for weight, _ in ways], rng)][1]
        try:
            sentence = GRAMMAR.say("sentence", context, rng)
        except UnsayableError:
            continue
        if len(sentence.split()) <= _LONGEST and not _repeats(sentence):
            pool[sentence] = None
        if len(pool) == _POOL:
            break
    return list(pool)


def _repeats(sentence: str) -> bool:
    """Whether trees are said to be replaced, and then once more to be gone."""
    words = sentence.split()
    return bool(_REPLACING & set(words)) and sum(word in _GREEN for word in words) > 1


def _choose(pool: Sequence[str], chosen: list[str], length: float) -> str:
    """The sentence nearest to a length in words that is not much like those chosen before."""

    def cost(sentence: str) -> float:
        words = sentence.split()
        likeness = max((_likeness(words, other.split()) for other in chosen), default=0.0)
        return abs(len(words) - length) + _LIKENESS * likeness

    return min((sentence for sentence in pool if sentence not in chosen), key=cost)


def _likeness(words: list[str], others: list[str]) -> float:
    """Share of the pairs of neighbouring words of the shorter sentence that the other has too."""
    one, other = set(pairwise(words)), set(pairwise(others))
    return len(one & other) / max(min(len(one), len(other)), 1)
