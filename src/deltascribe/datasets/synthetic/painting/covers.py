"""Lays the ground: the base texture of a place, then its covers one over another."""

from __future__ import annotations

import cv2
import numpy as np
from shapely import box
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.painting.grid import Floats, Grid, coverage
from deltascribe.datasets.synthetic.painting.noise import sample
from deltascribe.datasets.synthetic.painting.texture import texture
from deltascribe.datasets.synthetic.painting.tracks import lines
from deltascribe.datasets.synthetic.world import Cover, CoverKind


def ground(grid: Grid, covers: tuple[Cover, ...], seed: int, season: float) -> Floats:
    """Colour of the ground, float32 [3, rows, columns]."""
    # what lies under a cover that spans the whole grid is not seen
    spanning = [number for number, cover in enumerate(covers) if _spans(cover, grid)]
    worn = lines(grid, seed)
    if spanning:
        lowest = covers[spanning[-1]]
        image = _worn(texture(lowest.kind, grid, lowest.seed, season, lowest.angle), lowest.kind, worn)
        covers = covers[spanning[-1] + 1 :]
    else:
        image = _worn(texture("grass", grid, seed, season), "grass", worn)
    for cover in covers:
        lay(image, grid, cover, season, worn)
    return image


def _spans(cover: Cover, grid: Grid) -> bool:
    x0, y0, x1, y1 = cover.polygon.bounds
    left, top, right, bottom = grid.bounds
    margin = 1.5 * cover.soft + grid.step
    if left - margin < x0 or top - margin < y0 or right + margin > x1 or bottom + margin > y1:
        return False
    return bool(cover.polygon.contains(box(left - margin, top - margin, right + margin, bottom + margin)))


def _worn(image: Floats, kind: CoverKind, worn: Floats | None) -> Floats:
    """Ground with the lines that run over it, where they would last."""
    if worn is not None and kind in ("bare", "grass", "desert"):
        image *= 1 + worn
    return image


def lay(image: Floats, grid: Grid, cover: Cover, season: float, worn: Floats | None = None) -> None:
    """Lays one cover over what is there."""
    cut = grid.cut(cover.polygon.bounds, 1.5 * cover.soft)
    if cut is None:
        return
    part, (rows, columns) = cut
    below = image[:, rows, columns]
    ground = _worn(texture(cover.kind, part, cover.seed, season, cover.angle), cover.kind, None if worn is None else worn[rows, columns])
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
