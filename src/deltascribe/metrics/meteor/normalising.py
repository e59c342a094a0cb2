"""What METEOR's `-norm` makes of a sentence: the words that it then matches."""

from __future__ import annotations

import re

from deltascribe.errors import PredictionsError
from deltascribe.metrics.ngrams import Tokens

_PLAIN = re.compile(r"[0-9a-z ]*")
_STOP_IN_WORD = re.compile(r"\S[.,]|[.,]\S")

# what METEOR takes for a letter: Latin up to Extended-A, Cyrillic, phonetic extensions; any other letter stands alone
_LETTERS = (
    "A-Za-z\u0160\u017d\u0161\u017e\u0178\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e"
    "\u0400-\u04ff\u0500-\u0527\ua640-\ua66e\ua67e-\ua697\u1d00-\u1d7f"
)
_STEPS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (rf"([^0-9{_LETTERS} \t\n\x0b\f\r.'`,\-\u2018\u2019])", r" \1 "),
        ("[`\u2018\u2019]", "'"),
        ("[\u201c\u201d]|''", ' " '),
        ("\u2013", "-"),
        ("--", "-"),
        (rf"([0-9{_LETTERS}.])-([0-9{_LETTERS}])", r"\1 \2"),
        (rf"([^{_LETTERS}])'([^{_LETTERS}])", r"\1 ' \2"),
        (rf"([^{_LETTERS}0-9])'([{_LETTERS}])", r"\1 ' \2"),
        (rf"([{_LETTERS}])'([^{_LETTERS}])", r"\1 ' \2"),
        (rf"([{_LETTERS}])'([{_LETTERS}])", r"\1 '\2"),
        (r"([0-9])'(s)", r"\1 '\2"),
        ("[ \u2000-\u200a\u202f\u205f\u3000\u00a0]+", " "),
    )
]
# the jar splits words at these alone: not at every Unicode blank, as str.split does
_BLANKS = re.compile(r"[ \t\n\r\f]+")


def normalise(tokens: Tokens) -> tuple[str, ...]:
    """Words of a sentence as METEOR 1.5 sees them with `-l en -norm`.

    Hyphenated words come apart ("lower-right" is two words; a single letter between two hyphens keeps the second one), an
    apostrophe starts a word of its own ("road's" -> "road", "'s"), a sign between words is a word, and letters outside
    Latin, Cyrillic and the phonetic extensions count one by one. Equal to the jar for whatever `deltascribe.text.tokenize`
    gives, for numbers, and for `<unk>`.

    Args:
        tokens: the sentence as words, without full stops and commas inside or at the edge of one.

    Raises:
        PredictionsError: a word holds a full stop or a comma; METEOR's sentence splitter is not part of this.
    """
    # doubled blanks and a separator in a sentence are undone by the COCO scorers' Python side, before the jar
    sentence = " ".join(tokens).replace("|||", "").replace("  ", " ")
    if _PLAIN.fullmatch(sentence):
        return tuple(sentence.split())
    if _STOP_IN_WORD.search(sentence):
        raise PredictionsError(
            f"A word of {sentence[:60]!r} holds a full stop or a comma. Split captions into words with deltascribe.text.tokenize first."
        )
    # every step looks at the neighbours of a sign, so the edges need some too
    sentence = f" {sentence} "
    for pattern, replacement in _STEPS:
        sentence = pattern.sub(replacement, sentence)
    return tuple(word for word in _BLANKS.split(sentence.lower()) if word)
