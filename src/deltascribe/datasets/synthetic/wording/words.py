"""Words for things and how often people use them: nouns, numbers, adjectives, and the verbs of the grammar."""

from __future__ import annotations

from dataclasses import dataclass

from deltascribe.datasets.synthetic.wording.grammar import Verb

ANY = 10**9


@dataclass(frozen=True)
class Number:
    """A way to say how many.

    Attributes:
        text: said before the noun; "" for a bare plural.
        least, most: the numbers that it is true of.
        weight: how often people use it where it is true.
        needs: names of traits of the group that must hold.
        singular: whether the whole is a singular subject in spite of a plural noun ("a row of houses").
    """

    text: str
    least: int
    most: int
    weight: float
    needs: str = ""
    singular: bool = False


EXACT = (
    Number("a", 1, 1, 26),
    Number("one", 1, 1, 0.3),
    Number("a single", 1, 1, 0.15),
    Number("a new", 1, 1, 0.7),
    Number("another", 1, 1, 1.0, "more"),
    Number("two", 2, 2, 22),
    Number("a pair of", 2, 2, 0.05),
    Number("a couple of", 2, 2, 0.05),
    Number("two more", 2, 2, 1.5, "more"),
    Number("two new", 2, 2, 0.6),
    Number("three", 3, 3, 14),
    Number("three more", 3, 3, 1, "more"),
    Number("four", 4, 4, 9),
    Number("four more", 4, 4, 0.8, "more"),
    Number("five", 5, 5, 4.5),
    Number("six", 6, 6, 1.6),
    Number("seven", 7, 7, 0.6),
    Number("eight", 8, 8, 0.6),
    Number("nine", 9, 9, 0.2),
    Number("ten", 10, 10, 0.2),
)
SOME = (
    Number("some", 2, 2, 4),
    Number("several", 2, 2, 0.8),
    Number("some", 3, 12, 13),
    Number("several", 3, 12, 6.5),
    Number("a few", 2, 5, 0.8),
    Number("some new", 2, 12, 0.5),
    Number("several new", 3, 12, 0.3),
    Number("new", 2, ANY, 0.2),
    Number("some more", 2, 12, 0.15, "more"),
    Number("a few more", 2, 5, 0.2, "more"),
    Number("more", 2, ANY, 2.4, "more"),
    Number("", 2, ANY, 0.8),
    Number("many", 5, 7, 4),
    Number("many", 8, ANY, 13),
    Number("many new", 6, ANY, 0.2),
    Number("lots of", 7, ANY, 1.2),
    Number("a lot of", 7, ANY, 0.6),
    Number("a large number of", 10, ANY, 0.12),
    Number("dozens of", 13, ANY, 0.1),
)
ROWS = (
    Number("a row of", 3, ANY, 12, "row_1", singular=True),
    Number("a line of", 3, ANY, 0.9, "row_1", singular=True),
    Number("two rows of", 6, ANY, 5, "row_2"),
    Number("two lines of", 6, ANY, 0.6, "row_2"),
    Number("three rows of", 9, ANY, 5, "row_3"),
    Number("four rows of", 12, ANY, 4, "row_4"),
    Number("rows of", 6, ANY, 2.2, "rows"),
    Number("a group of", 3, 12, 0.5, singular=True),
)
_NEW = {"new", "more", "another"}
OLD = tuple(number for number in EXACT + SOME if not _NEW & set(number.text.split()))
NUMBERS = {
    "building": EXACT + SOME + ROWS,
    "site": EXACT + SOME,
    "old": OLD,
    "counted": tuple(number for number in EXACT + SOME if number.text not in ("", "new", "more")),
}
"""Ways to count new buildings; all else that is new; what went; buildings with a word for how many."""

NOUNS: dict[str, tuple[tuple[str, float, str], ...]] = {
    "villa": (
        ("villa", 5, ""),
        ("house", 5.5, ""),
        ("building", 2.6, "only"),
        ("residential house", 0.05, ""),
        ("detached house", 0.4, "detached"),
    ),
    "house": (("house", 9, ""), ("building", 3.6, "only"), ("residential house", 0.06, ""), ("detached house", 0.4, "detached")),
    "home": (("house", 9, ""), ("building", 3.6, "only"), ("residential house", 0.06, ""), ("detached house", 0.3, "detached")),
    "building": (("building", 1, ""),),
    "large": (("large building", 5, ""), ("big building", 1, ""), ("huge building", 0.7, ""), ("building", 3, "only")),
    "hall": (
        ("large building", 4.5, ""),
        ("big building", 1, ""),
        ("huge building", 0.7, ""),
        ("warehouse", 1, ""),
        ("factory", 0.6, ""),
        ("building", 2.2, "only"),
    ),
    "road": (("road", 1, ""),),
    "dirt": (("dirt road", 3, ""), ("road", 1, ""), ("path", 2, ""), ("dirt path", 0.4, "")),
    "parking": (("parking lot", 20, ""), ("parking area", 0.6, "")),
    "pool": (("swimming pool", 2, ""), ("pool", 2, "")),
    "track": (("playground", 4, ""), ("running track", 0.7, ""), ("sports field", 0.4, "")),
    "court": (("playground", 4, ""), ("sports court", 0.4, ""), ("court", 1, "")),
    "site": (("playground", 1, ""),),
    "lake": (("lake", 1, ""),),
    "pond": (("pond", 3, ""), ("lake", 2, "")),
}
"""Singular nouns by kind of group: word, weight, traits that it needs."""

ADJECTIVES: dict[str, tuple[tuple[str, float, str], ...]] = {
    "building": (
        ("", 20, ""),
        ("small", 3, "small one"),
        ("neatly arranged", 0.7, "neat"),
        ("neat", 0.5, "neat"),
        ("scattered", 1.6, "scattered"),
    ),
    "road": (
        ("", 20, ""),
        ("straight", 2.2, "straight"),
        ("winding", 2.4, "curved"),
        ("curved", 1.5, "curved"),
        ("turning", 1.3, "curved"),
        ("crossing", 4, "crossing_new pair"),
        ("intersecting", 1, "crossing_new pair"),
    ),
    "site": (("", 1, ""),),
}
"""Adjectives by the way things are counted, with the traits that they need."""

VERBS: dict[str, tuple[Verb, ...]] = {
    "built": (
        Verb("is built", "are built", 36),
        Verb("appears", "appear", 27),
        Verb("is constructed", "are constructed", 8.5),
        Verb("has been built", "have been built", 3.6),
        Verb("has been constructed", "have been constructed", 2.6),
        Verb("has appeared", "have appeared", 1.6),
        Verb("shows up", "show up", 2.4),
        Verb("is erected", "are erected", 0.7, "b !r !k !o !y"),
        Verb("emerges", "emerge", 0.1),
    ),
    "appear": (
        Verb("appears", "appear", 10),
        Verb("has appeared", "have appeared", 1.6),
        Verb("shows up", "show up", 1.5),
    ),
    "be": (Verb("is", "are"),),
    "replace": (Verb("replaces", "replace"),),
    "replaced_by": (Verb("is replaced by", "are replaced by", 12), Verb("has been replaced by", "have been replaced by", 2.5)),
    "removed": (
        Verb("is removed", "are removed", 40),
        Verb("disappears", "disappear", 14),
        Verb("has been removed", "have been removed", 7),
        Verb("has disappeared", "have disappeared", 3),
        Verb("is cut down", "are cut down", 1.4),
        Verb("has been cut down", "have been cut down", 1.6),
        Verb("is cleared", "are cleared", 1.4),
        Verb("has vanished", "have vanished", 1.2),
    ),
    "demolished": (
        Verb("disappears", "disappear", 22),
        Verb("is removed", "are removed", 18),
        Verb("has been removed", "have been removed", 7),
        Verb("has disappeared", "have disappeared", 4),
        Verb("is demolished", "are demolished", 4),
        Verb("has been demolished", "have been demolished", 4),
        Verb("is torn down", "are torn down", 1),
        Verb("has been torn down", "have been torn down", 0.6),
        Verb("is pulled down", "are pulled down", 0.6),
    ),
    "gone": (
        Verb("disappears", "disappear", 12),
        Verb("is removed", "are removed", 10),
        Verb("has been removed", "have been removed", 4),
        Verb("has disappeared", "have disappeared", 3),
        Verb("vanishes", "vanish", 0.8),
    ),
    "become": (
        Verb("becomes", "become", 7),
        Verb("turns into", "turn into", 5),
        Verb("has turned into", "have turned into", 2),
        Verb("has become", "have become", 1),
        Verb("is turned into", "are turned into", 1),
        Verb("is replaced by", "are replaced by", 3),
    ),
    "developed": (
        Verb("is developed into", "are developed into", 3),
        Verb("becomes", "become", 2),
        Verb("has been developed into", "have been developed into", 1),
        Verb("turns into", "turn into", 1),
    ),
    "widened": (
        Verb("is widened", "are widened", 6),
        Verb("has been widened", "have been widened", 6),
        Verb("becomes wider", "become wider", 1.2),
        Verb("is broadened", "are broadened", 0.6),
        Verb("has been broadened", "have been broadened", 0.6),
    ),
    "extended": (Verb("is extended", "are extended", 5), Verb("has been extended", "have been extended", 3)),
    "rebuilt": (
        Verb("is rebuilt", "are rebuilt", 5),
        Verb("has been rebuilt", "have been rebuilt", 4),
        Verb("has been renovated", "have been renovated", 1),
        Verb("is reconstructed", "are reconstructed", 1),
    ),
    "planted": (
        Verb("is planted", "are planted", 6),
        Verb("has been planted", "have been planted", 4),
        Verb("appears", "appear", 3),
        Verb("has appeared", "have appeared", 1),
        Verb("has grown", "have grown", 0.8),
    ),
    "filled": (
        Verb("disappears", "disappear", 5),
        Verb("has disappeared", "have disappeared", 2),
        Verb("is filled", "are filled", 2),
        Verb("has been filled", "have been filled", 1),
    ),
    "grows": (
        Verb("becomes larger", "become larger", 4),
        Verb("expands", "expand", 1),
        Verb("has become larger", "have become larger", 1),
        Verb("has expanded", "have expanded", 1),
    ),
    "shrinks": (
        Verb("becomes smaller", "become smaller", 4),
        Verb("shrinks", "shrink", 2),
        Verb("has become smaller", "have become smaller", 1),
    ),
    "flooded": (
        Verb("is flooded", "are flooded", 5),
        Verb("has been flooded", "have been flooded", 3),
        Verb("is covered with water", "are covered with water", 2),
    ),
    "muddied": (Verb("is covered with mud", "are covered with mud", 3), Verb("has been covered with mud", "have been covered with mud", 1)),
    "run": (Verb("runs", "run", 4), Verb("extends", "extend", 3)),
}
"""Verbs of the grammar by name."""


def plural_of(noun: str) -> str:
    """Plural of a noun of `NOUNS`."""
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
