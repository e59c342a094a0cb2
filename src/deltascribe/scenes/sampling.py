"""Looks at a few windows of a scene before the run: how bright each date is, how much clouds hide, whether the dates lie on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from deltascribe.errors import PixelValueError
from deltascribe.pixels import Scale, check_scale
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.reading import DatePixels, DateReader, DateSource, open_date, open_dates
from deltascribe.tiling import Window, spread_starts

SAMPLES = 6
"""Windows are taken on a lattice of at most so many rows and columns."""
SIDE = 256
_PERCENTILES = (2.0, 98.0)
_LEAST_VALID = 0.75
_SQUARE = 16
"""Pixels of a side of the squares in which missing ground is looked for."""
_SMALLEST = 64
"""Pixels of a side below which a window shows too little to be correlated."""
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


@dataclass(frozen=True)
class Sampled:
    """What sampled windows of both dates tell.

    Attributes:
        misregistration: by how much the dates lie beside each other.
        black: share of the ground where the before and the after image are exactly 0 in all bands, in squares without a gap.
        hidden: share of the ground that the cloud mask of the before and the after image marks; None without a mask.
    """

    misregistration: Misregistration
    black: tuple[float, float]
    hidden: tuple[float | None, float | None]


def sample_windows(grid: Grid, count: int = SAMPLES, side: int = SIDE) -> list[Window]:
    """Windows spread evenly over a grid, at most `count` in each direction, none overlapping another."""
    tall, wide = min(side, grid.height), min(side, grid.width)
    rows, columns = (spread_starts(size, part, count) for size, part in ((grid.height, tall), (grid.width, wide)))
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


def sample_dates(before: DateSource, after: DateSource, grid: Grid, *, network: bool = False) -> Sampled:
    """Reads the sampled windows of both dates once.

    The shift between the dates is the median over windows, by phase correlation of edges: Kuglin & Hines, "The phase correlation image
    alignment method" (1975), on gradient magnitudes, with a parabola through the peak. Windows without a clear peak, where all has
    changed or nothing stands out, don't count.

    Raises:
        ImageNotFoundError, ImageDecodeError, RasterError: a file, or its cloud mask, can't be read.
    """
    windows = sample_windows(grid)
    tried = sum(min(window[2:]) >= _SMALLEST for window in windows)
    shifts = []
    black: list[list[float]] = [[], []]
    hidden: list[list[float]] = [[], []]
    with open_dates(before, after, grid, network=network) as readers:
        for window in windows:
            found = [reader.read(window) for reader in readers]
            for place, date in enumerate(found):
                black[place].append(_black_share(date))
                if date.hidden is not None:
                    hidden[place].append(float(date.hidden.mean()))
            shift = _shift_between(readers, found) if min(window[2:]) >= _SMALLEST else None
            if shift is not None:
                shifts.append(shift)
    # windows are of one size
    before_hidden, after_hidden = (float(np.mean(shares)) if shares else None for shares in hidden)
    return Sampled(_median(shifts, tried), (float(np.mean(black[0])), float(np.mean(black[1]))), (before_hidden, after_hidden))


def _black_share(found: DatePixels) -> float:
    """Share of a window in squares that are known and 0 throughout, as no ground is that is only dark here and there."""
    zero = found.valid & (found.raw == 0).all(axis=0)
    rows, columns = zero.shape[0] // _SQUARE, zero.shape[1] // _SQUARE
    squares = zero[: rows * _SQUARE, : columns * _SQUARE].reshape(rows, _SQUARE, columns, _SQUARE)
    return float(squares.all(axis=(1, 3)).mean())


def _shift_between(readers: tuple[DateReader, DateReader], found: Sequence[DatePixels]) -> tuple[float, float] | None:
    """(rows, columns) of one window; None where too little is known, or without a clear peak."""
    valid = found[0].valid & found[1].valid
    if valid.mean() < _LEAST_VALID:
        return None
    one, other = (_edges(reader.scaled(date).mean(0), valid) for reader, date in zip(readers, found, strict=True))
    return phase_shift(one, other)


def _median(shifts: list[tuple[float, float]], tried: int) -> Misregistration:
    if not shifts:
        return Misregistration(0.0, 0.0, 0.0, 0, tried)
    found = np.array(shifts)
    middle = np.median(found, axis=0)
    spread = float(np.median(np.abs(found - middle), axis=0).max())
    return Misregistration(round(float(middle[1]), 3), round(float(middle[0]), 3), round(spread, 3), len(shifts), tried)


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
