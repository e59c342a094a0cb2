"""Low plants that belong to no plan: shrubs on wild ground, bushes along fences. They are drawn as crowns and never told of."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.painting.grid import Window
from deltascribe.datasets.synthetic.painting.noise import CELL, Band, mix, tile, uniform, uniform_all
from deltascribe.datasets.synthetic.world import Colour, CoverKind, Layout, Tree

_CELL = 3.5
"""Metres between the places where a shrub may stand."""
_DENSITY: dict[CoverKind, float] = {"grass": 0.55, "bare": 0.40, "desert": 0.50, "woods": 0.55}
"""Most shrubs in a cell where they stand closest, by the ground that is seen there."""
_LEAVES: tuple[Colour, ...] = ((0.23, 0.25, 0.18), (0.27, 0.28, 0.20), (0.34, 0.31, 0.25), (0.20, 0.23, 0.16), (0.38, 0.35, 0.29))


def shrubs(layout: Layout, seed: int, window: Window) -> tuple[Tree, ...]:
    """Shrubs of a window of a place: in clumps on some ground, none on other; the same on both dates where nothing was built."""
    left, top, right, bottom = (int(np.floor(value / _CELL)) for value in window)
    column, row = (field.ravel() for field in np.meshgrid(np.arange(left, right + 1), np.arange(top, bottom + 1)))
    cells = ((column + 65_536) * 262_144 + row + 65_536).astype(np.uint64) + np.uint64(mix(seed, 51) >> 20)
    x, y = (column + uniform_all(cells, 1)) * _CELL, (row + uniform_all(cells, 2)) * _CELL
    density = _density(layout, seed, x, y)
    grows = uniform_all(cells, 3) < density
    if not grows.any():
        return ()
    x, y, cells = x[grows], y[grows], cells[grows]
    free = _free(layout, x, y)
    x, y, cells = x[free], y[free], cells[free]
    radii = 0.4 + 2.2 * uniform_all(cells, 4) ** 3
    heights = radii * uniform_all(cells, 5, 0.4, 1.1)
    leaves = (uniform_all(cells, 6) * len(_LEAVES)).astype(int)
    rows = zip(x.tolist(), y.tolist(), radii.tolist(), heights.tolist(), leaves.tolist(), strict=True)
    return tuple(Tree(left, top, radius, height, _LEAVES[leaf]) for left, top, radius, height, leaf in rows)


def built(layout: Layout) -> list[Polygon]:
    """Outlines of all that is built but roads."""
    outlines = [building.polygon for building in layout.buildings] + [parking.polygon for parking in layout.parkings]
    return outlines + [pool.polygon for pool in layout.pools] + [playground.polygon for playground in layout.playgrounds]


def _density(layout: Layout, seed: int, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shrubs per cell at points [N], by the uppermost cover; they gather in clumps, and about half of all ground has none."""
    density = np.full(len(x), _DENSITY["grass"] * _bushy(seed))
    for cover in layout.covers:
        inside = shapely.contains_xy(cover.polygon, x, y)
        density[inside] = _DENSITY.get(cover.kind, 0.0) * _bushy(cover.seed)
    gathered = _field("patch", seed, x, y) + 0.9 * _field("wide", seed, x, y)
    return np.asarray(density * np.clip(1.3 * (gathered - 0.6), 0.02, 1.5), np.float64)


def _bushy(seed: int) -> float:
    """How well shrubs do on the ground of a seed, 0..1."""
    return float(max(0.0, 2.0 * uniform(seed, 52) - 1.0) ** 0.7)


def _field(band: Band, seed: int, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Noise of a band at points [N]."""
    field = tile(band)
    rows, columns = (
        np.floor(value / CELL + mix(seed, purpose) % len(field)).astype(int) % len(field) for purpose, value in ((53, y), (54, x))
    )
    return np.asarray(field[rows, columns], np.float64)


def _free(layout: Layout, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points [N] keep off all that is built."""
    free = np.ones(len(x), bool)
    for road in layout.roads:
        free &= ~shapely.dwithin(road.line, shapely.points(x, y), road.width / 2 + 1.0)
        if road.head:
            end = road.line.coords[-1]
            free &= np.hypot(x - end[0], y - end[1]) > road.head + 1.0
    for outline in built(layout):
        left, top, right, bottom = outline.bounds
        near = np.flatnonzero(free & (x > left - 2) & (x < right + 2) & (y > top - 2) & (y < bottom + 2))
        if len(near):
            free[near] = ~shapely.dwithin(outline, shapely.points(x[near], y[near]), 1.5)
    return free
