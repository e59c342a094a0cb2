"""One synthetic pair: images, mask, captions and ground truth, as a function of a recipe and an index alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from deltascribe.datasets.synthetic.makers import DATES, Makers, Picture, default_makers, look_values, require_scenarios
from deltascribe.errors import DatasetError

if TYPE_CHECKING:
    from deltascribe.datasets.synthetic.world import Place

CHOICE, LOOKS, CAPTIONS, BACKGROUND = 901, 902, 903, 904
"""Purposes of random draws: each has a stream of its own, [seed, index, purpose], which no other pair and no other purpose shares."""

_SMALLEST, _LARGEST = 32, 2048


@dataclass(frozen=True, eq=False)
class SyntheticPair:
    """A pair of one made-up place on two dates.

    Attributes:
        name: `synth_000042` for index 42.
        place: what stands there, in metres.
        before, after: uint8 [H, W, 3].
        mask: uint8 [H, W]: what came or went: 0 nothing, 1 building, 2 road.
        captions: five sentences.
        changed: whether anything happened that a caption must tell of.
        truth: ground truth for JSON: `Place.truth`, captions, and how the pair was made.
        ground: what must stay on one side of a split: the pair's own name, or the background image.
    """

    name: str
    place: Place
    before: Picture
    after: Picture
    mask: Picture
    captions: list[str]
    changed: bool
    truth: dict[str, Any]
    ground: str


def pair_name(index: int) -> str:
    """Name of the pair of an index."""
    return f"synth_{index:06d}"


def stream(seed: int, index: int, purpose: int) -> np.random.Generator:
    """The random generator of a pair for one purpose."""
    return np.random.default_rng([seed, index, purpose])


def make_pair(
    seed: int,
    index: int,
    *,
    size: int = 256,
    resolution: float = 0.5,
    scenario: str | None = None,
    changed_share: float = 0.5,
    weights: Mapping[str, float] | None = None,
    makers: Makers | None = None,
) -> SyntheticPair:
    """Makes a pair; the same arguments give the same pair, whatever was made before.

    Args:
        seed: of a whole set.
        index: of the pair in it, from 0.
        size: side of the images in pixels.
        resolution: metres a pixel.
        scenario: what happens; None draws it.
        changed_share: share of the pairs in which something happens; of no effect where `scenario` or `weights` leave no choice.
        weights: scenarios to draw from and how often; None: the planner's own weights.
        makers: the renderer's parts; None: the package's own.

    Raises:
        DatasetError: a value out of range, or no such scenario.
        MissingDependencyError: the extra `synth` is not installed.
    """
    makers = makers or default_makers()
    check_numbers(seed, index, size, resolution, changed_share)
    place, name = plan_pair(seed, index, size * resolution, scenario, changed_share, weights, makers)
    looks = makers.looks(stream(seed, index, LOOKS))
    before = makers.paint(place, "before", looks[0], resolution=resolution)
    after = makers.paint(place, "after", looks[1], resolution=resolution)
    mask = makers.mask(place, resolution=resolution)
    captions = caption_pair(place, seed, index, makers)
    truth = pair_truth(place, seed, index, name, captions, looks, resolution)
    return SyntheticPair(pair_name(index), place, before, after, mask, captions, place.changed, truth, pair_name(index))


def plan_pair(
    seed: int,
    index: int,
    extent: float,
    scenario: str | None,
    changed_share: float,
    weights: Mapping[str, float] | None,
    makers: Makers,
) -> tuple[Place, str]:
    """The place of a pair, `extent` metres wide and high, and its scenario; nothing is drawn yet."""
    chosen = choose_scenario(stream(seed, index, CHOICE), scenario, changed_share, weights, makers)
    return makers.plan(seed, index, scenario=chosen, width=extent, height=extent), chosen


def caption_pair(place: Place, seed: int, index: int, makers: Makers) -> list[str]:
    """The captions of a pair's place, without full stops, as readers of data sets give them."""
    captions = makers.caption(place, int(stream(seed, index, CAPTIONS).integers(2**31)))
    return [caption.strip().removesuffix(".").rstrip() for caption in captions]


def choose_scenario(
    rng: np.random.Generator, scenario: str | None, changed_share: float, weights: Mapping[str, float] | None, makers: Makers
) -> str:
    """Draws first whether anything happens, then what.

    Raises:
        DatasetError: no such scenario, or no weight above zero.
    """
    known = dict(zip(makers.scenarios, makers.weights, strict=True) if weights is None else weights)
    require_scenarios((scenario,) if scenario is not None else tuple(known), makers)
    if scenario is not None:
        return scenario
    changed = {name: weight for name, weight in known.items() if weight > 0 and name not in makers.unchanged}
    same = {name: weight for name, weight in known.items() if weight > 0 and name in makers.unchanged}
    if not changed and not same:
        raise DatasetError("No scenario has a weight above zero. Give at least one of them a weight, or leave the weights out.")
    happens = rng.random() < changed_share
    pool = (changed if happens else same) or changed or same
    shares = np.array(list(pool.values())) / sum(pool.values())
    return str(rng.choice(list(pool), p=shares))


def pair_truth(
    place: Place, seed: int, index: int, scenario: str, captions: list[str], looks: tuple[Any, Any], resolution: float
) -> dict[str, Any]:
    """Ground truth of a pair for JSON."""
    made = {"name": pair_name(index), "seed": seed, "index": index, "scenario": scenario, "resolution_m": resolution}
    pictured = {date: look_values(look) for date, look in zip(DATES, looks, strict=True)}
    return {**made, "captions": captions, "looks": pictured, **place.truth()}


def check_numbers(seed: int, index: int, size: int, resolution: float, changed_share: float) -> None:
    """Checks the numbers that a pair is made from.

    Raises:
        DatasetError: one is out of range.
    """
    if seed < 0 or index < 0:
        raise DatasetError(f"The seed is {seed} and the index {index}; neither may be negative. Give whole numbers from 0.")
    if not _SMALLEST <= size <= _LARGEST:
        raise DatasetError(f"A size of {size} pixels is not possible. Give {_SMALLEST} to {_LARGEST}; larger images are made as scenes.")
    if not 0.05 <= resolution <= 5:
        raise DatasetError(f"A resolution of {resolution:g} m a pixel is not possible. Give 0.05 to 5.")
    if not 0 <= changed_share <= 1:
        raise DatasetError(f"The share of changed pairs is {changed_share:g}. Give a number from 0 to 1.")
