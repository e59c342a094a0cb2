"""What kinds of ground look like: colour fields over the world, as a function of a seed and the season."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.grid import Floats, Grid
from deltascribe.datasets.synthetic.painting.noise import sample, turned, uniform
from deltascribe.datasets.synthetic.world import Colour, CoverKind


@dataclass(frozen=True)
class Recipe:
    """Three colours that mix in wide drifts and in patches, and the grain over them.

    Attributes:
        dry, green: (ground, drifts, patches) in the dry and in the green season.
        patches: how much of the ground the patches take: threshold on noise of unit variance, high for little.
        grain: relative strength of (drifts, patches, metre-sized, pixel-sized) variation of brightness.
        tufts: how much shrubs and stones darken.
        trails: how much thin lines of trodden ground brighten.
        streaks: strength of streaks along the cover's angle, their length and width as multiples of the noise's own.
        tint: how far seeds differ in colour.
    """

    dry: tuple[Colour, Colour, Colour]
    green: tuple[Colour, Colour, Colour]
    patches: float = 0.8
    grain: tuple[float, float, float, float] = (0.04, 0.05, 0.05, 0.05)
    tufts: float = 0.0
    trails: float = 0.0
    streaks: tuple[float, float, float] = (0.0, 1.0, 1.0)
    tint: float = 0.04


RECIPES: dict[CoverKind, Recipe] = {
    "bare": Recipe(
        dry=((0.55, 0.48, 0.39), (0.48, 0.42, 0.34), (0.68, 0.62, 0.54)),
        green=((0.52, 0.47, 0.38), (0.46, 0.43, 0.34), (0.64, 0.60, 0.51)),
        patches=1.5,
        grain=(0.06, 0.045, 0.035, 0.045),
        tufts=0.20,
        trails=0.10,
        streaks=(0.035, 6.0, 1.3),
        tint=0.07,
    ),
    "grass": Recipe(
        dry=((0.48, 0.42, 0.34), (0.41, 0.36, 0.29), (0.55, 0.49, 0.40)),
        green=((0.38, 0.40, 0.28), (0.31, 0.34, 0.23), (0.47, 0.45, 0.34)),
        patches=1.3,
        grain=(0.06, 0.045, 0.04, 0.055),
        tufts=0.30,
        trails=0.09,
        streaks=(0.035, 6.0, 1.3),
        tint=0.06,
    ),
    "woods": Recipe(
        dry=((0.36, 0.32, 0.26), (0.28, 0.25, 0.20), (0.47, 0.42, 0.35)),
        green=((0.28, 0.29, 0.20), (0.22, 0.24, 0.17), (0.39, 0.38, 0.28)),
        patches=1.1,
        grain=(0.05, 0.08, 0.10, 0.06),
        tufts=0.5,
        trails=0.06,
        tint=0.05,
    ),
    "field": Recipe(  # soil, or straw; `_crop` lays what grows over it
        dry=((0.46, 0.38, 0.31), (0.41, 0.34, 0.28), (0.52, 0.45, 0.36)),
        green=((0.45, 0.37, 0.30), (0.40, 0.33, 0.27), (0.50, 0.43, 0.34)),
        patches=1.6,
        grain=(0.03, 0.02, 0.02, 0.028),
        streaks=(0.05, 30.0, 1.6),
        tint=0.06,
    ),
    "desert": Recipe(
        dry=((0.70, 0.60, 0.47), (0.64, 0.53, 0.41), (0.77, 0.69, 0.57)),
        green=((0.68, 0.59, 0.46), (0.61, 0.52, 0.40), (0.75, 0.68, 0.56)),
        patches=1.0,
        grain=(0.05, 0.04, 0.03, 0.025),
        tufts=0.22,
        streaks=(0.035, 3.5, 1.1),
        tint=0.05,
    ),
    "water": Recipe(
        dry=((0.17, 0.22, 0.21), (0.15, 0.20, 0.20), (0.19, 0.24, 0.22)),
        green=((0.15, 0.21, 0.19), (0.13, 0.18, 0.17), (0.17, 0.23, 0.19)),
        patches=1.3,
        grain=(0.04, 0.010, 0.004, 0.003),
        tint=0.08,
    ),
    "lawn": Recipe(
        dry=((0.45, 0.41, 0.29), (0.39, 0.37, 0.25), (0.52, 0.46, 0.35)),
        green=((0.32, 0.39, 0.22), (0.28, 0.35, 0.19), (0.43, 0.44, 0.29)),
        patches=1.0,
        grain=(0.04, 0.05, 0.045, 0.04),
        tufts=0.10,
        streaks=(0.02, 20.0, 2.4),
        tint=0.06,
    ),
    "concrete": Recipe(
        dry=((0.78, 0.76, 0.71), (0.73, 0.71, 0.66), (0.65, 0.63, 0.59)),
        green=((0.78, 0.76, 0.71), (0.73, 0.71, 0.66), (0.65, 0.63, 0.59)),
        patches=1.2,
        grain=(0.02, 0.025, 0.015, 0.02),
        streaks=(0.012, 9.0, 1.0),
        tint=0.04,
    ),
    "mud": Recipe(
        dry=((0.47, 0.39, 0.29), (0.42, 0.35, 0.27), (0.53, 0.46, 0.36)),
        green=((0.46, 0.38, 0.28), (0.40, 0.34, 0.25), (0.51, 0.45, 0.34)),
        patches=0.6,
        grain=(0.05, 0.03, 0.015, 0.015),
        streaks=(0.03, 5.0, 2.0),
        tint=0.05,
    ),
}

_CROPS: tuple[tuple[Colour, Colour], ...] = (  # what stands on a field in the dry and in the green season
    ((0.52, 0.45, 0.34), (0.33, 0.37, 0.23)),
    ((0.45, 0.40, 0.30), (0.26, 0.33, 0.20)),
    ((0.57, 0.51, 0.39), (0.43, 0.44, 0.28)),
    ((0.41, 0.35, 0.28), (0.36, 0.36, 0.25)),
)


_WILD: frozenset[CoverKind] = frozenset(("bare", "grass", "woods", "desert", "mud"))


def texture(kind: CoverKind, grid: Grid, seed: int, season: float, angle: float = 0.0) -> Floats:
    """Colour of a kind of ground, float32 [3, rows, columns] in 0..1 as it looks under plain light.

    Args:
        kind: what the ground is.
        grid: where; the same cell of the world gets the same colour in every grid.
        seed: of the patch.
        season: 0 dry to 1 green.
        angle: of furrows and streaks, in radians.
    """
    recipe = RECIPES[kind]
    if kind in _WILD:  # wind and water have drawn them, not the plough
        angle = uniform(seed, 12, 0, np.pi)
    wide, patch = sample("wide", grid, seed + 1), sample("patch", grid, seed + 2)
    # a season does not turn all ground at once: hollows stay green, rises dry first
    green = _sigmoid(4.0 * (season - 0.5) + 1.2 * sample("wide", grid, seed + 3) + 0.3 * patch) if recipe.dry != recipe.green else None
    mottle = sample("mottle", grid, seed + 4)
    mixed = _mix(recipe.patches + uniform(seed, 11, -0.5, 0.5), _tinted(recipe, seed), wide, patch + 0.35 * mottle, green)
    if kind == "field":
        _crop(mixed, grid, seed, season, angle, patch)
    mixed *= _brightness(recipe, grid, seed, angle, wide, patch, mottle)
    if kind == "concrete":
        mixed *= _joints(grid, seed, angle)
    elif kind == "water":
        _silt(mixed, seed, wide)
    elif kind == "mud":
        _puddles(mixed, patch, sample("wide", grid, seed + 9))
    return mixed


def _sigmoid(value: NDArray[np.floating]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)), np.float32)


def _tinted(recipe: Recipe, seed: int) -> NDArray[np.float32]:
    """The six colours [2, 3, 3] of a recipe as one seed has them."""
    colours = np.array((recipe.dry, recipe.green), np.float32)
    # in one place the patches are pale and bare, in another hardly seen, in a third darker than the ground
    share = uniform(seed, 10, -0.75, 1.0)
    colours[:, 2] = colours[:, 0] + np.float32(share * abs(share)) * (colours[:, 2] - colours[:, 0])
    light = uniform(seed, 1, 1 - 1.5 * recipe.tint, 1 + 1.5 * recipe.tint)
    warm = uniform(seed, 2, -recipe.tint, recipe.tint)
    return colours * np.array((light * (1 + warm), light, light * (1 - warm)), np.float32)


def _mix(threshold: float, colours: NDArray[np.float32], wide: Floats, patch: Floats, green: Floats | None) -> Floats:
    """Ground, drifts and patches weighted by the noise, in the colours of both seasons weighted by how green it is."""
    patches = _sigmoid(2.4 * (0.8 * patch + 0.7 * wide - threshold))
    drifts = _sigmoid(1.4 * wide) * (1 - patches)
    dry, lush = colours
    maps = [drifts, patches]
    columns = [dry[1] - dry[0], dry[2] - dry[0]]
    if green is not None:
        # OpenCV mixes four maps at most: patches turn green as the ground does
        maps += [green, green * drifts]
        columns += [lush[0] - dry[0], lush[1] - lush[0] - dry[1] + dry[0]]
    matrix = np.stack((*columns, dry[0]), 1)
    return np.asarray(cv2.split(cv2.transform(cv2.merge(maps), matrix)), np.float32)


def _brightness(recipe: Recipe, grid: Grid, seed: int, angle: float, wide: Floats, patch: Floats, mottle: Floats) -> Floats:
    drift, blotch, metre, pixel = recipe.grain
    # here the ground is rough, there it is smooth, and much of it is smooth altogether
    fine = np.float32(uniform(seed, 13, 0.4, 1.4))
    rough = np.clip(0.8 + 0.35 * patch - 0.4 * wide, 0.15, 1.9) * fine
    light = rough * (metre * mottle + pixel * sample("grain", grid, seed + 5))
    light += drift * uniform(seed, 14, 0.5, 1.5) * wide
    light += blotch * uniform(seed, 15, 0.15, 1.0) * patch
    light += 1
    strength, along, across = recipe.streaks
    strength *= uniform(seed, 16, -1.2, 1.6)
    if strength > 0.002:  # the mower's lanes, the wind's, or none
        light += strength * turned("mottle", grid, seed + 6, angle, along * uniform(seed, 17, 0.6, 4.0), across)
    tufts = recipe.tufts * uniform(seed, 3) ** 2
    if tufts > 0.03:
        light -= tufts * sample("tufts", grid, seed + 7)
    trails = recipe.trails * uniform(seed, 18, -1.0, 1.0)
    if trails > 0.005:
        light += trails * sample("thread", grid, seed + 8) * np.clip(wide, 0, 1.5)
    return np.asarray(np.maximum(light, 0.25), np.float32)


def _crop(mixed: Floats, grid: Grid, seed: int, season: float, angle: float, patch: Floats) -> None:
    """Lays a crop in rows over a field's soil; some fields lie bare in a season, and wheel tracks run through."""
    dry, green = _CROPS[int(uniform(seed, 4, 0, len(_CROPS)))]
    grown = np.clip(1.6 * (season - 0.5) + uniform(seed, 5, -0.5, 1.1), 0, 1)
    x, y = grid.centres()
    across = np.float32(-np.sin(angle)) * x + np.float32(np.cos(angle)) * y
    period = uniform(seed, 6, 1.6, 3.4)
    rows = 0.16 * np.sin(across * np.float32(2 * np.pi / period)) * uniform(seed, 7, 0.15, 1.0) ** 1.5
    spacing = uniform(seed, 8, 14, 26)
    track = np.abs((across / np.float32(spacing)) % 1 - 0.5) * np.float32(spacing)
    rows = rows - 0.28 * uniform(seed, 9, 0.0, 1.0) ** 1.5 * np.exp(-((np.abs(track - 0.9) / 0.35) ** 2))
    cover = np.clip(grown * (1 + 0.25 * patch) + rows, 0, 1) if grown > 0.05 else np.clip(0.10 + rows, 0, 1)
    for channel, (low, high) in enumerate(zip(dry, green, strict=True)):
        mixed[channel] += cover * (low + (high - low) * season - mixed[channel])
    mixed *= 1 + np.float32(0.35) * rows


def _joints(grid: Grid, seed: int, angle: float) -> Floats:
    """Joints between slabs of concrete, 1 where there is none."""
    x, y = grid.centres()
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    slab = np.float32(uniform(seed, 4, 4.0, 6.5))
    u, v = (cos * x + sin * y) / slab % 1, (cos * y - sin * x) / slab % 1
    width = np.float32(0.16) / slab
    joints: Floats = (1 - 0.10 * ((u < width) | (v < width))).astype(np.float32)
    return joints


def _silt(mixed: Floats, seed: int, wide: Floats) -> None:
    """Turns water from clear and dark to green or brown, as its seed has it."""
    silt = uniform(seed, 4) ** 1.5
    colour = ((0.42, 0.38, 0.29), (0.30, 0.36, 0.27), (0.20, 0.32, 0.34))[int(uniform(seed, 5, 0, 3))]
    share = np.clip(silt * (0.75 + 0.15 * wide), 0, 1)
    for channel in range(3):
        mixed[channel] += share * (np.float32(colour[channel]) - mixed[channel])


def _puddles(mixed: Floats, patch: Floats, wide: Floats) -> None:
    """Standing water in the hollows of flood mud."""
    wet = _sigmoid(7.0 * (0.7 * wide + 0.6 * patch - 0.9)) * np.float32(0.6)
    for channel, value in enumerate((0.31, 0.29, 0.24)):
        mixed[channel] += wet * (np.float32(value) - mixed[channel])
