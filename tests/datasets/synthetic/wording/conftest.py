"""Small places made by hand, for tests of their captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.affinity import rotate

from deltascribe.datasets.synthetic.world import Building, Cover, Event, Layout, Numbers, Parking, Place, Playground, Pool, Road, Tree

SIZES = {"villa": (18.0, 14.0), "house": (11.0, 9.0), "block": (22.0, 14.0), "warehouse": (50.0, 30.0), "shed": (4.0, 3.0)}


def rectangle(x: float, y: float, width: float, height: float, angle: float = 0.0) -> shapely.Polygon:
    box = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return rotate(box, angle, origin=(x, y), use_radians=True)


class Town:
    """Collects things of two dates; `stay`, `come` and `go` say on which an object stands."""

    def __init__(self, ground: str = "bare", size: float = 128.0) -> None:
        self.size = size
        self.numbers = Numbers()
        self.dates: tuple[list[Any], list[Any]] = ([], [])
        self.trees: tuple[list[Tree], list[Tree]] = ([], [])
        self.stay(self.cover(ground, size / 2, size / 2, 2 * size, 2 * size))

    def stay(self, *things: Any) -> None:
        self.go(*things)
        self.come(*things)

    def come(self, *things: Any) -> None:
        self.dates[1].extend(things)

    def go(self, *things: Any) -> None:
        self.dates[0].extend(things)

    def cover(self, kind: Any, x: float, y: float, width: float, height: float) -> Cover:
        return Cover(self.numbers.next(), kind, rectangle(x, y, width, height), 0)

    def building(self, kind: Any, x: float, y: float, size: tuple[float, float] | None = None, angle: float = 0.0) -> Building:
        size = size or SIZES[kind]
        outline = rectangle(x, y, *size, angle)
        return Building(self.numbers.next(), kind, outline, x, y, angle, size, 3.0, "hip", (0.5, 0.4, 0.4), 0)

    def road(self, *points: tuple[float, float], width: float = 7.0, paved: bool = True) -> Road:
        return Road(self.numbers.next(), shapely.LineString(points), width, paved)

    def parking(self, x: float, y: float, width: float = 40.0, height: float = 20.0) -> Parking:
        return Parking(self.numbers.next(), rectangle(x, y, width, height), 0.0, 0)

    def pool(self, x: float, y: float) -> Pool:
        return Pool(self.numbers.next(), rectangle(x, y, 9, 5))

    def playground(self, kind: Any, x: float, y: float) -> Playground:
        return Playground(self.numbers.next(), kind, rectangle(x, y, 30, 20), 0.0, 0)

    def woods(self, x: float, y: float, width: float, height: float, radius: float = 2.5) -> list[Tree]:
        """Trees whose crowns touch, on a grid over a rectangle about (x, y)."""
        xs = np.arange(x - width / 2 + radius, x + width / 2, 2 * radius)
        ys = np.arange(y - height / 2 + radius, y + height / 2, 2 * radius)
        return [Tree(float(a), float(b), radius, 6.0, (0.2, 0.3, 0.2)) for a in xs for b in ys]

    def plant(self, before: Sequence[Tree] = (), after: Sequence[Tree] = ()) -> None:
        self.trees[0].extend(before)
        self.trees[1].extend(after)

    def clear(self, outline: shapely.Polygon) -> None:
        """Trees of the first date stand on, but for those within an outline."""
        kept = [tree for tree in self.trees[0] if not outline.contains(shapely.Point(tree.x, tree.y))]
        self.trees[1].extend(kept)

    def place(self) -> Place:
        layouts = [self._layout(things, trees) for things, trees in zip(self.dates, self.trees, strict=True)]
        return Place(self.size, self.size, layouts[0], layouts[1], (Event("test"),))

    @staticmethod
    def _layout(things: list[Any], trees: list[Tree]) -> Layout:
        def some(kind: type) -> Any:
            return tuple(thing for thing in things if isinstance(thing, kind))

        return Layout(some(Cover), some(Road), some(Building), some(Parking), some(Pool), some(Playground), tuple(trees))


@pytest.fixture
def town() -> type[Town]:
    """A maker of places."""
    return Town
