"""Inverts change sentences: what was built is removed, what gave way comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from deltascribe.text.direction_words import FRAME, word_at, words
from deltascribe.text.inversion import lexicon as lex
from deltascribe.text.inversion.clauses import Clause, read_clauses
from deltascribe.text.inversion.newness import as_gained, as_landmark, as_lost
from deltascribe.text.inversion.phrases import classes_of, is_plural, kinds_of, segments, things_of
from deltascribe.text.inversion.verbs import Verb
from deltascribe.text.normalise import tokenize

_RETURNING = words("bareland wasteland")
"""Ground that is back in sight where many things on it have gone."""
_FRAME_WORDS = FRAME | lex.SIDES | words("corner corners center middle part parts")
_FEW = lex.NUMERALS | words("a an one another")
_ROADSIDE = words("road roads roadside path street side")


class _NotInvertibleError(Exception):
    """Signals that no certain wording is known."""


@lru_cache(maxsize=1 << 16)
def invert_change(caption: str) -> str | None:
    """The caption that is true of a changed pair when its dates are swapped.

    Args:
        caption: a sentence that is true of the pair as it is.

    Returns:
        Its words in normalised form, with every clause turned round; None for a sentence that cannot be turned round with
        certainty, or that tells of no change.
    """
    clauses = read_clauses(tokenize(caption))
    if clauses is None:
        return None
    try:
        inverted = [_invert(clause, clauses[:place], clauses[place + 1 :]) for place, clause in enumerate(clauses)]
    except _NotInvertibleError:
        return None
    return _with_articles(" and ".join(inverted).replace("_", " "))


def _invert(clause: Clause, earlier: Sequence[Clause], later: Sequence[Clause]) -> str:
    _check_pronouns(clause, earlier)
    gone = {_stem(noun) for other in (*earlier, *later) for noun in _came(other)}
    if clause.verb.event == "gain":
        told = _replaced_back(clause, gone) if clause.object else _gone(clause)
    elif clause.verb.event == "loss":
        told = _come(clause, gone)
    elif clause.verb.event == "replace":
        told = _swapped(clause, clause.subject, clause.object, gone)
    else:
        told = _swapped(clause, clause.object, clause.subject, gone)
    return " ".join([*as_landmark(clause.lead), *told])


def _check_pronouns(clause: Clause, earlier: Sequence[Clause]) -> None:
    """Refuses a pronoun that would stand for another thing, or for one that is not there, in the inverted sentence."""
    told = [*clause.lead, *clause.subject, *clause.object, *clause.tail]
    for place, word in enumerate(told):
        if word in lex.PRONOUNS and (any(other.object for other in earlier) or word_at(told, place - 1) in lex.COVERING):
            raise _NotInvertibleError


def _came(clause: Clause) -> list[str]:
    """Nouns of what a clause brings, which goes in the inverted sentence."""
    if clause.verb.event == "loss":
        return []
    brought = clause.object if clause.verb.event in ("replaced", "become") else clause.subject
    return [brought[thing.end - 1] for thing in things_of(brought)]


def _stem(noun: str) -> str:
    return noun.removesuffix("s")


def _gone(clause: Clause) -> list[str]:
    """Inverts a gain: "some houses are built on the bareland beside the road" -> "some houses are replaced by bareland beside ..."."""
    verb, subject = clause.verb, clause.subject
    kinds = classes_of(subject)
    _require_new(subject)
    if verb.passive and verb.word not in ("planted", "restored") and kinds & {"ground", "vegetation"}:
        raise _NotInvertibleError  # "grassland is constructed": who can say what stood there
    if "C" in kinds_of(clause.tail):
        return [*as_lost(subject), *_loss_verb(verb, subject), *as_landmark(clause.tail)]
    moved: list[str] = []
    stay: list[str] = []
    pieces = segments(clause.tail)
    for place, piece in enumerate(pieces):
        ground = _returning_ground(piece, subject)
        if ground and kinds == {"structure"}:
            rest = [word for later in pieces[place + 1 :] for word in later]
            return [*as_lost([*subject, *moved, *stay]), *_be(verb), "replaced_by", *ground, *as_landmark(rest)]
        if verb.word == "added" and piece[0] == "to":
            stay += ["from", *piece[1:]]
        elif piece[0] == "with" and not stay:
            moved += piece
        else:
            # "a road with a house along in the desert" would be read wrong
            (stay if _FRAME_WORDS.intersection(piece) or "with" in [*subject, *moved] else moved).extend(piece)
    return [*as_lost([*subject, *moved]), *_loss_verb(verb, subject), *as_landmark(stay)]


def _require_new(subject: Sequence[str]) -> None:
    """Refuses what was there before: it cannot have come."""
    if any("O" in kinds_of(subject[thing.start : thing.end]) for thing in things_of(subject)):
        raise _NotInvertibleError


def _returning_ground(piece: Sequence[str], subject: Sequence[str]) -> list[str]:
    """The ground that an adverbial names, where so many things stood that it must have come back."""
    if piece[0] not in ("on", "in") or "of" in piece:
        return []
    if "former" in piece and piece[-1] in lex.VEGETATION | lex.GROUND:
        return as_gained(piece[1:])
    if piece[-1] not in _RETURNING:
        return []
    things = things_of(subject)
    if len(things) == 1 and things[0].noun not in ("area", "areas") and _FEW.intersection(subject[things[0].start : things[0].end]):
        return []
    return [piece[-1]]


def _loss_verb(verb: Verb, subject: Sequence[str]) -> list[str]:
    if not verb.passive:
        return _active("disappear", verb)
    buildings = all(thing.noun in lex.BUILDINGS for thing in things_of(subject))
    return [*_be(verb), "demolished" if verb.word == "constructed" and buildings else "removed"]


def _replaced_back(clause: Clause, gone: set[str]) -> list[str]:
    """Inverts a gain in place of something: "villas are built to replace the trees" -> "villas are replaced by some trees"."""
    _require_new(clause.subject)
    _require_known(clause.object)
    return [*as_lost([*clause.subject, *clause.tail]), *_be(clause.verb), "replaced_by", *as_gained(_without(clause.object, gone))]


def _require_known(side: Sequence[str]) -> None:
    if not things_of(side) or "other" in classes_of(side):
        raise _NotInvertibleError


def _come(clause: Clause, gone: set[str]) -> list[str]:
    """Inverts a loss: "the trees by the road are removed" -> "some trees appear by the road"."""
    verb, kinds = clause.verb, classes_of(clause.subject)
    _require_known(clause.subject)
    if "ground" in kinds and verb.passive:
        raise _NotInvertibleError  # land that is cleared is still there
    if "with" in clause.tail:
        raise _NotInvertibleError  # "trees are removed with roads constructed"
    if "by" in clause.tail and not _ROADSIDE.intersection(clause.tail):
        raise _NotInvertibleError  # "are removed by a bulldozer"
    tail = ["in" if word == "from" else word for word in _without(["", *clause.tail], gone)[1:]]
    subject = as_gained(_without(clause.subject, gone))
    plural = is_plural(subject)
    shown = verb if plural is None else replace(verb, plural=plural)
    if verb.passive and kinds == {"structure"}:
        told = [*_be(shown), "constructed" if verb.word == "demolished" else "built"]
    else:
        told = _active("appear", shown)
    head, *behind = segments(subject)
    if "C" in kinds_of(subject) or "with" in subject or any(piece[0] in lex.PARTICIPLES for piece in behind):
        head, behind = subject, []
    return [*head, *told, *(word for piece in behind for word in piece), *as_landmark(tail)]


def _without(phrase: Sequence[str], gone: set[str]) -> list[str]:
    """Leaves out where something comes if that is told by a thing that goes: "trees on both sides of the newly built road"."""
    head, *behind = segments(phrase)
    pieces = [piece for piece in behind if not _mentions(piece, gone)]
    if len(pieces) < len(behind) and "C" in kinds_of(phrase):
        raise _NotInvertibleError
    return [*head, *(word for piece in pieces for word in piece)]


def _mentions(piece: Sequence[str], gone: set[str]) -> bool:
    named = {_stem(word) for place, word in enumerate(piece) if "the" in piece[:place]}
    return bool(lex.NOVEL.intersection(piece) or named & gone or (gone and lex.PRONOUNS.intersection(piece)))


def _swapped(clause: Clause, lost: Sequence[str], gained: Sequence[str], gone: set[str]) -> list[str]:
    """Inverts a replacement: what came, the verb, then what went, which comes back."""
    _require_new(lost)
    _require_known(lost)
    _require_known(gained)
    plural = is_plural(lost)
    if plural is None:
        raise _NotInvertibleError
    verb = replace(clause.verb, plural=plural)
    before, after = as_lost(lost), as_gained(_without(gained, gone))
    if before == after and after[0] == "a":
        after = ["another", *after[1:]]
    if verb.event == "replace" or verb.passive:
        return [*before, *_be(verb), "replaced_by", *after]
    place = segments(after)[1:] if "C" not in kinds_of(after) and len(segments(before)) == 1 else []
    if place and all(_FRAME_WORDS.intersection(piece) or piece in (["above"], ["below"]) for piece in place):
        after = segments(after)[0]
        before = [*before, *(word for piece in place for word in piece)]
    return [*before, *_turn(verb), *after]


def _be(verb: Verb) -> list[str]:
    if verb.plural is None:
        raise _NotInvertibleError
    if verb.tense == "perfect":
        return ["have" if verb.plural else "has", "been"]
    return ["are" if verb.plural else "is"]


def _active(word: str, verb: Verb) -> list[str]:
    if verb.tense == "past":
        return [word + "ed"]
    if verb.tense == "perfect":
        return ["have" if verb.plural else "has", word + "ed"]
    return [word if verb.plural else word + "s"]


def _turn(verb: Verb) -> list[str]:
    """A form of "become" or "turn into"."""
    base, _, rest = verb.word.partition(" ")
    if verb.tense == "perfect":
        form = ["have" if verb.plural else "has", "become" if base == "become" else "turned"]
    else:
        form = [base if verb.plural else base + "s"]
    return [*form, *rest.split()]


def _with_articles(text: str) -> str:
    told = text.split()
    for place, word in enumerate(told[:-1]):
        if word in ("a", "an"):
            following = told[place + 1]
            vowel = following[0] in "aeio" or following.startswith("un")
            told[place] = "an" if vowel and not following.startswith("one") else "a"
    return " ".join(told)
