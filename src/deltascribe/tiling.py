"""Cuts a pair that is larger than a model's input into tiles, and puts the answers together again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Window = tuple[int, int, int, int]
"""(row, column, height, width) in pixels."""

STRETCH = 1.5
"""A side up to this many times the model's input is scaled down to it; a longer one is tiled."""


@dataclass(frozen=True)
class Statement:
    """A caption and where in the image it holds."""

    window: Window
    caption: str
    probability: float


def plan_tiles(height: int, width: int, size: int, overlap: int = 0) -> list[Window]:
    """Windows that cover an image, row by row; one window for an image that needs no tiles.

    Tiles are `size` pixels wide (or the whole of a shorter side), evenly spaced, and overlap by `overlap` pixels or more.
    """
    if max(height, width) <= STRETCH * size:
        return [(0, 0, height, width)]
    rows, columns = starts(height, size, overlap), starts(width, size, overlap)
    return [(row, column, min(size, height), min(size, width)) for row in rows for column in columns]


def tile_names(windows: Sequence[Window]) -> list[str]:
    """What the tiles of an image are called, in their order: `Row 1, column 2`, counted from the upper left."""
    rows, columns = (sorted({window[axis] for window in windows}) for axis in (0, 1))
    return [f"Row {rows.index(window[0]) + 1}, column {columns.index(window[1]) + 1}" for window in windows]


def mosaic(
    height: int, width: int, windows: Sequence[Window], masks: Iterable[npt.NDArray[np.float32]], feather: int = 0
) -> npt.NDArray[np.float32]:
    """Masks of the windows -> one mask [height, width], the mean where windows overlap.

    With `feather`, the weight of a window falls off over so many pixels towards its border, where it knows least of what is around.
    """
    total = np.zeros((height, width), np.float32)
    count = np.zeros((height, width), np.float32)
    for (row, column, tall, wide), mask in zip(windows, masks, strict=True):
        weight = np.outer(_ramp(tall, feather), _ramp(wide, feather))
        total[row : row + tall, column : column + wide] += weight * mask
        count[row : row + tall, column : column + wide] += weight
    mean: npt.NDArray[np.float32] = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return mean


def place_words(window: Window, height: int, width: int) -> str:
    """Where the centre of a window lies: `at the upper left` ... `in the middle`."""
    row, column, tall, wide = window
    vertical = third((row + tall / 2) / height, ("upper", "", "lower"))
    horizontal = third((column + wide / 2) / width, ("left", "", "right"))
    if not vertical and not horizontal:
        return "in the middle"
    if not vertical:
        return f"on the {horizontal}"
    if not horizontal:
        return "at the top" if vertical == "upper" else "at the bottom"
    return f"at the {vertical} {horizontal}"


def summarise(statements: Sequence[Statement], height: int, width: int, most: int = 3) -> str:
    """One sentence for an image of several tiles: what the most certain ones say, and where; the same words are said once.

    Args:
        statements: of the tiles that changed, in any order.
        height, width: of the whole image.
        most: different captions at the most.
    """
    places: dict[str, list[str]] = {}
    for statement in sorted(statements, key=lambda entry: (-entry.probability, entry.window)):
        where = places.setdefault(statement.caption, [])
        words = place_words(statement.window, height, width)
        if words not in where:
            where.append(words)
    parts = [f"{_join(where)} {caption}" for caption, where in list(places.items())[:most]]
    return "; ".join(parts)


def _ramp(side: int, feather: int) -> npt.NDArray[np.float32]:
    """Weights along a side: 1 inside, less over the last `feather` pixels at both ends."""
    place = np.arange(side, dtype=np.float32)
    weights: npt.NDArray[np.float32] = np.minimum(np.minimum(place, place[::-1]) + 1, feather + 1) / np.float32(feather + 1)
    return weights


def spread_starts(size: int, part: int, most: int) -> list[int]:
    """Where parts of a side begin that lie in the middles of its equal shares: at most `most`, none overlapping another.

    Args:
        size: of the side, in pixels or blocks; at least `part`.
        part: size of each.
        most: parts at most.
    """
    count = min(most, size // part)
    return [round((place + 0.5) * size / count - part / 2) for place in range(count)]


def starts(side: int, size: int, overlap: int) -> list[int]:
    """First pixels of the windows of `size` that cover a side, evenly spaced and `overlap` or more in common; one where it is no longer."""
    if side <= size:
        return [0]
    count = math.ceil((side - overlap) / (size - overlap))
    return [round(place * (side - size) / (count - 1)) for place in range(count)]


def third(share: float, names: tuple[str, str, str]) -> str:
    """The name of the third in which a place lies, 0..1 along a side."""
    return names[min(int(share * 3), 2)]


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
