"""Augments a captioned pair so that captions, mask and change flag stay true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from deltascribe.datasets.sample import ChangeSample
from deltascribe.text.dihedral import ALL_DIHEDRALS, Dihedral, apply_dihedral
from deltascribe.text.directions import rewrite_directions
from deltascribe.text.inversion import invert_change
from deltascribe.text.no_change import is_no_change
from deltascribe.text.special import NO_CHANGE_SENTENCES
from deltascribe.training.draws import generator_of, happens, whole
from deltascribe.training.jitter import change_sharpness, relight, shift_image

UNCHANGED_SOURCE = "grammar"
"""Caption source of the pairs that augmentation makes unchanged."""


class AugmentConfig(BaseModel):
    """How strongly pairs are augmented. Probabilities are of a pair; limits are drawn evenly up to them, either way.

    The crop of a part is left out on purpose: a caption would lose what it speaks of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    identical: float = Field(default=0.05, ge=0, le=1, description="a pair becomes one of its dates twice, captioned as unchanged")
    swap_dates: float = Field(default=0.5, ge=0, le=1, description="an unchanged pair has its dates swapped")
    swap_changed: float = Field(default=0.0, ge=0, le=1, description="a changed pair has its dates swapped and its captions inverted")
    dihedral: float = Field(default=1.0, ge=0, le=1, description="a symmetry of the square is drawn (one of eight is the identity)")
    quarter_turns: bool = Field(default=True, description="whether symmetries that swap rows and columns are drawn")
    shift: float = Field(default=0.5, ge=0, le=1, description="one date moves relative to the other")
    shift_pixels: int = Field(default=4, ge=0, description="largest move along each axis, in pixels")
    photometric: float = Field(default=0.9, ge=0, le=1, description="light and colour of each date change on their own")
    brightness: float = Field(default=0.1, ge=0, le=1)
    contrast: float = Field(default=0.2, ge=0, lt=1)
    saturation: float = Field(default=0.25, ge=0, le=1)
    cast: float = Field(default=0.05, ge=0, lt=1)
    gamma: float = Field(default=0.2, ge=0, le=2, description="largest logarithm of the exponent")
    noise: float = Field(default=0.5, ge=0, le=1, description="Gaussian noise is added to both dates")
    noise_deviation: float = Field(default=0.02, ge=0, le=1, description="largest standard deviation of the noise")
    half_resolution: float = Field(default=0.25, ge=0, le=1, description="the pair is seen at half its ground resolution")
    blur: float = Field(default=0.15, ge=0, le=1, description="the pair is blurred (where it is not seen at half resolution)")
    blur_sigma: float = Field(default=1.2, gt=0, le=3, description="largest standard deviation of the blur, in pixels")
    sharpness_of_one: float = Field(default=0.1, ge=0, le=1, description="share of those whose sharpness changes in one date only")

    @classmethod
    def off(cls) -> Self:
        """A configuration under which every pair stays as it is."""
        return cls(identical=0, swap_dates=0, dihedral=0, shift=0, photometric=0, noise=0, half_resolution=0, blur=0)


LEAST_SIGMA = 0.4
"""Standard deviation of the weakest blur, in pixels."""

LEAST_INVERTED = 2
"""Captions that a swapped pair keeps at least, where it had as many."""


def inverted_captions(captions: Iterable[str]) -> list[str]:
    """The captions that can be told for swapped dates, so told, in their order."""
    return [inverted for caption in captions if (inverted := invert_change(caption)) is not None]


class Augment:
    """Augments samples; the result depends on the sample and the seed alone, not on the worker, the order or earlier calls."""

    def __init__(self, config: AugmentConfig | None = None) -> None:
        self.config = config or AugmentConfig()

    def __call__(self, sample: ChangeSample, seed: tuple[int, ...]) -> ChangeSample:
        """Gives another sample that is as true as the one given, which stays untouched.

        Args:
            sample: pair [2, 3, H, W] in 0..1; mask [H, W] or None.
            seed: whole numbers that name this draw, such as (run seed, epoch, index), or (run seed, variant, index) for the
                variants of a feature cache.

        Returns:
            A sample with a new pair (float32, 0..1), mask, captions and change flag. Where a symmetry swaps the axes of
            images that are not square, it is not drawn.
        """
        generator = generator_of(seed)
        sample = self._same_date_twice(sample, generator)
        sample = self._swap_dates(sample, generator)
        sample = self._swap_changed(sample, generator)
        sample = self._turn(sample, generator)
        pair = self._sharpness(sample.pair, generator)
        pair, mask = self._shift(pair, sample.mask, generator)
        return replace(sample, pair=relight(pair, self.config, generator).contiguous(), mask=None if mask is None else mask.contiguous())

    def _same_date_twice(self, sample: ChangeSample, generator: torch.Generator) -> ChangeSample:
        if not happens(self.config.identical, generator):
            return sample
        date = whole(0, 1, generator)
        return replace(
            sample,
            pair=sample.pair[[date, date]],
            mask=None if sample.mask is None else torch.zeros_like(sample.mask),
            captions=list(NO_CHANGE_SENTENCES),
            changed=False,
            caption_source=UNCHANGED_SOURCE,
        )

    def _swap_dates(self, sample: ChangeSample, generator: torch.Generator) -> ChangeSample:
        wanted = happens(self.config.swap_dates, generator)
        unchanged = is_no_change(sample.captions) and sample.changed is not True
        return replace(sample, pair=sample.pair.flip(0)) if wanted and unchanged else sample

    def _swap_changed(self, sample: ChangeSample, generator: torch.Generator) -> ChangeSample:
        """Swaps the dates where enough captions can follow, and keeps those alone; the mask of what changed is the same either way."""
        # nothing is drawn where it is off, so that the draws of runs without it stay as they are
        if not (self.config.swap_changed and happens(self.config.swap_changed, generator)) or sample.changed is not True:
            return sample
        captions = inverted_captions(sample.captions)
        if len(captions) < min(LEAST_INVERTED, len(sample.captions)) or not captions:
            return sample
        return replace(sample, pair=sample.pair.flip(0), captions=captions)

    def _turn(self, sample: ChangeSample, generator: torch.Generator) -> ChangeSample:
        """Turns or mirrors the pair by a symmetry, even among those that every caption can follow."""
        wanted = happens(self.config.dihedral, generator)
        order = torch.randperm(len(ALL_DIHEDRALS), generator=generator).tolist()
        if not wanted:
            return sample
        square = sample.pair.shape[-1] == sample.pair.shape[-2]
        for transform in (ALL_DIHEDRALS[place] for place in order):
            if transform.swaps_axes and not (self.config.quarter_turns and square):
                continue
            captions = _rewritten(sample.captions, transform)
            if captions is not None:
                mask = None if sample.mask is None else apply_dihedral(sample.mask, transform)
                return replace(sample, pair=apply_dihedral(sample.pair, transform), mask=mask, captions=captions)
        return sample

    def _sharpness(self, pair: Tensor, generator: torch.Generator) -> Tensor:
        config = self.config
        return change_sharpness(
            pair,
            generator,
            half_resolution=config.half_resolution,
            blurred=config.blur,
            of_one=config.sharpness_of_one,
            sigma=(LEAST_SIGMA, max(config.blur_sigma, LEAST_SIGMA)),
        )

    def _shift(self, pair: Tensor, mask: Tensor | None, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Moves one date against the other; the mask goes with the after image."""
        wanted = happens(self.config.shift, generator)
        limit = min(self.config.shift_pixels, *(size - 1 for size in pair.shape[-2:]))
        date, right, down = whole(0, 1, generator), whole(-limit, limit, generator), whole(-limit, limit, generator)
        if not wanted or (right, down) == (0, 0):
            return pair, mask
        dates = [pair[0], pair[1]]
        dates[date] = shift_image(dates[date], right, down)
        if date == 1 and mask is not None:
            mask = shift_image(mask, right, down)
        return torch.stack(dates), mask


def _rewritten(captions: list[str], transform: Dihedral) -> list[str] | None:
    """All captions for the transformed pair, or None where one of them cannot follow."""
    rewritten = []
    for caption in captions:
        moved = rewrite_directions(caption, transform)
        if moved is None:
            return None
        rewritten.append(moved)
    return rewritten
