"""Faint lines on wild ground: ruts of wheels, paths of animals, dry gullies. They lie on no plan and are the same on both dates."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.grid import Bytes, Floats, Grid, stroke
from deltascribe.datasets.synthetic.painting.noise import mix, sample, uniform

_CELL = 56.0
"""Metres between the places where a line may begin."""
_REACH = 150.0
"""Longest line in metres."""


def lines(grid: Grid, seed: int) -> Floats | None:
    """What lines add to brightness [rows, columns], as a share; None where no line is near."""
    around = grid.grown(4, 4, 4, 4)  # lines are drawn a little otherwise at the rim of an array
    left, top, right, bottom = around.bounds
    found = False
    pale, dark = np.zeros(around.shape, np.uint8), np.zeros(around.shape, np.uint8)
    share = uniform(seed, 60) ** 1.5 * 0.75
    for column in range(int((left - _REACH) // _CELL), int((right + _REACH) // _CELL) + 1):
        for row in range(int((top - _REACH) // _CELL), int((bottom + _REACH) // _CELL) + 1):
            own = mix(seed + 1_000_003 * column + 7_919 * row, 61) >> 8
            if uniform(own, 1) >= share:
                continue
            points = _course(own, column, row)
            if around.cut((points[:, 0].min(), points[:, 1].min(), points[:, 0].max(), points[:, 1].max()), 3.0) is None:
                continue
            found = True
            _draw(pale, dark, around, points, own)
    if not found:
        return None
    pale, dark = pale[around.slices(grid)], dark[around.slices(grid)]
    worn = np.clip(0.7 + 0.5 * sample("patch", grid, seed + 62) + 0.3 * sample("mottle", grid, seed + 63), 0, 1.6)
    added = (0.22 / 255) * cv2.subtract(pale, dark, dtype=cv2.CV_32F) if dark.any() else (0.22 / 255) * pale.astype(np.float32)
    return np.asarray(added * worn, np.float32)


def _draw(pale: Bytes, dark: Bytes, grid: Grid, points: NDArray[np.float64], own: int) -> None:
    """Draws the ruts of two wheels, or one line that is paler or darker than the ground."""
    strength = int(uniform(own, 2, 60, 255))
    if uniform(own, 3) < 0.55:
        normal = np.gradient(points, axis=0)[:, ::-1] * (-1, 1)
        normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
        for side in (-0.85, 0.85):
            stroke(pale, grid, points + side * normal, 0.6, strength)
    else:
        stroke(pale if uniform(own, 4) < 0.5 else dark, grid, points, uniform(own, 5, 0.5, 2.2), strength)


@lru_cache(maxsize=1024)
def _course(own: int, column: int, row: int) -> NDArray[np.float64]:
    """A winding line [N, 2] in metres, in pieces of about 3 m, about the middle of which its cell lies."""
    x, y = (column + uniform(own, 10)) * _CELL, (row + uniform(own, 11)) * _CELL
    walked = np.arange(-uniform(own, 12, 15, 70), uniform(own, 13, 15, 70), 2.5)
    turn = uniform(own, 14, 0, 2 * np.pi)
    swing = uniform(own, 15, 0, 9) * np.sin(walked / uniform(own, 16, 9, 30) + uniform(own, 17, 0, 6.3))
    swing += uniform(own, 18, 0, 1.2) * np.sin(walked / 4.1)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack((x + walked * cos - swing * sin, y + walked * sin + swing * cos), 1)
