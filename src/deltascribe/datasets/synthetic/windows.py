"""Windows of a large place: only what lies in or near a window, found with spatial indexes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
from shapely import STRtree, box
from shapely.affinity import translate

from deltascribe.datasets.synthetic.world import Building, Car, Layout, Place, Road, Thing, Tree

Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom in metres."""

Moved = TypeVar("Moved", bound=Thing | Tree | Car)

_SHARE, _AREA = 0.25, 40.0
"""A window tells of a changed object when this share of it, or so many square metres, lie inside: the rule of the captions."""


class PlaceIndex:
    """Finds what lies in a window of a place, quickly also in large ones.

    Args:
        place: the whole place.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._before, self._after = _LayoutIndex(place.before), _LayoutIndex(place.after)

    def near(self, bounds: Bounds, margin: float) -> Place:
        """The place with only what reaches within `margin` metres of a window; coordinates stay those of the whole place."""
        wide = (bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin)
        # a thing that changed its outline must not be found on one date alone, as if it had come or gone
        ids = self._before.ids(wide) | self._after.ids(wide)
        return replace(self.place, before=self._before.cut(wide, ids), after=self._after.cut(wide, ids))

    def window(self, bounds: Bounds) -> Place:
        """A window as a place of its own, whose upper left corner is the origin; its events are those that can be seen in it."""
        left, top, right, bottom = bounds
        near = self.near(bounds, 0.0)
        frame = box(*bounds)
        seen = {thing.id for thing in [*near.added(), *near.removed()] if _tells(thing.polygon, frame)}
        trees = _ids(near.before.trees) ^ _ids(near.after.trees)
        events = tuple(event for event in self.place.events if (seen | trees).intersection(event.added + event.removed))
        before, after = (_move_layout(layout, -left, -top) for layout in (near.before, near.after))
        return replace(near, width=right - left, height=bottom - top, before=before, after=after, events=events)


class _LayoutIndex:
    """Spatial indexes over all things, trees and cars of a layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._things = list(layout.things())
        self._tree = STRtree([thing.polygon for thing in self._things])
        self._points = {name: _extents(getattr(layout, name)) for name in _POINTS}

    def ids(self, bounds: Bounds) -> set[int]:
        """Of the things that reach into a window."""
        return {self._things[number].id for number in self._tree.query(box(*bounds), predicate="intersects")}

    def cut(self, bounds: Bounds, ids: set[int]) -> Layout:
        """The things of some ids, in their old order, and the trees and cars that reach into a window."""
        kept: dict[str, Any] = {name: tuple(thing for thing in getattr(self.layout, name) if thing.id in ids) for name in _THINGS}
        for name in _POINTS:
            x, y, reach = self._points[name]
            inside = (x + reach > bounds[0]) & (x - reach < bounds[2]) & (y + reach > bounds[1]) & (y - reach < bounds[3])
            points = getattr(self.layout, name)
            kept[name] = tuple(points[number] for number in np.flatnonzero(inside))
        return Layout(**kept)


_POINTS = ("trees", "cars")
_THINGS = tuple(field.name for field in fields(Layout) if field.name not in _POINTS)


def _extents(points: Sequence[Tree] | Sequence[Car]) -> tuple[Any, Any, Any]:
    """x, y and reach of each tree or car, in metres."""
    rows = [(item.x, item.y, item.radius if isinstance(item, Tree) else item.length / 2) for item in points]
    table = np.array(rows, np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _tells(polygon: Any, frame: Any) -> bool:
    inside = polygon.intersection(frame).area
    return bool(inside >= _AREA or inside >= _SHARE * polygon.area > 0)


def _ids(trees: Sequence[Tree]) -> set[int]:
    return {tree.id for tree in trees if tree.id}


def _move_layout(layout: Layout, across: float, down: float) -> Layout:
    return Layout(**{field.name: tuple(move(thing, across, down) for thing in getattr(layout, field.name)) for field in fields(Layout)})


def move(thing: Moved, across: float, down: float) -> Moved:
    """A thing moved by some metres."""
    changes: dict[str, Any] = {}
    if isinstance(thing, (Tree, Car, Building)):
        changes |= {"x": thing.x + across, "y": thing.y + down}
    if isinstance(thing, Road):
        changes["line"] = translate(thing.line, across, down)
    elif not isinstance(thing, (Tree, Car)):
        changes["polygon"] = translate(thing.polygon, across, down)
    return replace(thing, **changes)
