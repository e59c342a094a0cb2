"""Plans cars of one date: in bays, on driveways and along streets. They are drawn anew for each date, as cars come and go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.shapes import Path
from deltascribe.datasets.synthetic.planning.store import Stand
from deltascribe.datasets.synthetic.world import Car, Colour, Road

PAINTS: tuple[Colour, ...] = (
    (0.85, 0.85, 0.85),
    (0.12, 0.12, 0.13),
    (0.36, 0.15, 0.14),
    (0.20, 0.22, 0.29),
    (0.74, 0.74, 0.72),
    (0.22, 0.22, 0.23),
    (0.50, 0.50, 0.50),
    (0.65, 0.65, 0.66),
    (0.30, 0.31, 0.30),
)
"""Colours of cars: white, black, red, blue, greys."""
_APART = 5.6
"""Least distance of the middles of two cars on streets in metres."""


def park_cars(
    rng: np.random.Generator,
    stands: Sequence[Stand],
    standing: set[int],
    roads: Sequence[Road],
    floods: Sequence[Polygon],
    bounds: tuple[float, float],
) -> tuple[Car, ...]:
    """Cars of one date.

    Args:
        rng: of the date.
        stands: spots at things; those whose owner is not in `standing` are left empty.
        standing: ids of the things of the date.
        roads: of the date.
        floods: water over the land, in which no car is shown.
        bounds: width and height of the place; cars beyond are left out.
    """
    spots = [
        (stand.x, stand.y, stand.angle + float(rng.integers(2)) * np.pi)
        for stand, draw in zip(stands, rng.random(len(stands)), strict=True)
        if draw < stand.probability and stand.owner in standing
    ]
    parked = np.array(spots).reshape(-1, 3)
    moving = _apart(np.vstack([_on_road(rng, road, bounds) for road in roads] or [np.empty((0, 3))]))
    cars = np.vstack((parked, moving))
    inside = (cars[:, 0] > -2) & (cars[:, 1] > -2) & (cars[:, 0] < bounds[0] + 2) & (cars[:, 1] < bounds[1] + 2)
    for flood in floods:
        inside &= ~shapely.contains_xy(flood, cars[:, :2])
    cars = cars[inside]
    paints, lengths = rng.integers(len(PAINTS), size=len(cars)), rng.choice((4.2, 4.6, 5.0, 5.6), len(cars), p=(0.25, 0.45, 0.22, 0.08))
    return tuple(
        Car(round(float(x), 3), round(float(y), 3), float(angle), PAINTS[paint], float(length))
        for (x, y, angle), paint, length in zip(cars, paints, lengths, strict=True)
    )


def _on_road(rng: np.random.Generator, road: Road, bounds: tuple[float, float]) -> NDArray[np.float64]:
    """Cars that drive along a road or are parked at its kerb: [n, 3] with x, y, direction."""
    path = Path(shapely.get_coordinates(road.line))
    every = (70.0 if road.width > 9.5 else 125.0) if road.paved else 400.0
    slots = int(path.length / 8)
    count = min(int(rng.poisson(path.length / every)), slots)
    if not count:
        return np.empty((0, 3))
    cars = []
    for slot in rng.choice(slots, count, replace=False):
        side = 1 if rng.random() < 0.5 else -1
        drives = road.width > 9.5 or rng.random() < 0.4
        # traffic keeps to the right, which is v > 0 with the y axis pointing down
        pose = path.pose((slot + 0.5) * 8).moved(
            0, side * (road.width / 4 if drives else max(road.width / 2 - 1.3, 0.6)), 0.0 if side > 0 else np.pi
        )
        if -2 < pose.x < bounds[0] + 2 and -2 < pose.y < bounds[1] + 2:
            cars.append((pose.x, pose.y, pose.angle))
    return np.array(cars).reshape(-1, 3)


def _apart(cars: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leaves out cars that stand in another, as where streets cross."""
    if len(cars) < 2:
        return cars
    points = np.asarray(shapely.points(cars[:, :2]), object)
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=_APART)
    return np.delete(cars, np.unique(second[first < second]), axis=0)
