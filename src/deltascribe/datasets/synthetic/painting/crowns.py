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
_FORMS = 30
"""Leafy forms: the first half one dome each, the others several that have grown into one another."""
_TWIGGY = 8
"""Further forms of trees without leaves, through which the ground is seen."""
_MASTER = 96
_GREEN = (0.185, 0.215, 0.15)
_TWIGS = (0.28, 0.265, 0.245)


@lru_cache(maxsize=1)
def _masters() -> list[Floats]:
    """Crowns of about unit height, [96, 96] each, 0 outside: leafy ones, then bare ones."""
    leafy = [_leafy(np.random.default_rng([19, number]), number >= _FORMS // 2) for number in range(_FORMS)]
    return leafy + [_twiggy(np.random.default_rng([29, number])) for number in range(_TWIGGY)]


def _leafy(rng: np.random.Generator, lobed: bool) -> Floats:
    """Clumps of leaves on one dome or on several, with a ragged rim; some coarse and hard, some fine and soft."""
    lobes = [(0.0, 0.0, 0.86, 1.0)]
    if lobed:
        turns = np.arange(rng.integers(3, 6)) * 2.1 + rng.uniform(0, 6.3)
        far = rng.uniform(0.25, 0.5, len(turns))
        lobes = [
            (d * np.cos(t), d * np.sin(t), min(rng.uniform(0.32, 0.58), 0.98 - d), rng.uniform(0.7, 1.0))
            for d, t in zip(far, turns, strict=True)
        ]
    domes = [high * _dome(rng, x, y, wide) for x, y, wide, high in lobes]
    dome = np.max(domes, 0)
    field = tile("mottle")
    row, column = rng.integers(0, len(field) - _MASTER, 2)
    size = int(rng.choice([40, 56, 72]))  # of the piece that is stretched over the crown: how large its clumps are
    clumps = cv2.GaussianBlur(field[row : row + _MASTER, column : column + _MASTER], (0, 0), rng.uniform(0.9, 1.7))
    clumps = cv2.resize(clumps[:size, :size], (_MASTER, _MASTER), interpolation=cv2.INTER_CUBIC)
    rim, rough = rng.uniform(0.12, 0.4), rng.uniform(0.07, 0.16)
    height = rim + (1 - rim) * dome + rough * clumps / max(float(clumps.std()), 1e-3) * (0.35 + 0.65 * dome)
    return np.where(dome > 0, np.clip(height, 0.12, TOP), 0).astype(np.float32)


def _dome(rng: np.random.Generator, x: float, y: float, wide: float) -> NDArray[np.float64]:
    """One dome about (x, y), where the master reaches from -1 to 1."""
    down, right = (np.mgrid[0:_MASTER, 0:_MASTER] - (_MASTER - 1) / 2) / (_MASTER / 2)
    lean, turn = rng.uniform(0.78, 1.0), rng.uniform(0, np.pi)
    right, down = right - x, down - y
    u, v = right * np.cos(turn) + down * np.sin(turn), (down * np.cos(turn) - right * np.sin(turn)) / lean
    angle = np.arctan2(v, u)
    ragged = sum(rng.normal(0, 0.13 / k**0.5) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 9))
    distance = np.hypot(u, v) / (wide * (1 + ragged))
    return np.asarray(np.sqrt(np.clip(1 - distance**2.2, 0, 1)), np.float64)


def _twiggy(rng: np.random.Generator) -> Floats:
    """Boughs that fork outward from a stem."""
    form = np.zeros((_MASTER, _MASTER), np.float32)
    middle = (_MASTER - 1) / 2
    ends = [(middle, middle, rng.uniform(0, 6.3) + 6.3 * number / 7, rng.uniform(7, 12), 0) for number in range(7)]
    while ends:
        x, y, turn, reach, depth = ends.pop()
        x1, y1 = x + reach * np.cos(turn), y + reach * np.sin(turn)
        out = np.hypot(x1 - middle, y1 - middle) / middle
        if out > 0.93:
            continue
        cv2.line(form, (round(x), round(y)), (round(x1), round(y1)), float(0.95 - 0.45 * out**2), 3 if depth < 1 else 2)
        if depth < 4:
            for side in (-1, 1):
                ends.append((x1, y1, turn + side * rng.uniform(0.15, 0.75), reach * rng.uniform(0.75, 1.05), depth + 1))
    return form


@lru_cache(maxsize=4096)
def _stamp(form: int, side: int) -> Floats:
    small = cv2.resize(_masters()[form], (side, side), interpolation=cv2.INTER_AREA if side < _MASTER else cv2.INTER_LINEAR)
    if form >= _FORMS:
        small = np.where(small > 0.3, np.maximum(small, 0.5), 0)
    return np.asarray(small, np.float32)


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
    order = zip(wood.seen().tolist(), sides.tolist(), lefts.tolist(), tops.tolist(), heights, strict=True)
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
    table = np.zeros((len(trees) + 1, 4), np.uint8)
    table[1:, :3] = np.clip(255 * wood.colours, 0, 255)
    leaves = table.view(np.uint32)[:, 0].take(owner)  # four bytes at once are found faster than three
    cv2.copyTo(cv2.cvtColor(leaves.view(np.uint8).reshape(*owner.shape, 4), cv2.COLOR_RGBA2RGB), seen.view(np.uint8), canvas.albedo)
    np.copyto(canvas.kind, np.uint8(Surface.CROWN), where=seen)


@dataclass(frozen=True, eq=False)
class Wood:
    """Trees as arrays of N: places, sizes, forms of their crowns in leaf, how bare they stand (0..1), and colours [N, 3]."""

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
        # more than one in four loses its leaves in the dry season, more in some stands than in others
        sheds = uniform_all(seeds, 1) < 0.28 + 0.22 * _stand(x, y, 0)
        bare = np.where(sheds, np.clip(1.3 - 2.2 * season + uniform_all(seeds, 2, -0.3, 0.3), 0, 1), 0.0)
        own = np.array([tree.colour for tree in trees])
        light = uniform_all(seeds, 3, 0.95, 1.4) * (1 + 0.09 * _stand(x, y, 1)) * (0.97 + 0.08 * season)
        warm = uniform_all(seeds, 4, -0.025, 0.03) + 0.03 * _stand(x, y, 2) + 0.05 * (1 - season)
        leaves = (0.6 * own + 0.4 * np.array(_GREEN)) * np.stack((1 + warm, np.ones_like(warm), 1 - warm), 1)
        colours = light[:, None] * (leaves + 0.9 * bare[:, None] * (np.array(_TWIGS) - leaves))
        return cls(x, y, radii, heights, (mix_all(seeds, 5) % np.uint64(_FORMS)).astype(np.int64), bare, colours)

    def seen(self) -> NDArray[np.int64]:
        """Masters that are drawn [N]: the trees' forms, or boughs alone where a tree larger than a shrub stands bare."""
        return np.where((self.bare > 0.45) & (self.radii > 1.2), _FORMS + self.forms % _TWIGGY, self.forms)


def _stand(x: NDArray[np.float64], y: NDArray[np.float64], purpose: int) -> NDArray[np.float64]:
    """What neighbouring trees have in common: smooth noise of unit variance at their places [N]."""
    field = tile("wide")
    rows, columns = (np.floor(value / CELL + 137 * (purpose + 1)).astype(int) % len(field) for value in (y, x))
    return np.asarray(field[rows, columns], np.float64)
