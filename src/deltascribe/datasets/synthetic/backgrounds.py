"""Real aerial images as ground: one crop for both dates, with rendered objects put on it (see `composing`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deltascribe.datasets.sample import SPLITS, Split
from deltascribe.datasets.synthetic.composing import Pixels, compose, coverage, keep_changes
from deltascribe.datasets.synthetic.makers import DATES, Makers, default_makers
from deltascribe.datasets.synthetic.pair import (
    BACKGROUND,
    LOOKS,
    SyntheticPair,
    caption_pair,
    check_numbers,
    pair_name,
    pair_truth,
    plan_pair,
    stream,
)
from deltascribe.errors import DatasetError, ImageError
from deltascribe.imaging import IMAGE_SUFFIXES, read_image
from deltascribe.pixels import to_bytes

if TYPE_CHECKING:
    from deltascribe.datasets.synthetic.world import Place

_ATTEMPTS = 30
_CROPS = 12
_SHIFT = 1.5  # largest, in pixels


@dataclass(frozen=True)
class Backgrounds:
    """The images of a folder and its subfolders, in order of their paths.

    Attributes:
        folder: where they are.
        files: paths relative to it.
    """

    folder: Path
    files: tuple[str, ...]

    @classmethod
    def of_folder(cls, folder: Path) -> Backgrounds:
        """Lists PNG, JPEG and TIFF images.

        Raises:
            DatasetError: no such folder, or no image in it.
        """
        if not folder.is_dir():
            raise DatasetError(f"There is no folder {folder}. Give a folder of aerial images as --backgrounds.")
        found = (path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("."))
        files = sorted(path.relative_to(folder).as_posix() for path in found)
        if not files:
            raise DatasetError(f"{folder} holds no image ({', '.join(sorted(IMAGE_SUFFIXES))}). Give a folder of aerial images.")
        return cls(folder, tuple(files))

    def choose(self, seed: int, index: int, split: Split, shares: tuple[float, float, float]) -> Path:
        """The image of a pair; each image serves one split alone, so that no ground is seen in training and in testing.

        Raises:
            DatasetError: there are fewer images than splits.
        """
        mine = self._of_split(split, shares)
        return self.folder / mine[int(stream(seed, index, BACKGROUND).integers(len(mine)))]

    def fingerprint(self) -> dict[str, Any]:
        """Number of images, and a hash of their names and sizes in bytes."""
        sizes = [(name, (self.folder / name).stat().st_size) for name in self.files]
        return {"images": len(self.files), "sha256": hashlib.sha256(repr(sizes).encode()).hexdigest()}

    def _of_split(self, split: Split, shares: tuple[float, float, float]) -> list[str]:
        used = [(name, share) for name, share in zip(SPLITS, shares, strict=True) if share > 0]
        if len(self.files) < len(used):
            raise DatasetError(
                f"{self.folder} holds {len(self.files)} images, but each of {len(used)} splits needs one of its own. "
                "Give more images, or put all pairs into one split with --shares 100,0,0."
            )
        # in the order of a hash, which has nothing to do with the names' meaning
        order = sorted(self.files, key=lambda name: hashlib.sha256(name.encode()).digest())
        first, total = 0, 0.0
        for position, (name, share) in enumerate(used):
            total += share
            after = len(used) - position - 1
            last = len(order) if after == 0 else min(max(round(total * len(order)), first + 1), len(order) - after)
            if name == split:
                return order[first:last]
            first = last
        raise DatasetError(f"No share of the pairs belongs to the split '{split}'. Give it a share above 0.")


def make_pair_on_background(
    image: Path,
    seed: int,
    index: int,
    *,
    size: int = 256,
    resolution: float = 0.5,
    changed_share: float = 0.5,
    weights: Mapping[str, float] | None = None,
    makers: Makers | None = None,
) -> SyntheticPair:
    """Makes a pair on a crop of a real image, which is taken to have the resolution asked for; see `make_pair`.

    Raises:
        DatasetError: the image cannot be read, or no scenario of those asked for puts up or takes away an object.
    """
    makers = makers or default_makers()
    check_numbers(seed, index, size, resolution, changed_share)
    place, scenario = plan_objects(seed, index, size * resolution, changed_share, weights, makers)
    rng = stream(seed, index, BACKGROUND + 1)
    crop = fit_crop(_read(image), place, size, resolution, rng)
    looks = makers.looks(stream(seed, index, LOOKS))
    before, after = (
        # the mask lies on objects where they are, so that only a pair without any may be out of register
        to_bytes(_sensor(compose(crop, place, date, look, resolution, makers), rng, date == "before" or place.changed).transpose(2, 0, 1))
        for date, look in zip(DATES, looks, strict=True)
    )
    captions = caption_pair(place, seed, index, makers)
    truth = {**pair_truth(place, seed, index, scenario, captions, looks, resolution), "background": image.name}
    mask = makers.mask(place, resolution=resolution)
    return SyntheticPair(pair_name(index), place, before, after, mask, captions, place.changed, truth, f"background {image.name}")


def plan_objects(
    seed: int, index: int, extent: float, changed_share: float, weights: Mapping[str, float] | None, makers: Makers
) -> tuple[Place, str]:
    """Plans until what is left of a changed place has an object that came or went; gives that place and its scenario."""
    place, scenario = plan_pair(seed, index, extent, None, changed_share, weights, makers)
    for attempt in range(_ATTEMPTS):
        stripped = keep_changes(place)
        if stripped.changed or not place.changed:
            return stripped, scenario
        other = int(stream(seed, index, BACKGROUND + 2 + attempt).integers(2**31))
        place, scenario = plan_pair(other, index, extent, None, 1.0, weights, makers)
    raise DatasetError(
        f"{_ATTEMPTS} plans put up and took away no building, road or other object, so none can be shown on a real background. "
        "Choose other scenarios with --scenario."
    )


def fit_crop(image: Pixels, place: Place, size: int, resolution: float, rng: np.random.Generator) -> Pixels:
    """Of several random crops the one with the least detail where the objects come: a house should not stand on another one."""
    crops = [draw_crop(image, size, rng) for _ in range(_CROPS)]
    things = [*place.before.things(), *place.after.things()]
    if not things:
        return crops[0]
    weight = coverage(things, size, resolution)
    return min(crops, key=lambda crop: float((_detail(crop) * weight).sum()))


def _detail(crop: Pixels) -> Pixels:
    """Strength of edges about each pixel, [N, N]."""
    import cv2

    down, across = np.gradient(crop.mean(2))
    return np.asarray(cv2.blur(np.hypot(down, across), (7, 7)), np.float32)


def draw_crop(image: Pixels, size: int, rng: np.random.Generator) -> Pixels:
    """A square cut of an image [H, W, 3], enlarged where it is too small, turned and mirrored at random: [size, size, 3]."""
    height, width = image.shape[:2]
    side = min(height, width, round(size * rng.uniform(1.0, 1.15)))
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    cut = image[top : top + side, left : left + side]
    turned = np.rot90(cut, int(rng.integers(4)))
    if rng.random() < 0.5:
        turned = turned[:, ::-1]
    if side == size:
        return np.ascontiguousarray(turned)
    import cv2

    method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    resized = cv2.resize(np.ascontiguousarray(turned), (size, size), interpolation=method)
    return np.clip(resized, 0, 1).astype(np.float32)


def _sensor(image: Pixels, rng: np.random.Generator, still: bool) -> Pixels:
    """Another day and another camera: brightness, contrast, colour, haze, a little noise, and a shift of a pixel unless `still`."""
    gamma, gains = rng.uniform(0.85, 1.18), rng.uniform(0.93, 1.07, 3) * rng.uniform(0.9, 1.1)
    haze, grain, (across, down) = rng.uniform(0, 0.08), rng.uniform(0.003, 0.012), rng.uniform(-_SHIFT, _SHIFT, 2)
    if not still:
        import cv2

        move = np.array([[1, 0, across], [0, 1, down]], np.float32)
        moved = cv2.warpAffine(image, move, image.shape[:2], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        image = np.asarray(moved, np.float32)
    changed = np.power(np.clip(image, 0, 1), gamma) * gains
    changed = changed * (1 - haze) + 0.75 * haze
    return np.clip(changed + rng.normal(0, grain, image.shape), 0, 1).astype(np.float32)


def _read(path: Path) -> Pixels:
    try:
        return np.ascontiguousarray(read_image(path).transpose(1, 2, 0))
    except ImageError as error:
        raise DatasetError(f"The background cannot be used: {error}") from error
