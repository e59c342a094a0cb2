"""What a whole set of synthetic pairs is made from, and which split each of its pairs belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deltascribe.datasets.sample import SPLITS, Split
from deltascribe.datasets.synthetic.backgrounds import Backgrounds, make_pair_on_background, plan_objects
from deltascribe.datasets.synthetic.makers import Makers
from deltascribe.datasets.synthetic.pair import SyntheticPair, caption_pair, check_numbers, make_pair, plan_pair
from deltascribe.errors import DatasetError

RENDERER = 2
"""Raise it with every change after which a seed gives other pixels, masks or captions: caches made before are then made anew."""

_GOLDEN = 0.6180339887498949
"""Multiples of it modulo 1 fill 0..1 evenly, so that each prefix of a set has the shares asked for, nearly."""


@dataclass(frozen=True)
class Recipe:
    """Everything that the pairs of a set depend on, besides their index.

    Attributes:
        seed: of the set.
        size: side of the images in pixels.
        resolution: metres a pixel.
        changed_share: share of changed pairs.
        weights: scenarios to draw from and how often; None: the planner's own weights.
        shares: of train, val and test; they sum up to 1.
        backgrounds: real images to put objects on; None: the ground is rendered too.

    Raises:
        DatasetError: a value out of range.
    """

    seed: int
    size: int = 256
    resolution: float = 0.5
    changed_share: float = 0.5
    weights: Mapping[str, float] | None = None
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    backgrounds: Backgrounds | None = field(default=None)

    def __post_init__(self) -> None:
        check_numbers(self.seed, 0, self.size, self.resolution, self.changed_share)
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise DatasetError(f"Shares of train, val and test {self.shares} do not sum up to 1. Give three such as 0.8, 0.1, 0.1.")

    def split(self, index: int) -> Split:
        """The part of the set that a pair belongs to, from its index alone."""
        position = (index + 0.5) * _GOLDEN % 1.0
        bounds = (self.shares[0], self.shares[0] + self.shares[1], 2.0)
        return next(split for split, bound in zip(SPLITS, bounds, strict=True) if position < bound)

    def pair(self, index: int, makers: Makers | None = None) -> SyntheticPair:
        """Makes the pair of an index; see `make_pair`."""
        common: dict[str, Any] = {
            "size": self.size,
            "resolution": self.resolution,
            "changed_share": self.changed_share,
            "weights": self.weights,
            "makers": makers,
        }
        if self.backgrounds is None:
            return make_pair(self.seed, index, **common)
        image = self.backgrounds.choose(self.seed, index, self.split(index), self.shares)
        return make_pair_on_background(image, self.seed, index, **common)

    def text(self, index: int, makers: Makers) -> tuple[list[str], bool]:
        """Captions of a pair and whether it changed, without drawing it."""
        extent = self.size * self.resolution
        if self.backgrounds is None:
            place, _ = plan_pair(self.seed, index, extent, None, self.changed_share, self.weights, makers)
        else:
            place, _ = plan_objects(self.seed, index, extent, self.changed_share, self.weights, makers)
        return caption_pair(place, self.seed, index, makers), place.changed

    def settings(self) -> dict[str, Any]:
        """The recipe as plain values for JSON; two recipes with equal settings make equal pairs."""
        return {
            "seed": self.seed,
            "size": self.size,
            "resolution_m": self.resolution,
            "changed_share": self.changed_share,
            "scenarios": None if self.weights is None else dict(self.weights),
            "shares": dict(zip(SPLITS, self.shares, strict=True)),
            "backgrounds": None if self.backgrounds is None else self.backgrounds.fingerprint(),
        }

    def command(self, count: int) -> list[str]:
        """Arguments of `deltascribe data synth OUT` that make the same pairs again."""
        parts = ["--count", str(count), "--seed", str(self.seed), "--size", str(self.size)]
        parts += ["--resolution", f"{self.resolution:g}", "--changed-share", f"{self.changed_share:g}"]
        parts += [part for name in self.weights or () for part in ("--scenario", name)]
        parts += ["--shares", ",".join(f"{100 * share:g}" for share in self.shares)]
        return parts if self.backgrounds is None else [*parts, "--backgrounds", "DIR"]
