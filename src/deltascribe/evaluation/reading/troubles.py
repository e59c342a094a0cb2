"""Collects everything that is wrong with a file, so that one error can list it all with the next steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeGuard

from deltascribe.errors import DeltascribeError

SHOWN = 10
"""So many items of a kind are named; the rest is counted."""

MOST_WORDS = 1_000
"""Words of a sentence: METEOR takes minutes for one of some thousands, which is no caption."""

_LONGEST = 60


class Kind(Enum):
    """A kind of trouble: what it is, and the next step."""

    INVALID_JSON = "lines that are not valid JSON", "Correct these lines, or write the file again."
    NO_ROW = (
        "entries that cannot be read",
        "Give each entry a name and a caption, every field once; in CSV, quote captions that hold commas.",
    )
    NO_NAME = "entries without a name", "Give each entry the name of its pair, such as the file name of its images."
    NO_CAPTION = "pairs without a caption that is text", 'Write a caption for each; "" where the model says nothing.'
    TOO_LONG = f"captions of more than {MOST_WORDS} words", "Write a caption, not a text; cut what a model repeats without end."
    SEVERAL = "pairs with several captions", "Keep one caption a pair (join a list of words by spaces)."
    DOUBLED = "pairs given more than once", "Keep one entry a pair."
    PROBABILITY = "values of change_probability that are no number in 0..1", "Correct them, or leave the field out of all entries."
    FLAG = "values of predicted_changed that are neither true nor false", "Correct them, or leave the field out of all entries."
    AMBIGUOUS = "names that fit several pairs of the references", "Use the names as the references have them."
    UNKNOWN = (
        "names that the references do not know",
        "Correct the names, or choose the references or the split (--split) that these pairs belong to.",
    )
    MISSING = "pairs of the references without a prediction", "Predict them too, or score the shared pairs alone with --allow-missing."
    NO_REFERENCES = "pairs without a list of sentences as references", "Give each pair a list of one sentence or more, none of them empty."
    NO_FLAG = "values of the change flag that are neither 0 nor 1", "Correct them, or leave the flag out."
    NO_IMAGE = "annotations of an image that the file does not list", "Add these images to the list, or remove the annotations."
    NO_SPLIT = "entries without a split, or with an unknown one", "Write train, val or test into each entry, or leave the field out of all."

    @property
    def title(self) -> str:
        """What it is."""
        return self.value[0]

    @property
    def next_step(self) -> str:
        """What to do about it."""
        return self.value[1]


class Troubles:
    """What was found wrong, by kind, in the order of finding."""

    def __init__(self) -> None:
        self._found: dict[Kind, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, kind: Kind, item: str) -> None:
        """Notes one case; `item` is a readable name with what there is to say of it."""
        self._found.setdefault(kind, []).append(item)

    def extend(self, kind: Kind, items: Iterable[str]) -> None:
        """Notes several cases of a kind."""
        for item in items:
            self.add(kind, item)

    def raise_if_any(self, what: str, error: type[DeltascribeError]) -> None:
        """Raises one `error` that lists all kinds, each with its count and its first names, if anything was found."""
        if not self._found:
            return
        lines = [f"{what} cannot be used as it is; nothing was scored."]
        # in the order of the enum: what is wrong inside the file comes before what does not fit the references
        for kind in Kind:
            if kind in self._found:
                items = self._found[kind]
                lines.append(f"- {kind.title} ({len(items)}): {listed(items)}. {kind.next_step}")
        raise error("\n".join(lines))


def listed(items: Sequence[str], limit: int = SHOWN) -> str:
    """The first items and the number of the others."""
    more = f"; and {len(items) - limit} more" if len(items) > limit else ""
    return "; ".join(items[:limit]) + more


def shown(text: object) -> str:
    """A name or a piece of a file on one line, printable in any encoding of text, cut after 60 characters."""
    try:
        line = str(text)
    except RecursionError:  # a value nested almost too deeply to be parsed
        line = type(text).__name__
    cut = line[:_LONGEST]
    # characters that do not print (or cannot be encoded, as half of a surrogate pair) would break the message itself
    readable = cut if cut.isprintable() and cut else ascii(cut)
    return f"{readable} ..." if len(line) > _LONGEST else readable


def is_text(value: object) -> TypeGuard[str]:
    """Whether a value is a string that can be written as UTF-8 (a JSON escape can smuggle in half of a surrogate pair)."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)
