"""Captions without where in their image something lies."""

from __future__ import annotations

import pytest

from deltascribe.text.places import without_place


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("a wide road is built on the left side of the scene", "a wide road is built"),
        ("some houses are built in the lower-right corner", "some houses are built"),
        ("at the top, a road appears", "a road appears"),
        ("more houses appear on the left side and at the top of the scene", "more houses appear"),
        ("rows of houses are built along the road and at the bottom", "rows of houses are built along the road"),
        ("the woods at the top are removed and a villa is built in the right area", "the woods are removed and a villa is built"),
        ("trees on the lower side of the road are removed", "trees on the lower side of the road are removed"),
        ("houses are built on the left and the right sides of the lake", "houses are built on the left and the right sides of the lake"),
        ("a parking lot is built in the area near the road", "a parking lot is built in the area near the road"),
        ("a villa is built in the residential area on the left", "a villa is built in the residential area"),
        ("only debris is left", "only debris is left"),
        ("", ""),
    ],
)
def test_places_in_the_image_are_left_out_and_places_that_are_named_stay(caption: str, wanted: str) -> None:
    assert without_place(caption) == wanted
