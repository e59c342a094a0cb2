"""A pair of images of one place: opened, checked and brought to one form. Only here is decided what a valid pair is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from deltascribe.errors import BandError, ImageError, PixelValueError, SizeMismatchError
from deltascribe.geotiff import Georeference
from deltascribe.imaging import MAX_PIXELS, LoadedImage, load_array, load_image, read_image
from deltascribe.pixels import Layout, Pixels, Scale

__all__ = ["ImagePair", "read_image", "scale_images"]


@dataclass(frozen=True, eq=False)
class ImagePair:
    """Two images of one place, before and after.

    Attributes:
        before: float32 [3, H, W] in 0..1.
        after: float32 [3, H, W] in 0..1, of the same size.
        name: what the pair is called in reports.
        source: the files (or words for arrays) that the two were read from.
        gsd: ground sample distance in metres a pixel, None where unknown.
        warnings: what a user should know about the pair, such as georeferences that differ.

    Raises:
        BandError: an array isn't [3, H, W].
        PixelValueError: an array isn't float32, or holds NaN or values outside 0..1.
        SizeMismatchError: the two differ in size.
        ImageError: `gsd` isn't a positive number.
    """

    before: Pixels
    after: Pixels
    name: str = "pair"
    source: tuple[str, str] = ("before", "after")
    gsd: float | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for role, pixels in (("before", self.before), ("after", self.after)):
            _check_pixels(role, pixels)
        if self.before.shape != self.after.shape:
            raise SizeMismatchError(_size_message(self.before, self.after, self.source))
        if self.gsd is not None and not (math.isfinite(self.gsd) and self.gsd > 0):
            raise ImageError(
                f"gsd={self.gsd} is no ground sample distance. Give metres a pixel: gsd=0.5, or --gsd 0.5 on the command line."
            )

    @classmethod
    def open(
        cls,
        before: str | Path,
        after: str | Path,
        *,
        bands: Sequence[int] | None = None,
        scale: Scale = "dtype",
        align: bool = False,
        gsd: float | None = None,
        name: str | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> ImagePair:
        """Opens two image files; `deltascribe.imaging.load_image` tells which, and how they are read.

        Args:
            before: image of the first date.
            after: image of the second date.
            bands: band numbers counted from 1 to use as red, green and blue, in both images.
            scale: how values become 0..1, in both images: `"dtype"`, the value that stands for white, or (low, high).
            align: resize the after image to the before image's size where they differ (area or bicubic resampling).
            gsd: metres a pixel of the before image; None takes it from the files.
            name: what the pair is called; None takes the before file's name without its ending.
            max_pixels: largest height x width that is decoded.

        Raises:
            ImageError: one of its named kinds, for each way in which a file or the pair can be unfit.
            MissingDependencyError: a file needs rasterio (extra `geo`).
        """
        images = [load_image(path, bands=bands, scale=scale, max_pixels=max_pixels) for path in (before, after)]
        return cls._build(images[0], images[1], align, gsd, Path(before).stem if name is None else name)

    @classmethod
    def from_arrays(
        cls,
        before: Any,
        after: Any,
        *,
        bands: Sequence[int] | None = None,
        scale: Scale = "dtype",
        layout: Layout | None = None,
        align: bool = False,
        gsd: float | None = None,
        name: str = "pair",
    ) -> ImagePair:
        """Makes a pair of two arrays [H, W], [H, W, C] or [C, H, W] of uint8, uint16, or floats in 0..1.

        Args:
            before: array of the first date.
            after: array of the second date.
            layout: `HWC` or `CHW` where the shape leaves it open.
            bands, scale, align, gsd, name: see `open`.

        Raises:
            ImageError: one of its named kinds, for each way in which an array or the pair can be unfit.
        """
        images = [load_array(a, bands=bands, scale=scale, layout=layout, name=role) for role, a in (("before", before), ("after", after))]
        return cls._build(images[0], images[1], align, gsd, name)

    @classmethod
    def _build(cls, before: LoadedImage, after: LoadedImage, align: bool, gsd: float | None, name: str) -> ImagePair:
        warnings = [*before.warnings, *after.warnings]
        warnings += _ground_warnings(before.georeference, after.georeference)
        source = (before.source, after.source)
        pixels, same_size = after.pixels, before.pixels.shape == after.pixels.shape
        if not same_size:
            message = _size_message(before.pixels, pixels, source)
            if not align:
                raise SizeMismatchError(message)
            warnings.append(_align_warning(before.pixels, pixels))
            pixels = resize(pixels, before.pixels.shape[1], before.pixels.shape[2])
        if gsd is None:
            gsd = before.gsd if before.gsd is not None or not same_size else after.gsd
        return cls(before.pixels, pixels, name, source, gsd, tuple(dict.fromkeys(warnings)))

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return int(self.before.shape[1]), int(self.before.shape[2])

    @property
    def identical(self) -> bool:
        """Whether the two images are the same in every pixel."""
        return bool(np.array_equal(self.before, self.after))

    def tensor(self) -> torch.Tensor:
        """The pair as a float32 tensor [2, 3, H, W] in 0..1, before first; a copy."""
        return torch.from_numpy(np.stack([self.before, self.after]))


def resize(pixels: Pixels, height: int, width: int) -> Pixels:
    """Resamples [3, H, W] to [3, height, width]: area average where both sides shrink, else bicubic; clipped to 0..1."""
    shrinks = height <= pixels.shape[1] and width <= pixels.shape[2]
    method = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
    bands = [np.asarray(Image.fromarray(band).resize((width, height), method)) for band in pixels]
    stacked: Pixels = np.stack(bands).astype(np.float32)
    return np.clip(stacked, 0.0, 1.0, out=stacked)


def scale_images(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Images as a model is given them: [..., 3, H, W] in 0..1 to [..., 3, height, width], bilinear with antialiasing, clipped to 0..1.

    What has that size already comes back as it is.
    """
    if tuple(images.shape[-2:]) == (height, width):
        return images
    flat = images.reshape(-1, *images.shape[-3:])
    scaled = F.interpolate(flat, (height, width), mode="bilinear", antialias=True, align_corners=False).clamp_(0, 1)
    return scaled.view(*images.shape[:-2], height, width)


def _check_pixels(role: str, pixels: Any) -> None:
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.float32:
        kind = getattr(pixels, "dtype", type(pixels).__name__)
        raise PixelValueError(f"The {role} image is {kind}, not a float32 array. Use ImagePair.from_arrays or ImagePair.open.")
    if pixels.ndim != 3 or pixels.shape[0] != 3 or 0 in pixels.shape:
        raise BandError(f"The {role} image has shape {pixels.shape}, not [3, height, width]. Use ImagePair.from_arrays or ImagePair.open.")
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= 0.0 and high <= 1.0):  # false for NaN too
        raise PixelValueError(
            f"The {role} image holds values from {low:g} to {high:g}; 0 to 1 is expected. Use ImagePair.from_arrays with a scale."
        )


def _size_message(before: Pixels, after: Pixels, source: tuple[str, str]) -> str:
    return (
        f"{source[0]} has {before.shape[2]} x {before.shape[1]} pixels (width x height) and {source[1]} "
        f"{after.shape[2]} x {after.shape[1]}. "
        "Cut both to the same area on the same grid, or resize the after image: align=True, or --align on the command line."
    )


def _align_warning(before: Pixels, after: Pixels) -> str:
    (_, height, width), (_, old_height, old_width) = before.shape, after.shape
    text = (
        f"The after image was resized from {old_width} x {old_height} to {width} x {height} pixels; "
        "details that this adds or loses are no change."
    )
    if abs(math.log((width / height) / (old_width / old_height))) > 0.02:
        text += " Their proportions differ, so it was stretched and may not lie on the same ground."
    return text


def _ground_warnings(before: Georeference | None, after: Georeference | None) -> list[str]:
    if before is None or after is None or not (_has_area(before) and _has_area(after)):
        return []
    if before.crs != after.crs:
        return [
            f"The two images are in different coordinate systems ({before.crs:.60} and {after.crs:.60}), so their pixels don't "
            "cover the same ground. Reproject one onto the other's grid, for example with gdalwarp."
        ]
    across, down = _pixel_sides(before)
    steps = [across, down, across, down]
    shifts = [abs(one - other) / step for one, other, step in zip(before.bounds, after.bounds, steps, strict=True)]
    if max(shifts) > 0.5:
        return [
            f"The two images cover different ground: their edges differ by up to {max(shifts):.1f} pixels. "
            "Cut both to the same bounds, for example with gdalwarp -te."
        ]
    return []


def _has_area(reference: Georeference) -> bool:
    """Whether its pixels cover ground; files exist whose pixel size is 0, and they say nothing of their place."""
    a, b, _, d, e, _ = reference.transform
    return all(math.isfinite(value) and value > 0 for value in (abs(a * e - b * d), *_pixel_sides(reference)))


def _pixel_sides(reference: Georeference) -> tuple[float, float]:
    left, bottom, right, top = reference.bounds
    return (right - left) / reference.size[1], (top - bottom) / reference.size[0]
