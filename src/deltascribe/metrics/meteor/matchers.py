"""All matches between two sentences that METEOR's four stages find: equal words, stems, synonyms, paraphrases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from deltascribe.metrics.meteor.alignment import Candidates, Match

Words = tuple[str, ...]
Places = tuple[int, ...]


@dataclass(frozen=True)
class Resources:
    """What may match besides equal words.

    Attributes:
        function_words: words that count less than content words.
        stems: word -> other words with the same stem.
        synonyms: word -> other words that share a WordNet synset.
        paraphrases: phrase -> its paraphrases -> place in the table, which orders the matches.
    """

    function_words: frozenset[str]
    stems: Mapping[str, frozenset[str]] = field(default_factory=dict)
    synonyms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    paraphrases: Mapping[Words, Mapping[Words, int]] = field(default_factory=dict)
    longest: dict[str, int] = field(init=False, default_factory=dict)
    """First word of phrases and paraphrases -> length of the longest."""

    def __post_init__(self) -> None:
        for phrase, others in self.paraphrases.items():
            for run in (phrase, *others):
                self.longest[run[0]] = max(len(run), self.longest.get(run[0], 0))


@dataclass(frozen=True)
class Sentence:
    """A normalised sentence, with what matching asks of it time and again.

    Attributes:
        words: its words.
        keys: their hashes; METEOR compares words by these alone.
        places: word key -> where it stands.
        runs: runs of words that may be a paraphrase -> where they start.
        phrases: (start, length, paraphrases) of the runs that have any, in this order.
    """

    words: Words
    keys: tuple[int, ...]
    places: dict[int, Places]
    runs: dict[Words, Places]
    phrases: list[tuple[int, int, Mapping[Words, int]]]
    function: tuple[bool, ...]

    @classmethod
    def build(cls, words: Words, resources: Resources) -> Sentence:
        keys = tuple(java_hash(word) for word in words)
        places: dict[int, Places] = {}
        for place, key in enumerate(keys):
            places[key] = (*places.get(key, ()), place)
        runs: dict[Words, Places] = {}
        phrases = []
        for start, word in enumerate(words):
            for end in range(start + 1, min(start + resources.longest.get(word, 0), len(words)) + 1):
                run = words[start:end]
                runs[run] = (*runs.get(run, ()), start)
                known = resources.paraphrases.get(run)
                if known is not None:
                    phrases.append((start, end - start, known))
        function = tuple(word in resources.function_words for word in words)
        return cls(words, keys, places, runs, phrases, function)


def find_candidates(hypothesis: Sentence, reference: Sentence, resources: Resources) -> Candidates:
    """Matches by the reference word at which they start, in METEOR's order: stage by stage."""
    found: list[list[Match]] = [
        [(0, place, 1, other, 1) for other in hypothesis.places.get(key, ())] for place, key in enumerate(reference.keys)
    ]
    # of two equal sentences METEOR takes exact matches only
    if hypothesis.keys != reference.keys:
        for stage, partners in ((1, resources.stems), (2, resources.synonyms)):
            if partners:
                _match_words(hypothesis, reference, stage, partners, found)
        if reference.phrases or hypothesis.phrases:
            _match_paraphrases(hypothesis, reference, found)
    return tuple(map(tuple, found))


def _match_words(
    hypothesis: Sentence, reference: Sentence, stage: int, partners: Mapping[str, frozenset[str]], found: list[list[Match]]
) -> None:
    for place, word in enumerate(reference.words):
        wanted = partners.get(word)
        if wanted is not None and not wanted.isdisjoint(hypothesis.words):
            found[place].extend((stage, place, 1, other, 1) for other, candidate in enumerate(hypothesis.words) if candidate in wanted)


def _match_paraphrases(hypothesis: Sentence, reference: Sentence, found: list[list[Match]]) -> None:
    # the table is read in both directions, and an entry that stands in it both ways gives its match twice
    for start, length, run, others in _paraphrased(reference, hypothesis):
        found[start].extend((3, start, length, other, len(run)) for other in others)
    for other, length, run, starts in _paraphrased(hypothesis, reference):
        for start in starts:
            found[start].append((3, start, len(run), other, length))


def _paraphrased(source: Sentence, target: Sentence) -> Iterator[tuple[int, int, Words, Places]]:
    """(start, length) of each phrase of `source` with a paraphrase in `target`, that paraphrase, and where it starts there."""
    for start, length, known in source.phrases:
        common = known.keys() & target.runs.keys()
        for run in sorted(common, key=known.__getitem__) if len(common) > 1 else common:
            yield start, length, run, target.runs[run]


@lru_cache(maxsize=1 << 16)
def java_hash(word: str) -> int:
    """Java's hash of a string, by which METEOR compares words; a few different words share one ("an" and "c0")."""
    value = 0
    units = word.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & 0xFFFFFFFF
    return value
