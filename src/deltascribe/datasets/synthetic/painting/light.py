"""Sunlight over a height field: what slopes get, what shadows take, and the dimness of narrow gaps."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.grid import Floats

GAMMA = 0.92
"""Pictures are shown with a gamma, which brings bright and dark slopes nearer to one another."""
_SOFT = 0.7
"""Metres of height over which a shadow's edge fades."""


@dataclass(frozen=True)
class Sun:
    """Where the sun stands: a unit vector towards it over the ground (x east, y south), and the tangent of its elevation."""

    x: float
    y: float
    tangent: float

    @classmethod
    def at(cls, azimuth: float, elevation: float) -> Sun:
        """The sun at an azimuth in degrees clockwise from north and an elevation in degrees."""
        angle = np.radians(azimuth)
        return cls(float(np.sin(angle)), float(-np.cos(angle)), float(np.tan(np.radians(elevation))))

    def on_slope(self, gradient: NDArray[np.floating]) -> Floats:
        """Light of slopes [..., 2] as a share of what level ground gets; a gradient points away from the rise (downhill)."""
        facing = gradient[..., 0] * self.x + gradient[..., 1] * self.y
        share = (1 + facing / self.tangent) / np.sqrt(1 + (gradient**2).sum(-1))
        lit: Floats = (np.clip(share, 0.05, 2.2) ** GAMMA).astype(np.float32)
        return lit


def lit(height: Floats, sun: Sun, step: float, highest: float) -> Floats:
    """Share of direct sun that reaches each cell, 0..1 [rows, columns].

    The horizon towards the sun is the largest of h(p + d) - |d| tan(elevation) over the distances d: a dilation of the height field by a
    line that falls off. Doubling the line's length each time takes log2 of its cells passes. Cells nearer to the rim than the longest
    shadow do not know what stands beyond it.
    """
    horizon = height.copy()
    lower = np.empty_like(height)
    rows, columns = height.shape
    cells = 1
    while cells * step * sun.tangent < 2 * highest:
        dx, dy = round(cells * sun.x), round(cells * sun.y)
        if dx or dy:
            fall = np.float32((dx * sun.x + dy * sun.y) * step * sun.tangent)
            here = slice(max(-dy, 0), rows - max(dy, 0)), slice(max(-dx, 0), columns - max(dx, 0))
            there = slice(max(dy, 0), rows - max(-dy, 0)), slice(max(dx, 0), columns - max(-dx, 0))
            np.subtract(horizon[there], fall, out=lower[here])
            np.maximum(horizon[here], lower[here], out=lower[here])
            horizon[here] = lower[here]
        cells *= 2
    share = np.clip((height - horizon) * np.float32(1 / _SOFT) + np.float32(1.15), 0, 1)
    return np.asarray(cv2.GaussianBlur(share, (0, 0), 0.4 / step), np.float32)


def crown_light(height: Floats, sun: Sun, step: float) -> Floats:
    """Light of rough surfaces from their slope, [rows, columns]; steep sides count as leaning ones."""
    smooth = cv2.blur(height, (5, 5))  # single leaves turn every way
    gx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=1, scale=0.5 / step)
    gy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=1, scale=0.5 / step)
    facing = gx * np.float32(-sun.x) + gy * np.float32(-sun.y)
    return np.asarray(np.clip(1 + np.float32(0.30) * facing, 0.6, 1.45), np.float32)


def openness(height: Floats, cells: int) -> Floats:
    """Share of the sky seen from between what stands higher within about `cells`, 0..1 [rows, columns]."""
    size = 2 * cells + 1
    above = np.asarray(cv2.blur(height, (size, size)), np.float32) - height
    return np.asarray(np.clip(1 - np.float32(0.07) * above, 0.55, 1), np.float32)
