"""Images of a gallery: tensors to pictures, masks laid over them, data URIs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from deltascribe.pixels import to_bytes

# colours of the class indices 1 (building, or "changed" where a mask knows no classes) and 2 (road), apart for the colour-blind too
MASK_COLOURS: dict[int, tuple[int, int, int]] = {1: (255, 94, 58), 2: (54, 162, 255)}
_ALPHA = 140


def to_picture(pixels: npt.NDArray[np.float32], longest: int = 256) -> Image.Image:
    """A float32 image [3, H, W] in 0..1 as a picture whose longer side is at most `longest` pixels."""
    picture = Image.fromarray(to_bytes(pixels))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return picture


def to_classes(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """A mask [H, W] as class indices: probabilities become 1 where they are 0.5 or more, indices stay."""
    if mask.dtype.kind == "f":
        return (mask >= 0.5).astype(np.uint8)
    return mask.astype(np.uint8)


def mask_layer(mask: npt.NDArray[Any], size: tuple[int, int]) -> Image.Image:
    """The mask [H, W] as a picture of `size` (width, height) to be laid over another: see-through where nothing changed."""
    classes = np.asarray(Image.fromarray(to_classes(mask)).resize(size, Image.Resampling.NEAREST))
    layer = np.zeros((*classes.shape, 4), dtype=np.uint8)
    for index, colour in MASK_COLOURS.items():
        layer[classes == index] = (*colour, _ALPHA)
    return Image.fromarray(layer)


def overlay(picture: Image.Image, mask: npt.NDArray[Any]) -> Image.Image:
    """The picture with the mask [H, W] laid over it, see `MASK_COLOURS`."""
    return Image.alpha_composite(picture.convert("RGBA"), mask_layer(mask, picture.size)).convert("RGB")


def pack_mask(mask: npt.NDArray[Any] | None) -> bytes | None:
    """A mask's class indices as PNG bytes: thousands of them are held while a model runs."""
    if mask is None:
        return None
    buffer = io.BytesIO()
    Image.fromarray(to_classes(mask)).save(buffer, format="PNG")
    return buffer.getvalue()


def unpack_mask(packed: bytes | None) -> npt.NDArray[np.uint8] | None:
    """What `pack_mask` was given, as class indices [H, W]."""
    return None if packed is None else np.asarray(Image.open(io.BytesIO(packed)))
