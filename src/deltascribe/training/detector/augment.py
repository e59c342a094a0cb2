"""Crops a pair with its mask and augments it, so that the mask stays true."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from deltascribe.datasets.masks import BACKGROUND
from deltascribe.pair import scale_images
from deltascribe.text.dihedral import ALL_DIHEDRALS, apply_dihedral
from deltascribe.training.detector.config import MaskAugmentConfig
from deltascribe.training.draws import generator_of, happens, whole
from deltascribe.training.jitter import change_sharpness, relight, shift_image, uniform

LEAST_SIGMA = 0.3
"""Standard deviation of the weakest blur, in pixels."""

Pixels = tuple[Tensor, Tensor]
"""Pair [2, 3, H, W], uint8 or float32 in 0..1, and mask [H, W] uint8 of class indices."""


class MaskAugment:
    """Makes training crops; the result depends on the pair and the seed alone.

    Args:
        config: how strongly.
        size: side of the crops in pixels.
    """

    def __init__(self, config: MaskAugmentConfig, size: int) -> None:
        self.config, self.size = config, size

    def __call__(self, pixels: Pixels, zoom: float, seed: tuple[int, ...], donor: Callable[[int], tuple[Pixels, float]]) -> Pixels:
        """One crop.

        Args:
            pixels: pair and mask as stored.
            zoom: what they are magnified by to come to the run's ground resolution.
            seed: whole numbers that name this draw.
            donor: gives, for any whole number, another pair and its zoom, to copy changes from.

        Returns:
            Pair [2, 3, size, size] float32 in 0..1, mask [size, size] uint8.
        """
        generator = generator_of(seed)
        pair, mask = self._crop(pixels, zoom, generator)
        number = whole(0, 2**31 - 1, generator)
        if happens(self.config.paste, generator):
            other, other_zoom = donor(number)
            pair, mask = _paste(pair, mask, *self._crop(other, other_zoom, generator))
        pair = self._sharpness(self._shift(pair, generator), generator)
        pair = relight(pair, self.config, generator)
        if happens(self.config.swap_dates, generator):
            pair = pair.flip(0)
        return pair.contiguous(), mask.contiguous()

    def _crop(self, pixels: Pixels, zoom: float, generator: torch.Generator) -> Pixels:
        """A square window at a drawn scale and place, turned or mirrored, at the size of a crop."""
        pair, mask = pixels
        low, high = (math.log(limit) for limit in self.config.scale)
        factor = zoom * math.exp(float(uniform(low, high, generator)))
        side = max(round(self.size / factor), 1)
        row, column = self._place(mask, side, generator)
        pair, mask = (_window(tensor, row, column, side) for tensor in (pair, mask))
        pair, mask = _resize(_unit(pair), mask, self.size)
        turn = ALL_DIHEDRALS[whole(0, len(ALL_DIHEDRALS) - 1, generator)]
        if happens(self.config.dihedral, generator):
            pair, mask = apply_dihedral(pair, turn), apply_dihedral(mask, turn)
        return pair, mask

    def _place(self, mask: Tensor, side: int, generator: torch.Generator) -> tuple[int, int]:
        """Upper left corner of a window; negative where the window is larger than the image."""
        spare = [size - side for size in mask.shape]
        corner = [whole(min(room, 0), max(room, 0), generator) for room in spare]
        wanted = happens(self.config.centred, generator)
        number, offsets = whole(0, 2**31 - 1, generator), [whole(0, side - 1, generator) for _ in spare]
        if wanted and min(spare) > 0:
            changed = mask.flatten().nonzero()
            if len(changed):
                place = divmod(int(changed[number % len(changed)]), mask.shape[1])
                corner = [min(max(at - offset, 0), room) for at, offset, room in zip(place, offsets, spare, strict=True)]
        return corner[0], corner[1]

    def _shift(self, pair: Tensor, generator: torch.Generator) -> Tensor:
        limit = self.config.shift_pixels
        right, down = whole(-limit, limit, generator), whole(-limit, limit, generator)
        if not happens(self.config.shift, generator) or (right, down) == (0, 0):
            return pair
        return torch.stack((shift_image(pair[0], right, down), pair[1]))

    def _sharpness(self, pair: Tensor, generator: torch.Generator) -> Tensor:
        config = self.config
        return change_sharpness(
            pair,
            generator,
            half_resolution=config.half_resolution,
            blurred=config.blur,
            of_one=config.resolution_of_one,
            sigma=(LEAST_SIGMA, max(config.blur_sigma, LEAST_SIGMA)),
        )


def _unit(pair: Tensor) -> Tensor:
    return pair.float() / 255 if pair.dtype == torch.uint8 else pair


def _window(tensor: Tensor, row: int, column: int, side: int) -> Tensor:
    """A square [..., side, side]; beyond the border the image is mirrored."""
    for axis, start in ((-2, row), (-1, column)):
        size = tensor.shape[axis]
        if start >= 0 and start + side <= size:
            tensor = tensor.narrow(axis, start, side)
        else:
            place = torch.arange(start, start + side) % max(2 * (size - 1), 1)
            tensor = tensor.index_select(axis, torch.minimum(place, 2 * (size - 1) - place).clamp(0, size - 1))
    return tensor


def _resize(pair: Tensor, mask: Tensor, size: int) -> Pixels:
    """Both at a side of `size`; a pixel of the mask gets the class that covers most of it."""
    if mask.shape[-1] == size:
        return pair, mask
    pair = scale_images(pair, size, size)
    if not mask.any():
        return pair, mask.new_zeros(size, size)
    shares = F.one_hot(mask.long()).movedim(-1, 0)[None].float()
    return pair, F.interpolate(shares, (size, size), mode="bilinear", align_corners=False)[0].argmax(0).to(torch.uint8)


def _paste(pair: Tensor, mask: Tensor, other: Tensor, other_mask: Tensor) -> Pixels:
    """Puts the changed places of another after image into this one, where nothing changed here."""
    place = (other_mask != BACKGROUND) & (mask == BACKGROUND)
    after = torch.where(place, other[1], pair[1])
    return torch.stack((pair[0], after)), torch.where(place, other_mask, mask)
