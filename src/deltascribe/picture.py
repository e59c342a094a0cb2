"""Draws a change report as one picture: before, after, the changed area, and the words beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from deltascribe.pair import ImagePair
from deltascribe.pixels import Pixels, to_bytes
from deltascribe.text import begins_as_no_change
from deltascribe.tiling import tile_names

if TYPE_CHECKING:
    from deltascribe.report import ChangeReport

LARGEST_PANEL = 512  # pixels of a panel's longer side
SMALLEST_PANEL = 256  # smaller images are enlarged by a whole factor, so that text fits beneath
MARGIN, GAP = 24, 16
NARROWEST_COLUMN, NARROWEST_PICTURE = 130, 560  # room for the titles and the sentence when the images are slim
_TITLE, _CAPTION, _SMALL = 18, 21, 15  # font sizes
_MAX_TILES = 12

_PAPER, _INK, _QUIET, _LINE = (255, 255, 255), (24, 28, 35), (104, 112, 124), (218, 222, 228)
_CHANGE, _SAME, _AMBER = (214, 39, 60), (70, 120, 150), (156, 92, 0)
_FILL_OPACITY = 0.4

_Line = tuple[str, int, tuple[int, int, int]]  # text, font size, colour


def draw_report(report: ChangeReport, pair: ImagePair) -> Image.Image:
    """Draws a report.

    Args:
        report: the answer about `pair`.
        pair: its two images; large ones are scaled down to 512 pixels a panel.

    Returns:
        RGB picture with two panels, or three where the report has a mask.
    """
    size = panel_size(*pair.size)
    panels = [("Before", _panel(pair.before, size)), ("After", _panel(pair.after, size))]
    if report.mask is not None:
        panels.append(("Changed area", draw_mask(panels[1][1], report.mask)))
    column = max(size[0], NARROWEST_COLUMN)
    width = max(2 * MARGIN + len(panels) * column + (len(panels) - 1) * GAP, NARROWEST_PICTURE)
    lines = _lines(report, width - 2 * MARGIN)
    top = MARGIN + _line_height(_TITLE) + 8
    bar = top + size[1] + 18
    text_top = bar + _line_height(_SMALL) + 10
    picture = Image.new("RGB", (width, text_top + sum(_line_height(s) for _, s, _ in lines) + MARGIN), _PAPER)
    draw = ImageDraw.Draw(picture)
    for i, (title, panel) in enumerate(panels):
        left = MARGIN + i * (column + GAP)
        draw.text((left, MARGIN), title, fill=_INK, font=_font(_TITLE))
        picture.paste(panel, (left, top))
        draw.rectangle((left - 1, top - 1, left + size[0], top + size[1]), outline=_LINE)
    _draw_probability(draw, report, bar, width)
    for text, font_size, colour in lines:
        draw.text((MARGIN, text_top), text, fill=colour, font=_font(font_size))
        text_top += _line_height(font_size)
    return picture


def panel_size(height: int, width: int) -> tuple[int, int]:
    """(width, height) of the panel in which an image of `height` x `width` is shown."""
    longest = max(height, width)
    factor = min(1.0, LARGEST_PANEL / longest)
    if longest < SMALLEST_PANEL:
        factor = float(-(-SMALLEST_PANEL // longest))
    return max(1, round(width * factor)), max(1, round(height * factor))


def draw_mask(image: Image.Image, mask: npt.NDArray[Any]) -> Image.Image:
    """Lays the changed area (probability 0.5 or more) over an image: half transparent, with an outline.

    Args:
        image: RGB picture.
        mask: probability of change [H, W] in 0..1; resized to the picture.
    """
    probability = Image.fromarray(mask.astype(np.float32)).resize(image.size, Image.Resampling.BILINEAR)
    area = Image.fromarray(np.where(np.asarray(probability) >= 0.5, 255, 0).astype(np.uint8))
    outline = ImageChops.subtract(area.filter(ImageFilter.MaxFilter(3)), area.filter(ImageFilter.MinFilter(3)))
    colour = Image.new("RGB", image.size, _CHANGE)
    filled = Image.composite(Image.blend(image, colour, _FILL_OPACITY), image, area)
    return Image.composite(colour, filled, outline)


def wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Breaks text into lines of at most `width` pixels, at spaces, or within a word that is too long by itself."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        longer = f"{current} {word}" if current else word
        if font.getlength(longer) <= width:
            current = longer
            continue
        if current:
            lines.append(current)
        while len(word) > 1 and font.getlength(word) > width:
            cut = next((n for n in range(len(word) - 1, 1, -1) if font.getlength(word[:n]) <= width), 1)
            lines.append(word[:cut])
            word = word[cut:]
        current = word
    return [*lines, current] if current else lines


def _panel(pixels: Pixels, size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(to_bytes(pixels))
    enlarged = size[0] > image.size[0]
    return image.resize(size, Image.Resampling.NEAREST if enlarged else Image.Resampling.LANCZOS)


def _lines(report: ChangeReport, width: int) -> list[_Line]:
    """Everything that is written beneath the panels."""
    blocks: list[_Line] = [(report.caption or "(no caption)", _CAPTION, _INK)]
    blocks += [(f"or: {a.caption}", _SMALL, _QUIET) for a in report.alternatives if a.caption != report.caption]
    names = tile_names([tile.window for tile in report.tiles])
    changed = [f"{name}: {tile.caption}" for name, tile in zip(names, report.tiles, strict=True) if not begins_as_no_change(tile.caption)]
    blocks += [(text, _SMALL, _QUIET) for text in changed[:_MAX_TILES]]
    if len(changed) > _MAX_TILES:
        blocks.append((f"and {len(changed) - _MAX_TILES} more tiles that changed", _SMALL, _QUIET))
    blocks += [(f"Warning: {warning}", _SMALL, _AMBER) for warning in report.warnings]
    return [(line, size, colour) for text, size, colour in blocks for line in wrap(text, _font(size), width)]


def _draw_probability(draw: ImageDraw.ImageDraw, report: ChangeReport, top: int, width: int) -> None:
    """A bar filled to the probability of change, the number, and the pair's name at the right as far as it fits."""
    from deltascribe.report import format_percent

    font = _font(_SMALL)
    colour = _CHANGE if report.changed else _SAME
    middle = top + _line_height(_SMALL) // 2
    draw.rounded_rectangle((MARGIN, middle - 5, MARGIN + 120, middle + 5), radius=5, fill=_LINE)
    filled = round(120 * report.change_probability)
    if filled >= 10:
        draw.rounded_rectangle((MARGIN, middle - 5, MARGIN + filled, middle + 5), radius=5, fill=colour)
    verdict = "changed" if report.changed else "no change"
    text = f"{verdict} · change probability {format_percent(report.change_probability)}"
    draw.text((MARGIN + 132, middle), text, fill=colour, font=font, anchor="lm")
    room = width - 2 * MARGIN - 132 - font.getlength(text) - 24
    if font.getlength(report.name) <= room:
        draw.text((width - MARGIN, middle), report.name, fill=_QUIET, font=font, anchor="rm")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def _line_height(size: int) -> int:
    return round(size * 1.4)
