"""Parking lots, pools, running tracks, courts and cars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, affinity

from deltascribe.datasets.synthetic.bays import BAY_DEPTH, BAY_WIDTH, bay_rows, bays_along
from deltascribe.datasets.synthetic.painting.canvas import Canvas, Surface, scaled
from deltascribe.datasets.synthetic.painting.grid import fill, rings
from deltascribe.datasets.synthetic.painting.noise import uniform
from deltascribe.datasets.synthetic.painting.roads import asphalt
from deltascribe.datasets.synthetic.world import Car, Colour, Parking, Playground, Pool

_LINE: Colour = (0.84, 0.84, 0.82)
_PAVING: Colour = (0.70, 0.67, 0.61)
_COURTS: tuple[tuple[Colour, Colour], ...] = (
    ((0.34, 0.47, 0.37), (0.62, 0.38, 0.31)),
    ((0.30, 0.40, 0.55), (0.36, 0.48, 0.38)),
    ((0.62, 0.60, 0.56), (0.62, 0.60, 0.56)),
    ((0.60, 0.36, 0.30), (0.36, 0.47, 0.37)),
)


def _local(x: float, y: float, angle: float, corners: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Corners given along and across an angle, about (x, y), in metres [N, 2]."""
    cos, sin = np.cos(angle), np.sin(angle)
    along, across = np.array(corners).T
    return np.asarray(np.stack((x + along * cos - across * sin, y + along * sin + across * cos), 1), np.float64)


def box(spot: tuple[float, float], angle: float, length: float, width: float) -> Polygon:
    """A turned rectangle about a spot."""
    a, b = length / 2, width / 2
    return Polygon(_local(*spot, angle, [(-a, -b), (a, -b), (a, b), (-a, b)]))


def at(spot: tuple[float, float], angle: float, along: float, across: float) -> tuple[float, float]:
    """A spot moved along and across an angle."""
    cos, sin = np.cos(angle), np.sin(angle)
    return float(spot[0] + along * cos - across * sin), float(spot[1] + along * sin + across * cos)


@lru_cache(maxsize=256)
def bays(parking: Parking) -> tuple[tuple[float, float], ...]:
    """Centres in metres of the bays of a parking lot; cars stand in them at `parking.angle` + 90 degrees.

    Rows begin at the lot's upper edge (v < 0), see `bay_rows`.
    """
    level = affinity.rotate(parking.polygon, -parking.angle, origin=(0, 0), use_radians=True)
    x0, y0, x1, y1 = level.bounds
    inner = level.buffer(0.05)
    cos, sin = np.cos(parking.angle), np.sin(parking.angle)
    centres = []
    for v in bay_rows(y1 - y0, y0):
        for u in bays_along(x0, x1):
            if inner.contains(box((float(u), v), 0.0, BAY_WIDTH - 0.2, BAY_DEPTH - 0.2)):
                centres.append((float(u * cos - v * sin), float(u * sin + v * cos)))
    return tuple(centres)


def park(canvas: Canvas, parking: Parking) -> None:
    """Draws a parking lot: asphalt or concrete within a kerb, and the lines between its bays."""
    if canvas.grid.cut(parking.polygon.bounds, 1.0) is None:
        return
    ground: Colour = (0.66, 0.65, 0.61) if uniform(parking.seed, 9) < 0.35 else asphalt(parking.seed)
    canvas.area(parking.polygon.buffer(0.4, join_style="mitre"), (0.70, 0.68, 0.63), Surface.PAVED)
    canvas.area(parking.polygon, ground, Surface.ASPHALT)
    worn = uniform(parking.seed, 10, 0.45, 0.95)
    red, green, blue = (low + worn * (high - low) for low, high in zip(ground, _LINE, strict=True))
    half, deep = BAY_WIDTH / 2, BAY_DEPTH / 2
    for x, y in bays(parking):
        for along in (-half, half):
            canvas.line(_local(x, y, parking.angle, [(along, -deep), (along, deep)]), 0.25, (red, green, blue))
        if uniform(parking.seed, int(7 * x) + 4099 * int(7 * y)) < 0.5:
            # oil where engines stand
            canvas.area(box((x, y), parking.angle, 1.4, 2.2), scaled(ground, 0.90), Surface.ASPHALT)


def pool(canvas: Canvas, thing: Pool) -> None:
    """Draws a pool with its paved rim; deep water is darker than the steps at its wall."""
    if canvas.grid.cut(thing.polygon.bounds, 2.0) is None:
        return
    canvas.area(thing.polygon.buffer(1.2), _PAVING, Surface.PAVED)
    canvas.area(thing.polygon, (0.46, 0.64, 0.66), Surface.SMOOTH)
    canvas.area(thing.polygon.buffer(-0.5), (0.30, 0.53, 0.59), Surface.SMOOTH)
    canvas.area(affinity.scale(thing.polygon, 0.5, 0.6), (0.26, 0.48, 0.56), Surface.SMOOTH)


def playground(canvas: Canvas, thing: Playground) -> None:
    """Draws a running track or a ball court."""
    if canvas.grid.cut(thing.polygon.bounds, 2.0) is not None:
        (_track if thing.kind == "track" else _court)(canvas, thing)


def _track(canvas: Canvas, thing: Playground) -> None:
    """Six to eight lanes about a lawn with the lines of a football field."""
    red: Colour = (0.60, 0.33, 0.26) if uniform(thing.seed, 1) < 0.8 else (0.45, 0.43, 0.42)
    box_area = thing.polygon.minimum_rotated_rectangle
    edges = np.hypot(*np.diff(rings(box_area)[0], axis=0).T)
    lane = float(np.clip(0.14 * edges.min(), 3.0, 9.0)) / 6
    canvas.area(thing.polygon, red, Surface.ASPHALT)
    for number in range(1, 6):
        for ring in rings(thing.polygon.buffer(-number * lane)):
            canvas.line(ring, 0.15, scaled(red, 1.28))
    field = thing.polygon.buffer(-6 * lane)
    if field.is_empty:
        return
    canvas.area(field, (0.33, 0.41, 0.24), Surface.TURF)
    x, y = thing.polygon.centroid.coords[0]
    long, deep = 0.62 * edges.max(), 0.78 * (edges.min() - 12 * lane)
    for number in range(-5, 5):
        if number % 2:
            stripe = box(at((x, y), thing.angle, (number + 0.5) * long / 10, 0), thing.angle, long / 10, deep)
            canvas.area(stripe, (0.36, 0.44, 0.26), Surface.TURF)
    a, b = long / 2, deep / 2
    for corners in ([(-a, -b), (a, -b), (a, b), (-a, b), (-a, -b)], [(0, -b), (0, b)]):
        canvas.line(_local(x, y, thing.angle, corners), 0.25, (0.62, 0.66, 0.56))


def _court(canvas: Canvas, thing: Playground) -> None:
    inner, outer = _COURTS[int(uniform(thing.seed, 1, 0, len(_COURTS)))]
    canvas.area(thing.polygon, outer, Surface.PAVED)
    field = affinity.scale(thing.polygon, 0.82, 0.82)
    canvas.area(field, inner, Surface.PAVED)
    for ring in rings(field):
        canvas.line(ring, 0.25, _LINE)
    edges = np.hypot(*np.diff(rings(field.minimum_rotated_rectangle)[0], axis=0).T)
    x, y = field.centroid.coords[0]
    a, b = edges.max() / 2, edges.min() / 2
    canvas.line(_local(x, y, thing.angle, [(0, -b), (0, b)]), 0.25, _LINE)
    for side in (-1, 1):
        key = [(side * a, -b / 3), (side * 0.6 * a, -b / 3), (side * 0.6 * a, b / 3), (side * a, b / 3)]
        canvas.line(_local(x, y, thing.angle, key), 0.2, _LINE)


def car(canvas: Canvas, thing: Car) -> None:
    """Draws a car: body, dark windows, roof; lorries are longer than 7 m and have a cab and a box."""
    wide = 1.85 if thing.length < 7 else 2.5
    colour = scaled(thing.colour, 0.85)
    if canvas.grid.cut((thing.x - 6, thing.y - 6, thing.x + 6, thing.y + 6)) is None:
        return
    high = 1.4 if thing.length < 7 else 3.2
    canvas.solid(box((thing.x, thing.y), thing.angle, thing.length, wide), scaled(colour, 0.92), 0.75 * high, Surface.SMOOTH)
    if thing.length >= 7:
        back = at((thing.x, thing.y), thing.angle, -0.13 * thing.length, 0)
        canvas.solid(box(back, thing.angle, 0.72 * thing.length, wide), colour, high, Surface.SMOOTH)
        return
    cabin = at((thing.x, thing.y), thing.angle, -0.06 * thing.length, 0)
    canvas.solid(box(cabin, thing.angle, 0.56 * thing.length, 0.84 * wide), (0.22, 0.23, 0.25), high, Surface.SMOOTH)
    fill(canvas.albedo, canvas.grid, box(cabin, thing.angle, 0.40 * thing.length, 0.80 * wide), tuple(255 * min(v, 1) for v in colour))
