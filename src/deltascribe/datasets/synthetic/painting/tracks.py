"""Faint marks on wild ground: ruts, paths, gullies, borders of old fields. They lie on no plan and are the same on both dates."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.grid import Bytes, Floats, Grid, Window, stroke
from deltascribe.datasets.synthetic.painting.noise import mix, sample, uniform

_CELL = 56.0
"""Metres between the places where a line may begin."""
_REACH = 150.0
"""Longest line in metres."""


def lines(grid: Grid, seed: int) -> Floats | None:
    """What lines add to brightness [rows, columns], as a share; None where no line is near."""
    around = grid.grown(4, 4, 4, 4)  # lines are drawn a little otherwise at the rim of an array
    left, top, right, bottom = around.bounds
    old = _old_fields(grid, seed)
    found = False
    pale, dark = np.zeros(around.shape, np.uint8), np.zeros(around.shape, np.uint8)
    share = uniform(seed, 60) ** 1.5 * 0.75
    for column in range(int((left - _REACH) // _CELL), int((right + _REACH) // _CELL) + 1):
        for row in range(int((top - _REACH) // _CELL), int((bottom + _REACH) // _CELL) + 1):
            own = mix(seed + 1_000_003 * column + 7_919 * row, 61) >> 8
            if uniform(own, 1) >= share:
                continue
            points, bounds = _course(own, column, row)
            if around.cut(bounds, 3.0) is None:
                continue
            found = True
            _draw(pale, dark, around, points, own)
    if not found:
        return old
    pale, dark = pale[around.slices(grid)], dark[around.slices(grid)]
    worn = np.clip(0.7 + 0.5 * sample("patch", grid, seed + 62) + 0.3 * sample("mottle", grid, seed + 63), 0, 1.6)
    added = (0.22 / 255) * cv2.subtract(pale, dark, dtype=cv2.CV_32F) if dark.any() else (0.22 / 255) * pale.astype(np.float32)
    marks = np.asarray(added * worn, np.float32)
    return marks if old is None else marks + old


def _old_fields(grid: Grid, seed: int) -> Floats | None:
    """Brightness of strips that were once tilled each in its own way, [rows, columns] as a share; None where there were none."""
    strength = uniform(seed, 64, -1.0, 1.0)
    if strength <= 0:
        return None
    turn, spacing = uniform(seed, 65, 0, np.pi), uniform(seed, 66, 45, 110)
    x, y = grid.centres()
    across = np.float32(np.cos(turn) / spacing) * x + np.float32(np.sin(turn) / spacing) * y + np.float32(uniform(seed, 67))
    across = across + np.float32(0.6 / spacing) * sample("patch", grid, seed + 68)
    strip = np.floor(across)
    first = int(strip.min())
    tones = np.array([uniform(seed + 31 * number, 69, -0.09, 0.09) for number in range(first, int(strip.max()) + 2)], np.float32)
    edge = np.float32(spacing) * np.abs(across - strip - np.float32(0.5))  # metres from a strip's middle
    border = np.clip(edge - np.float32(spacing / 2 - 1.2), 0, 1)
    field = tones[(strip - first).astype(np.intp)] * (1 - border) + np.float32(uniform(seed, 70, -0.09, 0.07)) * border
    return np.asarray(np.float32(strength) * field, np.float32)


def _draw(pale: Bytes, dark: Bytes, grid: Grid, points: NDArray[np.float64], own: int) -> None:
    """Draws the ruts of two wheels, a gully that branches, or one line that is paler or darker than the ground."""
    strength, kind = int(uniform(own, 2, 60, 255)), uniform(own, 3)
    side = pale if uniform(own, 4) < 0.5 else dark
    if kind < 0.5:
        normal = np.gradient(points, axis=0)[:, ::-1] * (-1, 1)
        normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
        for beside in (-0.85, 0.85):
            stroke(pale, grid, points + beside * normal, 0.6, strength)
    elif kind < 0.72:
        third = len(points) // 3
        for start, width in ((0, 0.5), (third, 1.2), (2 * third, 2.2)):  # it widens downhill
            stroke(side, grid, points[start : start + third + 2], width, strength)
        for number in range(int(uniform(own, 6, 2, 8))):
            stroke(side, grid, _branch(points, mix(own, 80 + number) >> 8), 0.5, int(0.8 * strength))
    else:
        stroke(side, grid, points, uniform(own, 5, 0.5, 2.2), strength)


def _branch(points: NDArray[np.float64], own: int) -> NDArray[np.float64]:
    """A side arm [N, 2] that joins a line at a sharp angle, coming down its way."""
    joint = int(uniform(own, 1, 2, len(points) - 1))
    x, y = points[joint - 1] - points[joint]
    turn = np.arctan2(y, x) + uniform(own, 2, 0.35, 0.9) * (1 if uniform(own, 3) < 0.5 else -1)
    walked = np.arange(0.0, uniform(own, 4, 6, 28), 2.5)
    swing = uniform(own, 5, 0.3, 1.6) * np.sin(walked / uniform(own, 6, 2.5, 6))
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(points[joint] + np.stack((walked * cos - swing * sin, walked * sin + swing * cos), 1), np.float64)


@lru_cache(maxsize=1024)
def _course(own: int, column: int, row: int) -> tuple[NDArray[np.float64], Window]:
    """A winding line [N, 2] in metres, in pieces of about 3 m, about the middle of which its cell lies, and its bounds."""
    x, y = (column + uniform(own, 10)) * _CELL, (row + uniform(own, 11)) * _CELL
    walked = np.arange(-uniform(own, 12, 15, 70), uniform(own, 13, 15, 70), 2.5)
    turn = uniform(own, 14, 0, 2 * np.pi)
    swing = uniform(own, 15, 0, 9) * np.sin(walked / uniform(own, 16, 9, 30) + uniform(own, 17, 0, 6.3))
    swing += uniform(own, 18, 0, 1.2) * np.sin(walked / 4.1)
    cos, sin = np.cos(turn), np.sin(turn)
    points = np.stack((x + walked * cos - swing * sin, y + walked * sin + swing * cos), 1)
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return points, (left, top, right, bottom)
