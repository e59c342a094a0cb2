"""Finds what of a layout lies in a window, quickly also where a layout holds thousands of things."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting import crowns, roofs
from deltascribe.datasets.synthetic.painting.grid import Window
from deltascribe.datasets.synthetic.world import Layout

_EDGE = 8.0  # metres: kerbs, rims and verges reach beyond what a thing's polygon says


@dataclass(frozen=True, eq=False)
class Stock:
    """A layout with the bounds of all it holds.

    Attributes:
        layout: what stands there.
        bounds: for each field of the layout, [N, 4] in metres.
        highest: metres of the highest thing, 2 at least.
    """

    layout: Layout
    bounds: dict[str, NDArray[np.float64]]
    highest: float

    def within(self, window: Window) -> Layout:
        """What may be seen in a window, in the order of the layout."""
        x0, y0, x1, y1 = window
        chosen = {}
        for name, bounds in self.bounds.items():
            touched = (bounds[:, 0] < x1) & (bounds[:, 2] > x0) & (bounds[:, 1] < y1) & (bounds[:, 3] > y0)
            things = getattr(self.layout, name)
            chosen[name] = things if touched.all() else tuple(things[number] for number in np.flatnonzero(touched))
        return Layout(**chosen)


@lru_cache(maxsize=8)
def stock(layout: Layout) -> Stock:
    """Prepares a layout."""
    bounds: dict[str, NDArray[np.float64]] = {}
    for name in ("covers", "buildings", "parkings", "pools", "playgrounds"):
        bounds[name] = _rows([thing.polygon.bounds for thing in getattr(layout, name)], _EDGE)
    if layout.covers:
        bounds["covers"] += np.array([2 * cover.soft for cover in layout.covers])[:, None] * (-1, -1, 1, 1)
    bounds["roads"] = _rows([road.line.bounds for road in layout.roads], 1.5 * _EDGE)
    if layout.roads:
        bounds["roads"] += np.array([max(road.width / 2, road.head) for road in layout.roads])[:, None] * (-1, -1, 1, 1)
    bounds["trees"] = _rows([(t.x - t.radius, t.y - t.radius, t.x + t.radius, t.y + t.radius) for t in layout.trees], 1.0)
    bounds["cars"] = _rows([(car.x, car.y, car.x, car.y) for car in layout.cars], _EDGE)
    heights = [roofs.top(building) for building in layout.buildings] + [crowns.TOP * tree.height for tree in layout.trees] + [3.3]
    return Stock(layout, bounds, max(heights))


def _rows(bounds: list[Window], margin: float) -> NDArray[np.float64]:
    return np.asarray(np.array(bounds, np.float64).reshape(-1, 4) + np.array((-margin, -margin, margin, margin)))
