"""METEOR's search for the best set of matches that don't overlap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter

BEAM = 40
"""Partial alignments that survive each word."""


Match = tuple[int, int, int, int, int]
"""Words of the reference that stand for words of the hypothesis, as (stage, start, length, other_start, other_length).

The stage is 0 for equal words, 1 for stems, 2 for synonyms, 3 for paraphrases; then come the first word and the number of
words in the reference, and the same in the hypothesis. A plain tuple, since a data set has a hundred thousand of them.
"""

Candidates = tuple[tuple[Match, ...], ...]
"""For each word of the reference the matches that start there, in the order in which the stages found them."""

# a rank orders partial alignments: more matched words, then fewer chunks, then less distance; packed into one integer
_CHUNK = 1 << 40
_WORD = 1 << 60

_NONE = -1


_Path = tuple[int, int, int, int, int, tuple[Match, ...]]
"""A partial alignment: rank, word up to which the reference is decided, hypothesis word at which the open chunk would go
on (-1 without one), bit sets of the words taken in the reference and in the hypothesis, matches chosen."""

_Option = tuple[Match, int, int, int, int, int, int]
"""A match with its bit sets, gain in rank, distance, and the words at which it ends in the reference and in the hypothesis."""


@lru_cache(maxsize=1 << 16)
def best_alignment(candidates: Candidates) -> tuple[Match, ...]:
    """The matches that METEOR keeps, in the order of the reference.

    Follows the jar's beam search in all that decides between equally good alignments: the order of candidates, a stable
    sort at each word, and a distance that a partial alignment goes on counting for matches it passed over.

    Args:
        candidates: matches by reference word.
    """
    fixed = _undisputed(candidates)
    if all(len(found) == (fixed[start] is not None) for start, found in enumerate(candidates)):
        return tuple(match for match in fixed if match is not None)
    used = used_other = 0
    for match in fixed:
        if match is not None:
            _, start, length, other_start, other_length = match
            used, used_other = used | _bits(start, length), used_other | _bits(other_start, other_length)
    paths: list[_Path] = [(0, 0, _NONE, used, used_other, ())]
    for word, found in enumerate(candidates):
        sure = fixed[word]
        if sure is not None:
            paths = _take(_best(paths), word, _option(sure))
        else:
            paths = _branch(_best(paths), word, [_option(match) for match in found])
    # the chunk that is still open counts too; min takes the first of equals, like the jar's stable sort
    ended = [(path[0] + _CHUNK if path[2] != _NONE else path[0], path[5]) for path in _best(paths)]
    return min(ended, key=itemgetter(0))[1]


def count_chunks(matches: Sequence[Match]) -> int:
    """Number of runs of matches that follow each other in both sentences; `matches` in the order of the reference."""
    chunks, end, other_end = 0, _NONE, _NONE
    for _, start, length, other_start, other_length in matches:
        if start != end or other_start != other_end:
            chunks += 1
        end, other_end = start + length, other_start + other_length
    return chunks


def _undisputed(candidates: Candidates) -> list[Match | None]:
    """Matches that are the only one for each of their words."""
    counts: dict[int, int] = {}
    counts_other: dict[int, int] = {}
    for found in candidates:
        for _, start, length, other_start, other_length in found:
            for word in range(start, start + length):
                counts[word] = counts.get(word, 0) + 1
            for word in range(other_start, other_start + other_length):
                counts_other[word] = counts_other.get(word, 0) + 1
    fixed: list[Match | None] = []
    for found in candidates:
        match = found[0] if len(found) == 1 else None
        if match is not None:
            _, start, length, other_start, other_length = match
            words, others = range(start, start + length), range(other_start, other_start + other_length)
            if any(counts[word] > 1 for word in words) or any(counts_other[word] > 1 for word in others):
                match = None
        fixed.append(match)
    return fixed


def _best(paths: list[_Path]) -> list[_Path]:
    if len(paths) > 1:
        paths.sort(key=itemgetter(0))
    return paths[:BEAM]


def _take(paths: list[_Path], word: int, option: _Option) -> list[_Path]:
    """Continues every partial alignment by an undisputed match."""
    match, _, _, gain, distance, end, other_end = option
    following: list[_Path] = []
    for path in paths:
        rank, until, chunk_end, taken, other_taken, chosen = path
        if word < until:
            following.append(path)
            continue
        rank += distance - gain + _chunk_break(chunk_end, match)
        following.append((rank, end, other_end, taken, other_taken, (*chosen, match)))
    return following


def _branch(paths: list[_Path], word: int, options: list[_Option]) -> list[_Path]:
    """Continues every partial alignment by each match that starts at a word of the reference, and by none."""
    following: list[_Path] = []
    for path in paths:
        rank, until, chunk_end, taken, other_taken, chosen = path
        if word < until:
            following.append(path)
            continue
        for match, used, other_used, gain, distance, end, other_end in options:
            if taken & used or other_taken & other_used:
                continue
            better = rank - gain + _chunk_break(chunk_end, match)
            following.append((better, end, other_end, taken | used, other_taken | other_used, (*chosen, match)))
            # METEOR adds the distance of a match to the alignment without it, and so to all tried after it
            rank += distance
        if chunk_end != _NONE:
            rank += _CHUNK
        following.append((rank, word + 1, _NONE, taken, other_taken, chosen))
    return following


def _chunk_break(chunk_end: int, match: Match) -> int:
    return _CHUNK if chunk_end != _NONE and chunk_end != match[3] else 0


def _option(match: Match) -> _Option:
    stage, start, length, other_start, other_length = match
    # a match that isn't exact counts half, rounded down on each side by itself
    gain = (length + other_length if stage == 0 else length // 2 + other_length // 2) * _WORD
    distance = abs(start - other_start)
    return match, _bits(start, length), _bits(other_start, other_length), gain, distance, start + length, other_start + other_length


def _bits(start: int, length: int) -> int:
    return ((1 << length) - 1) << start
