"""Whether a group lies at a place in the frame."""

from __future__ import annotations

from collections.abc import Sequence

from shapely import box, union_all
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.checking.claims import Side, Spot
from deltascribe.datasets.synthetic.checking.scene import Item

HALF_SHARE = 0.8
"""Share of a group's visible area that must lie in the half of the side it is said to be on."""
NEAR_BORDER = 10.0
"""Metres from the border at which something reaches it."""

SIDES: tuple[Side, ...] = ("left", "right", "top", "bottom")


class FramePlaces:
    """Places of a frame of so many metres.

    A group is on the left if the centroid of its visible area lies in the left third and at least 80 % of the area in the left half;
    likewise the other sides, and corners, which are two sides at once. It is in the middle if the centroid is in the middle third both
    ways.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.halves: dict[str, BaseGeometry] = {
            "left": box(0, 0, width / 2, height),
            "right": box(width / 2, 0, width, height),
            "top": box(0, 0, width, height / 2),
            "bottom": box(0, height / 2, width, height),
        }

    def in_third(self, x: float, y: float, side: str) -> bool:
        """Whether a point lies in the third of one side."""
        if side == "middle":
            return self.width / 3 <= x <= 2 * self.width / 3 and self.height / 3 <= y <= 2 * self.height / 3
        return {"left": x < self.width / 3, "right": x > 2 * self.width / 3, "top": y < self.height / 3, "bottom": y > 2 * self.height / 3}[
            side
        ]

    def at_sides(self, shape: BaseGeometry, sides: frozenset[Side]) -> bool:
        """Whether a shape lies at a side, in a corner (two sides) or in the middle; "top middle" asks only the middle across."""
        if shape.is_empty:
            return False
        centre = shape.centroid
        outer = sides - {"middle"}
        if "middle" in sides and outer:
            across = bool(outer & {"top", "bottom"})
            size, place = (self.width, centre.x) if across else (self.height, centre.y)
            if not size / 3 <= place <= 2 * size / 3:
                return False
        elif "middle" in sides:
            return self.in_third(centre.x, centre.y, "middle")
        return all(
            self.in_third(centre.x, centre.y, side) and shape.intersection(self.halves[side]).area >= HALF_SHARE * shape.area
            for side in outer
        )

    def holds(self, items: Sequence[Item], spot: Spot) -> bool:
        """Whether a group is at a place."""
        whole = union_all([item.shape for item in items])
        if spot.form == "both":
            return self._both(items, spot)
        if spot.form == "across":
            return self._across(whole)
        if spot.sides:
            return all(self.at_sides(whole, sides) for sides in spot.sides)
        if spot.form == "corner":
            return any(self.at_sides(whole, frozenset({x, y})) for x in SIDES[:2] for y in SIDES[2:])
        if spot.form == "edge":
            return any(self.at_sides(whole, frozenset({side})) for side in SIDES) or whole.distance(self._border()) < NEAR_BORDER
        return True

    def _border(self) -> BaseGeometry:
        return box(0, 0, self.width, self.height).boundary

    def _both(self, items: Sequence[Item], spot: Spot) -> bool:
        """On each of several sides at least one item, and every item on one of them."""
        choices = (
            [list(spot.sides)] if spot.sides else [[frozenset({"left"}), frozenset({"right"})], [frozenset({"top"}), frozenset({"bottom"})]]
        )
        for sides in choices:
            hits = [[self.at_sides(item.shape, one) or self._leans(item.shape, one) for one in sides] for item in items]
            if all(any(hit[i] for hit in hits) for i in range(len(sides))) and all(any(hit) for hit in hits):
                return True
        return False

    def _leans(self, shape: BaseGeometry, sides: frozenset[Side]) -> bool:
        return not shape.is_empty and all(
            side == "middle" or shape.intersection(self.halves[side]).area >= HALF_SHARE * shape.area for side in sides
        )

    def _across(self, whole: BaseGeometry) -> bool:
        """Whether something reaches from one side of the frame to another."""
        edges = [
            box(0, 0, NEAR_BORDER, self.height),
            box(self.width - NEAR_BORDER, 0, self.width, self.height),
            box(0, 0, self.width, NEAR_BORDER),
            box(0, self.height - NEAR_BORDER, self.width, self.height),
        ]
        return sum(whole.intersects(edge) for edge in edges) >= 2

    def parts(self, items: Sequence[Item], spot: Spot) -> list[list[Item]]:
        """Groups that a place may single out: those whose centroid lies in its half or third, and those that lie there by themselves."""
        if spot.form == "both":
            return []
        found = [[item for item in items if self.holds([item], spot)]]
        for sides in spot.sides:
            outer = sides - {"middle"}
            centres = [(item, item.shape.centroid) for item in items if not item.shape.is_empty]
            found.append([item for item, centre in centres if all(self.halves[side].contains(centre) for side in outer)])
            found.append([item for item, centre in centres if all(self.in_third(centre.x, centre.y, side) for side in outer)])
        return found
