"""Tree crowns: bumpy domes stamped into the height field, and the colour of their leaves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.canvas import Canvas, Surface
from deltascribe.datasets.synthetic.painting.grid import Floats
from deltascribe.datasets.synthetic.painting.noise import CELL, mix_all, tile, uniform_all
from deltascribe.datasets.synthetic.world import Tree

TOP = 1.15
"""Highest clump of leaves over the height of its tree."""
_FORMS = 24
_MASTER = 96
_GREEN = (0.185, 0.215, 0.15)
_TWIGS = (0.27, 0.25, 0.23)


@lru_cache(maxsize=1)
def _masters() -> list[Floats]:
    """Crowns of about unit height, [96, 96] each, 0 outside: clumps of leaves on a dome with a ragged rim."""
    y, x = (np.mgrid[0:_MASTER, 0:_MASTER] - (_MASTER - 1) / 2) / (_MASTER / 2)
    forms = []
    for number in range(_FORMS):
        rng = np.random.default_rng([19, number])
        lean = rng.uniform(0.82, 1.0)
        turn = rng.uniform(0, np.pi)
        u, v = x * np.cos(turn) + y * np.sin(turn), (y * np.cos(turn) - x * np.sin(turn)) / lean
        angle, distance = np.arctan2(v, u), np.hypot(u, v)
        ragged = sum(rng.normal(0, 0.13 / k**0.5) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 9))
        distance = distance / (0.86 * (1 + ragged))
        dome = np.sqrt(np.clip(1 - distance**2.2, 0, 1))
        field = tile("mottle")
        row, column = rng.integers(0, len(field) - _MASTER, 2)
        clumps = cv2.GaussianBlur(field[row : row + _MASTER, column : column + _MASTER], (0, 0), 1.5)
        clumps = cv2.resize(clumps[:48, :48], (_MASTER, _MASTER), interpolation=cv2.INTER_CUBIC)
        height = 0.45 + 0.55 * dome + 0.15 * clumps / max(float(clumps.std()), 1e-3) * (0.35 + 0.65 * dome)
        forms.append(np.where(distance < 1, np.clip(height, 0.15, TOP), 0).astype(np.float32))
    return forms


@lru_cache(maxsize=4096)
def _stamp(form: int, side: int) -> Floats:
    return np.asarray(
        cv2.resize(_masters()[form], (side, side), interpolation=cv2.INTER_AREA if side < _MASTER else cv2.INTER_LINEAR), np.float32
    )


def put(canvas: Canvas, trees: tuple[Tree, ...], season: float) -> None:
    """Draws crowns; where they meet, the higher one is seen."""
    if not trees:
        return
    grid = canvas.grid
    owner = np.zeros(grid.shape, np.uint16 if len(trees) < 65_535 else np.uint32)
    wood = Wood.of(trees, season)
    heights = (wood.heights * (1 - 0.35 * wood.bare)).astype(np.float32)
    sides = np.maximum(np.round(2.15 * wood.radii / grid.step).astype(int), 3)
    lefts = np.round(wood.x / grid.step - sides / 2).astype(int) - grid.column
    tops = np.round(wood.y / grid.step - sides / 2).astype(int) - grid.row
    rows, columns = grid.shape
    order = zip(wood.forms.tolist(), sides.tolist(), lefts.tolist(), tops.tolist(), heights, strict=True)
    for number, (form, side, left, top, height) in enumerate(order, start=1):
        a, b, c, d = max(top, 0), min(top + side, rows), max(left, 0), min(left + side, columns)
        if b <= a or d <= c:
            continue
        crown = _stamp(form, side)
        if b - a < side or d - c < side:
            crown = crown[a - top : b - top, c - left : d - left]
        crown = crown * height
        here = canvas.height[a:b, c:d]
        np.copyto(owner[a:b, c:d], number, where=crown > here)
        np.maximum(here, crown, out=here)
    seen = owner > 0
    table = np.vstack((np.zeros(3), np.clip(255 * wood.colours, 0, 255))).astype(np.uint8)
    canvas.albedo[seen] = table[owner[seen]]
    canvas.kind[seen] = Surface.CROWN


@dataclass(frozen=True, eq=False)
class Wood:
    """Trees as arrays of N: places, sizes, forms of their crowns, how bare they stand (0..1), and colours [N, 3]."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radii: NDArray[np.float64]
    heights: NDArray[np.float64]
    forms: NDArray[np.int64]
    bare: NDArray[np.float64]
    colours: NDArray[np.float64]

    @classmethod
    def of(cls, trees: tuple[Tree, ...], season: float) -> Wood:
        """Trees in a season; what of their look is chance is drawn from their places."""
        x, y, radii, heights = np.array([(tree.x, tree.y, tree.radius, tree.height) for tree in trees]).T
        seeds = np.round(x * 64).astype(np.int64).astype(np.uint64) * np.uint64(1_000_003) + np.round(y * 64).astype(np.int64).astype(
            np.uint64
        )
        # one in four loses its leaves in the dry season, more in some stands than in others
        sheds = uniform_all(seeds, 1) < 0.25 + 0.12 * _stand(x, y, 0)
        bare = np.where(sheds, np.clip(1.3 - 2.2 * season + uniform_all(seeds, 2, -0.3, 0.3), 0, 1), 0.0)
        own = np.array([tree.colour for tree in trees])
        light = uniform_all(seeds, 3, 1.0, 1.5) * (1 + 0.05 * _stand(x, y, 1)) * (0.97 + 0.08 * season)
        warm = uniform_all(seeds, 4, -0.03, 0.03) + 0.05 * (1 - season)
        leaves = (0.6 * own + 0.4 * np.array(_GREEN)) * np.stack((1 + warm, np.ones_like(warm), 1 - warm), 1)
        colours = light[:, None] * (leaves + 0.85 * bare[:, None] * (np.array(_TWIGS) - leaves))
        return cls(x, y, radii, heights, (mix_all(seeds, 5) % np.uint64(_FORMS)).astype(np.int64), bare, colours)


def _stand(x: NDArray[np.float64], y: NDArray[np.float64], purpose: int) -> NDArray[np.float64]:
    """What neighbouring trees have in common: smooth noise of unit variance at their places [N]."""
    field = tile("wide")
    rows, columns = (np.floor(value / CELL + 137 * (purpose + 1)).astype(int) % len(field) for value in (y, x))
    return np.asarray(field[rows, columns], np.float64)
