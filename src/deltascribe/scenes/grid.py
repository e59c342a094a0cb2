"""The grid that both dates are brought to: square pixels, north up, in metres."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from deltascribe.errors import SceneError
from deltascribe.scenes.rasters import import_rasterio
from deltascribe.tiling import Window

Bounds = tuple[float, float, float, float]
"""(left, bottom, right, top) in units of a coordinate reference system."""


@dataclass(frozen=True)
class Grid:
    """A raster's place without its pixels.

    Attributes:
        crs: projected coordinate reference system, `EPSG:...` or WKT.
        left, top: coordinates of the upper left corner.
        step: side of a pixel in units of the CRS.
        width, height: in pixels.
        gsd: metres a pixel.
    """

    crs: str
    left: float
    top: float
    step: float
    width: int
    height: int
    gsd: float

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, e, f): x = a * column + b * row + c, y = d * column + e * row + f."""
        return (self.step, 0.0, self.left, 0.0, -self.step, self.top)

    @property
    def bounds(self) -> Bounds:
        """Of the whole grid."""
        return self.window_bounds((0, 0, self.height, self.width))

    @property
    def area(self) -> float:
        """Square metres."""
        return self.width * self.height * self.pixel_area

    @property
    def pixel_area(self) -> float:
        """Square metres of a pixel."""
        return self.gsd**2

    def point(self, row: float, column: float) -> tuple[float, float]:
        """Coordinates (x, y) of a place in pixels; whole numbers are corners of pixels."""
        return self.left + column * self.step, self.top - row * self.step

    def window_bounds(self, window: Window) -> Bounds:
        """Of (row, column, height, width)."""
        row, column, height, width = window
        left, top = self.point(row, column)
        right, bottom = self.point(row + height, column + width)
        return left, bottom, right, top

    def window_of(self, bounds: Bounds) -> Window:
        """Smallest window of whole pixels that covers bounds, cut to the grid; of no size where they lie outside."""
        left, bottom, right, top = bounds
        # a millionth of a pixel beyond a line is rounding (coordinates of 5,000 km have nine digits after the point), not another pixel
        first_column, last_column = math.floor((left - self.left) / self.step + 1e-6), math.ceil((right - self.left) / self.step - 1e-6)
        first_row, last_row = math.floor((self.top - top) / self.step + 1e-6), math.ceil((self.top - bottom) / self.step - 1e-6)
        row, column = min(max(first_row, 0), self.height), min(max(first_column, 0), self.width)
        return row, column, max(min(last_row, self.height) - row, 0), max(min(last_column, self.width) - column, 0)

    def cropped(self, window: Window) -> Grid:
        """The part of the grid in a window."""
        row, column, height, width = window
        left, top = self.point(row, column)
        return Grid(self.crs, left, top, self.step, width, height, self.gsd)

    def affine(self) -> Any:
        """The transform as rasterio's `Affine`."""
        return import_rasterio().Affine(*self.transform)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def reproject_bounds(bounds: Bounds, source: str, target: str) -> Bounds:
    """Bounds in another coordinate reference system, with points along the edges; in degrees, west is greater than east beyond 180.

    Raises:
        SceneError: the place has no coordinates there.
    """
    rasterio = import_rasterio()
    left, bottom, right, top = bounds
    if rasterio.crs.CRS.from_user_input(source).is_geographic:
        bottom, top = max(bottom, -90.0), min(top, 90.0)  # half a pixel beyond a pole is usual in maps of the whole Earth
    with _named(bounds, source, target):
        moved = rasterio.warp.transform_bounds(source, target, left, bottom, right, top, densify_pts=21)
        return _finite(moved[0]), _finite(moved[1]), _finite(moved[2]), _finite(moved[3])


def reproject_points(xs: Sequence[float], ys: Sequence[float], source: str, target: str) -> tuple[list[float], list[float]]:
    """Points in another coordinate reference system.

    Raises:
        SceneError: a point has no coordinates there.
    """
    with _named((xs[0], ys[0]), source, target):
        moved = import_rasterio().warp.transform(source, target, list(xs), list(ys))
        return [_finite(x) for x in moved[0]], [_finite(y) for y in moved[1]]


@contextmanager
def _named(place: tuple[float, ...], source: str, target: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # PROJ's errors come in many kinds, some of them private to rasterio
        raise SceneError(
            f"The place {place} of {source:.40} has no coordinates in {target:.40} ({error}). Check both coordinate systems with gdalinfo."
        ) from error


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("outside of the map")
    return float(value)


def intersection(one: Bounds, other: Bounds) -> Bounds | None:
    """What two rectangles share, None where that is nothing."""
    left, bottom, right, top = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return (left, bottom, right, top) if left < right and bottom < top else None
