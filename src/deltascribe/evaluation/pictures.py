"""Images of a gallery: tensors to pictures, masks laid over them, data URIs."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

# colours of the class indices 1 (building, or "changed" where a mask knows no classes) and 2 (road), apart for the colour-blind too
MASK_COLOURS: dict[int, tuple[int, int, int]] = {1: (255, 94, 58), 2: (54, 162, 255)}
_OPACITY = 0.55


def to_picture(pixels: npt.NDArray[np.float32], longest: int = 256) -> Image.Image:
    """A float32 image [3, H, W] in 0..1 as a picture whose longer side is at most `longest` pixels."""
    values = np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)  # [H, W, 3]
    picture = Image.fromarray(np.ascontiguousarray(values))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return picture


def to_classes(mask: npt.NDArray[Any] | None) -> npt.NDArray[np.uint8] | None:
    """A mask [H, W] as class indices: probabilities become 1 where they are 0.5 or more, indices stay."""
    if mask is None:
        return None
    if mask.dtype.kind == "f":
        return (mask >= 0.5).astype(np.uint8)
    return mask.astype(np.uint8)


def overlay(picture: Image.Image, mask: npt.NDArray[Any]) -> Image.Image:
    """The picture with the mask [H, W] laid over it, see `MASK_COLOURS`."""
    classes = to_classes(mask)
    scaled = np.asarray(Image.fromarray(classes).resize(picture.size, Image.Resampling.NEAREST))
    pixels = np.asarray(picture.convert("RGB")).astype(np.float32)
    for index, colour in MASK_COLOURS.items():
        where = scaled == index
        pixels[where] = (1 - _OPACITY) * pixels[where] + _OPACITY * np.array(colour, dtype=np.float32)
    return Image.fromarray(np.round(pixels).astype(np.uint8))


def data_uri(picture: Image.Image, quality: int = 82) -> str:
    """The picture as a JPEG inside an URI, so that a page needs no other file."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def pack_mask(mask: npt.NDArray[Any] | None) -> bytes | None:
    """A mask's class indices as PNG bytes: thousands of them are held while a model runs."""
    classes = to_classes(mask)
    if classes is None:
        return None
    buffer = io.BytesIO()
    Image.fromarray(classes).save(buffer, format="PNG")
    return buffer.getvalue()


def unpack_mask(packed: bytes | None) -> npt.NDArray[np.uint8] | None:
    """What `pack_mask` was given, as class indices [H, W]."""
    return None if packed is None else np.asarray(Image.open(io.BytesIO(packed)))
