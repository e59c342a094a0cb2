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
_WIDTH = _COLUMNS * (_TILE + _GAP) + _GAP
_PANEL = (_WIDTH - 4 * _GAP) // 3
_TITLE, _WORD, _SMALL = 18, 15, 12
_PAPER, _INK, _SOFT, _OUTLINE = (250, 250, 248), (29, 31, 33), (99, 104, 109), (64, 224, 255)
# from unseen to the peak: dark to light also for those who see no colours
_RAMP = np.array([(20, 11, 53), (120, 28, 109), (207, 68, 70), (251, 155, 6), (252, 255, 164)], dtype=np.float64)
_FAINTEST_PEAK = 4.0
"""A peak of fewer times the even share is not drawn at full strength: a word that looked everywhere looks pale."""
_STRENGTH = 0.75
_NOTE = (
    "upper row: over the first image, lower row: over the second; beside each word: how many times the even share its peak is; pale maps "
    "are spread widely; blue line: the model's mask"
)


@dataclass(frozen=True)
class AttentionItem:
    """One pair to draw.

    Attributes:
        before, after: pictures of the same size.
        words: the sentence.
        attention: of each word over the memory's grid [T, h, w]; or [T, 2, h, w], over the first and over the second date; None draws
            no heat maps.
        mask: probabilities or class indices [H, W] whose outline is drawn, or None.
        title: first line; empty for the sentence.
        remark: last line, such as why there are no heat maps; empty for how to read them.
    """

    before: Image.Image
    after: Image.Image
    words: tuple[str, ...]
    attention: npt.NDArray[np.floating[Any]] | None = None
    mask: npt.NDArray[Any] | None = None
    title: str = ""
    remark: str = ""


def attention_png(path: Path, item: AttentionItem) -> None:
    """Writes `draw_attention` as a PNG.

    Raises:
        PredictionsError: see `draw_attention`.
    """
    picture = draw_attention(item)
    with atomic_write(path) as temporary:
        picture.save(temporary, format="PNG")


def draw_attention(item: AttentionItem) -> Image.Image:
    """Before, after and mask in a row; beneath, for each word that names something, its heat map over both dates.

    A joint map lies over both; of two maps, the first lies over the first date, the second over the second. The figure beside a word
    says how many times the even share its peak is.

    Raises:
        PredictionsError: words and maps differ in number, or the maps have another shape.
    """
    maps = None if item.attention is None else by_date(item.attention, item.words)
    shown = [] if maps is None else content_words(item.words)
    lines = wrap(item.title or " ".join(item.words), _font(_TITLE), _WIDTH - 2 * _GAP)
    foot = wrap(item.remark or (_NOTE if shown else ""), _font(_SMALL), _WIDTH - 2 * _GAP)
    top, head = _GAP + len(lines) * (_TITLE + 8), _WORD + 8
    step = head + 2 * (_TILE + _GAP)
    rows = -(-len(shown) // _COLUMNS)
    bottom = top + head + _PANEL + _GAP + rows * step
    sheet = Image.new("RGB", (_WIDTH, bottom + len(foot) * (_SMALL + 6) + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        draw.text((_GAP, _GAP + number * (_TITLE + 8)), line, fill=_INK, font=_font(_TITLE))
    for column, (name, panel) in enumerate(_panels(item)):
        left = _GAP + column * (_PANEL + _GAP)
        draw.text((left, top), name, fill=_SOFT, font=_font(_WORD))
        sheet.paste(panel, (left, top + head))
    if maps is not None:
        _draw_words(sheet, item, maps, shown, top + head + _PANEL + _GAP)
    for number, line in enumerate(foot):
        draw.text((_GAP, bottom + number * (_SMALL + 6)), line, fill=_SOFT, font=_font(_SMALL))
    return sheet


def _draw_words(sheet: Image.Image, item: AttentionItem, maps: npt.NDArray[np.floating[Any]], shown: Sequence[int], top: int) -> None:
    """The words' heat maps [T, 2, h, w] in rows of `_COLUMNS`, the first date above the second."""
    draw, head = ImageDraw.Draw(sheet), _WORD + 8
    tiles = [_square(picture, _TILE) for picture in (item.before, item.after)]
    border = None if item.mask is None else outline(item.mask, (_TILE, _TILE))
    for place, word in enumerate(shown):
        left, upper = _GAP + place % _COLUMNS * (_TILE + _GAP), top + place // _COLUMNS * (head + 2 * (_TILE + _GAP))
        draw.text((left, upper), item.words[word], fill=_INK, font=_font(_WORD))
        draw.text((left + _TILE, upper + 2), f"{peak(maps[word]):.1f} x", fill=_SOFT, font=_font(_SMALL), anchor="ra")
        for date, (tile, strength) in enumerate(zip(tiles, strengths(maps[word]), strict=True)):
            picture = _over(heat_map(tile, strength), border)
            sheet.paste(picture, (left, upper + head + date * (_TILE + _GAP)))


def by_date(attention: npt.NDArray[np.floating[Any]], words: Sequence[str]) -> npt.NDArray[np.floating[Any]]:
    """Maps [T, h, w] or [T, 2, h, w] of a sentence as [T, 2, h, w], over the first and over the second date; a joint map stands twice.

    Raises:
        PredictionsError: words and maps differ in number, or the maps have another shape.
    """
    maps = attention[:, None].repeat(2, axis=1) if attention.ndim == 3 else attention
    if maps.ndim != 4 or maps.shape[1] != 2 or len(maps) != len(words) or not words:
        raise PredictionsError(
            f"attention of shape {list(attention.shape)} does not fit {len(words)} words. Give one map [h, w] a word, or two for two "
            "dates; sum those of a memory with more grids"
        )
    return maps


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


def peak(weights: npt.NDArray[np.floating[Any]]) -> float:
    """How many times the even share the largest of a word's weights is, 1 or more."""
    return float(weights.max() / weights.mean())


def heat_layer(strength: npt.NDArray[np.float64], size: tuple[int, int]) -> Image.Image:
    """A heat map [h, w] in 0..1, smoothed to `size` (width, height), as a picture to lay over another: see-through where nobody looked."""
    field = Image.fromarray(strength.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(field, dtype=np.float64), 0, 1)
    place = heat * (len(_RAMP) - 1)
    low = np.minimum(place.astype(int), len(_RAMP) - 2)
    colour = _RAMP[low] + (place - low)[..., None] * (_RAMP[low + 1] - _RAMP[low])
    return Image.fromarray(np.dstack((colour, 255 * _STRENGTH * heat)).round().astype(np.uint8))


def heat_map(picture: Image.Image, strength: npt.NDArray[np.float64]) -> Image.Image:
    """A picture, its colours muted, under a heat map [h, w] in 0..1."""
    muted = Image.blend(picture, picture.convert("L").convert("RGB"), 0.6)
    return _over(muted, heat_layer(strength, picture.size))


def outline(mask: npt.NDArray[Any], size: tuple[int, int]) -> Image.Image:
    """Border of the changed area of a mask [H, W], as a picture of `size` (width, height) to lay over another."""
    area = Image.fromarray(np.where(to_classes(mask) > 0, 255, 0).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    border = ImageChops.subtract(area, area.filter(ImageFilter.MinFilter(3)))
    layer = Image.new("RGBA", size, _OUTLINE)
    layer.putalpha(border)
    return layer


def _panels(item: AttentionItem) -> list[tuple[str, Image.Image]]:
    before, after = _square(item.before, _PANEL), _square(item.after, _PANEL)
    panels = [("before", before), ("after", after)]
    if item.mask is not None:
        name = "the model's mask" if to_classes(item.mask).any() else "the model's mask is empty"
        panels.append((name, _over(after, outline(item.mask, after.size))))
    return panels


def _square(picture: Image.Image, side: int) -> Image.Image:
    return picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def _over(picture: Image.Image, layer: Image.Image | None) -> Image.Image:
    return picture if layer is None else Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
