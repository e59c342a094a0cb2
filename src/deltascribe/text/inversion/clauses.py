"""Cuts a change sentence into clauses of one verb each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.text.inversion.lexicon import MANNERS, join_phrases
from deltascribe.text.inversion.phrases import is_noun_phrase, is_tail
from deltascribe.text.inversion.verbs import Verb, find_verbs

_JOINTS = frozenset({"and", "while", "as", "but"})
_MARKERS = frozenset({"to_replace", "replacing", "in_replace_of", "in_place_of", "instead_of"})


@dataclass(frozen=True)
class Clause:
    """One verb and what belongs to it.

    Attributes:
        subject: words before the verb.
        verb: the verb.
        object: what follows a verb of replacement, its adverbials too; what is replaced by a thing that is built "to replace" it.
        tail: adverbials after any other verb.
        lead: adverbials before the subject.
    """

    subject: tuple[str, ...]
    verb: Verb
    object: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()


def read_clauses(words: Sequence[str]) -> list[Clause] | None:
    """The clauses of a sentence; None for a sentence that is not understood to the last word."""
    tokens = join_phrases(list(words))
    verbs = find_verbs(tokens)
    if not verbs:
        return None
    clauses: list[Clause] = []
    start = 0
    for place, verb in enumerate(verbs):
        following = verbs[place + 1].start if place + 1 < len(verbs) else len(tokens)
        clause, start = _read(tokens, start, verb, following, last=place + 1 == len(verbs))
        if clause is None:
            return None
        clauses.append(clause)
    return clauses


def _read(tokens: Sequence[str], start: int, verb: Verb, following: int, *, last: bool) -> tuple[Clause | None, int]:
    """The clause whose subject begins at `start`, and where the next one begins."""
    if last:
        return _clause(tokens[start : verb.start], verb, tokens[verb.end : following]), following
    for joint in range(verb.end, following):
        if tokens[joint] not in _JOINTS or _subject(tokens[joint + 1 : following]) is None:
            continue
        clause = _clause(tokens[start : verb.start], verb, tokens[verb.end : joint])
        if clause is not None:
            return clause, joint + 1
    return None, start


def _subject(tokens: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What leads a subject ("on the left"), and the subject."""
    if is_noun_phrase(tokens):
        return (), tuple(tokens)
    for cut in range(1, len(tokens)):
        if is_tail(tokens[:cut]) and is_noun_phrase(tokens[cut:]) and tokens[cut] in ("a", "an", "some", "many", "several", "two", "the"):
            return tuple(tokens[:cut]), tuple(tokens[cut:])
    return None


def _clause(before: Sequence[str], verb: Verb, after: Sequence[str]) -> Clause | None:
    found = _subject(before)
    if found is None:
        return None
    lead, subject = found
    if verb.event == "gain":
        after = _without_manner(after)
    if verb.event in ("replace", "replaced", "become"):
        return Clause(subject, verb, tuple(after), lead=lead) if is_noun_phrase(after) else None
    if is_tail(after):
        return Clause(subject, verb, tail=tuple(after), lead=lead)
    marker = next((place for place, token in enumerate(after) if token in _MARKERS), None)
    if marker is None or verb.event != "gain" or not (is_tail(after[:marker]) and is_noun_phrase(after[marker + 1 :])):
        return None
    return Clause(subject, verb, tuple(after[marker + 1 :]), tuple(after[:marker]), lead)


def _without_manner(words: Sequence[str]) -> Sequence[str]:
    """Leaves out how things stand: "neatly and densely on both sides" -> "on both sides"."""
    while words and (words[0] in MANNERS or (words[0] == "and" and words[1:2] and words[1] in MANNERS)):
        words = words[1:]
    while words and (words[-1] in MANNERS or (words[-1] == "and" and words[-2:-1])):
        words = words[:-1]
    return words
