from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from deltascribe.webpage import data_uri


@pytest.mark.parametrize(("mode", "kind", "colour"), [("RGB", "jpeg", (200, 40, 60)), ("RGBA", "png", (200, 40, 60, 128))])
def test_a_picture_becomes_an_uri_of_its_kind(mode: str, kind: str, colour: tuple[int, ...]) -> None:
    uri = data_uri(Image.new(mode, (8, 6), colour))
    head, _, content = uri.partition(",")
    assert head == f"data:image/{kind};base64"
    picture = Image.open(io.BytesIO(base64.b64decode(content))).convert(mode)
    assert picture.size == (8, 6)
    found = picture.getpixel((3, 3))
    assert isinstance(found, tuple)
    assert max(abs(one - other) for one, other in zip(found, colour, strict=True)) <= 2
