"""Rasters that are windows of one endless raster of the world, so that what is drawn never depends on the window."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from deltascribe.errors import DatasetError

Window = tuple[float, float, float, float]
"""x0, y0, x1, y1 in metres."""
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SHIFT = 6
"""Fraction bits of the coordinates that OpenCV draws with."""
PIECE = 4.0
"""Metres: longer edges are drawn in pieces, since OpenCV bends an edge a little where it cuts it at the rim of an array."""


@dataclass(frozen=True)
class Grid:
    """Rows and columns of the world's raster whose cells are `step` metres wide; cell (0, 0) lies at the origin of the place."""

    column: int
    row: int
    columns: int
    rows: int
    step: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def bounds(self) -> Window:
        """Its extent in metres."""
        x, y = self.column * self.step, self.row * self.step
        return x, y, x + self.columns * self.step, y + self.rows * self.step

    def grown(self, left: int, top: int, right: int, bottom: int) -> Grid:
        """The grid with more cells at its sides."""
        return Grid(self.column - left, self.row - top, self.columns + left + right, self.rows + top + bottom, self.step)

    def finer(self, factor: int) -> Grid:
        """The same extent in cells that are `factor` times smaller."""
        return Grid(self.column * factor, self.row * factor, self.columns * factor, self.rows * factor, self.step / factor)

    def cut(self, bounds: Window, margin: float = 0.0) -> tuple[Grid, tuple[slice, slice]] | None:
        """The part that holds `bounds` and `margin` metres more, and its slices in an array of this grid; None if there is none."""
        left = max(int(np.floor((bounds[0] - margin) / self.step)), self.column)
        top = max(int(np.floor((bounds[1] - margin) / self.step)), self.row)
        right = min(int(np.ceil((bounds[2] + margin) / self.step)), self.column + self.columns)
        bottom = min(int(np.ceil((bounds[3] + margin) / self.step)), self.row + self.rows)
        if right <= left or bottom <= top:
            return None
        part = Grid(left, top, right - left, bottom - top, self.step)
        return part, self.slices(part)

    def slices(self, part: Grid) -> tuple[slice, slice]:
        """Where a grid inside this one lies in an array of this one."""
        row, column = part.row - self.row, part.column - self.column
        return slice(row, row + part.rows), slice(column, column + part.columns)

    def centres(self) -> tuple[Floats, Floats]:
        """x as [1, columns] and y as [rows, 1] of the cells' centres, in metres."""
        x = (np.arange(self.column, self.column + self.columns, dtype=np.float64) + 0.5) * self.step
        y = (np.arange(self.row, self.row + self.rows, dtype=np.float64) + 0.5) * self.step
        return x[None].astype(np.float32), y[:, None].astype(np.float32)

    def points(self, coordinates: NDArray[np.floating]) -> NDArray[np.int32]:
        """Metres [N, 2] as OpenCV's fixed-point pixels."""
        pixels = np.asarray(coordinates, np.float64) / self.step - (self.column + 0.5, self.row + 0.5)
        rounded: NDArray[np.int32] = np.round(pixels * (1 << SHIFT)).astype(np.int32)
        return rounded


def grid_of(window: Window, resolution: float) -> Grid:
    """The grid of a window.

    Raises:
        DatasetError: the window is empty or its corners do not lie on whole pixels.
    """
    corners = np.asarray(window, np.float64) / resolution
    whole = np.round(corners)
    if resolution <= 0 or np.abs(corners - whole).max() > 1e-3:
        raise DatasetError(f"The window {window} does not lie on whole pixels of {resolution} m. Give multiples of the resolution.")
    left, top, right, bottom = (int(value) for value in whole)
    if right <= left or bottom <= top:
        raise DatasetError(f"The window {window} is empty. Give x0 < x1 and y0 < y1 in metres.")
    return Grid(left, top, right - left, bottom - top, resolution)


def rings(geometry: BaseGeometry) -> list[NDArray[np.float64]]:
    """Outer and inner rings of a polygon or of several, each [N, 2] in metres."""
    if geometry.is_empty:
        return []
    x0, y0, x1, y1 = geometry.bounds
    if max(x1 - x0, y1 - y0) <= 4 * PIECE and shapely.get_type_id(geometry) == 3 and not shapely.get_num_interior_rings(geometry):
        return [shapely.get_coordinates(geometry)]
    parts = shapely.get_parts(shapely.segmentize(geometry, PIECE) if max(x1 - x0, y1 - y0) > 4 * PIECE else geometry)
    found = []
    for part in parts:
        if shapely.get_type_id(part) == 3 and not part.is_empty:
            found.append(shapely.get_coordinates(part.exterior))
            found += [shapely.get_coordinates(ring) for ring in part.interiors]
    return found


def fill(
    array: NDArray[np.uint8] | NDArray[np.float32],
    grid: Grid,
    geometry: BaseGeometry,
    value: float | tuple[float, ...],
    *,
    smooth: bool = False,
) -> None:
    """Sets the cells of an array of `grid` that a polygon covers; `smooth` blends at its edge (uint8 arrays only)."""
    fill_outlines(array, [grid.points(ring) for ring in rings(geometry)], value, smooth=smooth)


def fill_outlines(
    array: NDArray[np.uint8] | NDArray[np.float32],
    outlines: list[NDArray[np.int32]],
    value: float | tuple[float, ...],
    *,
    smooth: bool = False,
) -> None:
    """See `fill`, for rings that are fixed-point pixels already."""
    if outlines:
        colour = value if isinstance(value, tuple) else (value,)
        cv2.fillPoly(array, outlines, colour, cv2.LINE_AA if smooth else cv2.LINE_8, SHIFT)


def coverage(grid: Grid, geometry: BaseGeometry) -> Floats:
    """About how much of each cell a polygon covers, 0..1 [rows, columns]; made for blending, see `masks` for areas."""
    mask = np.zeros(grid.shape, np.uint8)
    fill(mask, grid, geometry, 255, smooth=True)
    return mask.astype(np.float32) * np.float32(1 / 255)


def stroke(array: Bytes, grid: Grid, coordinates: NDArray[np.floating], width: float, value: float | tuple[float, ...]) -> None:
    """Draws a line `width` metres wide through metres [N, 2]; at least one cell wide."""
    colour = value if isinstance(value, tuple) else (value,)
    thick = max(1, round(width / grid.step))
    cv2.polylines(array, [grid.points(coordinates)], False, colour, thick, cv2.LINE_AA, SHIFT)
