"""Pictures of a scene inside its page: each date as a whole, and tiles that changed pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from deltascribe.pixels import Pixels, to_bytes
from deltascribe.scenes.answer import DescribedTile, SceneAnswer
from deltascribe.scenes.reading import DateReader, DateSource, Valid, open_date, open_dates
from deltascribe.tiling import Window
from deltascribe.webpage import jpeg_bytes

DATES = ("before", "after")
LONGEST = 2048
"""Pixels of the longer side of a whole date."""
CROP_SIDE = 256
MAX_CROPS = 300
"""Tiles of which both dates are in the page; of the others it shows an enlarged part of the whole date."""
CROP_BYTES = 12 * 2**20
"""Bytes of all these tiles together, before they become text, which takes a third more."""
GAP = 96
"""Grey level, 0..255, of what is unknown."""
_ROWS = 128
"""Rows of a whole date that are made at once."""
_QUALITY = 80

Crops = dict[int, tuple[bytes, bytes]]
"""JPEGs of the before and after image by number of the tile."""


@dataclass(frozen=True)
class Preview:
    """A whole date, scaled down.

    Attributes:
        jpeg: picture file.
        size: (height, width) in its pixels.
        gaps: whether a part of it is unknown.
    """

    jpeg: bytes
    size: tuple[int, int]
    gaps: bool


def preview_size(height: int, width: int, longest: int = LONGEST) -> tuple[int, int]:
    """(height, width) of a whole date: as it is, or with a longer side of `longest`."""
    factor = max(height, width, longest) / longest
    return max(round(height / factor), 1), max(round(width / factor), 1)


def preview(answer: SceneAnswer, source: DateSource, *, network: bool = False) -> Preview:
    """Reads a date strip by strip, from smaller versions stored in its file where there are such.

    Raises:
        ImageNotFoundError, ImageDecodeError, RasterError: the file can't be read any more.
    """
    grid = answer.plan.grid
    height, width = preview_size(grid.height, grid.width)
    picture = np.empty((height, width, 3), np.uint8)
    gaps = False
    with open_date(source, grid, network=network) as reader:
        for first in range(0, height, _ROWS):
            last = min(first + _ROWS, height)
            top, bottom = (round(row * grid.height / height) for row in (first, last))
            pixels, valid = _read(reader, (top, 0, bottom - top, grid.width), (last - first, width))
            picture[first:last] = _shown(pixels, valid)
            gaps |= not valid.all()
    return Preview(jpeg_bytes(Image.fromarray(picture), _QUALITY), (height, width), gaps)


def tile_crops(answer: SceneAnswer, tiles: Sequence[DescribedTile], *, network: bool = False, budget: int = CROP_BYTES) -> Crops:
    """Both dates of as many of the tiles, in the order given, as fit.

    Args:
        answer: of the run.
        tiles: at most `MAX_CROPS` of them are read, in the plan's order, which decodes each block of a file about once.
        network: see `open_date`.
        budget: bytes that all pictures take together at most.
    """
    wanted = {entry.tile.index for entry in tiles[:MAX_CROPS]}
    found: Crops = {}
    with open_dates(answer.before, answer.after, answer.plan.grid, network=network) as readers:
        for tile in answer.plan.tiles:
            if tile.index in wanted:
                before, after = (_crop(reader, tile.window) for reader in readers)
                found[tile.index] = (before, after)
    kept: Crops = {}
    for entry in tiles[:MAX_CROPS]:
        budget -= sum(map(len, found[entry.tile.index]))
        if budget < 0:
            break
        kept[entry.tile.index] = found[entry.tile.index]
    return kept


def _crop(reader: DateReader, window: Window) -> bytes:
    height, width = preview_size(*window[2:], CROP_SIDE)
    return jpeg_bytes(Image.fromarray(_shown(*_read(reader, window, (height, width)))), _QUALITY)


def _read(reader: DateReader, window: Window, shape: tuple[int, int]) -> tuple[Pixels, Valid]:
    return reader.pixels(window, None if shape == window[2:] else shape)


def _shown(pixels: Pixels, valid: Valid) -> npt.NDArray[np.uint8]:
    """What is seen of a window [h, w, 3]."""
    shown = to_bytes(pixels)
    shown[~valid] = GAP
    return shown
