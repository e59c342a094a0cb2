"""What the parts of the renderer draw on: colour, height, slope light and kind of surface, in cells half as wide as a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.painting.grid import Bytes, Floats, Grid, fill_outlines, rings, stroke
from deltascribe.datasets.synthetic.world import Colour


class Surface(IntEnum):
    """Kinds of surface that take light and grain differently."""

    GROUND = 0
    ASPHALT = 1
    PAVED = 2
    ROOF = 3
    CROWN = 4
    SMOOTH = 5
    TURF = 6


GRAIN = np.array((0.0, 0.010, 0.014, 0.018, 0.11, 0.0, 0.03), np.float32)
"""Variation of brightness within a surface, by `Surface`; the ground brings its own."""


@dataclass
class Canvas:
    """A window of the world while it is drawn.

    Attributes:
        grid: its cells.
        albedo: uint8 [rows, columns, 3].
        height: metres above the ground, float32 [rows, columns].
        shade: light that a slope gets from the sun, as a share of what level ground gets.
        kind: `Surface` of each cell, uint8 [rows, columns].
    """

    grid: Grid
    albedo: Bytes
    height: Floats
    shade: Floats
    kind: Bytes

    @classmethod
    def on(cls, grid: Grid, albedo: Bytes) -> Canvas:
        """Level ground of given colours."""
        return cls(grid, albedo, np.zeros(grid.shape, np.float32), np.ones(grid.shape, np.float32), np.zeros(grid.shape, np.uint8))

    def area(self, geometry: BaseGeometry, colour: Colour, kind: Surface) -> None:
        """Fills a polygon on the ground."""
        self._fill([self.grid.points(ring) for ring in rings(geometry)], colour, kind)

    def _fill(self, outlines: list[NDArray[np.int32]], colour: Colour, kind: Surface) -> None:
        fill_outlines(self.albedo, outlines, to_bytes(colour), smooth=True)
        fill_outlines(self.kind, outlines, int(kind))

    def line(self, coordinates: NDArray[np.floating], width: float, colour: Colour) -> None:
        """Draws a line on what is there."""
        stroke(self.albedo, self.grid, coordinates, width, to_bytes(colour))

    def solid(self, geometry: BaseGeometry, colour: Colour, height: float, kind: Surface) -> None:
        """Fills a polygon with a level top at a height in metres."""
        outlines = [self.grid.points(ring) for ring in rings(geometry)]
        self._fill(outlines, colour, kind)
        fill_outlines(self.height, outlines, height)
        fill_outlines(self.shade, outlines, 1.0)


def to_bytes(colour: Colour) -> tuple[float, float, float]:
    """A colour of 0..1 as OpenCV wants it for uint8 images."""
    red, green, blue = (float(min(max(round(255 * value), 0), 255)) for value in colour)
    return red, green, blue


def scaled(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor
