"""Ground that people wear: bare soil about houses, and the way from a house without a drive to its road."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from deltascribe.datasets.synthetic.painting.covers import softened
from deltascribe.datasets.synthetic.painting.grid import Floats, Grid, Window
from deltascribe.datasets.synthetic.painting.layout import Stock
from deltascribe.datasets.synthetic.painting.noise import sample, uniform
from deltascribe.datasets.synthetic.world import Building, Colour, Layout

_SOILS: tuple[Colour, ...] = ((0.56, 0.49, 0.39), (0.47, 0.41, 0.33), (0.62, 0.56, 0.47))
_FARTHEST = 45.0
"""Metres from a house to the road that it is reached from."""
_MARGIN = _FARTHEST + 15.0
"""Metres from a house within which its way lies."""
_APRON, _SOFT = 0.8, 1.2
"""Metres by which the worn ground about a house reaches beyond its walls, and over which it fades."""


def worn(ground: Floats, grid: Grid, things: Stock) -> None:
    """Wears the ground [3, rows, columns] about houses, in place."""
    window = _grown(grid.bounds)
    # all that leads to the houses from which a way may come, so that it is the same in every window
    around = things.within(_grown(window))
    drives = [cover.polygon for cover in around.covers if cover.kind == "concrete"]
    for building in around.buildings:
        if grid.cut(building.polygon.bounds, _MARGIN) is None:
            continue
        if building.kind in ("block", "warehouse"):
            continue
        strength = 0.55 * uniform(building.seed, 300) ** 1.5
        if strength > 0.08:
            _blend(ground, grid, building.polygon.buffer(_APRON, join_style="mitre"), building, strength)
        if building.kind != "shed":
            way = _way(building, around, drives)
            if way is not None:
                _blend(ground, grid, way.buffer(uniform(building.seed, 301, 0.9, 1.5), cap_style="flat"), building, 0.6)


def _grown(bounds: Window) -> Window:
    """Bounds with all from which a way may lead into them."""
    x0, y0, x1, y1 = bounds
    return x0 - _MARGIN, y0 - _MARGIN, x1 + _MARGIN, y1 + _MARGIN


def _way(building: Building, layout: Layout, drives: list[Polygon]) -> LineString | None:
    """A slightly bent way from a house to the nearest road, if nothing paved leads there and nothing stands between."""
    if len(drives) and shapely.dwithin(np.array(drives, object), building.polygon, 1.0).any():
        return None
    house = Point(building.x, building.y)
    near = [road for road in layout.roads if shapely.dwithin(road.line, house, _FARTHEST)]
    if not near:
        return None
    road = nearest_points(min(near, key=lambda road: road.line.distance(house)).line, house)[0]
    bend = uniform(building.seed, 302, -0.18, 0.18)
    middle = Point((house.x + road.x) / 2 + bend * (road.y - house.y), (house.y + road.y) / 2 - bend * (road.x - house.x))
    way = LineString([house, middle, road])
    return None if any(other is not building and way.intersects(other.polygon) for other in layout.buildings) else way


def _blend(ground: Floats, grid: Grid, area: BaseGeometry, building: Building, strength: float) -> None:
    cut = grid.cut(area.bounds, 1.5 * _SOFT)
    if cut is None:
        return
    part, (rows, columns) = cut
    patch = sample("mottle", part, building.seed + 303)
    alpha = softened(part, area, _SOFT) * np.clip(np.float32(strength) * (1 + 0.35 * patch), 0, 0.9)
    below, soil = ground[:, rows, columns], _SOILS[int(uniform(building.seed, 304, 0, len(_SOILS)))]
    for channel in range(3):
        below[channel] += alpha * (np.float32(soil[channel]) - below[channel])
