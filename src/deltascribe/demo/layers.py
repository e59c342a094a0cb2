"""Pictures as parts of the page: one above the other, to be wiped across."""

from __future__ import annotations

import html
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deltascribe.pair import ImagePair
from deltascribe.pixels import Pixels, to_bytes
from deltascribe.webpage.images import jpeg_bytes, uri_of

_JPEG_FROM = 512 * 512
"""Larger images are written as JPEG, to keep the page small."""


def swipe_layers(pair: ImagePair, mask: NDArray[Any] | None) -> str:
    """Images of both dates, the changed area where there is a mask [H, W], and the bar between before and after."""
    name = html.escape(pair.name)
    changed = "" if mask is None else f'<img class="mask" src="{_png_url(_overlay(mask))}" alt="changed area">\n'
    return f"""<img class="before" src="{_image_url(pair.before)}" alt="{name}, before">
<img class="after" src="{_image_url(pair.after)}" alt="{name}, after">
{changed}<span class="bar"></span><span class="tag left">before</span><span class="tag right">after</span>"""


def _overlay(mask: NDArray[Any]) -> Image.Image:
    """Red where the probability of change [H, W] is 0.5 or more, clear elsewhere."""
    layer = np.zeros((*mask.shape, 4), np.uint8)
    layer[mask >= 0.5] = (255, 0, 0, 110)
    return Image.fromarray(layer)


def _image_url(pixels: Pixels) -> str:
    image = Image.fromarray(to_bytes(pixels))
    if image.width * image.height < _JPEG_FROM:
        return _png_url(image)
    return uri_of(jpeg_bytes(image, 88), "jpeg")


def _png_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return uri_of(buffer.getvalue(), "png")
