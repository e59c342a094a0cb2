"""The form of hip and gable roofs over any footprint: one plane rises from each eave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.grid import Floats
from deltascribe.datasets.synthetic.painting.noise import uniform
from deltascribe.datasets.synthetic.world import Building

_NEVER = 1e6


@dataclass(frozen=True, eq=False)
class RoofShape:
    """The planes of a roof, one for each eave.

    Attributes:
        start: [E, 2] where each eave begins, in metres.
        along, inward: [E, 2] unit vectors along the eave and into the building.
        length: [E] of the eaves.
        spread: [E, 2] metres by which a plane widens at the eave's start and end for each metre inward; negative where it narrows.
        slope: rise over run.
    """

    start: Floats
    along: Floats
    inward: Floats
    length: Floats
    spread: Floats
    slope: float


@lru_cache(maxsize=4096)
def roof_shape(building: Building) -> RoofShape:
    """The planes of a building's hip or gable roof; the ends of a gable's wings carry none."""
    ring = shapely.get_coordinates(shapely.normalize(building.polygon).exterior.simplify(0.05))[:-1]
    if shapely.is_ccw(shapely.linearrings(ring)):
        ring = ring[::-1]
    edges = np.roll(ring, -1, 0) - ring
    length = np.hypot(edges[:, 0], edges[:, 1])
    along = edges / length[:, None]
    # shapely's clockwise with y up is counter-clockwise with y down: the inside lies to the right of the walk in the plane's own axes
    inward = np.stack((along[:, 1], -along[:, 0]), 1)
    before = np.roll(along, 1, 0)
    turn = np.arctan2(before[:, 0] * along[:, 1] - before[:, 1] * along[:, 0], (before * along).sum(1))
    corner = np.tan(np.clip(turn, -2.6, 2.6) / 2)  # at each edge's start; positive where the wall turns outward (a reflex corner)
    spread = np.stack((corner, np.roll(corner, -1)), 1)
    if building.roof == "gable":
        end = _gable_ends(length, corner)
        # beside a gable's end a plane runs on to the wall
        spread[np.roll(end, 1), 0] = _NEVER
        spread[np.roll(end, -1), 1] = _NEVER
        keep = ~end
        ring, along, inward, length, spread = ring[keep], along[keep], inward[keep], length[keep], spread[keep]
    slope = uniform(building.seed, 101, 0.36, 0.62)
    floats = [array.astype(np.float32) for array in (ring, along, inward, length, spread)]
    return RoofShape(floats[0], floats[1], floats[2], floats[3], floats[4], slope)


def _gable_ends(length: NDArray[np.float64], corner: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Walls between two outer corners that are shorter than both neighbours."""
    convex = corner < 0
    shorter = (length <= np.roll(length, 1) + 1e-6) & (length <= np.roll(length, -1) + 1e-6)
    end = convex & np.roll(convex, -1) & shorter
    for number in range(len(end)):  # two ends in a row would leave a wall without an eave on either side
        if end[number] and (end[number - 1] or (number + 1 == len(end) and end[0])):
            end[number] = False
    return end if (~end).sum() >= 2 else np.zeros_like(end)


def rise(shape: RoofShape, x: Floats, y: Floats) -> tuple[Floats, NDArray[np.intp], Floats]:
    """Where points [N] lie on a roof.

    Returns:
        Metres from the eave along the ground [N], the plane that each point lies on [N], and metres to the next plane that would
        take over [N], which is 0 on ridges, hips and valleys.
    """
    dx, dy = x - shape.start[:, :1], y - shape.start[:, 1:]
    depth = dx * shape.inward[:, :1] + dy * shape.inward[:, 1:]
    walked = dx * shape.along[:, :1] + dy * shape.along[:, 1:]
    deep = np.maximum(depth, 0)
    outside = np.maximum(-walked - shape.spread[:, :1] * deep, walked - shape.length[:, None] - shape.spread[:, 1:] * deep)
    distance = np.where(depth < -0.3, np.float32(1e3), deep) + np.where(outside > 0.02, 100 + outside, np.float32(0))
    plane = distance.argmin(0)
    columns = np.arange(distance.shape[1])
    nearest = distance[plane, columns]
    distance[plane, columns] = 1e4
    seam = distance.min(0) - nearest if len(distance) > 1 else np.full_like(nearest, 1e3)
    return deep[plane, columns], plane, seam
