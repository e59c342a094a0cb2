"""Words that make a sentence say something else: sides, numbers, things, verbs, grounds."""

from __future__ import annotations

import re

SIDE_WORDS: dict[str, tuple[str, str]] = {
    "left": ("left", "right"),
    "right": ("right", "left"),
    "top": ("top", "bottom"),
    "upper": ("top", "lower"),
    "bottom": ("bottom", "top"),
    "lower": ("bottom", "upper"),
}
"""Word -> the side that it means, and the word for the other side."""
OTHER_SIDE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
SIDE_PHRASE = re.compile(
    r"\b(?:in|on|at) the (?P<sides>(?:(?:left|right|top|bottom|upper|lower)[ -]?){1,2}+)"
    r"(?P<part>hand side|hand corner|side|corner|part|half|edge|area|end)?+(?! ?(?:and|or)\b)"
    r"(?! ?of (?!the (?:scene|image|picture|area|frame)))"
)
CENTRE_PHRASE = re.compile(r"\bin the (?:middle|center|centre)(?: of the (?:scene|image|picture|area))?(?! of)\b")

_NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: number for number, word in enumerate(_NUMBER_WORDS.split(), start=1)}
VAGUE = frozenset({"some", "several", "a few", "many", "a lot of", "lots of"})
"""Numbers of several things that are not told exactly."""

NOUNS: dict[str, tuple[str, str, str]] = {
    "house": ("house", "house", "houses"),
    "houses": ("house", "house", "houses"),
    "villa": ("house", "villa", "villas"),
    "villas": ("house", "villa", "villas"),
    "building": ("building", "building", "buildings"),
    "buildings": ("building", "building", "buildings"),
    "warehouse": ("large building", "warehouse", "warehouses"),
    "factory": ("large building", "factory", "factories"),
    "warehouses": ("large building", "warehouse", "warehouses"),
    "road": ("road", "road", "roads"),
    "roads": ("road", "road", "roads"),
    "parking lot": ("parking lot", "parking lot", "parking lots"),
    "parking lots": ("parking lot", "parking lot", "parking lots"),
    "swimming pool": ("swimming pool", "swimming pool", "swimming pools"),
    "swimming pools": ("swimming pool", "swimming pool", "swimming pools"),
    "playground": ("playground", "playground", "playgrounds"),
}
"""Word -> class, singular, plural."""
OBJECTS = ("house", "large building", "road", "parking lot", "swimming pool", "playground", "lake")
OBJECT_WORDS: dict[str, tuple[str, str]] = {
    "house": ("house", "houses"),
    "large building": ("warehouse", "warehouses"),
    "road": ("road", "roads"),
    "parking lot": ("parking lot", "parking lots"),
    "swimming pool": ("swimming pool", "swimming pools"),
    "playground": ("playground", "playgrounds"),
    "lake": ("lake", "lakes"),
}

_ADJECTIVES = "(?:(?:new|large|big|small|long|detached|residential|neatly arranged|scattered|straight|winding|curved|dirt|cement|more) )*"
_COUNTS = "|".join(["a single", "a few", "a lot of", "lots of", "an?", *NUMBERS, "some", "several", "many", "the"])
_NOUNS = "|".join(sorted(NOUNS, key=len, reverse=True))
SUBJECT = re.compile(
    rf"^(?:there (?:is|are) )?(?P<count>{_COUNTS})? ?(?P<adjectives>{_ADJECTIVES})(?P<noun>{_NOUNS})\b(?! (?:area|corner|side))"
)
"""The first thing of a sentence, where it is the subject."""
TREES = re.compile(r"^(?:some |many |several |most of the |the |all the )?(?P<noun>trees|woods|forest|vegetation)\b")

_BE = "(?:is|are|has been|have been|was|were)"
APPEARS = re.compile(
    rf"\b(?:appears?|emerges?|shows? up|(?:has|have) appeared|{_BE} (?:newly )?(?:built|constructed|erected|added|established))\b"
)
VANISHES = re.compile(
    r"\b(?:disappears?|vanish(?:es)?|(?:has|have) (?:disappeared|vanished)|"
    rf"{_BE} (?:removed|demolished|torn down|cleared|cut down|pulled down))\b"
)
PLANTS = re.compile(rf"\b(?:{_BE} planted|(?:has|have) grown)\b")
WIDENS = re.compile(rf"\b{_BE} (?:widened|broadened|extended|paved)\b")

GROUND_WORDS: dict[str, tuple[str, ...]] = {
    "woods": ("woods", "forest", "trees", "woodland"),
    "grass": ("grass", "grassland", "meadow", "lawn"),
    "bareland": ("bareland", "bare land"),
    "desert": ("desert",),
    "farmland": ("farmland", "cropland", "field", "fields"),
    "lake": ("lake", "pond", "water"),
}
_GROUNDS = "|".join(word for words in GROUND_WORDS.values() for word in sorted(words, key=len, reverse=True))
GROUND_PHRASE = re.compile(
    r"\b(?P<before>(?:on|in|across|through|into) (?:the )?|replac(?:es?|ed|ing) (?:the |most of the |some of the |part of the )?|former |"
    rf"place of (?:the )?)(?P<noun>{_GROUNDS})\b"
)
RESTRICTED = re.compile(
    r"\b(?:on|in|at|along|alongside|beside|by|near|next|around|with|where|behind|between|among|replac\w*|place|turn\w*|into|former|"
    r"left|right|top|bottom)\b"
)

NO_CHANGE = (
    "the scene is the same as before",
    "there is no difference",
    "no change has occurred",
    "the two scenes seem identical",
    "almost nothing has changed",
)
INVENTED = (
    "a house is built on the left",
    "many houses are built along the road",
    "a road appears",
    "a parking lot is constructed in the upper right corner",
    "the trees are removed and a building is built",
    "a swimming pool appears",
)

AGREEMENT = {
    "is": "are",
    "was": "were",
    "has": "have",
    "appears": "appear",
    "emerges": "emerge",
    "shows": "show",
    "replaces": "replace",
    "takes": "take",
    "disappears": "disappear",
    "vanishes": "vanish",
}


def agree(rest: str, *, plural: bool) -> str:
    """The part behind a subject with its first verb in the number of a new subject."""
    table = AGREEMENT if plural else {many: one for one, many in AGREEMENT.items()}
    return re.sub(r"\b(?:" + "|".join(table) + r")\b", lambda found: table[found.group()], rest, count=1)
