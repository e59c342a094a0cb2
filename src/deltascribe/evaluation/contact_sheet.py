"""The gallery as one picture: the best and the worst captions, for a document or a chat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.page.content import GalleryItem
from deltascribe.evaluation.pictures import overlay
from deltascribe.files import atomic_write
from deltascribe.report import format_percent

_TILE, _GAP, _TEXT, _TITLE = 160, 10, 470, 34
_PAPER, _INK, _SOFT, _GOOD, _BAD = (250, 250, 248), (29, 31, 33), (99, 104, 109), (29, 122, 70), (179, 55, 47)
_LINE = 17
_REFERENCES = 5


def gallery_png(path: Path, best: Sequence[GalleryItem], worst: Sequence[GalleryItem]) -> None:
    """Writes a contact sheet: a row a pair with before, after, mask (where there is one), prediction and references.

    Args:
        path: where the PNG goes.
        best: pairs under the heading "best".
        worst: pairs under the heading "worst".

    Raises:
        PredictionsError: both are empty.
    """
    items = [*best, *worst]
    if not items:
        raise PredictionsError("There is no pair to draw. Evaluate at least one.")
    columns = 3 if any(_mask_of(item) is not None for item in items) else 2
    sections = [(name, group) for name, group in (("best by CIDEr-D", best), ("worst by CIDEr-D", worst)) if group]
    height = sum(_TITLE + len(group) * (_TILE + _GAP) for _, group in sections) + _GAP
    width = columns * (_TILE + _GAP) + _GAP + _TEXT
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw, top = ImageDraw.Draw(sheet), _GAP
    for name, group in sections:
        draw.text((_GAP, top), name, fill=_INK, font=_font(20))
        top += _TITLE
        for item in group:
            for column, picture in enumerate(_pictures(item)):
                sheet.paste(picture.resize((_TILE, _TILE)), (_GAP + column * (_TILE + _GAP), top))
            _write(draw, item, (_GAP + columns * (_TILE + _GAP), top))
            top += _TILE + _GAP
    with atomic_write(path) as temporary:
        sheet.save(temporary, format="PNG")


def _mask_of(item: GalleryItem) -> npt.NDArray[Any] | None:
    return item.mask if item.mask is not None else item.reference_mask


def _pictures(item: GalleryItem) -> list[Image.Image]:
    mask = _mask_of(item)
    return [item.before, item.after, *([overlay(item.after, mask)] if mask is not None else [])]


def _write(draw: ImageDraw.ImageDraw, item: GalleryItem, corner: tuple[int, int]) -> None:
    said, (left, top) = item.prediction, corner
    bottom = top + _TILE
    lines = [(line, _BAD if item.wrong_flag else _GOOD, 15) for line in _wrap(said.caption or "(empty)", 15)]
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


def _wrap(text: str, size: int) -> list[str]:
    lines, font = [""], _font(size)
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _TEXT - 2 * _GAP or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
