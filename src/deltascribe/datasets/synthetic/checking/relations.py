"""Whether a group lies to other things as a caption says."""

from __future__ import annotations

from collections.abc import Sequence

from shapely import MultiPoint, Point, union_all
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.checking.claims import Group, Relation
from deltascribe.datasets.synthetic.checking.ground import COVERS, WOODED
from deltascribe.datasets.synthetic.checking.roads import CURVED, straightness
from deltascribe.datasets.synthetic.checking.scene import Date, Item
from deltascribe.datasets.synthetic.checking.things import KNOWN, NODE_NOUNS, RESIDENTIAL_AREA, ROAD_NOUNS, Things
from deltascribe.datasets.synthetic.checking.traits import has_trait, signed_distance

NEAR = 25.0
NEAR_SHARE = 0.6
"""Share of a group that must lie so many metres from a thing to be near it, or along a road."""
EACH_SIDE, EACH_SIDE_SHARE = 2, 0.3
"""On both sides of a road: so many on each, or this share of the group if that is more."""
GROUND_SHARE = 0.5
CROSSED_SHARE = 0.3
RING, RING_SHARE = 15.0, 0.4
"""Something stands among trees if this share of the ground within so many metres of it is wooded."""
END = 30.0
TOUCH = 4.0
SIDE_SHARE = 0.8

ON = frozenset({"on", "in", "among", "through"})


class Relations:
    """Checks relations in one scene.

    Args:
        things: the scene's things.
        removed: whether the group is of what was removed, so that its surroundings before the change count.
    """

    def __init__(self, things: Things, *, removed: bool) -> None:
        self.things = things
        self.date: Date = "before" if removed else "after"
        self.removed = removed

    def anchors(self, group: Group) -> list[Item]:
        """Things that a noun phrase in a relation may mean: standing then; only new ones for "new", only old ones for "old"."""
        items = self.things.of(group.noun, self.date)
        known = self.things.scene.dates
        added = [item for item in items if "before" not in known.get(item.id, "before")]
        if "new" in group.traits or ("told" in group.traits and added):
            items = added
        elif "old" in group.traits:
            items = [item for item in items if item.id < 0 or "before" in known[item.id]]
        traits = group.traits - {"new", "old"}
        return [item for item in items if all(has_trait(self.things, item, group.noun, trait, self.date) for trait in traits)]

    def holds(self, items: Sequence[Item], relation: Relation) -> bool:
        """Whether a group lies so; of several things named together each must be by it, while ground adds up ("woods and grass")."""
        named = [anchor for anchor in relation.anchors if anchor.noun not in ("ground", "frame")]
        if any(anchor.noun not in KNOWN for anchor in named):
            return False
        if relation.kind in ON and named and all(anchor.noun in COVERS for anchor in named):
            return self._on_ground(items, relation, named)
        return all(self._to(items, relation, anchor) for anchor in named)

    def _to(self, items: Sequence[Item], relation: Relation, anchor: Group) -> bool:
        if anchor.noun == "residential area":
            return self._by_residential_area(items)
        others = [item for item in self.anchors(anchor) if all(item.id != own.id or item.id < 0 for own in items)]
        if not others:
            return False
        kind = relation.kind
        if (
            kind in ON
            and anchor.noun not in ROAD_NOUNS | NODE_NOUNS
            and anchor.noun not in ("house", "building", "residential", "large building")
        ):
            return self._share_on(items, union_all([other.shape for other in others])) >= GROUND_SHARE
        if kind == "through" and anchor.noun in ROAD_NOUNS:
            return any(item.shape.intersects(other.shape) for item in items for other in others)
        if kind == "both sides":
            return self._both_sides(items, others)
        if kind == "end":
            ends = [end for other in others for end in self.things.roads.ends_inside(other)]
            return bool(ends) and self._share_near(items, MultiPoint(ends), END) >= NEAR_SHARE
        if kind == "bend":
            others = [other for other in others if straightness(other) < CURVED]
        if kind == "edge":
            return bool(others) and self._share_near(items, union_all([other.shape.boundary for other in others]), NEAR) >= NEAR_SHARE
        if kind == "connected" and anchor.noun in ROAD_NOUNS and all(item.label == "road" for item in items):
            return all(item.shape.distance(union_all([other.shape for other in others])) <= TOUCH for item in items)
        if kind in ("above", "below"):
            return self._on_side(items, others, "top" if kind == "above" else "bottom")
        whole = union_all([other.shape if anchor.noun in COVERS or other.whole is None else other.whole for other in others])
        near = self._share_near(items, whole, NEAR) >= NEAR_SHARE
        return near and (relation.side is None or relation.side == "middle" or self._on_side(items, others, relation.side))

    def _on_ground(self, items: Sequence[Item], relation: Relation, named: Sequence[Group]) -> bool:
        """On woods, grass ...: as the ground was before the change; in woods also if woods are about."""
        region = union_all([self.things.ground.cover(anchor.noun, "before") for anchor in named])
        share = CROSSED_SHARE if relation.kind == "through" else GROUND_SHARE
        if self._share_on(items, region) >= share:
            return True
        about = relation.kind == "among" or self.removed
        return about and any(anchor.noun in WOODED for anchor in named) and self._ring_share(items, region) >= RING_SHARE

    @staticmethod
    def _share_on(items: Sequence[Item], region: BaseGeometry) -> float:
        whole = union_all([item.shape for item in items])
        return float(whole.intersection(region).area / whole.area) if whole.area else 0.0

    @staticmethod
    def _ring_share(items: Sequence[Item], region: BaseGeometry) -> float:
        whole = union_all([item.shape for item in items])
        ring = whole.buffer(RING).difference(whole)
        return float(ring.intersection(region).area / ring.area) if ring.area else 0.0

    @staticmethod
    def _share_near(items: Sequence[Item], others: BaseGeometry, distance: float) -> float:
        """Share of the group within so many metres: of their number, of the area for pieces of ground."""
        if items and items[0].label == "ground":
            total = sum(item.shape.area for item in items)
            return sum(item.shape.intersection(others.buffer(distance)).area for item in items) / total if total else 0.0
        return sum(item.shape.distance(others) <= distance for item in items) / len(items) if items else 0.0

    def _both_sides(self, items: Sequence[Item], roads: Sequence[Item]) -> bool:
        """60 % within 25 m of a road, and on each side of one of them two, or 30 % of all if that is more."""
        if self._share_near(items, union_all([road.whole or road.shape for road in roads]), NEAR) < NEAR_SHARE:
            return False
        least = max(EACH_SIDE, EACH_SIDE_SHARE * len(items))
        for road in roads:
            if road.whole_line is None or road.whole is None:
                continue
            gaps = [signed_distance(road.whole_line, item.shape.centroid) for item in items if item.shape.distance(road.whole) <= NEAR]
            if min(sum(gap < 0 for gap in gaps), sum(gap > 0 for gap in gaps)) >= least:
                return True
        return False

    @staticmethod
    def _on_side(items: Sequence[Item], others: Sequence[Item], side: str) -> bool:
        """Most of the group lies on that side of one of the things, seen from its nearest point."""

        def beyond(point: Point, other: Item) -> bool:
            line = other.whole_line
            near = Point(line.interpolate(line.project(point))) if line is not None else other.shape.centroid
            return {"left": point.x < near.x, "right": point.x > near.x, "top": point.y < near.y, "bottom": point.y > near.y}[side]

        return any(sum(beyond(item.shape.centroid, other) for item in items) >= SIDE_SHARE * len(items) for other in others)

    def _by_residential_area(self, items: Sequence[Item]) -> bool:
        """Within 25 m of the hull of the residential buildings, if there are enough for an area."""
        homes = self.things.of("residential area", self.date)
        if len(homes) < RESIDENTIAL_AREA:
            return False
        return self._share_near(items, union_all([home.shape for home in homes]).convex_hull, NEAR) >= NEAR_SHARE
