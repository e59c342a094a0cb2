"""How roads run and meet: straight or curved, crossings and ends, widened, extended or paved."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge

from deltascribe.datasets.synthetic.checking.scene import SAME_LINE, Date, Item, Scene

STRAIGHT, CURVED = 0.98, 0.97
"""Chord over length: straight above the first, curved below the second."""
WIDENED = 1.5
"""Metres by which a widened road is wider."""
WIDENED_LINE = 2.0
"""Metres within which its centre line stays."""
ARM = 4.0
"""A road goes on beyond a meeting point if it does for this many metres."""
ONE_NODE = 12.0
"""Meeting points this close (metres) are one crossing."""


@dataclass(frozen=True)
class Node:
    """Where roads meet: the point, the number of arms, the ids of the roads."""

    point: Point
    arms: int
    roads: frozenset[int]


def longest_line(line: BaseGeometry | None) -> LineString | None:
    """The longest stretch of a line that the frame may have cut in pieces."""
    if line is None or line.is_empty:
        return None
    merged = linemerge(line) if isinstance(line, MultiLineString) else line
    parts = [part for part in getattr(merged, "geoms", [merged]) if isinstance(part, LineString)]
    return max(parts, key=lambda part: part.length, default=None)


def straightness(item: Item) -> float:
    """Chord over length of a road's visible part; 1 for a straight one."""
    line = longest_line(item.line)
    return 1.0 if line is None or line.length == 0 else Point(line.coords[0]).distance(Point(line.coords[-1])) / line.length


def bearing(item: Item) -> float:
    """Direction of a road's chord in degrees, 0 for across the picture and 90 for up and down it."""
    line = longest_line(item.line)
    if line is None:
        return 0.0
    (x0, y0), (x1, y1) = line.coords[0][:2], line.coords[-1][:2]
    return math.degrees(math.atan2(abs(y1 - y0), abs(x1 - x0)))


def is_ring(item: Item) -> bool:
    """Whether a road comes back to where it began."""
    line = item.whole_line
    return line is not None and Point(line.coords[0]).distance(Point(line.coords[-1])) < max(8.0, 0.1 * line.length)


def follows(item: Item, other: Item, tolerance: float) -> float:
    """Share of a road's visible line that lies within so many metres of another's."""
    if item.line is None or other.whole_line is None or item.line.length == 0:
        return 0.0
    return float(item.line.intersection(other.whole_line.buffer(tolerance)).length / item.line.length)


class Roads:
    """The roads of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def standing(self, date: Date) -> list[Item]:
        """Roads that can be seen on one date."""
        return [item for item in self.scene.standing(date) if item.label == "road"]

    @cached_property
    def widened(self) -> list[Item]:
        """New roads that lie along an old one and are wider."""
        return [new for new, old in self._along if new.width - old.width >= WIDENED and follows(new, old, WIDENED_LINE) >= 0.6]

    @cached_property
    def narrowed(self) -> list[Item]:
        """New roads that lie along an old one and are narrower."""
        return [new for new, old in self._along if old.width - new.width >= WIDENED]

    @cached_property
    def paved(self) -> list[Item]:
        """Paved roads that lie along a dirt one that is gone."""
        return [new for new, old in self._along if (old.kind, new.kind) == ("dirt", "paved")]

    @cached_property
    def rebuilt(self) -> list[Item]:
        """New roads that lie along an old one."""
        return [new for new, _ in self._along]

    @cached_property
    def _along(self) -> list[tuple[Item, Item]]:
        pairs = [(new, old) for new in self.scene.roads_only("after") for old in self.scene.roads_only("before")]
        return [(new, old) for new, old in pairs if follows(new, old, SAME_LINE) >= 0.6 or follows(old, new, SAME_LINE) >= 0.8]

    @cached_property
    def extended(self) -> list[Item]:
        """New roads, or new parts of them, that go on from an end of a road that stood before."""
        old = self.standing("before")
        found = []
        for item in (item for item in self.scene.added if item.label == "road"):
            ends = self._ends(item)
            if any(end.distance(other) <= 4.0 for end in ends for road in old if road.id != item.id for other in self._ends(road)):
                found.append(item)
        return found

    @staticmethod
    def _ends(item: Item) -> list[Point]:
        line = longest_line(item.line)
        whole = item.whole_line
        return [Point(one.coords[i]) for one in (line, whole) if one is not None for i in (0, -1)]

    def ends_inside(self, item: Item) -> list[Point]:
        """Ends of a road that lie well inside the frame."""
        line = item.whole_line
        inner = self.scene.frame.buffer(-3.0)
        return [] if line is None else [Point(line.coords[i]) for i in (0, -1) if inner.contains(Point(line.coords[i]))]

    def nodes(self, date: Date) -> list[Node]:
        """Where roads meet inside the frame on one date."""
        return self._nodes[date]

    @cached_property
    def _nodes(self) -> dict[Date, list[Node]]:
        return {date: self._meetings(self.standing(date)) for date in ("before", "after")}

    def _meetings(self, roads: list[Item]) -> list[Node]:
        points = [point for one, other in combinations(roads, 2) for point in _meeting_points(one, other)]
        nodes: list[Node] = []
        while points:
            near = [point for point in points if point.distance(points[0]) <= ONE_NODE]
            points = [point for point in points if point not in near]
            centre = Point(sum(p.x for p in near) / len(near), sum(p.y for p in near) / len(near))
            here = [road for road in roads if _passes(road, centre)]
            arms = sum(_arms(road, centre) for road in here)
            if self.scene.frame.contains(centre):
                nodes.append(Node(centre, arms, frozenset(road.id for road in here)))
        return nodes


def _meeting_points(one: Item, other: Item) -> list[Point]:
    a, b = one.whole_line, other.whole_line
    if a is None or b is None:
        return []
    crossing = a.intersection(b)
    points = [part.representative_point() for part in getattr(crossing, "geoms", [crossing]) if not part.is_empty]
    for line, road, width in ((a, b, other.width), (b, a, one.width)):
        ends = [Point(line.coords[i]) for i in (0, -1)]
        points += [end for end in ends if end.distance(road) <= width / 2 + 2.0]
    return points


def _passes(road: Item, centre: Point) -> bool:
    return road.whole_line is not None and road.whole_line.distance(centre) <= (ONE_NODE + road.width) / 2


def _arms(road: Item, centre: Point) -> int:
    """Ways in which a road leaves a meeting point: two if it passes, one if it ends there."""
    line = road.whole_line
    if line is None:
        return 0
    place = line.project(centre)
    if Point(line.coords[0]).distance(Point(line.coords[-1])) < 1.0:
        return 2
    reach = ARM + road.width / 2
    return int(place > reach) + int(line.length - place > reach)
