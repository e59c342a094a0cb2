"""Outlines the connected areas of a map of classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deltascribe.geotiff import import_rasterio

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class OutlinedArea:
    """A connected area of one class.

    Attributes:
        value: its class.
        rings: closed, along pixel edges, in pixels (column, row) from the upper left: the outer one first, then holes.
        pixels: number of its pixels.
        total: sum of the weights of its pixels.
    """

    value: int
    rings: list[Ring]
    pixels: int
    total: float


def outline_areas(classes: npt.NDArray[np.uint8], weights: npt.NDArray[np.generic]) -> Iterator[OutlinedArea]:
    """Outlines all areas whose class is not 0.

    Args:
        classes: [height, width]; areas that touch at a corner alone are two.
        weights: [height, width], summed over each area, such as probabilities.

    Raises:
        MissingDependencyError: rasterio is not installed.
    """
    features = import_rasterio("Outlining changed areas", "features").features
    within = classes > 0
    shapes = list(features.shapes(classes, mask=within, connectivity=4))
    if not shapes:
        return
    numbered = ((geometry, number) for number, (geometry, _) in enumerate(shapes))
    labels = features.rasterize(numbered, out_shape=classes.shape, fill=-1, dtype="int32")[within]
    counts = np.bincount(labels, minlength=len(shapes))
    totals = np.bincount(labels, weights=weights[within], minlength=len(shapes))
    for number, (geometry, value) in enumerate(shapes):
        rings = [[(float(x), float(y)) for x, y in ring] for ring in geometry["coordinates"]]
        yield OutlinedArea(int(value), rings, int(counts[number]), float(totals[number]))
