"""What a planner has laid down so far: things with their dates, what is in the way of others, trees, clearings, and spots for cars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.world import Numbers, Thing

Dates = Literal["both", "before", "after"]
BITS: dict[Dates, int] = {"before": 1, "after": 2, "both": 3}
Blocking = Literal["all", "trees", "none"]
"""What may not stand on a thing: anything, trees only, or nothing is kept off."""


@dataclass(eq=False)
class Happening:
    """An event in the making.

    Attributes:
        kind: a key of `EVENTS`.
        outcome: None while it happens between the dates; `before`: it never happens; `after`: it has happened before the first date.
    """

    kind: str
    outcome: Literal["before", "after"] | None = None

    def settled(self, bits: int) -> int:
        """The dates (see `BITS`, 0 for none) of something that came or went by this event."""
        if self.outcome is None:
            return bits
        return 3 if bits & BITS[self.outcome] else 0


@dataclass(eq=False)
class Entry:
    """A thing, its outline, on which dates it stands, by which event it came or went, and what it keeps off."""

    thing: Thing
    polygon: Polygon
    bits: int
    cause: Happening | None
    blocks: Blocking

    @property
    def dates(self) -> int:
        """Bits of the dates on which it stands once its event is settled."""
        return self.cause.settled(self.bits) if self.cause else self.bits


@dataclass(eq=False)
class TreeBatch:
    """Trees that are planned together.

    Attributes:
        xyrh: [n, 4]: centre, radius and height in metres.
        colours: [n, 3].
        bits, cause: see `Entry`.
        told: whether statements are about them.
    """

    xyrh: NDArray[np.float64]
    colours: NDArray[np.float64]
    bits: int
    cause: Happening | None
    told: bool


@dataclass(frozen=True, eq=False)
class Clearing:
    """Ground from which an event takes all trees but a share `keep`."""

    polygon: Polygon
    cause: Happening
    keep: float


@dataclass(frozen=True)
class Stand:
    """A spot where a car may stand, with a probability, while the thing `owner` is there."""

    x: float
    y: float
    angle: float
    probability: float
    owner: int


class Blockers:
    """Outlines that nothing else may touch, found by their bounds first."""

    def __init__(self) -> None:
        self._count = 0
        self._bounds = np.empty((64, 4))
        self._bits = np.zeros(64, np.uint8)
        self._roads = np.zeros(64, bool)
        self._outlines = np.empty(64, object)

    def add(self, outline: Polygon, bits: int, *, road: bool = False) -> int:
        """Registers an outline, of a road or of something that no road may cross; returns its number."""
        if self._count == len(self._bits):
            self._bounds = np.concatenate((self._bounds, np.empty_like(self._bounds)))
            self._bits = np.concatenate((self._bits, np.zeros_like(self._bits)))
            self._roads = np.concatenate((self._roads, np.zeros_like(self._roads)))
            self._outlines = np.concatenate((self._outlines, np.empty_like(self._outlines)))
        number = self._count
        self._bounds[number], self._bits[number], self._roads[number], self._outlines[number] = outline.bounds, bits, road, outline
        self._count += 1
        return number

    def set_bits(self, number: int, bits: int) -> None:
        """Changes the dates on which an outline is in the way."""
        self._bits[number] = bits

    def hit(self, outline: Polygon, bits: int, margin: float, *, roads: bool = True) -> bool:
        """Whether an outline that stands on these dates comes nearer than `margin` to any other; `roads` False overlooks roads."""
        left, top, right, bottom = outline.bounds
        known = self._bounds[: self._count]
        near = (
            (known[:, 0] < right + margin) & (known[:, 2] > left - margin) & (known[:, 1] < bottom + margin) & (known[:, 3] > top - margin)
        )
        near &= (self._bits[: self._count] & bits) > 0
        if not roads:
            near &= ~self._roads[: self._count]
        if not near.any():
            return False
        return bool(shapely.dwithin(outline, self._outlines[: self._count][near], margin).any())


@dataclass(eq=False)
class Store:
    """Everything planned for a place; drafts of its parts share one.

    `climate` multiplies the weights of kinds of ground, so that neighbouring parts of a place go together.
    """

    numbers: Numbers = field(default_factory=Numbers)
    entries: list[Entry] = field(default_factory=list)
    blockers: Blockers = field(default_factory=Blockers)
    batches: list[TreeBatch] = field(default_factory=list)
    clearings: list[Clearing] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    places: dict[int, tuple[Entry, int]] = field(default_factory=dict)
    climate: dict[str, float] = field(default_factory=dict)
