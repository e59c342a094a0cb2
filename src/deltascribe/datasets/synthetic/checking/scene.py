"""A made-up pair as geometry: every thing of the ground truth, cut to the frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from shapely import LineString, Polygon, box, union_all
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

Date = Literal["before", "after"]

VISIBLE_SHARE = 0.25
VISIBLE_AREA = 40.0
"""A thing counts if this share of its footprint, or this area in square metres, lies inside the frame."""
ROAD_LENGTH = 20.0
"""Visible metres from which a road is one."""
SAME_LINE = 3.0
"""Roads whose centre lines lie this close (metres) follow one line."""


@dataclass(frozen=True, eq=False)
class Item:
    """A thing, or a piece of ground that came or went.

    Attributes:
        id: of the ground truth; negative for pieces of ground.
        label: class (`building`, `road`, `parking`, `pool`, `playground`, `ground`, `node`).
        kind: kind of that class.
        shape: what of it is inside the frame, in metres.
        footprint: area in square metres, the part outside the frame too.
        line: centre line of a road, cut to the frame.
        whole_line: that line uncut.
        width: of a road in metres.
        whole: the uncut outline.
    """

    id: int
    label: str
    kind: str
    shape: BaseGeometry
    footprint: float = 0.0
    line: BaseGeometry | None = None
    whole_line: LineString | None = None
    width: float = 0.0
    whole: BaseGeometry | None = None


class Scene:
    """The ground truth of one pair, as `Place.truth()` tells it, with all that claims ask for worked out once.

    Things outside the frame, and sheds, which no caption names, are left out.

    Args:
        truth: the JSON value.
    """

    def __init__(self, truth: dict[str, Any]) -> None:
        self.truth = truth
        self.width, self.height = float(truth["width_m"]), float(truth["height_m"])
        self.frame: Polygon = box(0.0, 0.0, self.width, self.height)
        self.dates: dict[int, frozenset[str]] = {entry["id"]: frozenset(entry["dates"]) for entry in truth["objects"]}
        self.every = [self._item(entry) for entry in truth["objects"] if entry["class"] != "cover" and entry.get("kind") != "shed"]

    def _item(self, entry: dict[str, Any]) -> Item:
        whole = shape(entry["polygon"]).buffer(0)
        line = LineString(entry["line"]["coordinates"]) if "line" in entry else None
        return Item(
            entry["id"],
            entry["class"],
            entry.get("kind", ""),
            whole.intersection(self.frame),
            whole.area,
            line.intersection(self.frame) if line is not None else None,
            line,
            float(entry.get("width_m", 0.0)),
            whole,
        )

    def _visible(self, item: Item) -> bool:
        if item.label == "road":
            return item.line is not None and item.line.length >= ROAD_LENGTH
        return item.shape.area >= VISIBLE_AREA or (item.footprint > 0 and item.shape.area >= VISIBLE_SHARE * item.footprint)

    def standing(self, date: Date) -> list[Item]:
        """What can be seen on one date."""
        return self._standing[date]

    @cached_property
    def _standing(self) -> dict[Date, list[Item]]:
        seen = [item for item in self.every if self._visible(item)]
        return {date: [item for item in seen if date in self.dates[item.id]] for date in ("before", "after")}

    @cached_property
    def added(self) -> list[Item]:
        """What can be seen on the second date only; of a road the part that follows no earlier one of its kind."""
        return [part for item in self._only("after") if (part := self._new_part(item, self._only("before"))) is not None]

    @cached_property
    def removed(self) -> list[Item]:
        """What can be seen on the first date only; of a road the part that no later one of its kind follows."""
        return [part for item in self._only("before") if (part := self._new_part(item, self._only("after"))) is not None]

    def _only(self, date: Date) -> list[Item]:
        return [item for item in self.standing(date) if self.dates[item.id] == {date}]

    def roads_only(self, date: Date) -> list[Item]:
        """Roads of one date only, whole."""
        return [item for item in self._only(date) if item.label == "road"]

    def _new_part(self, item: Item, others: list[Item]) -> Item | None:
        """A road without what lies on a road of the other date: widening is not a new road, but a longer one is, where it is longer."""
        if item.label != "road" or item.line is None:
            return item
        alike = [other.whole_line for other in others if other.label == "road" and other.kind == item.kind]
        followed = [line.buffer(SAME_LINE) for line in alike if line is not None]
        rest = item.line.difference(union_all(followed)) if followed else item.line
        if rest.length >= 0.8 * item.line.length:
            return item
        if rest.length < ROAD_LENGTH:
            return None
        part = rest.buffer(item.width / 2, cap_style="flat").intersection(self.frame)
        return Item(item.id, "road", item.kind, part, item.footprint, rest, item.whole_line, item.width, item.whole)

    def built(self, date: Date) -> BaseGeometry:
        """The ground under roads, buildings, parking lots, pools and playgrounds, those that are barely seen too."""
        return self._built[date]

    @cached_property
    def _built(self) -> dict[Date, BaseGeometry]:
        return {date: union_all([item.shape for item in self.every if date in self.dates[item.id]]) for date in ("before", "after")}

    def entry_covers(self, date: Date) -> list[dict[str, Any]]:
        """Covers of one date, lowest first: as `layers` of the truth tells, else by id, the order in which planners make them."""
        covers = {entry["id"]: entry for entry in self.truth["objects"] if entry["class"] == "cover" and date in entry["dates"]}
        order = self.truth.get("layers", {}).get(date, sorted(covers))
        return [covers[number] for number in order if number in covers]
