"""Contact sheets: rows of before, after, mask and captions of some pairs, as one picture."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deltascribe.datasets.base import ChangeDataset
from deltascribe.datasets.masks import BUILDING, ROAD
from deltascribe.datasets.paths import shorten
from deltascribe.datasets.sample import ChangeSample
from deltascribe.errors import DatasetError
from deltascribe.files import atomic_write
from deltascribe.pixels import to_bytes

MARGIN = 12
HEADER = 30
TEXT_WIDTH = 440
FONT_SIZE = 15
LINE_HEIGHT = 20

_INK, _FAINT, _PAPER, _EMPTY = (25, 25, 25), (110, 110, 110), (255, 255, 255), (235, 235, 235)
_COLOURS = {BUILDING: (230, 40, 40), ROAD: (40, 110, 255)}


def choose_indices(dataset: ChangeDataset, count: int, *, seed: int = 0, names: Sequence[str] = ()) -> list[int]:
    """Positions of the pairs to show: those of the given names, or else a random choice in the order of the data set.

    Raises:
        DatasetError: a name is not in the data set.
    """
    if names:
        positions = {record.name: index for index, record in enumerate(dataset.records)}
        unknown = [name for name in names if name not in positions]
        if unknown:
            raise DatasetError(f"{dataset.root} has no pair called {shorten(unknown)}. Names are those of the image files, without ending.")
        return [positions[name] for name in names]
    return sorted(random.Random(seed).sample(range(len(dataset)), min(count, len(dataset))))


def sheet_size(rows: int, tile: int) -> tuple[int, int]:
    """Width and height of a sheet, in pixels."""
    return 4 * MARGIN + 3 * tile + TEXT_WIDTH + MARGIN, HEADER + rows * (tile + MARGIN) + MARGIN


def draw_sheet(samples: Sequence[ChangeSample], tile: int = 224) -> Image.Image:
    """Draws one row a sample: before, after, the mask over after (red buildings, blue roads), and the captions.

    Returns:
        RGB image of `sheet_size(len(samples), tile)`.
    """
    sheet = Image.new("RGB", sheet_size(len(samples), tile), _PAPER)
    draw = ImageDraw.Draw(sheet)
    lefts = [MARGIN + column * (tile + MARGIN) for column in range(4)]
    for left, title in zip(lefts, ("before", "after", "mask", "captions"), strict=True):
        draw.text((left, 7), title, fill=_FAINT, font=_font())
    for row, sample in enumerate(samples):
        top = HEADER + row * (tile + MARGIN)
        for left, image in zip(lefts, _pictures(sample, tile), strict=False):
            sheet.paste(image, (left, top))
        _write_text(draw, sample, (lefts[3], top), tile)
    return sheet


def save_sheet(
    dataset: ChangeDataset, path: Path, *, count: int = 8, seed: int = 0, names: Sequence[str] = (), tile: int = 224
) -> list[str]:
    """Draws some pairs of a data set into a PNG file.

    Returns:
        The names of the pairs shown, in order.
    """
    samples = [dataset[index] for index in choose_indices(dataset, count, seed=seed, names=names)]
    sheet = draw_sheet(samples, tile)
    with atomic_write(Path(path)) as temporary:
        sheet.save(temporary, format="PNG")
    return [sample.name for sample in samples]


def _pictures(sample: ChangeSample, tile: int) -> list[Image.Image]:
    before, after = (Image.fromarray(to_bytes(image.numpy())) for image in sample.pair)
    if sample.mask is None:
        third = Image.new("RGB", (tile, tile), _EMPTY)
        ImageDraw.Draw(third).text((tile / 2, tile / 2), "no mask known", fill=_FAINT, font=_font(), anchor="mm")
    else:
        third = _overlay(after, sample.mask.numpy()).resize((tile, tile), Image.Resampling.BILINEAR)
    return [before.resize((tile, tile), Image.Resampling.BILINEAR), after.resize((tile, tile), Image.Resampling.BILINEAR), third]


def _overlay(image: Image.Image, mask: np.ndarray) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    # dimmed towards white, so that colours stand out on dark roofs as well as on bright ground
    result = pixels * 0.55 + 255 * 0.45
    for value, colour in _COLOURS.items():
        result[mask == value] = pixels[mask == value] * 0.35 + np.asarray(colour, np.float32) * 0.65
    return Image.fromarray(result.round().astype(np.uint8))


def _write_text(draw: ImageDraw.ImageDraw, sample: ChangeSample, corner: tuple[int, int], height: int) -> None:
    left, top = corner
    flag = {True: "changed", False: "no change", None: "change unknown"}[sample.changed]
    details = " · ".join(part for part in (sample.split, flag, sample.caption_source, sample.quality) if part)
    lines = [(sample.name, _INK), (details, _FAINT)]
    lines += [(line, _INK) for caption in sample.captions for line in _wrap(draw, f"- {caption}", TEXT_WIDTH)]
    room = max(1, height // LINE_HEIGHT)
    if len(lines) > room:
        lines = [*lines[: room - 1], ("…", _FAINT)]
    for number, (line, colour) in enumerate(lines):
        draw.text((left, top + number * LINE_HEIGHT), line, fill=colour, font=_font())


def _wrap(draw: ImageDraw.ImageDraw, text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=_font()) > width:
            lines.append(f"   {word}")
        else:
            lines[-1:] = [longer]
    return lines


@cache
def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(FONT_SIZE)
