"""One pair and its sentence as a picture: both images, the mask's outline, and where the model looked at each word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.pictures import to_classes
from deltascribe.files import atomic_write
from deltascribe.picture import wrap

FUNCTION_WORDS = (
    "a an the this that these those there and or but of in on at to by for from with into onto over under near along around between "
    "beside next is are was were be been being has have had do does some its it they their which as"
)
"""Words that name nothing one could see; they get no map."""
_TILE, _GAP, _COLUMNS = 160, 10, 6
_TITLE, _WORD, _SMALL = 18, 15, 12
_PAPER, _INK, _SOFT, _OUTLINE = (250, 250, 248), (29, 31, 33), (99, 104, 109), (255, 255, 255)
# from unseen to the peak: dark to light also for those who see no colours
_RAMP = np.array([(20, 11, 53), (120, 28, 109), (207, 68, 70), (251, 155, 6), (252, 255, 164)], dtype=np.float64)
_FAINTEST_PEAK = 4.0
"""A peak of fewer times the even share is not drawn at full strength: a word that looked everywhere looks pale."""
_STRENGTH = 0.75


@dataclass(frozen=True)
class AttentionItem:
    """One pair to draw.

    Attributes:
        before, after: pictures of the same size.
        words: the sentence.
        attention: of each word over the memory's grid [T, h, w]; or [T, 2, h, w], over the first and over the second date.
        mask: probabilities or class indices [H, W] whose outline is drawn, or None.
        title: first line; empty for the sentence.
    """

    before: Image.Image
    after: Image.Image
    words: tuple[str, ...]
    attention: npt.NDArray[np.floating[Any]]
    mask: npt.NDArray[Any] | None = None
    title: str = ""


def attention_png(path: Path, item: AttentionItem) -> None:
    """Writes `draw_attention` as a PNG.

    Raises:
        PredictionsError: see `draw_attention`.
    """
    picture = draw_attention(item)
    with atomic_write(path) as temporary:
        picture.save(temporary, format="PNG")


def draw_attention(item: AttentionItem) -> Image.Image:
    """Before, after and mask in a row; beneath, a heat map for each word that names something, the word above it.

    A joint map lies over the after image; of two maps, the first date's lies over the before image, above the second's. The figure
    beside a word says how many times the even share its peak is.

    Raises:
        PredictionsError: words and maps differ in number, or the maps have another shape.
    """
    maps = _check(item)
    shown = content_words(item.words)
    dates = maps.shape[1]
    images = [_tile(item.after)] if dates == 1 else [_tile(item.before), _tile(item.after)]
    outline = None if item.mask is None else _outline(item.mask)
    width = _COLUMNS * (_TILE + _GAP) + _GAP
    lines = wrap(item.title or " ".join(item.words), _font(_TITLE), width - 2 * _GAP)
    top = _GAP + len(lines) * (_TITLE + 8)
    head, step = _WORD + 8, dates * (_TILE + _GAP) + _WORD + 8
    rows = -(-len(shown) // _COLUMNS)
    sheet = Image.new("RGB", (width, top + head + _TILE + _GAP + rows * step + _SMALL + 2 * _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        draw.text((_GAP, _GAP + number * (_TITLE + 8)), line, fill=_INK, font=_font(_TITLE))
    panels = [("before", _tile(item.before)), ("after", _tile(item.after))]
    if outline is not None:
        panels.append(("mask", _draw_outline(_tile(item.after), outline)))
    for column, (name, panel) in enumerate(panels):
        left = _GAP + column * (_TILE + _GAP)
        draw.text((left, top), name, fill=_SOFT, font=_font(_WORD))
        sheet.paste(panel, (left, top + head))
    top += head + _TILE + _GAP
    for place, word in enumerate(shown):
        left, upper = _GAP + place % _COLUMNS * (_TILE + _GAP), top + place // _COLUMNS * step
        peak = float(maps[word].max() / maps[word].mean())
        draw.text((left, upper), item.words[word], fill=_INK, font=_font(_WORD))
        draw.text((left + _TILE, upper + 2), f"{peak:.1f} x", fill=_SOFT, font=_font(_SMALL), anchor="ra")
        for date, (image, heat) in enumerate(zip(images, strengths(maps[word]), strict=True)):
            tile = heat_map(image, heat)
            tile = tile if outline is None else _draw_outline(tile, outline)
            sheet.paste(tile, (left, upper + head + date * (_TILE + _GAP)))
    note = "beside each word: how many times the even share its peak is; pale maps are spread widely"
    draw.text((_GAP, sheet.height - _SMALL - _GAP), note, fill=_SOFT, font=_font(_SMALL))
    return sheet


def content_words(words: Sequence[str]) -> list[int]:
    """Places of the words that name something; all of them where none does."""
    function = frozenset(FUNCTION_WORDS.split())
    return [place for place, word in enumerate(words) if word not in function] or list(range(len(words)))


def strengths(weights: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Attention, of any shape and sum, as strengths in 0..1: 0 up to the even share, 1 at the peak or at `_FAINTEST_PEAK` times it."""
    even = float(weights.mean())
    if even <= 0:
        return np.zeros(weights.shape)
    full = max(float(weights.max()), _FAINTEST_PEAK * even)
    return np.clip((weights.astype(np.float64) - even) / (full - even), 0, 1)


def heat_map(picture: Image.Image, strength: npt.NDArray[np.float64]) -> Image.Image:
    """A picture, its colours muted, under a heat map [h, w] in 0..1 that is smoothed to its size."""
    field = Image.fromarray(strength.astype(np.float32)).resize(picture.size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(field), 0, 1)
    place = heat * (len(_RAMP) - 1)
    low = np.minimum(place.astype(int), len(_RAMP) - 2)
    colour = _RAMP[low] + (place - low)[..., None] * (_RAMP[low + 1] - _RAMP[low])
    muted = np.asarray(Image.blend(picture, picture.convert("L").convert("RGB"), 0.6), dtype=np.float64)
    share = (_STRENGTH * heat)[..., None]
    return Image.fromarray(((1 - share) * muted + share * colour).round().astype(np.uint8))


def _check(item: AttentionItem) -> npt.NDArray[np.floating[Any]]:
    """The maps as [T, dates, h, w]."""
    maps = item.attention if item.attention.ndim == 4 else item.attention[:, None]
    if maps.ndim != 4 or maps.shape[1] > 2 or len(maps) != len(item.words) or not item.words:
        raise PredictionsError(
            f"attention of shape {list(item.attention.shape)} does not fit {len(item.words)} words. Give one map [h, w] a word, or two "
            "for two dates; sum those of a memory with more grids"
        )
    return maps


def _tile(picture: Image.Image) -> Image.Image:
    return picture.convert("RGB").resize((_TILE, _TILE), Image.Resampling.LANCZOS)


def _outline(mask: npt.NDArray[Any]) -> Image.Image:
    """Border of the changed area, as a mask of a tile."""
    area = Image.fromarray(np.where(to_classes(mask) > 0, 255, 0).astype(np.uint8)).resize((_TILE, _TILE), Image.Resampling.NEAREST)
    return ImageChops.subtract(area, area.filter(ImageFilter.MinFilter(3)))


def _draw_outline(picture: Image.Image, outline: Image.Image) -> Image.Image:
    return Image.composite(Image.new("RGB", picture.size, _OUTLINE), picture, outline)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
