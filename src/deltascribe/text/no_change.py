"""Tells whether the captions of a pair say that nothing changed."""

from __future__ import annotations

from collections.abc import Iterable

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


def begins_as_no_change(caption: str) -> bool:
    """Whether a sentence begins with one of the no-change sentences, as a model's stammer ("the scene is the same as before and") does."""
    return normalise(caption).startswith(NO_CHANGE_SENTENCES)
