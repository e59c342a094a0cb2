"""Takes out of a caption where in its image something lies."""

from __future__ import annotations

import re

_SIDE = "(?:top|bottom|upper|lower|left|right|middle|centre|center|central|edges?|corners?|side|parts?|half|halves|area)"
_PLACE = (
    rf"(?:in|on|at|to|near|along|from) (?:the )?(?!area){_SIDE}(?:(?:,? and |,? or |-| )(?:the )?(?:hand |{_SIDE}))*\b"
    # of the image itself, or of nothing that is named
    rf"(?: of (?:the |this )?(?:scene|image|picture|photo|frame|area|region)\b|(?! of\b|(?: and(?: the)?)? {_SIDE}s?\b|-)(?=[ ,.]|$))"
)
_PLACES = re.compile(rf"(?:(?:,? and)?\s+{_PLACE}$|\s*\b{_PLACE})(?:(?:,? and |,? or |, | ){_PLACE})*")


def without_place(caption: str) -> str:
    """A caption without where in its image something lies, which would be wrong of a larger scene; places that it names itself remain.

    `a house is built on the left side of the scene` becomes `a house is built`; `... on the left side of the road` stays.
    """
    return re.sub(r"\s+([,.])", r"\1", _PLACES.sub("", caption)).strip(" ,")
