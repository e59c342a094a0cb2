"""What a caption states, taken apart: who appeared, vanished or became what, how many, where, beside what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Event = Literal[
    "none",
    "appear",
    "vanish",
    "replace",
    "fewer",
    "more",
    "widen",
    "extend",
    "enlarge",
    "shrink",
    "rebuild",
    "pave",
    "flood",
    "stand",
    "unclear",
]
"""What is said to have happened.

`none`: nothing changed. `replace`: `thing` stands where `former` was. `fewer`, `more`: part of a cover or of trees went or came.
`stand`: no change is claimed, only that something is there after it. `unclear`: a state that polygons cannot tell, such as "the bushes
are lush".
"""

Side = str
"""left, right, top, bottom or middle."""


@dataclass(frozen=True)
class Quantity:
    """How many.

    Attributes:
        low, high: the counts that the words allow, both included; None for no upper end.
        share: of what stood there: `all`, `most` (at least half), `half`, `part`.
        word: as it was written.
    """

    low: int = 1
    high: int | None = None
    share: str | None = None
    word: str = ""

    def allows(self, count: int) -> bool:
        """Whether the words allow this count."""
        return self.low <= count and (self.high is None or count <= self.high)


@dataclass(frozen=True)
class Spot:
    """A place in the frame.

    Attributes:
        sides: one entry for one place, such as {"top", "left"}; several if the group is said to be in each of them.
        form: what more is said: `corner` and `edge` of the frame, `across` it, at `both` of two opposite sides.
        word: as it was written.
    """

    sides: tuple[frozenset[Side], ...] = ()
    form: str = ""
    word: str = ""


@dataclass(frozen=True)
class Relation:
    """How a group lies to other things: `kind` such as `near`, `both sides`, `on`, `among`; `side` of it if told."""

    kind: str
    anchors: tuple[Group, ...]
    side: Side | None = None
    word: str = ""


@dataclass(frozen=True)
class Group:
    """A noun phrase.

    Attributes:
        noun: what it is, such as `house`, `large building`, `road`, `woods`; `other:WORD` for what no made-up place holds.
        plural: whether it speaks of several; None where the noun does not tell.
        quantity: the number in words; None without any.
        traits: qualities such as `new`, `old`, `large`, `straight`, `row`; `look:WORD` for what polygons cannot tell.
        rows: number of rows told, None for no rows.
        definite: "the", "its", ...
        spots, relations: where.
        word: as it was written.
    """

    noun: str
    plural: bool | None = None
    quantity: Quantity | None = None
    traits: frozenset[str] = frozenset()
    rows: Quantity | None = None
    definite: bool = False
    spots: tuple[Spot, ...] = ()
    relations: tuple[Relation, ...] = ()
    word: str = ""

    def having(self, *traits: str) -> Group:
        """The group with more traits."""
        return replace(self, traits=self.traits | set(traits))

    def placed(self, spots: tuple[Spot, ...] = (), relations: tuple[Relation, ...] = ()) -> Group:
        """The group with more about where it is."""
        return replace(self, spots=self.spots + spots, relations=self.relations + relations)


@dataclass(frozen=True)
class Claim:
    """One statement.

    Attributes:
        event: what happened.
        thing: to what; None for `none`.
        former: what was there before, for `replace` and `flood`.
        unknown: words that were not understood; the claim cannot be trusted if there are any.
        words: the piece of the caption.
    """

    event: Event
    thing: Group | None = None
    former: tuple[Group, ...] = ()
    unknown: tuple[str, ...] = ()
    words: str = ""

    def __str__(self) -> str:
        return self.words or self.event


@dataclass(frozen=True)
class Complaint:
    """Why a caption is not accepted.

    Attributes:
        kind: "not understood", "cannot be checked", or what is false: "no such thing", "count", "place", "relation", "former ground", ...
        claim: the claim; None if the caption as a whole is meant.
        reason: in words.
    """

    kind: str
    claim: Claim | None
    reason: str


@dataclass(frozen=True)
class Corrupted:
    """A sentence made false, and how: `side`, `count`, `object`, `verb`, `former` or `change`."""

    kind: str
    sentence: str
