"""The gallery as one picture: the best and the worst captions, for a document or a chat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.page.content import GalleryItem
from deltascribe.evaluation.pictures import MASK_COLOURS, overlay
from deltascribe.files import atomic_write
from deltascribe.report import format_percent

_TILE, _GAP, _TEXT, _TITLE = 160, 10, 470, 34
_HEADS, _LEGEND = 18, 22
_PAPER, _INK, _SOFT, _GOOD, _BAD = (250, 250, 248), (29, 31, 33), (99, 104, 109), (29, 122, 70), (179, 55, 47)
_LINE = 17
_REFERENCES = 5
_SAID_LINES = 4
_LONGEST = 600
"""Letters of a sentence that can fit beside its pictures; no more are measured."""


def gallery_png(path: Path, best: Sequence[GalleryItem], worst: Sequence[GalleryItem], *, title: str = "") -> None:
    """Writes a contact sheet: a row a pair with before, after, mask (where there is one), prediction and references.

    Args:
        path: where the PNG goes.
        best: pairs under the heading "best".
        worst: pairs under the heading "worst".
        title: first line: model, split and way of decoding.

    Raises:
        PredictionsError: both are empty.
    """
    items = [*best, *worst]
    if not items:
        raise PredictionsError("There is no pair to draw. Evaluate at least one.")
    columns = 3 if any(_mask_of(item) is not None for item in items) else 2
    among = "the changed pairs" if all(item.prediction.changed for item in items) else "all pairs"
    sections = [(f"{name} of {among} by CIDEr-D", group) for name, group in (("best", best), ("worst", worst)) if group]
    titles = _wrap(title, 20, columns * (_TILE + _GAP) + _TEXT - _GAP)[:2] if title else []
    legend = _legend(columns == 3)
    height = _GAP + len(titles) * _TITLE + len(legend) * _LEGEND + _GAP
    height += sum(_TITLE + _HEADS + len(group) * (_TILE + _GAP) for _, group in sections)
    sheet = Image.new("RGB", (columns * (_TILE + _GAP) + _GAP + _TEXT, height), _PAPER)
    draw, top = ImageDraw.Draw(sheet), _GAP
    for line in titles:
        draw.text((_GAP, top), line, fill=_INK, font=_font(20))
        top += _TITLE
    for parts in legend:
        _write_parts(draw, parts, top)
        top += _LEGEND
    for name, group in sections:
        draw.text((_GAP, top), name, fill=_INK, font=_font(17))
        top += _TITLE
        for column, head in enumerate(("before", "after", "mask")[:columns]):
            draw.text((_GAP + column * (_TILE + _GAP), top), head, fill=_SOFT, font=_font(12))
        top += _HEADS
        for item in group:
            for column, picture in enumerate(_pictures(item)):
                sheet.paste(picture.resize((_TILE, _TILE)), (_GAP + column * (_TILE + _GAP), top))
            _write(draw, item, (_GAP + columns * (_TILE + _GAP), top))
            top += _TILE + _GAP
    with atomic_write(path) as temporary:
        sheet.save(temporary, format="PNG")


def _legend(masks: bool) -> list[list[tuple[str, tuple[int, int, int]]]]:
    """Lines of words with their colours."""
    lines = [
        [("coloured line: prediction,", _SOFT), ("green: right on change or no change,", _GOOD), ("red: wrong", _BAD)],
        [("below it, in black: the references", _INK)],
    ]
    if masks:
        lines[1] += [("mask:", _SOFT), ("building, or any change where a mask knows no kinds", MASK_COLOURS[1]), ("road", MASK_COLOURS[2])]
    return lines


def _write_parts(draw: ImageDraw.ImageDraw, parts: Sequence[tuple[str, tuple[int, int, int]]], top: int) -> None:
    left: float = _GAP
    for text, colour in parts:
        draw.text((left, top), text, fill=colour, font=_font(13))
        left += _font(13).getlength(text) + _GAP


def _mask_of(item: GalleryItem) -> npt.NDArray[Any] | None:
    return item.mask if item.mask is not None else item.reference_mask


def _pictures(item: GalleryItem) -> list[Image.Image]:
    mask = _mask_of(item)
    return [item.before, item.after, *([overlay(item.after, mask)] if mask is not None else [])]


def _write(draw: ImageDraw.ImageDraw, item: GalleryItem, corner: tuple[int, int]) -> None:
    said, (left, top) = item.prediction, corner
    bottom = top + _TILE
    caption = _wrap(said.caption or "(empty)", 15)
    if len(caption) > _SAID_LINES:
        caption = [*caption[: _SAID_LINES - 1], f"{caption[_SAID_LINES - 1][:-4]} ..."]
    lines = [(line, _BAD if item.wrong_flag else _GOOD, 15) for line in caption]
    figures = f"{said.name}   CIDEr-D {100 * item.scores.cider_d:.0f}"
    if said.change_probability is not None:
        figures += f"   change probability {format_percent(said.change_probability)}"
    lines.append((figures, _SOFT, 12))
    for reference in list(dict.fromkeys(said.references))[:_REFERENCES]:
        lines += [(line, _INK, 12) for line in _wrap(reference.strip(), 12)]
    for text, colour, size in lines:
        if top + _LINE > bottom:
            break
        draw.text((left, top), text, fill=colour, font=_font(size))
        top += _LINE + (size - 12)


def _wrap(text: str, size: int, width: int = _TEXT - 2 * _GAP) -> list[str]:
    lines, font = [""], _font(size)
    for word in text[:_LONGEST].split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_fit(line, font, width) for line in lines]


def _fit(line: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """The line, or the beginning of a word that is wider than its column."""
    if font.getlength(line) <= width:
        return line
    while font.getlength(f"{line}...") > width:
        line = line[:-1]
    return f"{line}..."


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
