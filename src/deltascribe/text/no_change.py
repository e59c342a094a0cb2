"""Tells whether the captions of a pair say that nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from deltascribe.text.normalise import normalise
from deltascribe.text.special import NO_CHANGE_SENTENCES

_SENTENCES = frozenset(NO_CHANGE_SENTENCES)


def is_no_change(captions: Iterable[str]) -> bool:
    """Whether every caption is one of the fixed no-change sentences, whatever its case and punctuation.

    Args:
        captions: the captions of one pair; a single generated caption is given as a list of one.

    Returns:
        False for a pair without captions: nothing is said of it.
    """
    sentences = [captions] if isinstance(captions, str) else list(captions)
    return bool(sentences) and all(normalise(sentence) in _SENTENCES for sentence in sentences)


def no_change_wordings(references: Sequence[Sequence[str]], changed: Sequence[bool]) -> tuple[str, ...]:
    """All sentences by which a data set says that nothing changed, normalised: the five of LEVIR-CC and its own.

    Args:
        references: sentences of each pair.
        changed: whether each pair changed; what is said of unchanged pairs and of no changed one is the data set's own wording.
    """
    said: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for entry, flag in zip(references, changed, strict=True):
        said[bool(flag)].update(dict.fromkeys(entry))
    # the same few sentences fill most of a data set: each is normalised once
    told = set(map(normalise, said[True]))
    own = (sentence for sentence in map(normalise, said[False]) if sentence and sentence not in told)
    return tuple(dict.fromkeys([*NO_CHANGE_SENTENCES, *own]))


def begins_as_no_change(caption: str, wordings: tuple[str, ...] = NO_CHANGE_SENTENCES) -> bool:
    """Whether a sentence begins with a no-change sentence, as a model's stammer ("the scene is the same as before and") does."""
    return normalise(caption).startswith(wordings)


def echoes_no_change(caption: str) -> bool:
    """As `begins_as_no_change`, where a word said twice in a row counts once: "the scene is the same as as before"."""
    return " ".join(word for word, _ in groupby(normalise(caption).split())).startswith(NO_CHANGE_SENTENCES)


def tells_of_change(caption: str, wordings: tuple[str, ...] = NO_CHANGE_SENTENCES) -> bool | None:
    """Whether a sentence tells of a change, or that there is none; None for a sentence without a word, which tells of neither."""
    plain = normalise(caption)
    return not plain.startswith(wordings) if plain else None
