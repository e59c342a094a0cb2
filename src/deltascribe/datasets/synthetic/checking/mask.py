"""Which changed buildings and roads a label mask shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from shapely import contains_xy

from deltascribe.datasets.synthetic.checking.scene import Item, Scene
from deltascribe.errors import SizeMismatchError

BUILDING, ROAD = 1, 2
SHOWN_SHARE = 0.5
"""Share of a thing's visible pixels that must bear its label."""


def shown_in(mask: npt.NDArray[np.uint8], scene: Scene) -> frozenset[int]:
    """Ids of added and removed things that a mask shows, and of those that masks have no label for.

    Args:
        mask: labels [H, W] of LEVIR-MCI: 0 no change, 1 building, 2 road; rows from the top, covering the whole place.
        scene: the pair.

    Raises:
        SizeMismatchError: the mask's shape is not that of the place.
    """
    height, width = mask.shape
    if abs(width / height - scene.width / scene.height) > 0.01:
        raise SizeMismatchError(
            f"A mask of {width} x {height} pixels is not of a place of {scene.width:g} x {scene.height:g} m. Give the whole place's mask."
        )
    changed = [*scene.added, *scene.removed]
    return frozenset(item.id for item in changed if (label := _label(item)) is None or _share(mask, scene, item, label) >= SHOWN_SHARE)


def _label(item: Item) -> int | None:
    if item.label == "building":
        return BUILDING
    return ROAD if item.label == "road" and item.kind == "paved" else None


def _share(mask: npt.NDArray[Any], scene: Scene, item: Item, label: int) -> float:
    """Share of the pixels with their centre in a thing that bear its label."""
    height, width = mask.shape
    x = (np.arange(width) + 0.5) * scene.width / width
    y = (np.arange(height) + 0.5) * scene.height / height
    left, top, right, bottom = item.shape.bounds
    columns, rows = np.flatnonzero((x >= left) & (x <= right)), np.flatnonzero((y >= top) & (y <= bottom))
    if not columns.size or not rows.size:
        return 0.0
    grid_x, grid_y = np.meshgrid(x[columns], y[rows])
    inside = contains_xy(item.shape, grid_x, grid_y)
    labels = mask[np.ix_(rows, columns)][inside]
    return float((labels == label).mean()) if labels.size else 0.0
