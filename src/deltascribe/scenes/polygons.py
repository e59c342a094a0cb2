"""Changed areas as polygons: vectorised block by block, and joined where a block's border cuts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from deltascribe.outlines import outline_areas
from deltascribe.scenes.mosaic import BLOCK, UNKNOWN, blocks, least_percent
from deltascribe.scenes.rasters import OWN_CACHE, import_rasterio, opened, raster_environment
from deltascribe.tiling import Window


@dataclass(frozen=True)
class Patch:
    """A connected changed area.

    Attributes:
        polygon: in pixels of the grid (x = column, y = row), along pixel edges.
        pixels: number of changed pixels.
        probability: mean over them, 0..1.
    """

    polygon: BaseGeometry
    pixels: int
    probability: float

    @property
    def place(self) -> tuple[float, float, int]:
        """First row and column, then the number of pixels: areas are ordered by it, from the upper left."""
        left, top, _, _ = self.polygon.bounds
        return top, left, self.pixels


@dataclass(frozen=True)
class _Part:
    """What one block shows of an area."""

    polygon: BaseGeometry
    pixels: int
    percent: int


def changed_patches(path: Path, threshold: float, least_pixels: float = 0, side: int = BLOCK) -> Iterator[Patch]:
    """Connected areas (by edges, not corners) of a probability raster, one by one: there may be more of them than fit in memory.

    Args:
        path: raster in percent, 255 unknown, as `write_mosaic` writes it.
        threshold: probability from which a pixel counts as changed, 0..1.
        least_pixels: smaller areas are left out.
        side: of the blocks that are held in memory; but for the order, the result does not depend on it.

    Yields:
        Areas within one block, block by block, then those that lie across blocks; `Patch.place` orders them.
    """
    cut: list[_Part] = []
    rasterio = import_rasterio()
    with raster_environment(cache=OWN_CACHE), opened(str(path)) as dataset:
        height, width = dataset.height, dataset.width
        for window in blocks(height, width, side):
            row, column, tall, wide = window
            percent = dataset.read(1, window=rasterio.windows.Window(column, row, wide, tall))
            for part in _parts(percent, window, threshold):
                if _on_seam(part.polygon, window, height, width):
                    cut.append(part)
                elif part.pixels >= least_pixels:
                    yield _patch(part.polygon, [part])
    yield from (patch for patch in _joined(cut) if patch.pixels >= least_pixels)


def _parts(percent: npt.NDArray[np.uint8], window: Window, threshold: float) -> Iterator[_Part]:
    """The areas of a block, in pixels of the grid."""
    changed = (percent >= least_percent(threshold)) & (percent != UNKNOWN)
    for area in outline_areas(changed.astype(np.uint8), percent):
        polygon = shapely.Polygon(area.rings[0], area.rings[1:])
        yield _Part(shapely.transform(polygon, _moved(window)), area.pixels, int(area.total))


def _moved(window: Window) -> Any:
    return lambda points: points + np.array([window[1], window[0]], dtype=np.float64)


def _on_seam(polygon: BaseGeometry, window: Window, height: int, width: int) -> bool:
    """Whether an area reaches a border of its block that is not the raster's."""
    row, column, tall, wide = window
    left, top, right, bottom = polygon.bounds
    return (
        (left == column and column > 0)
        or (top == row and row > 0)
        or (right == column + wide and right < width)
        or (bottom == row + tall and bottom < height)
    )


def _joined(parts: Sequence[_Part]) -> Iterator[Patch]:
    """Parts that share an edge become one area."""
    if not parts:
        return
    union = shapely.union_all([part.polygon for part in parts])
    areas = list(union.geoms) if hasattr(union, "geoms") else [union]
    tree = shapely.STRtree(areas)
    members: dict[int, list[_Part]] = {}
    for part in parts:
        inner = part.polygon.representative_point()
        members.setdefault(int(tree.query(inner, predicate="within")[0]), []).append(part)
    for number, area in enumerate(areas):
        yield _patch(area, members[number])


def _patch(polygon: BaseGeometry, parts: Sequence[_Part]) -> Patch:
    pixels = sum(part.pixels for part in parts)
    # without the points on straight edges where blocks met
    outline = shapely.normalize(polygon.simplify(0))
    return Patch(outline, pixels, round(sum(part.percent for part in parts) / (100 * max(pixels, 1)), 4))
