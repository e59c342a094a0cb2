"""Puts the masks of tiles together into one raster, block by block, without seams and in flat memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from deltascribe.errors import ManifestError
from deltascribe.files import atomic_write, check_room
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.manifest import Manifest
from deltascribe.scenes.plan import ScenePlan, Tile
from deltascribe.scenes.rasters import OWN_CACHE, import_rasterio, raster_environment
from deltascribe.scenes.results import MASK_LEVELS, TileResult
from deltascribe.tiling import Window

BLOCK = 1024
"""Side of the blocks that are put together at once."""
UNKNOWN = 255
"""Where no tile has an answer or a date no value, and outside of the polygon; else a pixel holds its probability of change in percent."""


class TileLookup:
    """Finds the tiles that touch a window.

    Args:
        plan: of the run.
    """

    def __init__(self, plan: ScenePlan) -> None:
        self._by_place = plan.by_place
        self._tops = sorted({tile.window[0] for tile in plan.tiles})
        self._lefts = sorted({tile.window[1] for tile in plan.tiles})
        self._rows = {tile.window[0]: tile.row for tile in plan.tiles}
        self._columns = {tile.window[1]: tile.column for tile in plan.tiles}
        self._tall, self._wide = plan.tiles[0].window[2:] if plan.tiles else (0, 0)

    def touching(self, window: Window) -> list[Tile]:
        """Tiles that share pixels with a window, by number."""
        row, column, height, width = window
        tops = self._tops[bisect_right(self._tops, row - self._tall) : bisect_left(self._tops, row + height)]
        lefts = self._lefts[bisect_right(self._lefts, column - self._wide) : bisect_left(self._lefts, column + width)]
        places = ((self._rows[top], self._columns[left]) for top in tops for left in lefts)
        return [self._by_place[place] for place in places if place in self._by_place]

    def own_pixels(self, tile: Tile) -> npt.NDArray[np.bool_]:
        """Which pixels [h, w] of a tile's window are its own, so that each pixel that the plan's tiles show belongs to one of them.

        That is the tile with the nearest centre; where two are as near, the later one.
        """
        row, column, height, width = tile.window
        own = np.ones((height, width), np.bool_)
        for other in self.touching(tile.window):
            if other.index == tile.index:
                continue
            top, left = max(row, other.window[0]), max(column, other.window[1])
            shared = top, left, min(row, other.window[0]) + height - top, min(column, other.window[1]) + width - left
            further = _distances(shared, other.window) - _distances(shared, tile.window)
            part = slice(top - row, top - row + shared[2]), slice(left - column, left - column + shared[3])
            own[part] &= (further > 0) | ((further == 0) & (other.index < tile.index))
        return own


def _distances(part: Window, window: Window) -> npt.NDArray[np.int64]:
    """Squares of the distances [h, w] of a part's pixels from the centre of a window, in half pixels."""
    down, across = ((2 * (part[axis] - window[axis] + np.arange(part[axis + 2])) + 1 - window[axis + 2]) ** 2 for axis in (0, 1))
    distances: npt.NDArray[np.int64] = down[:, None] + across[None]
    return distances


def blocks(height: int, width: int, side: int = BLOCK) -> Iterator[Window]:
    """Windows that cover a raster without overlap, row by row."""
    for row in range(0, height, side):
        for column in range(0, width, side):
            yield row, column, min(side, height - row), min(side, width - column)


def write_mosaic(path: Path, plan: ScenePlan, manifest: Manifest) -> None:
    """Writes a tiled GeoTIFF of the probability of change in percent (uint8, 255 unknown) on the plan's grid.

    Where tiles overlap, their masks are averaged, with weights that fall off towards a tile's border. Nothing is known outside of the
    plan's polygon, and where a date has no value.

    Args:
        path: of the new file.
        plan: of the run.
        manifest: with the answers.

    Raises:
        ManifestError: the disk is full, or can't be written.
    """
    rasterio = import_rasterio()
    grid = plan.grid
    lookup = TileLookup(plan)
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 1,
        "dtype": "uint8",
        "crs": grid.crs,
        "transform": grid.affine(),
        "nodata": UNKNOWN,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "zlevel": 1,
        "BIGTIFF": "IF_SAFER",
    }
    try:
        with atomic_write(path) as temporary, raster_environment(cache=OWN_CACHE):
            with rasterio.open(temporary, "w", **profile) as target:
                for window in blocks(grid.height, grid.width):
                    row, column, height, width = window
                    tiles = lookup.touching(window)
                    answers = {answer.index: answer for answer in manifest.select([tile.index for tile in tiles])}
                    values = _blend(window, plan.size, [(tile, answers[tile.index]) for tile in tiles if tile.index in answers])
                    if plan.polygon is not None:
                        values[_outside(plan.polygon, plan.grid.cropped(window))] = UNKNOWN
                    target.write(values, 1, window=rasterio.windows.Window(column, row, width, height))
            check_room(path.parent)
    except (OSError, rasterio.errors.RasterioError) as error:
        reason = getattr(error, "strerror", None) or error.__cause__ or error
        raise ManifestError(
            f"{path} can't be written ({reason}). All tiles are saved. Make room and give this command again: it goes on from there."
        ) from error


def _outside(polygon: Any, grid: Grid) -> npt.NDArray[np.bool_]:
    """Pixels [h, w] of a part of the grid whose middle lies outside of a polygon."""
    outside: npt.NDArray[np.bool_] = import_rasterio().features.geometry_mask([polygon], (grid.height, grid.width), grid.affine())
    return outside


def _blend(window: Window, size: int, found: list[tuple[Tile, TileResult]]) -> npt.NDArray[np.uint8]:
    """Percent of a window [h, w]."""
    top, left, height, width = window
    total, weights = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for tile, answer in found:
        if answer.mask is None:
            continue
        row, column, tall, wide = tile.window
        first, last = max(row, top), min(row + tall, top + height)
        start, stop = max(column, left), min(column + wide, left + width)
        inside = slice(first - row, last - row), slice(start - column, stop - column)
        mask = enlarged(answer.mask, size)[inside]
        weight = _taper(tall, wide)[inside]
        if answer.known is not None:
            weight = weight * answer.known[inside]
        part = slice(first - top, last - top), slice(start - left, stop - left)
        total[part] += weight * mask
        weights[part] += weight
    percent = np.divide(100 * total, MASK_LEVELS * weights, out=np.full_like(total, UNKNOWN), where=weights > 0)
    return np.rint(percent).astype(np.uint8)


def enlarged(mask: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.float32]:
    """A mask [m, m] of a model's input as [size, size], bilinear, in the same 0..255."""
    picture = Image.fromarray(mask.astype(np.float32))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), dtype=np.float32)


def _taper(height: int, width: int) -> npt.NDArray[np.float32]:
    """Weights that are 1 in the middle and fall off to a small one at the border, where a tile knows least of what is around."""
    down, across = (np.minimum(np.arange(side) + 1, np.arange(side, 0, -1)).astype(np.float32) for side in (height, width))
    weights: npt.NDArray[np.float32] = np.outer(np.minimum(down / 32, 1), np.minimum(across / 32, 1))
    return weights


def write_cog(source: Path, target: Path) -> None:
    """A raster as Cloud Optimized GeoTIFF with overviews; the same bytes for the same pixels.

    Raises:
        OSError: the disk is full, or can't be written.
    """
    rasterio = import_rasterio()
    options = {"compress": "DEFLATE", "level": 6, "blocksize": 512, "overview_resampling": "average", "num_threads": "1"}
    with raster_environment(cache=OWN_CACHE):
        try:
            rasterio.shutil.copy(source, target, driver="COG", **options)
        except rasterio._err.CPLE_BaseError as error:  # GDAL's own, that rasterio hands on here as it is
            raise OSError(str(error)) from error
    check_room(target.parent)


def least_percent(threshold: float) -> float:
    """The percent from which a pixel counts as changed: without the rounding by which 100 * 0.55 is more than 55."""
    return round(100 * threshold, 6)
