"""Turns the raw numbers of an image, whatever their type and band count, into float32 RGB in 0..1."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from deltascribe.errors import BandError, PixelValueError

Pixels = npt.NDArray[np.float32]
Raw = npt.NDArray[Any]
Layout = Literal["HWC", "CHW"]
Scale = Literal["dtype"] | float | tuple[float, float]
"""How raw values become 0..1, the same for every image.

`"dtype"` maps the whole range of the type (255 for uint8, 65535 for uint16, floats are taken as 0..1 already);
a number is the value that becomes 1.0; a pair `(low, high)` becomes 0.0 and 1.0. Values beyond are clipped.
"""

ROLES: dict[int, tuple[str, ...]] = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}
_FLOAT_TOLERANCE = 1e-6  # resampling leaves values such as 1.0000001


@dataclass(frozen=True)
class BandChoice:
    """Bands to read, counted from 0: one (grey) or three (red, green, blue), and the alpha band if there is one."""

    colour: tuple[int, ...]
    alpha: int | None


def choose_bands(roles: Sequence[str], bands: Sequence[int] | None, source: str) -> BandChoice:
    """Decides which bands of an image are shown as red, green and blue.

    Without `bands`: the bands that the file names red, green and blue, further ones (near infrared) being left out; else
    the only three, or the only one, besides alpha. An image with more bands that names no colours is refused, since
    their order (R,G,B,NIR or B,G,R,NIR) can't be known.

    Args:
        roles: meaning of each band: `grey`, `red`, `green`, `blue`, `alpha` or anything else.
        bands: one or three band numbers counted from 1, or None to decide by role.
        source: what the image is called in messages.

    Raises:
        BandError: the bands can't be decided upon, or the ones asked for aren't there.
    """
    alpha = roles.index("alpha") if "alpha" in roles else None
    if bands is not None:
        colour = _requested(bands, len(roles), source)
        return BandChoice(colour, None if alpha in colour else alpha)
    if {"red", "green", "blue"} <= set(roles):
        return BandChoice(tuple(roles.index(name) for name in ("red", "green", "blue")), alpha)
    rest = tuple(i for i in range(len(roles)) if i != alpha)
    if len(rest) not in (1, 3):
        raise BandError(
            f"{source} has {len(roles)} bands ({_summary(roles)}), and it isn't known which are red, green and blue. "
            "Choose them with bands=(R, G, B), counted from 1, for example bands=(3, 2, 1), or --bands 3,2,1 on the command line; "
            "one number gives a grey image."
        )
    return BandChoice(rest, alpha)


def scale_pixels(raw: Raw, scale: Scale, source: str, missing: npt.NDArray[np.bool_] | None = None) -> tuple[Pixels, list[str]]:
    """Maps raw values to float32 RGB in 0..1.

    Args:
        raw: values [C, H, W], C = 1 (repeated to three bands) or 3.
        scale: see `Scale`.
        source: what the image is called in messages.
        missing: [H, W], true where the file says that there is no value; such pixels become black.

    Returns:
        Pixels [3, H, W] in 0..1, and warnings about a scale that looks wrong.

    Raises:
        PixelValueError: NaN or infinite values, floats outside 0..1 without a scale, an unusable type or scale.
    """
    if raw.dtype.kind not in "buif":
        raise PixelValueError(f"{source} holds values of type {raw.dtype}, which are no pixels. Convert it to uint8, uint16 or float32.")
    if missing is not None and missing.any():
        raw = np.where(missing[None], raw.dtype.type(0), raw)
    if raw.dtype.kind == "f" and not np.isfinite(raw).all():
        count = int((~np.isfinite(raw)).any(axis=0).sum())
        raise PixelValueError(
            f"{source} has {count} pixels that are NaN or infinite. Fill them with a number, or declare them missing (nodata) in the file."
        )
    low, high = check_scale(scale) or _type_limits(raw, source)
    if raw.dtype.itemsize > 2:
        scaled = ((raw.astype(np.float64) - low) / (high - low)).astype(np.float32)
    else:
        scaled = (raw.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    np.clip(scaled, 0.0, 1.0, out=scaled)
    if missing is not None:
        scaled[:, missing] = 0.0
    if scaled.shape[0] == 1:
        scaled = np.repeat(scaled, 3, axis=0)
    return np.ascontiguousarray(scaled), _scale_warnings(raw, scale, source)


def split_array(array: Any, layout: Layout | None, source: str) -> tuple[Raw, tuple[str, ...]]:
    """Brings an array in memory to [C, H, W] and names its bands.

    Args:
        array: [H, W], [H, W, C] or [C, H, W]. Four bands are taken as red, green, blue, alpha.
        layout: `HWC` or `CHW`; None finds the band axis (of length 1, 3 or 4, else the shorter one).
        source: what the image is called in messages.

    Raises:
        BandError: no image can be seen in the array, or its layout is ambiguous.
    """
    values = np.asarray(array)
    if layout not in (None, "HWC", "CHW"):
        raise BandError(f"layout={layout!r} is not known. Give layout='HWC' or layout='CHW'.")
    if values.ndim == 2:
        values = values[None]
    elif values.ndim == 3:
        if (layout or _guess_layout(values.shape, source)) == "HWC":
            values = np.moveaxis(values, 2, 0)
    else:
        raise BandError(f"{source} has shape {values.shape}. An image is an array [H, W], [H, W, C] or [C, H, W].")
    if 0 in values.shape:
        raise BandError(f"{source} has shape {values.shape}, which holds no pixels. Give an image of at least 1 x 1 pixels.")
    return values, ROLES.get(values.shape[0], ("unknown",) * values.shape[0])


def _guess_layout(shape: tuple[int, ...], source: str) -> Layout:
    first, last = shape[0] in ROLES, shape[2] in ROLES
    if first == last and shape[0] == shape[2]:
        raise BandError(f"{source} has shape {shape}, in which the band axis can't be told. Give layout='HWC' or layout='CHW'.")
    if first != last:
        return "CHW" if first else "HWC"
    return "CHW" if shape[0] < shape[2] else "HWC"


def _requested(bands: Sequence[int], count: int, source: str) -> tuple[int, ...]:
    try:
        numbers = tuple(operator.index(band) for band in bands)
    except TypeError as error:
        raise BandError(f"bands={bands!r} is not a list of whole numbers. Give bands=(R, G, B), counted from 1.") from error
    if len(numbers) not in (1, 3):
        raise BandError(f"bands={numbers} names {len(numbers)} bands. Give three, bands=(R, G, B), or one for a grey image.")
    wrong = [number for number in numbers if not 1 <= number <= count]
    if wrong:
        raise BandError(
            f"{source} has {count} band{'s' * (count > 1)}, so there is no band {wrong[0]}. Bands are counted from 1 to {count}."
        )
    return tuple(number - 1 for number in numbers)


def _summary(roles: Sequence[str]) -> str:
    return ", ".join(roles[:6]) + (", ..." if len(roles) > 6 else "")


def check_scale(scale: Scale) -> tuple[float, float] | None:
    """The values that become 0.0 and 1.0 by an explicit scale; None for `"dtype"`.

    Raises:
        PixelValueError: `scale` is neither `"dtype"`, nor a positive number, nor a pair of numbers low < high.
    """
    if isinstance(scale, str) and scale == "dtype":
        return None
    try:
        values: Any = scale if np.ndim(cast(Any, scale)) else (0.0, scale)
        low, high = (float(value) for value in values)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise PixelValueError(
            f"scale={scale!r} can't be used. Give 'dtype', the value that stands for white (such as 2047 or 10000), or a pair (low, high); "
            "on the command line --scale dtype, --scale 10000 or --scale LOW,HIGH."
        )
    return low, high


def _type_limits(raw: Raw, source: str) -> tuple[float, float]:
    if raw.dtype.kind == "b":
        return 0.0, 1.0
    if raw.dtype in (np.uint8, np.uint16):
        return 0.0, float(np.iinfo(raw.dtype).max)
    lowest, highest = float(raw.min()), float(raw.max())
    if raw.dtype.kind == "f":
        if lowest < -_FLOAT_TOLERANCE or highest > 1.0 + _FLOAT_TOLERANCE:
            raise PixelValueError(
                f"{source} holds floats from {lowest:g} to {highest:g}, outside 0..1. Say what stands for white, "
                "for example scale=255 or scale=(low, high), or --scale 255 or --scale LOW,HIGH on the command line."
            )
        return 0.0, 1.0
    raise PixelValueError(
        f"{source} holds {raw.dtype} values ({lowest:g} to {highest:g}), whose range is not fixed by their type. "
        "Convert it to uint8 or uint16, or say what stands for white: for example scale=10000, or --scale 10000 on the command line."
    )


def _scale_warnings(raw: Raw, scale: Scale, source: str) -> list[str]:
    limits = check_scale(scale)
    if raw.dtype == np.uint16 and limits is None:
        highest = int(raw.max())
        if 0 < highest < 2**14:
            likely = max(2 ** highest.bit_length() - 1, 255)
            return [
                f"{source}: 16-bit values reach only {highest} of 65535, so the image is almost black. "
                f"Set scale={likely}, or --scale {likely} on the command line (or the sensor's own range, such as 10000 for reflectance)."
            ]
    if raw.dtype == np.uint8 and limits and limits[1] > 255:
        return [
            f"{source}: an 8-bit image was read with scale={scale!r}, so it is darker than it should be. "
            "Use scale='dtype' for it, or --scale dtype on the command line."
        ]
    return []


def to_bytes(pixels: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Values [3, H, W] in 0..1 (beyond: clipped) as uint8 [H, W, 3], the form of pictures; exact for images that were 8-bit."""
    return np.ascontiguousarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0))
