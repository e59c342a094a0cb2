"""Plain facts of a ground truth, by which a changed sentence must be false; told apart from the check on purpose."""

from __future__ import annotations

from typing import Any

from shapely import Point, box, union_all
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

SAME_PLACE = 1.0
"""Metres within which a crown of the other date is the same tree."""
SPECK = 1.0
"""Square metres that are nothing."""
OBVIOUS = 50.0
"""Square metres of a thing that nobody calls no change."""

CLASSES: dict[str, tuple[str, frozenset[str]]] = {
    "house": ("building", frozenset({"villa", "house", "block"})),
    "large building": ("building", frozenset({"warehouse", "block"})),
    "building": ("building", frozenset({"villa", "house", "block", "warehouse"})),
    "road": ("road", frozenset()),
    "parking lot": ("parking", frozenset()),
    "swimming pool": ("pool", frozenset()),
    "playground": ("playground", frozenset()),
}
"""Class of a caption's noun -> class and kinds of the ground truth, rather too many than too few; no kinds for all of them."""

GROUNDS: dict[str, frozenset[str]] = {
    "woods": frozenset({"woods"}),
    "grass": frozenset({"grass", "lawn"}),
    "bareland": frozenset({"bare", "mud", "desert"}),
    "desert": frozenset({"desert"}),
    "farmland": frozenset({"field"}),
    "lake": frozenset({"water", "mud"}),
}


class Facts:
    """Looks up what came, went, or never was.

    Args:
        truth: the JSON value of `Place.truth()`.
    """

    def __init__(self, truth: dict[str, Any]) -> None:
        self.width, self.height = truth["width_m"], truth["height_m"]
        self.frame = box(0, 0, self.width, self.height)
        self.entries = [(entry, shape(entry["polygon"]).buffer(0).intersection(self.frame)) for entry in truth["objects"]]
        self.trees: dict[str, list[list[float]]] = truth["trees"]

    def came_or_went(self, noun: str, *dates: str) -> int:
        """How many things of a class stand on one date only, be it this one of two, or either; however little of them is in the frame."""
        label, kinds = CLASSES[noun]
        dates = dates or ("before", "after")
        return sum(
            entry["class"] == label
            and (not kinds or entry.get("kind") in kinds)
            and len(entry["dates"]) == 1
            and entry["dates"][0] in dates
            and not inside.is_empty
            for entry, inside in self.entries
        )

    def never_there(self, ground: str) -> bool:
        """Whether no cover of a kind is in the frame on either date, and for woods no tree either."""
        kinds = GROUNDS[ground]
        covered = any(entry["class"] == "cover" and entry["kind"] in kinds and inside.area > SPECK for entry, inside in self.entries)
        return not covered and not (ground == "woods" and any(self.trees.values()))

    def lone_crowns(self, date: str) -> BaseGeometry:
        """Ground under crowns that have no tree of the other date at their place."""
        others = [Point(x, y) for x, y, _ in self.trees["before" if date == "after" else "after"]]
        gathered = union_all([other.buffer(SAME_PLACE) for other in others])
        return union_all(
            [Point(x, y).buffer(radius) for x, y, radius in self.trees[date] if not gathered.intersects(Point(x, y))]
        ).intersection(self.frame)

    def changed_ground(self) -> BaseGeometry:
        """All ground on which something stands on one date only, covers and crowns too."""
        alone = [inside for entry, inside in self.entries if len(entry["dates"]) == 1]
        return union_all([*alone, self.lone_crowns("before"), self.lone_crowns("after")])

    def free(self, side: str) -> bool:
        """Whether nothing came or went in the third of the frame on a side."""
        w, h = self.width, self.height
        thirds = {"left": (0, 0, w / 3, h), "right": (2 * w / 3, 0, w, h), "top": (0, 0, w, h / 3), "bottom": (0, 2 * h / 3, w, h)}
        return bool(self.changed_ground().intersection(box(*thirds[side])).area <= SPECK)

    def one_date_ground(self, date: str) -> bool:
        """Whether a cover of woods stands on this date only."""
        return any(entry["class"] == "cover" and entry["kind"] == "woods" and entry["dates"] == [date] for entry, _ in self.entries)

    def obviously_changed(self) -> bool:
        """Whether a thing that is no cover came or went and is large enough to see, or ten times that of crowns."""
        large = any(
            entry["class"] != "cover" and entry.get("kind") != "shed" and len(entry["dates"]) == 1 and inside.area >= OBVIOUS
            for entry, inside in self.entries
        )
        return large or self.lone_crowns("before").area >= 10 * OBVIOUS or self.lone_crowns("after").area >= 10 * OBVIOUS

    def nothing_differs(self) -> bool:
        """Whether every thing stands on both dates and every tree too."""
        return self.changed_ground().area <= SPECK
