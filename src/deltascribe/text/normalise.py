"""The one form in which captions are counted, compared and learned."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"})
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def tokenize(caption: str) -> list[str]:
    """Words of a caption in lower case: the `words` mode of the published protocol.

    A word is a run of letters and digits. A hyphen or an apostrophe *between* two of them belongs to the word, as it does in
    the references of LEVIR-CC ("lower-right", "t-shaped", "road's"); everything else, full stops, commas, slashes, brackets,
    a hyphen at the edge of a word, separates words and is dropped.

    Args:
        caption: a sentence as published or as generated.

    Returns:
        Its words; an empty list for a caption without any.
    """
    plain = unicodedata.normalize("NFC", caption).translate(_APOSTROPHES).lower()
    return _WORD.findall(plain)


def normalise(caption: str) -> str:
    """The words of a caption (see `tokenize`) joined by single spaces."""
    return " ".join(tokenize(caption))
