"""What lies about in the yards of houses: patios, sheds, trampolines, worn spots, bushes along the fence. Nothing of it is ever told of.

It follows from a yard's seed alone, so that it is the same on both dates, and keeps off what the plan put there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import shapely
from shapely import Polygon

from deltascribe.datasets.synthetic.painting.canvas import Canvas, Surface, scaled
from deltascribe.datasets.synthetic.painting.fences import FRONT, fenced, is_yard
from deltascribe.datasets.synthetic.painting.grounds import at, box
from deltascribe.datasets.synthetic.painting.noise import uniform
from deltascribe.datasets.synthetic.painting.scrub import built
from deltascribe.datasets.synthetic.world import Colour, Cover, Layout, Tree

_PAVING: tuple[Colour, ...] = ((0.66, 0.64, 0.59), (0.58, 0.54, 0.48), (0.50, 0.43, 0.37))
_SHEDS: tuple[Colour, ...] = ((0.42, 0.38, 0.34), (0.62, 0.61, 0.58), (0.33, 0.31, 0.30), (0.50, 0.40, 0.33))
_THINGS: tuple[Colour, ...] = ((0.80, 0.80, 0.78), (0.20, 0.28, 0.42), (0.48, 0.20, 0.16), (0.25, 0.25, 0.26), (0.55, 0.45, 0.30))
_LEAVES: tuple[Colour, ...] = ((0.18, 0.22, 0.14), (0.22, 0.26, 0.15), (0.27, 0.25, 0.19))


def clutter(canvas: Canvas, layout: Layout) -> None:
    """Draws what lies about in the yards of a layout, on the ground and up to a man's height."""
    for cover in layout.covers:
        if not is_yard(cover) or canvas.grid.cut(cover.polygon.bounds) is None:
            continue
        taken = _taken(cover, layout)
        for number in range(int(uniform(cover.seed, 40, 1, 8))):
            _thing(canvas, cover, number, taken)


def bushes(layout: Layout) -> tuple[Tree, ...]:
    """Bushes and small trees along the fences of yards, and under the walls of houses."""
    found: list[Tree] = []
    for cover in layout.covers:
        if is_yard(cover):
            taken = _taken(cover, layout)
            found.extend(
                tree for tree in _bushes(cover) if not _hits(shapely.Point(tree.x, tree.y).buffer(tree.radius, quad_segs=2), taken)
            )
    return tuple(found)


def _bushes(cover: Cover) -> Iterator[Tree]:
    x, y, angle, long, wide = _frame(cover)
    for number in range(int(uniform(cover.seed, 41) ** 1.5 * 16)):
        seed = cover.seed + 1009 * (number + 1)
        side, along = int(uniform(seed, 1, 0, 4)), uniform(seed, 2, -0.5, 0.5)
        inset = uniform(seed, 3, 0.8, 1.8) if uniform(seed, 4) < 0.7 else uniform(seed, 5, 1.0, 0.4 * wide)
        u, v = (
            (along * long, wide / 2 - inset),
            (along * long, inset - wide / 2),
            (long / 2 - inset, along * wide),
            (inset - long / 2, along * wide),
        )[side]
        radius = 0.4 + 1.3 * uniform(seed, 6) ** 2
        spot = at((x, y), angle, u, v)
        yield Tree(*spot, radius, radius * uniform(seed, 7, 0.9, 1.6), _LEAVES[int(uniform(seed, 8, 0, len(_LEAVES)))])


def _frame(cover: Cover) -> tuple[float, float, float, float, float]:
    """Centre, direction, length and width of a yard, which is a rectangle."""
    corners = shapely.get_coordinates(cover.polygon)
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    centre = corners[:4].mean(0)
    return float(centre[0]), float(centre[1]), float(np.arctan2(first[1], first[0])), float(np.hypot(*first)), float(np.hypot(*second))


@lru_cache(maxsize=256)
def _taken(cover: Cover, layout: Layout) -> list[Polygon]:
    """What the plan has put into a yard, and the ground beside streets, which stays open."""
    left, top, right, bottom = cover.polygon.bounds
    taken = []
    for outline in (*built(layout), *(other.polygon for other in layout.covers if other.kind == "concrete")):
        x0, y0, x1, y1 = outline.bounds
        if x0 < right and x1 > left and y0 < bottom and y1 > top:
            taken.append(outline)
    streets = [road for road in layout.roads if road.paved and shapely.dwithin(road.line, cover.polygon, FRONT + road.width + road.head)]
    return taken + [fenced(road, 0.6 * FRONT) for road in streets]


def _hits(outline: Polygon, taken: list[Polygon]) -> bool:
    return any(shapely.dwithin(outline, other, 0.5) for other in taken)


def _thing(canvas: Canvas, cover: Cover, number: int, taken: list[Polygon]) -> None:
    seed = cover.seed + 7919 * (number + 1)
    x, y, angle, long, wide = _frame(cover)
    spot = at((x, y), angle, uniform(seed, 1, -0.44, 0.44) * long, uniform(seed, 2, -0.44, 0.44) * wide)
    turn = angle + (uniform(seed, 3, -0.4, 0.4) if uniform(seed, 4) < 0.3 else 0.0)
    kind, size, share = uniform(seed, 5), uniform(seed, 6), uniform(seed, 7)
    if kind < 0.22:
        _lay(canvas, box(spot, angle, 2.5 + 3.5 * size, 2 + 2.5 * share), _PAVING[int(3 * uniform(seed, 8))], 0.0, taken)
    elif kind < 0.36:
        _lay(canvas, box(spot, angle, 2.2 + 2 * size, 1.8 + 1.2 * share), _SHEDS[int(4 * uniform(seed, 8))], 2.2, taken)
    elif kind < 0.42:
        _lay(canvas, shapely.Point(spot).buffer(1.5 + 0.7 * size, quad_segs=4), (0.13, 0.14, 0.16), 0.8, taken)
    elif kind < 0.75:
        grey = _THINGS[int(len(_THINGS) * uniform(seed, 8))]
        _lay(canvas, box(spot, turn, 0.7 + 1.6 * size**2, 0.6 + 0.7 * share), scaled(grey, 0.9), 0.4 + 0.9 * share, taken)
    elif kind < 0.84:
        # a vegetable bed or a sandpit
        _lay(
            canvas,
            box(spot, angle, 1.5 + 3 * size, 1.2 + 1.2 * share),
            (0.36, 0.29, 0.23) if share < 0.6 else (0.66, 0.60, 0.48),
            0.0,
            taken,
        )
    else:
        worn = shapely.Point(spot).buffer(1.0 + 2.2 * size, quad_segs=3)
        _lay(canvas, worn, (0.50, 0.44, 0.35), 0.0, taken, kind=Surface.TURF)


def _lay(canvas: Canvas, outline: Polygon, colour: Colour, height: float, taken: list[Polygon], kind: Surface = Surface.PAVED) -> None:
    if canvas.grid.cut(outline.bounds, 1.0) is None or _hits(outline, taken):
        return
    if height:
        canvas.solid(outline, colour, height, kind)
    else:
        canvas.area(outline, colour, kind)
