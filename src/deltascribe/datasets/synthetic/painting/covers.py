"""Lays the ground: the base texture of a place, then its covers one over another."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from shapely import box
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.painting.grid import Floats, Grid, coverage
from deltascribe.datasets.synthetic.painting.noise import sample, uniform
from deltascribe.datasets.synthetic.painting.texture import texture
from deltascribe.datasets.synthetic.painting.tracks import lines
from deltascribe.datasets.synthetic.world import Colour, Cover, CoverKind

_BANKS: tuple[Colour, ...] = ((0.58, 0.52, 0.42), (0.30, 0.32, 0.22), (0.48, 0.43, 0.34), (0.25, 0.28, 0.19))
"""Bare and eroded, or grown over with reeds."""
_SHALLOWS = 9.0
"""Metres over which water deepens."""
_SITE = 1600.0
"""Square metres: smaller patches of soil are yards."""
_SHALLOW: Colour = (0.34, 0.33, 0.26)


def ground(grid: Grid, covers: tuple[Cover, ...], seed: int, season: float) -> Floats:
    """Colour of the ground, float32 [3, rows, columns]."""
    # what lies under a cover that spans the whole grid is not seen
    spanning = [number for number, cover in enumerate(covers) if _spans(cover, grid)]
    worn = lines(grid, seed)
    if spanning:
        lowest = covers[spanning[-1]]
        image = _surface(grid, lowest, season, worn)
        covers = covers[spanning[-1] + 1 :]
    else:
        image = _worn(texture("grass", grid, seed, season), "grass", worn)
    for cover in covers:
        lay(image, grid, cover, season, worn)
    return image


def bank(below: Floats, water: Floats, grid: Grid, cover: Cover) -> None:
    """The shore of water, in place: a strip of bare or overgrown ground about it, and shallows that darken towards its middle."""
    near = softened(grid, cover.polygon, 3.5)
    patch = sample("patch", grid, cover.seed + 23)
    shore = np.clip(4 * near * (1 - near), 0, 1) * np.clip(0.55 + 0.35 * patch, 0.05, 0.9) * np.float32(uniform(cover.seed, 24, 0.3, 1.0))
    colour = _BANKS[int(uniform(cover.seed, 25, 0, len(_BANKS)))]
    deep = np.clip(2.2 * softened(grid, cover.polygon, _SHALLOWS) - 1.2, 0, 1)
    shallow = np.float32(uniform(cover.seed, 26, 0.2, 0.8)) * (1 - deep) * np.clip(0.8 + 0.3 * patch, 0.2, 1.2)
    for channel in range(3):
        below[channel] += shore * (np.float32(colour[channel]) - below[channel])
        water[channel] += shallow * (np.float32(_SHALLOW[channel]) - water[channel])


def _spans(cover: Cover, grid: Grid) -> bool:
    x0, y0, x1, y1 = cover.polygon.bounds
    left, top, right, bottom = grid.bounds
    margin = max(1.5 * cover.soft, 1.3 * _SHALLOWS if cover.kind == "water" else 0.0) + grid.step
    if left - margin < x0 or top - margin < y0 or right + margin > x1 or bottom + margin > y1:
        return False
    return bool(cover.polygon.contains(box(left - margin, top - margin, right + margin, bottom + margin)))


def _surface(grid: Grid, cover: Cover, season: float, worn: Floats | None) -> Floats:
    """Colour of a cover, with the lines of its place and, on large patches of bare soil, those of machines that drive all over it."""
    image = _worn(texture(cover.kind, grid, cover.seed, season, cover.angle), cover.kind, worn)
    if cover.kind == "bare" and cover.polygon.area > _SITE:
        image = _worn(image, "bare", lines(grid, cover.seed))
    return image


def _worn(image: Floats, kind: CoverKind, worn: Floats | None) -> Floats:
    """Ground with the lines that run over it, where they would last."""
    if worn is not None and kind in ("bare", "grass", "desert"):
        image *= 1 + worn
    return image


def lay(image: Floats, grid: Grid, cover: Cover, season: float, worn: Floats | None = None) -> None:
    """Lays one cover over what is there."""
    cut = grid.cut(cover.polygon.bounds, max(1.5 * cover.soft, 4.5 if cover.kind == "water" else 0.0))
    if cut is None:
        return
    part, (rows, columns) = cut
    below = image[:, rows, columns]
    ground = _surface(part, cover, season, None if worn is None else worn[rows, columns])
    if cover.kind == "water":
        bank(below, ground, part, cover)
        cover = replace(cover, soft=max(cover.soft, 2.0))
    below += edge(part, cover) * (ground - below)


def softened(grid: Grid, geometry: BaseGeometry, metres: float) -> Floats:
    """Coverage 0..1 [rows, columns] that fades over about `metres` on either side of an edge."""
    around = int(np.ceil(1.2 * metres / grid.step)) + 1
    wide = grid.grown(around, around, around, around)
    size = 2 * around + 1
    blurred = cv2.GaussianBlur(coverage(wide, geometry), (size, size), metres / 2.5 / grid.step)
    return np.asarray(blurred[wide.slices(grid)], np.float32)


def edge(grid: Grid, cover: Cover) -> Floats:
    """Coverage 0..1 whose edge fades over `cover.soft` metres and frays where that is wide, as edges of grass and water do."""
    if cover.soft < 2 * grid.step:
        return coverage(grid, cover.polygon)
    blurred = softened(grid, cover.polygon, cover.soft)
    ragged = np.float32(min(cover.soft / 2.5, 2.2))
    fray = ragged * (0.16 * sample("mottle", grid, cover.seed + 21) + 0.13 * sample("patch", grid, cover.seed + 22))
    inside = blurred * (1 - blurred) * 4  # frays only where the edge is
    frayed: Floats = np.clip(0.5 + (blurred - 0.5) * 1.35 + fray * inside, 0, 1).astype(np.float32)
    return frayed
