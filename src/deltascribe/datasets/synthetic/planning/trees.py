"""Plans trees: woods, savanna, rows and single ones. Where they may not stand is decided when the place is finished."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.shapes import Path, Points
from deltascribe.datasets.synthetic.planning.store import BITS, Dates, Happening, TreeBatch

CROWNS = np.array(
    [
        (0.17, 0.21, 0.15),
        (0.20, 0.23, 0.16),
        (0.14, 0.19, 0.14),
        (0.25, 0.25, 0.18),
        (0.33, 0.30, 0.26),
        (0.16, 0.24, 0.12),
    ]
)
"""Reflectance of leaves: live oak, juniper, dark cedar, dry oak, bare twigs, broad-leaved green."""
_SHARES = (0.28, 0.24, 0.20, 0.12, 0.06, 0.10)


def plant(
    draft: Draft, points: Points, radii: NDArray[np.float64], dates: Dates = "both", cause: Happening | None = None, *, told: bool = False
) -> None:
    """Plans trees at points [n, 2] with crown radii [n]; `told` where a statement is about them."""
    if not len(points):
        return
    if draft.fenced:
        inside = shapely.contains_xy(draft.region, points)
        points, radii = points[inside], radii[inside]
    count = len(points)
    colours = CROWNS[draft.rng.choice(len(CROWNS), count, p=_SHARES)] * draft.rng.uniform(0.78, 1.25, (count, 1))
    heights = radii * draft.rng.uniform(0.95, 1.6, count)
    draft.store.batches.append(TreeBatch(np.column_stack((points, radii, heights)), colours, BITS[dates], cause, told))


def plant_woods(draft: Draft, polygon: Polygon, dates: Dates = "both", cause: Happening | None = None, *, density: float = 0.93) -> None:
    """Fills a polygon with woods: crowns on a jittered grid that nearly close the canopy; `density` is the share of it that is planted."""
    points = _jittered(draft, polygon, 4.7)
    points = points[draft.rng.random(len(points)) < density]
    radii = 1.3 + 3.5 * draft.rng.random(len(points)) ** 1.7
    plant(draft, points, radii, dates, cause)


def scatter(draft: Draft, polygon: Polygon, density: float, *, clustered: float = 0.8, largest: float = 4.2) -> None:
    """Scatters trees over a polygon as in savanna.

    Args:
        draft: where.
        polygon: ground on which they stand.
        density: share of ground under crowns, roughly, in 0..1.
        clustered: 0 spreads them evenly, 1 gathers them in groups.
        largest: radius of the largest crowns in metres.
    """
    points = _jittered(draft, polygon, 6.0)
    gathered = np.exp(1.6 * clustered * _waves(draft.rng, points, 38.0))
    points = points[draft.rng.random(len(points)) < np.minimum(density * gathered, 0.95)]
    radii = 0.9 + (largest - 0.9) * draft.rng.random(len(points)) ** 1.8
    plant(draft, points, radii)


def plant_row(
    draft: Draft,
    path: Path,
    spacing: float,
    dates: Dates = "both",
    cause: Happening | None = None,
    *,
    told: bool = False,
    radius: float = 2.4,
) -> None:
    """Plans a row of trees of about the same size along a path."""
    poses = [path.pose(s) for s in np.arange(spacing / 2, path.length, spacing)]
    points = np.array([(pose.x, pose.y) for pose in poses]).reshape(-1, 2) + draft.rng.normal(0, 0.35, (len(poses), 2))
    plant(draft, points, radius * draft.rng.uniform(0.8, 1.15, len(points)), dates, cause, told=told)


def plant_some(
    draft: Draft, spots: Sequence[tuple[float, float]], dates: Dates, cause: Happening | None, radius: tuple[float, float] = (1.2, 3.0)
) -> None:
    """Plans single trees, as in yards."""
    points = np.array(spots, float).reshape(-1, 2)
    plant(draft, points, draft.rng.uniform(*radius, len(points)), dates, cause)


def _jittered(draft: Draft, polygon: Polygon, step: float) -> Points:
    """Points inside a polygon and the region's bounds, about `step` metres apart."""
    left, top, right, bottom = (pick(a, b) for pick, a, b in zip((max, max, min, min), polygon.bounds, draft.bounds, strict=True))
    if right <= left or bottom <= top:
        return np.empty((0, 2))
    x, y = np.meshgrid(np.arange(left, right, step), np.arange(top, bottom, step))
    points = np.column_stack((x.ravel(), y.ravel())) + draft.rng.uniform(-0.46 * step, 0.46 * step, (x.size, 2))
    shapely.prepare(polygon)
    inside: Points = points[shapely.contains_xy(polygon, points)]
    return inside


def _waves(rng: np.random.Generator, points: Points, length: float) -> NDArray[np.float64]:
    """A smooth random field at points, about unit variance, from plane waves some `length` metres long."""
    count = 7
    turn, phase = rng.uniform(0, 2 * np.pi, (2, count))
    number = 2 * np.pi / (length * rng.uniform(0.6, 2.0, count))
    field: NDArray[np.float64] = np.cos(points @ (np.vstack((np.cos(turn), np.sin(turn))) * number) + phase).sum(1) * np.sqrt(2 / count)
    return field
