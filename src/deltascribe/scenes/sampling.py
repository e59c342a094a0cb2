"""Looks at a few windows of a scene before the run: how bright each date is, and whether the dates lie on each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from deltascribe.errors import PixelValueError
from deltascribe.pixels import Scale, check_scale
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.reading import DateReader, DateSource, open_date, open_dates
from deltascribe.tiling import Window

SAMPLES = 6
"""Windows are taken on a lattice of at most so many rows and columns."""
SIDE = 256
_PERCENTILES = (2.0, 98.0)
_LEAST_VALID = 0.75
_CLEAR = 8.0
"""A peak of the phase correlation counts when it is so many times the deviation of the rest above its mean; that of two noises reaches
7.9 times."""


@dataclass(frozen=True)
class Misregistration:
    """By how much the after image's content lies beside the before image's.

    Attributes:
        columns, rows: median shift in pixels of the grid, positive where the after image's content lies to the right or below.
        spread: largest of the two median absolute deviations, in pixels.
        windows: windows that had a clear answer.
        tried: windows that were looked at.
    """

    columns: float
    rows: float
    spread: float
    windows: int
    tried: int

    @property
    def distance(self) -> float:
        """Length of the shift in pixels."""
        return float(np.hypot(self.columns, self.rows))

    @property
    def certain(self) -> bool:
        """Whether enough windows agree."""
        return self.windows >= 3 and self.spread <= max(1.0, self.distance / 2)


def sample_windows(grid: Grid, count: int = SAMPLES, side: int = SIDE) -> list[Window]:
    """Windows spread evenly over a grid, at most `count` in each direction, none overlapping another."""
    tall, wide = min(side, grid.height), min(side, grid.width)
    rows, columns = (_spread(size, part, count) for size, part in ((grid.height, tall), (grid.width, wide)))
    return [(row, column, tall, wide) for row in rows for column in columns]


def with_scale(source: DateSource, grid: Grid, scale: Scale | str, *, network: bool = False) -> DateSource:
    """The date with the values that become 0 and 1, fixed for the whole scene.

    Args:
        source: a date.
        grid: common grid.
        scale: `auto`, or see `deltascribe.pixels.Scale`. `auto` keeps 8-bit values and takes the 2nd and 98th percentile of all
            bands' values together in a sample otherwise, so that colours keep their balance.
        network: see `open_date`.

    Raises:
        PixelValueError: the type has no range of its own and `dtype` was asked for; or the sample holds no value.
    """
    if source.info.dtype.startswith("complex"):
        raise PixelValueError(
            f"{source.info.shown} holds complex values, which are no picture. Write their amplitude into a GeoTIFF first."
        )
    kind = np.dtype(source.info.dtype)
    if scale == "dtype" or (scale == "auto" and kind == np.uint8):
        if kind.kind not in "uf":
            raise PixelValueError(
                f"{source.info.shown} holds {kind} values, whose range is not fixed by their type. Give --scale LOW,HIGH."
            )
        return replace(source, low=0.0, high=1.0 if kind.kind == "f" else float(np.iinfo(kind).max))
    if scale != "auto":
        low, high = check_scale(scale) or (0.0, 1.0)  # type: ignore[arg-type]
        return replace(source, low=low, high=high)
    with open_date(source, grid, network=network) as reader:
        values = _sample_values(reader)
    if not len(values):
        raise PixelValueError(
            f"{source.info.shown} holds no valid value where the scenes overlap (all nodata, transparent, or masked). Give a raster that "
            "shows that ground; or, if a value is declared missing by mistake, undo that with gdal_edit.py -unsetnodata."
        )
    low, high = (float(value) for value in np.percentile(values, _PERCENTILES))
    return replace(source, low=low, high=high if high > low else low + 1.0)


def estimate_misregistration(before: DateSource, after: DateSource, grid: Grid, *, network: bool = False) -> Misregistration:
    """Median shift between the dates, by phase correlation of edges in sampled windows.

    Method: Kuglin & Hines, "The phase correlation image alignment method" (1975), on gradient magnitudes, with a parabola through the
    peak. Windows without a clear peak, where all has changed or nothing stands out, don't count.
    """
    windows = [window for window in sample_windows(grid) if min(window[2:]) >= 64]
    shifts = []
    with open_dates(before, after, grid, network=network) as readers:
        for window in windows:
            (one, known), (other, known_after) = (reader.pixels(window) for reader in readers)
            valid = known & known_after
            if valid.mean() < _LEAST_VALID:
                continue
            shift = phase_shift(_edges(one.mean(0), valid), _edges(other.mean(0), valid))
            if shift is not None:
                shifts.append(shift)
    if not shifts:
        return Misregistration(0.0, 0.0, 0.0, 0, len(windows))
    found = np.array(shifts)
    middle = np.median(found, axis=0)
    spread = float(np.median(np.abs(found - middle), axis=0).max())
    return Misregistration(round(float(middle[1]), 3), round(float(middle[0]), 3), round(spread, 3), len(shifts), len(windows))


def phase_shift(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> tuple[float, float] | None:
    """(rows, columns) by which `other`'s content lies below and to the right of `one`'s; None without a clear peak.

    Args:
        one, other: [h, w], of the same size.
    """
    height, width = one.shape
    taper = np.outer(np.hanning(height), np.hanning(width))
    cross = np.fft.rfft2(taper * other) * np.conj(np.fft.rfft2(taper * one))
    size = np.abs(cross)
    if size.max() <= 0:
        return None
    surface = np.fft.irfft2(cross / np.maximum(size, 1e-9 * size.max()), s=(height, width))
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    peak, rest = float(surface[row, column]), float(surface.std())
    if rest <= 0 or (peak - surface.mean()) / rest < _CLEAR:
        return None
    down = row + _vertex(surface[row - 1, column], peak, surface[(row + 1) % height, column])
    right = column + _vertex(surface[row, column - 1], peak, surface[row, (column + 1) % width])
    return float(down - height if down > height / 2 else down), float(right - width if right > width / 2 else right)


def _sample_values(reader: DateReader) -> npt.NDArray[Any]:
    values = []
    for window in sample_windows(reader.grid):
        found = reader.read(window)
        values.append(found.raw[:, found.valid].ravel())
    return np.concatenate(values) if values else np.zeros(0)


def _edges(grey: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Gradient magnitude, which light and season change less than the values themselves; none at what is missing."""
    down, right = np.gradient(np.where(valid, grey, grey[valid].mean() if valid.any() else 0.0))
    edges: npt.NDArray[Any] = np.hypot(down, right)
    edges -= edges.mean()
    return edges


def _vertex(left: float, middle: float, right: float) -> float:
    """Where the parabola through three neighbouring values is highest, -0.5..0.5 from the middle one."""
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def _spread(size: int, part: int, count: int) -> list[int]:
    number = max(min(count, size // part), 1)
    return [round((place + 0.5) * size / number - part / 2) for place in range(number)]
