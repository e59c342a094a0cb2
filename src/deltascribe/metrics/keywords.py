"""Keyword precision, recall and F1: does a caption name the right things, places, events and numbers?

A caption is read as a set of classes of words that mean the same (`keyword_words.py`), so that "two villas are built" and "a pair of
houses appears" agree. BLEU and CIDEr reward the wording; this tells what a caption gets wrong. The measure is our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltascribe.metrics import keyword_words as lists
from deltascribe.metrics.ngrams import check_pairs, check_texts, pair_weights
from deltascribe.text.direction_words import Span, find_directions, words
from deltascribe.text.no_change import begins_as_no_change
from deltascribe.text.normalise import tokenize

KINDS: dict[str, str] = {"object": "objects", "direction": "places", "change": "changes", "quantity": "quantities"}
"""Kinds of keywords and their titles, in the order of the count arrays."""
NO_CHANGE = "no change"
"""The only keyword (a `change`) of a sentence that says nothing changed."""

Keywords = dict[str, frozenset[str]]
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    kind: str
    names: tuple[str, ...]
    countable: bool = False


@dataclass(frozen=True)
class _Match:
    start: int
    end: int
    entry: _Entry


@dataclass(frozen=True)
class KindScores:
    """Scores of one kind of keywords over a set of pairs.

    Attributes:
        precision: share of the predicted keywords that at least one reference holds, 0..1; None where none is predicted.
        recall: share of the expected keywords that are predicted, 0..1; None where none is expected.
        f1: harmonic mean of the two, 0..1; 0 where none is right or predicted, None where none is expected.
        predicted, expected: how many keywords stand behind the two, every pair counted once. Expected are those that more than half
            of a pair's references hold.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    predicted: int
    expected: int


@dataclass(frozen=True)
class KeywordScores:
    """Scores by kind.

    Attributes:
        kinds: by key of `KINDS`, and under "all" over all kinds together.
    """

    kinds: dict[str, KindScores]

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Plain values for JSON; scores in 0..1."""
        return {kind: asdict(scores) for kind, scores in self.kinds.items()}


def extract_keywords(caption: str) -> Keywords:
    """The keywords of a caption.

    Args:
        caption: any sentence; it is normalised here.

    Returns:
        The classes named in it, by key of `KINDS`. A sentence that begins by saying nothing changed has only the change `NO_CHANGE`.
    """
    return dict(_extract(caption))


def first_keyword(caption: str, kind: str) -> str | None:
    """The class of the first word of a kind (a key of `KINDS` but `direction`), such as what a sentence is about; None without one."""
    names = (match.entry.names[0] for match in _matches(tokenize(caption)) if match.entry.kind == kind)
    return next(names, None)


def uncovered_words(caption: str) -> list[str]:
    """Words of a caption that the keyword lists know neither as keywords nor as words without one.

    The lists follow LEVIR-CC; the share of uncovered words tells how well they fit another data set.
    """
    tokens = tokenize(caption)
    spans = [(match.start, match.end) for match in _matches(tokens)] + [(span.start, span.end) for span in find_directions(tokens)]
    covered = {index for start, end in spans for index in range(start, end)}
    return [word for index, word in enumerate(tokens) if index not in covered and word not in _STOP_WORDS]


def keyword_counts(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """What precision and recall are made of, pair by pair; the counts of any set of pairs are the sum of theirs.

    Args:
        hypotheses: one sentence a pair, as text.
        references: one or more sentences a pair, as text.

    Returns:
        Array [pairs, kinds, 4], kinds in the order of `KINDS`: keywords predicted, of these held by at least one reference; keywords
        that more than half of the references hold, of these predicted.

    Raises:
        PredictionsError: the two differ in number, are empty, a pair has no reference, or its references are one plain string.
    """
    # of pairs only the number can be checked: the sentences are still text
    check_pairs([()] * len(hypotheses), [[()]] * len(references))
    check_texts(references)
    return np.array([_count(said, sentences) for said, sentences in zip(hypotheses, references, strict=True)], dtype=np.int64)


def keyword_scores(hypotheses: Sequence[str], references: Sequence[Sequence[str]], weights: Sequence[float] | None = None) -> KeywordScores:
    """Precision, recall and F1 of the keywords, micro-averaged: counts are summed over the pairs before they are divided.

    A predicted keyword is right if any reference holds it. Only those of a majority of the references are expected, so that what one
    person alone noted is never a miss. Give the changed pairs alone: the others have one fixed answer.

    Args:
        hypotheses: one sentence a pair, as text.
        references: one or more sentences a pair, as text.
        weights: how often each pair counts (fractions allowed); None counts each once.

    Raises:
        PredictionsError: the input does not fit together, see `keyword_counts`.
    """
    counts = keyword_counts(hypotheses, references)
    factors = pair_weights(weights, len(counts))
    sums, plain = _with_all(np.einsum("p,pkc->kc", factors, counts)), _with_all(counts.sum(axis=0))
    f1 = keyword_f1_from_counts(sums)
    kinds = {}
    for row, kind in enumerate([*KINDS, "all"]):
        predicted, right, expected, found = map(float, sums[row])
        kinds[kind] = KindScores(
            right / predicted if predicted else None,
            found / expected if expected else None,
            None if np.isnan(f1[row]) else float(f1[row]),
            int(plain[row, 0]),
            int(plain[row, 2]),
        )
    return KeywordScores(kinds)


def keyword_f1_from_counts(sums: NDArray[Any]) -> NDArray[np.float64]:
    """F1 from summed counts, for a bootstrap that adds up resampled pairs.

    Args:
        sums: array [..., kinds, 4] of sums of `keyword_counts` over pairs. Sum over the kinds too for the F1 of all together.

    Returns:
        Array [..., kinds] in 0..1; NaN where nothing is expected.
    """
    predicted, right, expected, found = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(predicted > 0, right / predicted, 0.0)
        recall = np.where(expected > 0, found / expected, np.nan)
        f1 = np.where(precision * recall == 0, 0.0, 2 * precision * recall / (precision + recall))
    return np.asarray(np.where(np.isnan(recall), np.nan, f1), dtype=np.float64)


def _with_all(sums: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([sums, sums.sum(axis=0, keepdims=True)])


def _count(hypothesis: str, sentences: Sequence[str]) -> list[list[int]]:
    said, held = _extract(hypothesis), [_extract(sentence) for sentence in sentences]
    rows = []
    for kind in KINDS:
        votes = Counter(name for keywords in held for name in keywords[kind])
        expected = {name for name, number in votes.items() if 2 * number > len(held)}
        predicted = said[kind]
        rows.append([len(predicted), len(predicted & votes.keys()), len(expected), len(predicted & expected)])
    return rows


# references are read again for every model that is scored on a set
@lru_cache(maxsize=65536)
def _extract(caption: str) -> Keywords:
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    if begins_as_no_change(caption):
        found["change"].add(NO_CHANGE)
    else:
        tokens = tokenize(caption)
        matches = list(_matches(tokens))
        for match in matches:
            if match.entry.kind in found:
                found[match.entry.kind].update(match.entry.names)
        directions = {name for span in find_directions(tokens) for name in _sides(span)}
        # "the corner" is a place of its own only where nothing says which
        found["direction"] = (found["direction"] - ({"corner"} if directions else set())) | directions
        if _counts_one(tokens, matches):
            found["quantity"].add("one")
    return {kind: frozenset(names) for kind, names in found.items()}


def _matches(tokens: Sequence[str]) -> Iterator[_Match]:
    """Phrases of the lists, from left to right, at each place the longest."""
    index = 0
    while index < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - index), 0, -1):
            entry = _PHRASES.get(tuple(tokens[index : index + length]))
            if entry is not None:
                yield _Match(index, index + length, entry)
                index += length
                break
        else:
            index += 1


def _sides(span: Span) -> list[str]:
    """Sides of the image that a direction names. A corner is two of them, so that "left" for "top left" is half right."""
    if span.kind in ("axis", "unclear"):
        return []
    horizontal, vertical = {-1: ["left"], 0: [], 1: ["right"]}[span.x], {-1: ["top"], 0: [], 1: ["bottom"]}[span.y]
    return horizontal + vertical + (["middle"] if span.kind == "middle" else [])


def _counts_one(tokens: Sequence[str], matches: Sequence[_Match]) -> bool:
    """Whether an article (or "one") stands before a single thing: "a large house", but not "a row of houses" or "an area"."""
    nouns = {match.end - 1: match for match in matches if match.entry.kind == "object"}
    for index, word in enumerate(tokens):
        if word not in _ARTICLES:
            continue
        for place in range(index + 1, min(index + 6, len(tokens))):
            if tokens[place] in _BREAKS:
                break
            if place in nouns and nouns[place].entry.countable:
                return True
    return False


def _split(text: str) -> list[Phrase]:
    return [tuple(phrase.split()) for phrase in text.split(",")]


def _names(key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in key.split(","))


def _plural(phrase: Phrase) -> Phrase:
    word = phrase[-1]
    if word.endswith("y") and word[-2] not in "aeiou":
        word = f"{word[:-1]}ies"
    else:
        word += "es" if word.endswith(("s", "x", "ch", "sh")) else "s"
    return (*phrase[:-1], word)


def _compile() -> dict[Phrase, _Entry]:
    phrases = {phrase: _Entry("", ()) for phrase in _split(lists.NEUTRAL)}
    for kind, classes in (("quantity", lists.QUANTITIES), ("change", lists.CHANGES), ("direction", lists.PLACES)):
        phrases.update({phrase: _Entry(kind, _names(key)) for key, text in classes.items() for phrase in _split(text)})
    uncounted = set(_split(lists.UNCOUNTED))
    for key, text in lists.OBJECTS.items():
        for phrase in _split(text):
            phrases[phrase] = _Entry("object", _names(key), phrase not in uncounted)
            phrases[_plural(phrase)] = _Entry("object", _names(key))
    return phrases


_PHRASES = _compile()
_LONGEST = max(map(len, _PHRASES))
_STOP_WORDS = words(lists.STOP_WORDS)
_ARTICLES = words("a an one another")
_BREAKS = _ARTICLES | words(
    "of and or in on at by to with from along near beside between among around the its their this that these those is are was were has "
    "have been where which while through across into"
)
