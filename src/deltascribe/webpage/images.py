"""Pictures inside an URI, so that a page needs no other file."""

from __future__ import annotations

import base64
import io

from PIL import Image


def data_uri(picture: Image.Image, quality: int = 78, colours: int = 16) -> str:
    """PNG of so many colours where the picture is see-through, else JPEG."""
    if picture.mode != "RGBA":
        return uri_of(jpeg_bytes(picture, quality), "jpeg")
    buffer = io.BytesIO()
    picture.quantize(colours, Image.Quantize.FASTOCTREE).save(buffer, format="PNG", optimize=True)
    return uri_of(buffer.getvalue(), "png")


def jpeg_bytes(picture: Image.Image, quality: int = 78) -> bytes:
    """The picture as JPEG, the same bytes for the same pixels."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def uri_of(content: bytes, kind: str) -> str:
    """Bytes of an image file as an URI; `kind` is `jpeg` or `png`."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
