"""What became of the ground: trees that vanished or came, covers that turned into others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.wording.frame import Frame, Mask
from deltascribe.datasets.synthetic.world import Layout, Place, Tree

KINDS = ("", "bare", "grass", "woods", "field", "desert", "water", "lawn", "concrete", "mud")
"""Kinds of cover by their number in a map; 0 where no patch lies."""
FAMILIES = {
    "bare": ("bare", "mud", "desert"),
    "desert": ("desert",),
    "grass": ("grass",),
    "field": ("field",),
    "water": ("water",),
    "woods": ("woods",),
    "concrete": ("concrete",),
    "lawn": ("lawn",),
    "mud": ("mud",),
}
"""Names of ground in facts and the kinds of cover that they hold for."""
_IS_KIND = {name: np.array([kind in kinds for kind in KINDS]) for name, kinds in FAMILIES.items()}

MIN_TREES, MANY_TREES, TREE_SHARE = 150.0, 1000.0, 0.1
_SLACK = 1.08  # bounds are met by 8 %, so that another way to measure agrees
_MIN_TURNED, _TURNED_SHARE = 300.0, 0.05
_FROM_ONE = 0.6


@dataclass(frozen=True)
class Maps:
    """One date as masks [rows, columns].

    Attributes:
        cover: number in `KINDS` of the cover on top.
        crowns: under a tree.
        built: under a building, road, parking lot, pool or playground.
    """

    cover: NDArray[np.uint8]
    crowns: Mask
    built: Mask

    def is_kind(self, name: str) -> Mask:
        """Where a family of `FAMILIES` lies."""
        return _IS_KIND[name][self.cover]

    def wooded(self) -> Mask:
        """Woods, or under a crown."""
        return self.is_kind("woods") | self.crowns


def draw_maps(layout: Layout, frame: Frame) -> Maps:
    """Masks of one date."""
    cover = np.zeros(frame.shape, np.uint8)
    for patch in layout.covers:
        frame.fill(cover, [patch.polygon], KINDS.index(patch.kind))
    things: list[Any] = [*layout.buildings, *layout.roads, *layout.parkings, *layout.pools, *layout.playgrounds]
    return Maps(cover, frame.crowns(layout.trees), frame.mask([thing.polygon for thing in things]))


def ground_under(mask: Mask, before: Maps) -> dict[str, float]:
    """Share of a mask's cells that each family covered before the change; "open" ground only where it was free of crowns and buildings."""
    cells = max(int(mask.sum()), 1)
    free = mask & ~before.built
    shares = {name: float((free & ~before.crowns & before.is_kind(name)).sum()) / cells for name in FAMILIES}
    return shares | {"woods": float((free & before.wooded()).sum()) / cells}


@dataclass(frozen=True)
class TreeChange:
    """Trees that vanished or came.

    Attributes:
        area: square metres by which the area under crowns fell (or rose).
        share: the same as a share of what it was before (infinite from nothing).
        left: share of the crown area of before that is still there.
        places: where.
    """

    area: float
    share: float
    left: float
    places: frozenset[str]

    @property
    def some(self) -> bool:
        """150 m2 and 10 %."""
        return self.area >= MIN_TREES * _SLACK and self.share >= TREE_SHARE * _SLACK

    @property
    def many(self) -> bool:
        """1,000 m2 and 10 %."""
        return self.some and self.area >= MANY_TREES * _SLACK


def trees_lost(place: Place, before: Maps, after: Maps, frame: Frame) -> TreeChange:
    """How many trees vanished; crowns that only shrank do not count."""
    return _tree_change(place.before.trees, place.after.trees, before.crowns, after.crowns, frame)


def trees_gained(place: Place, before: Maps, after: Maps, frame: Frame) -> TreeChange:
    """How many trees came; crowns that only grew do not count."""
    change = _tree_change(place.after.trees, place.before.trees, after.crowns, before.crowns, frame)
    was = float(before.crowns.sum()) * frame.cell**2
    return TreeChange(change.area, change.area / was if was else np.inf, 1.0, change.places)


def _tree_change(first: tuple[Tree, ...], second: tuple[Tree, ...], had: Mask, has: Mask, frame: Frame) -> TreeChange:
    vanished = frame.crowns(_without(first, second)) & ~has
    cell = frame.cell**2
    fell = float(had.sum() - has.sum()) * cell
    area = max(0.0, min(fell, float(vanished.sum()) * cell))
    whole = max(float(had.sum()) * cell, 1e-9)
    return TreeChange(area, area / whole, 1 - area / whole, frame.places_of_mask(vanished))


def _without(trees: tuple[Tree, ...], others: tuple[Tree, ...]) -> list[Tree]:
    """Trees where none of the others stands within a metre."""
    if not trees or not others:
        return list(trees)
    here, there = (shapely.points([(tree.x, tree.y) for tree in some]) for some in (trees, others))
    kept, _ = shapely.STRtree(there).query(here, predicate="dwithin", distance=1.0)
    alone = np.setdiff1d(np.arange(len(trees)), kept)
    return [trees[number] for number in alone]


@dataclass(frozen=True)
class Turned:
    """Ground that became other ground, where nothing was built.

    Attributes:
        was, now: names in `FAMILIES`.
        area: square metres.
        all: whether at least 90 % of what was seen of `was` became `now`.
        places: where.
        mud: whether `now` is "bare" and mostly mud.
    """

    was: str
    now: str
    area: float
    all: bool
    places: frozenset[str]
    mud: bool = False


_GROUNDS = ("bare", "grass", "woods", "field", "water", "concrete")


def turned_ground(before: Maps, after: Maps, frame: Frame) -> tuple[Turned, ...]:
    """Changes of cover of at least 300 m2 and 5 % of the frame, largest first.

    Only those in which most of the ground that is new of its kind was of the one kind before, and a tenth of what there was of it came.
    """
    was = {name: before.is_kind(name) for name in _GROUNDS}
    now = {name: after.is_kind(name) for name in _GROUNDS}
    found = [_turned(was, now, name, other, before, after, frame) for name in was for other in now if name != other]
    return tuple(sorted((turned for turned in found if turned), key=lambda turned: -turned.area))


def _turned(was: dict[str, Mask], now: dict[str, Mask], name: str, other: str, before: Maps, after: Maps, frame: Frame) -> Turned | None:
    changed = was[name] & now[other] & ~before.built & ~after.built
    cells, cell = int(changed.sum()), frame.cell**2
    fresh = now[other] & ~was[other] & ~after.built
    mud = other == "bare" and bool((after.is_kind("mud") & changed).sum() >= 0.9 * cells)
    if mud:
        fresh = after.is_kind("mud") & ~before.is_kind("mud") & ~after.built
    noted = enough(changed, frame) and cells >= TREE_SHARE * _SLACK * was[other].sum()
    if not noted or cells < _FROM_ONE * fresh.sum():
        return None
    places = frame.places_of_mask(changed) & frame.places_of_mask(fresh)
    return Turned(name, other, cells * cell, bool(cells >= 0.9 * was[name].sum()), places, mud)


def enough(mask: Mask, frame: Frame) -> bool:
    """Whether ground is large enough to be told of: 300 m2 and 5 % of the frame."""
    return float(mask.sum()) * frame.cell**2 >= max(_MIN_TURNED, _TURNED_SHARE * frame.area)


def grew(was: Mask, now: Mask, frame: Frame) -> bool:
    """Whether what is new of a ground takes 150 m2, and a tenth of what was there."""
    fresh = float((now & ~was).sum())
    return fresh * frame.cell**2 >= MIN_TREES * _SLACK and fresh >= TREE_SHARE * _SLACK * float(was.sum())


def fell(had: Mask, has: Mask, frame: Frame) -> bool:
    """Whether an area fell by 150 m2 and a tenth of what it was."""
    lost = float(had.sum()) - float(has.sum())
    return lost * frame.cell**2 >= MIN_TREES * _SLACK and lost >= TREE_SHARE * _SLACK * float(had.sum())
