"""Which things of a scene a noun may mean."""

from __future__ import annotations

from typing import Literal

from deltascribe.datasets.synthetic.checking.ground import COVERS, WOODED, Ground
from deltascribe.datasets.synthetic.checking.roads import Roads
from deltascribe.datasets.synthetic.checking.scene import Date, Item, Scene

LARGE_FOOTPRINT = 600.0
PATH_WIDTH = 5.0
RESIDENTIAL_AREA = 6
"""Residential buildings that make a residential area."""
CROSS_ARMS, T_ARMS = 4, 3

BUILDING_KINDS: dict[str, frozenset[str]] = {
    "house": frozenset({"villa", "house"}),
    "residential": frozenset({"villa", "house", "block"}),
    "residential area": frozenset({"villa", "house", "block"}),
    "building": frozenset({"villa", "house", "block", "warehouse"}),
    "large building": frozenset({"block", "warehouse"}),
}
ROAD_NOUNS = frozenset({"road", "roadside", "path", "branch", "path or track", "cul-de-sac"})
NODE_NOUNS = frozenset({"crossroads", "junction", "t-junction"})
GROUND_KINDS: dict[str, frozenset[str]] = {
    "playground": frozenset({"track", "court"}),
    "track": frozenset({"track"}),
    "path or track": frozenset({"track"}),
    "court": frozenset({"court"}),
}
KNOWN = frozenset(BUILDING_KINDS) | ROAD_NOUNS | NODE_NOUNS | frozenset(GROUND_KINDS) | {"parking", "pool"} | frozenset(COVERS)
UNSEEN = frozenset({"cars"})
"""What ground truths do not hold."""

When = Literal["added", "removed", "before", "after"]


def is_large(item: Item) -> bool:
    """A hall, or a block of flats or offices with a large footprint."""
    return item.kind == "warehouse" or (item.kind == "block" and item.footprint >= LARGE_FOOTPRINT)


class Things:
    """Looks up things of a scene by noun.

    Args:
        scene: the pair.
        shown: ids of added and removed things that a label mask shows; None without a mask.
    """

    def __init__(self, scene: Scene, shown: frozenset[int] | None = None) -> None:
        self.scene, self.ground, self.roads = scene, Ground(scene), Roads(scene)
        self._shown = shown

    def of(self, noun: str, when: When) -> list[Item]:
        """Things that a noun may mean, among those that came, went, or stand on a date."""
        if noun in COVERS:
            return self._of_ground(noun, when)
        if noun in NODE_NOUNS:
            return self._nodes(noun, when)
        if noun == "ground":
            return self._pool(when)
        return [item for item in self._pool(when) if self._means(noun, item)]

    def _pool(self, when: When) -> list[Item]:
        if when in ("before", "after"):
            return self.scene.standing(when)
        items = self.scene.added if when == "added" else self.scene.removed
        return [item for item in items if self._shown is None or item.id in self._shown]

    def _means(self, noun: str, item: Item) -> bool:
        if noun in BUILDING_KINDS and item.label == "building":
            return item.kind in BUILDING_KINDS[noun] and (noun != "large building" or is_large(item))
        if noun in ROAD_NOUNS and item.label == "road":
            return self._road(noun, item)
        if noun in GROUND_KINDS and item.label == "playground":
            return item.kind in GROUND_KINDS[noun]
        return noun == item.label and noun in ("parking", "pool")

    def _road(self, noun: str, item: Item) -> bool:
        if noun in ("path", "path or track"):
            return item.kind == "dirt" or item.width <= PATH_WIDTH
        if noun == "cul-de-sac":
            return bool(self.roads.ends_inside(item))
        if noun == "branch":
            date: Date = "after" if "after" in self.scene.dates[item.id] else "before"
            return any(item.id in node.roads for node in self.roads.nodes(date))
        return True

    def _of_ground(self, noun: str, when: When) -> list[Item]:
        if when in ("before", "after"):
            return self.ground.pieces(noun, self.ground.seen(noun, when))
        region = self.ground.change(noun, gained=when == "added")
        if noun in WOODED and (noun == "tree" or region.is_empty):
            return self._trees(gained=when == "added")
        return self.ground.pieces(noun, region)

    def _trees(self, *, gained: bool) -> list[Item]:
        """Crown by crown, if the area under crowns changed enough to speak of."""
        if self.ground.change("tree", gained=gained).is_empty:
            return []
        crowns = self.ground.only_trees["after" if gained else "before"]
        return [Item(-1 - i, "ground", "lone tree", crown, crown.area) for i, crown in enumerate(crowns)]

    def _nodes(self, noun: str, when: When) -> list[Item]:
        date: Date = "before" if when in ("removed", "before") else "after"
        changed = {item.id for item in (self.scene.added if when == "added" else self.scene.removed)}
        arms = {"crossroads": range(CROSS_ARMS, 99), "t-junction": range(T_ARMS, T_ARMS + 1), "junction": range(T_ARMS, 99)}[noun]
        nodes = [node for node in self.roads.nodes(date) if node.arms in arms and (when in ("before", "after") or node.roads & changed)]
        return [Item(-1 - i, "node", noun, node.point.buffer(6.0), 113.0) for i, node in enumerate(nodes)]
