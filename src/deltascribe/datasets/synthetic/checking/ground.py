"""What the ground is on each date: the topmost cover, and crowns of trees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from shapely import Point, Polygon, STRtree, union_all
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.checking.scene import Date, Item, Scene

EMPTY = Polygon()
DATES: tuple[Date, Date] = ("before", "after")

COVERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("woods", "forest", "vegetation", "tree"), frozenset({"woods"})),
    **dict.fromkeys(("grass", "meadow", "lawn"), frozenset({"grass", "lawn"})),
    **dict.fromkeys(("bare", "bare area"), frozenset({"bare", "mud", "desert"})),
    "open area": frozenset({"bare", "mud", "desert", "grass", "lawn"}),
    "desert": frozenset({"desert"}),
    "field": frozenset({"field"}),
    **dict.fromkeys(("water", "lake", "river", "flood"), frozenset({"water"})),
    "mud": frozenset({"mud"}),
    "concrete": frozenset({"concrete"}),
}
"""Noun -> kinds of cover that it may mean."""
WOODED = frozenset({"woods", "forest", "vegetation", "tree"})
COUNTED_GROUND = frozenset({"lake", "river", "field", "lawn"})
"""Ground that is counted: two ponds."""

LEAST_AREA = 150.0
LEAST_SHARE = 0.10
"""Ground came or went if it grew or shrank by this area in square metres, and by this share of what was there."""
SAME_TREE = 1.5
"""Metres within which a tree of the other date is the same one."""
PIECE = 30.0
"""Pieces of ground below this area in square metres are not counted."""


class Ground:
    """The ground of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @cached_property
    def _top(self) -> dict[Date, dict[str, BaseGeometry]]:
        return {date: self._topmost(date) for date in DATES}

    def _topmost(self, date: Date) -> dict[str, BaseGeometry]:
        parts: dict[str, list[BaseGeometry]] = {}
        hidden: BaseGeometry = EMPTY
        for entry in reversed(self.scene.entry_covers(date)):
            outline = shape(entry["polygon"]).buffer(0).intersection(self.scene.frame)
            parts.setdefault(entry["kind"], []).append(outline.difference(hidden))
            hidden = hidden.union(outline)
        return {kind: union_all(pieces) for kind, pieces in parts.items()}

    @cached_property
    def crowns(self) -> dict[Date, BaseGeometry]:
        """The ground under crowns, inside the frame."""
        return {
            date: union_all([Point(x, y).buffer(radius, quad_segs=4) for x, y, radius in self.scene.truth["trees"][date]]).intersection(
                self.scene.frame
            )
            for date in DATES
        }

    @cached_property
    def only_trees(self) -> dict[Date, list[BaseGeometry]]:
        """Crowns of trees that stand on one date only, inside the frame."""
        found: dict[Date, list[BaseGeometry]] = {}
        for date, other in (DATES, DATES[::-1]):
            points = [Point(x, y) for x, y, _ in self.scene.truth["trees"][other]]
            tree = STRtree(points)
            here = [(Point(x, y), radius) for x, y, radius in self.scene.truth["trees"][date]]
            crowns = [place.buffer(radius, quad_segs=4) for place, radius in here if not len(tree.query(place, "dwithin", SAME_TREE))]
            found[date] = [crown.intersection(self.scene.frame) for crown in crowns if crown.intersects(self.scene.frame)]
        return found

    def cover(self, noun: str, date: Date) -> BaseGeometry:
        """Ground that a noun names, whatever was built on it: topmost covers, and for woods and trees what lies under crowns."""
        top = [self._top[date][kind] for kind in COVERS.get(noun, ()) if kind in self._top[date]]
        return union_all([*top, self.crowns[date]] if noun in WOODED else top) if top or noun in WOODED else EMPTY

    def seen(self, noun: str, date: Date) -> BaseGeometry:
        """Ground that a noun names, as far as it can be seen: not under buildings and roads; crowns alone for trees."""
        if noun == "tree":
            return self.crowns[date]
        top = [self._top[date][kind] for kind in COVERS.get(noun, ()) if kind in self._top[date]]
        visible = union_all(top).difference(self.scene.built(date)) if top else EMPTY
        return visible.union(self.crowns[date]) if noun in WOODED else visible.difference(EMPTY)

    def change(self, noun: str, *, gained: bool) -> BaseGeometry:
        """Ground of a kind that came (or went); empty if it is too little to speak of.

        For trees and woods the whole area must have grown (or shrunk) by the least area and share; elsewhere what came (or went) counts.
        """
        old, new = ("before", "after") if gained else ("after", "before")
        was, now = self.seen(noun, old), self.seen(noun, new)  # type: ignore[arg-type]
        moved = now.difference(was)
        amount = now.area - was.area if noun in WOODED else moved.area
        base = self.seen(noun, "before").area
        if amount < LEAST_AREA or amount < LEAST_SHARE * base:
            return EMPTY
        if noun == "tree" and gained and union_all(self.only_trees["after"]).area < LEAST_AREA:
            return EMPTY  # trees that only grew
        return moved

    def crown_loss(self, items: Sequence[Item], *, removed: bool) -> float:
        """Square metres of crowns that a set of trees took away (or brought)."""
        date: Date = "after" if removed else "before"
        return float(union_all([item.shape for item in items]).difference(self.crowns[date]).area)

    def crown_change(self) -> float:
        """Square metres by which the area under crowns grew; below 0 if it shrank."""
        return float(self.crowns["after"].area - self.crowns["before"].area)

    def pieces(self, noun: str, region: BaseGeometry) -> list[Item]:
        """A region as items; ground that is counted is joined over gaps such as a road."""
        joined = region.buffer(6.0).buffer(-6.0) if noun in COUNTED_GROUND else region
        parts = [part for part in getattr(joined, "geoms", [joined]) if part.area > (PIECE if noun in COUNTED_GROUND else 1.0)]
        return [Item(-1 - i, "ground", noun, part.intersection(self.scene.frame), part.area) for i, part in enumerate(parts)]
