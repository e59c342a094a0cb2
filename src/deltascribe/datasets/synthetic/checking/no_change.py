"""Sentences that say that nothing changed."""

from __future__ import annotations

import re

from deltascribe.datasets.synthetic.checking.lexicon import no_change_words

_WORD = re.compile(r"[a-z']+")


def says_no_change(caption: str) -> bool:
    """Whether a sentence says that nothing changed, and nothing else.

    "Nothing but a house" or "no new houses appear" do not: every word must be one that such sentences are made of, and one must deny
    a change or call the images alike.
    """
    says, may_hold = no_change_words()
    words = _WORD.findall(caption.lower())
    return any(word in says for word in words) and all(word in says or word in may_hold for word in words)
