"""Direction words follow the images."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from deltascribe.text import ALL_DIHEDRALS, IDENTITY, Dihedral, normalise, rewrite_directions

MIRROR = Dihedral(0, True)  # left <-> right
UPSIDE_DOWN = Dihedral(2, True)  # top <-> bottom
HALF_TURN = Dihedral(2)
QUARTER = Dihedral(1)  # counter-clockwise: top -> left -> bottom -> right -> top

# caption, mirrored, upside down, after a quarter turn
REWRITTEN = [
    (
        "a house appears on the left side of the road",
        "a house appears on the right side of the road",
        "a house appears on the left side of the road",
        "a house appears on the lower side of the road",
    ),
    (
        "a pond is dug at the top of the scene",
        "a pond is dug at the top of the scene",
        "a pond is dug at the bottom of the scene",
        "a pond is dug on the left of the scene",
    ),
    ("a barn on the right is gone", "a barn on the left is gone", "a barn on the right is gone", "a barn at the top is gone"),
    ("two barns in the upper part", "two barns in the upper part", "two barns in the lower part", "two barns in the left part"),
    ("a shed in the higher part", "a shed in the higher part", "a shed in the lower part", "a shed in the left part"),
    ("a barn at the left edge", "a barn at the right edge", "a barn at the left edge", "a barn at the bottom edge"),
    (
        "a shed in the upper left corner",
        "a shed in the upper right corner",
        "a shed in the lower left corner",
        "a shed in the lower left corner",
    ),
    (
        "a shed in the top-left corner",
        "a shed in the top-right corner",
        "a shed in the bottom-left corner",
        "a shed in the bottom-left corner",
    ),
    ("a shed on the lower-right", "a shed on the lower-left", "a shed on the upper right", "a shed on the upper right"),
    ("a lane to the northwest", "a lane to the northeast", "a lane to the southwest", "a lane to the southwest"),
    ("the south eastern field", "the south western field", "the north eastern field", "the north eastern field"),
    ("the northern field", "the northern field", "the southern field", "the western field"),
    (
        "sheds on the left and right sides",
        "sheds on the right and left sides",
        "sheds on the left and right sides",
        "sheds on the lower and upper sides",
    ),
    ("sheds at the top and bottom", "sheds at the top and bottom", "sheds at the bottom and top", "sheds on the left and right"),
    ("a shed above the road", "a shed above the road", "a shed below the road", "a shed to the left of the road"),
    ("a shed is built below it", "a shed is built below it", "a shed is built above it", "a shed is built to the right of it"),
    ("the grass above is paved", "the grass above is paved", "the grass below is paved", "the grass on the left is paved"),
    ("a shed on the right of the road", "a shed on the left of the road", "a shed on the right of the road", "a shed above the road"),
    ("a horizontal road appears", "a horizontal road appears", "a horizontal road appears", "a vertical road appears"),
    ("the leftmost shed", "the rightmost shed", "the leftmost shed", "the bottommost shed"),
    ("the right-hand side is paved", "the left-hand side is paved", "the right-hand side is paved", "the upper side is paved"),
    ("a lane from left to right", "a lane from right to left", "a lane from left to right", "a lane from bottom to top"),
    ("a shed in the upper middle", "a shed in the upper middle", "a shed in the lower middle", "a shed in the middle left"),
    ("a shed at top of the image", "a shed at top of the image", "a shed at the bottom of the image", "a shed on the left of the image"),
]
# none of these words is a place in the image
UNTOUCHED = [
    "higher houses are built",
    "some sheds show up along the road",
    "the trees are cut down and a bare lot is left",
    "a house under construction at a right angle with the road",
    "a road vertical to the old one is built",
    "the roofs remain above the water",
    "a row of villas is built",
]
# caption and a transform for which no safe wording is known
REFUSED = [
    ("a shed is built right beside the road", MIRROR),
    ("the road turns left", MIRROR),
    ("a shed is built on top of the hill", UPSIDE_DOWN),
    ("a lane goes up and down", UPSIDE_DOWN),
    ("two vertical roads are built", QUARTER),
    ("a shed at the top of the road", QUARTER),
    ("a shed above the grass", UPSIDE_DOWN),
    ("a shed beneath the trees", HALF_TURN),
    ("a northbound lane", MIRROR),
]


@pytest.mark.parametrize(("caption", "mirrored", "upside_down", "turned"), REWRITTEN)
def test_directions_follow_the_image(caption: str, mirrored: str, upside_down: str, turned: str) -> None:
    assert rewrite_directions(caption, MIRROR) == mirrored
    assert rewrite_directions(caption, UPSIDE_DOWN) == upside_down
    assert rewrite_directions(caption, QUARTER) == turned


@pytest.mark.parametrize("caption", UNTOUCHED)
def test_other_senses_stay(caption: str) -> None:
    assert all(rewrite_directions(caption, transform) == caption for transform in ALL_DIHEDRALS)


@pytest.mark.parametrize(("caption", "transform"), REFUSED)
def test_unsafe_captions_are_refused_only_where_the_word_would_move(caption: str, transform: Dihedral) -> None:
    assert rewrite_directions(caption, transform) is None
    assert rewrite_directions(caption, IDENTITY) == caption


def test_unsafe_words_do_not_forbid_transforms_that_leave_them_in_place() -> None:
    assert rewrite_directions("a shed is built right beside the road", UPSIDE_DOWN) is not None
    assert rewrite_directions("a shed is built on top of the hill", MIRROR) is not None
    assert rewrite_directions("two vertical roads are built", HALF_TURN) is not None


def test_a_caption_as_published_is_rewritten_in_normalised_form() -> None:
    assert rewrite_directions(" A house , on the left .", MIRROR) == "a house on the right"
    assert rewrite_directions(" A house .", MIRROR) == " A house ."


@pytest.mark.parametrize("transform", ALL_DIHEDRALS)
@pytest.mark.parametrize("caption", [row[0] for row in REWRITTEN] + UNTOUCHED)
def test_the_inverse_gives_the_same_places_back(caption: str, transform: Dihedral) -> None:
    moved = rewrite_directions(caption, transform)
    assert moved is not None
    assert _places(moved) == _moved(_places(caption), transform)
    back = rewrite_directions(moved, transform.inverse())
    assert back is not None
    assert _places(back) == _places(caption)


def test_most_real_captions_can_be_rewritten_and_keep_their_places(shared_data: Path) -> None:
    every = json.loads((shared_data / "levircc" / "captions_all.json").read_text())
    captions = sorted({caption for name, of_pair in every.items() if name.startswith("train_") for caption in of_pair if _places(caption)})
    assert len(captions) > 3000
    for transform in ALL_DIHEDRALS:
        moved = {caption: rewrite_directions(caption, transform) for caption in captions}
        done = {caption: new for caption, new in moved.items() if new is not None}
        assert len(done) / len(captions) > (0.9 if transform.swaps_axes else 0.98)
        for caption, new in done.items():
            assert _places(new) == _moved(_places(caption), transform), (caption, new)
            back = rewrite_directions(new, transform.inverse())
            assert back is not None, (caption, new)
            assert _places(back) == _places(caption), (caption, new)


# A reader of places that shares nothing with the library: it blanks other senses out, then counts the directions that are left.
_OTHER = re.compile(
    r"\b(?:(?:is|are|been|be|being|was|were|has|have) left(?! (?:side|area|corner))|right[- ]angles?d?|"
    r"above (?:the )?water|higher (?!left|right|part|area|side|half)|vertical(?:ly)? (?:to|with))\b"
)
_Y = {"upper": -1, "higher": -1, "top": -1, "above": -1, "lower": 1, "bottom": 1, "below": 1, "north": -1, "south": 1}
_X = {"left": -1, "right": 1, "west": -1, "east": 1}
_WORD = re.compile(
    rf"\b({'|'.join([*_Y, *_X])})(?:ern|most|-hand)?(?:(?:-| )?({'|'.join([*_Y, *_X])})(?:ern|-hand)?)?(?=\b|ern)|\b(horizontal|vertical)\b"
)


def _places(caption: str) -> Counter[tuple[int, int] | str]:
    text = _OTHER.sub(" ", normalise(caption)).replace("bottommost", "bottom").replace("topmost", "top")
    places: Counter[tuple[int, int] | str] = Counter()
    for first, second, axis in _WORD.findall(text):
        words = [word for word in (first, second) if word]
        pair = (sum(_X.get(word, 0) for word in words), sum(_Y.get(word, 0) for word in words))
        places[axis or pair] += 1
    return places


def _moved(places: Counter[tuple[int, int] | str], transform: Dihedral) -> Counter[tuple[int, int] | str]:
    other = {"horizontal": "vertical", "vertical": "horizontal"}
    moved: Counter[tuple[int, int] | str] = Counter()
    for place, count in places.items():
        if isinstance(place, str):
            moved[other[place] if transform.swaps_axes else place] += count
        else:
            moved[transform.move(*place)] += count
    return moved
