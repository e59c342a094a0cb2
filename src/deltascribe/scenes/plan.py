"""Cuts a grid into tiles, in an order that decodes each block of the files about once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import shapely

from deltascribe.scenes.grid import Grid
from deltascribe.scenes.rasters import RasterInfo
from deltascribe.tiling import Window, starts

_AREA = 2048
"""Tiles are taken area by area of so many pixels, whose blocks fit GDAL's cache however wide the scene is."""


@dataclass(frozen=True)
class Tile:
    """One place that the model looks at.

    Attributes:
        index: number in the plan, row by row from the upper left.
        row, column: place in the lattice of tiles.
        window: (row, column, height, width) in pixels of the grid.
    """

    index: int
    row: int
    column: int
    window: Window


@dataclass(frozen=True)
class ScenePlan:
    """All tiles of a run.

    Attributes:
        grid: common grid.
        size: side of the model's input in pixels.
        overlap: pixels that neighbouring tiles share at least.
        tiles: in the order in which they are read.
        lattice: (rows, columns) of tiles over the whole grid, those left out included.
        polygon: shapely geometry in the grid's coordinates, outside of which nothing is mapped; None for all of the grid.
        limited: whether a limit left tiles out.
    """

    grid: Grid
    size: int
    overlap: int
    tiles: tuple[Tile, ...]
    lattice: tuple[int, int]
    polygon: Any | None = None
    limited: bool = False

    def batches(self, size: int, done: Set[int] = frozenset(), *, workers: int = 1) -> Iterator[tuple[Tile, ...]]:
        """Runs of up to `size` tiles, in reading order, without those whose numbers are `done`; shorter ones for many workers."""
        yield from in_batches([tile for tile in self.tiles if tile.index not in done], size, workers)

    def own_window(self, tile: Tile) -> Window:
        """The part of a tile's window that is drawn as its own: overlaps with planned neighbours above, below, left and right are halved.

        Own windows cover what the tiles show; where the plan is whole, they cover it once. At corners of a partial plan two may meet in
        a small square, so pixels are counted by `TileLookup.own_pixels`.
        """
        row, column, height, width = tile.window
        above, below = self._halfway(tile, (-1, 0)), self._halfway(tile, (1, 0))
        before, behind = self._halfway(tile, (0, -1)), self._halfway(tile, (0, 1))
        top, bottom = row if above is None else above[0], row + height if below is None else below[0]
        left, right = column if before is None else before[1], column + width if behind is None else behind[1]
        return top, left, bottom - top, right - left

    def _halfway(self, tile: Tile, step: tuple[int, int]) -> tuple[int, int] | None:
        """Row and column in the middle of what a tile shares with the neighbour a step away; None without one."""
        other = self.by_place.get((tile.row + step[0], tile.column + step[1]))
        if other is None:
            return None
        (row, column, height, width), (other_row, other_column, _, _) = tile.window, other.window
        return (row + other_row + height) // 2, (column + other_column + width) // 2

    @cached_property
    def by_place(self) -> Mapping[tuple[int, int], Tile]:
        """Planned tiles by row and column of tiles."""
        return {(tile.row, tile.column): tile for tile in self.tiles}

    def selection(self) -> str:
        """Short name of what of the grid is looked at: an answer's raster must outlive the next run over another part of it."""
        polygon = "" if self.polygon is None else shapely.to_wkt(self.polygon, rounding_precision=-1)
        content = [polygon, sorted(tile.index for tile in self.tiles)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    def digest(self) -> str:
        """Short name of how the grid is cut into numbered tiles; which of them are looked at is no part of it."""
        content = [self.grid.as_dict(), self.size, self.overlap]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def plan_scene(
    grid: Grid, size: int, overlap: int, sources: Sequence[RasterInfo] = (), *, polygon: Any | None = None, limit: int | None = None
) -> ScenePlan:
    """Plans the tiles of a scene.

    Args:
        grid: common grid.
        size: side of the model's input in pixels.
        overlap: pixels that neighbouring tiles share at least; less than `size`.
        sources: rasters to read; one that is stored in strips makes the order follow its rows.
        polygon: to keep to, a shapely geometry in the grid's coordinates; tiles that don't touch it are left out.
        limit: only the first so many tiles, row by row.
    """
    rows, columns = _starts(grid.height, size, overlap), _starts(grid.width, size, overlap)
    tiles = []
    if polygon is not None:
        shapely.prepare(polygon)  # it may have many corners, and is asked for each tile
    for row, top in enumerate(rows):
        for column, left in enumerate(columns):
            window = (top, left, min(size, grid.height), min(size, grid.width))
            if polygon is None or polygon.intersects(_box(grid, window)):
                tiles.append(Tile(row * len(columns) + column, row, column, window))
    limited = limit is not None and limit < len(tiles)
    tiles = tiles[:limit]
    striped = any(info.striped for info in sources)
    tiles.sort(key=lambda tile: _order(tile, striped))
    return ScenePlan(grid, size, overlap, tuple(tiles), (len(rows), len(columns)), polygon, limited)


def in_batches(tiles: Sequence[Tile], size: int, workers: int) -> Iterator[tuple[Tile, ...]]:
    """Tiles in runs of up to `size`, shorter ones where there would be fewer runs than workers."""
    size = fair_size(len(tiles), size, workers)
    for first in range(0, len(tiles), size):
        yield tuple(tiles[first : first + size])


def fair_size(tiles: int, size: int, workers: int) -> int:
    """Tiles of a batch: `size`, or fewer where there would be fewer batches than workers; at least 1."""
    return max(min(size, math.ceil(tiles / workers)), 1)


@lru_cache(maxsize=8)  # asked for every tile
def _starts(side: int, size: int, overlap: int) -> tuple[int, ...]:
    return tuple(starts(side, size, overlap))


def _order(tile: Tile, striped: bool) -> tuple[int, int, int]:
    row, column = tile.window[:2]
    return (0, 0, tile.index) if striped else (row // _AREA, column // _AREA, tile.index)


def _box(grid: Grid, window: Window) -> Any:
    return shapely.box(*grid.window_bounds(window))
