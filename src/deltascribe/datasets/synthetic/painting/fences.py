"""Fences about the lawns of houses: head high, seen as a dark line and its shadow."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.painting.canvas import Canvas, to_bytes
from deltascribe.datasets.synthetic.painting.grid import PIECE, SHIFT
from deltascribe.datasets.synthetic.painting.noise import uniform
from deltascribe.datasets.synthetic.world import Colour, Cover, Layout, Road

HEIGHT = 1.8
_LARGEST = 1600.0  # square metres: larger lawns are parks
FRONT = 9.0
"""Metres from a kerb that stay open."""
_WOOD: tuple[Colour, ...] = ((0.26, 0.23, 0.20), (0.34, 0.29, 0.24), (0.22, 0.21, 0.20))


def fences(canvas: Canvas, layout: Layout) -> None:
    """Draws the fences of a layout; front gardens stay open."""
    for cover in layout.covers:
        if not is_yard(cover) or uniform(cover.seed, 31) > 0.8 or canvas.grid.cut(cover.polygon.bounds) is None:
            continue
        colour = to_bytes(_WOOD[int(uniform(cover.seed, 32, 0, len(_WOOD)))])
        for piece in _pieces(cover, layout):
            points = canvas.grid.points(piece)
            cv2.polylines(canvas.height, [points], False, HEIGHT, 1, cv2.LINE_8, SHIFT)
            cv2.polylines(canvas.albedo, [points], False, colour, 1, cv2.LINE_8, SHIFT)


def is_yard(cover: Cover) -> bool:
    """Whether it is the plot of a house: a small rectangle of lawn or soil."""
    if cover.kind not in ("lawn", "bare") or cover.soft > 1.2 or len(cover.polygon.exterior.coords) != 5:
        return False
    return cover.polygon.area < _LARGEST


def _pieces(cover: Cover, layout: Layout) -> list[NDArray[np.float64]]:
    near = tuple(
        road for road in layout.roads if road.paved and shapely.dwithin(road.line, cover.polygon, road.width / 2 + road.head + FRONT)
    )
    return _open(cover, near)


@lru_cache(maxsize=1024)
def fenced(road: Road, metres: float) -> Polygon:
    """A road and the ground within some metres of it."""
    return road.polygon.buffer(metres)


@lru_cache(maxsize=8192)
def _open(cover: Cover, roads: tuple[Road, ...]) -> list[NDArray[np.float64]]:
    """What of a lawn's outline is not near to a road."""
    fronts = shapely.union_all([fenced(road, FRONT) for road in roads])
    parts = shapely.get_parts(shapely.line_merge(shapely.difference(cover.polygon.exterior, fronts)))
    return [shapely.get_coordinates(shapely.segmentize(part, PIECE)) for part in parts if part.length > 3]
