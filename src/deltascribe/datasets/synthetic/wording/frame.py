"""What of a place can be seen: its frame, the parts of things inside it, and where in it they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.world import Tree

Mask = NDArray[np.bool_]
Geometries = NDArray[np.object_]

_CELL, _FINEST, _COARSEST = 0.5, 256, 2048  # metres; cells along the longer side
_SHIFT = 4  # fractional bits of OpenCV's coordinates
_RIM = 0.35  # cells by which OpenCV draws a disc too large on the mean
_FINER, _FINE_UP_TO = 4, 1024  # discs are drawn on cells so much finer, in frames of up to so many cells a side
_EDGE = 0.5  # metres that a centroid must keep from a third's border
_CLEAR_HALF = 0.82
_CLEAR_CENTER = 0.6
_SHARE, _AREA = 0.25, 40.0
_SLACK = 0.08


def visible(share: NDArray[np.floating[Any]], area: NDArray[np.floating[Any]], slack: float = 0.0) -> Mask:
    """Whether things count as visible: 25 % of the footprint or 40 m2 lie inside the frame.

    Args:
        share: part of each footprint inside the frame.
        area: the same in square metres.
        slack: by how much of itself the bound is raised (or lowered, if negative).
    """
    return (share >= _SHARE * (1 + slack)) | (area >= _AREA * (1 + slack))


@dataclass(frozen=True)
class Seen:
    """Things, and what of them lies inside the frame.

    Attributes:
        whole: outlines [n].
        parts: the same inside the frame [n]; empty where nothing is.
        areas: square metres of `parts` [n].
        counted: whether each counts as visible [n].
        sure: whether it would under a bound 8 % higher [n].
        maybe: whether it would under a bound 8 % lower [n].
    """

    whole: Geometries
    parts: Geometries
    areas: NDArray[np.floating[Any]]
    counted: Mask
    sure: Mask
    maybe: Mask


class Frame:
    """The rectangle [0, width] x [0, height] in metres."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self.box = shapely.box(0, 0, width, height)

    @cached_property
    def cell(self) -> float:
        """Side in metres of a cell of the masks: 0.5, less in small places, more in those of kilometres."""
        longest = max(self.width, self.height)
        return max(min(_CELL, longest / _FINEST), longest / _COARSEST)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a mask."""
        return max(1, round(self.height / self.cell)), max(1, round(self.width / self.cell))

    @property
    def area(self) -> float:
        """Square metres."""
        return self.width * self.height

    def see(self, polygons: Sequence[Any] | Geometries) -> Seen:
        """Looks at outlines of things."""
        whole = as_array(polygons)
        parts = shapely.intersection(whole, self.box)
        areas = shapely.area(parts)
        share = areas / np.maximum(shapely.area(whole), 1e-9)
        return Seen(whole, parts, areas, visible(share, areas), visible(share, areas, _SLACK), visible(share, areas, -_SLACK))

    def places(self, parts: Geometries) -> frozenset[str]:
        """In which outer thirds ("left", "right", "top", "bottom") or whether in the "center" parts of things lie clearly.

        Left: the centroid of their area lies in the left third and at least 82 % of the area in the left half. Center: the centroid
        lies in the middle third of both axes and at least 60 % of the area in the middle half of both.
        """
        union = shapely.union_all(parts)
        area = union.area
        if area <= 0:
            return frozenset()
        w, h = self.width, self.height
        x, y = union.centroid.x / w, union.centroid.y / h

        def share(x0: float, y0: float, x1: float, y1: float) -> float:
            return float(union.intersection(shapely.box(x0 * w, y0 * h, x1 * w, y1 * h)).area) / area

        ex, ey = _EDGE / w, _EDGE / h
        found = {
            "left": x < 1 / 3 - ex and share(0, 0, 0.5, 1) >= _CLEAR_HALF,
            "right": x > 2 / 3 + ex and share(0.5, 0, 1, 1) >= _CLEAR_HALF,
            "top": y < 1 / 3 - ey and share(0, 0, 1, 0.5) >= _CLEAR_HALF,
            "bottom": y > 2 / 3 + ey and share(0, 0.5, 1, 1) >= _CLEAR_HALF,
            "center": abs(x - 0.5) < 1 / 6 - ex and abs(y - 0.5) < 1 / 6 - ey and share(0.25, 0.25, 0.75, 0.75) >= _CLEAR_CENTER,
        }
        return frozenset(side for side, holds in found.items() if holds)

    def places_of_mask(self, mask: Mask) -> frozenset[str]:
        """`places` of the cells of a mask."""
        rows, columns = np.nonzero(mask)
        if not len(rows):
            return frozenset()
        x, y = (columns + 0.5) * self.cell / self.width, (rows + 0.5) * self.cell / self.height
        ex, ey = _EDGE / self.width, _EDGE / self.height
        middle = (abs(x - 0.5) < 0.25) & (abs(y - 0.5) < 0.25)
        found = {
            "left": x.mean() < 1 / 3 - ex and (x < 0.5).mean() >= _CLEAR_HALF,
            "right": x.mean() > 2 / 3 + ex and (x > 0.5).mean() >= _CLEAR_HALF,
            "top": y.mean() < 1 / 3 - ey and (y < 0.5).mean() >= _CLEAR_HALF,
            "bottom": y.mean() > 2 / 3 + ey and (y > 0.5).mean() >= _CLEAR_HALF,
            "center": abs(x.mean() - 0.5) < 1 / 6 - ex and abs(y.mean() - 0.5) < 1 / 6 - ey and middle.mean() >= _CLEAR_CENTER,
        }
        return frozenset(side for side, holds in found.items() if holds)

    def fill(self, mask: NDArray[np.uint8], polygons: Sequence[Any] | Geometries, value: int = 1) -> None:
        """Writes a value where polygons lie, later ones on top."""
        for polygon in shapely.get_parts(as_array(polygons)):
            if isinstance(polygon, shapely.Polygon) and not polygon.is_empty:
                rings = [self._fixed(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
                cv2.fillPoly(mask, rings, value, shift=_SHIFT)

    def mask(self, polygons: Sequence[Any] | Geometries) -> Mask:
        """Which cells polygons cover [rows, columns]."""
        mask = np.zeros(self.shape, np.uint8)
        self.fill(mask, polygons)
        return mask.astype(bool)

    def crowns(self, trees: Sequence[Tree]) -> Mask:
        """Which cells crowns of trees cover."""
        rows, columns = self.shape
        finer = _FINER if max(rows, columns) <= _FINE_UP_TO else 1
        mask = np.zeros((rows * finer, columns * finer), np.uint8)
        one, cell = 1 << _SHIFT, self.cell / finer
        for tree in trees:
            centre = (round((tree.x / cell - 0.5) * one), round((tree.y / cell - 0.5) * one))
            cv2.circle(mask, centre, round(max(tree.radius / cell - _RIM, 0) * one), 1, -1, shift=_SHIFT)
        return mask[finer // 2 :: finer, finer // 2 :: finer].astype(bool)

    def _fixed(self, coordinates: Any) -> NDArray[np.int32]:
        points = (np.asarray(coordinates, np.float64)[:, :2] / self.cell - 0.5) * (1 << _SHIFT)
        return np.rint(points).astype(np.int32)


def as_array(geometries: Sequence[Any] | Geometries) -> Geometries:
    """Geometries as an array of objects [n], also if there is none."""
    array = np.empty(len(geometries), object)
    array[:] = list(geometries)
    return array
