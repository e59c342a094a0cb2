"""What was altered rather than built or removed: widened roads, larger lots, lakes that shrank; and whether anything changed at all."""

from __future__ import annotations

from shapely import union_all

from deltascribe.datasets.synthetic.checking.ground import COVERS, LEAST_AREA, LEAST_SHARE
from deltascribe.datasets.synthetic.checking.scene import Item
from deltascribe.datasets.synthetic.checking.things import BUILDING_KINDS, ROAD_NOUNS, Things

TOUCHING = 5.0
GREW = 1.2
"""A thing that stands where a smaller one stood was enlarged if its area grew by this factor."""
OVERLAP = 0.3
HOMES_BEFORE, HOMES_ADDED, HOMES_NEAR = 3, 2, 40.0
"""A residential area that has grown: homes before, homes added, metres from the hull of the former."""


class Alterations:
    """Finds what was altered in a scene."""

    def __init__(self, things: Things) -> None:
        self.things = things

    def nothing(self) -> bool:
        """Whether no caption could tell of a change: no thing came or went, no road was altered, no ground or trees changed."""
        scene, ground, roads = self.things.scene, self.things.ground, self.things.roads
        if scene.truth.get("changed", False) or scene.added or scene.removed or roads.rebuilt:
            return False
        if any(
            not ground.change(noun, gained=gained).is_empty
            for noun in set(COVERS) - {"woods", "forest", "vegetation", "tree"}
            for gained in (True, False)
        ):
            return False
        crowns = ground.crowns["before"].area
        moved = [union_all(ground.only_trees[date]).area for date in ("before", "after")]
        return all(area < LEAST_AREA or area < LEAST_SHARE * crowns for area in moved)

    def of(self, event: str, noun: str) -> list[Item] | None:
        """Things of a class that were altered so; None if that cannot be told."""
        if noun in ROAD_NOUNS:
            roads = self.things.roads
            return {
                "widen": roads.widened,
                "extend": roads.extended,
                "enlarge": [*roads.widened, *roads.extended],
                "shrink": roads.narrowed,
                "rebuild": roads.rebuilt,
                "pave": roads.paved,
            }.get(event)
        if noun == "ground":
            return None
        if event in ("enlarge", "extend", "widen"):
            return self._enlarged(noun)
        if event == "shrink":
            return self._shrunk(noun)
        if event == "rebuild":
            return [new for new, old in self._same_place(noun) if new.shape.intersection(old.shape).area >= OVERLAP * old.shape.area]
        return []

    def _same_place(self, noun: str) -> list[tuple[Item, Item]]:
        return [
            (new, old)
            for new in self.things.of(noun, "added")
            for old in self.things.of(noun, "removed")
            if new.shape.intersects(old.shape)
        ]

    def _enlarged(self, noun: str) -> list[Item]:
        added = self.things.of(noun, "added")
        if noun in COVERS:
            before = self.things.ground.seen(noun, "before")
            return [item for item in added if before.area >= LEAST_AREA and item.shape.distance(before) <= 1.0]
        if noun == "residential area":
            before_homes = self.things.of(noun, "before")
            if len(before_homes) < HOMES_BEFORE or len(added) < HOMES_ADDED:
                return []
            hull = union_all([home.shape for home in before_homes]).convex_hull
            return added if all(item.shape.distance(hull) <= HOMES_NEAR for item in added) else []
        grown = [new for new, old in self._same_place(noun) if new.footprint >= GREW * old.footprint]
        if noun in BUILDING_KINDS:
            return grown
        standing = [item for item in self.things.of(noun, "before")]
        return grown + [item for item in added if item not in grown and any(item.shape.distance(old.shape) <= TOUCHING for old in standing)]

    def _shrunk(self, noun: str) -> list[Item]:
        gone = self.things.of(noun, "removed")
        if noun in COVERS:
            return gone if not self.things.ground.seen(noun, "after").is_empty else []
        return [new for new, old in self._same_place(noun) if old.footprint >= GREW * new.footprint]
