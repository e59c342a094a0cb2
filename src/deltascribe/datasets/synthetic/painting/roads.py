"""Roads: dirt tracks, asphalt with kerbs, sidewalks, patches and paint, and the tracks that wheels wear."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon
from shapely.ops import substring

from deltascribe.datasets.synthetic.painting.canvas import Canvas, Surface, scaled
from deltascribe.datasets.synthetic.painting.covers import softened
from deltascribe.datasets.synthetic.painting.grid import PIECE, Floats, Grid, coverage, stroke
from deltascribe.datasets.synthetic.painting.noise import sample, turned, uniform
from deltascribe.datasets.synthetic.world import Colour, Road

_DIRT: tuple[Colour, ...] = ((0.66, 0.58, 0.46), (0.72, 0.66, 0.56), (0.60, 0.51, 0.41))
_KERB: Colour = (0.66, 0.64, 0.60)
_YELLOW: Colour = (0.68, 0.58, 0.32)
_WHITE: Colour = (0.78, 0.78, 0.75)
REACH = 6.0
"""How far in metres beyond its carriageway a road changes the ground."""


@lru_cache(maxsize=512)
def _widened(road: Road, metres: float) -> Polygon:
    lane = road.line.buffer(road.width / 2 + metres, cap_style="flat")
    if not road.head:
        return lane
    # the head lies at the lane's end, so that both together are one polygon
    return cast(Polygon, lane.union(Point(road.line.coords[-1]).buffer(road.head + metres)))


@lru_cache(maxsize=1024)
def _beside(road: Road, metres: float) -> NDArray[np.float64]:
    """Points of a line that runs `metres` beside the centre line, [N, 2]; [0, 2] where there is none."""
    return shapely.get_coordinates(shapely.segmentize(road.line.offset_curve(metres) if metres else road.line, PIECE))


def verges(image: Floats, grid: Grid, roads: tuple[Road, ...]) -> None:
    """Lays dirt tracks and the bare strips beside paved roads on the ground [3, rows, columns]."""
    for road in roads:
        cut = grid.cut(road.line.bounds, max(road.width / 2, road.head) + REACH)
        if cut is None:
            continue
        part, (rows, columns) = cut
        (_verge if road.paved else _dirt)(image[:, rows, columns], part, road)


def _verge(image: Floats, grid: Grid, road: Road) -> None:
    alpha = softened(grid, _widened(road, 1.6), 2.6) * np.clip(
        uniform(road.seed, 12, 0.1, 0.5) + (0.0 if _has_kerb(road) else 0.2) + 0.3 * sample("patch", grid, road.seed + 2), 0, 0.9
    )
    _blend(image, alpha, (0.57, 0.50, 0.40), 1 + 0.05 * sample("mottle", grid, road.seed + 3))


def _dirt(image: Floats, grid: Grid, road: Road) -> None:
    fray = 0.8 + 0.22 * sample("mottle", grid, road.seed + 1) + 0.15 * sample("patch", grid, road.seed + 2)
    alpha = np.clip(softened(grid, _widened(road, 0.0), 1.25) * np.clip(fray, 0.3, 1.3), 0, 1)
    if road.width > 2.2 and uniform(road.seed, 3) < 0.6:
        # grass grows between the wheels
        middle = np.zeros(grid.shape, np.uint8)
        stroke(middle, grid, _beside(road, 0.0), 0.25 * road.width, 255)
        alpha *= 1 - np.float32(0.5 / 255) * cv2.GaussianBlur(middle, (3, 3), 0.7)
    colour = _DIRT[int(uniform(road.seed, 4, 0, len(_DIRT)))]
    _blend(image, alpha, colour, 1 + 0.06 * sample("patch", grid, road.seed + 5) + 0.03 * sample("grain", grid, road.seed + 6))


def _blend(image: Floats, alpha: Floats, colour: Colour, light: Floats) -> None:
    for channel in range(3):
        image[channel] += alpha * (np.float32(colour[channel]) * light - image[channel])


def pave(canvas: Canvas, roads: tuple[Road, ...], seed: int) -> None:
    """Draws the paved roads, layer by layer, so that crossings join; `seed` gives what the roads of a place have in common."""
    paved = [road for road in roads if road.paved and canvas.grid.cut(road.line.bounds, max(road.width / 2, road.head) + REACH)]
    for road in paved:
        if _has_sidewalk(road):
            for side in (-1, 1):
                _line(canvas, road, side * (road.width / 2 + 2.2), 1.3, scaled(_KERB, uniform(road.seed, 11, 0.85, 1.0)))
    for road in paved:
        if _has_kerb(road):
            canvas.area(_widened(road, 0.45), _kerb(road, seed), Surface.PAVED)
    for road in paved:
        canvas.area(_widened(road, 0.0), _surface(road, seed), Surface.ASPHALT)
    for road in paved:
        _patches(canvas, road, _surface(road, seed))
    for road in paved:
        if road.marked:
            _paint(canvas, road)


def asphalt(seed: int) -> Colour:
    """Colour of old or new asphalt, or of concrete."""
    grey = uniform(seed, 1, 0.43, 0.59) if uniform(seed, 2) < 0.85 else uniform(seed, 1, 0.34, 0.43)
    warm = uniform(seed, 3, -0.005, 0.035)
    return grey + warm, grey + 0.4 * warm, grey - warm


def _surface(road: Road, seed: int) -> Colour:
    """Colour of a road: much like that of its place, a road now and then quite another."""
    common = asphalt(seed if uniform(road.seed, 9) < 0.85 else road.seed)
    return scaled(common, uniform(road.seed, 10, 0.95, 1.05))


def _kerb(road: Road, seed: int) -> Colour:
    """Colour of a kerb: new and pale, or worn and hardly to be told from the road."""
    share = uniform(road.seed, 13, 0.15, 0.9)
    red, green, blue = (low + share * (high - low) for low, high in zip(_surface(road, seed), _KERB, strict=True))
    return red, green, blue


def _has_kerb(road: Road) -> bool:
    return uniform(road.seed, 4) < 0.6


def _has_sidewalk(road: Road) -> bool:
    return _has_kerb(road) and uniform(road.seed, 5) < 0.55


def _line(canvas: Canvas, road: Road, beside: float, width: float, colour: Colour) -> None:
    points = _beside(road, beside)
    if len(points) > 1:
        canvas.line(points, width, colour)


def _patches(canvas: Canvas, road: Road, base: Colour) -> None:
    """Stretches of one lane that were laid anew, darker or paler."""
    for number in range(min(int(road.line.length / 60 * uniform(road.seed, 20, 0, 4.0)), 60)):
        start = uniform(road.seed, 30 + 4 * number, 0, road.line.length)
        piece = substring(road.line, start, start + uniform(road.seed, 31 + 4 * number, 2, 26))
        side = 1 if uniform(road.seed, 32 + 4 * number) < 0.5 else -1
        shade = uniform(road.seed, 33 + 4 * number, 0.89, 1.07)
        if isinstance(piece, LineString) and piece.length > 1:
            beside = shapely.get_coordinates(piece.offset_curve(side * road.width / 4))
            if len(beside) > 1:
                canvas.line(beside, road.width / 2 - 0.6, scaled(base, shade))


def _paint(canvas: Canvas, road: Road) -> None:
    if uniform(road.seed, 6) < 0.5:
        _line(canvas, road, 0.0, 0.3, _faded(road, _YELLOW))
    else:
        _dashes(canvas, road, 0.0)
    if road.width >= 7.5:
        for side in (-1, 1):
            _line(canvas, road, side * (road.width / 2 - 0.5), 0.2, _faded(road))
    if road.width >= 12.5:
        for side in (-1, 1):
            _dashes(canvas, road, side * road.width / 4)


def _faded(road: Road, paint: Colour = _WHITE) -> Colour:
    """Paint, more or less worn."""
    share = uniform(road.seed, 7, 0.05, 0.85)
    red, green, blue = (below + share * (new - below) for below, new in zip(asphalt(road.seed), paint, strict=True))
    return red, green, blue


def _dashes(canvas: Canvas, road: Road, beside: float) -> None:
    for piece in _dash_lines(road, beside):
        canvas.line(piece, 0.25, _faded(road))


@lru_cache(maxsize=256)
def _dash_lines(road: Road, beside: float) -> list[NDArray[np.float64]]:
    """Dashes 3 m long every 12 m."""
    points = _beside(road, beside)
    if len(points) < 2:
        return []
    line = LineString(points)
    return [shapely.get_coordinates(substring(line, start, start + 3.0)) for start in np.arange(2.0, line.length - 3.0, 12.0)]


def wear(light: Floats, grid: Grid, roads: tuple[Road, ...]) -> None:
    """Adds to brightness [rows, columns], in place, what wheels wear into roads, and blotches along them."""
    for road in roads:
        cut = grid.cut(road.line.bounds, max(road.width / 2, road.head)) if road.paved else None
        if cut is None:
            continue
        part, where = cut
        lanes = np.zeros(part.shape, np.uint8)
        offsets = (-0.25, 0.25) if road.width < 12 else (-0.375, -0.125, 0.125, 0.375)
        for offset in offsets:
            points = _beside(road, offset * road.width)
            if len(points) > 1:
                stroke(lanes, part, points, 0.16 * min(road.width, 9.0), 255)
        strength = np.float32(uniform(road.seed, 8, -0.10, 0.06) / 255)
        (x0, y0), (x1, y1) = (road.line.coords[0], road.line.coords[-1])
        streaks = turned("mottle", part, road.seed, float(np.arctan2(y1 - y0, x1 - x0)), 4.0, 0.6)
        stains = 0.022 * streaks + 0.02 * sample("patch", part, road.seed + 7)
        light[where] += coverage(part, _widened(road, 0.0)) * stains + strength * cv2.GaussianBlur(lanes, (7, 7), 1.2)
