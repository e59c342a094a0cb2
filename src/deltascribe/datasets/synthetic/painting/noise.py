"""Random fields over the world: tiles that repeat without a seam, cut at places drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.grid import Floats, Grid

Band = Literal["wide", "patch", "mottle", "grain", "tufts", "thread"]

CELL = 0.5
"""Metres between the samples of a tile."""
_SIDES: dict[Band, int] = {"wide": 1024, "patch": 960, "mottle": 896, "grain": 768, "tufts": 1000, "thread": 864}
# longest and shortest wave in metres, and the power of amplitude over frequency
_BANDS: dict[str, tuple[float, float, float]] = {
    "wide": (240.0, 9.0, 1.5),
    "patch": (36.0, 2.5, 1.75),
    "mottle": (9.0, 1.0, 1.0),
    "grain": (3.0, 0.7, 0.55),
}
_MASK = (1 << 64) - 1


def mix(seed: int, purpose: int) -> int:
    """64 well mixed bits of a seed and a purpose (the finaliser of SplitMix64; Steele et al., OOPSLA 2014)."""
    bits = (seed * 0x9E3779B97F4A7C15 + (purpose + 1) * 0xD1B54A32D192ED03) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def mix_all(seeds: NDArray[np.uint64], purpose: int) -> NDArray[np.uint64]:
    """`mix` for many seeds [N] at once."""
    with np.errstate(over="ignore"):
        bits = seeds * np.uint64(0x9E3779B97F4A7C15) + np.uint64((purpose + 1) * 0xD1B54A32D192ED03 & _MASK)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def uniform_all(seeds: NDArray[np.uint64], purpose: int, low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
    """`uniform` for many seeds [N] at once."""
    drawn: NDArray[np.float64] = low + (high - low) * (mix_all(seeds, purpose) >> np.uint64(11)).astype(np.float64) / (1 << 53)
    return drawn


def uniform(seed: int, purpose: int, low: float = 0.0, high: float = 1.0) -> float:
    """A number in [low, high) that a seed and a purpose give."""
    return low + (high - low) * (mix(seed, purpose) >> 11) / (1 << 53)


@cache
def tile(band: Band) -> Floats:
    """A square of noise of about unit variance that repeats without a seam."""
    side = _SIDES[band]
    rng = np.random.default_rng([7, list(_SIDES).index(band)])
    if band == "tufts":
        return _tufts(rng, side)
    if band == "thread":
        # thin bright curves: where a smooth field passes through nothing
        wave = _band(rng, side, (36.0, 5.0, 1.3))
        return np.asarray(np.exp(-((wave / 0.06) ** 2)), np.float32)
    return _band(rng, side, _BANDS[band])


def _band(rng: np.random.Generator, side: int, band: tuple[float, float, float]) -> Floats:
    longest, shortest, power = band
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]) / CELL
    safe = np.maximum(frequency, 1e-9)
    # rolls off at both ends over about half an octave, so that no wave stands out
    gain = safe**-power / (1 + (1 / (longest * safe)) ** 4) / (1 + (shortest * safe) ** 6)
    gain[0, 0] = 0
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) * gain
    field = np.fft.irfft2(spectrum, (side, side))
    return np.asarray(field / field.std(), np.float32)


def _tufts(rng: np.random.Generator, side: int) -> Floats:
    """Low shrubs and stones: blobs 0.6 to 2.5 m wide, more of them in some places; 0..1."""
    density = np.exp(0.9 * _band(rng, side, (60.0, 6.0, 1.2)))
    field = np.zeros((side, side), np.float32)
    for sigma, share, strength in ((0.7, 0.020, 2.6), (1.2, 0.008, 6.0), (1.9, 0.0025, 12.0)):
        seeds = (rng.random((side, side)) < share * density).astype(np.float32) * rng.uniform(0.3, 1, (side, side)).astype(np.float32)
        wrapped = np.pad(seeds, 16, mode="wrap")
        field += strength * cv2.GaussianBlur(wrapped, (0, 0), sigma)[16:-16, 16:-16]
    return np.minimum(field, 1.0).astype(np.float32)


def sample(band: Band, grid: Grid, seed: int, scale: float = 1.0) -> Floats:
    """Noise of a band at the cells of a grid, [rows, columns]; `scale` stretches it."""
    field = tile(band)
    side = len(field)
    offset_x, offset_y = mix(seed, 11) % side, mix(seed, 13) % side
    if abs(grid.step - CELL * scale) < 1e-9:
        return block(field, grid, offset_x, offset_y)
    return turned(band, grid, seed, 0.0, scale, scale)


def block(field: Floats, grid: Grid, offset_x: int, offset_y: int) -> Floats:
    """Cuts the cells of a grid out of a tile [side, side, ...] that repeats for ever."""
    side = len(field)
    top, left = (grid.row + offset_y) % side, (grid.column + offset_x) % side
    if top + grid.rows <= side and left + grid.columns <= side:
        return field[top : top + grid.rows, left : left + grid.columns]
    cut = np.empty((grid.rows, grid.columns, *field.shape[2:]), np.float32)
    for row, above, high in _pieces(top, grid.rows, side):
        for column, before, wide in _pieces(left, grid.columns, side):
            cut[row : row + high, column : column + wide] = field[above : above + high, before : before + wide]
    return cut


def _pieces(start: int, length: int, side: int) -> Iterator[tuple[int, int, int]]:
    """Runs of a repeated row: where each goes, where it comes from, and its length."""
    done = 0
    while done < length:
        run = min(length - done, side - start)
        yield done, start, run
        done, start = done + run, 0


def turned(band: Band, grid: Grid, seed: int, angle: float, along: float, across: float) -> Floats:
    """Noise turned by `angle` radians and stretched `along` and `across` that direction, at the cells of a grid."""
    field = tile(band)
    side = len(field)
    cos, sin = np.cos(angle), np.sin(angle)
    columns = np.arange(grid.column, grid.column + grid.columns) + 0.5
    rows = np.arange(grid.row, grid.row + grid.rows) + 0.5
    maps = []
    for x, y, stretch, purpose in ((cos, sin, along, 11), (-sin, cos, across, 13)):
        scale = grid.step / (CELL * stretch)
        # each part is wrapped by itself, so that a cell of the world gets the same sum in every grid
        right = (columns * (x * scale) + mix(seed, purpose) % side) % side
        down = (rows * (y * scale)) % side
        maps.append(right.astype(np.float32)[None] + down.astype(np.float32)[:, None])
    return np.asarray(cv2.remap(field, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)
