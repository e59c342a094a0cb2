"""Masks of what changed, from polygons alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.painting.grid import Floats, Grid, Window, grid_of
from deltascribe.datasets.synthetic.world import Building, Place, Road, Thing

BUILDING, ROAD = 1, 2
Edges = NDArray[np.float64]
_LINES = 16  # in each row of pixels
_BLOCK = 512  # pixels on a side of what is swept at once
_HALF = 0.5 - 1e-4  # a pixel covered by just one half counts, whatever the rounding


def change_mask(place: Place, *, window: Window | None = None, resolution: float = 0.5) -> NDArray[np.uint8]:
    """What was built or taken away between the dates, in the classes of LEVIR-MCI.

    A pixel counts where at least half of it is covered; buildings lie over roads. A paved road counts where only one of the dates has
    pavement, so that a road that was widened shows its new strips alone; dirt tracks never do.

    Args:
        place: what stands on the two dates.
        window: x0, y0, x1, y1 in metres, on whole pixels; the whole place by default.
        resolution: metres a pixel.

    Returns:
        uint8 [rows, columns]: 0 nothing, 1 building, 2 road.

    Raises:
        DatasetError: the window is empty or not on whole pixels.
    """
    grid = grid_of(window or (0.0, 0.0, place.width, place.height), resolution)
    changed = [*place.added(), *place.removed()]
    mask = np.zeros(grid.shape, np.uint8)
    roads = _paved(changed)
    if roads:
        both = shapely.intersection(shapely.union_all(_paved(place.before.roads)), shapely.union_all(_paved(place.after.roads)))
        mask[_cover([shapely.difference(shapely.union_all(roads), both)], grid) >= _HALF] = ROAD
    mask[_cover([thing.polygon for thing in changed if isinstance(thing, Building)], grid) >= _HALF] = BUILDING
    return mask


def cover_mask(polygons: Iterable[BaseGeometry], window: Window, resolution: float = 0.5) -> Floats:
    """How much of each pixel polygons cover together, float32 [rows, columns] in 0..1, to about 1/32.

    Raises:
        DatasetError: the window is empty or not on whole pixels.
    """
    return _cover(list(polygons), grid_of(window, resolution))


def _paved(things: Iterable[Thing]) -> list[BaseGeometry]:
    return [thing.polygon for thing in things if isinstance(thing, Road) and thing.paved]


def _cover(polygons: list[BaseGeometry], grid: Grid) -> Floats:
    total = np.zeros(grid.shape, np.float32)
    if not polygons:
        return total
    bounds = shapely.bounds(np.array(polygons, object))
    for row in range(grid.row, grid.row + grid.rows, _BLOCK):
        for column in range(grid.column, grid.column + grid.columns, _BLOCK):
            wide, high = min(_BLOCK, grid.column + grid.columns - column), min(_BLOCK, grid.row + grid.rows - row)
            block = Grid(column, row, wide, high, grid.step)
            x0, y0, x1, y1 = block.bounds
            touched = (bounds[:, 0] < x1) & (bounds[:, 2] > x0) & (bounds[:, 1] < y1) & (bounds[:, 3] > y0)
            if touched.any():
                total[grid.slices(block)] = _swept(shapely.union_all([polygons[number] for number in np.flatnonzero(touched)]), block)
    return total


def _swept(area: BaseGeometry, block: Grid) -> Floats:
    """Coverage of a block's pixels by polygons that do not overlap: exact along rows, on `_LINES` lines in each.

    Where an edge crosses a line, all to the right of it comes inside or leaves: sums along the rows give the coverage.
    """
    x0, y0, x1, y1 = _edges(area, block)
    first, last = (
        np.clip(np.ceil(y * _LINES - 0.5), 0, block.rows * _LINES).astype(np.int64) for y in (np.minimum(y0, y1), np.maximum(y0, y1))
    )
    count = last - first
    edge = np.repeat(np.arange(len(count)), count)
    line = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    share = ((line + 0.5) / _LINES - y0[edge]) / (y1 - y0)[edge]
    crossing = np.clip(x0[edge] + share * (x1 - x0)[edge], 0, block.columns)
    sign = np.where(y1 > y0, 1.0, -1.0)[edge]
    column = crossing.astype(np.int64)
    width = block.columns + 2
    place, part = line // _LINES * width + column, crossing - column
    size = block.rows * width
    steps = np.bincount(place, sign * (1 - part), size) + np.bincount(place + 1, sign * part, size)
    # the sign of the sum tells which way round the rings were walked
    cover = np.abs(np.cumsum(steps.reshape(block.rows, width), 1)[:, : block.columns]) / _LINES
    return np.asarray(np.clip(cover, 0, 1), np.float32)


def _edges(area: BaseGeometry, block: Grid) -> tuple[Edges, Edges, Edges, Edges]:
    """Ends x0, y0, x1, y1 of all edges, in pixels of a block; outer rings are walked one way round and inner ones the other."""
    starts, ends = [], []
    for polygon in shapely.get_parts(area):
        if isinstance(polygon, Polygon):
            for ring, outer in [(polygon.exterior, True), *((inner, False) for inner in polygon.interiors)]:
                points = shapely.get_coordinates(ring) / block.step - (block.column, block.row)
                points = points if ring.is_ccw == outer else points[::-1]
                starts.append(points[:-1])
                ends.append(points[1:])
    if not starts:
        return (np.empty(0),) * 4
    (x0, y0), (x1, y1) = np.vstack(starts).T, np.vstack(ends).T
    return x0, y0, x1, y1
